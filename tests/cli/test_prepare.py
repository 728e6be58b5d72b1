#!/usr/bin/env python3
"""How images are prepared belongs to the model: every way to ask gives the same answer."""
import json
import os
import random
import subprocess

from support import COMMAND, PATIENCE, SMALL, Case, main, read_png, write_png

SHIPPED = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "models",
                       "digits.safetensors")
DIGITS = 20


def enlarged(rows, by=4, margin=20):
    """Rows of a larger picture, with a margin of black."""
    wide = len(rows[0]) * by + 2 * margin
    blank = [bytes(wide)] * margin
    return blank + [bytes(margin) + b"".join(bytes([value]) * by for value in row) + bytes(margin)
                    for row in rows for _ in range(by)] + blank


# How the same digit may be drawn: rows of the colour type.
DRAWN = {
    "white on black": (0, lambda row: row),
    "black on white": (0, lambda row: bytes(255 - value for value in row)),
    "black on transparent": (4, lambda row: b"".join(bytes((0, value)) for value in row)),
    "white on transparent": (4, lambda row: b"".join(bytes((255, value)) for value in row)),
    "white on black, with alpha": (4, lambda row: b"".join(bytes((value, 255)) for value in row)),
}


class SameAnswer(Case):
    """Digits that `digits` draws, in all the ways of DRAWN."""

    def setUp(self):
        super().setUp()
        self.run_command("digits", "--out", "drawn", "--count", str(DIGITS), "--seed", "7")
        for way, (colour, draw) in DRAWN.items():
            for label in "0123456789":
                os.makedirs(self.path(way, label))
        self.files = []
        for label in "0123456789":
            for name in sorted(os.listdir(self.path("drawn", "train", label))):
                rows = enlarged(read_png(self.path("drawn", "train", label, name))[4])
                self.files.append(os.path.join(label, name))
                for way, (colour, draw) in DRAWN.items():
                    write_png(self.path(way, label, name), [draw(row) for row in rows], colour)
        self.assertEqual(len(self.files), DIGITS)

    def predicted(self, way, *arguments):
        process = self.start("predict", "--json", *arguments, "--model", SHIPPED,
                             *(os.path.join(way, file) for file in self.files))
        answers = json.loads(process.communicate(timeout=PATIENCE)[0])
        # of what is unclear, "the best guess, a 5, has only ..."
        return [answer["class"] or answer["reason"].split(", a ")[1][0] for answer in answers]

    def predicted_in_c(self, way):
        """By the program of a few lines that the README shows."""
        program = os.path.join(os.path.dirname(COMMAND), "predict_png")
        answers = []
        for file in self.files:
            run = subprocess.run([program, SHIPPED, self.path(way, file)], check=False, text=True,
                                 capture_output=True, timeout=PATIENCE)
            # of what is unclear, "rejected: the most probable class, 5, has ..."
            answers.append(run.stderr.split("class, ")[1][0] if run.returncode
                           else run.stdout.split(": ")[-1][0])
        return answers

    def test_every_way_of_asking(self):
        expected = self.predicted("white on black")
        labels = [file[0] for file in self.files]
        correct = sum(a == b for a, b in zip(expected, labels))
        self.assertGreaterEqual(correct, DIGITS - 3)
        for way in DRAWN:
            with self.subTest(way):
                self.assertEqual(self.predicted(way), expected)
                self.assertEqual(self.predicted(way, "--prepare", "auto"), expected)
                self.assertEqual(self.predicted(way, "--prepare", "digit"), expected)
                self.assertEqual(self.predicted_in_c(way), expected)
                figures = self.json("evaluate", "--json", "--model", SHIPPED, way)
                self.assertEqual(figures["correct"], correct)

    def test_asked_otherwise(self):
        """Only resized, the digits look like nothing that the network was trained on."""
        self.assertNotEqual(self.predicted("black on white", "--prepare", "none"),
                            self.predicted("black on white"))
        plain = self.json("evaluate", "--json", "--prepare", "none", "--model", SHIPPED,
                          "black on white")
        self.assertLess(plain["correct"], DIGITS / 2)

    def test_training(self):
        """A network trained on digits in one form reads the other ones, and says how."""
        self.run_command("digits", "--out", "more", "--count", "400", "--seed", "8")
        self.run_command("train", "--train", "more/train", "--prepare", "digit", "--epochs", "20",
                         "--arch", SMALL, "--batch", "16", "--augment", "none", "--quiet", "--out", "own.safetensors")
        preparation = self.json("summary", "--json", "--model", "own.safetensors")["preparation"]
        self.assertEqual(preparation["prepare"], "digit")
        counts = {way: self.json("evaluate", "--json", "--model", "own.safetensors", way)["correct"]
                  for way in DRAWN}
        self.assertEqual(len(set(counts.values())), 1, counts)
        self.assertGreater(counts["black on white"], DIGITS / 2)
        # and so does one that is trained further
        self.run_command("train", "--from", "own.safetensors", "--train", "black on transparent",
                         "--epochs", "1", "--quiet", "--out", "further.safetensors")
        out, _ = self.run_command("summary", "--model", "further.safetensors")
        self.assertIn(b"\nPreparation: digit; resize area-bilinear, alpha composite\n", out)

    def test_a_set_of_transparent_images(self):
        """Without its alpha channel every image of this set is black."""
        self.run_command("train", "--train", "black on transparent", "--epochs", "40", "--arch",
                         SMALL, "--batch", "4", "--quiet", "--augment", "none", "--calibration-fraction", "0",
                         "--out", "alpha.safetensors")
        seen = self.json("evaluate", "--json", "--model", "alpha.safetensors",
                         "black on transparent")
        self.assertGreater(seen["accuracy"], 0.5)
        self.run_command("train", "--train", "black on transparent", "--epochs", "1", "--preset",
                         "tutorial", "--arch", SMALL, "--no-flip", "--quiet", "--out", "keras.safetensors")
        keras = self.json("summary", "--json", "--model", "keras.safetensors")
        self.assertEqual(keras["preparation"]["alpha"], "drop")
        self.assertEqual(self.json("evaluate", "--json", "--model", "keras.safetensors",
                                   "black on transparent")["accuracy"], 0.1)


