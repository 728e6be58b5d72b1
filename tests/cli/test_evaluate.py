#!/usr/bin/env python3
"""`evaluate`: a row for every image (--csv), all metrics in JSON, and what it refuses."""
import csv
import io
import json
import os
import shutil
import subprocess
import tempfile

from support import SMALL, COMMAND, PATIENCE, Case, main, picture, write_idx, write_png

CLASSES = ("bar", "dot", "frame")


class Evaluate(Case):
    @classmethod
    def setUpClass(cls):
        maker = Case()
        maker.folder = cls.models = tempfile.mkdtemp(prefix="mnistcnn-cli-")
        cls.addClassCleanup(shutil.rmtree, cls.models)
        for name, classes in ("shapes", CLASSES), ("numbers", ("0", "1", "2")):
            maker.train("--train", maker.shapes(name, classes=classes), "--epochs", "8", "--batch",
                        "8", "--learning-rate", "0.01", out=f"{name}.safetensors")

    def setUp(self):
        super().setUp()
        self.model = os.path.join(self.models, "shapes.safetensors")
        self.shapes(per_class=10)
        # Two of them lie in the wrong folder.
        for name in "000.png", "001.png":
            os.rename(self.path("shapes", "bar", name), self.path("shapes", "dot", f"bar {name}"))

    @staticmethod
    def rows_of(text):
        return list(csv.reader(io.StringIO(text, newline="")))

    def rows(self, *arguments):
        out, _ = self.run_command("evaluate", "--model", self.model, "--csv", "images.csv",
                                  *arguments)
        with open(self.path("images.csv"), encoding="utf-8", newline="") as file:
            return self.rows_of(file.read()), out

    def test_a_row_for_every_image(self):
        (header, *rows), out = self.rows("shapes")
        self.assertEqual(header, ["path", "class", "answer", "confidence", *CLASSES])
        self.assertTrue(out.endswith(b"\nSaved images.csv\n"))
        self.assertEqual([row[0] for row in rows],
                         sorted(os.path.join("shapes", name, file) for name in CLASSES
                                for file in os.listdir(self.path("shapes", name))))
        for row in rows:
            self.assertEqual(row[1], row[0].split("/")[1])
            self.assertEqual(row[2], "bar" if "bar " in row[0] else row[1])
            probabilities = [float(field) for field in row[4:]]
            self.assertAlmostEqual(sum(probabilities), 1, 5)
            self.assertEqual(float(row[3]), max(probabilities))
            self.assertEqual(CLASSES[probabilities.index(max(probabilities))], row[2])

    def test_the_rows_are_what_predict_says(self):
        (_, *rows), _ = self.rows("shapes")
        out, _ = self.run_command("predict", "--model", self.model, "--csv", "shapes")
        _, *predicted = self.rows_of(out.decode())
        self.assertEqual([[row[0], *row[2:]] for row in rows], [row[:-1] for row in predicted])

    def test_background_images_and_the_threshold(self):
        """Frames are of no class: the network is less sure of them than of bars and dots, so that a
        threshold between the two rejects all of one and none of the other, everywhere alike."""
        shapes = self.shapes("mixed", classes=CLASSES)
        self.run_command("train", "--train", shapes, "--background", "frame", "--validation", shapes,
                         "--epochs", "12", "--batch", "8", "--learning-rate", "0.01", "--arch", SMALL,
                         "--rejection-threshold", "0.7", "--out", "m", "--quiet")
        summary = self.json("summary", "--model", "m", "--json")
        self.assertEqual(summary["classes"], ["bar", "dot"])
        self.assertAlmostEqual(summary["rejection_threshold"], 0.7, 6)
        out, _ = self.run_command("summary", "--model", "m")
        self.assertIn(b"\nRejection threshold: 0.7\n", out)
        figures = self.json("evaluate", "--model", "m", "--json", "--background", "frame", shapes)
        self.assertEqual((figures["images"], figures["background"]), (48, 24))
        self.assertEqual(figures["background_rejected"], 24)
        self.assertEqual(figures["rejected"], 0)
        self.assertEqual(sum(map(sum, figures["confusion"])), 48)
        out, _ = self.run_command("evaluate", "--model", "m", "--background", "frame",
                                  "--report", "report.html", "--csv", "images.csv", shapes)
        self.assertIn(b"\nbackground rej.  100.00%  (24 of 24)\n", out)
        with open(self.path("images.csv"), encoding="utf-8", newline="") as file:
            rows = self.rows_of(file.read())[1:]
        self.assertEqual([row[1] for row in rows], ["bar"] * 24 + ["dot"] * 24 + [""] * 24)
        frame, bar = os.path.join(shapes, "frame", "000.png"), os.path.join(shapes, "bar", "000.png")
        answers = self.json("predict", "--model", "m", "--json", frame, bar, status=3)
        self.assertEqual((answers[0]["class"], answers[0]["verdict"]), (None, "unclear"))
        self.assertEqual(answers[1]["class"], "bar")
        out, _ = self.run_command("calibrate", "--model", "m", "--out", "c", "--accept", "1",
                                  "--background", "frame", shapes)
        self.assertIn(b"\nSaved c\n", out)
        threshold = self.json("summary", "--model", "c", "--json")["rejection_threshold"]
        self.assertTrue(0.7 < threshold < 1, threshold)
        figures = self.json("evaluate", "--model", "c", "--json", "--background", "frame", shapes)
        self.assertEqual((figures["rejected"], figures["background_rejected"]), (0, 24))
        inside = os.path.join(shapes, "bar", "000.png")
        for arguments, status, says in (
                (("--model", "m", "--out", inside), 2, "--out would replace a file of"),
                (("--model", "m"), 2, "--out FILE is required"),
                (("--out", "c"), 2, "--model FILE is required"),
                (("--model", "m", "--out", "c", "--accept", "2"), 2, "--accept"),
                (("--model", "m", "--out", "none/c"), 1, "none/c"),
                (("--model", "none", "--out", "c"), 1, "none")):
            with self.subTest(arguments):
                self.fails("calibrate", *arguments, shapes, status=status, says=says)
        self.fails("evaluate", "--model", "m", "--background", "circle", shapes,
                   says='has no sub-folder "circle"')

    def test_rows_instead_of_the_metrics(self):
        (rows, _) = self.rows("shapes")
        out, err = self.run_command("evaluate", "--model", self.model, "--csv", "-", "shapes/")
        self.assertEqual(self.rows_of(out.decode()), rows)
        self.assertEqual(err, b"")

    def test_with_json_and_a_report(self):
        rows, out = self.rows("--json", "--report", "report.html", "shapes")
        self.assertEqual(json.loads(out)["images"], len(rows) - 1)
        self.assertTrue(os.path.exists(self.path("report.html")))

    def test_images_without_files(self):
        self.model = os.path.join(self.models, "numbers.safetensors")
        pixels = b"".join(bytes(row) for i in range(6) for row in picture(i, 2))
        write_idx(self.path("images"), (6, 28, 28), pixels)
        write_idx(self.path("labels"), (6,), bytes([0, 1, 2, 0, 1, 2]))
        (_, *rows), _ = self.rows("images,labels")
        self.assertEqual([row[:3] for row in rows],
                         [[str(i), str(i % 3), str(i % 3)] for i in range(6)])

    def test_skipped_files_have_no_row(self):
        with open(self.path("shapes", "bar", "005.png"), "wb") as file:
            file.write(b"broken")
        rows, _ = self.rows("--skip-broken", "shapes")
        self.assertEqual(len(rows), 1 + 29)
        out, _ = self.run_command("evaluate", "--model", self.model, "--skip-broken", "--json", "shapes")
        self.assertEqual(json.loads(out)["skipped"], 1)

    def test_json_is_complete(self):
        figures = self.json("evaluate", "--model", self.model, "--json", "--loss", "categorical",
                            "shapes")
        self.assertEqual(figures["confusion"], [[8, 0, 0], [2, 10, 0], [0, 0, 10]])
        self.assertEqual((figures["images"], figures["correct"], figures["skipped"]), (30, 28, 0))
        self.assertEqual(figures["loss_function"], "categorical")
        recalls, precisions, f1s = [1, 10 / 12, 1], [0.8, 1, 1], [16 / 18, 20 / 22, 1]
        for figure, values in (("recall", recalls), ("precision", precisions), ("f1", f1s)):
            for row, value in zip(figures["classes"], values):
                self.assertAlmostEqual(row[figure], value)
            self.assertAlmostEqual(figures[f"mean_{figure}"], sum(values) / 3)
        self.assertEqual([(row["name"], row["images"], row["predictions"], row["correct"])
                          for row in figures["classes"]],
                         [("bar", 8, 10, 8), ("dot", 12, 10, 10), ("frame", 10, 10, 10)])
        for figure in "accuracy", "binary_accuracy", "loss", "calibration_error":
            self.assertIsInstance(figures[figure], float)

    def test_figures_of_a_class_without_images_or_answers(self):
        shutil.rmtree(self.path("shapes"))
        for kind, name in enumerate(CLASSES):
            os.makedirs(self.path("shapes", name))
            if name != "dot":
                write_png(self.path("shapes", name, "1.png"), picture(0, 2))
        figures = self.json("evaluate", "--model", self.model, "--json", "shapes")
        bar, dot, frame = figures["classes"]
        self.assertEqual((dot["recall"], dot["precision"], dot["f1"]), (None, None, None))
        self.assertEqual((frame["recall"], frame["precision"], frame["f1"]), (0, None, 0))
        self.assertAlmostEqual(bar["f1"], 2 / 3)
        self.assertAlmostEqual(figures["mean_recall"], 1 / 2)
        self.assertAlmostEqual(figures["mean_precision"], 1 / 4)
        self.assertAlmostEqual(figures["mean_f1"], 1 / 3)

    def test_refuses(self):
        write_idx(self.path("images"), (1, 28, 28), bytes(784))
        os.makedirs(self.path("folder.csv"))
        for arguments, status, says in (
                (("--csv", "folder.csv", "shapes"), 1, "folder.csv"),
                (("--csv", "missing/x.csv", "shapes"), 1, "missing/x.csv"),
                (("--csv", "-", "--json", "shapes"), 2, "exclude"),
                (("images",), 1, "IMAGES,LABELS"),
                (("shapes/bar/002.png",), 1, "one sub-folder per class")):
            self.fails("evaluate", "--model", self.model, *arguments, status=status, says=says)
        self.fails("train", "--train", "images", "--out", "x", says="IMAGES,LABELS")

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, "evaluate", "--model", self.model, "--csv", "-", "shapes"],
                                  cwd=self.folder, stdout=full, stderr=subprocess.PIPE,
                                  timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


if __name__ == "__main__":
    main()
