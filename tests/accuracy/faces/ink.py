"""Where ink comes from: faces, MNIST, scribbles and shapes.

Ink is a numpy array of bytes, [height][width], 255 where there is ink, without a margin.
"""

import gzip
import math
import pathlib

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FACE_SIZE = 96

# Letters and signs that nobody can take for a digit; O, l, S, Z, b, g, q, y and their like can be.
LETTERS = "ABCEFHKLMNPRTUVWXYacdefhkmnprtuvwx"
SIGNS = "+*#@&%?=$<>{}~^:;"
# Without what looks like a 1, and of the other alphabets without omicron, theta, sigma and delta,
# without Ze, Che, Be, E and their like.
MORE_SIGNS = "\u00b1\u00d7\u00f7\u20ac\u00a5\u00a9\u00ae\u00b6\u00bf\u00df\u00e6\u00ab\u00bb\u2020\u2026\u2122_-"
GREEK = "\u0391\u0393\u0394\u039a\u039b\u039c\u039d\u039e\u03a0\u03a1\u03a3\u03a4\u03a5\u03a6\u03a7\u03a8\u03a9" \
        "\u03b1\u03b2\u03b3\u03b5\u03b7\u03ba\u03bb\u03bc\u03be\u03c0\u03c4\u03c5\u03c6\u03c7\u03c8\u03c9"
CYRILLIC = "\u0414\u0416\u0418\u0419\u041b\u041f\u0424\u0426\u0428\u0429\u042b\u042e\u042f\u0413" \
           "\u0436\u0438\u0439\u043a\u043b\u043c\u043d\u043f\u0442\u0444\u0446\u0448\u0449\u044e\u044f"


def trimmed(image):
    """The part of a PIL image that has ink; None if there is none."""
    box = image.point(lambda v: 255 if v > 40 else 0).getbbox()
    return image.crop(box) if box else None


class Face:
    """One font file; the glyphs that were asked for are kept."""

    def __init__(self, name, path):
        self.name = name
        self.font = ImageFont.truetype(str(path), FACE_SIZE)
        self.glyphs = {}

    def glyph(self, text):
        if text not in self.glyphs:
            left, top, right, bottom = self.font.getbbox(text)
            size = (max(right - left, 1) + 8, max(bottom - top, 1) + 8)
            image = Image.new("L", size, 0)
            ImageDraw.Draw(image).text((4 - left, 4 - top), text, fill=255, font=self.font)
            self.glyphs[text] = trimmed(image)
        return self.glyphs[text]

    def has(self, text):
        """Whether the face has a glyph of its own: those that it lacks are all the same box."""
        image = self.glyph(text)
        missing = self.glyph("\uffff")
        if image is None or min(image.size) < 2 or max(image.size) < 20:
            return False
        return missing is None or image.size != missing.size or image.tobytes() != missing.tobytes()


def load_faces(table, modules, use):
    """The faces of the table that have this use: {kind: [Face]}."""
    faces = {}
    for line in table.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, kind, of_use = line.split("\t")
        if of_use != use:
            continue
        files = modules / "@fontsource" / name / "files"
        paths = sorted(files.glob(f"{name}-latin-400-normal.woff2"))
        if kind == "segments":
            paths = sorted(files.glob(f"{name}-*-normal.woff2"))
            paths = [path for path in paths if "seggchan" not in path.name]
        if not paths:
            paths = sorted(files.glob("*400-normal.woff2")) or sorted(files.glob("*.woff2"))[:1]
        for path in paths:
            face = Face(path.stem, path)
            if all(face.has(digit) for digit in "0123456789"):
                faces.setdefault(kind, []).append(face)
    return faces


def load_alphabets(table, modules, use):
    """Of the same faces the files of other alphabets: {alphabet: [Face]}."""
    alphabets = {"greek": [], "cyrillic": []}
    for line in table.read_text().splitlines():
        name, kind, of_use = line.split("\t")
        for alphabet, faces in alphabets.items():
            path = modules / "@fontsource" / name / "files" / f"{name}-{alphabet}-400-normal.woff2"
            if of_use == use and path.exists():
                # Handwriting is rare among them.
                faces += [Face(path.stem, path)] * (3 if kind == "handwriting" else 1)
    return alphabets


