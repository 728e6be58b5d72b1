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
    kept = random.random() < 0.5
    wide = side * min(1.0, aspect if kept else max(aspect, random.uniform(0.3, 1.0)))
    high = side * min(1.0, 1 / aspect)
    return fitted(ink, max(4, high), max(2, wide))


def bilevel(image, limit=110):
    return image.point(lambda v: 255 if v > limit else 0)


def bitmap(random, ink):
    """Black and white, small, the ink up to the border."""
    side = random.choice((16, 16, 20, 32, 32))
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


def ink_on_paper(random, ink):
    """A picture of any of these kinds; half of those that may be are dark on light."""
    kind = random.random()
    if kind < 0.3:
        return photo(random, ink)
    if kind < 0.7:
        image = scan(random, ink)
    elif kind < 0.88:
        image = bitmap(random, ink)
    else:
        return counts(random, ink)
    return image.point(lambda v: 255 - v) if random.random() < 0.5 else image
