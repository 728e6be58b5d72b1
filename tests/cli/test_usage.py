#!/usr/bin/env python3
"""The command line: help, version, usage errors, exit statuses."""
import os
import unittest

from support import COMMAND, HAS_IMPORT, PATIENCE, Case, main

COMMANDS = {"train": "--out", "evaluate": "--model", "calibrate": "--accept", "predict": "--model", "summary": "--model",
            **({"import": "--encoding", "export": "--to"} if HAS_IMPORT else {}),
            "convert": "--limit", "digits": "--count", "completion": "--help"}


class Usage(Case):
    def test_help(self):
        out, err = self.run_command("--help")
        self.assertEqual(err, b"")
        for name in COMMANDS:
            self.assertIn(name.encode(), out)
        self.assertEqual(self.run_command("help")[0], out)

    def test_help_of_each_command(self):
        for name, option in COMMANDS.items():
            with self.subTest(name):
                out, err = self.run_command(name, "--help")
                self.assertEqual(err, b"")
                self.assertIn(f"Usage: mnistcnn {name}".encode(), out)
                self.assertIn(f"  {option}".encode(), out)
                self.assertLessEqual(max(len(line) for line in out.splitlines()), 100)

    def test_help_wins_over_what_follows(self):
        self.run_command("train", "--help", "--nonsense")

    def test_version(self):
        out, _ = self.run_command("--version")
        self.assertRegex(out.decode(), r"^mnistcnn \d+\.\d+\.\d+\n.+")

    def test_wrong_usage(self):
        for arguments, says in (
                ((), "missing command"),
                (("dance",), "'dance'"),
                (("train",), "--train"),
                (("train", "--train", "x"), "--out"),
                (("train", "--train", "x", "--out", ""), "--out"),
                (("train", "--train", "", "--out", "y"), "--train"),
                (("train", "--train", "x", "--out", "y", "--history", "y"), "must be different files"),
                (("train", "--train", "x", "--out", "y", "--checkpoint", "y"), "must be different files"),
                (("train", "--train", "x", "--out", "y", "--epochs", "0"), "'0'"),
                (("train", "--train", "x", "--out", "y", "--epochs"), "--epochs requires a value"),
                (("train", "--train", "x", "--out", "y", "--preset", "none"), "none"),
                (("train", "--train", "x", "--out", "y", "--channels", "2"), "1 or 3"),
                (("train", "--train", "x", "--out", "y", "--size", "28"), "28x28"),
                (("train", "--train", "x", "--out", "y", "--optimizer", "adagrad"), "rmsprop"),
                (("train", "--train", "x", "--out", "y", "--validation", "v", "--validation-split",
                  "0.1"), "--validation-split"),
                (("train", "--train", "x", "--out", "y", "--augment", "none", "--flip"),
                 "--augment"),
                (("train", "--train", "x", "--out", "y", "--augment", "keras-2.0", "--elastic",
                  "1"), "--augment"),
                (("train", "--train", "x", "--out", "y", "stray"), "'stray'"),
                (("import",), "FILE"),
                (("import", "x"), "--out FILE"),
                (("import", "x", "--out", "y", "--check=z", "--encoding", "raw"), "--check and --encoding"),
                (("export", "x", "--out", "y"), "--to FORMAT"),
                (("export", "x", "--to", "keras"), "--out FILE"),
                (("export", "x", "--to", "caffe", "--out", "y"), "keras-h5"),
                (("evaluate", "x"), "--model"),
                (("evaluate", "--model", "x"), "evaluate --model FILE"),
                (("evaluate", "--model", "x", "a", "b"), "'b'"),
                (("predict", "--model", "x"), "IMAGE"),
                (("predict", "--model", "x", "--top", "0", "a.png"), "--top"),
                (("summary",), "--model"),
                (("summary", "--nonsense"), "--nonsense"),
                (("summary", "-x"), "-x"),
                (("convert", "a", "b"), "IMAGES LABELS DIR"),
                (("digits",), "--out"),
                (("digits", "--out", "d", "--count", "-5"), "--count")):
            with self.subTest(arguments):
                self.assertEqual(self.fails(*arguments, status=2, says=says), b"")
        self.assertEqual(os.listdir(self.folder), [])

    def test_the_nearest_name_is_asked_for(self):
        line = ("train", "--train", "x", "--out", "y")
        for arguments, says in (
                (("trian",), "did you mean train?"),
                (("eval", "x"), "did you mean evaluate?"),
                (("--verson",), "did you mean --version?"),
                ((*line, "--epohcs", "3"), "unknown option --epohcs; did you mean --epochs?"),
                ((*line, "--learningrate=3"), "did you mean --learning-rate?"),
                ((*line, "--hepl"), "did you mean --help?"),
                ((*line, "-quiet"), "did you mean --quiet?"),
                ((*line, "--optimizer", "adm"), "did you mean adam?"),
                ((*line, "--optimizer", "SGD"), "did you mean sgd?"),
                ((*line, "--preset", "tutoral"), "did you mean tutorial?"),
                ((*line, "--step-", "2"), "--step- is ambiguous: --step-factor or --step-epochs"),
                (("evaluate", "--loss", "catgorical", "x"), "did you mean categorical?")):
            with self.subTest(arguments):
                self.fails(*arguments, status=2, says=says)

    def test_nothing_is_asked_where_nothing_is_near(self):
        for arguments in (("dance",), ("train", "--nonsense"), ("train", "--optimizer", "adagrad"),
                          ("train", "--epochs", "x")):
            with self.subTest(arguments):
                _, err = self.run_command(*arguments, status=2)
                self.assertNotIn(b"did you mean", err)

    def test_an_error_stays_one_line_whatever_the_name(self):
        self.fails("summary", "--model", "two\nlines\x1b[31m.safetensors")

    def test_lost_output_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            process = self.start_with_stdout(full)
            _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"standard output", err)

    def start_with_stdout(self, stdout):
        import subprocess
        return subprocess.Popen([COMMAND, "--help"], stdout=stdout, stderr=subprocess.PIPE)


if __name__ == "__main__":
    main()