def read_idx(path, header):
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        return numpy.frombuffer(file.read(), numpy.uint8)[header:]


def load_mnist(folder, name):
    """Images [n][28][28] and labels of MNIST's IDX files."""
    images = read_idx(next(folder.glob(f"{name}-images-idx3-ubyte*")), 16).reshape(-1, 28, 28)
    return images, read_idx(next(folder.glob(f"{name}-labels-idx1-ubyte*")), 8)


def enlarged(pixels, factor=4):
    """A small image of ink, with smooth edges, at a higher resolution."""
    image = Image.fromarray(pixels)
    image = image.resize((image.width * factor, image.height * factor), Image.BICUBIC)
    return trimmed(image.point(lambda v: max(0, min(255, (v - 90) * 4))))


def with_pen(random, image, thickest):
    """Thinner or thicker strokes."""
    width = random.randint(-1, thickest)
    if width == 0:
        return image
    image = Image.fromarray(numpy.pad(numpy.asarray(image), abs(width) * 2 + 2))
    if width > 0:
        return trimmed(image.filter(ImageFilter.MaxFilter(2 * width + 1)))
    thin = image.filter(ImageFilter.MinFilter(3))
    kept = numpy.asarray(thin).sum() > 0.45 * numpy.asarray(image).sum()
    return trimmed(thin if kept else image)


def bent(random, image, turn, slant, width):
    """Turned by up to `turn` degrees, slanted, and widened or narrowed by up to `width`."""
    angle = math.radians(random.uniform(-turn, turn))
    shear = random.uniform(-slant, slant)
    wide = math.exp(random.uniform(-width, width))
    cosine, sine = math.cos(angle), math.sin(angle)
    forward = numpy.array([[cosine, -sine], [sine, cosine]]) @ numpy.array([[wide, -shear], [0, 1]])
    corners = forward @ numpy.array([[0, image.width, 0, image.width], [0, 0, image.height, image.height]])
    low, high = corners.min(axis=1) - 2, corners.max(axis=1) + 2
    back = numpy.linalg.inv(forward)
    offset = back @ low
    size = tuple(int(math.ceil(v)) for v in high - low)
    matrix = (back[0, 0], back[0, 1], offset[0], back[1, 0], back[1, 1], offset[1])
    return trimmed(image.transform(size, Image.AFFINE, matrix, Image.BILINEAR))


def segments(random, digit):
    """A digit of seven segments: slim or broad, with or without gaps, upright or slanted."""
    lit = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"][digit]
    if digit in (6, 9) and random.random() < 0.3:
        lit = "fgedc" if digit == 6 else "abcfg"
    if digit == 7 and random.random() < 0.2:
        lit = "fabc"
    pen = random.uniform(6, 13)
    gap = random.uniform(-1, 2.5)
    w, h = random.uniform(38, 56), random.uniform(84, 100)
    across = {"a": 0, "g": h / 2, "d": h}
    down = {"f": (0, 0), "b": (w, 0), "e": (0, h / 2), "c": (w, h / 2)}
    image = Image.new("L", (110, 140), 0)
    draw = ImageDraw.Draw(image)
    for name in lit:
        if name in across:
            x0, y0, x1, y1 = pen / 2 + gap, across[name], w - pen / 2 - gap, across[name]
            ends = ((-pen / 2, 0), (pen / 2, 0))
        else:
            x, y = down[name]
            x0, y0, x1, y1 = x, y + pen / 2 + gap, x, y + h / 2 - pen / 2 - gap
            ends = ((0, -pen / 2), (0, pen / 2))
        half = pen / 2
        side = (0, half) if name in across else (half, 0)
        points = [(x0 + ends[0][0] / 2, y0 + ends[0][1] / 2), (x0 + side[0], y0 + side[1]),
                  (x1 + side[0], y1 + side[1]), (x1 + ends[1][0] / 2, y1 + ends[1][1] / 2),
                  (x1 - side[0], y1 - side[1]), (x0 - side[0], y0 - side[1])]
        draw.polygon([(x + 20, y + 20) for x, y in points], fill=255)
    return trimmed(image)


