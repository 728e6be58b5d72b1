#!/usr/bin/env python3
"""Every test that docs/regressions.md names is there.

    regressions.py REPOSITORY
"""
import os
import re
import sys

TABLE = "docs/regressions.md"
FILE, NAME = re.compile(r"(?:examples/\w+/)?tests/[\w./]+\.(?:c|cpp|py|sh|mjs)$"), re.compile(r"\w+$")


def missing_of(cell):
    """Names of files, each followed by names of tests in it."""
    wrong, text, path = [], "", None
    for word in re.findall(r"`([^`]+)`", cell):
        if FILE.match(word):
            path = word
            text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
            if not text:
                wrong.append(f"there is no {path}")
        elif not (path and NAME.match(word)
                  and re.search(rf"(?:void|def) {word}\(", text)):
            wrong.append(f"there is no test {word} in {path}")
    return wrong if path else ["no test is named"]


def main():
    os.chdir(sys.argv[1])
    with open(TABLE, encoding="utf-8") as file:
        rows = [line.strip().strip("|").split("|") for line in file if line.startswith("| ")]
    rows = [row for row in rows if row[0].strip() != "fault"]
    wrong = [f"{TABLE}: {row[0].strip()}: {text}" for row in rows for text in missing_of(row[-1])]
    print(f"{len(rows)} rows")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong or len(rows) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
