#!/usr/bin/env python3
"""A model file of format version 1, written and read without the library.

model_v1.py write FILE   writes tests/golden/model_v1.safetensors, which every later version must read
model_v1.py read FILE    prints what any model file holds, one fact a line
"""
import json
import math
import struct
import sys

METADATA = {
    "architecture": "conv 2 3x3 relu, maxpool 2, flatten, dense 3 softmax",
    "class_names": "ant\nb\u00e9e\n\U0001f41e",
    "format": "mnistcnn",
    "format_version": "1",
    "input_channels": "1",
    "input_deviation": "0.3081",
    "input_height": "6",
    "input_mean": "0.1307",
    "input_width": "8",
    "library_version": "0.1.0",
    "note.who": "a \"quote\",\na second line",
    "num_classes": "3",
}
# conv on 6x8x1 gives 4x6x2, pooled 2x3x2 = 12
TENSORS = [
    ("conv2d_1/bias", [2]),
    ("conv2d_1/kernel", [3, 3, 1, 2]),
    ("dense_1/bias", [3]),
    ("dense_1/kernel", [12, 3]),
]


def write(path, metadata=None, tensors=None):
    header, data = {"__metadata__": metadata or METADATA}, b""
    for name, shape in tensors or TENSORS:
        count = math.prod(shape)
        values = [(i - count / 2) / 8 for i in range(count)]
        block = struct.pack(f"<{count}f", *values)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [len(data), len(data) + len(block)]}
        data += block
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length].decode("utf-8"))
    data = content[8 + length:]
    for key, value in sorted(header.pop("__metadata__").items()):
        print(f"{key} = {json.dumps(value)}")
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        count = (end - begin) // 4
        assert entry["dtype"] == "F32" and count == math.prod(entry["shape"])
        values = struct.unpack(f"<{count}f", data[begin:end])
        print(f"{name} {entry['shape']} {values[0]:.9g} {values[-1]:.9g}")
    assert end == len(data)


if __name__ == "__main__":
    {"write": write, "read": read}[sys.argv[1]](sys.argv[2])
