#!/usr/bin/env python3
"""The command as a process: limits on its memory and files, signals, and standard streams that are
closed, full or no longer read."""
import os
import re
import resource
import select
import signal
import subprocess
import unittest

from support import COMMAND, PATIENCE, Case, main, picture, write_png

MIB = 1 << 20


def is_sanitized():
    with open(COMMAND, "rb") as file:
        data = file.read()
    return b"__asan_init" in data or b"__tsan_init" in data


def current_umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def limit(kind, size):
    return lambda: resource.setrlimit(kind, (size, size))


class Process(Case):
    def setUp(self):
        super().setUp()
        write_png(self.path("seven.png"), picture(0, 1))

    def files(self, *parts):
        return sorted(os.listdir(self.path(*parts)))


@unittest.skipIf(is_sanitized(), "sanitizers need memory of their own")
class Memory(Process):
    def test_little_address_space(self):
        """An answer or an error, and an end: never a process that hangs."""
        answers = 0
        for mib in [10, 20, 30, 40, 50, *range(60, 310, 10)]:
            with self.subTest(mib=mib):
                process = self.start("predict", "--prepare", "none", "seven.png",
                                     preexec_fn=limit(resource.RLIMIT_AS, mib * MIB))
                out, err = process.communicate(timeout=PATIENCE)
                if process.returncode == 0:
                    self.assertIn(b"I think this ", out)
                    answers += 1
                elif process.returncode != 127:  # not even the loader of programs had enough
                    self.assertEqual(process.returncode, 1)
                    self.assertRegex(err, rb"^mnistcnn: .+\n$")
        self.assertGreaterEqual(answers, 25)

    def test_training_in_little_address_space(self):
        self.shapes()
        for mib in range(20, 120, 10):
            with self.subTest(mib=mib):
                process = self.start("train", "--train", "shapes", "--out", "m", "--epochs", "1", "--batch",
                                     "8", "--threads", "2", "--quiet",
                                     preexec_fn=limit(resource.RLIMIT_AS, mib * MIB))
                _, err = process.communicate(timeout=PATIENCE)
                if process.returncode != 127:
                    self.assertIn(process.returncode, (0, 1), err)
                    is_error = re.search(rb"(?m)^mnistcnn: (?!warning)", err) is not None
                    self.assertEqual(process.returncode == 1, is_error, err)

    def test_peak_memory_of_a_prediction(self):
        """Read while the process waits to write the last of its output: at its end it has none."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"\n" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        process = subprocess.Popen([COMMAND, "predict", "--prepare", "none", "seven.png"], cwd=self.folder,
                                   stdout=writer)
        os.close(writer)
        self.wait_for_its_last_write(process)
        with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
            peak = [int(line.split()[1]) for line in status if line.startswith("VmHWM:")]
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
            libraries = maps.read()
        while os.read(reader, 65536):
            pass
        os.close(reader)
        self.assertEqual(process.wait(timeout=PATIENCE), 0)
        print(f"peak memory: {peak[0]} KiB")
        self.assertLessEqual(peak[0], 12 * 1024)
        self.assertNotIn("openblas", libraries)

    def wait_for_its_last_write(self, process):
        for _ in range(PATIENCE * 100):
            with open(f"/proc/{process.pid}/syscall", encoding="utf-8") as file:
                if re.match(r"\d+ 0x1 ", file.read()):  # a system call with standard output
                    return
            select.select([], [], [], 0.01)
        self.fail("it does not write")


class Signals(Process):
    MANY = 100000  # epochs that only the signal ends

    def started(self, *more, **options):
        """A training in its second epoch."""
        self.shapes()
        process = self.start("train", "--train", "shapes", "--out", "m", "--preset", "tutorial", "--batch",
                             "1", *more, start_new_session=True, **options)
        seen = b""
        while b"Epoch 2/" not in seen:
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            self.assertTrue(ready, seen)
            block = os.read(process.stdout.fileno(), 4096)
            self.assertTrue(block, seen)
            seen += block
        return process

    def ended(self, process, status):
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, status, err)
        return err.decode()

    def test_hang_up(self):
        process = self.started("--epochs", str(self.MANY))
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)  # the second is none that asks for more
        err = self.ended(process, 129)
        self.assertIn("--resume m.checkpoint\n", err)
        self.assertNotIn("repeat", err)

    def test_hang_up_then_terminate(self):
        process = self.started("--epochs", str(self.MANY))
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertIn(process.returncode, (129, 143), err)  # the system may deliver either first
        self.assertIn(b"checkpoint saved", err)

    def test_an_ignored_hang_up_stays_ignored(self):
        process = self.started("--epochs", "30", preexec_fn=lambda: signal.signal(
            signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        self.assertEqual(self.ended(process, 0), "")
        self.assertIn("m", self.files())

    def test_an_ignored_signal_stays_ignored_after_another(self):
        """nohup, then kill: the terminal that closes meanwhile must not end it."""
        process = self.started("--epochs", str(self.MANY), preexec_fn=lambda: signal.signal(
            signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        self.assertIn("checkpoint saved", self.ended(process, 143))

    def test_training_outlives_its_reader(self):
        process = self.started("--epochs", "20")
        process.stdout.close()
        err = process.stderr.read()
        self.assertEqual((process.wait(timeout=PATIENCE), err), (0, b""))
        process.stderr.close()
        self.assertIn("m", self.files())
        self.assertNotIn("m.checkpoint", self.files())

    def test_drawing_outlives_its_reader(self):
        self.without_reader(0, "digits", "--out", "digits", "--count", "600")
        self.assertEqual(len(self.files("digits", "validation")), 10)

    def test_a_prediction_ends_with_its_reader(self):
        self.without_reader(-signal.SIGPIPE, "predict", "--prepare", "none", *["seven.png"] * 2000)

    def without_reader(self, status, *arguments):
        reader, writer = os.pipe()
        process = subprocess.Popen([COMMAND, *arguments], cwd=self.folder, stdout=writer,
                                   stderr=subprocess.PIPE)
        os.close(writer)
        os.close(reader)
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (status, b""))


class Files(Process):
    def test_a_limit_on_file_sizes(self):
        """The old file stays, and an error tells of it."""
        self.shapes()
        with open(self.path("m"), "wb") as file:
            file.write(b"old")
        process = self.start("train", "--train", "shapes", "--out", "m", "--epochs", "1", "--quiet",
                             preexec_fn=limit(resource.RLIMIT_FSIZE, 1000))
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"mnistcnn: m: cannot be written: File too large\n", err)
        with open(self.path("m"), "rb") as file:
            self.assertEqual(file.read(), b"old")
        self.assertEqual(self.files(), ["m", "seven.png", "shapes"])

    def test_a_limit_on_the_history_and_report(self):
        self.shapes()
        self.train("--train", "shapes", "--epochs", "1")
        process = self.start("evaluate", "--model", "model.safetensors", "--report", "r.html", "shapes",
                             preexec_fn=limit(resource.RLIMIT_FSIZE, 1000))
        _, err = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, err), (1, b"mnistcnn: r.html: File too large\n"))
        self.assertEqual(self.files(), ["model.safetensors", "seven.png", "shapes"])


    def write_report(self):
        return self.run_command("evaluate", "--model", "model.safetensors", "--report", "r.html", "shapes")

    def test_a_report_goes_where_it_should(self):
        """Nobody's link, planted beside it, is written through; the old file's permissions are kept."""
        self.shapes()
        self.train("--train", "shapes", "--epochs", "1")
        with open(self.path("precious"), "wb") as file:
            file.write(b"precious")
        os.symlink("precious", self.path("r.html.part"))
        self.write_report()
        self.assertEqual(os.stat(self.path("r.html")).st_mode & 0o777, 0o666 & ~current_umask())
        os.chmod(self.path("r.html"), 0o640)
        self.write_report()
        self.assertEqual(os.stat(self.path("r.html")).st_mode & 0o777, 0o640)
        with open(self.path("precious"), "rb") as file:
            self.assertEqual(file.read(), b"precious")
        self.assertEqual(self.files(), ["model.safetensors", "precious", "r.html", "r.html.part", "seven.png",
                                        "shapes"])

    def test_what_is_no_regular_file_is_refused(self):
        self.shapes()
        os.mkfifo(self.path("fifo"))
        for out in "fifo", "/dev/stdout", "/dev/null":
            self.fails("train", "--train", "shapes", "--out", out, says=f"{out}: not a regular file")

    @unittest.skipIf(os.geteuid() == 0, "root may write everything")
    def test_a_read_only_file_is_refused_at_once(self):
        self.shapes()
        with open(self.path("m"), "wb"):
            os.chmod(self.path("m"), 0o444)
        self.fails("train", "--train", "shapes", "--out", "m", says="m: cannot write: Permission denied")


class Streams(Process):
    def commands(self):
        """One line of arguments for each that prints results, by its name."""
        self.shapes()
        self.train("--train", "shapes", "--epochs", "1")
        model = ("--model", "model.safetensors")
        return {"--help": ("--help",), "--version": ("--version",), "train --help": ("train", "--help"),
                "predict": ("predict", "--prepare", "none", "seven.png"),
                "predict --json": ("predict", "--json", "--prepare", "none", "seven.png"),
                "evaluate": ("evaluate", *model, "shapes"),
                "evaluate --json": ("evaluate", *model, "--json", "shapes"),
                "summary": ("summary", *model), "summary --json": ("summary", *model, "--json"),
                "digits": ("digits", "--out", "drawn", "--count", "10"),
                "train": ("train", "--train", "shapes", "--out", "again", "--epochs", "1",
                          "--preset", "tutorial")}

    def ends_with_an_error(self, name, arguments, says, **options):
        process = subprocess.Popen([COMMAND, *arguments], cwd=self.folder, stderr=subprocess.PIPE, **options)
        _, err = process.communicate(timeout=PATIENCE)
        with self.subTest(name):
            self.assertEqual(process.returncode, 1, err)
            self.assertEqual(err, b"mnistcnn: standard output: " + says + b"\n")

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            for name, arguments in self.commands().items():
                self.ends_with_an_error(name, arguments, b"No space left on device", stdout=full)

    def test_no_standard_output(self):
        for name, arguments in self.commands().items():
            self.ends_with_an_error(name, arguments, b"Bad file descriptor", preexec_fn=lambda: os.close(1))

    def test_no_standard_stream_at_all(self):
        """The files that are written do not take their places."""
        def close_all():
            for descriptor in range(3):
                os.close(descriptor)
        self.shapes()
        line = ("train", "--train", "shapes", "--epochs", "1", "--seed", "3", "--out")
        self.run_command(*line, "usual")
        process = subprocess.Popen([COMMAND, *line, "m"], cwd=self.folder, preexec_fn=close_all)
        self.assertEqual(process.wait(timeout=PATIENCE), 1)
        with open(self.path("usual"), "rb") as usual, open(self.path("m"), "rb") as file:
            self.assertEqual(usual.read(), file.read())


if __name__ == "__main__":
    main()