# --- no digit -------------------------------------------------------------------------------------


def stroke(draw, points, pen):
    draw.line(points, fill=255, width=pen, joint="curve")
    for x, y in (points[0], points[-1]):
        draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)


def scribble(random):
    """A curve that wanders about."""
    image = Image.new("L", (140, 140), 0)
    draw = ImageDraw.Draw(image)
    count = random.randint(7, 22)
    x, y = random.uniform(30, 110), random.uniform(30, 110)
    angle, turn = random.uniform(0, 6.3), 0.0
    points = [(x, y)]
    for _ in range(count * 6):
        turn = 0.85 * turn + random.gauss(0, 0.16)
        angle += turn
        x, y = x + 4.5 * math.cos(angle), y + 4.5 * math.sin(angle)
        if not 15 < x < 125 or not 15 < y < 125:
            angle += 2.2
            x, y = min(max(x, 15), 125), min(max(y, 15), 125)
        points.append((x, y))
    stroke(draw, points, random.randint(3, 10))
    return trimmed(image)


def zigzag(random):
    image = Image.new("L", (160, 160), 0)
    draw = ImageDraw.Draw(image)
    count = random.randint(4, 9)
    wide = random.uniform(60, 110)
    points = [(20 + wide * i / count + random.gauss(0, 3), 40 + random.uniform(50, 80) * (i % 2))
              for i in range(count + 1)]
    stroke(draw, points, random.randint(3, 9))
    return trimmed(image)


def shape(random):
    """Ticks, crosses, arrows, stars, boxes, hearts, faces, spirals: a few strokes."""
    image = Image.new("L", (160, 160), 0)
    draw = ImageDraw.Draw(image)
    pen = random.randint(3, 12)

    def at(x, y):
        return x + random.gauss(0, 3), y + random.gauss(0, 3)

    kind = random.randrange(11)
    if kind == 0:
        stroke(draw, [at(30, 85), at(60, 120), at(130, 35)], pen)
    elif kind == 1:
        stroke(draw, [at(35, 35), at(125, 125)], pen)
        stroke(draw, [at(125, 35), at(35, 125)], pen)
    elif kind == 2:
        stroke(draw, [at(25, 80), at(135, 80)], pen)
        stroke(draw, [at(100, 50), at(135, 80), at(100, 110)], pen)
    elif kind == 3:
        arms = random.choice((3, 4))
        for i in range(arms):
            a = math.pi * i / arms + random.gauss(0, 0.1)
            stroke(draw, [(80 - 50 * math.cos(a), 80 - 50 * math.sin(a)),
                          (80 + 50 * math.cos(a), 80 + 50 * math.sin(a))], pen)
    elif kind == 4:
        corners = [at(35, 35), at(125, 35), at(125, 125), at(35, 125)]
        stroke(draw, corners + [corners[0]], pen)
        if random.random() < 0.5:
            stroke(draw, [corners[0], corners[2]], pen)
    elif kind == 5:
        corners = [at(80, 30), at(130, 120), at(30, 120)]
        stroke(draw, corners + [corners[0]], pen)
    elif kind == 6:
        points = [at(80 + 50 * math.sin(i * 4 * math.pi / 5), 80 - 50 * math.cos(i * 4 * math.pi / 5))
                  for i in range(5)]
        stroke(draw, points + [points[0]], pen)
    elif kind == 7:
        points = [(80 + 3.1 * 16 * math.sin(t) ** 3,
                   75 - 3.1 * (13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)))
                  for t in numpy.linspace(0, 6.3, 50)]
        stroke(draw, points, pen)
    elif kind == 8:
        turns = random.uniform(2.2, 3.5)
        points = [(80 + 8 * t * math.cos(2 * t), 80 + 8 * t * math.sin(2 * t))
                  for t in numpy.linspace(0.3, turns * math.pi / 2 + 1, 60)]
        stroke(draw, points, min(pen, 7))
    elif kind == 9:
        draw.ellipse((30, 30, 130, 130), outline=255, width=pen)
        for x in (60, 100):
            draw.ellipse((x - pen, 60 - pen, x + pen, 60 + pen), fill=255)
        draw.arc((55, 60, 105, 112), 20, 160, fill=255, width=pen)
    else:
        stroke(draw, [at(40, 60), at(120, 60)], pen)
        stroke(draw, [at(40, 100), at(120, 100)], pen)
        if random.random() < 0.5:
            stroke(draw, [at(110, 40), at(50, 120)], pen)
    return trimmed(image)


