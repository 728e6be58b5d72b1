#!/usr/bin/env python3
"""Imports other people's models of TensorFlow.js and compares what they answer with what it answered.

    tfjs_models.py LIBMNISTCNN LIBMNISTCNN_EXCHANGE MODELS_DIR MNIST_DIR

MODELS_DIR is that of keras_models.py; models are folders with a model.json.
"""
import os
import sys

import keras_models


def main():
    core, exchange, folder, mnist_folder = sys.argv[1:5]
    libraries = keras_models.Libraries(core, exchange)
    mnist = keras_models.read_mnist(mnist_folder)
    expected = keras_models.read_table(os.path.join(folder, "expected.tsv"), "file")
    names = sorted(os.path.relpath(os.path.join(path, name), folder)
                   for path, _, names in os.walk(folder) for name in names if name == "model.json")
    wrong = 0
    for name in names:
        rows = expected[name]
        model, message = libraries.load(os.path.join(folder, name), keras_models.ENCODINGS[rows[0]["encoding"]])
        difference = keras_models.largest_difference(libraries, model, rows, mnist, False) if model else message
        if model:
            libraries.free(model)
        fine = model and difference <= keras_models.TOLERANCE
        print(f"{'' if fine else 'WRONG: '}{name}: {difference}")
        wrong += not fine
    print(f"{len(names)} models, {wrong} wrong")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
