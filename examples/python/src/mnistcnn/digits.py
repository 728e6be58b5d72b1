"""Reading all digits of a page."""

from __future__ import annotations

import base64
import ctypes
import functools
import html
import os
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi, _pixels
from ._handle import Handle
from ._library import core
from ._model_handle import ModelHandle
from ._options import encoded, initialised, number_of, sized, word_of
from ._predict import Probabilities, content_of, is_one_picture
from .errors import ShapeMismatchError, check
from .model import Model

__all__ = ["Digit", "Page", "read_digits"]

# What a network can classify; other objects are no digits.
_DIGITS = (_abi.DigitVerdict.FOUND, _abi.DigitVerdict.TOUCHING)


@dataclass(frozen=True)
class Digit:
    """A digit, or an object that was taken for none.

    Attributes
    ----------
    label : str or None
        The most probable class; None for what is no digit.
    confidence : float
        Its probability; NaN for what is no digit.
    probabilities : array of float32, (classes,)
        Of all classes.
    box : (int, int, int, int)
        Top, left, height and width in pixels of the image.
    line : int
        The line of writing, from 0 at the top.
    verdict : str
        ``"found"``; ``"touching"``: possibly several digits; ``"filled"`` or ``"other"``: no digit.
    image : array of uint8, (28, 28)
        What the network sees.
    """

    label: Optional[str]
    confidence: float
    probabilities: Probabilities
    box: Tuple[int, int, int, int]
    line: int
    verdict: str
    image: npt.NDArray[np.uint8]


class Page(Sequence[Digit]):
    """The digits of an image, line by line and from left to right. Made by :func:`read_digits`.

    Attributes
    ----------
    shape : (int, int)
        Height and width of the image that the boxes are for.
    """

    def __init__(self, digits: List[Digit], shape: Tuple[int, int]) -> None:
        self._digits, self.shape = digits, shape

    def __len__(self) -> int:
        return len(self._digits)

    def __getitem__(self, index: Any) -> Any:
        return self._digits[index]

    def __iter__(self) -> Iterator[Digit]:
        return iter(self._digits)

    @property
    def text(self) -> str:
        """The digits, with a line for each line of writing."""
        lines = sorted({digit.line for digit in self._digits if digit.label is not None})
        return "\n".join(
            "".join(digit.label for digit in self._digits if digit.line == line and digit.label)
            for line in lines
        )

    def __repr__(self) -> str:
        return f"<Page of {len(self)} digits: {self.text!r}>"

    def _repr_html_(self) -> str:
        cells = "".join(_html_cell(digit) for digit in self._digits)
        return f"<p>{html.escape(self.text)}</p><table><tr>{cells}</tr></table>"


def _html_cell(digit: Digit) -> str:
    image = base64.b64encode(_pixels.png(digit.image[:, :, None])).decode()
    answer = digit.verdict
    if digit.label is not None:
        answer = f"{html.escape(digit.label)}<br>{digit.confidence:.0%}"
    return f'<td><img src="data:image/png;base64,{image}"><br>{answer}</td>'


def read_digits(image: Any, model: Optional[Model] = None, *, polarity: str = "auto") -> Page:
    """Finds and reads every digit of a scan, photo or drawing.

    Parameters
    ----------
    image : path, array, PIL image, bytes or file object
        An image file, or an array (height, width) or (height, width, channels): gray or RGB, both also with
        alpha.
    model : Model, optional
        One that reads single gray digits; the shipped one if it is left out.
    polarity : {"auto", "dark_on_light", "light_on_dark"}
        Of the ink.

    Returns
    -------
    Page
        A sequence of :class:`Digit`. Empty if the image is blank.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import read_digits
    >>> page = np.full((60, 120), 255, np.uint8)
    >>> page[10:50, 30:34] = page[10:50, 80:84] = 0
    >>> read_digits(page).text
    '11'
    """
    handle = (_shipped() if model is None else model)._current()
    if handle.shape[2] != 1:
        raise ShapeMismatchError("read_digits() needs a model of gray images")
    pixels = _decode(image)
    options = initialised(core.digit_options_init, _abi.DigitOptions)
    options.polarity = number_of("polarity", polarity)
    options.height, options.width = handle.shape[:2]
    found = ctypes.POINTER(_abi.DigitList)()
    check(core.digit_find(ctypes.byref(_image(pixels)), ctypes.byref(options), ctypes.byref(found)))
    digits = Handle(found, core.digit_list_free)
    return Page(_digits(handle, digits), (pixels.shape[0], pixels.shape[1]))


@functools.lru_cache(maxsize=1)
def _shipped() -> Model:
    return Model.pretrained()


def _image(pixels: npt.NDArray[np.uint8]) -> _abi.Image:
    return _abi.Image(_pixels.address(pixels), pixels.nbytes, _abi.Shape(*pixels.shape), 0)


def _decode(image: Any) -> npt.NDArray[np.uint8]:
    """The pixels [height][width][channels], with alpha if there may be some."""
    if _pixels.is_path(image):
        path = encoded(image)
        return _decoded((path,), core.image_read_info_file, core.image_decode_reduced_file, image)
    if is_one_picture(image):
        data = np.frombuffer(content_of(image), np.uint8)
        source = (_pixels.address(data), len(data))
        return _decoded(source, core.image_read_info_memory, core.image_decode_reduced_memory)
    array = _pixels.to_pixels(image, "image")
    pixels = _pixels.picture(array)
    if pixels is None:
        raise ValueError(f"image: an array of shape {_pixels.describe(array.shape)} is not one image")
    return pixels


def _decoded(source: Tuple[Any, ...], read_info: Any, decode: Any, path: Any = None) -> npt.NDArray[np.uint8]:
    """No more pixels than it takes to find digits."""
    info, enough = sized(_abi.ImageInfo), _abi.DigitLimit.ENOUGH
    place = None if path is None else os.fsdecode(path)
    check(read_info(*source, enough, ctypes.byref(info)), place)
    channels = info.channels + (1 if info.has_alpha else 0)
    pixels = np.empty((info.height, info.width, channels), np.uint8)
    check(decode(*source, channels, enough, _pixels.address(pixels), pixels.nbytes), place)
    return pixels


def _digits(handle: ModelHandle, found: Handle) -> List[Digit]:
    count = int(core.digit_list_num_digits(found.pointer))
    rows = np.empty((count, handle.num_classes), np.float32)
    check(core.digit_list_predict(found.pointer, handle.pointer, None, _pixels.address(rows), rows.size))
    return [_digit(handle, found, i, rows[i]) for i in range(count)]


def _digit(handle: ModelHandle, found: Handle, index: int, row: Probabilities) -> Digit:
    info = sized(_abi.DigitInfo)
    check(core.digit_list_info(found.pointer, index, ctypes.byref(info)))
    height, width = handle.shape[:2]
    content = ctypes.string_at(core.digit_list_image(found.pointer, index), height * width)
    is_digit, top = info.verdict in _DIGITS, int(row.argmax())
    return Digit(
        label=str(handle.names[top]) if is_digit else None,
        confidence=float(row[top]) if is_digit else float("nan"),
        probabilities=row,
        box=(info.top, info.left, info.height, info.width),
        line=info.line,
        verdict=word_of("verdict", info.verdict),
        image=np.frombuffer(content, np.uint8).reshape(height, width),
    )
