#!/usr/bin/env python3
"""mnistcnn import, and files of Keras and PyTorch in the place of model files."""
import os
import shutil

from support import Case, main

GOLDEN = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "exchange", "keras"))
CHAIN = os.path.join(GOLDEN, "chain-2.21.0.h5")
TORCH = os.path.join(GOLDEN, "..", "torch")
WEIGHTS = os.path.join(GOLDEN, "residual-3.15.1.weights.h5")
NETWORK = "conv 3 3x3 same nobias, batchnorm noscale relu, add 2, maxpool 2, flatten, dense 2 softmax"
ASSUMED = b"input encoding unit (0..1), which is usual"


class Import(Case):
    def test_what_is_imported_is_what_is_read_directly(self):
        out, err = self.run_command("import", CHAIN, "--out", "chain.safetensors")
        self.assertIn(b"6x5x3, 3 classes", out)
        self.assertIn(ASSUMED, err)
        imported = self.json("summary", "--model", "chain.safetensors", "--json")
        self.assertEqual(imported, self.json("summary", "--model", CHAIN, "--json"))
        image = os.path.join(self.shapes(per_class=1), "dot", "000.png")
        self.assertEqual(self.json("predict", "--model", "chain.safetensors", "--json", image),
                         self.json("predict", "--model", CHAIN, "--json", image))

    def test_the_name_of_the_file_means_nothing(self):
        shutil.copy(CHAIN, self.path("chain.keras"))
        self.run_command("import", "chain.keras", "--out", "chain.safetensors")

    def test_the_file_is_not_replaced(self):
        shutil.copy(CHAIN, self.path("chain.h5"))
        self.fails("import", "chain.h5", "--out", "./chain.h5", status=2,
                   says="--out and the file to import must be different")
        self.run_command("summary", "--model", "chain.h5")

    def test_encoding(self):
        _, err = self.run_command("import", CHAIN, "--out", "a", "--encoding", "raw+inverted")
        self.assertNotIn(ASSUMED, err)
        summary, _ = self.run_command("summary", "--model", "a")
        self.assertIn(b"invert", summary)
        self.fails("import", CHAIN, "--out", "b", "--encoding", "dark", says="encoding \"dark\"")
        self.assertFalse(os.path.exists(self.path("b")))

    def test_check(self):
        folder = self.shapes(per_class=8)
        out, _ = self.run_command("import", CHAIN, "--out", "chain.safetensors", "--check", folder)
        lines = out.decode().splitlines()
        table = [line.split() for line in lines if line.endswith("%")]
        self.assertEqual(len(table), 20)
        self.assertEqual(len({row[0] for row in table}), 20)
        names = self.json("summary", "--model", "chain.safetensors", "--json")["classes"]
        self.assertEqual(names, ["bar", "dot", "frame"])
        out, _ = self.run_command("evaluate", "--model", "chain.safetensors", folder)
        accuracy = [line.split()[1] for line in out.decode().splitlines() if line.startswith("accuracy")]
        self.assertEqual(accuracy, [table[0][1]])

    def test_check_with_drawn_digits_needs_ten_classes(self):
        self.fails("import", CHAIN, "--out", "x", "--check", says="28x28 of ten classes")

    def test_weights_without_a_network(self):
        self.fails("import", WEIGHTS, "--out", "x", says="has weights only")
        self.run_command("import", WEIGHTS, "--arch", NETWORK, "--size", "6x5", "--out", "x")
        self.fails("import", WEIGHTS, "--arch", "flatten, dense 2 softmax", "--size", "6x5", "--out",
                   "y", says="another shape")

    def test_training_goes_on(self):
        self.run_command("train", "--train", self.shapes(), "--from", CHAIN, "--loss", "categorical",
                         "--epochs", "1", "--out", "trained.safetensors")

    def test_export_and_back(self):
        self.run_command("import", CHAIN, "--out", "chain.safetensors", "--encoding", "signed")
        image = os.path.join(self.shapes(per_class=1), "bar", "000.png")
        before = self.json("predict", "--model", "chain.safetensors", "--json", image)
        for kind in ("keras", "keras-h5"):
            with self.subTest(kind):
                self.run_command("export", "chain.safetensors", "--to", kind, "--out", "there")
                self.run_command("import", "there", "--out", "back")
                after = self.json("predict", "--model", "back", "--json", image)
                self.assertEqual(after[0]["class"], before[0]["class"])
                self.assertAlmostEqual(after[0]["confidence"], before[0]["confidence"], delta=1e-5)
        self.run_command("export", "chain.safetensors", "--to", "keras-weights", "--out", "weights")
        for kind in "onnx", "tfjs":
            self.run_command("export", "chain.safetensors", "--to", kind, "--input", "unit", "--out", "there.json")
            self.run_command("import", "there.json", "--encoding", "unit", "--out", "back.safetensors")
        self.fails("import", "weights", "--out", "x", says="has weights only")
        self.fails("export", "missing", "--to", "keras", "--out", "x", says="missing")

    def test_wrong_files(self):
        with open(self.path("page.h5"), "w", encoding="utf-8") as file:
            file.write("<!DOCTYPE html>")
        self.fails("import", "page.h5", "--out", "x", says="page.h5: an HTML page")
        self.fails("import", "missing.h5", "--out", "x", says="missing.h5")
        self.fails("predict", "--model", "missing.h5", "x.png", says="missing.h5")


class ImportOfPyTorch(Case):
    SIZE = ["--size", "6x5", "--encoding", "unit"]

    def summary(self, name, *options):
        _, err = self.run_command("import", os.path.join(TORCH, name), "--out", "model", *self.SIZE, *options)
        return self.json("summary", "--model", "model", "--json"), err

    def test_a_guess_is_shown_and_said(self):
        summary, err = self.summary("chain-zip.pt")
        self.assertIn(b"the network is a guess", err)
        self.assertIn(b"conv 4 3x3 same, batchnorm relu, maxpool 2, flatten, dense 3 softmax", err)
        for name in ("chain-legacy.pt", "chain.safetensors", "chain-bare.pkl"):
            self.assertEqual(self.summary(name)[0], summary)

    def test_a_network_that_is_given_is_no_guess(self):
        _, err = self.summary("chain-zip.pt", "--arch", "conv 4 3x3 same, batchnorm tanh, avgpool 2, flatten, dense 3")
        self.assertNotIn(b"guess", err)

    def test_files_are_recognised_in_the_place_of_a_model(self):
        for name in ("chain-zip.pt", "chain-legacy.pt", "chain.safetensors", "chain-bare.pkl"):
            self.fails("summary", "--model", os.path.join(TORCH, name), says="(--arch)")

    def test_programs_are_refused_with_the_line_that_saves_the_weights(self):
        for name in ("module-zip.pt", "module-legacy.pt", "script.pt"):
            self.fails("import", os.path.join(TORCH, name), "--out", "x", says="state_dict(), \"weights.pt\")")
            self.assertFalse(os.path.exists(self.path("x")))


if __name__ == "__main__":
    main()
