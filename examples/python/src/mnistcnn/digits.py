"""Reading all digits of a page."""

from __future__ import annotations

import ctypes
import functools
import os
from dataclasses import dataclass
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union, overload

import numpy as np
import numpy.typing as npt

from . import _abi, _page_svg, _pixels
from ._handle import Handle
from ._library import core
from ._model_handle import ModelHandle
from ._options import encoded, initialised, number_of, sized, word_of
from ._predict import Probabilities, content_of, is_one_picture
from .errors import ShapeMismatchError, check
from .model import Model

__all__ = ["Digit", "Number", "Page", "read_digits"]

Box = Tuple[int, int, int, int]

# Where the network has been asked which digit it is.
_READ = (_abi.DigitVerdict.FOUND, _abi.DigitVerdict.TOUCHING, _abi.DigitVerdict.UNCLEAR)
_NO_NUMBER = 0xFFFFFFFF


@dataclass(frozen=True)
class Digit:
    """A digit, or an object that was taken for none.

    Attributes
    ----------
    label : str or None
        The class; None for what is no digit, and where it is unclear which one it is.
    confidence : float
        The probability of the most probable class; NaN for what is no digit.
    probabilities : array of float32, (classes,)
        Of all classes.
    box : (int, int, int, int)
        Top, left, height and width in pixels of the image.
    line, column : int
        The line of writing, from 0 at the top, and the place in it; of a form, the row and column of the
        cell.
    number : int or None
        The index in :attr:`Page.numbers` of the number that it belongs to; None for what is no digit.
    verdict : str
        ``"found"``; ``"unclear"``: no class is probable enough; ``"touching"``: several digits that could
        not be taken apart; ``"filled"`` or ``"other"``: no digit; ``"blank"``: an empty cell of a form.
    is_cut : bool
        Whether it touches a neighbour and was taken apart.
    image : array of uint8, (28, 28)
        What the network sees.
    """

    label: Optional[str]
    confidence: float
    probabilities: Probabilities
    box: Box
    line: int
    column: int
    number: Optional[int]
    verdict: str
    is_cut: bool
    image: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Number:
    """Digits that stand close together in a line.

    Attributes
    ----------
    text : str
        Their labels; ``"?"`` for an unclear one.
    box : (int, int, int, int)
        Top, left, height and width in pixels of the image.
    line : int
        The line of writing, from 0 at the top; of a form, the row.
    digits : list of Digit
        From left to right.
    """

    text: str
    box: Box
    line: int
    digits: List[Digit]