class Textures(Case):
    """Classes whose names are digits, but that are none: the names decide nothing."""

    def setUp(self):
        super().setUp()
        source = random.Random(5)
        self.files = []
        for label, base in ("0", (60, 170, 90)), ("1", (150, 60, 170)):
            os.makedirs(self.path("patches", label))
            for i in range(20):
                name = os.path.join("patches", label, f"{i:03}.png")
                write_png(self.path(name),
                          [bytes(min(255, max(0, value + source.randint(-50, 50)))
                                 for _ in range(20) for value in base) for _ in range(20)], 2)
                self.files.append(name)
        self.arch = ("--arch", "conv 4 3x3 relu, globalavgpool, dense classes softmax", "--size",
                     "20x20", "--quiet", "--batch", "8", "--augment", "none", "--learning-rate",
                     "0.02", "--calibration-fraction", "0")

    def test_colour(self):
        self.run_command("train", "--train", "patches", "--channels", "3", "--epochs", "20",
                         *self.arch, "--out", "colour.safetensors")
        out, _ = self.run_command("summary", "--model", "colour.safetensors")
        self.assertIn(b"\nPreparation: none; resize area-bilinear, alpha composite\n", out)
        figures = self.json("evaluate", "--json", "--model", "colour.safetensors", "patches")
        self.assertEqual(figures["accuracy"], 1)
        answers = self.json("predict", "--json", "--model", "colour.safetensors", *self.files)
        self.assertEqual([answer["class"] for answer in answers],
                         [os.path.basename(os.path.dirname(file)) for file in self.files])
        out, _ = self.run_command("predict", "--model", "colour.safetensors", self.files[0])
        self.assertTrue(out.startswith(b"I think this image is a 0 with "), out)

    def test_gray_is_said(self):
        """A network of one channel does not see the colours it is shown."""
        _, err = self.run_command("train", "--train", "patches", "--channels", "1", "--epochs", "1",
                                  *self.arch, "--out", "gray.safetensors")
        self.assertIn(b"40 of 40 images have colour and became gray (with 3 channels they keep it)",
                      err)
        self.assertEqual(err.count(b"became gray"), 1)

    def test_one_deviation_for_each_channel(self):
        self.run_command("train", "--train", "patches", "--channels", "3", "--epochs", "1",
                         *self.arch, "--mean", "0.4,0.5,0.6", "--deviation", "0.25", "--out",
                         "scaled.safetensors")
        how = self.json("summary", "--json", "--model", "scaled.safetensors")["preparation"]
        self.assertEqual([round(value, 6) for value in how["mean"]], [0.4, 0.5, 0.6])
        self.assertEqual(how["deviation"], [0.25])
        train = ("train", "--train", "patches", "--out", "no.safetensors")
        self.fails(*train, "--channels", "1", "--mean", "0.4,0.5,0.6", status=2,
                   says="three numbers are for --channels 3")
        self.fails(*train, "--mean", "0.4,0.5", status=2, says="or three of them")
        self.fails(*train, "--deviation", "1,1,0", status=2, says="or three of them")


