"""Renders the images that the shipped model is trained, chosen and measured with, as folders of PNG
files, one per class, and one of the images that show no digit ("background").

  render.py train OUT --modules DIR --mnist DIR [--drawn DIR] [--held-out N]
  render.py validation OUT --modules DIR --mnist DIR [--held-out N]
  render.py printed OUT --modules DIR

train: MNIST's training images, pictures of them, digits of the faces that faces.tsv marks "train",
digits of seven segments, drawn digits (mnistcnn digits), digits in rare forms (forms.py), digits in 8 x 8
pixels, and images without a digit.
validation: the same kinds of the faces marked "held-out", without what is drawn, and the last N of MNIST's training images,
which training then leaves out. printed: a folder for each condition, each with the digits of every
printed face marked "held-out".

The same arguments give the same images, with the same versions of numpy, Pillow and the faces.
"""

import argparse
import pathlib
import random

import numpy
from PIL import Image, ImageFilter

import forms
import ink
import picture

TABLE = pathlib.Path(__file__).with_name("faces.tsv")
BACKGROUND = "background"

# How many images of each kind.
TRAIN = {"mnist": 40000, "drawn": 8000, "forms": 20000, "handwriting": 18000, "printed": 9000,
         "segments": 4000, "counts": 12000, "background": 48000, "ticks": 3000}
VALIDATION = {"mnist": 4000, "drawn": 0, "forms": 0, "handwriting": 5000, "printed": 4000,
              "segments": 500, "counts": 0, "background": 6000, "ticks": 0}


