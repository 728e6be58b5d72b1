"""The images every participant of the benchmark reads, made once into a folder:

    images-SIDE.idx, labels-SIDE.idx    uncompressed IDX files for sides 28, 64 and 128
    png/train, png/validation           the same at 28 as PNG files, a folder per class

They are MNIST where MNISTCNN_MNIST_DIR names a folder that holds it, else strokes drawn at random.
"""
import gzip
import os
import random
import struct
import zlib

import protocol

SIDE = 28
LARGER_SIDES = (64, 128)
LARGER_COUNT = 4096  # images of each larger side
TRAINING_COUNT, VALIDATION_COUNT = 60000, 10000
DISTINCT_SYNTHETIC = 2000  # of them are drawn, then repeated
CLASSES = 10


def mnist_file(folder, name):
    """The bytes of one of MNIST's four files, plain or compressed; None where it is missing."""
    for path, opener in ((name, open), (name + ".gz", gzip.open)):
        path = os.path.join(folder, path)
        if os.path.exists(path):
            with opener(path, "rb") as file:
                return file.read()
    return None


def mnist():
    """{"train": (pixels, labels), "validation": ...} or None."""
    folder = os.environ.get("MNISTCNN_MNIST_DIR")
    if not folder:
        return None
    parts = {}
    for part, prefix in (("train", "train"), ("validation", "t10k")):
        images = mnist_file(folder, f"{prefix}-images-idx3-ubyte")
        labels = mnist_file(folder, f"{prefix}-labels-idx1-ubyte")
        if images is None or labels is None:
            return None
        parts[part] = images[16:], labels[8:]
    return parts


def stroke_image(generator):
    """Three thick strokes inside the middle of a black image: as sparse as a digit."""
    pixels = bytearray(SIDE * SIDE)
    x, y = generator.uniform(7, 20), generator.uniform(5, 22)
    for _ in range(3):
        to_x, to_y = generator.uniform(7, 20), generator.uniform(5, 22)
        for step in range(24):
            at = int(y + (to_y - y) * step / 24) * SIDE + int(x + (to_x - x) * step / 24)
            pixels[at] = pixels[at + 1] = 255
            pixels[at + SIDE] = pixels[at + SIDE + 1] = 128
        x, y = to_x, to_y
    return bytes(pixels)


def synthetic():
    generator = random.Random(1)
    images = b"".join(stroke_image(generator) for _ in range(DISTINCT_SYNTHETIC))
    parts = {}
    for part, count in (("train", TRAINING_COUNT), ("validation", VALIDATION_COUNT)):
        labels = bytes(generator.randrange(CLASSES) for _ in range(DISTINCT_SYNTHETIC))
        repeats = count // DISTINCT_SYNTHETIC
        parts[part] = images * repeats, labels * repeats
    return parts


def scaled(image, side):
    """Nearest pixel, to a larger side."""
    columns = [x * SIDE // side for x in range(side)]
    rows = [bytes(map(image[y * SIDE:(y + 1) * SIDE].__getitem__, columns)) for y in range(SIDE)]
    return b"".join(rows[y * SIDE // side] for y in range(side))


def write_idx(folder, side, pixels, labels):
    with open(protocol.images_path(folder, side), "wb") as file:
        file.write(struct.pack(">4B3I", 0, 0, 8, 3, len(labels), side, side) + pixels)
    with open(protocol.labels_path(folder, side), "wb") as file:
        file.write(struct.pack(">4BI", 0, 0, 8, 1, len(labels)) + labels)


def png(pixels, side):
    """An 8-bit gray PNG, compressed as most writers do."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    header = struct.pack(">2I5B", side, side, 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + pixels[y * side:(y + 1) * side] for y in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) +
            chunk(b"IEND", b""))


def write_png_tree(folder, pixels, labels):
    for digit in range(CLASSES):
        os.makedirs(os.path.join(folder, str(digit)), exist_ok=True)
    for i, digit in enumerate(labels):
        with open(os.path.join(folder, str(digit), f"{i:05}.png"), "wb") as file:
            file.write(png(pixels[i * SIDE * SIDE:(i + 1) * SIDE * SIDE], SIDE))


class Images:
    """Makes what is missing in `folder`, and knows where it comes from."""

    def __init__(self, folder):
        parts = mnist()
        self.source = "MNIST" if parts else "synthetic strokes (MNISTCNN_MNIST_DIR names no MNIST)"
        self.folder = os.path.join(folder, "mnist" if parts else "synthetic")
        self.parts = parts or synthetic()
        os.makedirs(self.folder, exist_ok=True)
        self._once("idx", self._write_idx_files)

    def _once(self, name, write):
        mark = os.path.join(self.folder, f"{name}.complete")
        if not os.path.exists(mark):
            write()
            open(mark, "wb").close()

    def _write_idx_files(self):
        pixels, labels = self.parts["train"]
        write_idx(self.folder, SIDE, pixels, labels)
        area = SIDE * SIDE
        for side in LARGER_SIDES:
            larger = (scaled(pixels[i * area:(i + 1) * area], side) for i in range(LARGER_COUNT))
            write_idx(self.folder, side, b"".join(larger), labels[:LARGER_COUNT])

    def png_folders(self):
        """The paths of the training and validation folders."""
        folders = {part: os.path.join(self.folder, "png", part) for part in self.parts}
        self._once("png", lambda: [write_png_tree(folders[part], *self.parts[part])
                                   for part in self.parts])
        return folders["train"], folders["validation"]
