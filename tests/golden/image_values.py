#!/usr/bin/env python3
"""Values that the resizes and augmentations are tested against, worked out independently.

  python3 tests/golden/image_values.py > tests/golden/image_values.h     (needs numpy and Pillow)

Resize: area and bilinear weights as dense matrices in exact fractions; nearest from Pillow itself.
Keras: the formulas of ImageDataGenerator 2.0.3 and 2.9 written with 3x3 matrices, and an own
affine_transform (order 0 and 1, mode nearest) in place of scipy's.
Smooth: the warp and the dense matrices K of the elastic field, in double precision, with the noise
drawn by an own Philox4x32-10.
"""
import math
from fractions import Fraction

import numpy as np
from PIL import Image


def random_bytes(seed, count):
    """test_byte() of tests/unit/support.c."""
    out = np.empty(count, np.uint8)
    for i in range(count):
        seed = (seed * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = seed >> 24
    return out


def emit(ctype, name, values, form):
    print(f"static const {ctype} {name}[] = {{")
    line = "   "
    for v in values:
        text = " " + form(v) + ","
        if len(line) + len(text) > 100:
            print(line)
            line = "   "
        line += text
    print(line + "\n};\n")


def emit_bytes(name, array):
    emit("uint8_t", name, np.asarray(array).ravel(), lambda v: str(int(v)))


def emit_floats(name, array):
    def form(v):
        text = repr(float(np.float32(v)))
        return text + "f" if "." in text or "e" in text else text + ".0f"
    emit("float", name, np.asarray(array).ravel(), form)


# ------------------------------------------------------------------------------------------ resize

def axis_matrix(source, target):
    rows = []
    for i in range(target):
        row = [Fraction(0)] * source
        if source >= target:  # mean over [i, i+1) * source / target
            begin, end = Fraction(i * source, target), Fraction((i + 1) * source, target)
            for j in range(source):
                overlap = min(end, Fraction(j + 1)) - max(begin, Fraction(j))
                row[j] = max(overlap, Fraction(0)) / (end - begin)
        else:  # straight lines between pixel centres
            x = (Fraction(2 * i + 1, 2) * source / target) - Fraction(1, 2)
            x = min(max(x, Fraction(0)), Fraction(source - 1))
            j = math.floor(x)
            row[j] += 1 - (x - j)
            if j + 1 < source:
                row[j + 1] += x - j
        assert sum(row) == 1
        rows.append(row)
    return rows


def resize_smooth(image, height, width):
    rows, columns = axis_matrix(image.shape[0], height), axis_matrix(image.shape[1], width)
    out = np.zeros((height, width, image.shape[2]), np.uint8)
    for r in range(height):
        for c in range(width):
            for k in range(image.shape[2]):
                value = sum(rows[r][i] * columns[c][j] * int(image[i, j, k])
                            for i in range(image.shape[0]) if rows[r][i]
                            for j in range(image.shape[1]) if columns[c][j])
                out[r, c, k] = math.floor(value + Fraction(1, 2))
    return out


def resize_nearest(image, height, width):
    pil = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    out = np.asarray(pil.resize((width, height), Image.NEAREST))
    return out.reshape(height, width, image.shape[2])


RESIZES = [(7, 9, 1, 4, 4), (4, 4, 1, 7, 9), (5, 8, 3, 8, 5), (8, 3, 3, 3, 8), (6, 6, 1, 6, 6),
           (1, 1, 3, 3, 2), (9, 7, 1, 1, 1), (16, 16, 1, 8, 4), (3, 5, 1, 11, 13), (13, 11, 3, 5, 3),
           (20, 1, 1, 7, 4), (28, 28, 1, 10, 10)]


def resizes():
    print("/* {source height, width, channels, target height, width} */")
    print("static const uint32_t value_resizes[][5] = {")
    for case in RESIZES:
        print("    {" + ", ".join(map(str, case)) + "},")
    print("};\n")
    smooth, nearest = [], []
    for i, (h, w, k, th, tw) in enumerate(RESIZES):
        image = random_bytes(100 + i, h * w * k).reshape(h, w, k)
        smooth.append(resize_smooth(image, th, tw).ravel())
        nearest.append(resize_nearest(image, th, tw).ravel())
    emit_bytes("value_resize_smooth", np.concatenate(smooth))
    emit_bytes("value_resize_nearest", np.concatenate(nearest))


# ------------------------------------------------------------------------------------------- Keras

def affine_transform(channel, matrix, offset, order):
    height, width = channel.shape
    out = np.empty((height, width))
    for r in range(height):
        for c in range(width):
            y = offset[0] + matrix[0, 0] * r + matrix[0, 1] * c
            x = offset[1] + matrix[1, 0] * r + matrix[1, 1] * c
            y, x = min(max(y, 0.0), height - 1.0), min(max(x, 0.0), width - 1.0)
            if order == 0:
                out[r, c] = channel[int(math.floor(y + 0.5)), int(math.floor(x + 0.5))]
            else:
                i, j = int(math.floor(y)), int(math.floor(x))
                fy, fx = y - i, x - j
                i2, j2 = min(i + 1, height - 1), min(j + 1, width - 1)
                out[r, c] = ((1 - fy) * ((1 - fx) * channel[i, j] + fx * channel[i, j2]) +
                             fy * ((1 - fx) * channel[i2, j] + fx * channel[i2, j2]))
    return out


def keras(image, version, theta, tx, ty, shear, zx, zy, flip):
    """theta in degrees; shear in radians for 2.0, in degrees for 2.9; tx, ty in pixels."""
    theta = np.deg2rad(theta)
    if version == 29:
        shear = np.deg2rad(shear)
    rotation = np.array([[np.cos(theta), -np.sin(theta), 0], [np.sin(theta), np.cos(theta), 0],
                         [0, 0, 1]])
    shift = np.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    shearing = np.array([[1, -np.sin(shear), 0], [0, np.cos(shear), 0], [0, 0, 1]])
    zoom = np.array([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    matrix = rotation @ shift @ shearing @ zoom
    height, width, channels = image.shape
    plus = 0.5 if version == 20 else -0.5
    o_x, o_y = height / 2 + plus, width / 2 + plus
    matrix = (np.array([[1, 0, o_x], [0, 1, o_y], [0, 0, 1]]) @ matrix @
              np.array([[1, 0, -o_x], [0, 1, -o_y], [0, 0, 1]]))
    if version == 29:
        swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
        matrix = swap @ matrix @ swap
    out = np.stack([affine_transform(image[:, :, k].astype(float), matrix[:2, :2], matrix[:2, 2],
                                     0 if version == 20 else 1) for k in range(channels)], 2)
    return out[:, ::-1] if flip else out


# ------------------------------------------------------------------------------------------ smooth

def philox(counter, key):
    x, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(p1 >> 32) ^ x[1] ^ k[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ x[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return x


def elastic_noise(count):
    """From the stream (seed 1, purpose MCNN_RNG_TEST = 6, a 2, b 3): four bytes added up."""
    bits = []
    while len(bits) < count:
        bits += philox([len(bits) // 4, 6, 2, 3], [1, 0])
    sums = np.array([sum(b >> s & 255 for s in (0, 8, 16, 24)) for b in bits[:count]], float)
    return (sums - 510) / math.sqrt(4 * (256 ** 2 - 1) / 12)


def elastic_matrix(side):
    nodes = (side - 1) // 4 + 4
    position = (side - 1) / 2 + 4 * (np.arange(nodes) - (nodes - 1) / 2)
    k = np.exp(-(np.arange(side)[:, None] - position[None]) ** 2 / 32)
    return k / np.linalg.norm(k, axis=1, keepdims=True)


def elastic_field(height, width):
    rows, columns = elastic_matrix(height), elastic_matrix(width)
    # short axes are padded to ten nodes, the added ones having no weight
    rn, cn = max(rows.shape[1], 10), max(columns.shape[1], 10)
    noise = elastic_noise(2 * rn * cn).reshape(2, rn, cn)
    return [rows @ n[:rows.shape[1], :columns.shape[1]] @ columns.T for n in noise]


def smooth(image, rotation, tx, ty, shear, zx, zy, flip, elastic):
    """On (x, y): R(rotation) [1 s; 0 1] diag(zx, zy), centred; (tx, ty) pixels; zeros outside."""
    height, width, channels = image.shape
    a = np.deg2rad(rotation)
    matrix = (np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @
              np.array([[1, shear], [0, 1]]) @ np.diag([zx, zy]))
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    field = elastic_field(height, width) if elastic else [np.zeros((height, width))] * 2
    out = np.zeros(image.shape)

    def pixel(i, j):
        return image[i, j].astype(float) if 0 <= i < height and 0 <= j < width else 0.0

    for r in range(height):
        for c in range(width):
            x, y = matrix @ (np.array([c, r]) - centre) + centre + [tx, ty]
            y, x = y + elastic * field[0][r, c], x + elastic * field[1][r, c]
            i, j = math.floor(y), math.floor(x)
            fy, fx = y - i, x - j
            out[r, c] = ((1 - fy) * ((1 - fx) * pixel(i, j) + fx * pixel(i, j + 1)) +
                         fy * ((1 - fx) * pixel(i + 1, j) + fx * pixel(i + 1, j + 1)))
    return out[:, ::-1] if flip else out


# height, width, channels, rotation, tx, ty, shear, zx, zy, flip, elastic (smooth only)
WARPS = [
    (28, 28, 1, 0, 0, 0, 0.15, 0.83, 1.17, 0, 0.7),
    (28, 28, 1, 0, 0, 0, -0.2, 1.2, 0.8, 1, 0.0),
    (28, 28, 1, 8, 1.0, -0.75, 0.05, 1.05, 0.95, 0, 1.5),
    (9, 12, 3, 25, 1.25, 2.5, 0.1, 0.9, 1.3, 1, 0.7),
    (12, 9, 1, -70, -2.0, 0.5, 0.3, 1.4, 0.7, 0, 2.0),
    (5, 50, 1, 3, 0, 0, 0.02, 1, 1, 0, 0.7),
    (10, 10, 3, 0, 30, 0, 0, 1, 1, 0, 0.0),
    (6, 7, 1, 0, 0, 0, 0, 1, 1, 1, 0.0),
]


def warps():
    print("typedef struct value_warp {")
    print("  uint32_t height, width, channels;")
    print("  double rotation, tx, ty, shear, zx, zy;")
    print("  int flip;\n  float elastic;\n} value_warp;\n")
    print("static const value_warp value_warps[] = {")
    for w in WARPS:
        numbers = [str(v) for v in w[:3]] + [repr(float(v)) for v in w[3:9]] + [str(w[9])]
        print("    {" + ", ".join(numbers) + f", {float(w[10])!r}f}},")
    print("};\n")
    results = {"keras_2_0": [], "keras_2_9": [], "smooth": []}
    for n, (h, w, k, rotation, tx, ty, shear, zx, zy, flip, elastic) in enumerate(WARPS):
        image = random_bytes(200 + n, h * w * k).reshape(h, w, k)
        results["keras_2_0"].append(keras(image, 20, rotation, tx, ty, shear, zx, zy, flip).ravel())
        # a shear in degrees that matters
        results["keras_2_9"].append(
            keras(image, 29, rotation, tx, ty, 50 * shear, zx, zy, flip).ravel())
        results["smooth"].append(
            smooth(image, rotation, tx, ty, shear, zx, zy, flip, elastic).ravel())
    emit_bytes("value_warp_keras_2_0", np.concatenate(results["keras_2_0"]))
    emit_floats("value_warp_keras_2_9", np.concatenate(results["keras_2_9"]))
    emit_floats("value_warp_smooth", np.concatenate(results["smooth"]))


if __name__ == "__main__":
    print("/* Made by tests/golden/image_values.py. */")
    print("// clang-format off\n#include <stdint.h>\n")
    resizes()
    warps()
