"""Training, as a loop of the caller's or in one call."""

from __future__ import annotations

import ctypes
import html
import os
import threading
import weakref
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
    Union,
    overload,
)

import numpy as np
import numpy.typing as npt

from . import _abi, _pixels
from ._handle import Handle
from ._library import core
from ._model_handle import ModelHandle, model_pointer
from ._options import encoded, fill, initialised, integer, nearest, sized
from ._running import log, tell
from ._threads import resolve
from .dataset import Dataset
from .errors import MnistcnnError, check
from .model import Model
from .progress import Callback, Progress, from_struct, with_bar

if TYPE_CHECKING:
    from typing import Literal, TypedDict

    from typing_extensions import Unpack

    class TrainOptions(TypedDict, total=False):
        """Options of a training; see the class of the same name at run time."""

        epochs: int
        batch_size: int
        seed: int
        loss: Literal["binary_cross_entropy", "categorical_cross_entropy"]
        optimizer: Literal["rmsprop", "sgd", "adam", "adamw"]
        schedule: Literal["constant", "linear", "cosine", "one_cycle", "step"]
        augment: Literal["none", "keras_2_0", "keras_2_9", "affine_elastic"]
        shuffle: bool
        horizontal_flip: bool
        nesterov: bool
        label_smoothing: float
        learning_rate: float
        rho: float
        momentum: float
        beta1: float
        beta2: float
        epsilon: float
        weight_decay: float
        warmup_fraction: float
        warmup_start_ratio: float
        final_lr_ratio: float
        ema_decay: float
        no_augment_fraction: float
        rotation: float
        shear: float
        zoom: float
        shift: float
        elastic_pixels: float
        dilate: float
        calibration_fraction: float
        l2: float
        clip_norm: float
        step_factor: float
        step_epochs: int
        metric: Literal["validation_loss", "validation_accuracy"]
        keep_best: bool
        stop_patience: int
        min_delta: float
        plateau_patience: int
        plateau_factor: float
        plateau_min_rate: float
        plateau_cooldown: int

else:

    class TrainOptions(Dict[str, Any]):
        """Options of a training, as keyword arguments of :meth:`Model.train` and :class:`Trainer`.

        Attributes
        ----------
        epochs : int
            1 to 100,000; 4 unless given.
        batch_size : int
            Images of a step; 32.
        seed : int
            Of shuffling, augmentation and dropout; 1.
        loss : {"binary_cross_entropy", "categorical_cross_entropy"}
            The first is that of the Keras tutorial, and the default.
        label_smoothing : float
            0 to 1.
        optimizer : {"rmsprop", "sgd", "adam", "adamw"}
            ``"rmsprop"`` unless given.
        learning_rate : float
            0.001.
        rho, momentum, nesterov, beta1, beta2, epsilon, weight_decay
            Of the optimizers, as in Keras.
        schedule : {"constant", "linear", "cosine", "one_cycle", "step"}
            Of the learning rate; with ``warmup_fraction``, ``warmup_start_ratio``, ``final_lr_ratio``,
            ``step_factor`` and ``step_epochs``.
        augment : {"none", "keras_2_0", "keras_2_9", "affine_elastic"}
            Images are changed at random, within ``rotation``, ``shear``, ``zoom``, ``shift``,
            ``elastic_pixels``, ``dilate`` and ``horizontal_flip``; not in the last part of all steps that
            ``no_augment_fraction`` says.
        shuffle : bool
            A new order in each epoch; True.
        ema_decay : float
            Validate and keep a moving average of the weights; 0: off.
        calibration_fraction : float
            The part of each class by which the confidence is calibrated; 0: off.
        l2, clip_norm : float
            Penalty of the weights, and the longest gradient; 0: off.
        metric : {"validation_loss", "validation_accuracy"}
            What tells a better epoch.
        keep_best : bool
            Leave the best epoch in the model, not the last one.
        stop_patience : int
            End after so many epochs without improvement; 0: off. ``min_delta`` is the least improvement.
        plateau_patience, plateau_factor, plateau_min_rate, plateau_cooldown
            Lower the learning rate after epochs without improvement, as Keras' ReduceLROnPlateau.

        Examples
        --------
        >>> from mnistcnn import TrainOptions
        >>> TrainOptions(epochs=2, optimizer="adam")
        {'epochs': 2, 'optimizer': 'adam'}
        """


__all__ = ["ClassWeights", "History", "TrainOptions", "Trainer"]

Path = Union[str, "os.PathLike[str]"]
ClassWeights = Union[None, str, Mapping[Any, float], Sequence[float], npt.NDArray[Any]]

