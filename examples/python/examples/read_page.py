"""Every digit of a scan, photo or drawing, or of a form.

read_page.py IMAGE [--form] [--overlay FILE.svg]
"""

import argparse
import pathlib

from mnistcnn import read_digits

parser = argparse.ArgumentParser()
parser.add_argument("image")
parser.add_argument("--form", action="store_true", help="a table of printed cells")
parser.add_argument("--overlay", type=pathlib.Path, help="draw what was read on the image")
arguments = parser.parse_args()

page = read_digits(arguments.image, form=arguments.form)
print(page.text)
for digit in page:
    top, left, height, width = digit.box
    answer = digit.verdict if digit.label is None else f"{digit.label}, {digit.confidence:.1%} sure"
    print(f"line {digit.line}, {width} x {height} at ({left}, {top}): {answer}")
if arguments.overlay:
    arguments.overlay.write_text(page.svg())
