"""Estimators of scikit-learn, which must be installed: ``pip install mnistcnn[sklearn]``."""

from __future__ import annotations

import ctypes
import math
import unicodedata
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, validation
from sklearn.utils.multiclass import check_classification_targets

from . import _abi, _pixels
from ._library import core
from ._threads import resolve
from .dataset import Dataset
from .errors import check
from .model import Model
from .progress import Callback
from .training import ClassWeights


def _validate_data(estimator: Any, *args: Any, **options: Any) -> Any:
    """scikit-learn's validate_data(), which was a method before version 1.6."""
    if hasattr(validation, "validate_data"):
        return validation.validate_data(estimator, *args, **options)
    return estimator._validate_data(*args, **options)


__all__ = ["DigitClassifier", "ImageClassifier"]

# Networks for images whose shorter side has at least so many pixels, the largest first. None: that of the
# Keras tutorial.
_NETWORKS: Tuple[Tuple[int, Optional[str]], ...] = (
    (20, None),
    (
        12,
        "conv 16 3x3 relu, maxpool 2, conv 32 3x3 relu, maxpool 2, flatten, dense 200 relu, "
        "dense classes softmax",
    ),
    (
        6,
        "conv 32 3x3 same relu, conv 32 3x3 same relu, maxpool 2, flatten, dense 128 relu, "
        "dense classes softmax",
    ),
    (1, "flatten, dense 100 relu, dense classes softmax"),
)
# Without a number of epochs: so many, but more of small training sets, for about so many steps.
_EPOCHS, _MOST_EPOCHS, _STEPS = 10, 200, 1000
_SIDE = 28


class ImageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A convolutional network for small images, as an estimator of scikit-learn.

    ``X`` is an array (n, height, width), (n, height, width, channels) or, as in pipelines, (n, features) of
    flattened images, gray or, where three times a square fits, RGB; what is no square is taken as a single
    row of pixels. uint8 is 0 to 255. The values of other types are scaled to the range of the training set,
    unless they lie in 0 to 1, and what is outside that range in a prediction is cut off.

    Parameters
    ----------
    architecture : str, optional
        The layers, as for :meth:`mnistcnn.Model.create`; without it, a network that suits the size.
    image_shape : (int, int) or (int, int, int), optional
        Height, width and channels of flattened images.
    value_range : (float, float), optional
        The values of black and white.
    epochs : int, optional
        Without it 10, or more of a small training set.
    batch_size : int
        Images of a step.
    optimizer, loss, learning_rate, schedule, augment
        As of :class:`mnistcnn.TrainOptions`.
    validation_fraction : float
        The part of the training set by which the best epoch is chosen; 0: the last one is taken.
    class_weight : "balanced" or dict, optional
        How much the images of each class count.
    train_options : dict, optional
        Further options of :class:`mnistcnn.TrainOptions`.
    random_state : int, RandomState or None
        Of the initial weights and the order of the images.
    n_jobs : int, optional
        Threads: 1 for None, all processors for -1. The results are the same with any number.
    callbacks : sequence of callables
        See :meth:`mnistcnn.Model.train`. They are left out of pickles.
    verbose : bool
        Show a progress bar.

    Attributes
    ----------
    classes_ : array, (classes,)
        The labels, sorted.
    model_ : Model
        The network. After Ctrl-C it is that of the latest step.
    history_ : History
        The figures of each epoch.
    n_features_in_ : int
        Features of a flattened image, or the height of images.
    image_shape_ : (int, int, int)
        Height, width and channels.
    value_range_ : (float, float)
        The values of black and white.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from mnistcnn import ImageClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> classifier = ImageClassifier(random_state=0, epochs=5).fit(X[:1000], y[:1000])
    >>> bool(classifier.score(X[1000:], y[1000:]) > 0.9)
    True
    """

    def __init__(
        self,
        *,
        architecture: Optional[str] = None,
        image_shape: Optional[Sequence[int]] = None,
        value_range: Optional[Tuple[float, float]] = None,
        epochs: Optional[int] = None,
        batch_size: int = 32,
        optimizer: str = "adam",
        loss: str = "categorical_cross_entropy",
        learning_rate: float = 0.001,
        schedule: str = "constant",
        augment: str = "none",
        validation_fraction: float = 0.0,
        class_weight: ClassWeights = None,
        train_options: Optional[Dict[str, Any]] = None,
        random_state: Any = None,
        n_jobs: Optional[int] = None,
        callbacks: Optional[Sequence[Callback]] = None,
        verbose: bool = False,
    ) -> None:
        self.architecture = architecture
        self.image_shape = image_shape
        self.value_range = value_range
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.loss = loss
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.augment = augment
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.train_options = train_options
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.callbacks = callbacks
        self.verbose = verbose

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def __getstate__(self) -> Any:
        state = dict(super().__getstate__())
        if state.get("callbacks") is not None:
            state["callbacks"] = None
        return state

    # --- fitting ------------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any) -> ImageClassifier:
        """Trains a new network.

        Parameters
        ----------
        X : array, (n, features), (n, height, width) or (n, height, width, channels)
            The images.
        y : array, (n,)
            Labels of any kind: numbers, texts, bools.

        Returns
        -------
        self
        """
        X, y = _validate_data(self, X, y, dtype="numeric", allow_nd=True)
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("a classifier cannot be trained with the images of only one class")
        self.image_shape_ = self._find_shape(X)
        self.value_range_ = self._find_range(X)
        seed = int(check_random_state(self.random_state).randint(1, 2**31 - 1))
        self.model_ = self._create_model(seed)
        self._train(self._dataset(self._to_bytes(X), numbers), seed)
        return self

    def _create_model(self, seed: int) -> Model:
        return Model.create(
            self.image_shape_,
            len(self.classes_) if (names := _class_names(self.classes_)) is None else names,
            self.architecture if self.architecture is not None else _network(self.image_shape_),
            seed=seed,
        )

    def _dataset(self, pixels: npt.NDArray[np.uint8], numbers: npt.NDArray[Any]) -> Dataset:
        return Dataset.from_arrays(pixels, numbers, self.model_.class_names, copy=False)

    def _train(self, data: Dataset, seed: int) -> None:
        options = self._options(len(data), seed)
        validation = None
        if self.validation_fraction:
            data, validation = data.split(self.validation_fraction, seed)
            options.setdefault("keep_best", True)
        self.history_ = self.model_.train(
            data,
            validation,
            class_weights=self._class_weights(),
            threads=self._threads(),
            callbacks=self.callbacks or (),
            progress=bool(self.verbose),
            **options,
        )

    def _options(self, count: int, seed: int) -> Dict[str, Any]:
        own = {
            "epochs": self._epochs(count) if self.epochs is None else self.epochs,
            "batch_size": self.batch_size,
            "optimizer": self.optimizer,
            "loss": self.loss,
            "learning_rate": self.learning_rate,
            "schedule": self.schedule,
            "augment": self.augment,
            "seed": seed,
        }
        return {**own, **(self.train_options or {})}

    def _epochs(self, count: int) -> int:
        steps = math.ceil(count / self.batch_size)
        return max(_EPOCHS, min(_MOST_EPOCHS, math.ceil(_STEPS / steps)))

    def _threads(self) -> int:
        return 1 if self.n_jobs is None else resolve(self.n_jobs)

    def _class_weights(self) -> ClassWeights:
        if not isinstance(self.class_weight, dict):
            return self.class_weight
        weights = [self.class_weight.get(label, 1.0) for label in self.classes_.tolist()]
        return np.array(weights, np.float32)

    # --- images -------------------------------------------------------------------------------------

    def _find_shape(self, X: npt.NDArray[Any]) -> Tuple[int, int, int]:
        if X.ndim > 2:
            return _shape_of_images(X.shape)
        if self.image_shape is None:
            return _shape_of_features(X.shape[1])
        shape = tuple(int(size) for size in self.image_shape)
        shape = (*shape, 1) if len(shape) == 2 else shape
        if len(shape) != 3 or math.prod(shape) != X.shape[1]:
            raise ValueError(f"image_shape is {self.image_shape}, but there are {X.shape[1]} features")
        return shape

    def _find_range(self, X: npt.NDArray[Any]) -> Tuple[float, float]:
        if self.value_range is not None:
            low, high = (float(value) for value in self.value_range)
            return low, high
        if X.dtype == np.uint8:
            return 0.0, 255.0
        low, high = float(X.min()), float(X.max())
        return (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)

    def _to_bytes(self, X: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """[n][height][width][channels], also of features."""
        low, high = self.value_range_
        if X.dtype != np.uint8 or (low, high) != (0.0, 255.0):
            factor = 255 / (high - low) if high > low else 0.0
            X = np.clip(np.rint((np.asarray(X, np.float64) - low) * factor), 0, 255)
        return np.ascontiguousarray(X, np.uint8).reshape(len(X), *self.image_shape_)

    def _checked(self, X: Any) -> npt.NDArray[Any]:
        validation.check_is_fitted(self)
        X = _validate_data(self, X, dtype="numeric", allow_nd=True, reset=False)
        if X.ndim > 2 and _shape_of_images(X.shape) != self.image_shape_:
            raise ValueError(
                f"X has images of {_pixels.describe(X.shape[1:])}, but {type(self).__name__} was fitted "
                f"with images of {_pixels.describe(self.image_shape_)}"
            )
        if X.ndim == 2 and X.shape[1] != math.prod(self.image_shape_):
            raise ValueError(
                f"X has {X.shape[1]} features, but {type(self).__name__} is expecting "
                f"{math.prod(self.image_shape_)} features as input"
            )
        return np.asarray(X)

    # --- predicting ---------------------------------------------------------------------------------

    def predict_proba(self, X: Any) -> npt.NDArray[np.float32]:
        """The probability of each class.

        Parameters
        ----------
        X : array
            Images as those of :meth:`fit`.

        Returns
        -------
        array of float32, (n, classes)
            In the order of ``classes_``.
        """
        pixels = self._to_bytes(self._checked(X))
        return self.model_.predict_proba(pixels, threads=self._threads())

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The most probable label of each image.

        Parameters
        ----------
        X : array
            Images as those of :meth:`fit`.

        Returns
        -------
        array, (n,)
        """
        rows = self.predict_proba(X)
        labels: npt.NDArray[Any] = self.classes_[rows.argmax(axis=1)]
        return labels


