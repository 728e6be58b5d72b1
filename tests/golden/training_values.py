#!/usr/bin/env python3
"""Writes training_values.h: losses, their gradients, optimiser steps and learning rates, computed
in double by formulas written down here from the papers and from Keras 2.0.3, without any code of
the library. Run it from any folder: python3 tests/golden/training_values.py"""
import pathlib

import numpy as np

rng = np.random.default_rng(20170401)
out = ["/* Made by training_values.py; do not edit. */", "#ifndef TRAINING_VALUES_H",
       "#define TRAINING_VALUES_H", ""]


def emit(name, values, c_type="float"):
    flat = np.asarray(values).ravel()
    body = ", ".join(f"{v:.9g}f" if c_type == "float" else f"{v:.17g}" if c_type == "double"
                     else str(int(v)) for v in flat)
    fixed = []
    for item in body.split(", "):
        if c_type == "float" and "." not in item and "e" not in item:
            item = item.replace("f", ".0f")
        fixed.append(item)
    lines, line = [], "   "
    for item in fixed:
        if len(line) + len(item) + 2 > 96:
            lines.append(line)
            line = "   "
        line += " " + item + ","
    lines.append(line)
    out.append(f"static const {c_type} {name}[{len(fixed)}] = {{\n" + "\n".join(lines) + "\n};\n")


# --- losses: rows of logits, some so far apart that Keras' clipping bites -------------------------
CLASSES = 10
logits = rng.normal(0, 3, (6, CLASSES)).astype(np.float32).astype(np.float64)
logits[4] = 0
logits[4, 3] = 40.0  # p is 1 for class 3, 0 for the others: all clipped
logits[5, 0] = 12.0
labels = np.array([0, 1, 2, 9, 3, 7])
p = np.exp(logits - logits.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
p32 = p.astype(np.float32).astype(np.float64)  # the library keeps probabilities as float32
y = np.eye(CLASSES)[labels]
low, high = np.float64(np.float32(1e-7)), np.float64(np.float32(1) - np.float32(1e-7))
q = np.clip(p32, low, high)
bce = -(y * np.log(q) + (1 - y) * np.log(1 - q)).mean(1)
# dL/dp of each output, 0 where it was clipped; the whole softmax Jacobian, not its short form
slope = np.where((p32 < low) | (p32 > high), 0, (-(y / p32.clip(1e-300)) + (1 - y) / (1 - p32).clip(1e-300))) / CLASSES
bce_gradient = np.stack([(np.diag(r) - np.outer(r, r)) @ s for r, s in zip(p32, slope)]) / len(labels)
emit("value_logits", logits)
emit("value_labels", labels, "unsigned")
emit("value_probabilities", p)
emit("value_bce", bce, "double")
emit("value_bce_gradient", bce_gradient)
for name, smoothing in (("cce", 0.0), ("cce_smooth", 0.1)):
    target = (1 - smoothing) * y + smoothing / CLASSES
    tiny = 1.17549435e-38
    emit(f"value_{name}", -(target * np.log(np.maximum(p32, tiny))).sum(1), "double")
    emit(f"value_{name}_gradient", (p32 - target) / len(labels))
emit("value_correct", [(p.argmax(1) == labels).sum()], "unsigned")
emit("value_binary_correct", [(np.round(p32) == y).sum()], "unsigned")

# --- optimisers: 7 parameters, 6 steps -------------------------------------------------------------
STEPS, N = 6, 7
start = rng.normal(0, 1, N).astype(np.float32).astype(np.float64)
gradients = rng.normal(0, 0.5, (STEPS, N)).astype(np.float32).astype(np.float64)
gradients[2, 3] = 0
RATE = np.float64(np.float32(0.01))
f32 = lambda v: np.float64(np.float32(v))
emit("value_start", start)
emit("value_gradients", gradients)


def rmsprop():
    w, a = start.copy(), np.zeros(N)
    for g in gradients:
        a = f32(0.9) * a + (1 - f32(0.9)) * g * g
        w -= RATE * g / (np.sqrt(a) + f32(1e-8))
    return w


def sgd(nesterov, decay):
    w, v = start.copy(), np.zeros(N)
    for g in gradients:
        w -= RATE * decay * w
        v = f32(0.9) * v - RATE * g
        w += f32(0.9) * v - RATE * g if nesterov else v
    return w


def adam(decay):
    w, m, v = start.copy(), np.zeros(N), np.zeros(N)
    for t, g in enumerate(gradients, 1):
        m = f32(0.9) * m + (1 - f32(0.9)) * g
        v = f32(0.99) * v + (1 - f32(0.99)) * g * g
        w -= RATE * decay * w
        w -= RATE * (m / (1 - f32(0.9) ** t)) / (np.sqrt(v / (1 - f32(0.99) ** t)) + f32(1e-8))
    return w


emit("value_rmsprop", rmsprop())
emit("value_sgd", sgd(False, 0))
emit("value_sgd_nesterov_decay", sgd(True, f32(0.3)))
emit("value_adam", adam(0))
emit("value_adamw", adam(f32(0.3)))

# --- learning rates: 50 steps, warm-up over the first 20 % from 0.04 of the peak ------------------
TOTAL, PEAK, WARM, FIRST = 50, f32(0.003), f32(0.2) * 50, f32(0.04)
t = np.arange(TOTAL)
down = (t - WARM) / (TOTAL - WARM)
up = PEAK * (FIRST + (1 - FIRST) * t / WARM)
emit("value_linear", np.where(t < WARM, up, PEAK * (1 - down)), "double")
emit("value_cosine", np.where(t < WARM, up, PEAK * 0.5 * (1 + np.cos(np.pi * down))), "double")
out.append("#endif")
pathlib.Path(__file__).with_suffix(".h").write_text("\n".join(out) + "\n")
