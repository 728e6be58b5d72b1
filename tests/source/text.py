#!/usr/bin/env python3
"""Rules about the text of the repository that neither compilers nor clang-tidy check.

    text.py REPOSITORY

A pointer is tested as `p` or `!p`; the top level holds what it should and nothing else; and the words
that words.txt lists are not used again.
"""
import os
import re
import subprocess
import sys

TOP_LEVEL = {"CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "cmake",
             "docs", "examples", "include", "lib", "tests"}
WORDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "words.txt")
SKIPPED = 77
NULL_COMPARED = re.compile(r"[!=]=\s*NULL\b|\bNULL\s*[!=]=")


def repository_files():
    """What git has or would add; empty where this is no git repository."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if os.path.isfile(name)]


def places(pattern, text):
    """(line, what was found) of every match."""
    return [(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()))
            for match in pattern.finditer(text)]


def read_words():
    """(first word, pattern, what to say instead) of each line of words.txt."""
    with open(WORDS, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for line in lines:
        if line and not line.startswith("#"):
            old, better = line.split(" -> ")
            # Between two words may stand the end of a line and the beginning of the next comment.
            text = r"[\s*/]+".join(map(re.escape, old.split()))
            yield old.split()[0].lower(), re.compile(rf"(?<![a-z]){text}(?![a-z])", re.IGNORECASE), better


def wrong_at_top(files):
    top = {name.split("/")[0] for name in files}
    return [f"{name}: does not belong at the top level" for name in sorted(top - TOP_LEVEL)
            if not name.startswith(".")]


def wrong_comparisons(name, text):
    return [f"{name}:{line}: {found}: a pointer is tested as `p` or `!p`"
            for line, found in places(NULL_COMPARED, text)]


def wrong_words(name, text, words):
    # Few texts have even the first word, which is found a hundred times as fast.
    lower = text.lower()
    return [f'{name}:{line}: "{found}": {better}' for first, pattern, better in words if first in lower
            for line, found in places(pattern, text)]


def main():
    os.chdir(sys.argv[1])
    files = repository_files()
    if not files:
        print("skipped: not a git repository")
        return SKIPPED
    words = list(read_words())
    wrong, seen = wrong_at_top(files), 0
    for name in files:
        code = name.startswith(("lib/", "examples/")) and name.endswith((".c", ".h"))
        prose = name.startswith(("lib/", "include/", "docs/", "examples/")) or name == "README.md"
        if not (code or prose):
            continue
        seen += 1
        with open(name, encoding="utf-8", errors="replace") as file:
            text = file.read()
        wrong += wrong_comparisons(name, text) if code else []
        wrong += wrong_words(name, text, words) if prose else []
    print(f"{seen} files, {len(words)} words")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong or seen < 100 or not words else 0


if __name__ == "__main__":
    sys.exit(main())
