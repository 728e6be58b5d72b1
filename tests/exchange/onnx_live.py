#!/usr/bin/env python3
"""The node tests of ONNX's own backend suite for the operations that are imported: what they answer,
or why they are refused.

    onnx_live.py LIBMNISTCNN LIBMNISTCNN_EXCHANGE [-v] [NAME...]

Inputs but the first become constants of the graph. A product with the identity matrix at the end
makes classes of whatever shape the result has.
"""
import collections
import ctypes
import os
import re
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

from keras_models import Libraries

TOLERANCE = 2e-5
OPERATIONS = """Add AveragePool BatchNormalization Cast Clip Concat Constant Conv Div Dropout Elu
Flatten Gather Gelu Gemm GlobalAveragePool GlobalMaxPool HardSigmoid HardSwish Identity LeakyRelu
LogSoftmax MatMul Max MaxPool Min Mul Neg PRelu Pad ReduceMax ReduceMean Relu Reshape Selu Shape Sigmoid
Slice Softmax Softplus Softsign Sqrt Squeeze Sub Sum Tanh ThresholdedRelu Transpose Unsqueeze""".split()
# What a refusal must say: that this library has no such thing, not that the file is broken.
REASONS = re.compile("|".join(line.strip("|") for line in r"""
that this library|this library (has|takes)|needs a constant there|depends on the image|channels; this library
none of this library's activations|no weights to train|dimensions besides the batch|needs an image of three
how large its input is|other than two inputs|combines (an image|two images)
is not a convolution of images of two dimensions|those of an image of two dimensions
a pooling with dilation|its padding is not that of Keras|pads (with|other)|takes or joins
works (along|on other|on another)|moves the batch|turns numbers of the image
its outputs are pixels in another order|has several inputs|sides are at most|an image with a constant
reads a constant where|permutes another number|transposes its input|weights are no matrix
a slope of its own|slopes that are not one for each channel|a constant of a type|softmax of each position|normalises each position
has no layer|eval mode|cannot be imported|gives the (image another|batch or the image)|
numbers where \d+ are needed|leaves the size of the input open|is not the number of classes|with several constants|inputs, but there are
convolution of images|without a sigmoid|a number is not between|behind a flatten
its "(pads|axes|axis|perm|strides|kernel_shape)" is not valid|reads what no operation
another number of elements than its input|has \d+ outputs|at least 2|2 classes|num_classes|classes
""".strip().split("\n")))


def as_classes(case):
    """The model with constants instead of its other inputs, and a vector of classes at its end."""
    inputs, outputs = case.data_sets[0]
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    result = np.asarray(outputs[0])
    if np.asarray(inputs[0]).dtype not in (np.float32, np.float64, np.float16) or np.size(inputs[0]) == 0:
        return None
    batch = np.shape(inputs[0])[0] if np.ndim(inputs[0]) > 1 else 1
    if result.size % batch or not 2 <= result.size // batch <= 1000:
        return None
    count = result.size // batch
    names = [value.name for value in graph.input]
    for name, value in list(zip(names, inputs))[1:]:
        graph.initializer.append(numpy_helper.from_array(np.asarray(value), name))
    del graph.input[1:]
    end = graph.output[0].name
    if graph.node[-1].op_type in ("Softmax", "LogSoftmax"):
        del graph.output[1:]
        return model, np.asarray(inputs[0], np.float32), result.reshape(batch, count).astype(np.float64)
    for name, value in (("to_classes", np.array([batch, count], np.int64)),
                        ("identity", np.eye(count, dtype=np.float32))):
        graph.initializer.append(numpy_helper.from_array(value, name))
    graph.node.append(helper.make_node("Reshape", [end, "to_classes"], ["flat"]))
    graph.node.append(helper.make_node("MatMul", ["flat", "identity"], ["classes"]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("classes", onnx.TensorProto.FLOAT, [batch, count]))
    return model, np.asarray(inputs[0], np.float32), result.reshape(batch, count).astype(np.float64)


def softmax(rows):
    powers = np.exp(rows - rows.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def predict(libraries, model, images, count):
    """[n][height][width][channels] as the network's own numbers."""
    shape = libraries.shape(model)
    n = images.shape[0] if images.ndim > 1 else 1
    if images.ndim == 4 and images.shape[1:] != shape:
        images = images.transpose(0, 2, 3, 1)
    images = np.ascontiguousarray(images.reshape(n, *shape), np.float32)
    found = np.zeros((n, count), np.float32)
    float_p = ctypes.POINTER(ctypes.c_float)
    status = libraries.core.mnistcnn_predict(model, None, images.ctypes.data_as(float_p),
                                             ctypes.c_size_t(images.size),
                                             found.ctypes.data_as(float_p), ctypes.c_size_t(found.size))
    assert status == 0, libraries.core.mnistcnn_last_error()
    return found


def judge(libraries, case, folder):
    """("passed", ""), ("refused", why), ("left out", "") or ("WRONG", what)."""
    made = as_classes(case)
    if made is None:
        return "left out", ""
    network, images, expected = made
    path = os.path.join(folder, "node.onnx")
    onnx.save(network, path)
    model, message = libraries.load(path, "unit")
    if not model:
        return ("refused" if REASONS.search(message) else "WRONG"), message.split(": ", 1)[1]
    found = predict(libraries, model, images, expected.shape[1])
    libraries.free(model)
    ends_in_softmax = network.graph.node[-1].op_type == "Softmax"
    worst = float(np.abs(found - (expected if ends_in_softmax else softmax(expected))).max())
    return ("passed", "") if worst <= TOLERANCE else ("WRONG", f"differs by {worst:.3g}")


def all_cases():
    """Those whose graph has operations of the list only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = collect_testcases(None)
    return [case for case in cases if case.model is not None and case.model.graph.input and
            all(node.op_type in OPERATIONS and not node.domain for node in case.model.graph.node)]


def main():
    arguments = [argument for argument in sys.argv[3:] if argument != "-v"]
    libraries = Libraries(*sys.argv[1:3])
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for case in all_cases():
            if arguments and case.name not in arguments:
                continue
            kind, text = judge(libraries, case, folder)
            counts[kind] += 1
            if kind == "WRONG" or "-v" in sys.argv:
                print(f"{kind}: {case.name}: {text}")
    print(", ".join(f"{counts[kind]} {kind}" for kind in ("passed", "refused", "left out", "WRONG")))
    return 1 if counts["WRONG"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
