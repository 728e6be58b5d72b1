#!/usr/bin/env python3
"""Writes ZIP archives as Python's zipfile does it, in each way that a .keras file can be made.

    zip_golden.py FOLDER
"""
import io
import os
import sys
import zipfile

CONTENT = {"config.json": b'{"class_name": "Sequential"}' * 20, "metadata.json": b"{}",
           "assets/": b"", "model.weights.h5": bytes(range(256))}


class Stream(io.RawIOBase):
    """A file that cannot seek, so that sizes stand behind the data."""

    def __init__(self, path):
        super().__init__()
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, data):
        return self.file.write(data)

    def close(self):
        self.file.close()


def write(target, method, zip64=False):
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in CONTENT.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            with archive.open(entry, "w", force_zip64=zip64) as member:
                member.write(data)


def main():
    folder = sys.argv[1]
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        path = os.path.join(folder, name)
        write(path + ".zip", method)
        write(path + "-zip64.zip", method, zip64=True)
        for suffix, zip64 in (("-streamed.zip", False), ("-streamed-zip64.zip", True)):
            stream = Stream(path + suffix)
            write(stream, method, zip64)
            stream.close()


if __name__ == "__main__":
    main()
