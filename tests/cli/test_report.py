#!/usr/bin/env python3
"""mnistcnn evaluate --report: the page is complete, correct and self-contained."""
import base64
import json
import os
import re
import shutil
from html.parser import HTMLParser

from support import SMALL, Case, main, picture, read_png, write_png

VOID = {"meta", "img"}
SECTIONS = ["model", "mistakes", "confusion", "classes", "calibration", "curves"]
ODD = '<b>&"x'


class Page(HTMLParser):
    """Checks that tags balance and collects what the tests need."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts, self.ids, self.values = [], [], [], [], {}
        with open(path, encoding="utf-8") as file:
            self.source = file.read()
        self.feed(self.source)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)  # "<path/>" calls only that
        if tag not in VOID:
            self.open.append((tag, dict(attributes).get("id")))

    def handle_startendtag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "data" and self.open[-1][0] == "dd":
            self.values[self.open[-1][1]] = float(attributes["value"])

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1][0] != "style":
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def all(self, tag, style=None):
        return [attributes for name, attributes in self.tags if name == tag and
                (style is None or style in attributes.get("class", "").split())]


class Report(Case):
    def pictures(self, name, classes, per_class=8, wrong=0):
        """Shapes in folders; `wrong` images of each class show the shape of the next one."""
        for kind, class_name in enumerate(classes):
            os.makedirs(self.path(name, class_name))
            for i in range(per_class):
                write_png(self.path(name, class_name, f"{i:03}.png"),
                          picture(kind + (i < wrong), i))
        return name

    def model(self, classes=("bar", "dot", "frame"), epochs=6):
        self.train("--train", self.pictures("train", classes, 24), "--validation",
                   self.pictures("validation", classes), "--epochs", str(epochs), "--batch", "8",
                   "--learning-rate", "0.01", "--history", "history.json", "--quiet")
        return self.pictures("test", classes, wrong=2)

    def report(self, images, *arguments, name="report.html"):
        out, err = self.run_command("evaluate", "--model", "model.safetensors", "--report", name,
                                    *arguments, images)
        self.assertEqual(err, b"")
        return Page(self.path(name)), out

    def test_figures_are_those_of_json(self):
        page, out = self.report(self.model(), "--json", "--history", "history.json")
        figures = json.loads(out)
        for key in "accuracy", "binary_accuracy", "loss", "calibration_error":
            self.assertEqual(page.values[key], figures[key])
        self.assertLess(figures["correct"], figures["images"])
        self.assertIn(f"{figures['correct']} of {figures['images']} images correct", page.text)
        cells = re.findall(r'<td class="(?:hit|miss|none)"[^>]*>(\d+)</td>', page.source)
        self.assertEqual([int(cell) for cell in cells], sum(figures["confusion"], []))
        values = re.findall(r'</span><data value="([^"]+)">', page.source)
        self.assertEqual([float(value) for value in values], [
            c[key] for c in figures["classes"] for key in ("recall", "precision")])

    def test_calibration_error_is_that_of_the_bins(self):
        page, _ = self.report(self.model())
        rows = re.findall(r'<td class="number">([\d,]+)</td><td class="number"><data value="([^"]+)"'
                          r'>[^<]*</data></td><td class="number"><data value="([^"]+)">',
                          page.source)
        images = [int(row[0]) for row in rows]
        self.assertEqual(sum(images), 24)
        error = sum(n * abs(float(confidence) - float(accuracy))
                    for n, (_, confidence, accuracy) in zip(images, rows)) / 24
        self.assertAlmostEqual(page.values["calibration_error"], error, places=12)
        self.assertEqual(len(page.all("rect", "calibrated")), len(rows))

    def test_all_sections_and_nothing_from_outside(self):
        page, out = self.report(self.model(), "--history", "history.json")
        self.assertTrue(out.endswith(b"\nSaved report.html\n"), out)
        self.assertEqual([i for i in page.ids if i in SECTIONS], SECTIONS)
        self.assertEqual(re.findall(r"https?:|<script|<link|@import|url\(", page.source), [])
        self.assertEqual([tag for tag, attributes in page.tags if "href" in attributes], [])
        self.assertEqual(len(page.all("svg")), 3)
        for svg in page.all("svg"):
            self.assertTrue(svg["aria-label"])
        self.assertEqual([len(page.all("h1")), len(page.all("main"))], [1, 1])
        self.assertEqual(page.all("html"), [{"lang": "en"}])
        self.assertTrue("width=device-width" in page.source)
        self.assertTrue("prefers-color-scheme: dark" in page.source)
        self.assertEqual(re.findall(r"\b-?(?:nan|inf)\b", page.text + str(page.tags)), [])

    def test_curves_show_every_epoch(self):
        images = self.model()
        page, _ = self.report(images, "--history", "history.json")
        with open(self.path("history.json"), encoding="utf-8") as file:
            epochs = json.load(file)["epochs"]
        for style in "training", "validation":
            self.assertEqual(len(page.all("circle", style)), 2 * len(epochs))
        last = epochs[-1]
        self.assertIn(f"Epoch 6, validation: {100 * last['validation_accuracy']:.2f}%", page.text)
        self.assertIn(f"Epoch 6, training: {last['loss']:.4f}", page.text)
        page, _ = self.report(images)
        self.assertIn("mnistcnn train --history FILE.json", page.text)
        self.assertEqual(len(page.all("circle")), 0)

    def test_mistakes_are_the_pictures(self):
        page, _ = self.report(self.model())
        found = page.all("img")
        self.assertGreater(len(found), 0)
        paths = re.findall(r'<span class="path">([a-z]+/\d+\.png)</span></li>', page.source)
        self.assertEqual(len(paths), len(found))
        for image, path in zip(found, paths):
            kind, data = image["src"].split(",")
            self.assertEqual(kind, "data:image/png;base64")
            with open(self.path("copy.png"), "wb") as file:
                file.write(base64.b64decode(data, validate=True))
            self.assertEqual(read_png(self.path("copy.png")), read_png(self.path("test", path)))
            self.assertEqual(image["alt"], path.split("/")[0])
        confidences = re.findall(r'>predicted <b>[^<]*</b>, <data value="([^"]+)">', page.source)
        self.assertEqual(len(confidences), len(found))
        self.assertEqual([float(c) for c in confidences],
                         sorted(map(float, confidences), reverse=True))

    def test_names_are_escaped(self):
        images = self.model((ODD, "a name much longer than a column is wide", "\N{SNOWMAN}'"))
        page, _ = self.report(images)
        self.assertFalse(ODD in page.source)
        self.assertTrue("<b>&lt;b&gt;&amp;&quot;x</b>" in page.source)
        self.assertIn(ODD, page.text)
        self.assertIn("\N{SNOWMAN}'", page.text)
        self.assertEqual(len(page.all("table", "upright")), 1)

    def test_odd_file_names(self):
        images = self.model()
        name = b"<i>&caf\xe9 \n%s\xc2\x85.html".decode("utf-8", "surrogateescape")
        os.rename(self.path(images), self.path(f"{name} images"))
        os.rename(self.path("model.safetensors"), self.path(name))
        self.run_command("evaluate", "--model", name, "--report", f"r {name}", f"{name} images")
        page = Page(self.path(f"r {name}"))
        self.assertFalse("<i>&" in page.source)
        self.assertIn("<i>&caf\ufffd \ufffd%s\ufffd.html", page.text)

    def test_many_classes(self):
        classes = [f"class {i:02}" for i in range(41)]
        self.train("--train", self.pictures("train", classes, 2), "--epochs", "1", "--quiet")
        page, _ = self.report("train")
        self.assertEqual(page.all("td", "hit"), [])
        self.assertIn("41 classes would not be readable", page.text)
        self.assertIn("classified as", page.text)

    def test_a_model_without_mistakes(self):
        self.model()
        page, _ = self.report("validation")
        self.assertEqual(page.values["accuracy"], 1)
        self.assertIn("There are none.", page.text)
        self.assertIn("No image was misclassified.", page.text)

    def test_colour_and_large_images(self):
        """Large images are scaled down to keep the page small."""
        self.shapes("big", 2, side=300)
        self.run_command("train", "--train", "big", "--out", "model.safetensors", "--size",
                         "200x300", "--epochs", "1", "--arch", SMALL.replace("4,", "16,"),
                         "--channels", "3", "--quiet", "--learning-rate", "1e-9")
        page, _ = self.report("big")
        for image in page.all("img"):
            self.assertEqual((image["width"], image["height"]), ("128", "85"))
        self.assertGreater(len(page.all("img")), 0)

    def test_failures_leave_nothing(self):
        images = self.model()
        before = sorted(os.listdir(self.folder))
        line = ("evaluate", "--model", "model.safetensors")
        self.fails(*line, "--report", "nowhere/r.html", images, says="nowhere/r.html")
        self.fails(*line, "--report", "train", images, says="train: Is a directory")
        self.fails(*line, "--history", "history.json", images, status=2, says="--report FILE.html")
        self.fails(*line, "--report", "r.html", "--history", "gone", images, says="gone")
        for broken in ("", "[]", "{}", '{"epochs": [{"epoch": 1,}]}', '{"epochs": [{"loss": 1}]}',
                       '{"epochs": []', '{"epochs": []} x', '{"epochs": [{"epoch": 1e999}]}',
                       '{"a": ' + "[" * 100 + "]" * 100 + ', "epochs": []}', '{"epochs": [{"epoch"'):
            with open(self.path("h"), "w", encoding="utf-8") as file:
                file.write(broken)
            self.fails(*line, "--report", "r.html", "--history", "h", images,
                       says="h: not a history")
        os.remove(self.path("h"))
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_an_old_report_outlives_a_failure(self):
        images = self.model()
        self.report(images)
        shutil.copy(self.path("report.html"), self.path("copy"))
        self.fails("evaluate", "--model", "model.safetensors", "--report", "report.html",
                   "--history", "test", images, says="test")
        with open(self.path("report.html"), "rb") as new, open(self.path("copy"), "rb") as old:
            self.assertEqual(new.read(), old.read())

    def test_other_histories(self):
        """With one epoch or none, with nulls and unknown fields."""
        images = self.model()
        for text, points in (('{"epochs": []}', 0),
                             ('{"x": {"y": [true, "\\"}"]}, "epochs": [{"epoch": 1, "loss": 0.5, '
                              '"accuracy": null, "new": [1, {"a": null}]}]}', 1)):
            with open(self.path("h"), "w", encoding="utf-8") as file:
                file.write(text)
            page, _ = self.report(images, "--history", "h")
            self.assertEqual(len(page.all("circle")), points)


if __name__ == "__main__":
    main()
