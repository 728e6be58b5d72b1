"""How images become the input of a network."""

from __future__ import annotations

import ctypes
from dataclasses import asdict, dataclass
from typing import Any, Dict, Tuple

from . import _abi
from ._library import core
from ._options import fill, initialised, word_of

__all__ = ["Preparation"]

_WORDS = ("prepare", "polarity", "alpha", "resize")
_NUMBERS = ("scale", "offset")


@dataclass(frozen=True)
class Preparation:
    """How images become the input of a network: ``(byte * scale + offset - mean) / deviation``.

    It is part of every model and stored in its file, so that training and prediction agree.

    Attributes
    ----------
    prepare : {"none", "digit"}
        ``"digit"``: each image shows one digit, which is found and rendered like those of MNIST.
    polarity : {"auto", "dark_on_light", "light_on_dark"}
        Of the ink, for ``"digit"``.
    invert : bool
        For networks that were trained on dark ink on white.
    alpha : {"composite", "drop"}
        What becomes of transparency.
    resize : {"area_bilinear", "nearest"}
        How images are resized.
    scale, offset : float
        Of the bytes, 0 to 255.
    mean, deviation : tuple of three floats
        Of each channel; gray has the first.

    Examples
    --------
    >>> from mnistcnn import Preparation
    >>> Preparation(prepare="digit").polarity
    'auto'
    """

    prepare: str = "none"
    polarity: str = "auto"
    invert: bool = False
    alpha: str = "composite"
    resize: str = "area_bilinear"
    scale: float = 1 / 255
    offset: float = 0.0
    mean: Tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: Tuple[float, float, float] = (1.0, 1.0, 1.0)


def to_struct(preparation: Preparation) -> _abi.Preparation:
    struct: _abi.Preparation = initialised(core.preparation_init, _abi.Preparation)
    values = asdict(preparation)
    for name in ("mean", "deviation"):
        numbers = tuple(values.pop(name))
        if len(numbers) != 3:
            raise ValueError(f"{name} must have three numbers, one for each channel")
        setattr(struct, name, (ctypes.c_float * 3)(*numbers))
    fill(struct, values, values)
    return struct


def from_struct(struct: _abi.Preparation) -> Preparation:
    words: Dict[str, Any] = {name: word_of(name, getattr(struct, name)) for name in _WORDS}
    numbers = {name: getattr(struct, name) for name in _NUMBERS}
    return Preparation(
        invert=bool(struct.invert),
        mean=tuple(struct.mean),
        deviation=tuple(struct.deviation),
        **words,
        **numbers,
    )
