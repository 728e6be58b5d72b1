"""Labelled images to train and evaluate with."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from . import _abi, _pixels
from ._handle import Handle
from ._library import core
from ._options import encoded, initialised, integer, number_of, sized, strings
from ._running import log, run
from ._threads import resolve
from .errors import check
from .preparation import Preparation, to_struct
from .progress import Callback, with_bar

if TYPE_CHECKING:
    from .model import Model

__all__ = ["Dataset"]

Path = Union[str, "os.PathLike[str]"]
_BACKGROUND = int(_abi.Label.NO_CLASS)


class Dataset:
    """Labelled images of one size, stored as bytes. Immutable, and usable by any number of threads.

    Made by :meth:`from_folder`, :meth:`from_arrays` or :meth:`from_idx`. It frees its memory by itself, or
    at the end of a ``with`` block.

    Examples
    --------
    >>> import numpy as np
    >>> from mnistcnn import Dataset
    >>> images = np.zeros((4, 28, 28), np.uint8)
    >>> data = Dataset.from_arrays(images, ["cat", "dog", "cat", "dog"])
    >>> len(data), data.shape, data.class_names
    (4, (28, 28, 1), ['cat', 'dog'])
    >>> data.labels
    array([0, 1, 0, 1], dtype=int32)
    """

    def __init__(self, handle: Handle) -> None:
        self._handle: Optional[Handle] = handle

    # --- making -------------------------------------------------------------------------------------

    @classmethod
    def from_folder(
        cls,
        path: Path,
        *,
        model: Optional[Model] = None,
        size: Optional[Tuple[int, int]] = None,
        channels: Optional[int] = None,
        prepare: Optional[str] = None,
        preparation: Optional[Preparation] = None,
        background: Optional[str] = None,
        skip_broken: bool = False,
        threads: Optional[int] = None,
        callbacks: Sequence[Callback] = (),
        progress: Optional[bool] = None,
    ) -> Dataset:
        """Loads a folder with one sub-folder of PNG, JPEG or BMP files for each class.

        Parameters
        ----------
        path : str or path
            The folder; its classes are the names of the sub-folders in byte order.
        model : Model, optional
            Bring the images to the size and the preparation of this model.
        size : (int, int), optional
            Height and width that images are brought to; otherwise those of the first image.
        channels : {1, 3}, optional
            Otherwise 3 if any image has colour.
        prepare : {"none", "digit"}, optional
            ``"digit"``: each image shows one digit, which is found and rendered like those of MNIST.
        preparation : Preparation, optional
            All of how images become bytes; in the place of ``prepare``.
        background : str, optional
            The sub-folder of images that show none of the classes; it is no class then. Training teaches the
            network to be undecided about their kind. Their label is -1.
        skip_broken : bool
            Leave out images that cannot be read, rather than fail. ``num_skipped`` counts them.
        threads : int, optional
            See :func:`mnistcnn.set_num_threads`.
        callbacks : sequence of callables
            Called with a :class:`Progress` about ten times a second; one that returns something true ends
            the call, which raises :class:`mnistcnn.CancelledError`.
        progress : bool, optional
            Show a progress bar; by default in a terminal or notebook.

        Returns
        -------
        Dataset

        Raises
        ------
        MissingFileError
            There is no such folder.
        FormatError
            It has no classes, or an image is broken; the message names it.
        """
        options = _load_options(model, size, channels, prepare, preparation)
        options.skip_broken = bool(skip_broken)
        if background is not None:
            options.background = encoded(background)
        return cls(_load(options, threads, callbacks, progress, core.dataset_load_folder, (path,)))

    @classmethod
    def from_idx(
        cls,
        images: Path,
        labels: Path,
        *,
        model: Optional[Model] = None,
        size: Optional[Tuple[int, int]] = None,
        prepare: Optional[str] = None,
        preparation: Optional[Preparation] = None,
        transpose: bool = False,
        first_label: int = 0,
        threads: Optional[int] = None,
    ) -> Dataset:
        """Loads the two IDX files of MNIST and its relatives, plain or gzip-compressed.

        Parameters
        ----------
        images, labels : str or path
            The files.
        model, size, prepare, preparation, threads
            As for :meth:`from_folder`.
        transpose : bool
            Swap rows and columns of each image, as the files of EMNIST need it.
        first_label : int
            The label of the first class, 0 to 255.

        Returns
        -------
        Dataset
        """
        options = _load_options(model, size, None, prepare, preparation)
        options.idx_transpose = bool(transpose)
        options.idx_first_label = integer("first_label", first_label)
        return cls(_load(options, threads, (), False, core.dataset_load_idx, (images, labels)))

    @classmethod
    def from_arrays(
        cls,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        classes: Union[int, Sequence[str], None] = None,
        *,
        copy: bool = True,
    ) -> Dataset:
        """Makes a dataset of images in memory.

        Parameters
        ----------
        images : array, (n, height, width) or (n, height, width, channels)
            Bytes, 0 to 255, or floats from 0 to 1, which are rounded to bytes. 1 or 3 channels.
        labels : array of n
            Class numbers from 0, or class names; -1 or None: an image of the background, which shows none of
            the classes, as with :meth:`from_folder`.
        classes : int or sequence of str, optional
            How many classes there are, or their names in the order of their numbers. Without it, as many as
            the labels say: the names of labels that are text are sorted; numbers have no names.
        copy : bool
            False: use the memory of a C-contiguous uint8 array, which must not change any more.

        Returns
        -------
        Dataset
        """
        pixels = _pixels.to_bytes(_pixels.to_pixels(images))
        if pixels.ndim == 3:
            pixels = pixels[..., None]
        if pixels.ndim != 4 or pixels.shape[3] not in (1, 3):
            raise ValueError(
                f"images: an array of shape {_pixels.describe(pixels.shape)} is not "
                "n x height x width or n x height x width x channels with 1 or 3 channels"
            )
        numbers, names = _class_numbers(labels, None if isinstance(classes, int) else classes)
        if len(numbers) != len(pixels):
            raise ValueError(f"there are {len(pixels)} images, but {len(numbers)} labels")
        if isinstance(classes, int):
            count = integer("classes", classes)
        else:
            count = len(names) if names is not None else int(numbers.max(initial=-1)) + 1
        return cls(_create(pixels, numbers, count, names, copy))

    # --- its end ------------------------------------------------------------------------------------

    def close(self) -> None:
        """Frees the memory, as soon as no call and no trainer uses it. May be called again."""
        self._handle = None

    def __enter__(self) -> Dataset:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Handle:
        if self._handle is None:
            raise ValueError("the dataset is closed")
        return self._handle

    # --- what it is ---------------------------------------------------------------------------------

    def __len__(self) -> int:
        return int(core.dataset_num_images(self._open().pointer))

    @property
    def shape(self) -> Tuple[int, int, int]:
        """Height, width and channels of each image."""
        shape = _abi.Shape()
        check(core.dataset_shape(self._open().pointer, ctypes.byref(shape)))
        return shape.height, shape.width, shape.channels

    @property
    def num_classes(self) -> int:
        """The number of classes."""
        return int(core.dataset_num_classes(self._open().pointer))

    @property
    def num_skipped(self) -> int:
        """How many broken images ``skip_broken`` has left out."""
        return int(core.dataset_num_skipped(self._open().pointer))

    @property
    def class_names(self) -> Optional[List[str]]:
        """The names of the classes, or None."""
        handle = self._open()
        names = [core.dataset_class_name(handle.pointer, i) for i in range(self.num_classes)]
        return None if None in names else [name.decode() for name in names]

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """The class number of each image, (n,)."""
        handle, count = self._open(), len(self)
        label, pointer = core.dataset_label, handle.pointer
        return np.fromiter((label(pointer, i) for i in range(count)), np.int32, count)

    @property
    def paths(self) -> List[Optional[str]]:
        """The path of each image below the folder; None for one that is not from a file of its own."""
        handle = self._open()
        paths = (core.dataset_path(handle.pointer, i) for i in range(len(self)))
        return [None if path is None else os.fsdecode(path) for path in paths]

    def image(self, index: int) -> npt.NDArray[np.uint8]:
        """The image with this index, (height, width, channels): a read-only view, not a copy."""
        handle, count = self._open(), len(self)
        if not -count <= index < count:
            raise IndexError(f"image {index} of {count}")
        shape = self.shape
        place = core.dataset_image(handle.pointer, index % count)
        buffer: Any = (ctypes.c_uint8 * (shape[0] * shape[1] * shape[2])).from_address(place)
        buffer._owner = handle  # lives as long as the view
        view: npt.NDArray[np.uint8] = np.frombuffer(buffer, np.uint8).reshape(shape)
        view.flags.writeable = False
        return view

    def __getitem__(self, index: int) -> Tuple[npt.NDArray[np.uint8], int]:
        """An image and its class number."""
        image = self.image(index)
        return image, int(core.dataset_label(self._open().pointer, index % len(self)))

    def __iter__(self) -> Iterator[Tuple[npt.NDArray[np.uint8], int]]:
        return (self[i] for i in range(len(self)))

    @property
    def images(self) -> npt.NDArray[np.uint8]:
        """All images, (n, height, width, channels): a copy."""
        pixels = np.empty((len(self), *self.shape), np.uint8)
        for i in range(len(pixels)):
            pixels[i] = self.image(i)
        return pixels

    def __repr__(self) -> str:
        if self._handle is None:
            return "<Dataset, closed>"
        return f"<Dataset of {len(self)} images {_pixels.describe(self.shape)}, {self.num_classes} classes>"

    # --- parts of it --------------------------------------------------------------------------------

    def split(self, fraction: float, seed: int = 1) -> Tuple[Dataset, Dataset]:
        """Divides every class at random.

        Parameters
        ----------
        fraction : float
            The part of each class that goes to the second dataset, between 0 and 1.
        seed : int
            The same seed gives the same division.

        Returns
        -------
        Dataset, Dataset
            They share the pixels with this one.
        """
        handle = self._open()
        first, second = _pointer(), _pointer()
        seed = integer("seed", seed, 64)
        check(
            core.dataset_split(
                handle.pointer, float(fraction), seed, ctypes.byref(first), ctypes.byref(second)
            )
        )
        return (
            Dataset(Handle(first, core.dataset_free, handle)),
            Dataset(Handle(second, core.dataset_free, handle)),
        )

    def subset(self, indices: npt.ArrayLike) -> Dataset:
        """The images with these indices, in this order; the pixels are shared.

        Parameters
        ----------
        indices : array of int, or of n bools
            At least one.

        Returns
        -------
        Dataset
        """
        handle, chosen = self._open(), np.asarray(indices)
        if chosen.dtype == bool:
            if chosen.shape != (len(self),):
                raise IndexError(f"{chosen.size} bools for {len(self)} images")
            chosen = np.flatnonzero(chosen)
        if chosen.ndim != 1 or (chosen.size and chosen.dtype.kind not in "iu"):
            raise TypeError("indices must be one-dimensional and integers, or bools")
        if chosen.size and not (chosen.min() >= 0 and chosen.max() < len(self)):
            raise IndexError(f"indices go from {chosen.min()} to {chosen.max()} of {len(self)} images")
        found, chosen = _pointer(), np.ascontiguousarray(chosen, np.uintp)
        check(core.dataset_subset(handle.pointer, _pixels.address(chosen), len(chosen), ctypes.byref(found)))
        return Dataset(Handle(found, core.dataset_free, handle))

    def with_classes(self, names: Sequence[str]) -> Dataset:
        """The same images with other classes, found by their names: for a model that knows more of them, or
        has them in another order.

        Parameters
        ----------
        names : sequence of str
            All that this dataset has must be among them.

        Returns
        -------
        Dataset
            With a copy of the pixels.
        """
        own, listed = self.class_names, list(names)
        if own is None:
            raise ValueError("the dataset's classes have no names")
        missing = [name for name in own if name not in listed]
        if missing:
            raise ValueError(f"the class {missing[0]!r} of the dataset is not among the names")
        numbers = np.array([listed.index(name) for name in own], np.int32)[self.labels]
        return Dataset(_create(self.images, numbers, len(listed), listed, copy=False))


def _pointer() -> Any:
    return ctypes.POINTER(_abi.Dataset)()


def _load_options(
    model: Optional[Model],
    size: Optional[Tuple[int, int]],
    channels: Optional[int],
    prepare: Optional[str],
    preparation: Optional[Preparation],
) -> Any:
    options: Any
    if model is not None:
        handle = model._current()
        options = _abi.DatasetOptions()
        check(core.dataset_options_for_model(ctypes.byref(options), ctypes.sizeof(options), handle.pointer))
        options._model = handle  # has the preparation
    else:
        options = initialised(core.dataset_options_init, _abi.DatasetOptions)
    if size is not None:
        options.height, options.width = (integer("size", side) for side in size)
    if channels is not None:
        options.channels = integer("channels", channels)
    if prepare is not None:
        options.prepare = number_of("prepare", prepare)
    if preparation is not None:
        options.preparation = ctypes.pointer(to_struct(preparation))
    return options


def _load(
    options: Any,
    threads: Optional[int],
    callbacks: Sequence[Callback],
    progress: Optional[bool],
    function: Any,
    paths: Sequence[Path],
) -> Handle:
    options.num_threads, options.log = resolve(threads), log.pointer
    places = [encoded(path) for path in paths]
    loaded: List[Handle] = []

    def load(monitor: Any) -> None:
        options.monitor, found = monitor, _pointer()
        check(function(*places, ctypes.byref(options), ctypes.byref(found)), os.fsdecode(places[0]))
        loaded.append(Handle(found, core.dataset_free))

    told, bar = with_bar(list(callbacks), progress)
    try:
        run(load, told)
    finally:
        if bar is not None:
            bar.close()
    return loaded[0]


def _class_numbers(
    labels: npt.ArrayLike, class_names: Optional[Sequence[str]]
) -> Tuple[npt.NDArray[np.int32], Optional[List[str]]]:
    """Numbers from 0, and the names they stand for."""
    array = np.asarray(labels)
    if array.ndim != 1:
        raise ValueError(f"labels must be one-dimensional, not of shape {_pixels.describe(array.shape)}")
    if array.dtype.kind in "iu":
        if array.size and array.min() < _BACKGROUND:
            raise ValueError(f"labels: {array.min()} is no class number; they are counted from 0")
        if array.size and array.max() >= 1 << 31:
            raise ValueError(f"labels: {array.max()} is no class number; it is too large")
        return array.astype(np.int32), None if class_names is None else list(class_names)
    if array.dtype.kind not in "UO":
        raise TypeError(f"labels must be class numbers or names, not {array.dtype}")
    texts = [None if label is None else str(label) for label in array]
    found = {text for text in texts if text is not None}
    names = sorted(found) if class_names is None else list(class_names)
    unknown = sorted(found - set(names))
    if unknown:
        raise ValueError(f"labels: {unknown[0]!r} is not among the class names")
    places: Dict[Optional[str], int] = {name: i for i, name in enumerate(names)}
    places[None] = _BACKGROUND
    return np.array([places[text] for text in texts], np.int32), names


def _create(
    pixels: npt.NDArray[np.uint8],
    numbers: npt.NDArray[np.int32],
    num_classes: int,
    names: Optional[List[str]],
    copy: bool,
) -> Handle:
    images, found = sized(_abi.LabelledImages), _pointer()
    listed = strings(names) if names is not None else None
    images.num_classes = num_classes
    images.pixels, images.size_bytes = _pixels.address(pixels), pixels.nbytes
    images.labels, images.count = _pixels.address(numbers), len(pixels)
    images.class_names = listed
    images.shape = _abi.Shape(*pixels.shape[1:])
    function = core.dataset_create_copy if copy else core.dataset_create_borrow
    check(function(ctypes.byref(images), None, ctypes.byref(found)))
    return Handle(found, core.dataset_free, None if copy else pixels)
