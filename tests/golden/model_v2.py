#!/usr/bin/env python3
"""A model file of format version 2 with every key that version 1 does not have, written without the
library.

model_v2.py write FILE   writes tests/golden/model_v2.safetensors, which every later version must read
"""
import sys

import model_v1

METADATA = model_v1.METADATA | {
    "alpha": "drop",
    "format_version": "2",
    "input_channels": "3",
    "input_deviation": "1 2 4",
    "input_height": "8",
    "input_mean": "0.5 0.25 -0.125",
    "input_offset": "-1",
    "input_scale": "0.0078125",
    "invert": "yes",
    "polarity": "dark_on_light",
    "prepare": "digit",
    "rejection_threshold": "0.625",
    "resize": "nearest",
}
# conv on 8x8x3 gives 6x6x2, pooled 3x3x2 = 18
TENSORS = [
    ("conv2d_1/bias", [2]),
    ("conv2d_1/kernel", [3, 3, 3, 2]),
    ("dense_1/bias", [3]),
    ("dense_1/kernel", [18, 3]),
]

if __name__ == "__main__":
    {"write": lambda path: model_v1.write(path, METADATA, TENSORS)}[sys.argv[1]](sys.argv[2])
