#!/usr/bin/env python3
"""mnistcnn train: output, files, failures, stopping and resuming."""
import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import termios

from support import COMMAND, PATIENCE, SMALL, Case, main, write_idx, picture, write_png


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Training(Case):
    def test_a_first_run_on_drawn_digits(self):
        self.run_command("digits", "--out", "digits", "--count", "200")
        out, err = self.run_command("train", "--train", "digits/train", "--validation",
                                    "digits/validation", "--out", "m.safetensors", "--epochs", "1")
        self.assertEqual(err, b"mnistcnn: note: calibration_fraction holds out fewer than 100 of 200 "
                         b"images: none are held out, and confidences are not calibrated\n")
        self.assertIn(b"Found 200 images belonging to 10 classes.\n"
                      b"Found 33 images belonging to 10 classes.\n", out)
        self.assertIn(b"536,258", out)  # gray: the preset best
        self.assertRegex(out.decode(), (
            r"Epoch 1/1\n7/7 \[={30}\] - \d+s - loss: [\d.e-]+ - acc: [01]\.\d{4} - "
            r"binary_acc: [01]\.\d{4} - val_loss: [\d.e-]+ - val_acc: [01]\.\d{4} - "
            r"val_binary_acc: [01]\.\d{4}\nSaved m.safetensors\n"))
        self.assertEqual(sorted(os.listdir(self.folder)), ["digits", "m.safetensors"])

    def test_a_log_has_no_redrawn_lines(self):
        out, _ = self.train("--train", self.shapes(), "--epochs", "3")
        self.assertNotIn(b"\r", out)
        self.assertEqual(len(re.findall(rb"^Epoch [123]/3$", out, re.M)), 3)
        self.assertEqual(len(re.findall(rb"^(\d+)/\1 \[", out, re.M)), 3)

    def test_quiet(self):
        self.assertEqual(self.train("--quiet", "--train", self.shapes(), "--epochs", "1"),
                         (b"", b""))

    def test_learns_and_writes_history(self):
        self.train("--train", self.shapes(), "--validation", self.shapes("more", 6), "--epochs",
                   "6", "--history", "history.json", "--learning-rate", "0.01", "--batch", "8")
        with open(self.path("history.json"), encoding="utf-8") as file:
            epochs = json.load(file)["epochs"]
        self.assertEqual([epoch["epoch"] for epoch in epochs], [1, 2, 3, 4, 5, 6])
        self.assertLess(epochs[-1]["loss"], epochs[0]["loss"])
        self.assertEqual(epochs[-1]["validation_accuracy"], 1)
        for epoch in epochs:
            self.assertEqual(set(epoch), {
                "epoch", "seconds", "learning_rate", "loss", "accuracy", "binary_accuracy",
                "validation_loss", "validation_accuracy", "validation_binary_accuracy"})

    def test_without_validation_its_figures_are_null(self):
        self.train("--train", self.shapes(), "--epochs", "1", "--history", "history.json")
        with open(self.path("history.json"), encoding="utf-8") as file:
            self.assertIsNone(json.load(file)["epochs"][0]["validation_loss"])

    def test_validation_split(self):
        out, _ = self.train("--train", self.shapes(), "--validation-split", "0.25", "--epochs", "1")
        self.assertIn(b"Found 54 images belonging to 3 classes.\n"
                      b"Found 18 images belonging to 3 classes.\n", out)

    def test_threads_do_not_change_the_model(self):
        shapes = self.shapes()
        models = []
        for threads in "1", "2", "3":
            self.train("--train", shapes, "--epochs", "2", "--threads", threads, "--seed", "9")
            models.append(read(self.path("model.safetensors")))
        self.assertEqual(models[0], models[1])
        self.assertEqual(models[0], models[2])
        self.train("--train", shapes, "--epochs", "2", "--seed", "10")
        self.assertNotEqual(models[0], read(self.path("model.safetensors")))

    def test_options_of_a_preset_can_be_changed(self):
        shapes = self.shapes()
        for preset in "tutorial", "best":
            for change in (("--augment", "none"), ("--augment", "affine-elastic", "--rotation", "8"),
                           ("--optimizer", "sgd", "--nesterov"), ("--loss", "binary"),
                           ("--no-flip", "--schedule", "cosine", "--warmup-fraction", "0.1"),
                           ("--schedule", "one-cycle", "--warmup-fraction", "0.3"),
                           ("--schedule", "step", "--step-epochs", "1", "--step-factor", "0.5"),
                           ("--l2", "0.001", "--clip-norm", "1", "--init", "lecun_normal")):
                with self.subTest(preset=preset, change=change):
                    self.run_command("train", "--train", shapes, "--out", "m", "--epochs", "1",
                                     "--preset", preset, "--arch", SMALL, *change)

    def test_every_initialiser_is_another(self):
        shapes, models = self.shapes(), set()
        for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform",
                     "lecun_normal", "kaiming_normal"):
            self.train("--train", shapes, "--epochs", "1", "--init", name)
            models.add(read(self.path("model.safetensors")))
        self.assertEqual(len(models), 7)

    def test_summary_of_layers_that_are_read_again(self):
        arch = ("conv 4 3x3 stride 2x1 same, batchnorm relu, conv 4 3x3 same, add 2, "
                "conv 4 1x1 dilation 3 from 3, add 2, globalavgpool, dense classes")
        self.train("--train", self.shapes(), "--epochs", "1", "--arch", arch)
        model = self.path("model.safetensors")
        layers = self.json("summary", "--model", model, "--json")["layers"]
        self.assertEqual(layers[0]["inputs"], ["input"])
        self.assertEqual(layers[0]["stride"], [2, 1])
        self.assertEqual(layers[0]["padding"], "same")
        self.assertEqual((layers[1]["parameters"], layers[1]["trainable"]), (16, 8))
        self.assertEqual(layers[3]["inputs"], ["conv2d_2", "batch_normalization_1"])
        self.assertEqual(layers[4]["inputs"], ["batch_normalization_1"])
        self.assertEqual(layers[4]["dilation"], [3, 3])
        self.assertNotIn("stride", layers[-1])
        out, _ = self.run_command("summary", "--model", model)
        self.assertIn(b"add_1 reads conv2d_2 and batch_normalization_1\n", out)
        self.assertIn(b"Non-trainable params: 8\n", out)

    def test_steps_need_their_epochs(self):
        self.fails("train", "--train", self.shapes(), "--out", "m", "--schedule", "step", status=2,
                   says="--step-epochs")

    def test_a_network_that_ends_in_sigmoid(self):
        shapes = self.shapes()
        arch = "conv 4 3x3 relu, maxpool 2, flatten, dense classes sigmoid"
        train = ("train", "--train", shapes, "--out", "m", "--epochs", "6", "--learning-rate",
                 "0.01", "--batch", "8", "--no-flip", "--arch", arch)
        self.fails(*train, "--loss", "categorical", says="output sigmoid")
        self.run_command(*train, "--loss", "binary", "--label-smoothing", "0.1")
        self.run_command("evaluate", "--model", "m", shapes)
        self.fails("evaluate", "--model", "m", "--loss", "categorical", shapes,
                   says="output sigmoid")
        out, _ = self.run_command("predict", "--model", "m", shapes + "/dot/000.png")
        self.assertIn(b"dot", out)
        layers = self.json("summary", "--model", "m", "--json")["layers"]
        self.assertEqual([layer["activation"] for layer in layers],
                         ["relu", "linear", "linear", "sigmoid"])

    def test_idx_input(self):
        pixels = b"".join(b"".join(picture(i % 3, i)) for i in range(60))
        write_idx(self.path("images"), (60, 28, 28), pixels)
        write_idx(self.path("labels"), (60,), bytes(i % 3 for i in range(60)))
        out, _ = self.train("--train", "images,labels", "--epochs", "1")
        self.assertIn(b"Found 60 images belonging to 3 classes.", out)
        self.run_command("evaluate", "--model", "model.safetensors", "images,labels")
        for arguments in (("evaluate", "--model", "model.safetensors", "images"),
                          ("train", "--out", "m", "--train", "images")):
            self.fails(*arguments, says="images: is a file, not a folder with one sub-folder per class; "
                       "give MNIST's IDX files, which are two, as IMAGES,LABELS")

    def test_idx_layout(self):
        """Files as those of EMNIST's letters are the same as MNIST's once they are read."""
        images = [picture(i % 3, i) for i in range(60)]
        write_idx(self.path("images"), (60, 28, 28), b"".join(b"".join(rows) for rows in images))
        write_idx(self.path("labels"), (60,), bytes(i % 3 for i in range(60)))
        write_idx(self.path("turned"), (60, 28, 28), b"".join(
            bytes(rows[x][y] for y in range(28) for x in range(28)) for rows in images))
        write_idx(self.path("from_1"), (60,), bytes(i % 3 + 1 for i in range(60)))
        self.train("--train", "images,labels", "--epochs", "1", out="a")
        self.train("--train", "turned,from_1", "--transpose", "--first-label", "1", "--epochs", "1", out="b")
        models = [self.run_command("evaluate", "--json", "--model", model, *source)[0] for model in "ab"
                  for source in (("images,labels",),
                                 ("turned,from_1", "--transpose", "--first-label", "1"))]
        self.assertEqual(len(set(models)), 1)

    def test_own_size_and_colour(self):
        shapes = self.shapes()
        self.run_command("train", "--train", shapes, "--out", "m", "--epochs", "1", "--size",
                         "20x24", "--channels", "3", "--arch",
                         "conv 4 3x3 same relu, maxpool 2x3, flatten, dense classes softmax")
        self.assertEqual(self.json("summary", "--model", "m", "--json")["input"], [20, 24, 3])

    def test_starts_from_a_model(self):
        shapes = self.shapes()
        self.train("--train", shapes, "--epochs", "6", "--learning-rate", "0.01", "--batch", "8")
        out, _ = self.run_command("train", "--from", "model.safetensors", "--train", shapes, "--out",
                                  "m2", "--epochs", "1", "--augment", "none", "--no-flip",
                                  "--history", "h.json", "--learning-rate", "1e-9")
        with open(self.path("h.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["epochs"][0]["accuracy"], 1)

    def test_skip_broken(self):
        shapes = self.shapes()
        with open(self.path(shapes, "dot", "zzz.png"), "wb") as file:
            file.write(b"no PNG")
        self.fails("train", "--train", shapes, "--out", "m", says="dot/zzz.png")
        out, err = self.train("--train", shapes, "--epochs", "1", "--skip-broken")
        self.assertIn(b"zzz.png", err)
        self.assertIn(b"Found 72 images belonging to 3 classes.\nSkipped 1 broken file.\n", out)

    def test_odd_names(self):
        name = b"caf\xe9 \xff".decode("utf-8", "surrogateescape")
        shapes = self.shapes(name)
        self.train("--train", shapes, "--epochs", "1", out=f"-{name} m".strip("-"))
        self.run_command("summary", "--model", f"{name} m")

    def test_failures(self):
        shapes = self.shapes()
        os.makedirs(self.path("folder"))
        self.fails("train", "--train", "missing", "--out", "m", says="missing")
        self.fails("train", "--train", shapes, "--validation", "gone", "--out", "m", says="gone")
        self.fails("train", "--train", shapes, "--out", "nowhere/m", says="nowhere/m")
        self.fails("train", "--train", shapes, "--out", "folder", says="folder")
        self.fails("train", "--train", shapes, "--out", "m", "--history", "nowhere/h",
                   says="nowhere/h")
        self.fails("train", "--train", shapes, "--out", "m", "--checkpoint", "nowhere/c",
                   says="nowhere/c")
        self.fails("train", "--train", shapes, "--out", "m", "--history", "", says="cannot write")
        self.fails("train", "--train", shapes, "--out", f"{shapes}/dot/000.png/m",
                   says="Not a directory")
        self.fails("train", "--train", shapes, "--out", "m", "--note", "x" * 5000, "--quiet",
                   says="--note: ")
        os.mkfifo(self.path("folder", "pipe"))
        os.symlink("pipe", self.path("folder", "link"))
        for place in "pipe", "link":
            for option in "--out", "--history", "--checkpoint":
                self.fails("train", "--train", shapes, "--out", "m", option, f"folder/{place}",
                           says="not a regular file")
        self.fails("train", "--train", shapes, "--out", "m", "--resume", says="m.checkpoint")
        self.fails("train", "--train", shapes, "--out", "m", "--from", "missing", says="missing")
        self.fails("train", "--train", shapes, "--out", "m", "--arch",
                   "conv 4 99x99, flatten, dense classes softmax", says="conv 4 99x99")
        write_png(self.path("folder", "lonely.png"), picture(0, 0))
        self.fails("train", "--train", "folder", "--out", "m", says="folder")
        self.assertEqual(sorted(os.listdir(self.folder)), ["folder", "shapes"])

    def test_a_read_only_folder(self):
        """Run as nobody if the test runs as root, for whom permissions do not apply."""
        os.makedirs(self.path("locked"))
        os.chmod(self.path("locked"), 0o555)
        os.chmod(self.folder, 0o755)
        line = ("train", "--train", self.shapes(), "--out", "locked/m")
        root = os.geteuid() == 0
        try:
            _, err = self.run_command(*line, status=1, user=65534 if root else None)
        except PermissionError:
            self.skipTest("nobody is not allowed to run the command")
        self.assertIn(b"locked/m: cannot write: Permission denied", err)

    def test_not_finite(self):
        _, err = self.run_command("train", "--train", self.shapes(), "--out", "m", "--epochs", "50",
                                  "--optimizer", "sgd", "--learning-rate", "1e6", "--weight-decay",
                                  "1000", "--channels", "1",
                                  "--augment", "none", "--no-flip", "--quiet", "--arch",
                                  "conv 4 5x5 relu, maxpool 4, flatten, dense 16, dense classes "
                                  "softmax", status=1)
        self.assertIn(b"infinite or NaN", err)
        self.assertFalse(os.path.exists(self.path("m")))


class Stopping(Case):
    """An interrupted and resumed training gives the same bytes as one without interruption."""

    EPOCHS = 30  # so many that a signal sent in the second arrives before the last
    MANY = 100000  # ended only by the signal

    def line(self, out, epochs=EPOCHS):
        return ("train", "--train", "shapes", "--out", out, "--history", "history.json", "--preset",
                "tutorial", "--epochs", str(epochs), "--batch", "1", "--threads", "2")

    def interrupted(self, *line, number=signal.SIGINT, status=130, **options):
        """Starts a training and sends the signal in the second epoch. Returns standard error."""
        process = self.start(*line, start_new_session=True, **options)
        seen = b""
        while b"Epoch 2/" not in seen:
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            self.assertTrue(ready, seen)
            block = os.read(process.stdout.fileno(), 4096)
            self.assertTrue(block, seen)
            seen += block
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, status, err)
        return err.decode()

    def history(self):
        """The metrics of each epoch without its time."""
        with open(self.path("history.json"), encoding="utf-8") as file:
            epochs = json.load(file)["epochs"]
        for epoch in epochs:
            del epoch["seconds"]
        return epochs

    def test_interrupt_and_resume(self):
        self.shapes()
        self.run_command(*self.line("straight"))
        straight = self.history()

        lines = self.interrupted(*self.line("stopped one")).splitlines()
        self.assertFalse(os.path.exists(self.path("stopped one")))
        self.assertTrue(os.path.exists(self.path("stopped one.checkpoint")))
        self.assertLess(len(self.history()), self.EPOCHS)
        self.assertEqual(len(lines), 3, lines)
        self.assertTrue(lines[2].startswith("mnistcnn: to resume: "), lines)

        again = shlex.split(lines[2].removeprefix("mnistcnn: to resume: "))
        self.assertEqual(again[0], COMMAND)
        resumed = subprocess.Popen(again, cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        resumed.send_signal(signal.SIGTERM)  # at any point: starting, loading, training
        self.assertIn(resumed.wait(timeout=PATIENCE), (143, -signal.SIGTERM))
        self.run_command(*again[1:])
        self.assertEqual(read(self.path("stopped one")), read(self.path("straight")))
        self.assertFalse(os.path.exists(self.path("stopped one.checkpoint")))
        self.assertEqual(self.history(), straight)

    def test_terminate(self):
        self.shapes()
        err = self.interrupted(*self.line("m", self.MANY), number=signal.SIGTERM, status=143)
        self.assertIn("--resume m.checkpoint\n", err)

    def test_an_ignored_signal_stays_ignored(self):
        self.shapes()
        err = self.interrupted(*self.line("m", 8), status=0, preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_IGN))
        self.assertEqual(err, "")

    def test_other_images_are_refused(self):
        self.shapes()
        self.interrupted(*self.line("m", self.MANY))
        write_png(self.path("shapes", "dot", "000.png"), picture(1, 3))
        self.fails(*self.line("m"), "--resume", says="m.checkpoint")

    def test_a_checkpoint_left_behind_is_mentioned(self):
        self.shapes()
        self.interrupted(*self.line("m", self.MANY))
        _, err = self.run_command(*self.line("m", 1))
        self.assertIn(b"use --resume to continue it", err)

    def test_a_checkpoint_folder_that_disappears(self):
        """It costs the checkpoints, not the training."""
        self.shapes()
        os.mkdir(self.path("gone"))
        process = subprocess.Popen([COMMAND, *self.line("m", 40), "--checkpoint", "gone/kept"],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.readline()  # it has started, and the outputs have been checked
        os.rename(self.path("gone"), self.path("elsewhere"))
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn(b"cannot write the checkpoint: gone/kept: ", err)
        self.assertTrue(os.path.exists(self.path("m")))

    def test_a_named_checkpoint_is_kept(self):
        self.shapes()
        self.run_command(*self.line("m", 1), "--checkpoint", "kept")
        self.assertTrue(os.path.exists(self.path("kept")))


class Terminal(Case):
    """The progress bar in a terminal of a given width."""

    def screen(self, columns, *arguments):
        """The output of the command in a terminal: a list of lines, each a list of its redraws."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([COMMAND, *arguments], cwd=self.folder, stdout=theirs,
                                   stderr=theirs, stdin=subprocess.DEVNULL)
        os.close(theirs)
        written = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            written += block
        os.close(ours)
        self.assertEqual(process.wait(timeout=PATIENCE), 0, written)
        return [line.split("\r") for line in written.decode().replace("\r\n", "\n").split("\n")]

    def train_on(self, columns):
        return self.screen(columns, "train", "--train", "shapes", "--validation", "shapes", "--out",
                           "m", "--epochs", "2", "--batch", "1")

    def test_redraws_within_the_window(self):
        self.shapes(per_class=600)
        for columns in 40, 80, 200:
            with self.subTest(columns=columns):
                lines = self.train_on(columns)
                bars = [line for line in lines if "[" in line[-1]]
                self.assertEqual(len(bars), 2)
                for bar in bars:
                    self.assertGreater(len(bar), 3, "it moves")
                    for text in bar[:-1]:
                        self.assertLess(len(text.rstrip()), columns)
                    self.assertRegex(bar[-1], r"^1800/1800 \[={30}\] - \d+s - loss: .*val_binary_acc")

    def test_counting_leaves_nothing_behind(self):
        lines = self.screen(80, "digits", "--out", "d", "--count", "3000")
        for line in lines:
            self.assertIn(line[-1].strip(), ("", "Drew 3000 digits into d/train",
                                             "Drew 500 digits into d/validation"))
        self.assertTrue(any("Drawing: " in text for line in lines for text in line))


if __name__ == "__main__":
    main()