class Writer:
    """Numbered PNG files in folders of classes."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.counts = {}

    def add(self, label, prefix, image):
        folder = self.root / str(label)
        if label not in self.counts:
            folder.mkdir(parents=True, exist_ok=True)
            self.counts[label] = 0
        self.counts[label] += 1
        image.save(folder / f"{prefix}-{self.counts[label]:06d}.png", compress_level=1)


class Source:
    """Ink of digits and of what is none, of one set of faces and one set of handwritten digits."""

    def __init__(self, faces, alphabets, images, labels, drawn):
        self.random = random.Random()
        self.alphabets = alphabets
        self.written = faces["handwriting"]
        self.printed = [face for kind in ("serif", "sans", "mono") for face in faces[kind]]
        self.segments = faces.get("segments", [])
        self.images = images
        self.labels = labels
        self.drawn = drawn

    def mnist(self):
        at = self.random.randrange(len(self.labels))
        return int(self.labels[at]), ink.with_pen(self.random, ink.enlarged(self.images[at]), 1)

    def drawn_digit(self):
        digit, path = self.random.choice(self.drawn)
        pixels = numpy.asarray(Image.open(path))
        return digit, ink.with_pen(self.random, ink.enlarged(pixels), 1)

    def handwriting(self, text=None):
        digit = self.random.randrange(10)
        face = self.random.choice(self.written)
        image = face.glyph(text or str(digit))
        image = ink.with_pen(self.random, image, 5)
        return digit, ink.bent(self.random, image, 12, 0.3, 0.25)

    def print(self, text=None):
        digit = self.random.randrange(10)
        face = self.random.choice(self.printed)
        image = ink.with_pen(self.random, face.glyph(text or str(digit)), 2)
        return digit, ink.bent(self.random, image, 5, 0.12, 0.15)

    def seven_segments(self):
        digit = self.random.randrange(10)
        if self.segments:
            image = self.random.choice(self.segments).glyph(str(digit))
        else:
            image = ink.segments(self.random, digit)
        return digit, ink.bent(self.random, image, 4, 0.15, 0.1)

    def any_digit(self):
        kind = self.random.random()
        return self.mnist() if kind < 0.5 else self.handwriting() if kind < 0.75 else self.print()

    def form(self):
        return forms.digit(self.random)

    def letter(self):
        """A letter or sign that the face has."""
        while True:
            text = self.random.choice(ink.LETTERS + ink.SIGNS * 2 + ink.MORE_SIGNS)
            written = self.random.random() < 0.6
            face = self.random.choice(self.written if written else self.printed)
            if face.has(text):
                image = ink.with_pen(self.random, face.glyph(text), 5 if written else 2)
                turn, slant = (12, 0.3) if written else (5, 0.12)
                return ink.bent(self.random, image, turn, slant, 0.2)

    def foreign_letter(self):
        while True:
            alphabet, letters = self.random.choice((("greek", ink.GREEK), ("cyrillic", ink.CYRILLIC)))
            face = self.random.choice(self.alphabets[alphabet])
            text = self.random.choice(letters)
            if face.has(text):
                image = ink.with_pen(self.random, face.glyph(text), 4)
                return ink.bent(self.random, image, 10, 0.3, 0.25)

    def tick(self):
        return ink.bent(self.random, ink.tick(self.random), 10, 0.1, 0.2)

    def background(self):
        kind = self.random.random()
        if kind < 0.3:
            return self.letter()
        if kind < (0.42 if self.drawn else 0.55):
            return self.foreign_letter()
        if kind < 0.55:
            return forms.other(self.random)
        if kind < 0.67:
            return ink.pair(self.random, self.any_digit()[1], self.any_digit()[1])
        if kind < 0.77:
            digit, image = self.any_digit()
            if digit not in ink.HALVES:
                return self.background()
            return ink.half(self.random, digit, image)
        if kind < 0.84:
            return ink.scribble(self.random)
        if kind < 0.87:
            return ink.zigzag(self.random)
        if kind < 0.96:
            return ink.bent(self.random, ink.shape(self.random), 10, 0.1, 0.2)
        return ink.texture(self.random)


def write_pictures(writer, source, counts, seed):
    """Each kind has a random stream of its own, so that its images do not depend on the others."""
    makers = {"mnist": source.mnist, "drawn": source.drawn_digit, "forms": source.form,
              "handwriting": source.handwriting, "printed": source.print, "segments": source.seven_segments}
    for name, make in makers.items():
        source.random.seed(f"{seed} {name}")
        for _ in range(counts[name]):
            digit, image = make()
            writer.add(digit, name, picture.ink_on_paper(source.random, image, source.mnist()[1]))
    source.random.seed(f"{seed} counts")
    for _ in range(counts["counts"]):
        digit, image = source.any_digit()
        writer.add(digit, "counts", picture.counts(source.random, image))
    source.random.seed(f"{seed} {BACKGROUND}")
    for _ in range(counts["background"]):
        image = source.background()
        while image is None or min(image.size) < 4:
            image = source.background()
        writer.add(BACKGROUND, BACKGROUND, picture.ink_on_paper(source.random, image, source.mnist()[1]))
    source.random.seed(f"{seed} ticks")
    for _ in range(counts["ticks"]):
        writer.add(BACKGROUND, "ticks", picture.ink_on_paper(source.random, source.tick(), source.mnist()[1]))


def render_set(options, use, counts, seed):
    faces = ink.load_faces(TABLE, options.modules, use)
    alphabets = ink.load_alphabets(TABLE, options.modules, use)
    images, labels = ink.load_mnist(options.mnist, "train")
    kept = len(labels) - options.held_out
    span = slice(0, kept) if use == "train" else slice(kept, None)
    drawn = sorted(options.drawn.glob("[0-9]/*.png")) if options.drawn else []
    drawn = [(int(path.parent.name), path) for path in drawn]
    counts = {name: round(count * options.scale) for name, count in counts.items()}
    if not drawn:
        counts["drawn"] = 0
    source = Source(faces, alphabets, images[span], labels[span], drawn)
    writer = Writer(options.out)
    # Three times in the training: pictures are the larger part of it, and MNIST should not suffer.
    for name in ("again", "original", "third") if use == "train" else ("original",):
        for pixels, label in zip(images[span], labels[span]):
            writer.add(int(label), name, Image.fromarray(pixels))
    for digit, path in drawn:
        writer.add(digit, "stroke", Image.open(path))
    write_pictures(writer, source, counts, seed)
    print(sum(writer.counts.values()), "images in", options.out, writer.counts)


# --- printed digits -------------------------------------------------------------------------------


def paper(image, margin=0.5):
    return picture.on_canvas(image, margin).point(lambda v: 255 - v)


def noisy(generator, image):
    pixels = numpy.asarray(image, numpy.float32)
    return Image.fromarray(numpy.clip(pixels + generator.normal(0, 25, pixels.shape), 0, 255).astype(numpy.uint8))


def render_printed(options):
    faces = ink.load_faces(TABLE, options.modules, "held-out")
    faces = [face for kind in ("serif", "sans", "mono", "segments") for face in faces[kind]]
    generator = numpy.random.default_rng(1)
    writers = {name: Writer(pathlib.Path(options.out) / name)
               for name in ("clean", "small", "blurred", "noisy", "turned")}
    for face in faces:
        for digit in range(10):
            glyph = face.glyph(str(digit))
            clean = paper(glyph)
            images = {"clean": clean,
                      "small": paper(picture.fitted(glyph, 14, 14 * glyph.width / glyph.height)),
                      "blurred": clean.filter(ImageFilter.GaussianBlur(4)),
                      "noisy": noisy(generator, clean)}
            for angle in (-5, 5):
                turned = clean.rotate(angle, Image.BICUBIC, expand=True, fillcolor=255)
                writers["turned"].add(digit, f"{face.name}{angle:+d}", turned)
            for name, image in images.items():
                writers[name].add(digit, face.name, image)
    print(len(faces), "faces in", options.out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("train", "validation", "printed"))
    parser.add_argument("out")
    parser.add_argument("--modules", type=pathlib.Path, required=True, help="node_modules with the faces")
    parser.add_argument("--mnist", type=pathlib.Path, help="folder of MNIST's IDX files")
    parser.add_argument("--drawn", type=pathlib.Path, help="folder of drawn digits")
    parser.add_argument("--held-out", type=int, default=5000, help="images of MNIST's training set held out")
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of rendered images")
    options = parser.parse_args()
    if options.what == "printed":
        render_printed(options)
    elif options.what == "train":
        render_set(options, "train", TRAIN, 1)
    else:
        render_set(options, "held-out", VALIDATION, 2)


if __name__ == "__main__":
    main()
