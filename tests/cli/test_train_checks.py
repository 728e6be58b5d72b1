#!/usr/bin/env python3
"""mnistcnn train: what is checked before the first image is loaded, and files that are the same."""
import os

from support import SMALL, Case, main, write_idx, write_png, picture


def read(path):
    with open(path, "rb") as file:
        return file.read()


class BeforeLoading(Case):
    """The folder has a broken image: a message about anything else came before it was read."""

    def broken(self, *classes):
        name = self.shapes(per_class=2, classes=classes or ("bar", "dot"))
        with open(self.path(name, os.listdir(self.path(name))[0], "broken.png"), "wb") as file:
            file.write(b"no PNG")
        return name

    def test_the_network(self):
        shapes = self.broken()
        for more, says in (
                (("--arch", "conv 4 99x99, flatten, dense classes softmax"), "conv 4 99x99"),
                (("--arch", "flatten, dense 3 softmax"), "3"),
                (("--arch", "nonsense"), "nonsense"),
                (("--arch", SMALL, "--size", "4x4"), "layer"),
                (("--arch", "flatten, dense classes sigmoid", "--loss", "categorical"), "sigmoid"),
                (("--note", "x" * 5000), "--note"),
                (("--loss", "binary", "--label-smoothing", "0.1"), "label_smoothing")):
            with self.subTest(more):
                self.fails("train", "--train", shapes, "--out", "m", *more, says=says)
        self.fails("train", "--train", shapes, "--out", "m", says="broken.png")

    def test_the_classes(self):
        shapes = self.broken("Ant", "bee")
        for name in "ant", "bee":
            os.makedirs(self.path("v", name))
            write_png(self.path("v", name, "0.png"), picture(0, 0))
        self.fails("train", "--train", shapes, "--validation", "v", "--out", "m",
                   says='its class "ant" is not one of shapes')

    def test_the_number_of_classes(self):
        self.shapes("v", per_class=1, classes=("bar", "dot"))
        self.fails("train", "--train", self.broken("bar", "dot", "frame"), "--validation", "v", "--out",
                   "m", says="--validation v has 2 classes, shapes has 3")

    def test_the_model_to_start_from(self):
        self.train("--train", self.shapes("three", per_class=2), "--epochs", "1")
        self.fails("train", "--train", self.broken(), "--from", "model.safetensors", "--out", "m",
                   says="shapes has 2 classes; the model model.safetensors has 3")

    def test_the_background(self):
        train = ["train", "--train", self.broken(), "--out", "a"]
        self.fails(*train, "--background", "none",
                   says='--background: bar-dot has no sub-folder "none"'.replace("bar-dot", train[2]))
        self.fails(*train, "--background", "dot", says="has fewer than two classes besides")
        self.fails(*train, "--rejection-threshold", "2", status=2, says="--rejection-threshold")
        self.fails("train", "--train", "images,labels", "--background", "dot", "--out", "a", status=2,
                   says="--background is a sub-folder of --train DIR")

    def test_much_memory_is_announced(self):
        shapes = self.broken()
        _, err = self.run_command("train", "--train", shapes, "--out", "m", "--size", "224x224",
                                  "--preset", "tutorial", status=1)
        lines = err.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0].decode(), r"warning: training will take up to \d+\.\d GB of memory")
        self.assertIn(b"224x224", lines[0])
        self.assertIn(b"broken.png", lines[1])
        _, err = self.run_command("train", "--train", shapes, "--out", "m", status=1)
        self.assertEqual(len(err.splitlines()), 1)

    def test_a_split_that_leaves_nothing(self):
        self.fails("train", "--train", self.shapes(per_class=1), "--validation-split", "0.1", "--out",
                   "m", says="--validation-split 0.1: of the 3 images of shapes, none would be left")


class BeforeLoadingIdx(Case):
    """The images are compressed and damaged behind their header: a message about anything else came
    before they were read."""

    def setUp(self):
        super().setUp()
        write_idx(self.path("images"), (60, 28, 28), os.urandom(60 * 28 * 28), compress=True)
        write_idx(self.path("labels"), (60,), bytes(i % 3 for i in range(60)))
        write_idx(self.path("two"), (60,), bytes(i % 2 for i in range(60)))
        packed = bytearray(read(self.path("images")))
        packed[-8] ^= 1
        with open(self.path("images"), "wb") as file:
            file.write(packed)

    def refuses(self, *more, says, status=1):
        self.fails("train", "--train", "images,labels", "--out", "m", *more, says=says, status=status)

    def test_everything_else_comes_first(self):
        self.refuses("--arch", "flatten, dense 4 softmax", says="4")
        self.refuses("--arch", SMALL, "--size", "4x4", says="layer")
        self.refuses("--note", "x" * 5000, says="--note")
        self.refuses("--class-weights", "7:2", says="7", status=2)
        self.refuses("--first-label", "1", says="labels: label 0 is 0")
        self.refuses("--validation", "images,two",
                     says="--validation images,two has 2 classes, images,labels has 3")
        self.refuses("--validation", "images", says="images: is a file")
        self.refuses("--validation", "none,labels", says="none")
        self.refuses(says="images: ")

    def test_much_memory_is_announced(self):
        _, err = self.run_command("train", "--train", "images,labels", "--out", "m", "--size",
                                  "224x224", "--preset", "tutorial", status=1)
        lines = err.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0].decode(), r"warning: training will take up to \d+\.\d GB of memory")
        self.assertIn(b"images: ", lines[1])


