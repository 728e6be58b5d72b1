#!/usr/bin/env python3
"""Completion in bash, zsh and fish, by the shells themselves, and the man page: all of them against
what --help prints."""
import os
import re
import select
import shutil
import subprocess
import sys
import time
import unittest

from support import COMMAND, HAS_IMPORT, PATIENCE, Case, main

MANUAL = sys.argv.pop(1) if len(sys.argv) > 1 and sys.argv[1].endswith(".1") else None
COMMANDS = ["train", "evaluate", "calibrate", "predict", "summary", *(["import", "export"] if HAS_IMPORT else []),
            "convert", "digits", "completion"]


def options_of(case, command):
    """The options that --help lists, without --help itself."""
    out, _ = case.run_command(command, "--help")
    found = re.findall(rb"(?m)^  (?:-\w, )?--([a-z0-9-]+)", out)
    return [name.decode() for name in found if name != b"help"]


class WithFiles(Case):
    """A folder with a file and folders whose names need quoting."""

    def setUp(self):
        super().setUp()
        self.work = self.path("work")
        os.makedirs(os.path.join(self.work, "photos one"))
        os.makedirs(os.path.join(self.work, "phases"))
        for name in "phone.png", "model.safetensors", "a b.png":
            with open(os.path.join(self.work, name), "wb"):
                pass
        self.script = self.path("script")

    def need(self, shell):
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed")
        out, _ = self.run_command("completion", shell)
        with open(self.script, "wb") as file:
            file.write(out)


class Cases:
    """The same questions for each shell: self.complete() gives the set of answers for the last word."""

    def test_commands(self):
        self.assertLessEqual(set(COMMANDS), self.complete(""))
        self.assertEqual(self.complete("ev"), {"evaluate"})

    def test_options(self):
        for command in COMMANDS:
            with self.subTest(command):
                answers = {answer for answer in self.complete(command, "--")
                           if answer.startswith("--")}
                self.assertEqual({answer.rstrip("=") for answer in answers},
                                 {f"--{name}" for name in options_of(self, command) + ["help"]})

    def test_choices(self):
        self.assertEqual(self.complete("train", "--optimizer", ""),
                         {"rmsprop", "sgd", "adam", "adamw"})
        self.assertEqual(self.complete("train", "--preset", "tu"), {"tutorial"})
        self.assertEqual(self.complete("evaluate", "--loss", "c"), {"categorical"})
        self.assertLessEqual({"bash", "zsh", "fish"}, self.complete("completion", ""))

    def test_files_and_folders(self):
        self.assertEqual(self.complete("summary", "--model", "mod"), {"model.safetensors"})
        self.assertEqual(self.complete("predict", "pho"), {"phone.png", "photos one"})
        self.assertEqual(self.complete("train", "--train", "pho"), {"photos one"})
        self.assertEqual(self.complete("evaluate", "pho"), {"photos one"})

    def test_nothing_where_anything_may_stand(self):
        self.assertEqual(self.complete("train", "--epochs", "p"), set())
        self.assertEqual(self.complete("summary", "p"), set())


class Bash(Cases, WithFiles):
    def setUp(self):
        super().setUp()
        self.need("bash")

    def complete(self, *words):
        program = ('source "$1"; shift; COMP_WORDS=(mnistcnn "$@"); COMP_CWORD=$#; _mnistcnn\n'
                   'for answer in "${COMPREPLY[@]}"; do printf "%s\\n" "$answer"; done')
        done = subprocess.run(["bash", "--norc", "-c", program, "bash", self.script, *words],
                              cwd=self.work, capture_output=True, timeout=PATIENCE, check=True)
        self.assertEqual(done.stderr, b"")
        return set(done.stdout.decode().splitlines())

    def test_values_behind_an_equals_sign(self):
        self.assertEqual(self.complete("train", "--optimizer", "=", "rm"), {"rmsprop"})
        self.assertEqual(self.complete("train", "--optimizer", "="),
                         {"rmsprop", "sgd", "adam", "adamw"})

    def test_only_operands_behind_two_dashes(self):
        self.assertEqual(self.complete("predict", "--", "--"), set())
        self.assertEqual(self.complete("predict", "--", "pho"), {"phone.png", "photos one"})

    def test_an_optional_value(self):
        self.assertEqual(self.complete("train", "--resume", "mod"), {"model.safetensors"})
        self.assertEqual(self.complete("train", "--resume", "--qu"), {"--quiet"})


class Fish(Cases, WithFiles):
    def setUp(self):
        super().setUp()
        self.need("fish")

    def complete(self, *words):
        line = " ".join(("mnistcnn",) + words)
        program = 'source $argv[1]; complete -C $argv[2]'
        environment = {**os.environ, "HOME": self.folder, "XDG_CONFIG_HOME": self.folder}
        done = subprocess.run(["fish", "--no-config", "-c", program, self.script, line],
                              cwd=self.work, env=environment, capture_output=True,
                              timeout=PATIENCE, check=True)
        lines = done.stdout.decode().splitlines()
        return {line.split("\t")[0].rstrip("/").replace("\\ ", " ") for line in lines}


