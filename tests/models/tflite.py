"""Reads LiteRT's .tflite files as far as the networks of MLPerf Tiny need it: FlatBuffers by hand, since
that is less than a package. Numbers of fields and operators are those of LiteRT's schema.fbs."""
import struct

import numpy as np

OPERATORS = {0: "ADD", 1: "AVERAGE_POOL_2D", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 9: "FULLY_CONNECTED",
             17: "MAX_POOL_2D", 22: "RESHAPE", 25: "SOFTMAX"}
ACTIVATIONS = {0: "", 1: "relu", 3: "relu6"}
FLOAT32, INT8 = 0, 9
TYPES = {FLOAT32: np.float32, 2: np.int32, INT8: np.int8}


class Table:
    """Fields are numbered from 0; absent ones have their default."""

    def __init__(self, data, at):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]

    def offset(self, field):
        size, = struct.unpack_from("<H", self.data, self.vtable)
        entry = 4 + 2 * field
        step = struct.unpack_from("<H", self.data, self.vtable + entry)[0] if entry < size else 0
        return self.at + step if step else None

    def number(self, field, form="<i", default=0):
        at = self.offset(field)
        return default if at is None else struct.unpack_from(form, self.data, at)[0]

    def follow(self, field):
        at = self.offset(field)
        return None if at is None else at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, field):
        at = self.follow(field)
        return None if at is None else Table(self.data, at)

    def vector(self, field, form="<i"):
        at = self.follow(field)
        if at is None:
            return []
        count, = struct.unpack_from("<I", self.data, at)
        return np.frombuffer(self.data, np.dtype(form), count, at + 4)

    def tables(self, field):
        at = self.follow(field)
        count = 0 if at is None else struct.unpack_from("<I", self.data, at)[0]
        places = (at + 4 + 4 * i for i in range(count))
        return [Table(self.data, place + struct.unpack_from("<I", self.data, place)[0])
                for place in places]


def values_of(tensor, buffers):
    """The constant values of a tensor, 8-bit ones turned to float; None if it has none."""
    shape = tuple(int(n) for n in tensor.vector(0))
    raw = np.asarray(buffers[tensor.number(2, "<I")].vector(0, "u1"))
    if not len(raw):
        return None
    kind = tensor.number(1, "<b")
    values = np.frombuffer(raw.tobytes(), TYPES[kind]).reshape(shape)
    if kind != INT8:
        return values
    quantization = tensor.table(4)
    scale, axis = quantization.vector(2, "<f4"), quantization.number(6)
    sides = [1] * len(shape)
    sides[axis] = len(scale)
    return values.astype(np.float32) * np.asarray(scale).reshape(sides)


def read(path):
    """(shape of the input, [operators in order, each a dict with its constants])."""
    with open(path, "rb") as file:
        data = file.read()
    model = Table(data, struct.unpack_from("<I", data, 0)[0])
    codes = [code.number(3) or code.number(0, "<b") for code in model.tables(1)]
    graph, buffers = model.tables(2)[0], model.tables(4)
    tensors = graph.tables(0)
    shape = tuple(int(n) for n in tensors[graph.vector(1)[0]].vector(0))
    operators = []
    for operator in graph.tables(3):
        inputs = [int(i) for i in operator.vector(1)]
        operators.append({"kind": OPERATORS[codes[operator.number(0, "<I")]], "inputs": inputs,
                          "output": int(operator.vector(2)[0]), "options": operator.table(4),
                          "constants": [values_of(tensors[i], buffers) for i in inputs]})
    return shape[1:], operators