class Refusals(Case):
    def test_sides(self):
        """Digits are prepared for sides of 8 and more; what to do is said."""
        shapes = self.shapes()
        small = ("--arch", "flatten, dense classes softmax", "--size", "6x6", "--quiet")
        self.run_command("train", "--train", shapes, *small, "--epochs", "1", "--out",
                         "small.safetensors")
        dot = os.path.join(shapes, "dot", "000.png")
        for arguments in (("predict", dot), ("evaluate", shapes)):
            self.fails(arguments[0], "--prepare", "digit", "--model", "small.safetensors",
                       arguments[1], says="8 to 1024, not 6 x 6")
            self.fails(arguments[0], "--prepare", "digit", "--model", "small.safetensors",
                       arguments[1], says="use --prepare none")
            self.run_command(arguments[0], "--model", "small.safetensors", arguments[1])
        self.fails("train", "--train", shapes, *small, "--prepare", "digit", "--out", "no",
                   says="8 to 1024, not 6 x 6")

    def test_contradictions(self):
        shapes = self.shapes()
        self.fails("train", "--train", shapes, "--out", "no", "--polarity", "dark-on-light",
                   status=2, says="--polarity has no effect without --prepare digit")
        self.train("--train", shapes, "--epochs", "1")
        self.fails("train", "--train", shapes, "--out", "no", "--from", "model.safetensors",
                   "--polarity", "light-on-dark", says="--polarity has no effect")
        self.fails("predict", "--model", "model.safetensors", "--prepare", "letter", "x.png",
                   status=2, says="one of auto, none, digit")

    def test_every_option_is_stored(self):
        self.train("--train", self.shapes(), "--epochs", "1", "--prepare", "digit", "--polarity",
                   "light-on-dark", "--invert", "--alpha", "drop", "--resize", "nearest")
        how = self.json("summary", "--json", "--model", "model.safetensors")["preparation"]
        self.assertEqual(how, {"prepare": "digit", "polarity": "light-on-dark", "invert": 1,
                               "alpha": "drop", "resize": "nearest", "scale": how["scale"],
                               "offset": 0, "mean": how["mean"], "deviation": how["deviation"]})
        out, _ = self.run_command("summary", "--model", "model.safetensors")
        self.assertIn(b"\nPreparation: digit, light-on-dark; resize nearest, alpha drop, inverted\n",
                      out)
        # what is not said is kept of the model that the training starts from
        self.run_command("train", "--train", self.shapes("again"), "--from", "model.safetensors",
                         "--epochs", "1", "--alpha", "composite", "--quiet", "--out", "b")
        again = self.json("summary", "--json", "--model", "b")["preparation"]
        self.assertEqual(again, how | {"alpha": "composite"})


if __name__ == "__main__":
    main()
