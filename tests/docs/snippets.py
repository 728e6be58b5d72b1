#!/usr/bin/env python3
"""Compiles or runs every code block of the documentation.

    snippets.py REPOSITORY LIBRARY FOLDER

Blocks marked ```c and ```cpp are compiled as C11 and C++17 with warnings as errors and linked with
LIBRARY; those marked ```python are run in FOLDER, with MNISTCNN_LIBRARY set.

A C block with main() is a complete program. One that defines functions is compiled after the preamble
below; any other is the body of a function. A block after the line <!-- not tested: REASON --> is skipped.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(
    r"(?P<skip><!-- not tested: .+ -->\n+)?^```(?P<language>c|cpp|python)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL)
FUNCTION = re.compile(r"^(?!if|for|while|switch|else|do\b|return)[A-Za-z_][\w \*]*\([^;]*\)\s*\{",
                      re.MULTILINE)
STANDARD = {"c": ["-x", "c", "-std=c11"], "cpp": ["-x", "c++", "-std=c++17"]}
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
LENIENT = ["-Wno-unknown-warning-option", "-Wno-unused-command-line-argument",
           "-Wno-unused-variable", "-Wno-unused-but-set-variable", "-Wno-unused-function",
           "-Wno-unused-parameter", "-Wno-maybe-uninitialized"]

# Declarations that the fragments assume.
PREAMBLE = """#include <mnistcnn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
extern mnistcnn_model *model;
extern mnistcnn_workspace *workspace;
extern mnistcnn_dataset *dataset, *train, *validation;
extern mnistcnn_trainer *trainer;
extern mnistcnn_status status;
extern const char *path;
extern const uint8_t *pixels;
extern const float *images;
extern float *probabilities;
extern size_t count, capacity, num_pixels;
"""


def blocks(path):
    """(line, language, code) of every block of a file to be tested."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for found in FENCE.finditer(text):
        if not found["skip"]:
            line = text.count("\n", 0, found.start("code")) + 1
            yield line, found["language"], found["code"]


def program(code):
    """The block as a translation unit, and whether it can be linked."""
    if re.search(r"\bmain\s*\(", code):
        return code, True
    if FUNCTION.search(code):
        return PREAMBLE + code, False
    includes = re.findall(r"^#include.*\n", code, re.MULTILINE)
    body = re.sub(r"^#include.*\n", "", code, flags=re.MULTILINE)
    return f"{''.join(includes)}{PREAMBLE}void snippet(void);\nvoid snippet(void) {{\n{body}}}\n", False


def compile_block(language, code, repository, library, work):
    source, links = program(code)
    compiler = os.environ.get("CC", "cc") if language == "c" else os.environ.get("CXX", "c++")
    command = [compiler, *STANDARD[language], *WARNINGS, *([] if links else LENIENT),
               f"-I{repository}/include", "-", "-x", "none"]
    if links:
        folder = os.path.dirname(library)
        command += ["-o", f"{work}/snippet", library, f"-Wl,-rpath,{folder}", "-lm", "-pthread"]
    else:
        command.insert(1, "-fsyntax-only")
    return subprocess.run(command, input=source, text=True, capture_output=True)


def run_python(code, library, folder):
    return subprocess.run([sys.executable, "-"], input=code, text=True, capture_output=True,
                          cwd=folder, env={**os.environ, "MNISTCNN_LIBRARY": library}, timeout=120)


def documents(repository):
    """The Markdown files; without git, so that an unpacked source archive has them too."""
    found = glob.glob("*.md", root_dir=repository)
    for top in ("docs", "examples", "lib", "tests"):
        found += glob.glob(f"{top}/**/*.md", root_dir=repository, recursive=True)
    # The Python package runs its own.
    found = [page for page in found if not page.startswith("examples/python/")]
    return sorted(name for name in found if "node_modules" not in name.split("/"))


def main():
    repository, library, folder = (os.path.abspath(argument) for argument in sys.argv[1:4])
    tested = failed = 0
    with tempfile.TemporaryDirectory() as work:
        for name in documents(repository):
            for line, language, code in blocks(os.path.join(repository, name)):
                if language == "python":
                    result = run_python(code, library, folder)
                else:
                    result = compile_block(language, code, repository, library, work)
                tested += 1
                if result.returncode != 0:
                    failed += 1
                    print(f"{name}:{line}: this {language} block failed\n"
                          f"{result.stdout}{result.stderr}", file=sys.stderr)
    print(f"{tested} blocks, {failed} failed")
    return 0 if failed == 0 and tested > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