# What of the option struct is no keyword argument: the rest of the interface takes care of it.
_NOT_OPTIONS = {
    "struct_size",
    "num_threads",
    "reserved",
    "checkpoint_path",
    "checkpoint_writer",
    "progress",
    "log",
    "user",
    "monitor",
    "error",
    "balance_classes",
    "num_class_weights",
    "class_weights",
}
OPTION_NAMES = [row[0] for row in _abi.TrainOptions._fields_ if row[0] not in _NOT_OPTIONS]
_FLAGS = {"shuffle", "horizontal_flip", "nesterov", "keep_best"}


class _Run:
    """A training of a model's copy. Shared by the trainer and the model, which asks it for the network as
    of the latest step, and takes the copy in the end.
    """

    def __init__(self, model: Model, network: Any, trainer: Any, keep: Tuple[Any, ...]) -> None:
        self.lock = threading.Lock()  # held by whoever is in a call with the trainer
        self._model, self._network = weakref.ref(model), network
        self.trainer: Optional[Handle] = Handle(trainer, core.trainer_free, keep)
        self.steps = self._seen_steps = 0
        self._is_abandoned = False

    def open(self) -> Handle:
        if self.trainer is None:
            raise ValueError("the trainer is closed")
        return self.trainer

    def refresh(self) -> None:
        """Gives the model the weights of the latest step; those it has, while a step is being made."""
        if self.steps == self._seen_steps or not self.lock.acquire(blocking=False):
            return
        try:
            found, model = model_pointer(), self._model()
            if self.trainer is None or model is None:
                return
            self._seen_steps = self.steps
            if core.trainer_model(self.trainer.pointer, ctypes.byref(found)) == 0:
                model._handle = ModelHandle(found)
        finally:
            self.lock.release()
            if self._is_abandoned:
                self.abandon()

    def abandon(self) -> None:
        """finish(), once nothing refers to the trainer any more. The collector may call this in a thread that
        is in refresh() and would wait for itself: then that does it in the end.
        """
        self._is_abandoned = True
        if self.lock.acquire(blocking=False):
            try:
                self._finish()
            finally:
                self.lock.release()

    def finish(self) -> None:
        """Frees the trainer, which leaves its weights in the copy, and gives this to the model."""
        with self.lock:
            self._finish()

    def _finish(self) -> None:
        if self.trainer is None:
            return
        self.trainer.free()
        self.trainer = None
        handle, model = ModelHandle(self._network), self._model()
        if model is not None:
            if self.steps > 0:
                model._handle = handle
            model._run = None


