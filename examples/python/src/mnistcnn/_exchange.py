"""Models of other frameworks, by the library mnistcnn_exchange."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional, Tuple

import numpy as np

from . import _abi, _pixels
from ._library import exchange
from ._model_handle import ModelHandle, model_pointer
from ._options import encoded, initialised, integer, number_of, sized
from ._running import log
from .dataset import Dataset
from .errors import check_exchange

# More than there are encodings with names, inverted and transposed too.
_MOST_ENCODINGS = 64


def _check(status: int, path: Optional[str] = None) -> None:
    if status:
        check_exchange(status, exchange().exchange_last_error(), path)


@dataclass(frozen=True)
class EncodingResult:
    """How well a model reads a dataset with one encoding of its input.

    Attributes
    ----------
    encoding : str
        Its name, for :meth:`Model.import_file`.
    accuracy : float
        Of the images that were tried.
    loss : float
        Their mean categorical cross entropy.
    count : int
        How many there were.
    """

    encoding: str
    accuracy: float
    loss: float
    count: int


class Options(NamedTuple):
    """The arguments of an import that say what the file does not."""

    encoding: Optional[str]
    architecture: Optional[str]
    input_size: Optional[Tuple[int, int]]
    prepare: Optional[str]


def _struct(file: Any, given: Options) -> Tuple[Any, Optional[str]]:
    """The option struct with its source, and the path of this."""
    options, path = _source(file)
    if given.encoding is not None:
        options.encoding = given.encoding.encode()
    if given.architecture is not None:
        options.architecture = given.architecture.encode()
    if given.input_size is not None:
        options.input_height, options.input_width = (integer("input_size", side) for side in given.input_size)
    if given.prepare is not None:
        options.prepare = number_of("prepare", given.prepare)
    return options, path


def _source(file: Any) -> Tuple[Any, Optional[str]]:
    options: Any = initialised(exchange().import_options_init, _abi.ImportOptions)
    options.log = log.pointer
    if hasattr(file, "read"):
        file = file.read()
    if _pixels.is_path(file):
        options.path = encoded(file)
        return options, os.fsdecode(file)
    content = np.frombuffer(file, np.uint8)
    options.data, options.size_bytes = _pixels.address(content), len(content)
    options._content = content  # lives as long as the options
    return options, None


def load(file: Any, given: Options) -> Any:
    """A pointer to the model."""
    options, path = _struct(file, given)
    found = model_pointer()
    _check(exchange().import_(ctypes.byref(options), ctypes.byref(found)), path)
    return found


def check_encodings(file: Any, dataset: Dataset, given: Options) -> List[EncodingResult]:
    options, path = _struct(file, given)
    results = (_abi.EncodingResult * _MOST_ENCODINGS)()
    results[0] = sized(_abi.EncodingResult)
    count = ctypes.c_size_t()
    handle = dataset._open()
    _check(
        exchange().import_check(
            ctypes.byref(options), handle.pointer, results, _MOST_ENCODINGS, ctypes.byref(count)
        ),
        path,
    )
    return [
        EncodingResult(result.encoding.decode(), result.accuracy, result.loss, result.count)
        for result in results[: count.value]
    ]


def save(handle: ModelHandle, path: Any, format: str, unit_input: bool = False) -> None:
    options = initialised(exchange().export_options_init, _abi.ExportOptions)
    options.format = number_of("format", format)
    options.unit_input = bool(unit_input)
    options.path = encoded(path)
    _check(exchange().export(handle.pointer, ctypes.byref(options)), os.fsdecode(path))
