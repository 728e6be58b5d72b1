#!/usr/bin/env python3
"""Imports other people's Keras models and compares what they answer with what Keras answered.

    keras_models.py LIBMNISTCNN LIBMNISTCNN_EXCHANGE MODELS_DIR MNIST_DIR

MODELS_DIR has expected.tsv (file, framework, input, encoding, outputs) and architectures.tsv (of the
files with weights only). Files without a row there must be refused, but for those of KNOWN_SOUND.
"""
import csv
import ctypes
import gzip
import math
import os
import re
import sys

ENCODINGS = {"raw": "raw", "/255": "unit", "pm1": "signed", "m.5": "centred", "std": "standard",
             "T/255": "unit+transposed"}
# Networks that today's Keras cannot load, though they are sound; and what stands in for them.
KNOWN_SOUND = {"dense-2.15.keras": "dense-2.15.h5", "cnn-8x8-2.14.keras": None}
TOLERANCE = 1e-5


class ImportOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("prepare", ctypes.c_int32),
                ("path", ctypes.c_char_p), ("data", ctypes.c_void_p),
                ("size_bytes", ctypes.c_size_t), ("reader", ctypes.c_void_p),
                ("encoding", ctypes.c_char_p), ("architecture", ctypes.c_char_p),
                ("input_height", ctypes.c_uint32), ("input_width", ctypes.c_uint32),
                ("log", ctypes.c_void_p), ("user", ctypes.c_void_p),
                ("allocator", ctypes.c_void_p), ("error", ctypes.c_void_p)]


class ExportOptions(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("format", ctypes.c_int32),
                ("path", ctypes.c_char_p), ("writer", ctypes.c_void_p),
                ("allocator", ctypes.c_void_p), ("error", ctypes.c_void_p)]


class Shape(ctypes.Structure):
    _fields_ = [("height", ctypes.c_uint32), ("width", ctypes.c_uint32),
                ("channels", ctypes.c_uint32)]


class Libraries:
    def __init__(self, core, exchange):
        self.core = ctypes.CDLL(core, mode=ctypes.RTLD_GLOBAL)
        self.exchange = ctypes.CDLL(exchange)
        for name in ("mnistcnn_last_error", "mnistcnn_model_architecture"):
            getattr(self.core, name).restype = ctypes.c_char_p
        self.exchange.mnistcnn_exchange_last_error.restype = ctypes.c_char_p

    def load(self, path, encoding, architecture=None, size=(0, 0)):
        """(model, None) or (None, message)."""
        options = ImportOptions(struct_size=ctypes.sizeof(ImportOptions), path=os.fsencode(path),
                                encoding=encoding.encode() if encoding else None,
                                architecture=architecture.encode() if architecture else None,
                                input_height=size[0], input_width=size[1])
        model = ctypes.c_void_p()
        status = self.exchange.mnistcnn_import(ctypes.byref(options), ctypes.byref(model))
        if status == 0:
            return model, None
        assert not model.value
        return None, self.exchange.mnistcnn_exchange_last_error().decode()

    def save(self, model, path, number):
        """None, or the message."""
        options = ExportOptions(struct_size=ctypes.sizeof(ExportOptions), format=number,
                                path=os.fsencode(path))
        status = self.exchange.mnistcnn_export(model, ctypes.byref(options))
        return self.exchange.mnistcnn_exchange_last_error().decode() if status else None

    def free(self, model):
        self.core.mnistcnn_model_free(model)

    def shape(self, model):
        shape = Shape()
        self.core.mnistcnn_model_input_shape(model, ctypes.byref(shape))
        return shape.height, shape.width, shape.channels

    def architecture(self, model):
        return self.core.mnistcnn_model_architecture(model).decode()

    def predict(self, model, pixels):
        classes = self.core.mnistcnn_model_num_classes(model)
        found = (ctypes.c_float * classes)()
        status = self.core.mnistcnn_predict_u8(model, None, bytes(pixels), ctypes.c_size_t(len(pixels)),
                                               found, ctypes.c_size_t(classes))
        assert status == 0, self.core.mnistcnn_last_error()
        return list(found)


