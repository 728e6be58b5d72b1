"""Exceptions: every failed call of the library raises a :class:`MnistcnnError`.

Each has the library's message and number, and is also the exception that Python has for the case, so that
``except FileNotFoundError`` works as for any other file.
"""

from __future__ import annotations

import errno
from typing import Dict, Optional, Type

from ._abi import StatusCode
from ._library import core

__all__ = [
    "ArchitectureError",
    "CancelledError",
    "FileAccessError",
    "FormatError",
    "InvalidArgumentError",
    "LimitExceededError",
    "MissingFileError",
    "MnistcnnError",
    "NoDigitError",
    "NotFiniteError",
    "NotFoundError",
    "OutOfMemoryError",
    "ShapeMismatchError",
    "StateError",
    "ThreadError",
    "UnsupportedError",
]


class MnistcnnError(Exception):
    """A call of the library has failed.

    Attributes
    ----------
    status : int
        The library's number of the failure.
    """

    status: int = 0

    def __str__(self) -> str:
        """The message alone, also where Python would add a number and a path."""
        return str(self.args[0]) if self.args else ""

    @property
    def code(self) -> str:
        """The name of the failure, such as ``"MNISTCNN_FORMAT"``."""
        return str(core.status_name(self.status).decode())


class InvalidArgumentError(MnistcnnError, ValueError):
    """An argument is missing, out of range, or contradicts another."""

    status = StatusCode.INVALID_ARGUMENT


class OutOfMemoryError(MnistcnnError, MemoryError):
    """Memory could not be allocated."""

    status = StatusCode.OUT_OF_MEMORY


class FileAccessError(MnistcnnError, OSError):
    """A file or folder could not be opened, read or written."""

    status = StatusCode.IO


class FormatError(MnistcnnError, ValueError):
    """The content of a file or buffer is malformed."""

    status = StatusCode.FORMAT


class UnsupportedError(MnistcnnError, NotImplementedError):
    """Well-formed, but this version cannot do it."""

    status = StatusCode.UNSUPPORTED


class ArchitectureError(MnistcnnError, ValueError):
    """The architecture is malformed, or its shapes do not fit."""

    status = StatusCode.ARCHITECTURE


class ShapeMismatchError(MnistcnnError, ValueError):
    """Sizes, channels, classes or counts do not agree."""

    status = StatusCode.SHAPE_MISMATCH


class CancelledError(MnistcnnError, RuntimeError):
    """The call was cancelled."""

    status = StatusCode.CANCELLED


class NotFiniteError(MnistcnnError, FloatingPointError):
    """Training has produced a NaN or an infinity."""

    status = StatusCode.NOT_FINITE


class StateError(MnistcnnError, RuntimeError):
    """The object is not in a state in which this can be done."""

    status = StatusCode.STATE


class NotFoundError(MnistcnnError, LookupError):
    """There is no such name or index."""

    status = StatusCode.NOT_FOUND


class MissingFileError(NotFoundError, FileNotFoundError):
    """There is no such file or folder."""


class LimitExceededError(MnistcnnError, ValueError):
    """A limit would be exceeded."""

    status = StatusCode.LIMIT


class ThreadError(MnistcnnError, RuntimeError):
    """Threads could not be started."""

    status = StatusCode.THREADS


class NoDigitError(MnistcnnError, ValueError):
    """The image shows no digit."""

    status = StatusCode.NO_DIGIT


_BY_STATUS: Dict[int, Type[MnistcnnError]] = {
    kind.status: kind
    for kind in (
        InvalidArgumentError,
        OutOfMemoryError,
        FileAccessError,
        FormatError,
        UnsupportedError,
        ArchitectureError,
        ShapeMismatchError,
        CancelledError,
        NotFiniteError,
        StateError,
        NotFoundError,
        LimitExceededError,
        ThreadError,
        NoDigitError,
    )
}


def _make(status: int, message: str, path: Optional[str] = None) -> MnistcnnError:
    kind = _BY_STATUS.get(status, MnistcnnError)
    if kind is NotFoundError and path is not None:
        kind = MissingFileError
    error = kind(message)
    if kind is MnistcnnError:
        error.status = status
    if isinstance(error, OSError) and path is not None:
        error.filename = path
        error.errno = errno.ENOENT if kind is MissingFileError else errno.EIO
    return error


def check(status: int, path: Optional[str] = None) -> None:
    """Raises what a status stands for; in the thread that made the call, directly after it."""
    if status:
        raise _make(status, core.last_error().decode("utf-8", "replace"), path)


def check_exchange(status: int, message: bytes, path: Optional[str] = None) -> None:
    """The same for a call of mnistcnn_exchange."""
    if status:
        raise _make(status, message.decode("utf-8", "replace"), path)