class DigitClassifier(ImageClassifier):
    """The shipped model of handwritten digits, trained further with digits of one's own.

    ``X`` is as for :class:`ImageClassifier`, but only gray: images of other sizes are resized to 28 x 28.
    They show one digit, light on black, in the middle, as those of MNIST; for scans and photos there are
    :func:`mnistcnn.read_digits` and :meth:`mnistcnn.Model.predict`. Labels are 0 to 9, or those of them
    that there are, as numbers or as texts.

    Parameters
    ----------
    image_shape, value_range, epochs, batch_size, optimizer, loss, learning_rate, schedule, augment
        As of :class:`ImageClassifier`. The learning rate is small, so that what the model has learnt stays.
    validation_fraction, class_weight, train_options, random_state, n_jobs, callbacks, verbose
        As of :class:`ImageClassifier`.

    Attributes
    ----------
    classes_, model_, history_, n_features_in_, image_shape_, value_range_
        As of :class:`ImageClassifier`.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import DigitClassifier
    >>> one = np.zeros((28, 28), np.uint8)
    >>> one[4:24, 13:16] = 255
    >>> DigitClassifier.pretrained().predict(one[None])
    array([1])
    """

    def __init__(
        self,
        *,
        image_shape: Optional[Sequence[int]] = None,
        value_range: Optional[Tuple[float, float]] = None,
        epochs: Optional[int] = None,
        batch_size: int = 32,
        optimizer: str = "adam",
        loss: str = "categorical_cross_entropy",
        learning_rate: float = 0.0001,
        schedule: str = "constant",
        augment: str = "none",
        validation_fraction: float = 0.0,
        class_weight: ClassWeights = None,
        train_options: Optional[Dict[str, Any]] = None,
        random_state: Any = None,
        n_jobs: Optional[int] = None,
        callbacks: Optional[Sequence[Callback]] = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            image_shape=image_shape,
            value_range=value_range,
            epochs=epochs,
            batch_size=batch_size,
            optimizer=optimizer,
            loss=loss,
            learning_rate=learning_rate,
            schedule=schedule,
            augment=augment,
            validation_fraction=validation_fraction,
            class_weight=class_weight,
            train_options=train_options,
            random_state=random_state,
            n_jobs=n_jobs,
            callbacks=callbacks,
            verbose=verbose,
        )

    @classmethod
    def pretrained(cls, **parameters: Any) -> DigitClassifier:
        """A classifier with the shipped model as it is, without training: for bytes of 28 x 28 images.

        Parameters
        ----------
        **parameters
            Of the constructor.

        Returns
        -------
        DigitClassifier
        """
        classifier = cls(**parameters)
        classifier.classes_ = np.arange(10)
        classifier.image_shape_ = (_SIDE, _SIDE, 1)
        low, high = classifier.value_range or (0.0, 255.0)
        classifier.value_range_ = (float(low), float(high))
        classifier.model_ = Model.pretrained()
        return classifier

    def _create_model(self, seed: int) -> Model:
        if self.image_shape_[2] != 1:
            raise ValueError("DigitClassifier takes gray images")
        self._columns()
        return Model.pretrained()

    def _columns(self) -> List[int]:
        """The digits that the labels stand for."""
        digits = [_digit_of(label) for label in self.classes_.tolist()]
        wrong = [label for label, digit in zip(self.classes_.tolist(), digits) if digit is None]
        if wrong:
            raise ValueError(f"the labels of DigitClassifier are 0 to 9, not {wrong[0]!r}")
        return digits  # type: ignore[return-value]

    def _dataset(self, pixels: npt.NDArray[np.uint8], numbers: npt.NDArray[Any]) -> Dataset:
        digits = np.array(self._columns())[numbers]
        return Dataset.from_arrays(_resized(pixels), digits, self.model_.class_names, copy=False)

    def _class_weights(self) -> ClassWeights:
        if not isinstance(self.class_weight, dict):
            return self.class_weight
        weights = np.ones(10, np.float32)
        for label, digit in zip(self.classes_.tolist(), self._columns()):
            weights[digit] = self.class_weight.get(label, 1.0)
        return weights

    def predict_proba(self, X: Any) -> npt.NDArray[np.float32]:
        """The probability of each digit that ``classes_`` has.

        Parameters
        ----------
        X : array
            Images as those of :meth:`fit`.

        Returns
        -------
        array of float32, (n, classes)
            In the order of ``classes_``; rows sum to 1.
        """
        pixels = _resized(self._to_bytes(self._checked(X)))
        rows = self.model_.predict_proba(pixels, threads=self._threads())
        if len(self.classes_) == rows.shape[1]:
            return rows
        some = rows[:, self._columns()]
        total = some.sum(axis=1, keepdims=True)
        return np.where(total > 0, some / np.where(total > 0, total, 1), np.float32(1 / some.shape[1]))


