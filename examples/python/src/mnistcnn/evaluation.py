"""How well a model reads a dataset."""

from __future__ import annotations

import ctypes
import html
from typing import Any, List, Optional

import numpy as np
import numpy.typing as npt

from . import _abi, _pixels
from ._library import core
from ._model_handle import ModelHandle
from ._options import initialised, number_of, sized
from ._running import run
from ._threads import resolve
from .dataset import Dataset
from .errors import check
from .progress import Callback, with_bar

__all__ = ["Evaluation"]


class Evaluation:
    """The figures of an evaluation, and the answer for each image. Made by :meth:`Model.evaluate`.

    Attributes
    ----------
    accuracy : float
        The part of the images whose most probable class is the true one.
    loss, binary_accuracy : float
        As Keras has them.
    calibration_error : float
        By how much confidence and accuracy differ, on average over 15 bins.
    rejected : int
        Images of the classes that the model's rejection threshold refuses.
    background, background_rejected : int
        Images of the background, and those of them that it refuses. Only the loss takes account of them.
    confusion : array of int, (classes, classes)
        Rows are the true classes, columns the predicted ones.
    class_names : list of str
        Of the rows and columns.
    probabilities : array of float32, (n, classes)
        Of each image.
    labels, predictions : array of int, (n,)
        The true class, -1 for the background, and the most probable one of each image.
    paths : list of str or None
        The file of each image, below the folder of the dataset.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import Dataset, Model
    >>> data = Dataset.from_arrays(np.zeros((3, 28, 28), np.uint8), [1, 1, 1], classes=10)
    >>> evaluation = Model.create().evaluate(data)
    >>> evaluation.probabilities.shape, int(evaluation.confusion.sum())
    ((3, 10), 3)
    """

    def __init__(
        self,
        metrics: _abi.Metrics,
        confusion: npt.NDArray[np.int64],
        probabilities: npt.NDArray[np.float32],
        labels: npt.NDArray[np.int32],
        class_names: List[str],
        paths: List[Optional[str]],
    ) -> None:
        self.accuracy: float = metrics.accuracy
        self.loss: float = metrics.loss
        self.binary_accuracy: float = metrics.binary_accuracy
        self.calibration_error: float = metrics.calibration_error
        self.rejected, self.background = int(metrics.rejected), int(metrics.background)
        self.background_rejected = int(metrics.background_rejected)
        self.confusion, self.probabilities, self.labels = confusion, probabilities, labels
        self.class_names, self.paths = class_names, paths
        self.predictions: npt.NDArray[np.int32] = probabilities.argmax(axis=1).astype(np.int32)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def mistakes(self) -> npt.NDArray[np.intp]:
        """The indices of the images that were not recognised, the most confident mistakes first."""
        wrong = np.flatnonzero((self.predictions != self.labels) & (self.labels >= 0))
        confidence = self.probabilities[wrong, self.predictions[wrong]]
        return wrong[np.argsort(-confidence, kind="stable")]

    @property
    def recall(self) -> npt.NDArray[np.float64]:
        """Of the images of each class, the part that was recognised; NaN without images."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=1))

    @property
    def precision(self) -> npt.NDArray[np.float64]:
        """Of the images taken for each class, the part that is of it; NaN without images."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=0))

    def __repr__(self) -> str:
        return f"<Evaluation of {len(self)} images, accuracy {self.accuracy:.4f}, loss {self.loss:.4f}>"

    def _repr_html_(self) -> str:
        names = [html.escape(name) for name in self.class_names]
        head = "".join(f"<th>{name}</th>" for name in names)
        rows = "".join(
            f"<tr><th>{name}</th>{''.join(f'<td>{count}</td>' for count in row)}<td>{recall:.2%}</td></tr>"
            for name, row, recall in zip(names, self.confusion, self.recall)
        )
        return (
            f"<p>{len(self)} images, accuracy {self.accuracy:.2%}, loss {self.loss:.4f}</p>"
            f"<table><tr><th>true \\ predicted</th>{head}<th>recall</th></tr>{rows}</table>"
        )


def _ratio(part: npt.NDArray[Any], of: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    found = np.full(len(of), np.nan)
    np.divide(part, of, out=found, where=of > 0)
    return found


def evaluate(
    handle: ModelHandle,
    dataset: Dataset,
    loss: str,
    threads: Optional[int],
    precision: str,
    callbacks: List[Callback],
    show: Optional[bool],
) -> Evaluation:
    if not isinstance(dataset, Dataset):
        raise TypeError(f"evaluate() takes a Dataset, not {type(dataset).__name__}")
    paths, dataset = dataset.paths, with_classes_of(handle, dataset)
    data, count, classes = dataset._open(), len(dataset), handle.num_classes
    confusion = np.zeros((classes, classes), np.int64)
    probabilities = np.empty((count, classes), np.float32)
    options = initialised(core.evaluate_options_init, _abi.EvaluateOptions)
    options.num_threads = resolve(threads)
    options.loss, options.precision = number_of("loss", loss), number_of("precision", precision)
    options.confusion, options.confusion_capacity = _pixels.address(confusion), confusion.size
    options.probabilities = _pixels.address(probabilities)
    options.probabilities_capacity = probabilities.size
    metrics = sized(_abi.Metrics)

    def call(monitor: Any, keep: Any = (confusion, probabilities)) -> None:
        options.monitor = monitor
        check(core.evaluate(handle.pointer, data.pointer, ctypes.byref(options), ctypes.byref(metrics)))

    told, bar = with_bar(callbacks, show)
    try:
        run(call, told)
    finally:
        if bar is not None:
            bar.close()
    names = [str(name) for name in handle.names]
    return Evaluation(metrics, confusion, probabilities, dataset.labels, names, paths)


def with_classes_of(handle: ModelHandle, dataset: Dataset) -> Dataset:
    """The dataset may have the model's classes in another order, or not all of them."""
    names, own = [str(name) for name in handle.names], dataset.class_names
    if own is None or own == names or not set(own) <= set(names):
        return dataset
    return dataset.with_classes(names)
