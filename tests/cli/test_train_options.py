#!/usr/bin/env python3
"""mnistcnn train: the best epoch, class weights, more epochs, and what the log says."""
import json
import os
import shutil
import signal
import subprocess
import time

from support import COMMAND, PATIENCE, SMALL, Case, main, write_png, picture


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Options(Case):
    def noisy(self, name, per_class, first=0):
        """Folders of shapes, of which every third is in the folder of another."""
        classes = ("bar", "dot", "frame")
        for kind, class_name in enumerate(classes):
            os.makedirs(self.path(name, class_name))
            for i in range(per_class):
                shown = (kind + 1 + i // 3 % 2) % 3 if i % 3 == 0 else kind
                write_png(self.path(name, class_name, f"{i:03}.png"), picture(shown, first + i))
        return name

    def history(self):
        with open(self.path("h.json"), encoding="utf-8") as file:
            return json.load(file)

    def overfit(self, *arguments, **options):
        return self.train("--train", "t", "--validation", "v", "--learning-rate", "0.02", "--batch",
                          "8", "--schedule", "constant", "--preset", "tutorial", "--history",
                          "h.json", *arguments, **options)

    def test_the_best_epoch_is_kept(self):
        self.noisy("t", 40)
        self.noisy("v", 12, 100)
        out, err = self.overfit("--epochs", "12", "--keep-best", "--out", "best")
        self.assertEqual(err, b"")
        history = self.history()
        losses = [epoch["validation_loss"] for epoch in history["epochs"]]
        best = losses.index(min(losses)) + 1
        self.assertIn(best, range(1, 12))
        self.assertEqual((history["best_epoch"], history["stopped_early"]), (best, False))
        self.assertIn(f"Best epoch: {best}\nSaved best\n".encode(), out)
        self.assertEqual(self.json("summary", "--model", "best", "--json")["notes"]
                         ["training.kept_epoch"], str(best))
        evaluated = self.json("evaluate", "--model", "best", "--loss", "categorical", "--json", "v")
        self.assertAlmostEqual(evaluated["loss"], min(losses), places=5)

    def test_it_stops_early(self):
        self.noisy("t", 40)
        self.noisy("v", 12, 100)
        out, _ = self.overfit("--epochs", "40", "--stop-patience", "3", "--metric", "accuracy",
                              "--min-delta", "0.01", "--out", "m")
        history = self.history()
        self.assertLess(len(history["epochs"]), 40)
        self.assertTrue(history["stopped_early"])
        self.assertIn(b"Stopped early: ", out)
        self.assertEqual(self.overfit("--epochs", "2", "--stop-patience", "9", "--quiet"), (b"", b""))

    def test_they_need_validation(self):
        for option in ("--keep-best",), ("--stop-patience", "2"):
            self.fails("train", "--train", "x", "--out", "m", *option, status=2,
                       says="need --validation or --validation-split")
        self.fails("train", "--train", self.shapes(), "--out", "m", "--plateau-patience", "1",
                   "--metric", "accuracy", says="metric needs a validation dataset")

    def test_the_rate_falls_on_a_plateau(self):
        self.noisy("t", 40)
        self.noisy("v", 12, 100)
        self.overfit("--epochs", "8", "--plateau-patience", "1", "--plateau-factor", "0.5",
                     "--min-delta", "100", "--plateau-min-rate", "0.004")
        rates = [epoch["learning_rate"] for epoch in self.history()["epochs"]]
        for rate, want in zip(rates, (0.02, 0.02, 0.01, 0.005, 0.004, 0.004, 0.004, 0.004)):
            self.assertAlmostEqual(rate, want, places=6)

    def test_class_weights(self):
        shapes = self.shapes()
        for i in range(12, 24):
            os.remove(self.path(shapes, "dot", f"{i:03}.png"))
        models = {}
        for text in (None, "balanced", "bar=2", "2,1,1", "frame=1,bar=2,dot=1", "0,1,0.5"):
            more = () if text is None else ("--class-weights", text)
            self.train("--train", shapes, "--epochs", "2", *more)
            models[text] = read(self.path("model.safetensors"))
        self.assertEqual(models["bar=2"], models["2,1,1"])
        self.assertEqual(models["bar=2"], models["frame=1,bar=2,dot=1"])
        self.assertEqual(len(set(models.values())), 4)
        weights = [60 / (3 * n) for n in (24, 12, 24)]
        self.train("--train", shapes, "--epochs", "2", "--class-weights",
                   ",".join(f"{weight:.9g}" for weight in weights))
        self.assertEqual(read(self.path("model.safetensors")), models["balanced"])

    def test_class_weights_of_odd_names(self):
        shapes = self.shapes(classes=("a", "a,b", "a=1"))
        self.train("--train", shapes, "--epochs", "1", "--class-weights", "a,b=2,a=1=0.5,a=3")
        named = read(self.path("model.safetensors"))
        self.train("--train", shapes, "--epochs", "1", "--class-weights", "3,2,0.5")
        self.assertEqual(read(self.path("model.safetensors")), named)

    def test_wrong_class_weights(self):
        shapes = self.shapes()
        write_png(self.path(shapes, "dot", "zzz.png"), picture(1, 1))
        with open(self.path(shapes, "dot", "zzz.png"), "wb") as file:
            file.write(b"broken: what is refused now was refused before the images were read")
        for text, says in (("cat=2", "no class 'cat'"), ("1,2", "2 weights for 3 classes"),
                           ("1,2,3,4", "4 weights for 3"), ("1,x,2", "'x,2' is not a weight"),
                           ("bar=-1", "'-1' is not a weight"), ("bar=nan", "'nan'"), ("", "0 weights"),
                           ("bar=1,", "','"), ("1,2,3,", "','"), ("balance", "'balance' is not")):
            with self.subTest(text):
                self.fails("train", "--train", shapes, "--out", "m", "--class-weights", text,
                           status=2, says=says)
        self.fails("train", "--train", self.shapes("good"), "--out", "m", "--class-weights", "0,0,0",
                   says="have the weight 0")

    def test_healthy_trainings_are_quiet(self):
        """No warning, whatever the seed: only the note on calibration."""
        self.run_command("digits", "--out", "d", "--count", "600")
        for preset in "tutorial", "best":
            for seed in range(4):
                _, err = self.run_command("train", "--train", "d/train", "--validation",
                                          "d/validation", "--out", "m", "--preset", preset, "--seed",
                                          str(seed), "--epochs", "3", "--no-flip")
                self.assertNotIn(b"warning", err)

    def test_a_dead_network_is_named_once(self):
        _, err = self.train("--train", self.shapes(), "--preset", "tutorial", "--epochs", "6",
                            "--learning-rate", "5", "--loss", "binary")
        self.assertEqual(err.count(b"warning: epoch "), 1, err)
        self.assertIn(b"a lower ", err)


class MoreEpochs(Case):
    def line(self, epochs, *more):
        return ("train", "--train", "shapes", "--out", "m", "--epochs", str(epochs), "--arch", SMALL,
                "--preset", "tutorial", "--checkpoint", "kept", "--history", "h.json", *more)

    def test_a_complete_training_goes_on(self):
        self.shapes()
        self.run_command(*self.line(5))
        whole = read(self.path("m"))
        self.run_command(*self.line(2))
        self.assertNotEqual(read(self.path("m")), whole)
        _, err = self.run_command(*self.line(5), "--resume")
        self.assertEqual((read(self.path("m")), err), (whole, b""))
        with open(self.path("h.json"), encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["epochs"]), 5)

    def test_nothing_left_is_said(self):
        self.shapes()
        self.run_command(*self.line(2))
        whole = read(self.path("m"))
        os.remove(self.path("m"))
        for epochs in (), ("--epochs", "2"):
            _, err = self.run_command("train", "--train", "shapes", "--out", "m", "--resume", "kept",
                                      *epochs)
            self.assertIn(b"kept: the training was complete after epoch 2", err)
            self.assertIn(b"--epochs 3 or more", err)
            self.assertEqual(read(self.path("m")), whole)
        self.fails("train", "--train", "shapes", "--out", "m", "--resume", "kept", "--epochs", "1",
                   says="kept has begun epoch 2")

    def test_a_stopped_training_goes_on(self):
        self.shapes()
        stop = ("--validation", "shapes", "--stop-patience", "1", "--min-delta", "100")
        self.run_command(*self.line(9, *stop))
        _, err = self.run_command("train", "--train", "shapes", "--validation", "shapes", "--out",
                                  "m", "--resume", "kept")
        self.assertIn(b"stopped early after epoch 2", err)
        self.run_command(*self.line(9, *stop), "--resume")
        with open(self.path("h.json"), encoding="utf-8") as file:
            self.assertEqual(len(json.load(file)["epochs"]), 3)