class Trainer:
    """Trains a model step by step: iterate over it, and get the :class:`Progress` after each step.

    The model has the weights of the latest step at any time. Breaking out of the loop ends the training
    once nothing refers to the trainer any more, or at :meth:`close`, or at the end of a ``with`` block.

    Parameters
    ----------
    model, train, validation, preset, class_weights, checkpoint, threads, **options
        As for :meth:`Model.train`.

    Attributes
    ----------
    model : Model
        The model that is trained.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import Dataset, Model, Trainer
    >>> images = np.zeros((20, 8, 8), np.uint8)
    >>> images[::2, 4:] = 255
    >>> data = Dataset.from_arrays(images, [0, 1] * 10)
    >>> model = Model.create((8, 8, 1), 2, "flatten, dense classes softmax")
    >>> with Trainer(model, data, epochs=2, batch_size=10) as trainer:
    ...     [(progress.event, progress.epoch) for progress in trainer]
    [('step', 1), ('epoch_end', 1), ('step', 2), ('epoch_end', 2)]
    >>> len(trainer.history.loss)
    2
    """

    def __init__(
        self,
        model: Model,
        train: Dataset,
        validation: Optional[Dataset] = None,
        *,
        preset: Optional[str] = None,
        class_weights: ClassWeights = None,
        checkpoint: Optional[Path] = None,
        threads: Optional[int] = None,
        **options: Unpack[TrainOptions],
    ) -> None:
        data = _handles(train, validation)
        struct, keep = _train_options(preset, options, checkpoint, threads)
        keep += _set_class_weights(struct, class_weights, train.class_names or model.class_names)
        with model._changing:
            model._check_not_training()
            network, found = model._current().clone(), ctypes.POINTER(_abi.Trainer)()
            arguments = *_pointers(data), ctypes.byref(struct), ctypes.byref(found)
            try:
                check(core.trainer_create(network, *arguments))
            except MnistcnnError:
                core.model_free(network)
                raise
            self._begin(model, network, found, (*data, *keep, struct), checkpoint)

    @classmethod
    def resume(
        cls,
        checkpoint: Path,
        train: Dataset,
        validation: Optional[Dataset] = None,
        *,
        epochs: Optional[int] = None,
        save_to: Optional[Path] = None,
        threads: Optional[int] = None,
    ) -> Trainer:
        """Goes on with a training from its checkpoint; the result is the same as without the interruption.

        Parameters
        ----------
        checkpoint : str or path
            The file that a training has written.
        train, validation : Dataset
            The same as then, which is checked.
        epochs : int, optional
            Another number of epochs in all.
        save_to : str or path, optional
            Where further checkpoints are written.
        threads : int, optional
            See :func:`mnistcnn.set_num_threads`.

        Returns
        -------
        Trainer
            Its ``model`` is a new one.
        """
        options = initialised(core.resume_options_init, _abi.ResumeOptions)
        options.path, options.num_threads = encoded(checkpoint), resolve(threads)
        options.log = log.pointer
        options.epochs = 0 if epochs is None else integer("epochs", epochs)
        if save_to is not None:
            options.checkpoint_path = encoded(save_to)
        network, found = model_pointer(), ctypes.POINTER(_abi.Trainer)()
        data = _handles(train, validation)
        status = core.trainer_resume(
            ctypes.byref(options), *_pointers(data), ctypes.byref(network), ctypes.byref(found)
        )
        check(status, os.fsdecode(checkpoint))
        now = model_pointer()
        check(core.trainer_model(found, ctypes.byref(now)))
        trainer = cls.__new__(cls)
        trainer._begin(Model(ModelHandle(now)), network, found, (*data, options), save_to)
        return trainer

    def _begin(self, model: Model, network: Any, found: Any, keep: Tuple[Any, ...], checkpoint: Any) -> None:
        self.model = model
        self._checkpoint = checkpoint
        self._epochs: List[Progress] = []
        self._finished = False
        self._run = model._run = _Run(model, network, found, keep)
        finalizer = weakref.finalize(self, self._run.abandon)
        finalizer.atexit = False
        self._load_history()

    def _load_history(self) -> None:
        """The epochs before a resumption."""
        struct, epoch = sized(_abi.Progress), 1
        pointer = self._run.open().pointer
        while core.trainer_history(pointer, epoch, ctypes.byref(struct)) == 0:
            self._epochs.append(from_struct(struct))
            epoch += 1

    # --- stepping -----------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Progress]:
        return self

    def __next__(self) -> Progress:
        latest = self._step()
        if latest is None:
            raise StopIteration
        return from_struct(latest)

    def _step(self) -> Optional[_abi.Progress]:
        """One step, or some 50 ms of a validation; None once there is none left."""
        run = self._run
        latest: _abi.Progress = sized(_abi.Progress)
        with run.lock:
            if self._finished:
                return None
            pointer = run.open().pointer
            if not core.trainer_finished(pointer):
                status = core.trainer_step(pointer, ctypes.byref(latest))
                run.steps += 1
                if status:
                    check(status, self._checkpoint and os.fsdecode(self._checkpoint))
                if latest.event == _abi.Event.EPOCH_END:
                    self._epochs.append(from_struct(latest))
                return latest
            self._finished = True
        run.finish()
        return None

    @property
    def finished(self) -> bool:
        """Whether all steps have been made, or ``stop_patience`` has ended the training."""
        if self._finished:
            return True
        with self._run.lock:
            trainer = self._run.trainer
            return trainer is None or bool(core.trainer_finished(trainer.pointer))

    @property
    def history(self) -> History:
        """The epochs so far, also those before a resumption."""
        return History(list(self._epochs))

    # --- its state ----------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Writes a checkpoint now, atomically; for :meth:`resume`."""
        with self._run.lock:
            pointer = self._run.open().pointer
            check(core.trainer_save_file(pointer, encoded(path)), os.fsdecode(path))

    def stop(self) -> None:
        """Ends the training; the checkpoint is written, if there is one."""
        run = self._run
        try:
            with run.lock:
                if run.trainer is None or core.trainer_finished(run.trainer.pointer):
                    return
                if self._checkpoint is not None:
                    check(
                        core.trainer_save_file(run.trainer.pointer, encoded(self._checkpoint)),
                        os.fsdecode(self._checkpoint),
                    )
        finally:
            self.close()

    def close(self) -> None:
        """Ends the training and frees its memory. The model keeps the latest step. May be called again."""
        self._finished = True
        self._run.finish()

    def __enter__(self) -> Trainer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "finished" if self._finished else f"after {self._run.steps} steps"
        return f"<Trainer of {self.model!r}, {state}>"


