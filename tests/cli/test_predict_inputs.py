#!/usr/bin/env python3
"""What `predict` takes (files, folders, lists, names on standard input) and the formats it answers in."""
import csv
import io
import json
import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest

from support import COMMAND, PATIENCE, Case, main, picture, write_png

CLASSES = ("bar", "dot", "comma, \"quoted\"")


class WithModel(Case):
    @classmethod
    def setUpClass(cls):
        maker = Case()
        maker.folder = cls.models = tempfile.mkdtemp(prefix="mnistcnn-cli-")
        cls.addClassCleanup(shutil.rmtree, cls.models)
        maker.train("--train", maker.shapes("shapes", classes=CLASSES), "--epochs", "8", "--batch",
                    "8", "--learning-rate", "0.01")

    def setUp(self):
        super().setUp()
        self.model = os.path.join(self.models, "model.safetensors")

    def image(self, *parts, kind=0, number=2):
        path = self.path(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_png(path, picture(kind, number))
        return os.path.join(*parts)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return name

    def predict(self, *arguments, given=None, status=0):
        """(standard output, lines of standard error)"""
        done = subprocess.run([COMMAND, "predict", "--model", self.model, *arguments], input=given,
                              cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout, done.stderr.decode(errors="surrogateescape").splitlines()

    def records(self, *arguments, **options):
        out, _ = self.predict("--jsonl", *arguments, **options)
        return [json.loads(line) for line in out.splitlines()]

    def paths(self, *arguments, **options):
        return [record["file"] for record in self.records(*arguments, **options)]


class Inputs(WithModel):
    def test_a_folder_in_sorted_order(self):
        names = ["f/b.png", "f/a/2.PNG", "f/a/10.png", "f/a/deep/er/1.png", "f/B.png"]
        for name in names:
            self.image(name)
        for name in ("f/.hidden.png", "f/.folder/1.png", "f/__MACOSX/1.png", "f/a/@eaDir/1.png",
                     "f/lost+found/1.png"):
            self.image(name)
        self.write("f/readme.txt", b"no image")
        self.assertEqual(self.paths("f"), sorted(names))
        self.assertEqual(self.paths("f/"), sorted(names))
        self.assertEqual(self.paths("./f/a"), ["./f/a/10.png", "./f/a/2.PNG", "./f/a/deep/er/1.png"])

    def test_links_in_folders(self):
        self.image("f/1.png")
        os.symlink("../f", self.path("f/loop"))
        os.symlink("1.png", self.path("f/2.png"))
        os.symlink("nowhere", self.path("f/3.png"))
        records = self.records("f", status=1)
        self.assertEqual([(record["file"], "error" in record) for record in records],
                         [("f/1.png", False), ("f/2.png", False), ("f/3.png", True),
                          ("f/loop", True)])
        self.assertIn("folder that it is in", records[3]["error"])

    def test_a_folder_without_images(self):
        os.makedirs(self.path("empty"))
        self.image("dot.png", kind=1)
        out, err = self.predict("empty", "dot.png", status=1)
        self.assertEqual(err, ["mnistcnn: empty: has no image file"])
        self.assertTrue(out.startswith(b"dot.png: I think this image is a dot"), out)

    @unittest.skipIf(os.geteuid() == 0, "root reads every folder")
    def test_an_unreadable_folder(self):
        self.image("f/a/1.png")
        self.image("f/b/1.png")
        os.chmod(self.path("f/a"), 0)
        self.addCleanup(os.chmod, self.path("f/a"), 0o700)
        records = self.records("f", status=1)
        self.assertEqual([record["file"] for record in records], ["f/a", "f/b/1.png"])

    def test_lists(self):
        names = [self.image(f"{i}.png") for i in range(3)]
        for content in (b"0.png\n1.png\n2.png\n", b"0.png\r\n\r\n1.png\r\n2.png", b"\n\n0.png\n1.png\n2.png",
                        b"\xef\xbb\xbf0.png\n1.png\n2.png\n"):
            self.write("list.txt", content)
            self.assertEqual(self.paths("@list.txt"), names, content)
        self.write("list.txt", b"")
        self.assertEqual(self.predict("@list.txt"), (b"", []))
        self.assertEqual(self.predict("--json", "@list.txt"), (b"[]\n", []))

    def test_paths_in_a_list_are_relative_to_the_working_directory(self):
        self.image("f/1.png")
        self.image("1.png")
        self.write("f/list.txt", b"1.png\nf\n")
        self.assertEqual(self.paths("@f/list.txt"), ["1.png", "f/1.png"])

    def test_what_is_no_list(self):
        self.image("dot.png", kind=1)
        self.write("long.txt", b"x" * (3 << 20))
        self.write("nul.txt", b"dot.png\0dot.png\n")
        for name, says in (("@missing.txt", "No such file"), ("@long.txt", "not a list"),
                           ("@nul.txt", "--null"), ("@.", "directory")):
            records = self.records(name, "dot.png", status=1)
            self.assertEqual(len(records), 2, records)
            self.assertIn(says, records[0]["error"])
            self.assertEqual(records[1]["class"], "dot")

    def test_names_on_standard_input(self):
        names = [self.image(f"{i}.png") for i in range(3)]
        self.image("f/x.png")
        self.assertEqual(self.paths("-", given=b"0.png\n1.png\r\n\n2.png"), names)
        self.assertEqual(self.paths("2.png", "-", "0.png", given=b"f\n"), ["2.png", "f/x.png", "0.png"])
        self.assertEqual(self.predict("-", given=b""), (b"", []))

    def test_names_with_newlines(self):
        names = ["two\nlines.png", "cr\r", "plain.png"]
        for name in names:
            write_png(self.path(name), picture(0, 1))
        given = b"".join(name.encode() + b"\0" for name in names)
        self.write("list", given[:-1])
        for option in "-0", "--null":
            self.assertEqual(self.paths(option, "-", given=given), names)
            self.assertEqual(self.paths(option, "@list"), names)

    def test_files_named_like_lists(self):
        for name in "./-", "./@a":
            write_png(self.path(name), picture(0, 1))
            self.assertEqual(self.paths(name), [name])

    def test_the_name_is_printed_unless_it_is_the_only_operand(self):
        self.image("f/1.png")
        self.assertTrue(self.predict("f/1.png")[0].startswith(b"I think"))
        for arguments in (("f",), ("f/1.png", "f/1.png")):
            self.assertTrue(self.predict(*arguments)[0].startswith(b"f/1.png: I think"))
        self.assertTrue(self.predict("-", given=b"f/1.png")[0].startswith(b"f/1.png: I think"))

    def test_the_same_with_any_number_of_threads(self):
        for i in range(300):
            self.image("f", f"{i:03}.png", kind=i, number=i)
        self.write("f/100.png", b"broken")
        expected, _ = self.predict("--csv", "--threads", "1", "f", status=1)
        self.assertEqual(len(expected.splitlines()), 301)
        for threads in "2", "3", "7":
            self.assertEqual(self.predict("--csv", "--threads", threads, "f", status=1)[0], expected)
        given = b"".join(b"f/%03d.png\n" % i for i in range(300))
        self.assertEqual(self.predict("--csv", "-", given=given, status=1)[0], expected)


class Streaming(WithModel):
    def start_predict(self, *arguments):
        return subprocess.Popen([COMMAND, "predict", "--model", self.model, *arguments, "-"],
                                cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, bufsize=0)

    def line_of(self, process):
        """One line of output, which must come while the input is still open."""
        line, end = b"", time.monotonic() + PATIENCE
        while not line.endswith(b"\n"):
            self.assertLess(time.monotonic(), end, line)
            if select.select([process.stdout], [], [], 0.1)[0]:
                line += process.stdout.read(1)
        return line

    def test_every_answer_comes_at_once(self):
        for i in range(3):
            self.image(f"{i}.png", kind=i)
        for arguments, separator in ((), b"\n"), (("--jsonl",), b"\n"), (("--csv", "-0"), b"\0"):
            with self.start_predict(*arguments) as process:
                if "--csv" in arguments:
                    process.stdin.write(b"0.png\0")
                    self.assertTrue(self.line_of(process).startswith(b"path,"))
                    self.line_of(process)
                for i in range(3):
                    process.stdin.write(b"%d.png" % i + separator)
                    self.assertIn(b"%d.png" % i, self.line_of(process))
                process.stdin.close()
                self.assertEqual(process.wait(PATIENCE), 0)

    def test_half_a_name_waits_for_the_rest(self):
        self.image("long name.png")
        with self.start_predict() as process:
            process.stdin.write(b"long name.png\nlong ")
            self.assertIn(b"long name.png", self.line_of(process))
            process.stdin.write(b"name.png")
            process.stdin.close()
            self.assertIn(b"long name.png", process.stdout.read())
            self.assertEqual(process.wait(PATIENCE), 0)

    def ends_quietly(self, *arguments):
        """With standard output a pipe that nobody reads any more."""
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run([COMMAND, *arguments], cwd=self.folder, stdout=writing,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
        finally:
            os.close(writing)
        self.assertEqual(done.stderr, b"")
        self.assertIn(done.returncode, (-13, 141))

    def test_a_closed_pipe_ends_it_quietly(self):
        for i in range(400):
            self.image("f", f"{i}.png")
        for arguments in ("--csv",), ("--json",), ():
            self.ends_quietly("predict", "--model", self.model, *arguments, "f")
        self.ends_quietly("summary", "--model", self.model)
        self.ends_quietly("summary", "--model", self.model, "--json")
        self.ends_quietly("train", "--help")

    def test_a_full_disk_is_an_error(self):
        for i in range(400):
            self.image("f", f"{i}.png")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, "predict", "--model", self.model, "--csv", "f"],
                                  cwd=self.folder, stdout=full, stderr=subprocess.PIPE,
                                  timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)

    def test_progress_on_a_terminal(self):
        for i in range(600):
            self.image("f", f"{i}.png")
        self.write("f/999.png", b"broken")
        master, terminal = pty.openpty()
        done = subprocess.run([COMMAND, "predict", "--model", self.model, "--csv", "f"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=terminal,
                              timeout=PATIENCE, check=False)
        os.close(terminal)
        shown = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:
                break
            shown += part
            if not part:
                break
        os.close(master)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"Predicting: ", shown)
        self.assertIn(b"/601", shown)
        self.assertIn(b"mnistcnn: f/999.png: ", shown)
        self.assertEqual(len(done.stdout.splitlines()), 602)


class Formats(WithModel):
    def rows(self, *arguments, **options):
        out, _ = self.predict("--csv", *arguments, **options)
        return list(csv.reader(io.StringIO(out.decode("utf-8", "surrogateescape"), newline="")))

    def test_csv(self):
        names = ["bar.png", "a, \"b\"\nc.png", " space.png"]
        for kind, name in enumerate(names):
            write_png(self.path(name), picture(kind, 2))
        header, *rows = self.rows(*names)
        classes = sorted(CLASSES)
        self.assertEqual(header, ["path", "answer", "confidence", *classes, "error"])
        self.assertEqual([row[0] for row in rows], names)
        self.assertEqual([row[1] for row in rows], list(CLASSES))
        for row, answer in zip(rows, self.records("--top", "3", *names)):
            probabilities = dict(zip(classes, map(float, row[3:6])))
            self.assertEqual(row[-1], "")
            self.assertAlmostEqual(sum(probabilities.values()), 1, 5)
            self.assertEqual(float(row[2]), max(probabilities.values()))
            self.assertAlmostEqual(float(row[2]), answer["confidence"], 6)
            for top in answer["top"]:
                self.assertAlmostEqual(probabilities[top["class"]], top["confidence"], 6)

    def test_csv_of_files_that_fail(self):
        self.image("bar.png")
        self.write("broken.png", b"\x89PNG\r\n\x1a\n")
        _, broken, bar, missing = self.rows("broken.png", "bar.png", "missing.png", status=1)
        for row, name in (broken, "broken.png"), (missing, "missing.png"):
            self.assertEqual(row[:6], [name, "", "", "", "", ""])
            self.assertTrue(row[6].startswith(f"{name}: "), row)
        self.assertEqual((bar[1], bar[6]), ("bar", ""))

    def test_csv_of_no_digit(self):
        write_png(self.path("blank.png"), [[255] * 60] * 60)
        _, row = self.rows("--prepare", "digit", "blank.png", status=3)
        self.assertEqual(row, ["blank.png", "", "", "", "", "", "no digit: nothing is drawn on it"])

    def test_csv_keeps_the_bytes_of_a_name(self):
        name = b"\xff\xfe.png".decode("utf-8", "surrogateescape")
        write_png(self.path(name), picture(0, 1))
        self.assertEqual(self.rows(name)[1][0], name)
        self.assertEqual(self.paths(name), ["\ufffd\ufffd.png"])

    def test_jsonl(self):
        self.image("bar.png")
        out, _ = self.predict("--jsonl", "--top", "3", "bar.png", "missing.png", status=1)
        bar, missing = [json.loads(line) for line in out.splitlines()]
        array = json.loads(self.predict("--json", "--top", "3", "bar.png", "missing.png",
                                        status=1)[0])
        self.assertEqual([bar, missing], array)
        self.assertEqual(set(missing), {"file", "error"})

    def test_jsonl_of_many_digits(self):
        page = [[0 if 10 <= y < 50 and (20 <= x < 25 or 60 <= x < 65) else 255 for x in range(120)]
                for y in range(120)]
        write_png(self.path("page.png"), page)
        record, = self.records("--many", "page.png")
        self.assertEqual([digit["left"] for digit in record["digits"]], [20, 60])
        record, = self.records("--many", "missing.png", status=1)
        self.assertEqual(set(record), {"file", "error"})

    def test_digits_of_a_model_for_small_images(self):
        self.shapes("small", per_class=4)
        self.run_command("train", "--train", "small", "--size", "4x4", "--channels", "1", "--arch",
                         "flatten, dense classes softmax", "--epochs", "1", "--no-flip", "--out",
                         "small.safetensors")
        self.image("bar.png")
        self.fails("predict", "--model", "small.safetensors", "--many", "bar.png", says="8 to 1024")
        self.fails("predict", "--model", "small.safetensors", "--prepare", "digit", "bar.png",
                   says="--prepare none")
        self.run_command("predict", "--model", "small.safetensors", "bar.png")

    def test_formats_exclude_each_other(self):
        self.fails("predict", "--json", "--csv", "x.png", status=2, says="exclude")
        self.fails("predict", "--jsonl", "--csv", "x.png", status=2, says="exclude")
        self.fails("predict", "--csv", "--many", "x.png", status=2, says="--jsonl")

    def test_show_with_several_files(self):
        self.image("f/1.png")
        self.image("f/2.png", kind=1)
        lines = self.predict("--show", "f")[0].decode().splitlines()
        self.assertEqual(len(lines), 2 * 29)
        self.assertTrue(lines[28].startswith("f/1.png: I think this image is a bar"))
        self.assertTrue(lines[57].startswith("f/2.png: I think this image is a dot"))


if __name__ == "__main__":
    main()