class Zsh(Cases, WithFiles):
    """In a terminal: completing functions run nowhere else. A widget of the test's writes down what
    compadd is given."""

    def setUp(self):
        super().setUp()
        self.need("zsh")

    COLLECT = r"""
autoload -U compinit; compinit -u -D
source "$SCRIPT"
compadd() {
  local -a found
  builtin compadd -O found "$@" 2>/dev/null
  print -rl -- $found >> "$ANSWERS"
  builtin compadd "$@"
}
collect() { _main_complete; print -r -- END >> "$ANSWERS"; compstate[insert]= ; compstate[list]= }
zle -C collect complete-word collect
bindkey '^T' collect
print READY
"""

    def complete(self, *words):
        import pty
        answers, start = self.path("answers"), self.path("start")
        with open(start, "w", encoding="utf-8") as file:
            file.write(self.COLLECT)
        if os.path.exists(answers):
            os.unlink(answers)
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.work)
            os.environ.update(SCRIPT=self.script, ANSWERS=answers, TERM="dumb", HOME=self.folder)
            os.execvp("zsh", ["zsh", "-f", "-i"])
        try:
            os.write(terminal, f"source {start}\n".encode())
            self.wait(terminal, lambda shown: b"\nREADY" in shown)
            os.write(terminal, (" ".join(("mnistcnn",) + words) + "\x14").encode())
            self.wait(terminal, lambda _: "END" in self.lines(answers))
        finally:
            os.close(terminal)
            os.kill(pid, 9)
            os.waitpid(pid, 0)
        found = set(self.lines(answers)) - {"END", ""}
        return {answer.rstrip("/").replace("\\ ", " ") for answer in found}

    @staticmethod
    def lines(path):
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()

    def wait(self, terminal, done):
        shown, end = b"", time.monotonic() + PATIENCE
        while not done(shown):
            self.assertLess(time.monotonic(), end, shown)
            if select.select([terminal], [], [], 0.05)[0]:
                shown += os.read(terminal, 65536)


class Manual(Case):
    def setUp(self):
        super().setUp()
        if not MANUAL:
            self.skipTest("no man page was built")
        with open(MANUAL, encoding="utf-8") as file:
            self.text = file.read()

    def section(self, command):
        found = re.search(rf"(?ms)^\.Ss mnistcnn {command}$(.*?)(?=^\.S[hs] )", self.text)
        return found.group(1) if found else ""

    def test_every_command_is_described(self):
        described = re.findall(r"(?m)^\.It Cm (\w+)$", self.text)
        self.assertEqual([name for name in described if name in COMMANDS], COMMANDS)
        for name in COMMANDS:
            self.assertRegex(self.text, rf"(?m)^\.Cm {name}$", "SYNOPSIS")

    def test_every_option_is_described_and_no_other(self):
        for command in COMMANDS:
            with self.subTest(command):
                described = re.findall(r"(?m)^\.It (?:Fl \w , )?Fl -([a-z0-9-]+)",
                                       self.section(command))
                self.assertEqual(described, options_of(self, command))

    def test_options_named_elsewhere_exist(self):
        known = {name for command in COMMANDS for name in options_of(self, command)} | {"help"}
        self.assertLessEqual(set(re.findall(r"Fl -([a-z0-9-]+)", self.text)), known)

    def test_mandoc_accepts_it(self):
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", MANUAL], capture_output=True,
                              timeout=PATIENCE, check=False)
        self.assertEqual(done.stdout, b"")


class Usage(Case):
    def test_wrong_shells(self):
        self.fails("completion", status=2, says="too few")
        self.fails("completion", "tcsh", status=2, says="bash")
        self.fails("completion", "bsh", status=2, says="did you mean bash?")

    def test_the_scripts_are_clean(self):
        for shell in "bash", "zsh", "fish":
            out, err = self.run_command("completion", shell)
            self.assertEqual(err, b"")
            if shutil.which(shell):
                checked = subprocess.run([shell, "-n"], input=out, capture_output=True,
                                         timeout=PATIENCE, check=False)
                self.assertEqual((checked.returncode, checked.stderr), (0, b""), shell)
        if shutil.which("shellcheck"):
            checked = subprocess.run(["shellcheck", "--shell=bash", "-"],
                                     input=self.run_command("completion", "bash")[0],
                                     capture_output=True, timeout=PATIENCE, check=False)
            self.assertEqual(checked.stdout, b"")


if __name__ == "__main__":
    main()
