"""A page of digits with what was read drawn on it."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, List, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _pixels

if TYPE_CHECKING:
    from .digits import Digit

# The picture behind the boxes has no more pixels a side, so that notebooks stay small.
_LONGEST = 1200
_DIGIT, _CUT, _UNCLEAR, _OTHER, _EMPTY = "#009600", "#005aff", "#e68200", "#dc0000", "#969696"


def thumbnail(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A copy of the picture [height][width][channels], reduced by averaging if it is large."""
    factor = -(-max(pixels.shape[:2]) // _LONGEST)
    if factor == 1:
        return np.array(pixels)
    height, width = (side // factor * factor for side in pixels.shape[:2])
    blocks = pixels[:height, :width].reshape(height // factor, factor, width // factor, factor, -1)
    return np.asarray(blocks.mean(axis=(1, 3)), np.uint8)


def draw(digits: Sequence[Digit], shape: Tuple[int, int], picture: npt.NDArray[np.uint8]) -> str:
    """The text of an SVG file, in pixels of the whole image."""
    height, width = shape
    stroke = 1 + max(shape) // 500
    content = base64.b64encode(_pixels.png(np.ascontiguousarray(picture))).decode()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'style="max-width: 100%; width: {width}px; background: white">',
        f'<image width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{content}"/>',
    ]
    for digit in digits:
        parts += _shapes(digit, stroke)
    return "".join([*parts, "</svg>"])


def _shapes(digit: Digit, stroke: int) -> List[str]:
    """A box around the ink, and the answer above it."""
    top, left, height, width = digit.box
    colour = _colour(digit)
    box = (
        f'<rect x="{left - stroke}" y="{top - stroke}" width="{width + 2 * stroke}" '
        f'height="{height + 2 * stroke}" fill="none" stroke="{colour}" stroke-width="{stroke}">'
        f"<title>{html.escape(_words(digit))}</title></rect>"
    )
    if digit.verdict == "blank":
        return [box]
    size = max(12 * stroke, height // 3)
    text = html.escape(digit.label if digit.label is not None else "?")
    baseline = top - 2 * stroke if top > size else top + height + size
    return [
        box,
        f'<text x="{left}" y="{baseline}" font-family="sans-serif" font-size="{size}" '
        f'fill="{colour}">{text}</text>',
    ]


def _colour(digit: Digit) -> str:
    if digit.label is not None:
        return _CUT if digit.is_cut else _DIGIT
    if digit.verdict == "blank":
        return _EMPTY
    return _UNCLEAR if digit.verdict in ("unclear", "touching") else _OTHER


def _words(digit: Digit) -> str:
    return digit.verdict if digit.label is None else f"{digit.label}, {digit.confidence:.1%} sure"
