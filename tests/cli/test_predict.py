#!/usr/bin/env python3
"""Commands that use a model: predict, evaluate, summary."""
import json
import math
import os
import re
import shutil
import struct
import tempfile

from support import PATIENCE, Case, main, picture, write_png


class WithModels(Case):
    """Two models for all tests of a class: for shapes, and for the digits 0 to 2, which are
    prepared."""

    @classmethod
    def setUpClass(cls):
        maker = Case()
        maker.folder = cls.models = tempfile.mkdtemp(prefix="mnistcnn-cli-")
        cls.addClassCleanup(shutil.rmtree, cls.models)
        for name, classes, prepare in (("shapes", ("bar", "dot", "frame"), "none"),
                                       ("digits", ("0", "1", "2"), "digit")):
            maker.train("--train", maker.shapes(name, classes=classes), "--epochs", "8", "--batch",
                        "8", "--learning-rate", "0.01", "--prepare", prepare,
                        out=f"{name}.safetensors")

    def setUp(self):
        super().setUp()
        self.shapes_model = os.path.join(self.models, "shapes.safetensors")
        self.digits_model = os.path.join(self.models, "digits.safetensors")
        for kind, name in enumerate(("bar.png", "dot.png", "frame.png")):
            write_png(self.path(name), picture(kind, 2))


