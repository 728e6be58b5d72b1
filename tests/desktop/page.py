#!/usr/bin/env python3
"""A page of numbers, written by lines: page.py OUT.png LINE..."""
import math
import struct
import sys
import zlib


def arc(x, y, rx, ry, start, end):
    angles = [math.radians(start + (end - start) * i / 24) for i in range(25)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


# Strokes in a square of 100.
DIGITS = {
    "0": [arc(50, 50, 28, 42, 0, 360)],
    "1": [[(38, 24), (52, 10), (52, 90)]],
    "2": [arc(50, 32, 26, 24, 180, 375) + [(28, 88), (80, 88)]],
    "4": [[(58, 8), (20, 60), (84, 60)], [(62, 34), (62, 94)]],
    "7": [[(20, 14), (80, 14), (44, 92)]],
    "8": [arc(50, 30, 20, 20, 90, 440) + arc(50, 71, 25, 21, -90, 265)],
}
PITCH, LINE, SCALE, PEN, PAPER, INK = 36, 90, 0.45, 4.0, 240, 30


def stamp(rows, x, y):
    for row in range(int(y - PEN), int(y + PEN) + 1):
        for column in range(int(x - PEN), int(x + PEN) + 1):
            ink = min(max(PEN / 2 + 0.5 - math.hypot(column - x, row - y), 0), 1)
            rows[row][column] = min(rows[row][column], round(PAPER - (PAPER - INK) * ink))


def write(rows, strokes, left, top):
    for stroke in strokes:
        for (x0, y0), (x1, y1) in zip(stroke, stroke[1:]):
            for i in range(31):
                stamp(rows, left + SCALE * (x0 + (x1 - x0) * i / 30),
                      top + SCALE * (y0 + (y1 - y0) * i / 30))


def png(rows):
    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) +
            chunk(b"IEND", b""))


def main():
    out, lines = sys.argv[1], sys.argv[2:]
    width = 60 + PITCH * max(map(len, lines))
    rows = [[PAPER] * width for _ in range(40 + LINE * len(lines))]
    for i, line in enumerate(lines):
        for j, digit in enumerate(line):
            if digit != " ":
                write(rows, DIGITS[digit], 30 + PITCH * j, 30 + LINE * i)
    with open(out, "wb") as file:
        file.write(png(rows))


main()