class Page(Sequence[Digit]):
    """The digits of an image, line by line and from left to right. Made by :func:`read_digits`.

    Also what is no digit but as large as one, and the empty cells of a form: nothing that was found is left
    out. A notebook shows the image with what was read drawn on it.

    Attributes
    ----------
    shape : (int, int)
        Height and width of the image that the boxes are for.
    numbers : list of Number
        Digits that belong together.
    is_form : bool
        Whether a table of printed cells was asked for and found.
    num_lines, num_columns : int
        Lines of writing, or rows and columns of a form; no form has columns.
    num_specks : int
        Things that are no digits and not listed: dots, dirt, rests of lines.
    polarity : str
        Of the ink: ``"dark_on_light"`` or ``"light_on_dark"``.
    """

    def __init__(
        self,
        digits: List[Digit],
        numbers: List[Number],
        shape: Tuple[int, int],
        info: _abi.PageInfo,
        picture: npt.NDArray[np.uint8],
    ) -> None:
        self._digits, self._picture = digits, picture
        self.numbers, self.shape = numbers, shape
        self.is_form = bool(info.is_form)
        self.num_lines, self.num_columns = int(info.num_lines), int(info.num_columns)
        self.num_specks = int(info.num_specks)
        self.polarity = word_of("polarity", info.polarity)

    def __len__(self) -> int:
        return len(self._digits)

    @overload
    def __getitem__(self, index: int) -> Digit: ...
    @overload
    def __getitem__(self, index: slice) -> List[Digit]: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Digit, List[Digit]]:
        return self._digits[index]

    def __iter__(self) -> Iterator[Digit]:
        return iter(self._digits)

    @property
    def text(self) -> str:
        """The numbers, with a line for each line of writing; the cells of a form are separated by tabs."""
        if self.is_form:
            return "\n".join("\t".join(row) for row in self.cells)
        lines = sorted({number.line for number in self.numbers})
        return "\n".join(
            " ".join(number.text for number in self.numbers if number.line == line) for line in lines
        )

    @property
    def cells(self) -> List[List[str]]:
        """What stands in each cell of a form, row by row: ``""`` in an empty one. Without a form, ``[]``."""
        if not self.is_form:
            return []
        cells = [[""] * self.num_columns for _ in range(self.num_lines)]
        for number in self.numbers:
            row = cells[number.line]
            column = number.digits[0].column
            row[column] = f"{row[column]} {number.text}".lstrip()
        return cells

    def svg(self) -> str:
        """The image with what was read drawn on it, as the text of an SVG file.

        Digits are green, those that were cut from a neighbour blue, unclear ones orange, what is no digit
        red, and empty cells gray.

        Examples
        --------
        >>> import numpy as np
        >>> from mnistcnn import read_digits
        >>> read_digits(np.full((60, 120), 255, np.uint8)).svg()[:4]
        '<svg'
        """
        return _page_svg.draw(self._digits, self.shape, self._picture)

    def __repr__(self) -> str:
        kind = f"Form of {self.num_lines} x {self.num_columns} cells, " if self.is_form else "Page of "
        return f"<{kind}{len(self)} digits: {self.text!r}>"

    def _repr_html_(self) -> str:
        return self.svg()


def read_digits(
    image: Any,
    model: Optional[Model] = None,
    *,
    polarity: str = "auto",
    form: bool = False,
    least_confidence: float = 0.5,
) -> Page:
    """Finds and reads every digit of a scan, photo or drawing; those that touch are taken apart.

    Parameters
    ----------
    image : path, array, PIL image, bytes or file object
        An image file, or an array (height, width) or (height, width, channels): gray or RGB, both also with
        alpha.
    model : Model, optional
        One that reads single gray digits; the shipped one if it is left out.
    polarity : {"auto", "dark_on_light", "light_on_dark"}
        Of the ink.
    form : bool
        Look for a table of printed cells, and read it cell by cell. An image without one is read as lines.
    least_confidence : float
        0 to 1: what is less probable, or less than the model's :attr:`Model.rejection_threshold`, is
        unclear.

    Returns
    -------
    Page
        A sequence of :class:`Digit`. Empty if the image is blank.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import read_digits
    >>> page = np.full((60, 120), 255, np.uint8)
    >>> page[10:50, 30:34] = page[10:50, 50:54] = page[10:50, 100:104] = 0
    >>> read_digits(page).text
    '11 1'
    """
    handle = (_shipped() if model is None else model)._current()
    if handle.shape[2] != 1:
        raise ShapeMismatchError("read_digits() needs a model of gray images")
    options = initialised(core.page_options_init, _abi.PageOptions)
    options.polarity, options.form = number_of("polarity", polarity), bool(form)
    options.least_confidence = float(least_confidence)
    source = _decode(image)
    read = _read(handle, source.pixels, options)
    digits = _digits(handle, read, source)
    info = sized(_abi.PageInfo)
    check(core.page_get_info(read.pointer, ctypes.byref(info)))
    numbers = _numbers(read, digits, source)
    return Page(digits, numbers, source.shape, info, _page_svg.thumbnail(source.pixels))


@functools.lru_cache(maxsize=1)
def _shipped() -> Model:
    return Model.pretrained()