def read_mnist(folder):
    with gzip.open(os.path.join(folder, "t10k-images-idx3-ubyte.gz")) as file:
        data = file.read(16 + 10 * 784)
    return [data[16 + 784 * i:16 + 784 * (i + 1)] for i in range(10)]


def image_for(source, shape, mnist):
    """The bytes of "mnist:3" or "pattern:3"."""
    kind, number = source.split(":")
    height, width, channels = shape
    if kind == "mnist":
        return [byte for byte in mnist[int(number)] for _ in range(channels)]
    return [(7 * i + 13 * j + 31 * c + 17 * int(number)) % 256
            for i in range(height) for j in range(width) for c in range(channels)]


def pattern_of_vector(source, shape):
    count = shape[0] * shape[1] * shape[2]
    return [(7 * i + 17 * int(source.split(":")[1])) % 256 for i in range(count)]


def softmax(values):
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    return [power / sum(powers) for power in powers]


def as_probabilities(outputs, ends_in_softmax):
    """Logits become probabilities, one output with sigmoid two."""
    if len(outputs) == 1:
        return [1 - outputs[0], outputs[0]]
    return outputs if ends_in_softmax else softmax(outputs)


def largest_difference(libraries, model, rows, mnist, vectors):
    shape = libraries.shape(model)
    text = libraries.architecture(model)
    worst = 0
    for row in rows:
        is_vector = vectors and row["input"].startswith("pattern")
        pixels = pattern_of_vector(row["input"], shape) if is_vector else image_for(row["input"], shape, mnist)
        expected = as_probabilities([float(x) for x in row["outputs"].split(",")],
                                    text.endswith("softmax") or text.endswith("sigmoid"))
        found = libraries.predict(model, pixels)
        if len(found) != len(expected):
            return math.inf
        worst = max([worst] + [abs(a - b) for a, b in zip(found, expected)])
    return worst


def read_table(path, key):
    with open(path, encoding="utf-8", newline="") as file:
        rows = {}
        for row in csv.DictReader(file, delimiter="\t"):
            rows.setdefault(row[key], []).append(row)
        return rows


def is_keras(name):
    return re.search(r"\.(h5|hdf5|keras)$", name)


def judge(libraries, folder, name, tables, mnist):
    """(the line to print, whether it is as it should be)."""
    expected, architectures = tables
    rows = expected.get(name) or expected.get(KNOWN_SOUND.get(name) or "", [])
    encoding = ENCODINGS[rows[0]["encoding"]] if rows else "unit"
    text = architectures[name][0]["architecture"] if name in architectures else None
    path = os.path.join(folder, name)
    model, message = libraries.load(path, encoding, text)
    if not model:
        return f"{name}: refused: {message}", not rows and name not in KNOWN_SOUND
    if name in architectures and name != "tutorial-weights.h5":
        other, message = libraries.load(path, encoding)
        if other or "--arch" not in message:
            return f"{name}: weights without a network were not asked about: {message}", False
    difference = largest_difference(libraries, model, rows, mnist, "vector" in name)
    text = libraries.architecture(model)
    libraries.free(model)
    fine = difference <= TOLERANCE and (rows or name in KNOWN_SOUND)
    return f"{name}: {difference:.2g} ({text})", fine


def main():
    core, exchange, folder, mnist_folder = sys.argv[1:5]
    libraries = Libraries(core, exchange)
    mnist = read_mnist(mnist_folder)
    tables = (read_table(os.path.join(folder, "expected.tsv"), "file"),
              read_table(os.path.join(folder, "architectures.tsv"), "file"))
    names = sorted(os.path.relpath(os.path.join(path, name), folder)
                   for path, _, names in os.walk(folder) for name in names if is_keras(name))
    wrong = 0
    for name in names:
        line, fine = judge(libraries, folder, name, tables, mnist)
        print("" if fine else "WRONG: ", line, sep="")
        wrong += not fine
    print(f"{len(names)} files, {wrong} wrong")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
