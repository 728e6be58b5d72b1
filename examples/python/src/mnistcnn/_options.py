"""Keyword arguments as option structs."""

from __future__ import annotations

import ctypes
import difflib
import operator
from typing import Any, Collection, Dict, List, Mapping, Type

from . import _abi

_WORDS: Dict[str, Type[Any]] = {
    "initializer": _abi.Init,
    "loss": _abi.Loss,
    "optimizer": _abi.Optimizer,
    "schedule": _abi.Schedule,
    "augment": _abi.Augment,
    "metric": _abi.Metric,
    "precision": _abi.Precision,
    "resize": _abi.Resize,
    "prepare": _abi.Prepare,
    "alpha": _abi.Alpha,
    "polarity": _abi.Polarity,
    "format": _abi.ExportFormat,
    "verdict": _abi.DigitVerdict,
}


def words(name: str) -> List[str]:
    """What an option that is a choice may be, in the order of the numbers."""
    return [member.lower() for member in vars(_WORDS[name]) if not member.startswith("_")]


def word_of(name: str, number: int) -> str:
    members = vars(_WORDS[name]).items()
    return next((member.lower() for member, value in members if value == number), str(number))


def number_of(name: str, word: object) -> int:
    """The number of a word; a number is not taken, as it says nothing to a reader."""
    if isinstance(word, str) and word.lower() in words(name):
        return int(getattr(_WORDS[name], word.upper()))
    choices = ", ".join(map(repr, words(name)))
    raise ValueError(f"{name} is {word!r}; it must be one of {choices}{nearest(word, words(name))}")


def nearest(word: object, choices: Collection[str]) -> str:
    found = difflib.get_close_matches(str(word), choices, 1)
    return f": did you mean {found[0]!r}?" if found else ""


def fill(struct: ctypes.Structure, options: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Sets the options in the struct; what it cannot hold, and what is not allowed, is an error."""
    kinds = {row[0]: row[1] for row in struct._fields_}
    for name, value in options.items():
        if name not in allowed:
            raise TypeError(f"there is no option {name!r}{nearest(name, allowed)}")
        setattr(struct, name, _converted(name, value, kinds[name]))


def _converted(name: str, value: object, kind: Any) -> Any:
    if name in _WORDS:
        return number_of(name, value)
    if kind is ctypes.c_float:
        return _float(name, value)
    return integer(name, value, 8 * ctypes.sizeof(kind))


def _float(name: str, value: Any) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    return float(value)


def integer(name: str, value: Any, bits: int = 32) -> int:
    """An unsigned integer that a field of so many bits can hold."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}") from None
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{name} is {number}: it must be 0 to {(1 << bits) - 1}")
    return number


def initialised(init: Any, kind: Type[Any]) -> Any:
    """A struct with the library's defaults."""
    from .errors import check

    struct = kind()
    check(init(ctypes.byref(struct), ctypes.sizeof(kind)))
    return struct


def sized(kind: Type[Any]) -> Any:
    """A struct for the library to fill."""
    return kind(struct_size=ctypes.sizeof(kind))


def strings(texts: Collection[str]) -> Any:
    """An array of C strings, which the caller keeps over the call."""
    return (ctypes.c_char_p * len(texts))(*(text.encode() for text in texts))


def text(fill_text: Any) -> str:
    """The result of a function with the parameters (text, capacity, &length)."""
    from .errors import check

    length = ctypes.c_size_t()
    check(fill_text(None, 0, ctypes.byref(length)))
    buffer = ctypes.create_string_buffer(length.value + 1)
    check(fill_text(buffer, len(buffer), ctypes.byref(length)))
    return buffer.value.decode()


def encoded(path: Any) -> bytes:
    """A path as the operating system takes it."""
    import os

    found = os.fsencode(path)
    if b"\0" in found:
        raise ValueError(f"a path cannot contain a NUL: {path!r}")
    return found
