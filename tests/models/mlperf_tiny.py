#!/usr/bin/env python3
"""The networks of MLPerf Tiny with their published weights, in the library: its answers beside those of
the frameworks that the weights come from.

    mlperf_tiny.py ABI_HEADER LIBRARY     compares the library's answers
    mlperf_tiny.py --reference            those of the implementation in tests/golden/layers.py

MNISTCNN_MODELS_DIR names the folder with mlperf-tiny/ and expected.tsv; without it, or without numpy and
h5py, nothing is tested and the status is 77."""
import ctypes
import json
import os
import pathlib
import struct
import sys

SKIPPED = 77
TESTS = pathlib.Path(__file__).resolve().parent.parent
for folder in ("models", "../examples/bindings", "support", "golden"):
    sys.path.insert(0, str(TESTS / folder))
# Of a probability: what of it may differ, and what may whatever it is.
RELATIVE, ABSOLUTE = 1e-4, 1e-5
# DS-CNN's convolutions have weights of 8 bits; there LiteRT computes in 8 bits, from activations that it
# rounds anew for each image, and the library in float32 with the same weights; so the
# exact answers of those are compared, too.
ROUNDED = 0.003
FILES = {"resnet8.h5": ABSOLUTE, "mobilenet-96.h5": ABSOLUTE, "ds-cnn.tflite": ROUNDED,
         "resnet8.tflite": ABSOLUTE, "mobilenet-96.tflite": ABSOLUTE}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


try:
    import numpy as np
except ImportError:
    skip("numpy is not installed")
import architecture
import tflite


def expected(folder):
    """{file: {K: (encoding, answers)}} of the patterns in expected.tsv."""
    rows = {}
    with open(folder / "expected.tsv", encoding="utf-8") as file:
        for line in file:
            name, _, source, encoding, answers = line.rstrip("\n").split("\t")
            if name.startswith("mlperf-tiny/") and source.startswith("pattern:"):
                rows.setdefault(name.partition("/")[2], {})[int(source.partition(":")[2])] = (
                    encoding, [float(word) for word in answers.split(",")])
    return rows


def pattern(shape, number, encoding):
    i, j, c = np.indices(shape)
    values = ((7 * i + 13 * j + 31 * c + 17 * number) % 256).astype(np.float32)
    return values / np.float32(255) if encoding == "/255" else values


# --- from operators to an architecture text -------------------------------------------------------

def window_words(options, size, stride_fields, default):
    stride = options.number(stride_fields[1]), options.number(stride_fields[0])
    words = [f"{size[0]}x{size[1]}"]
    words += [f"stride {stride[0]}x{stride[1]}"] if stride != default else []
    return words + (["same"] if options.number(0, "<b") == 0 else [])


def operator_words(operator):
    """(text, {parameter: array}); none for what the operator before it has done."""
    kind, options, constants = operator["kind"], operator["options"], operator["constants"]
    if kind == "CONV_2D":
        kernel = constants[1].transpose(1, 2, 3, 0)
        words = ["conv", str(kernel.shape[3]), *window_words(options, kernel.shape, (1, 2), (1, 1)),
                 tflite.ACTIVATIONS[options.number(3, "<b")]]
        return words, {"kernel": kernel, "bias": constants[2]}
    if kind == "DEPTHWISE_CONV_2D":
        multiplier = options.number(3)
        kernel = constants[1].reshape(*constants[1].shape[1:3], -1, multiplier)
        words = ["depthwise", *window_words(options, kernel.shape, (1, 2), (1, 1)),
                 f"multiplier {multiplier}" if multiplier > 1 else "",
                 tflite.ACTIVATIONS[options.number(4, "<b")]]
        return words, {"kernel": kernel, "bias": constants[2]}
    if kind == "AVERAGE_POOL_2D":
        size = options.number(4), options.number(3)
        return ["avgpool", *window_words(options, size, (1, 2), size)], {}
    if kind == "FULLY_CONNECTED":
        return (["dense", str(len(constants[1])), tflite.ACTIVATIONS[options.number(0, "<b")]],
                {"kernel": constants[1].T, "bias": constants[2]})
    return [{"RESHAPE": "flatten", "SOFTMAX": "softmax", "ADD": "add"}[kind]], {}


def read_tflite(path):
    """As keras_h5.read()."""
    shape, operators = tflite.read(path)
    pieces, weights, place = [], [], {}
    for operator in operators:
        words, parameters = operator_words(operator)
        # Tensors without values are those that operators compute; the image comes first.
        sources = [place.get(i, -1) for i, constant in zip(operator["inputs"], operator["constants"])
                   if constant is None]
        at = len(pieces)
        if words[0] == "add":
            activation = tflite.ACTIVATIONS[operator["options"].number(0, "<b")]
            words = ["add", str(at - (sources[0] if sources[1] == at - 1 else sources[1])), activation]
        elif sources != [at - 1]:
            words.append(f"from {at - sources[0]}")
        place[operator["output"]] = at
        pieces.append(" ".join(word for word in words if word))
        weights.append(parameters)
    return shape, ", ".join(pieces), weights


