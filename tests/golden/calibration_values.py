#!/usr/bin/env python3
"""Writes calibration_values.h: the expected calibration error of some probabilities, and the
temperature that suits some logits best, by numpy and formulas written down here. Run it from any
folder: python3 tests/golden/calibration_values.py"""
import pathlib

import numpy as np

ROWS, CLASSES, BINS = 400, 5, 15
rng = np.random.default_rng(20170806)
out = ["/* Made by calibration_values.py; do not edit. */", "/* clang-format off */",
       "#ifndef CALIBRATION_VALUES_H",
       "#define CALIBRATION_VALUES_H", "",
       f"enum {{ VALUE_ROWS = {ROWS}, VALUE_CLASSES = {CLASSES} }};", ""]


def emit(name, values, c_type):
    items = [f"{v:.9g}" + ("f" if c_type == "float" else "") if c_type != "unsigned" else str(v)
             for v in np.asarray(values).ravel()]
    items = [i if "." in i or "e" in i or c_type == "unsigned" else i.replace("f", ".0f")
             for i in items]
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > 96:
            lines.append(line)
            line = "   "
        line += f" {item},"
    out.append(f"static const {c_type} {name}[{len(items)}] = {{\n" + "\n".join(lines + [line]) +
               "\n};\n")


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


# Labels are drawn from what the logits mean at a temperature of 2: as they stand they are too sure.
logits = rng.normal(0, 3, (ROWS, CLASSES)).astype(np.float32).astype(np.float64)
labels = np.array([rng.choice(CLASSES, p=row) for row in softmax(logits / 2)])
p = softmax(logits).astype(np.float32).astype(np.float64)
p[0] = [1, 0, 0, 0, 0]  # the upper edge of the last bin
p[1] = [0.2, 0.2, 0.2, 0.2, 0.2]  # 0.2 = 3 / 15: the upper edge of its bin
p = p.astype(np.float32).astype(np.float64)

confidence, top = p.max(1), p.argmax(1)
edges = np.linspace(0, 1, BINS + 1)
error = 0
for low, high in zip(edges[:-1], edges[1:]):
    inside = (confidence > low) & (confidence <= high)
    if inside.any():
        error += inside.mean() * abs((top[inside] == labels[inside]).mean() - confidence[inside].mean())


def loss(temperature):
    return -np.log(softmax(logits / temperature)[np.arange(ROWS), labels]).mean()


low, high = 0.05, 20.0  # golden section; the loss has one minimum
ratio = (5 ** 0.5 - 1) / 2
for _ in range(100):
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    low, high = (low, b) if loss(a) < loss(b) else (a, high)

emit("value_calibration_logits", logits, "float")
emit("value_calibration_probabilities", p, "float")
emit("value_calibration_labels", labels, "unsigned")
out.append(f"static const double value_calibration_error = {error:.17g};")
out.append(f"static const double value_loss_at_1 = {loss(1):.17g};")
out.append(f"static const double value_temperature = {low:.9g};")
out.append("\n#endif")
pathlib.Path(__file__).with_suffix(".h").write_text("\n".join(out) + "\n")
