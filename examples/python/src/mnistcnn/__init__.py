"""Small convolutional networks on images: train and run them, read handwritten digits.

>>> import mnistcnn
>>> mnistcnn.Model.pretrained()
<Model 28 x 28 x 1 -> 10 classes, 466106 parameters>

:class:`Model` is a network, :class:`Dataset` what it is trained and evaluated with, :func:`read_digits` reads
the digits of a page, and :class:`ImageClassifier` and :class:`DigitClassifier` are estimators of
scikit-learn. ``python -m mnistcnn`` is the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List

from ._abi import VERSION as __version__
from ._exchange import EncodingResult
from ._options import text as _text
from ._predict import FilePrediction
from ._threads import get_num_threads, set_num_threads
from .dataset import Dataset
from .digits import Digit, Number, Page, read_digits
from .errors import (
    ArchitectureError,
    CancelledError,
    FileAccessError,
    FormatError,
    InvalidArgumentError,
    LimitExceededError,
    MissingFileError,
    MnistcnnError,
    NoDigitError,
    NotFiniteError,
    NotFoundError,
    OutOfMemoryError,
    ShapeMismatchError,
    StateError,
    ThreadError,
    UnsupportedError,
)
from .evaluation import Evaluation
from .model import Model
from .preparation import Preparation
from .progress import Progress, ProgressBar
from .training import History, Trainer, TrainOptions

if TYPE_CHECKING:
    from .estimators import DigitClassifier, ImageClassifier

__all__ = [
    "ArchitectureError",
    "CancelledError",
    "Dataset",
    "Digit",
    "DigitClassifier",
    "EncodingResult",
    "Evaluation",
    "FileAccessError",
    "FilePrediction",
    "FormatError",
    "History",
    "ImageClassifier",
    "InvalidArgumentError",
    "LimitExceededError",
    "MissingFileError",
    "MnistcnnError",
    "Model",
    "NoDigitError",
    "NotFiniteError",
    "NotFoundError",
    "Number",
    "OutOfMemoryError",
    "Page",
    "Preparation",
    "Progress",
    "ProgressBar",
    "ShapeMismatchError",
    "StateError",
    "ThreadError",
    "TrainOptions",
    "Trainer",
    "UnsupportedError",
    "__version__",
    "build_info",
    "get_num_threads",
    "read_digits",
    "set_num_threads",
]

_ESTIMATORS = ("DigitClassifier", "ImageClassifier")


def build_info() -> str:
    """One line about the library and this machine, for bug reports."""
    from ._library import core

    return _text(core.build_info)


def __getattr__(name: str) -> Any:
    """The estimators need scikit-learn, which takes long to import."""
    if name in _ESTIMATORS:
        from . import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted(__all__)