class SameFiles(Case):
    """A file is the same however its path is spelt, and nothing that is read is replaced."""

    def refuses(self, *arguments, says):
        before = {name: read(self.path(name)) for name in os.listdir(self.folder)
                  if os.path.isfile(self.path(name))}
        self.fails("train", *arguments, status=2, says=says)
        for name, content in before.items():
            self.assertEqual(read(self.path(name)), content)

    def test_outputs(self):
        shapes = ("--train", self.shapes())
        os.mkdir(self.path("sub"))
        for one, other in (("x", "./x"), ("x", "sub/../x"), ("sub/x", self.path("sub", "x")),
                           ("x", self.path("x"))):
            with self.subTest(one=one, other=other):
                for options in (("--out", "--history"), ("--out", "--checkpoint"),
                                ("--history", "--checkpoint")):
                    out = () if "--out" in options else ("--out", "o")
                    self.refuses(*shapes, *out, options[0], one, options[1], other,
                                 says="must be different files")
        os.symlink("x", self.path("link"))  # to what does not exist yet
        self.refuses(*shapes, "--out", "x", "--history", "link", says="must be different files")
        os.symlink("sub", self.path("other"))
        self.refuses(*shapes, "--out", "sub/y", "--history", "other/y", says="must be different")
        self.refuses(*shapes, "--out", "m", "--history", "./m.checkpoint", says="must be different")

    def test_inputs(self):
        self.train("--train", self.shapes(), "--epochs", "1", "--out", "start", "--checkpoint", "c")
        os.link(self.path("start"), self.path("hard"))
        shapes = ("--train", "shapes")
        for name in "start", "./start", "hard":
            self.refuses(*shapes, "--out", "m", "--from", "start", "--history", name,
                         says="--history and --from must be different")
            self.refuses(*shapes, "--out", "m", "--from", "start", "--checkpoint", name,
                         says="--checkpoint and --from must be different")
        self.refuses(*shapes, "--out", "c", "--resume", "./c", says="--out and --resume must be")
        self.refuses(*shapes, "--out", "m", "--resume", "c", "--history", "c", says="--history")
        # A model may be trained further in its place, and a checkpoint be continued in its own.
        self.run_command("train", *shapes, "--from", "start", "--out", "./start", "--epochs", "1")
        self.run_command("train", *shapes, "--out", "m", "--resume", "c", "--checkpoint", "./c")

    def test_images(self):
        shapes = self.shapes()
        os.symlink(self.path(shapes), self.path("linked"))
        for output in "--out", "--history", "--checkpoint":
            out = () if output == "--out" else ("--out", "m")
            for image in "shapes/dot/000.png", "linked/dot/001.png":
                with self.subTest(output=output, image=image):
                    self.refuses("--train", shapes, *out, output, image,
                                 says=f"{output} would replace a file of --train shapes")
        self.shapes("more", 2)
        self.refuses("--train", shapes, "--validation", "more", "--out", "more/bar/000.png",
                     says="--out would replace a file of --validation more")
        write_idx(self.path("images"), (2, 28, 28), bytes(2 * 28 * 28))
        write_idx(self.path("labels"), (2,), bytes((0, 1)))
        for file in "images", "./labels":
            self.refuses("--train", "images,labels", "--out", file,
                         says="--out and --train must be different files")

    def test_evaluate(self):
        self.train("--train", self.shapes(), "--epochs", "1", "--history", "h.json")
        model = ("evaluate", "--model", "model.safetensors", "shapes")
        for report, says in (("./model.safetensors", "--report and --model must be different"),
                             ("shapes/dot/000.png", "--report would replace a file of shapes")):
            before = read(self.path(report))
            self.fails(*model, "--report", report, status=2, says=says)
            self.assertEqual(read(self.path(report)), before)
            self.fails(*model, "--csv", report, status=2, says=says.replace("report", "csv"))
            self.assertEqual(read(self.path(report)), before)
        self.fails(*model, "--report", "h.json", "--history", "./h.json", status=2,
                   says="--report and --history must be different")
        self.fails(*model, "--report", "x", "--csv", "./x", status=2,
                   says="--report and --csv must be different")
        self.fails("evaluate", "--model", "model.safetensors", "shapes/dot/000.png,h.json", "--csv",
                   "./h.json", status=2, says="--csv and the images must be different")

    def test_digits(self):
        """Nothing is drawn where one of the two folders is taken."""
        os.makedirs(self.path("d", "validation", "mine"))
        self.fails("digits", "--out", "d", "--count", "20", says="d/validation")
        self.assertEqual(os.listdir(self.path("d")), ["validation"])


if __name__ == "__main__":
    main()
