"""Shared by the tests of the command: running it, and creating images without it.

Every test program takes the path of the command: test_NAME.py COMMAND [unittest arguments]."""
import gzip
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

COMMAND = os.path.abspath(sys.argv.pop(1))
# Not in builds without what reads models of other frameworks.
HAS_IMPORT = b"\n  import " in subprocess.run([COMMAND, "--help"], stdout=subprocess.PIPE,
                                              check=True).stdout
PATIENCE = 300  # seconds that a command may take; on a busy machine one second may become a hundred
SMALL = "conv 4 5x5 relu, maxpool 4, flatten, dense 16 relu, dense classes softmax"


class Case(unittest.TestCase):
    """A test with a temporary folder, the working folder of all commands it runs."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mnistcnn-cli-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def start(self, *arguments, **options):
        return subprocess.Popen([COMMAND, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run_command(self, *arguments, status=0, **options):
        """Runs the command and returns its output as bytes. Every error must be one line."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, status, f"{arguments}\n{out!r}\n{err!r}")
        for line in err.splitlines():
            self.assertTrue(line.startswith(b"mnistcnn: "), err)
        return out, err

    def fails(self, *arguments, status=1, says=""):
        """The command must fail with exactly one line that contains `says`."""
        out, err = self.run_command(*arguments, status=status)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertIn(os.fsencode(says), err)
        return out

    def json(self, *arguments, **options):
        out, _ = self.run_command(*arguments, **options)
        return json.loads(out)

    def shapes(self, name="shapes", per_class=24, classes=("bar", "dot", "frame"), side=28):
        """A folder of gray PNG files that a small network learns easily."""
        for kind, class_name in enumerate(classes):
            os.makedirs(self.path(name, class_name))
            for i in range(per_class):
                write_png(self.path(name, class_name, f"{i:03}.png"), picture(kind, i, side))
        return name

    def train(self, *arguments, out="model.safetensors", **options):
        return self.run_command("train", "--arch", SMALL, "--channels", "1", "--loss",
                                "categorical", "--augment", "none", "--no-flip", "--out", out,
                                *arguments, **options)


def picture(kind, number, side=28):
    """Rows of bytes: a shape depending on `kind`, its position and brightness on `number`."""
    at, light = 3 + number % 5, 150 + number * 7 % 100
    rows = [bytearray(side) for _ in range(side)]
    for i in range(16):
        for j in range(16):
            inside = (abs(i - 8) < 2, (i - 8) ** 2 + (j - 8) ** 2 < 40,
                      i in (0, 15) or j in (0, 15))[kind % 3]
            if inside:
                rows[at + i][at + j] = light
    return rows


def write_png(path, rows, colour=0):
    """An 8-bit PNG by an independent, minimal encoder: gray, or with the given colour type (2: RGB, 4:
    gray and alpha, 6: RGB and alpha)."""
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))
    header = struct.pack(">IIBBBBB", len(rows[0]) // {0: 1, 2: 3, 4: 2, 6: 4}[colour],
                         len(rows), 8, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) +
                   chunk(b"IEND", b""))


def read_png(path):
    """(width, height, depth, colour type, rows) of a non-interlaced 8-bit gray PNG."""
    with open(path, "rb") as file:
        data = file.read()
    at, content = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", body)
        if kind == b"IDAT":
            content += body
        at += 12 + length
    raw, rows, above = zlib.decompress(content), [], bytearray(width)
    for y in range(height):
        line = raw[y * (width + 1):(y + 1) * (width + 1)]
        above = unfilter(line[0], bytearray(line[1:]), above)
        rows.append(bytes(above))
    return width, height, depth, colour, rows


def unfilter(kind, row, above):
    for x in range(len(row)):
        left, up, corner = (row[x - 1] if x else 0), above[x], (above[x - 1] if x else 0)
        guess = left + up - corner
        paeth = min((left, up, corner), key=lambda value: abs(guess - value))
        row[x] = (row[x] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
    return row


def write_idx(path, dimensions, content, compress=False):
    data = struct.pack(">BBBB", 0, 0, 8, len(dimensions))
    data += struct.pack(f">{len(dimensions)}I", *dimensions) + content
    with (gzip.open if compress else open)(path, "wb") as file:
        file.write(data)


def main():
    unittest.main(argv=sys.argv)