def read(path):
    if path.suffix == ".tflite":
        return read_tflite(path)
    try:
        import keras_h5
    except ImportError:
        skip("h5py is not installed")
    return keras_h5.read(path)


def named(layers, weights):
    """{"conv2d_1/kernel": array}: the layers stand in the order of the text."""
    return {f"{layer.name}/{name}": parameters[name]
            for layer, parameters in zip(layers, weights) for name in layer.parameters}


# --- the library ----------------------------------------------------------------------------------

class Library:
    def __init__(self, header_path, library_path):
        import ctypes_library
        import header
        self.calls, self.types = ctypes_library.load(library_path, header.read(header_path))

    def check(self, status):
        if status:
            raise RuntimeError(self.calls.mnistcnn_last_error().decode())

    def create(self, text, shape, classes):
        options = self.types["mnistcnn_model_options"]()
        self.check(self.calls.mnistcnn_model_options_init(ctypes.byref(options), ctypes.sizeof(options)))
        options.input_height, options.input_width, options.input_channels = shape
        options.num_classes, options.architecture = classes, text.encode()
        model = ctypes.POINTER(self.types["mnistcnn_model"])()
        self.check(self.calls.mnistcnn_model_create(ctypes.byref(options), ctypes.byref(model)))
        return model

    def file_of(self, model):
        size = ctypes.c_size_t()
        self.check(self.calls.mnistcnn_model_save_memory(model, None, 0, ctypes.byref(size)))
        data = ctypes.create_string_buffer(size.value)
        self.check(self.calls.mnistcnn_model_save_memory(model, data, size, ctypes.byref(size)))
        return bytearray(data.raw)

    def load(self, data):
        model = ctypes.POINTER(self.types["mnistcnn_model"])()
        self.check(self.calls.mnistcnn_model_load_memory(bytes(data), len(data), None,
                                                         ctypes.byref(model)))
        return model

    def model(self, text, shape, classes, tensors):
        """A model with these weights: they are put into the file of a new one."""
        fresh = self.create(text, shape, classes)
        data = self.file_of(fresh)
        self.calls.mnistcnn_model_free(fresh)
        length, = struct.unpack_from("<Q", data, 0)
        entries = json.loads(data[8:8 + length])
        del entries["__metadata__"]
        assert set(entries) == set(tensors), set(entries) ^ set(tensors)
        for name, entry in entries.items():
            assert tuple(entry["shape"]) == tensors[name].shape, (name, entry["shape"])
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            data[begin:end] = np.ascontiguousarray(tensors[name], "<f4").tobytes()
        return self.load(data)

    def answers(self, text, shape, classes, tensors, images):
        model = self.model(text, shape, classes, tensors)
        images = np.ascontiguousarray(images, np.float32)
        results = np.zeros((len(images), classes), np.float32)
        floats = ctypes.POINTER(ctypes.c_float)
        status = self.calls.mnistcnn_predict(model, None, images.ctypes.data_as(floats), images.size,
                                             results.ctypes.data_as(floats), results.size)
        self.calls.mnistcnn_model_free(model)
        self.check(status)
        return results


class Reference:
    """The implementation in double."""

    @staticmethod
    def answers(text, shape, classes, tensors, images):
        import layers
        plan = architecture.read(text, shape, classes)
        network = layers.Network(plan, {name: np.float64(v) for name, v in tensors.items()})
        return network.probabilities(np.float64(images))


def wrong(got, want, absolute):
    off = np.abs(got - want)
    return off.max(), bool((off > np.maximum(absolute, RELATIVE * want)).any())


def compare(name, path, rows, computer, absolute):
    """Whether all answers are right."""
    shape, text, weights = read(path)
    first = next(iter(rows.values()))
    classes = len(first[1])
    layers = architecture.read(text, shape, classes)
    images = np.stack([pattern(shape, number, encoding) for number, (encoding, _) in rows.items()])
    want = np.array([answers for _, answers in rows.values()])
    network = text, shape, classes, named(layers, weights), images
    got = computer.answers(*network)
    off, bad = wrong(got, want, absolute)
    report = f"{name}: {len(layers)} layers, largest difference {off:.2g}"
    if absolute == ROUNDED:
        off, more = wrong(got, Reference.answers(*network), ABSOLUTE)
        report += f", {off:.2g} from the exact answers"
        bad |= more
    print(report + (": WRONG" if bad else ""))
    return not bad


def main():
    folder = os.environ.get("MNISTCNN_MODELS_DIR")
    if not folder or not (pathlib.Path(folder) / "mlperf-tiny").is_dir():
        skip("MNISTCNN_MODELS_DIR names no folder with mlperf-tiny/")
    folder = pathlib.Path(folder)
    computer = Reference() if sys.argv[1:] == ["--reference"] else Library(*sys.argv[1:])
    rows, right = expected(folder), True
    for name, absolute in FILES.items():
        try:
            right &= compare(name, folder / "mlperf-tiny" / name, rows[name], computer, absolute)
        except (RuntimeError, AssertionError) as error:
            print(f"{name}: {error}")
            right = False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
