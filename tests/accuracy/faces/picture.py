"""From ink to a picture of it, as people scan, photograph and store digits."""

import math

import numpy
from PIL import Image, ImageFilter


def fitted(ink, height, width):
    return ink.resize((max(1, round(width)), max(1, round(height))), Image.BOX)


def on_canvas(ink, margin):
    wide = [int(round(side * margin)) for side in ink.size]
    canvas = Image.new("L", (ink.width + 2 * wide[0] + 2, ink.height + 2 * wide[1] + 2), 0)
    canvas.paste(ink, (wide[0] + 1, wide[1] + 1))
    return canvas


def stretched(random, ink, side):
    """To the border of a square, with more or less of its aspect ratio kept."""
    aspect = ink.width / ink.height
    if aspect > 0.35 and random.random() < 0.4:
        return fitted(ink, side, side)
    kept = random.random() < 0.5
    wide = side * min(1.0, aspect if kept else max(aspect, random.uniform(0.3, 1.0)))
    high = side * min(1.0, 1 / aspect)
    return fitted(ink, max(4, high), max(2, wide))


def bilevel(image, limit=110):
    return image.point(lambda v: 255 if v > limit else 0)


def bitmap(random, ink):
    """Black and white, small, the ink up to the border."""
    side = random.choice((16, 16, 16, 20, 32, 32))
    return bilevel(stretched(random, ink, side), random.randint(60, 150))


def counts(random, ink):
    """8 x 8 counts of the ink of 4 x 4 pixels each, in 17 levels."""
    fine = Image.new("L", (32, 32), 0)
    small = bilevel(stretched(random, ink, 32))
    fine.paste(small, ((32 - small.width) // 2, (32 - small.height) // 2))
    cells = numpy.asarray(fine).reshape(8, 4, 8, 4).mean(axis=(1, 3))
    return Image.fromarray((numpy.round(cells / 255 * 16) / 16 * 255).astype(numpy.uint8))


def scan(random, ink, low=18, high=80):
    """Gray, with soft edges."""
    height = math.exp(random.uniform(math.log(low), math.log(high)))
    image = on_canvas(fitted(ink, height, height * ink.width / ink.height), random.uniform(0.05, 0.8))
    return image.filter(ImageFilter.GaussianBlur(random.uniform(0, 0.03) * height))


def photo(random, ink):
    """Uneven light, noise, weak ink."""
    image = scan(random, ink, 24, 90)
    generator = numpy.random.default_rng(random.getrandbits(32))
    cover = numpy.asarray(image, numpy.float32) / 255
    rows, columns = numpy.mgrid[0 : cover.shape[0], 0 : cover.shape[1]]
    light = 1 + random.uniform(-0.3, 0.3) * rows / cover.shape[0] + random.uniform(-0.3, 0.3) * columns / cover.shape[1]
    paper = random.uniform(150, 240) * light
    strength = random.uniform(0.35, 0.95)
    noise = generator.normal(0, random.uniform(0, 6), cover.shape)
    return Image.fromarray(numpy.clip(paper * (1 - strength * cover) + noise, 0, 255).astype(numpy.uint8))


def drawn(random, ink):
    """On 28 x 28 pixels without levels, as people draw with a mouse: small, off-centre."""
    height = random.uniform(11, 27)
    small = fitted(ink, height, min(height * ink.width / ink.height, 27))
    canvas = Image.new("L", (28, 28), 0)
    canvas.paste(small, (random.randint(0, 28 - small.width), random.randint(0, 28 - small.height)))
    return bilevel(canvas, random.randint(40, 120))


def paper_of_lines(random, generator, shape):
    """Wavy lines, as on cheques, and noise."""
    rows, columns = numpy.mgrid[0 : shape[0], 0 : shape[1]]
    angle, period = random.uniform(0, 6.3), random.uniform(3, 9)
    along = numpy.cos(angle) * columns + numpy.sin(angle) * rows
    across = numpy.cos(angle) * rows - numpy.sin(angle) * columns
    waves = numpy.sin(6.3 / period * (across + random.uniform(0, 4) * numpy.sin(along / random.uniform(3, 9))))
    return random.uniform(0, 12) * waves + generator.normal(0, random.uniform(1, 9), shape)


def slip(random, ink, neighbour):
    """Cut out of a number on a slip: close to the ink, with parts of the digits beside it, and with
    the printed line it stands on."""
    height = random.uniform(20, 52)
    image = numpy.asarray(on_canvas(fitted(ink, height, height * ink.width / ink.height), random.uniform(0, 0.12)))
    cover = image.astype(numpy.float32) / 255
    for turned in (False, True):
        if random.random() < 0.25:
            other = numpy.asarray(fitted(neighbour, height, height * neighbour.width / neighbour.height)) / 255.0
            wide = min(max(1, round(other.shape[1] * random.uniform(0.03, 0.2))), cover.shape[1] // 4)
            high = min(other.shape[0], cover.shape[0])
            part, place = (slice(0, wide), slice(-wide, None)) if turned else (slice(-wide, None), slice(0, wide))
            numpy.maximum(cover[:high, place], other[:high, part], out=cover[:high, place])
    strength = random.uniform(0.3, 0.85)
    if random.random() < 0.35:
        at = round(cover.shape[0] * random.choice((random.uniform(0.78, 0.98), 0.98, random.uniform(0, 0.06))))
        line = cover[at : at + random.randint(1, 2)]
        numpy.maximum(line, random.uniform(0.3, 1), out=line)
    image = Image.fromarray((255 * cover).astype(numpy.uint8))
    cover = numpy.asarray(image.filter(ImageFilter.GaussianBlur(random.uniform(0.3, 0.9)))) / 255
    generator = numpy.random.default_rng(random.getrandbits(32))
    paper = random.uniform(140, 235) + paper_of_lines(random, generator, cover.shape)
    return Image.fromarray(numpy.clip(paper * (1 - strength * cover), 0, 255).astype(numpy.uint8))


def ink_on_paper(random, ink, neighbour):
    """A picture of any of these kinds; half of those that may be are dark on light. `neighbour` is
    the ink of a digit that may stand beside it."""
    kind = random.random()
    if kind < 0.2:
        return photo(random, ink)
    if kind < 0.38:
        return slip(random, ink, neighbour)
    if kind < 0.64:
        image = scan(random, ink)
    elif kind < 0.72:
        image = drawn(random, ink)
    elif kind < 0.9:
        image = bitmap(random, ink)
    else:
        return counts(random, ink)
    return image.point(lambda v: 255 - v) if random.random() < 0.5 else image