def _read(handle: ModelHandle, pixels: npt.NDArray[np.uint8], options: _abi.PageOptions) -> Handle:
    found = ctypes.POINTER(_abi.Page)()
    image = _abi.Image(_pixels.address(pixels), pixels.nbytes, _abi.Shape(*pixels.shape), 0)
    space = handle.take_workspace(1, "float32")
    arguments = ctypes.byref(image), ctypes.byref(options), ctypes.byref(found)
    check(core.page_read(handle.pointer, space.pointer, *arguments))
    handle.give_back(1, "float32", space)
    return Handle(found, core.page_free)


# --- pixels -----------------------------------------------------------------------------------------


class _Source(NamedTuple):
    """Decoded pixels [height][width][channels], with alpha if there may be some, and the size of the image
    that they are of: one of more than 4096 pixels a side is reduced by a whole factor.
    """

    pixels: npt.NDArray[np.uint8]
    shape: Tuple[int, int]
    factor: int

    def box(self, of: Any) -> Box:
        """A bounding box in pixels of the whole image."""
        height, width = self.shape
        top, left = of.top * self.factor, of.left * self.factor
        bottom = min((of.top + of.height) * self.factor, height)
        right = min((of.left + of.width) * self.factor, width)
        return top, left, bottom - top, right - left


def _decode(image: Any) -> _Source:
    if _pixels.is_path(image):
        return _decoded((encoded(image),), core.image_read_info_file, core.image_decode_file, image)
    if is_one_picture(image):
        data = np.frombuffer(content_of(image), np.uint8)
        source = (_pixels.address(data), len(data))
        return _decoded(source, core.image_read_info_memory, core.image_decode_memory)
    array = _pixels.to_pixels(image, "image")
    pixels = _pixels.picture(array)
    if pixels is None:
        raise ValueError(f"image: an array of shape {_pixels.describe(array.shape)} is not one image")
    return _Source(pixels, (pixels.shape[0], pixels.shape[1]), 1)


def _decoded(source: Tuple[Any, ...], read_info: Any, decode: Any, path: Any = None) -> _Source:
    info = sized(_abi.ImageInfo)
    place = None if path is None else os.fsdecode(path)
    check(read_info(*source, 0, ctypes.byref(info)), place)
    channels = info.channels + (1 if info.has_alpha else 0)
    pixels = np.empty((info.height, info.width, channels), np.uint8)
    check(decode(*source, channels, _pixels.address(pixels), pixels.nbytes, None), place)
    return _Source(pixels, (info.file_height, info.file_width), info.factor)


# --- what was read ----------------------------------------------------------------------------------


def _digits(handle: ModelHandle, page: Handle, source: _Source) -> List[Digit]:
    return [_digit(handle, page, i, source) for i in range(core.page_num_digits(page.pointer))]


def _digit(handle: ModelHandle, page: Handle, index: int, source: _Source) -> Digit:
    info = sized(_abi.PageDigit)
    check(core.page_get_digit(page.pointer, index, ctypes.byref(info)))
    height, width = handle.shape[:2]
    row = ctypes.string_at(core.page_probabilities(page.pointer, index), 4 * handle.num_classes)
    content = ctypes.string_at(core.page_image(page.pointer, index), height * width)
    return Digit(
        label=str(handle.names[info.class_index]) if info.class_index >= 0 else None,
        confidence=float(info.confidence) if info.verdict in _READ else float("nan"),
        probabilities=np.frombuffer(row, np.float32),
        box=source.box(info),
        line=info.line,
        column=info.column,
        number=None if info.group == _NO_NUMBER else info.group,
        verdict=word_of("verdict", info.verdict),
        is_cut=bool(info.is_cut),
        image=np.frombuffer(content, np.uint8).reshape(height, width),
    )


def _numbers(page: Handle, digits: List[Digit], source: _Source) -> List[Number]:
    found = []
    for index in range(core.page_num_groups(page.pointer)):
        group = sized(_abi.PageGroup)
        check(core.page_get_group(page.pointer, index, ctypes.byref(group)))
        some = digits[group.first : group.first + group.count]
        found.append(Number(group.text.decode(), source.box(group), group.line, some))
    return found