class History(Sequence[Progress]):
    """The figures of a training's epochs: a sequence of :class:`Progress`, and each figure as an array.

    Attributes
    ----------
    loss, accuracy, binary_accuracy : array, (epochs,)
        On the training set, while it was being trained with.
    validation_loss, validation_accuracy, validation_binary_accuracy : array, (epochs,)
        NaN without a validation set.
    learning_rate, seconds : array, (epochs,)
        Of each epoch.
    """

    _COLUMNS = (
        "loss",
        "accuracy",
        "binary_accuracy",
        "validation_loss",
        "validation_accuracy",
        "validation_binary_accuracy",
        "learning_rate",
        "seconds",
    )

    def __init__(self, epochs: List[Progress]) -> None:
        self._epochs = epochs

    def __len__(self) -> int:
        return len(self._epochs)

    @overload
    def __getitem__(self, index: int) -> Progress: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[Progress, History]:
        found = self._epochs[index]
        return History(found) if isinstance(found, list) else found

    def __getattr__(self, name: str) -> npt.NDArray[np.float64]:
        if name not in self._COLUMNS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return np.array([getattr(epoch, name) for epoch in self._epochs], np.float64)

    def to_dict(self) -> Dict[str, List[float]]:
        """The columns, for a table: ``pandas.DataFrame(history.to_dict())``."""
        return {name: [float(value) for value in getattr(self, name)] for name in self._COLUMNS}

    @property
    def best_epoch(self) -> int:
        """The best epoch, from 1, by the option ``metric``; 0 if nothing asked for it."""
        return self._epochs[-1].best_epoch if self._epochs else 0

    @property
    def stopped_early(self) -> bool:
        """Whether ``stop_patience`` has ended the training."""
        return bool(self._epochs) and self._epochs[-1].stopped_early

    def __repr__(self) -> str:
        if not self._epochs:
            return "<History of no epochs>"
        last = self._epochs[-1]
        return f"<History of {len(self)} epochs, loss {last.loss:.4f}, accuracy {last.accuracy:.4f}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name.replace('_', ' '))}</th>" for name in self._COLUMNS)
        rows = "".join(
            f"<tr><td>{epoch.epoch}</td>"
            + "".join(f"<td>{getattr(epoch, name):.4g}</td>" for name in self._COLUMNS)
            + "</tr>"
            for epoch in self._epochs
        )
        return f"<table><tr><th>epoch</th>{head}</tr>{rows}</table>"


# --- options ----------------------------------------------------------------------------------------


def _train_options(
    preset: Optional[str],
    options: Mapping[str, Any],
    checkpoint: Optional[Path],
    threads: Optional[int],
) -> Tuple[_abi.TrainOptions, Tuple[Any, ...]]:
    struct: _abi.TrainOptions = initialised(core.train_options_init, _abi.TrainOptions)
    values = dict(options)
    if preset is not None:
        epochs = integer("epochs", values.pop("epochs", 0))
        size = ctypes.sizeof(struct)
        check(core.train_options_preset(ctypes.byref(struct), size, preset.encode(), epochs))
    for name in _FLAGS & values.keys():
        values[name] = bool(values[name])
    fill(struct, values, OPTION_NAMES)
    struct.num_threads, struct.log = resolve(threads), log.pointer
    if checkpoint is not None:
        struct.checkpoint_path = encoded(checkpoint)
    return struct, (log,)


def _set_class_weights(
    struct: _abi.TrainOptions, given: ClassWeights, names: Sequence[str]
) -> Tuple[Any, ...]:
    """Sets the weights of the classes; what has to live as long as the call."""
    if given is None:
        return ()
    if isinstance(given, str):
        if given != "balanced":
            raise ValueError(f"class_weights is {given!r}; the only word is 'balanced'")
        struct.balance_classes = 1
        return ()
    weights = np.ascontiguousarray(_weights_in_order(given, names), np.float32)
    struct.class_weights, struct.num_class_weights = _pixels.address(weights), len(weights)
    return (weights,)


def _weights_in_order(given: Any, names: Sequence[str]) -> Any:
    if not isinstance(given, Mapping):
        return given
    texts = {str(name): weight for name, weight in given.items()}
    for name in texts:
        if name not in names:
            raise ValueError(f"class_weights: there is no class {name!r}{nearest(name, names)}")
    return [texts.get(name, 1.0) for name in names]


def _handles(train: Dataset, validation: Optional[Dataset]) -> Tuple[Optional[Handle], ...]:
    for data in (train, validation):
        if not isinstance(data, Dataset) and data is not None:
            raise TypeError(f"a training takes datasets, not {type(data).__name__}")
    return train._open(), None if validation is None else validation._open()


def _pointers(handles: Tuple[Optional[Handle], ...]) -> Tuple[Any, ...]:
    return tuple(None if handle is None else handle.pointer for handle in handles)


# --- to the end -------------------------------------------------------------------------------------


def run_to_end(trainer: Trainer, callbacks: List[Callback], show: Optional[bool]) -> History:
    """Makes all steps; the caller's exceptions, and Ctrl-C, end the training and go on."""
    told, bar = with_bar(callbacks, show)
    try:
        while (latest := trainer._step()) is not None:
            if told and tell(told, from_struct(latest)):
                break
    except MnistcnnError:
        trainer.close()
        raise
    finally:
        if bar is not None:
            bar.close()
        trainer.stop()
    return trainer.history
