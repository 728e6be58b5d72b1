#!/usr/bin/env python3
"""make_tflite.py FILE ARCHITECTURE HEIGHT WIDTH CHANNELS CLASSES: the network as a LiteRT file, built by
Keras and converted by TensorFlow. Spaces of the text may be "+"."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import architecture  # noqa: E402
import keras_network  # noqa: E402


def main():
    path, text = sys.argv[1], sys.argv[2].replace("+", " ")
    height, width, channels, classes = map(int, sys.argv[3:7])
    import keras
    import tensorflow
    shape = height, width, channels
    model = keras_network.build(keras, architecture.read(text, shape, classes), shape)
    converted = tensorflow.lite.TFLiteConverter.from_keras_model(model).convert()
    partial = f"{path}.{os.getpid()}"
    with open(partial, "wb") as file:
        file.write(converted)
    os.replace(partial, path)


if __name__ == "__main__":
    main()
