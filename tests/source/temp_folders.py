#!/usr/bin/env python3
"""Every test that writes files has a folder of its own, so that two runs in one build tree do not meet.

    temp_folders.py REPOSITORY
"""
import glob
import os
import re
import sys

# What writes a file by a name that the test chooses.
WRITES = re.compile(r'\bcheck_resume\(|_save_file\(|_save_png\(|\.save\("|fopen\([^;]*"[wa]b?"|'
                    r'\bcheckpoint_path = (?!NULL)|\bsave_options\.path = |\bmkdir\(')
OWN_FOLDER = re.compile(r"\btest_enter_folder\b|\btest_folder_create\b")


def main():
    os.chdir(sys.argv[1])
    wrong, writing = [], 0
    for path in sorted(glob.glob("tests/*/test_*.c") + glob.glob("tests/*/test_*.cpp")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found = WRITES.search(text)
        writing += found is not None
        if found and not OWN_FOLDER.search(text):
            wrong.append(f"{path}: {found[0]}...: writes without test_enter_folder() or "
                         "test_folder_create() (tests/support/temp_folder.h)")
    print(f"{writing} tests write files")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong or writing < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