def tick(random):
    """A short stroke down, and a long one up."""
    image = Image.new("L", (180, 180), 0)
    pen = random.randint(3, 12)
    down, wide, high = random.uniform(15, 50), random.uniform(35, 85), random.uniform(60, 110)
    x, y = 60 + random.gauss(0, 3), 140
    bow = random.uniform(-8, 8)
    points = [(x - random.uniform(0.3, 1) * down, y - down), (x, y), (x + wide / 2 + bow, y - high / 2 + bow),
              (x + wide, y - high)]
    stroke(ImageDraw.Draw(image), points, pen)
    return trimmed(image)


def texture(random):
    """Blotches, hatching and grids."""
    generator = numpy.random.default_rng(random.getrandbits(32))
    kind = random.randrange(3)
    if kind == 0:
        noise = Image.fromarray((generator.random((12, 12)) * 255).astype(numpy.uint8))
        noise = noise.resize((120, 120), Image.BICUBIC)
        limit = random.randint(110, 150)
        return trimmed(noise.point(lambda v: 255 if v > limit else 0))
    image = Image.new("L", (140, 140), 0)
    draw = ImageDraw.Draw(image)
    step, pen = random.uniform(14, 30), random.randint(3, 6)
    for i in range(-8, 12):
        x = 20 + i * step
        stroke(draw, [(x, 10), (x + random.uniform(-4, 4) + (60 if kind == 1 else 0), 130)], pen)
        if kind == 2:
            stroke(draw, [(10, x), (130, x)], pen)
    return trimmed(image.crop((20, 20, 20 + random.randint(60, 110), 20 + random.randint(60, 110))))


def pair(random, left, right):
    """Two digits that touch or overlap."""
    height = 90
    a = left.resize((max(1, left.width * height // left.height), height))
    high = int(height * random.uniform(0.8, 1.2))
    b = right.resize((max(1, right.width * high // right.height), high))
    overlap = random.uniform(0.0, 0.25) * min(a.width, b.width)
    wide = max(int(a.width + b.width - overlap), a.width + 1)
    drop = random.randint(0, 15)
    canvas = numpy.zeros((max(height, high) + 16, wide + b.width), numpy.uint8)
    canvas[:height, : a.width] = numpy.asarray(a)
    x = wide - b.width
    there = canvas[drop : drop + high, x : x + b.width]
    numpy.maximum(there, numpy.asarray(b), out=there)
    return trimmed(Image.fromarray(canvas))


# Halves that are not digits themselves, as half an 8 is a 0, and half a 4 a 1.
HALVES = {0: "lr", 2: "lrb", 3: "lrb", 4: "t", 5: "lrtb", 6: "r", 8: "lr", 9: "l"}


def half(random, digit, image):
    side = random.choice(HALVES[digit])
    cut = random.uniform(0.4, 0.6)
    x, y = int(image.width * cut), int(image.height * cut)
    box = {"l": (0, 0, x, image.height), "r": (x, 0, image.width, image.height),
           "t": (0, 0, image.width, y), "b": (0, y, image.width, image.height)}[side]
    return trimmed(image.crop(box))
