"""Every digit of a scan, photo or drawing.

read_page.py IMAGE
"""

import sys

from mnistcnn import read_digits

page = read_digits(sys.argv[1])
print(page.text)
for digit in page:
    top, left, height, width = digit.box
    answer = "no digit" if digit.label is None else f"{digit.label}, {digit.confidence:.1%} sure"
    print(f"line {digit.line}, {width} x {height} at ({left}, {top}): {answer}")
