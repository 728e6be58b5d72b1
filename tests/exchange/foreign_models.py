#!/usr/bin/env python3
"""Imports other people's models of other frameworks than Keras and compares what they answer with
what the frameworks answered.

    foreign_models.py LIBMNISTCNN LIBMNISTCNN_EXCHANGE MODELS_DIR MNIST_DIR

MODELS_DIR has expected.tsv (file, framework, input, encoding, outputs). Models that compute in 8 bits
there differ more.
"""
import math
import os
import re
import sys

from keras_models import (ENCODINGS, TOLERANCE, Libraries, image_for, pattern_of_vector, read_mnist,
                          read_table, softmax)

# Networks that compute in 8 bits, or whose weights have 8 bits, and one whose answers LiteRT itself
# gives as much off those of Keras.
TOLERANCES = {"int8": 0.05, "first-conv-depthwise": 0.05, "ds-cnn": 0.05, "resnet8.tflite": 2e-5}
# No answers are known of these.
UNKNOWN = ("mlperf-tiny/resnet8-int8.tflite",)
MODEL = re.compile(r"\.(onnx|tflite)$")


def as_probabilities(outputs, text):
    """Of logits and of logarithms alike; one output with sigmoid are two classes."""
    if len(outputs) == 1:
        return [1 - outputs[0], outputs[0]]
    if text.endswith("sigmoid") or (text.endswith("softmax") and min(outputs) >= 0):
        return outputs
    return softmax(outputs)


def largest_difference(libraries, model, rows, mnist):
    shape = libraries.shape(model)
    text = libraries.architecture(model)
    worst = 0
    for row in rows:
        vector = "vector" in row["file"] and row["input"].startswith("pattern")
        pixels = pattern_of_vector(row["input"], shape) if vector else image_for(row["input"], shape, mnist)
        expected = as_probabilities([float(x) for x in row["outputs"].split(",")], text)
        found = libraries.predict(model, pixels)
        if text.endswith("softmax") is False and not text.endswith("sigmoid"):
            assert abs(sum(found) - 1) < 1e-4
        if len(found) != len(expected):
            return math.inf
        worst = max([worst] + [abs(a - b) for a, b in zip(found, expected)])
    return worst


def judge(libraries, folder, name, rows, mnist):
    """(the line to print, whether it is as it should be)."""
    model, message = libraries.load(os.path.join(folder, name),
                                    ENCODINGS[rows[0]["encoding"]] if rows else "unit")
    if not model:
        return f"{name}: refused: {message}", not rows
    difference = largest_difference(libraries, model, rows, mnist)
    text = libraries.architecture(model)
    libraries.free(model)
    tolerance = next((t for part, t in TOLERANCES.items() if part in name), TOLERANCE)
    return f"{name}: {difference:.2g} ({text})", (bool(rows) or name in UNKNOWN) and difference <= tolerance


def main():
    core, exchange, folder, mnist_folder = sys.argv[1:5]
    libraries = Libraries(core, exchange)
    mnist = read_mnist(mnist_folder)
    expected = read_table(os.path.join(folder, "expected.tsv"), "file")
    names = sorted(os.path.relpath(os.path.join(path, name), folder)
                   for path, _, names in os.walk(folder) for name in names if MODEL.search(name))
    wrong = 0
    for name in names:
        rows = expected.get(name, [])
        line, fine = judge(libraries, folder, name, rows, mnist)
        print("" if fine else "WRONG: ", line, sep="")
        wrong += not fine
    print(f"{len(names)} files, {wrong} wrong")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
