#!/usr/bin/env python3
"""Writes bmp_values.h (beside this file): BMP files of every kind, made here byte by byte, and their pixels
as red, green, blue and alpha. Where Pillow can be imported, each is compared with what Pillow reads, but
for what Pillow gets wrong: odd numbers of literal pixels of 4 bits, jumps, and an early end.
"""
import io
import pathlib
import struct

try:
    from PIL import Image
except ImportError:
    Image = None

HERE = pathlib.Path(__file__).parent
WIDTH, HEIGHT = 5, 3


def number(x, y, largest):
    return (7 * x + 3 * y + x * y) % (largest + 1)


def palette(count, gray=False):
    if gray:
        return [(255 * i // (count - 1),) * 3 for i in range(count)]
    return [((i * 37 + 5) % 256, (i * 91) % 256, 255 - i) for i in range(count)]


def packed(values, bits):
    text = "".join(f"{value:0{bits}b}" for value in values)
    text += "0" * (-len(text) % 32)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def bmp(bits, rows, header=40, colours=None, compression=0, masks=(), top_down=False, start=None,
        num_colours=None):
    """rows: from the top, or all data where they are bytes."""
    data = rows if isinstance(rows, bytes) else b"".join(rows if top_down else rows[::-1])
    padding = b"" if header == 12 else b"\0"
    table = b"".join(bytes(colour[::-1]) + padding for colour in colours or [])
    if header == 12:
        second = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        count = len(colours or []) if num_colours is None else num_colours
        second = struct.pack("<IiiHHIIiiII", header, WIDTH, -HEIGHT if top_down else HEIGHT, 1, bits,
                             compression, len(data), 2835, 2835, count, 0)
        second += b"".join(struct.pack("<I", mask) for mask in masks)
        second = second.ljust(header, b"\0")
    place = 14 + len(second) + len(table)
    return b"BM" + struct.pack("<IHHI", place + len(data), 0, 0, place if start is None else start) + \
        second + table + data


def grid(function):
    return [[function(x, y) for x in range(WIDTH)] for y in range(HEIGHT)]


def indexed():
    for bits in (1, 4, 8):
        for gray in (False, True):
            colours = palette(1 << bits, gray)
            indices = grid(lambda x, y: number(x, y, (1 << bits) - 1))
            pixels = [(*colours[i], 255) for row in indices for i in row]
            rows = [packed(row, bits) for row in indices]
            name = f"bits{bits}" + ("_gray" if gray else "")
            yield name, bmp(bits, rows, colours=colours), pixels, gray
            if bits == 4 and not gray:
                for header in (12, 52, 56, 64, 108, 124):
                    yield f"{name}_header{header}", bmp(bits, rows, header, colours), pixels, gray
                yield f"{name}_top_down", bmp(bits, rows, colours=colours, top_down=True), pixels, gray
                yield f"{name}_start_0", bmp(bits, rows, colours=colours, start=0), pixels, gray
                yield f"{name}_start_54", bmp(bits, rows, colours=colours, start=54), pixels, gray
                yield f"{name}_no_count", bmp(bits, rows, colours=colours, num_colours=0), pixels, gray


def channel(value, mask):
    if not mask:
        return None
    shift = (mask & -mask).bit_length() - 1
    return ((value & mask) >> shift) * 255 // (mask >> shift)


def direct():
    rgb555, rgb565 = (0x7C00, 0x3E0, 0x1F), (0xF800, 0x7E0, 0x1F)
    rgb888, argb = (0xFF0000, 0xFF00, 0xFF), (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    kinds = [("bits16", 16, rgb555, 40, False), ("bits16_core", 16, rgb555, 12, False),
             ("bits24", 24, rgb888, 40, False), ("bits24_core", 24, rgb888, 12, False),
             ("bits32", 32, rgb888, 40, False), ("bits32_v5", 32, rgb888, 124, False),
             ("fields16", 16, rgb565, 40, True), ("fields16_v2", 16, rgb565, 52, True),
             ("fields32", 32, rgb888, 40, True), ("fields32_v3", 32, argb, 56, True),
             ("fields32_v4", 32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000), 108, True),
             ("fields32_v5", 32, argb, 124, True), ("fields32_zero", 32, (0, 0, 0, 0), 108, True)]
    for name, bits, masks, header, fields in kinds:
        values = grid(lambda x, y: (0x9E3779B1 * (x + 7 * y + 1)) % (1 << bits))
        rows = [b"".join(value.to_bytes(bits // 8, "little") for value in row) for row in values]
        rows = [row + b"\0" * (-len(row) % 4) for row in rows]
        real = argb if name.endswith("zero") else masks
        pixels = []
        for value in (value for row in values for value in row):
            rgba = [channel(value, mask) for mask in (*real, 0)[:4]]
            pixels.append((*rgba[:3], 255 if rgba[3] is None else rgba[3]))
        yield name, bmp(bits, rows, header, compression=3 if fields else 0,
                        masks=masks if fields else ()), pixels, False
        if name == "bits24":
            yield f"{name}_top_down", bmp(bits, rows, top_down=True), pixels, False


def run_length():
    """From the bottom row up, as the files have it."""
    for name, bits, data, rows in (
            ("rle8", 8, b"\5\x07\0\0" b"\2\1\0\3\4\5\6\0\0\0" b"\1\2\4\x09\0\1",
             [[7] * 5, [1, 1, 4, 5, 6], [2, 9, 9, 9, 9]]),
            ("rle4", 4, b"\5\x12\0\0" b"\1\x30\0\4\x45\x67\0\0" b"\3\x89\2\xAB\0\1",
             [[1, 2, 1, 2, 1], [3, 4, 5, 6, 7], [8, 9, 8, 10, 11]]),
            # odd literals; a run that is too long; the end of the last row is missing
            ("rle4_odd", 4, b"\0\5\x12\x34\x50\0\0\0" b"\7\x67\0\0" b"\5\x98",
             [[1, 2, 3, 4, 5], [6, 7, 6, 7, 6], [9, 8, 9, 8, 9]]),
            # a jump right, one up, and an early end
            ("rle8_jump", 8, b"\1\3\0\2\2\0\2\4\0\0" b"\1\5\0\2\1\1\1\6\0\1",
             [[3, 0, 0, 4, 4], [5, 0, 0, 0, 0], [0, 0, 6, 0, 0]]),
            ("rle8_early", 8, b"\5\1\0\1", [[1] * 5, [0] * 5, [0] * 5])):
        colours = palette(1 << bits)
        pixels = [(*colours[i], 255) for row in rows[::-1] for i in row]
        yield name, bmp(bits, data, colours=colours, compression=1 if bits == 8 else 2), \
            pixels, False


# What Pillow has wrong: see above.
NOT_COMPARED = {"rle4_odd", "rle8_jump", "rle8_early"}


def compare(name, file, pixels):
    if Image is None or name in NOT_COMPARED:
        return
    with Image.open(io.BytesIO(file)) as image:
        read = image.convert("RGBA").tobytes()
    assert read == bytes(byte for pixel in pixels for byte in pixel), name


def array(name, content):
    lines = [content[i:i + 20] for i in range(0, len(content), 20)]
    body = ",\n    ".join(", ".join(str(byte) for byte in line) for line in lines)
    return f"static const unsigned char bmp_{name}[] = {{\n    {body}}};\n"


def main():
    out, rows = [], []
    for make in (indexed, direct, run_length):
        for name, file, pixels, gray in make():
            compare(name, file, pixels)
            out += [array(f"file_{name}", file),
                    array(f"pixels_{name}", bytes(byte for pixel in pixels for byte in pixel))]
            rows.append(f'    {{"{name}", bmp_file_{name}, sizeof bmp_file_{name}, bmp_pixels_{name}, '
                        f"{1 if gray else 3}}},\n")
    (HERE / "bmp_values.h").write_text(
        "/* Written by bmp_values.py: BMP files of 5 x 3 pixels, and these as RGBA. */\n"
        "#ifndef GOLDEN_BMP_VALUES_H\n#define GOLDEN_BMP_VALUES_H\n\n#include <stddef.h>\n\n"
        "/* clang-format off */\n" + "\n".join(out) +
        "\nstatic const struct bmp_value {\n  const char *name;\n  const unsigned char *file;\n"
        "  size_t size_bytes;\n  const unsigned char *rgba;\n  unsigned channels;\n} bmp_values[] = {\n" +
        "".join(rows) + "};\n/* clang-format on */\n\n#endif\n", encoding="utf-8")


main()
