#!/usr/bin/env python3
"""Rewrites a model file of format version 1 as version 2 that prepares digits: set_digit.py FILE

For models that were trained on MNIST before files could say so. The weights stay as they are; the
bytes are those that the library writes for such a model (tests/pretrained compares them).
"""
import struct
import sys


def rewrite(content):
    (length,) = struct.unpack("<Q", content[:8])
    header = content[8:8 + length].rstrip(b" ")
    for old, new in ((b'"format_version":"1"', b'"format_version":"2"'),
                     (b'"input_deviation":"0.3081",', b'"input_deviation":"0.3081","prepare":"digit",')):
        assert header.count(old) == 1, old
        header = header.replace(old, new)
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + content[8 + length:]


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        result = rewrite(file.read())
    with open(sys.argv[1], "wb") as file:
        file.write(result)