class NothingIsLost(Case):
    """Whatever becomes of the outputs' folders while it trains."""

    SOME = "300"  # so many that the folder has gone before the last

    def start_training(self, *more, epochs="100000"):
        self.shapes()
        os.mkdir(self.path("gone"))
        process = subprocess.Popen([COMMAND, "train", "--train", "shapes", "--out", "gone/m",
                                    "--preset", "tutorial", "--epochs", epochs, "--batch", "1",
                                    "--arch", SMALL, *more], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, "TMPDIR": self.path("tmp")})
        os.mkdir(self.path("tmp"))
        self.wait_for_epoch(process)  # outputs have been checked
        return process

    def wait_for_epoch(self, process):
        line = b"\n"
        while b"Epoch " not in line:
            self.assertTrue(line, "it has ended")
            line = process.stdout.readline()

    def end(self, process, status):
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, status, err)
        return err.decode()

    def test_a_folder_that_becomes_a_file(self):
        process = self.start_training("--checkpoint", "gone/c", epochs=self.SOME)
        os.rename(self.path("gone"), self.path("elsewhere"))
        with open(self.path("gone"), "wb"):  # ENOTDIR
            pass
        err = self.end(process, 1)
        self.assertIn("warning: cannot write the checkpoint: gone/c: ", err)
        self.assertIn("the model has been saved to ./m instead", err)
        self.run_command("evaluate", "--model", "m", "shapes")

    def test_an_existing_file_is_not_replaced(self):
        process = self.start_training(epochs=self.SOME)
        with open(self.path("m"), "w", encoding="utf-8") as file:
            file.write("mine")
        shutil.rmtree(self.path("gone"))
        err = self.end(process, 1)
        self.assertEqual(read(self.path("m")), b"mine")
        saved = [os.path.join(root, "m") for root, _, files in os.walk(self.path("tmp")) if files]
        self.assertEqual(len(saved), 1)
        self.assertIn(f"saved to {saved[0]} instead", err)
        self.run_command("evaluate", "--model", saved[0], "shapes")

    def test_an_interrupted_training_whose_folder_is_gone(self):
        process = self.start_training()
        shutil.rmtree(self.path("gone"))
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        err = self.end(process, 130)
        self.assertIn("checkpoint saved to ./m.checkpoint instead", err)
        self.assertIn("--resume ./m.checkpoint\n", err)
        os.mkdir(self.path("gone"))
        resumed = subprocess.Popen([COMMAND, "train", "--train", "shapes", "--out", "m2", "--resume",
                                    "m.checkpoint", "--epochs", "100000"], cwd=self.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for_epoch(resumed)
        resumed.send_signal(signal.SIGINT)
        self.end(resumed, 130)

    def test_nowhere_to_save_leaves_the_checkpoint(self):
        process = self.start_training("--checkpoint", "c", epochs=self.SOME)
        shutil.rmtree(self.path("gone"))
        shutil.rmtree(self.path("tmp"))
        with open(self.path("m"), "wb"):
            pass
        err = self.end(process, 1)
        self.assertIn("mnistcnn: to resume: ", err)
        os.mkdir(self.path("gone"))
        self.run_command("train", "--train", "shapes", "--out", "gone/m", "--resume", "c")
        self.run_command("evaluate", "--model", "gone/m", "shapes")

    def test_an_explosion_leaves_the_best(self):
        self.shapes()
        _, err = self.run_command(
            "train", "--train", "shapes", "--validation", "shapes", "--out", "m", "--epochs", "30",
            "--optimizer", "sgd", "--schedule", "linear", "--warmup-fraction", "0.999",
            "--warmup-start-ratio", "0.002", "--learning-rate", "4", "--weight-decay", "10",
            "--keep-best", "--batch", "8", "--preset", "tutorial", "--arch", SMALL, status=1)
        self.assertIn(b"infinite or NaN", err)
        self.assertRegex(err.decode(), r"the model of epoch \d+ is kept")
        self.run_command("evaluate", "--model", "m", "shapes")
        self.assertTrue(os.path.exists(self.path("m.checkpoint")))


if __name__ == "__main__":
    main()
