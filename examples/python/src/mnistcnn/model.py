"""Networks: made, loaded, asked, and saved."""

from __future__ import annotations

import ctypes
import functools
import html
import os
import threading
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _abi, _exchange, _pixels, _predict
from ._exchange import EncodingResult
from ._library import core, pretrained
from ._model_handle import ModelHandle, model_pointer
from ._options import encoded, fill, initialised, integer, number_of, sized, strings, text
from ._predict import FilePrediction, Probabilities
from .dataset import Dataset
from .errors import StateError, check
from .preparation import Preparation, from_struct, to_struct
from .progress import Callback

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .evaluation import Evaluation
    from .training import ClassWeights, History, TrainOptions, _Run

__all__ = ["Model"]

Path = Union[str, "os.PathLike[str]"]


class Model:
    """A network: its architecture, weights, class names and preparation of images.

    Made by :meth:`pretrained`, :meth:`create`, :meth:`load`, :meth:`from_bytes` or :meth:`import_file`. Any
    number of threads may predict with it at once, also while it is trained: they get the answers of the
    latest finished step. It can be pickled and copied. It frees its memory by itself, or at the end of a
    ``with`` block.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import Model
    >>> model = Model.pretrained()
    >>> model.input_shape, model.num_classes
    ((28, 28, 1), 10)
    >>> seven = np.zeros((28, 28), np.uint8)
    >>> seven[6:8, 8:20] = 255
    >>> for row in range(8, 23):
    ...     seven[row, 18 - row // 2 + 3 : 21 - row // 2 + 3] = 255
    >>> model.predict(seven)
    '7'
    >>> model.predict_proba(np.stack([seven, seven])).shape
    (2, 10)
    """

    def __init__(self, handle: ModelHandle) -> None:
        self._handle: Optional[ModelHandle] = handle
        self._run: Optional[_Run] = None
        # Held while a changed copy takes the place of the network, or a training begins.
        self._changing = threading.RLock()

    # --- making -------------------------------------------------------------------------------------

    @classmethod
    def pretrained(cls) -> Model:
        """The shipped model: the ten digits, from images of any size.

        Returns
        -------
        Model
            A new one at each call.
        """
        found = model_pointer()
        check(pretrained().pretrained_model(None, ctypes.byref(found)))
        return cls(ModelHandle(found))

    @classmethod
    def create(
        cls,
        input_shape: Sequence[int] = (28, 28, 1),
        classes: Union[int, Sequence[str]] = 10,
        architecture: Optional[str] = None,
        *,
        preset: Optional[str] = None,
        initializer: Optional[str] = None,
        seed: int = 1,
        prepare: Optional[str] = None,
        preparation: Optional[Preparation] = None,
    ) -> Model:
        """Makes a network with random weights.

        Parameters
        ----------
        input_shape : (int, int, {1, 3})
            Height, width and channels.
        classes : int or sequence of str
            How many there are, or their names, which training otherwise takes from the dataset.
        architecture : str, optional
            The layers, such as ``"conv 16 3x3 relu, maxpool 2, flatten, dense classes softmax"``; without
            it, the network of the Keras tutorial.
        preset : {"tutorial", "best"}, optional
            The network of a preset; see :meth:`train`.
        initializer : str, optional
            ``"glorot_uniform"``, ``"he_normal"``, ...
        seed : int
            Of the random weights.
        prepare : {"none", "digit"}, optional
            ``"digit"``: image files show one digit, which is found and rendered like those of MNIST.
        preparation : Preparation, optional
            All of how images become the input; in the place of ``prepare``.

        Returns
        -------
        Model

        Raises
        ------
        ArchitectureError
            A layer is malformed or does not fit; the message names it.

        Examples
        --------
        >>> from mnistcnn import Model
        >>> model = Model.create((12, 12, 1), ["cat", "dog"], "flatten, dense classes softmax")
        >>> model.num_parameters
        290
        """
        options = initialised(core.model_options_init, _abi.ModelOptions)
        if preset is not None:
            check(core.model_options_preset(ctypes.byref(options), ctypes.sizeof(options), preset.encode()))
        if len(input_shape) != 3:
            raise ValueError(f"input_shape must be height, width and channels, not {tuple(input_shape)}")
        height, width, channels = (integer("input_shape", size) for size in input_shape)
        options.input_height, options.input_width, options.input_channels = height, width, channels
        names = None if isinstance(classes, (int, np.integer)) else strings(list(classes))
        options.num_classes = integer("classes", classes) if names is None else len(names)
        options.class_names, options.seed = names, integer("seed", seed, 64)
        if architecture is not None:
            options.architecture = architecture.encode()
        if initializer is not None:
            options.initializer = number_of("initializer", initializer)
        if prepare is not None:
            if preparation is not None:
                raise TypeError("give either prepare or preparation")
            preparation = Preparation(prepare=prepare)
        if preparation is not None:
            options.preparation = ctypes.pointer(to_struct(preparation))
        found = model_pointer()
        check(core.model_create(ctypes.byref(options), ctypes.byref(found)))
        return cls(ModelHandle(found))

    @classmethod
    def load(cls, file: Any, *, max_memory_bytes: int = 0, max_multiply_adds: int = 0) -> Model:
        """Loads a model file.

        Parameters
        ----------
        file : str, path or file object
            Where from. The content is not trusted: whatever is wrong with it is an error.
        max_memory_bytes, max_multiply_adds : int
            Limits for models from strangers, of the memory and of one prediction; 0: none.

        Returns
        -------
        Model

        Raises
        ------
        MissingFileError
            There is no such file.
        FormatError
            It is no model file; the message says where it deviates.
        LimitExceededError
            The model would exceed a limit.
        """
        limits = {"max_memory_bytes": max_memory_bytes, "max_multiply_adds": max_multiply_adds}
        if hasattr(file, "read"):
            return cls._load(limits, data=file.read())
        return cls._load(limits, path=file)

    @classmethod
    def from_bytes(cls, data: Any, *, max_memory_bytes: int = 0, max_multiply_adds: int = 0) -> Model:
        """Loads the content of a model file, from bytes or any other buffer; see :meth:`load`."""
        limits = {"max_memory_bytes": max_memory_bytes, "max_multiply_adds": max_multiply_adds}
        return cls._load(limits, data=data)

    @classmethod
    def _load(cls, limits: Dict[str, int], path: Any = None, data: Any = None) -> Model:
        options = initialised(core.load_options_init, _abi.LoadOptions)
        fill(options, limits, limits)
        content = np.frombuffer(data if path is None else b"", np.uint8)
        if path is None:
            options.data, options.size_bytes = _pixels.address(content), len(content)
        else:
            options.path = encoded(path)
        found = model_pointer()
        check(
            core.model_load(ctypes.byref(options), ctypes.byref(found)),
            None if path is None else os.fsdecode(path),
        )
        return cls(ModelHandle(found))

    @classmethod
    def import_file(
        cls,
        file: Any,
        *,
        encoding: Optional[str] = None,
        architecture: Optional[str] = None,
        input_size: Optional[Tuple[int, int]] = None,
        prepare: Optional[str] = None,
    ) -> Model:
        """Imports a model of another framework: of Keras, PyTorch, ONNX, LiteRT or TensorFlow.js.

        What the file is, is told by its content: ``.keras``, ``.h5`` or ``.weights.h5`` of Keras 1 to 3, a
        state_dict of PyTorch, ``.onnx``, ``.tflite``, or the ``model.json`` of a layers model. Code in it is
        never run. What was assumed is logged by Python's logger ``"mnistcnn"``.

        Parameters
        ----------
        file : str, path, bytes or file object
            The file, or its content; of a ``model.json`` the path, as its weights are in files beside it.
        encoding : str, optional
            How the network's input was made from bytes, which these files do not say: ``"raw"``,
            ``"unit"`` (0 to 1), ``"signed"`` (-1 to 1), ... :meth:`check_encodings` finds it out.
        architecture : str, optional
            The network, for files with weights only.
        input_size : (int, int), optional
            Height and width, where the file leaves them open.
        prepare : {"none", "digit"}, optional
            As in :meth:`create`.

        Returns
        -------
        Model

        Raises
        ------
        MissingFileError
            There is no such file.
        FormatError
            It is no model that this library knows; the message names the file.
        UnsupportedError
            The network has a layer that this library has not; the message names it.

        Examples
        --------
        >>> import os, tempfile
        >>> from mnistcnn import Model
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "digits.onnx")
        ...     Model.pretrained().export(path, format="onnx")
        ...     Model.import_file(path, encoding="raw").input_shape
        (28, 28, 1)
        """
        options = _exchange.Options(encoding, architecture, input_size, prepare)
        return cls(ModelHandle(_exchange.load(file, options)))

    # The name that users of Keras look for.
    from_keras = import_file

    @staticmethod
    def check_encodings(
        file: Any,
        dataset: Dataset,
        *,
        architecture: Optional[str] = None,
        input_size: Optional[Tuple[int, int]] = None,
        prepare: Optional[str] = None,
    ) -> List[EncodingResult]:
        """How well a model of another framework reads images with each encoding of its input.

        Parameters
        ----------
        file, architecture, input_size, prepare
            As for :meth:`import_file`.
        dataset : Dataset
            Images of the model's size with their classes; up to 1,000 are tried.

        Returns
        -------
        list of EncodingResult
            The best first: its ``encoding`` is the argument of :meth:`import_file`.
        """
        options = _exchange.Options(None, architecture, input_size, prepare)
        return _exchange.check_encodings(file, dataset, options)

    # --- saving -------------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Writes a model file, atomically: other programs see the old file or the complete new one."""
        handle = self._current()
        check(core.model_save_file(handle.pointer, encoded(path)), os.fsdecode(path))

    def to_bytes(self) -> bytes:
        """The content of the model file."""
        handle, size = self._current(), ctypes.c_size_t()
        check(core.model_save_memory(handle.pointer, None, 0, ctypes.byref(size)))
        buffer = ctypes.create_string_buffer(size.value)
        check(core.model_save_memory(handle.pointer, buffer, size.value, ctypes.byref(size)))
        return buffer.raw

    def export(self, path: Path, *, format: str = "keras", unit_input: bool = False) -> None:
        """Writes a file of another framework, which gives the same answers.

        Parameters
        ----------
        path : str or path
            Where to. A second file, where there is one, has the same name with its own ending.
        format : {"keras", "keras_h5", "keras_weights", "onnx", "tfjs", "pytorch", "c", "c_int8"}
            Of Keras 3, of Keras 2 and 3, or weights only; ``image`` [N, channels, rows, columns] to
            ``probabilities``; the model.json of a layers model of TensorFlow.js, its weights beside it; a
            state_dict as safetensors, its module beside it; a C header that predicts, in floats or with
            weights of 8 bits.
        unit_input : bool
            The exported network reads 0 to 1 instead of bytes, 0 to 255.

        Raises
        ------
        UnsupportedError
            The format cannot store something of the model; the message names it.
        """
        _exchange.save(self._current(), path, format, unit_input)

    # --- its end, and copies ------------------------------------------------------------------------

    def close(self) -> None:
        """Frees the memory, as soon as no call uses it. May be called again."""
        self._check_not_training()
        self._handle = None

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _current(self) -> ModelHandle:
        """The network as of the latest finished step."""
        run = self._run  # which another thread may end
        if run is not None:
            run.refresh()
        handle = self._handle
        if handle is None:
            raise ValueError("the model is closed")
        return handle

    def _check_not_training(self) -> None:
        if self._run is not None:
            raise StateError("the model is being trained: close its trainer first")

    def copy(self) -> Model:
        """An independent copy."""
        return Model(ModelHandle(self._current().clone()))

    def __copy__(self) -> Model:
        return self.copy()

    def __deepcopy__(self, memo: object) -> Model:
        return self.copy()

    def __reduce__(self) -> Tuple[Callable[[bytes], Model], Tuple[bytes]]:
        return _unpickle, (self.to_bytes(),)

    def _change(self, change: Callable[[Any], int]) -> None:
        """Changes a copy, which then takes the place of the network: others may be predicting with it."""
        with self._changing:
            self._check_not_training()
            pointer = self._current().clone()
            try:
                check(change(pointer))
            except BaseException:
                core.model_free(pointer)
                raise
            self._handle = ModelHandle(pointer)

    # --- what it is ---------------------------------------------------------------------------------

    @property
    def input_shape(self) -> Tuple[int, int, int]:
        """Height, width and channels of the input."""
        return self._current().shape

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return self._current().num_classes

    @property
    def class_names(self) -> List[str]:
        """The names of the classes; may be set."""
        return [str(name) for name in self._current().names]

    @class_names.setter
    def class_names(self, names: Sequence[str]) -> None:
        texts = strings(list(names))
        self._change(lambda pointer: int(core.model_set_class_names(pointer, texts, len(texts))))

    @property
    def architecture(self) -> str:
        """The layers, as :meth:`create` takes them."""
        return str(core.model_architecture(self._current().pointer).decode())

    @property
    def num_parameters(self) -> int:
        """The number of weights."""
        return int(core.model_num_parameters(self._current().pointer))

    @property
    def preparation(self) -> Preparation:
        """How images become the input; may be set."""
        struct = sized(_abi.Preparation)
        check(core.model_preparation(self._current().pointer, ctypes.byref(struct)))
        return from_struct(struct)

    @preparation.setter
    def preparation(self, preparation: Preparation) -> None:
        struct = to_struct(preparation)
        self._change(lambda pointer: int(core.model_set_preparation(pointer, ctypes.byref(struct))))

    @property
    def temperature(self) -> float:
        """Probabilities are softmax(logits / temperature); may be set."""
        return float(core.model_temperature(self._current().pointer))

    @temperature.setter
    def temperature(self, temperature: float) -> None:
        self._change(lambda pointer: int(core.model_set_temperature(pointer, float(temperature))))

    @property
    def rejection_threshold(self) -> float:
        """An image whose most probable class is less probable shows none of the classes: predictions of files
        and pictures raise :class:`NoDigitError`. 0: none; may be set, and :meth:`calibrate` finds one.
        """
        return float(core.model_rejection_threshold(self._current().pointer))

    @rejection_threshold.setter
    def rejection_threshold(self, threshold: float) -> None:
        value = float(threshold)
        self._change(lambda pointer: int(core.model_set_rejection_threshold(pointer, value)))

    @property
    def notes(self) -> Dict[str, str]:
        """What is stored in the model file along with the weights, such as ``training.epochs``; a copy."""
        pointer = self._current().pointer
        keys = [core.model_note_key(pointer, i) for i in range(core.model_num_notes(pointer))]
        return {key.decode(): core.model_note(pointer, key).decode() for key in keys}

    def set_note(self, key: str, value: Optional[str]) -> None:
        """Stores a note, or removes it if the value is None."""
        stored = None if value is None else value.encode()
        self._change(lambda pointer: int(core.model_set_note(pointer, key.encode(), stored)))

    @property
    def weights(self) -> Dict[str, npt.NDArray[np.float32]]:
        """All weights by name, such as ``"conv2d_1/kernel"``, with shapes as in Keras; copies."""
        from . import _weights

        return _weights.read(self._current())

    def set_weights(self, weights: Dict[str, npt.ArrayLike]) -> None:
        """Replaces some or all of :attr:`weights`; the others stay.

        Raises
        ------
        NotFoundError
            There are no weights of this name.
        ShapeMismatchError
            An array has another number of values.
        """
        from . import _weights

        self._change(lambda pointer: _weights.write(pointer, weights))

    def summary(self) -> str:
        """The table that Keras' ``summary()`` prints: layers, output shapes, parameters."""
        return text(functools.partial(core.model_summary, self._current().pointer))

    def __repr__(self) -> str:
        if self._handle is None:
            return "<Model, closed>"
        shape, classes = _pixels.describe(self.input_shape), self.num_classes
        return f"<Model {shape} -> {classes} classes, {self.num_parameters} parameters>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.summary())}</pre>"

    # --- predicting ---------------------------------------------------------------------------------

    def predict_proba(
        self, images: Any, *, threads: Optional[int] = None, precision: str = "float32"
    ) -> Probabilities:
        """The probability of each class.

        Parameters
        ----------
        images : array, path, folder, PIL image, bytes, file object, or a list of these
            An array of the model's size is its input as it is: (height, width), (height, width, channels),
            (n, height, width) or (n, height, width, channels); uint8 from 0 to 255, or floats from 0 to 1.
            Gray images may be given to a model of three channels, and colours to one of one. Memory that
            is C-contiguous and uint8 or float32 is not copied.
            Everything else is prepared as the model says: an image file (its path, its content as bytes, or
            an open file), a PIL image, an array of any other size that shows one image, and each image file
            below a folder, in sorted order.
        threads : int, optional
            See :func:`mnistcnn.set_num_threads`; by default few images use one. The results are the same
            bytes with any number, and whether images come one by one or many at a time.
        precision : {"float32", "int8"}
            ``"int8"`` computes wide dense layers in 8-bit integers, on processors that can.

        Returns
        -------
        array of float32, (n, classes), or (classes,) of a single image
            Rows sum to 1, but for networks that end in sigmoid.

        Raises
        ------
        NoDigitError
            An image shows no digit, and the model reads digits.
        MissingFileError, FormatError
            There is no such file, or it is no image.
        """
        return _predict.predict(self._current(), images, threads, precision)

    def predict(self, images: Any, *, threads: Optional[int] = None, precision: str = "float32") -> Any:
        """The most probable class.

        Parameters
        ----------
        images, threads, precision
            As for :meth:`predict_proba`.

        Returns
        -------
        str, or array of str, (n,)
            Class names: one for a single image, else one for each.
        """
        handle = self._current()
        rows = _predict.predict(handle, images, threads, precision)
        if rows.ndim == 1:
            return str(handle.names[rows.argmax()])
        return handle.names[rows.argmax(axis=1)]

    def predict_files(
        self,
        paths: Union[Path, Iterable[Path]],
        *,
        threads: Optional[int] = None,
        precision: str = "float32",
    ) -> List[FilePrediction]:
        """Predicts many image files; one that cannot be read does not stop the others.

        Parameters
        ----------
        paths : folder, or paths of files
            Of a folder, all image files below it.
        threads, precision
            As for :meth:`predict_proba`.

        Returns
        -------
        list of FilePrediction
            In the order of the paths: label, confidence, probabilities, or the error.
        """
        handle = self._current()
        if _pixels.is_path(paths):
            folder = os.fspath(paths)  # type: ignore[arg-type]
            places = _predict.files_of_folder(folder) if os.path.isdir(folder) else [folder]
        else:
            places = list(paths)  # type: ignore[arg-type]
        return _predict.predict_files(handle, places, threads, precision)

    # --- training and evaluating --------------------------------------------------------------------

    def train(
        self,
        train: Dataset,
        validation: Optional[Dataset] = None,
        *,
        preset: Optional[str] = None,
        class_weights: ClassWeights = None,
        checkpoint: Optional[Path] = None,
        threads: Optional[int] = None,
        callbacks: Sequence[Callback] = (),
        progress: Optional[bool] = None,
        **options: Unpack[TrainOptions],
    ) -> History:
        """Trains the model, and after each epoch validates it.

        Ctrl-C, and an exception in a callback, end the training within a step and go on to the caller; the
        model is then that of the latest step.

        Parameters
        ----------
        train : Dataset
            Images of the model's height and width. A model without class names takes those of the dataset.
        validation : Dataset, optional
            Not trained with.
        preset : {"tutorial", "best"}, optional
            Options that belong together: those of the Keras tutorial, or the recipe for the highest
            accuracy. Further options change them.
        class_weights : "balanced", dict or sequence, optional
            How much the images of each class count, by name or in order.
        checkpoint : str or path, optional
            Where a checkpoint is written after each epoch, and when the training is stopped; for
            :meth:`Trainer.resume`.
        threads : int, optional
            See :func:`mnistcnn.set_num_threads`. The result is the same with any number.
        callbacks : sequence of callables
            Called in this thread with a :class:`Progress` after each step; one that returns something true
            ends the training.
        progress : bool, optional
            Show a progress bar; by default in a terminal or notebook.
        **options
            ``epochs``, ``batch_size``, ``optimizer``, ``learning_rate``, ...: see :class:`TrainOptions`.

        Returns
        -------
        History
            The figures of each epoch.

        Examples
        --------
        >>> import numpy as np
        >>> from mnistcnn import Dataset, Model
        >>> images = np.zeros((20, 8, 8), np.uint8)
        >>> images[::2, 4:] = 255
        >>> data = Dataset.from_arrays(images, ["low", "none"] * 10)
        >>> model = Model.create((8, 8, 1), 2, "flatten, dense classes softmax")
        >>> history = model.train(data, epochs=20, optimizer="adam", learning_rate=0.01)
        >>> model.predict(images[0]), float(history.accuracy[-1])
        ('low', 1.0)
        """
        from .training import Trainer, run_to_end

        trainer = Trainer(
            self,
            train,
            validation,
            preset=preset,
            class_weights=class_weights,
            checkpoint=checkpoint,
            threads=threads,
            **options,
        )
        return run_to_end(trainer, list(callbacks), progress)

    def evaluate(
        self,
        dataset: Dataset,
        *,
        loss: str = "binary_cross_entropy",
        threads: Optional[int] = None,
        precision: str = "float32",
        callbacks: Sequence[Callback] = (),
        progress: Optional[bool] = False,
    ) -> Evaluation:
        """How well the model reads a dataset.

        Parameters
        ----------
        dataset : Dataset
            Images of the model's size; classes are found by their names.
        loss : {"binary_cross_entropy", "categorical_cross_entropy"}
            The loss to report.
        threads, precision
            As for :meth:`predict_proba`.
        callbacks, progress
            As for :meth:`Dataset.from_folder`.

        Returns
        -------
        Evaluation
            Accuracy, loss, confusion matrix, and the answer for each image.
        """
        from .evaluation import evaluate

        return evaluate(self._current(), dataset, loss, threads, precision, list(callbacks), progress)

    def calibrate(self, dataset: Dataset, *, accepted: float = 0.0) -> None:
        """Makes the confidence true: fits :attr:`temperature` on images that the model was not trained on.

        Parameters
        ----------
        dataset : Dataset
            Images of the model's size; classes are found by their names.
        accepted : float
            If it is above 0, also set :attr:`rejection_threshold`: the highest that accepts this fraction of
            the images that are classified correctly.

        Examples
        --------
        >>> import numpy as np
        >>> from mnistcnn import Dataset, Model
        >>> images = np.random.default_rng(1).integers(0, 256, (40, 8, 8), np.uint8)
        >>> model = Model.create((8, 8, 1), 2, "flatten, dense classes softmax")
        >>> model.calibrate(Dataset.from_arrays(images, [0, 1] * 20), accepted=0.9)
        >>> 0 < model.rejection_threshold < 1
        True
        """
        from .evaluation import with_classes_of

        if not isinstance(dataset, Dataset):
            raise TypeError(f"calibrate() takes a Dataset, not {type(dataset).__name__}")
        data = with_classes_of(self._current(), dataset)._open()
        fraction = float(accepted)
        self._change(lambda pointer: int(core.model_calibrate(pointer, data.pointer, fraction)))


def _unpickle(data: bytes) -> Model:
    return Model.from_bytes(data)