class Predict(WithModels):
    def test_wording(self):
        self.strokes("one.png", (20, 56, 80, 8))
        out, err = self.run_command("predict", "--model", self.digits_model, "one.png")
        self.assertRegex(out.decode(), r"^I think this digit is a [012] with \d\d?\.\d\d% confidence\n$")
        self.assertEqual(err, b"")
        out, _ = self.run_command("predict", "--model", self.shapes_model, "frame.png")
        self.assertRegex(out.decode(), r"^I think this image is a frame with \d+\.\d\d% confidence\n$")

    def test_several_images_are_named(self):
        out, _ = self.run_command("predict", "bar.png", "--model", self.shapes_model, "dot.png")
        lines = out.decode().splitlines()
        self.assertTrue(lines[0].startswith("bar.png: I think this image is a bar with "), out)
        self.assertTrue(lines[1].startswith("dot.png: I think this image is a dot with "), out)

    def test_top(self):
        out, _ = self.run_command("predict", "--model", self.shapes_model, "--top", "9", "bar.png")
        lines = out.decode().splitlines()
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[1], r"^ +\d+\.\d\d%  bar$")
        self.assertEqual({line.split()[-1] for line in lines[1:]}, {"bar", "dot", "frame"})

    def test_json(self):
        answers = self.json("predict", "--model", self.shapes_model, "--json", "--top", "3",
                            "bar.png", "frame.png")
        self.assertEqual([answer["file"] for answer in answers], ["bar.png", "frame.png"])
        self.assertEqual([answer["class"] for answer in answers], ["bar", "frame"])
        self.assertEqual([answer["index"] for answer in answers], [0, 2])
        for answer in answers:
            confidences = [entry["confidence"] for entry in answer["top"]]
            self.assertEqual(answer["confidence"], confidences[0])
            self.assertEqual(confidences, sorted(confidences, reverse=True))
            self.assertAlmostEqual(sum(confidences), 1, 5)

    def test_a_failing_file_does_not_stop_the_others(self):
        with open(self.path("broken.png"), "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
        out, err = self.run_command("predict", "--model", self.shapes_model, "missing.png",
                                    "broken.png", "dot.png", status=1)
        self.assertRegex(out.decode(), r"^dot\.png: I think this image is a dot with ")
        self.assertEqual(len(err.splitlines()), 2)
        self.assertIn(b"missing.png", err.splitlines()[0])
        self.assertIn(b"broken.png", err.splitlines()[1])

    def test_a_failing_file_in_json(self):
        out, _ = self.run_command("predict", "--model", self.shapes_model, "--json", "missing.png",
                                  "dot.png", status=1)
        missing, dot = json.loads(out)
        self.assertEqual(set(missing), {"file", "error"})
        self.assertIn("missing.png", missing["error"])
        self.assertEqual(dot["class"], "dot")

    def test_odd_file_names(self):
        names = ["two\nlines.png", "quote\".png", "\u00e9\u4e03.png",
                 b"\xff\xfe.png".decode("utf-8", "surrogateescape")]
        for name in names:
            write_png(self.path(name), picture(0, 1))
        answers = self.json("predict", "--model", self.shapes_model, "--json", *names)
        self.assertEqual([answer["file"] for answer in answers],
                         names[:3] + ["\ufffd\ufffd.png"])
        self.run_command("predict", "--model", self.shapes_model, "--", *names)

    def test_a_name_like_an_option(self):
        write_png(self.path("--top.png"), picture(0, 1))
        self.run_command("predict", "--model", self.shapes_model, "--", "--top.png")

    def write_rows(self, name, rows):
        """A gray picture with rows of 0..255."""
        write_png(self.path(name), rows)

    def strokes(self, name, *bars, side=120):
        """Black bars (top, left, height, width) on white."""
        self.write_rows(name, [[0 if any(t <= y < t + h and l <= x < l + w for t, l, h, w in bars)
                                else 255 for x in range(side)] for y in range(side)])

    def test_no_digit(self):
        self.strokes("blank.png")
        out, err = self.run_command("predict", "--model", self.digits_model, "blank.png", status=3)
        self.assertEqual(out, b"I see no digit: nothing is drawn on it\n")
        self.assertEqual(err, b"")
        out, _ = self.run_command("predict", "--json", "--model", self.digits_model, "blank.png",
                                  status=3)
        answer, = json.loads(out)
        self.assertEqual(answer, {"file": "blank.png", "class": None, "verdict": "blank",
                                  "reason": "nothing is drawn on it"})
        self.run_command("predict", "--prepare", "none", "--model", self.digits_model, "blank.png")
        self.run_command("predict", "--model", self.shapes_model, "blank.png")
        self.run_command("predict", "--prepare", "digit", "--model", self.shapes_model, "blank.png", status=3)
        self.run_command("predict", "--model", self.digits_model, "blank.png", "missing.png",
                         status=1)

    def test_transparent(self):
        """Strokes on a transparent background, as drawing programs export them: its colour has no effect."""
        self.strokes("plain.png", (20, 56, 80, 8))
        expected, _ = self.run_command("predict", "--top", "3", "--model", self.digits_model,
                                       "plain.png")
        for stroke, hidden in (0, 0), (0, 255), (255, 0), (255, 255):
            ink, ground = bytes([stroke] * 3 + [255]), bytes([hidden] * 3 + [0])
            write_png(self.path("drawn.png"), [ground * 120] * 20 +
                      [ground * 56 + ink * 8 + ground * 56] * 80 + [ground * 120] * 20, 6)
            for extra in (), ("--show",):
                out, _ = self.run_command("predict", "--top", "3", *extra, "--model",
                                          self.digits_model, "drawn.png")
                self.assertTrue(out.endswith(expected), out)
            digit, = self.json("predict", "--many", "--json", "--model", self.digits_model,
                               "drawn.png")[0]["digits"]
            self.assertEqual((digit["left"], digit["top"]), (56, 20))

    def test_show(self):
        self.strokes("one.png", (20, 56, 80, 8))
        process = self.start("predict", "--show", "--model", self.digits_model, "one.png")
        rows = process.communicate(timeout=PATIENCE)[0].decode().splitlines()[:28]
        self.assertEqual({len(row) for row in rows}, {58})
        inked = [row for row in rows if row.strip("| ")]
        self.assertEqual(len(inked), 20)
        self.assertTrue(all("@@" in row for row in inked), rows)

    def test_many(self):
        self.strokes("page.png", (10, 20, 40, 5), (10, 60, 40, 5), (70, 30, 40, 5))
        self.strokes("dash.png", (10, 20, 40, 5), (28, 50, 5, 25), (10, 90, 40, 5))
        out, _ = self.run_command("predict", "--many", "--json", "--model", self.digits_model,
                                  "page.png")
        digits = json.loads(out)[0]["digits"]
        self.assertEqual([(d["left"], d["top"], d["width"], d["height"], d["line"])
                          for d in digits],
                         [(20, 10, 5, 40, 0), (60, 10, 5, 40, 0), (30, 70, 5, 40, 1)])
        self.assertEqual([(d["column"], d["number"], d["cut"]) for d in digits],
                         [(0, 0, False), (1, 1, False), (0, 2, False)])
        for digit in digits:
            self.assertEqual(digit["verdict"], "digit" if digit["class"] else "unclear")
            self.assertEqual("confidence" in digit, digit["class"] is not None)
        page = json.loads(out)[0]
        self.assertEqual((page["lines"], page["columns"], page["specks"]), (2, 0, 0))
        self.assertEqual([(n["text"], n["line"], n["left"]) for n in page["numbers"]],
                         [(d["class"] or "?", d["line"], d["left"]) for d in digits])
        _, dash, _ = self.json("predict", "--many", "--json", "--model", self.digits_model,
                               "dash.png")[0]["digits"]
        self.assertEqual(dash, {"class": None, "verdict": "other", "left": 50, "top": 28,
                                "width": 25, "height": 5, "line": 0, "column": 1, "cut": False})
        out, _ = self.run_command("predict", "--many", "--model", self.digits_model, "page.png")
        lines = out.decode().splitlines()
        self.assertEqual(lines[0], "page.png: 3 found")
        self.assertRegex(lines[3], r"^  line 2, 5x40 at 30,70: ([012]  \d+\.\d\d%|no digit: .*)$")
        self.assertEqual(len(lines), 6)  # and the numbers, line by line

    def bytes_of(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_overlay(self):
        self.strokes("page.png", (10, 20, 40, 5), (10, 60, 40, 5), (70, 30, 40, 5))
        arguments = ("predict", "--model", self.digits_model, "--overlay", "drawn.png")
        self.run_command(*arguments, "--many", "page.png")
        self.assertNotEqual(self.bytes_of("drawn.png"), self.bytes_of("page.png"))
        self.fails(*arguments, "page.png", status=2, says="--many or --form")
        self.fails(*arguments, "--many", "page.png", "page.png", status=2, says="one image")
        before = self.bytes_of("page.png")
        self.fails("predict", "--model", self.digits_model, "--overlay", "page.png", "--many",
                   "page.png", says="replace the image")
        self.assertEqual(self.bytes_of("page.png"), before)
        self.fails("predict", "--model", self.digits_model, "--overlay", "no/where.png", "--many",
                   "page.png", says="no/where.png")

    def test_form(self):
        """Two cells side by side, of which one is empty."""
        black, white = b"\0", b"\xff"
        rule, blank = black * 203, black * 3 + (white * 97 + black * 3) * 2
        inked = black * 3 + white * 45 + black * 8 + white * 44 + black * 3 + white * 97 + black * 3
        write_png(self.path("form.png"),
                  [rule] * 3 + [blank] * 20 + [inked] * 60 + [blank] * 20 + [rule] * 3)
        page, = self.json("predict", "--form", "--json", "--model", self.digits_model, "form.png")
        self.assertEqual((page["lines"], page["columns"]), (1, 2))
        self.assertEqual([(d["line"], d["column"]) for d in page["digits"]], [(0, 0), (0, 1)])
        self.assertIn(page["digits"][0]["verdict"], ("digit", "unclear"))
        self.assertEqual(page["digits"][1]["verdict"], "blank")

    def test_boxes_are_in_pixels_of_the_file(self):
        """Of one with more pixels a side than are worked on."""
        black, white = b"\0", b"\xff"
        write_png(self.path("wide.png"), [white * 4301] * 60 + [
            white * 1000 + black * 24 + white * 2000 + black * 24 + white * 1253] * 240 + [white * 4301] * 61)
        digits = self.json("predict", "--many", "--json", "--model", self.digits_model,
                           "wide.png")[0]["digits"]
        self.assertEqual(len(digits), 2)
        for digit, left in zip(digits, (1000, 3024)):
            for key, value in ("left", left), ("top", 60), ("width", 24), ("height", 240):
                self.assertLessEqual(abs(digit[key] - value), 8, digit)

    def test_other_formats(self):
        """What is built in is read, and what is not is named."""
        header = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 0, 0, 0, 54, 40, 28, 28, 1, 24, 0, 0, 0, 0, 0, 0)
        with open(self.path("white.bmp"), "wb") as file:
            file.write(header + b"\xff" * 28 * 28 * 3)
        with open(self.path("animated.gif"), "wb") as file:
            file.write(b"GIF89a")
        process = self.start("predict", "--model", self.shapes_model, "white.bmp")
        _, err = process.communicate(timeout=PATIENCE)
        if process.returncode != 0:
            self.assertIn(b"but a BMP, which this library was built without", err)
        self.fails("predict", "--model", self.shapes_model, "animated.gif", says=" but a GIF")

    def test_model_failures(self):
        self.fails("predict", "--model", "missing", "dot.png", says="missing")
        self.fails("predict", "--model", "dot.png", "dot.png", says="dot.png")


class Memory(Case):
    def test_a_small_file_that_takes_a_lot_is_announced(self):
        """Before anything is predicted, which the missing image prevents here."""
        tensors, offset = {}, 0
        for name, shape in (("conv2d_1/kernel", [1, 1, 1, 16]), ("conv2d_1/bias", [16]),
                            ("conv2d_2/kernel", [1, 1, 16, 16]), ("conv2d_2/bias", [16]),
                            ("dense_1/kernel", [16, 2]), ("dense_1/bias", [2])):
            end = offset + 4 * math.prod(shape)
            tensors[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
            offset = end
        tensors["__metadata__"] = {
            "format": "mnistcnn", "format_version": "1", "library_version": "0.1.0",
            "architecture": "conv 16 1x1, conv 16 1x1, maxpool 16, maxpool 16, maxpool 16, flatten, "
                            "dense 2 softmax",
            "input_height": "4096", "input_width": "4096", "input_channels": "1",
            "num_classes": "2", "input_mean": "0", "input_deviation": "1"}
        header = json.dumps(tensors).encode()
        header += b" " * (-len(header) % 8)
        with open(self.path("large"), "wb") as file:
            file.write(struct.pack("<Q", len(header)) + header + bytes(offset))
        for command in ("predict", "evaluate"):
            _, err = self.run_command(command, "--model", "large", "none.png", status=1)
            self.assertRegex(err, rb"warning: large: predicting will take [\d.]+ GB of memory")


class Evaluate(WithModels):
    def test_text(self):
        out, _ = self.run_command("evaluate", "--model", self.shapes_model, self.shapes())
        text = out.decode()
        self.assertIn("Found 72 images belonging to 3 classes.", text)
        self.assertRegex(text, r"accuracy +100\.00%  \(72 of 72 correct\)")
        self.assertRegex(text, r"binary accuracy +\d")
        self.assertRegex(text, r"(?m)^bar +24 +100\.00% +100\.00%$")
        self.assertRegex(text, r"(?m)^ *frame +0 +0 +24$")

    def test_json_and_mistakes(self):
        shapes = self.shapes()
        os.rename(self.path(shapes, "bar", "000.png"), self.path(shapes, "dot", "bar.png"))
        figures = self.json("evaluate", "--json", "--model", self.shapes_model, shapes)
        self.assertEqual(figures["images"], 72)
        self.assertEqual(figures["correct"], 71)
        self.assertAlmostEqual(figures["accuracy"], 71 / 72)
        self.assertEqual(figures["confusion"], [[23, 0, 0], [1, 24, 0], [0, 0, 24]])
        bar, dot, _ = figures["classes"]
        self.assertEqual((bar["name"], bar["images"], bar["recall"]), ("bar", 23, 1))
        self.assertAlmostEqual(bar["precision"], 23 / 24)
        self.assertAlmostEqual(dot["recall"], 24 / 25)

    def test_other_classes_are_refused(self):
        self.fails("evaluate", "--model", self.shapes_model,
                   self.shapes("other", classes=("bar", "dot", "star")))

    def test_failures(self):
        self.fails("evaluate", "--model", "missing", ".", says="missing")
        self.fails("evaluate", "--model", self.shapes_model, "missing", says="missing")


class Summary(WithModels):
    def test_text(self):
        out, _ = self.run_command("summary", "--model", self.shapes_model)
        text = out.decode()
        self.assertIn("conv2d_1", text)
        self.assertIn("Classes: bar dot frame", text)
        self.assertIn("Input: 28x28, 1 channel\n", text)
        self.assertIn("\nTemperature: ", text)
        self.assertRegex(text, r"\nEpochs: \d+\n")

    def test_summary_shows_the_plan(self):
        out, _ = self.run_command("summary", "--plan", "--model", self.digits_model)
        self.assertRegex(out.decode(), r"\nOperations, instruction set \w+\nPrediction:\n1: conv2d_1 \+ relu")
        self.fails("summary", "--plan", "--json", "--model", self.digits_model, status=2,
                   says="--plan")

    def test_json(self):
        summary = self.json("summary", "--json", "--model", self.digits_model)
        self.assertEqual(summary["classes"], ["0", "1", "2"])
        self.assertEqual(summary["input"], [28, 28, 1])
        self.assertEqual(summary["parameters"],
                         sum(layer["parameters"] for layer in summary["layers"]))
        self.assertTrue(re.match(r"conv 4 5x5", summary["architecture"]))
        self.assertEqual(summary["layers"][0]["activation"], "relu")
        self.assertEqual(summary["layers"][-1]["activation"], "softmax")
        self.assertNotIn("activation_parameter", summary["layers"][0])
        self.assertGreater(summary["temperature"], 0)
        self.assertIn("training.epochs", summary["notes"])

    def test_description(self):
        self.train("--train", self.shapes("noted"), "--epochs", "1", "--note", "a \"test\"",
                   out="noted.safetensors")
        summary = self.json("summary", "--json", "--model", "noted.safetensors")
        self.assertEqual(summary["notes"]["description"], 'a "test"')


if __name__ == "__main__":
    main()