def _shape_of_images(shape: Tuple[int, ...]) -> Tuple[int, int, int]:
    if len(shape) == 3:
        return shape[1], shape[2], 1
    if len(shape) == 4 and shape[3] in (1, 3):
        return shape[1], shape[2], shape[3]
    raise ValueError(
        f"Found array with dim {len(shape)}: X of shape {_pixels.describe(shape)} is not "
        "n x height x width, or n x height x width x channels with 1 or 3 channels"
    )


def _shape_of_features(count: int) -> Tuple[int, int, int]:
    for channels in (1, 3):
        side = math.isqrt(count // channels)
        if side > 1 and side * side * channels == count:
            return side, side, channels
    return 1, count, 1


def _network(shape: Tuple[int, int, int]) -> Optional[str]:
    return next(network for side, network in _NETWORKS if min(shape[:2]) >= side)


def _class_names(classes: npt.NDArray[Any]) -> Optional[List[str]]:
    """The labels as names, where they can be names."""
    names = [str(label) for label in classes.tolist()]
    usable = all(
        0 < len(name.encode("utf-8", "replace")) <= 255
        and not any(unicodedata.category(character) in ("Cc", "Cs") for character in name)
        for name in names
    )
    return names if usable and len(set(names)) == len(names) else None


def _digit_of(label: Any) -> Optional[int]:
    text = str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)
    return int(text) if len(text) == 1 and text in "0123456789" else None


def _resized(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """As 28 x 28."""
    if pixels.shape[1:3] == (_SIDE, _SIDE):
        return pixels
    found = np.empty((len(pixels), _SIDE, _SIDE, 1), np.uint8)
    image = _abi.Image(None, pixels[0].nbytes, _abi.Shape(*pixels.shape[1:]), 0)
    for i in range(len(pixels)):
        image.pixels = _pixels.address(pixels[i])
        place = _pixels.address(found[i])
        check(core.image_resize(ctypes.byref(image), 0, _SIDE, _SIDE, place, found[i].nbytes))
    return found
