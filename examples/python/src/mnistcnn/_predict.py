"""Predictions, by what the images are given as."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass
from typing import Any, Iterable, List, Optional, Sequence, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi, _pixels
from ._library import core
from ._model_handle import ModelHandle
from ._options import encoded, sized
from ._threads import resolve
from .errors import FormatError, MnistcnnError, _make, check

Probabilities = npt.NDArray[np.float32]
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp")
_MESSAGE_BYTES = 512
# The bytes of an image that is better copied.
_SMALL = 1 << 14
# How many files one call predicts, between which Ctrl-C is heard.
_FILES_A_CALL = 256


def predict(handle: ModelHandle, images: Any, threads: Optional[int], precision: str) -> Probabilities:
    """Rows of probabilities, [n][classes]; of a single image one row without the first axis."""
    if isinstance(images, np.ndarray):
        return predict_array(handle, images, threads, precision)
    if _pixels.is_path(images):
        return _predict_path(handle, images, threads, precision)
    if is_one_picture(images):
        return _predict_content(handle, content_of(images), precision)
    if isinstance(images, (list, tuple)) and images and all(map(_pixels.is_path, images)):
        return _all_of_files(predict_files(handle, images, threads, precision), handle)
    if isinstance(images, (list, tuple)) and any(map(is_one_picture, images)):
        return np.stack([predict(handle, image, threads, precision) for image in images])
    return predict_array(handle, np.asanyarray(images), threads, precision)


# --- arrays -----------------------------------------------------------------------------------------


def predict_array(
    handle: ModelHandle, images: npt.NDArray[Any], threads: Optional[int], precision: str
) -> Probabilities:
    is_input = images.shape in handle.one_image and images.dtype == np.uint8 and type(images) is np.ndarray
    if is_input and threads is None and precision == "float32" and images.size <= _SMALL:
        return _predict_small(handle, images)
    if isinstance(images, np.ma.MaskedArray) or images.dtype.kind not in "biuf":
        _pixels.to_pixels(images)
    batch = _pixels.to_batch(images, handle.shape)
    if batch is None:
        return _predict_picture(handle, images, precision)
    rows = _predict_batch(handle, batch.pixels, threads, precision)
    return rows[0] if batch.is_single else rows


def _predict_small(handle: ModelHandle, image: npt.NDArray[np.uint8]) -> Probabilities:
    """One image in as little time as may be: to copy it takes less than to ask for its address."""
    try:
        space = handle.spare.pop()
    except IndexError:
        space = handle.take_workspace(1, "float32")
    status = core.predict_u8(
        handle.pointer, space.pointer, image.tobytes(), image.size, space.output, handle.num_classes
    )
    if status:
        check(status)
    row: Probabilities = space.row.copy()
    handle.spare.append(space)
    return row


def _predict_batch(
    handle: ModelHandle, images: npt.NDArray[Any], threads: Optional[int], precision: str
) -> Probabilities:
    """Part by part, also what has to be converted, so that this takes little memory."""
    count, part = len(images), handle.images_between_signals
    used = 1 if threads is None and not handle.is_worth_threads(count) else resolve(threads)
    rows = np.empty((count, handle.num_classes), np.float32)
    for start in range(0, count, part):
        some = _pixels.to_pixels(images[start : start + part])
        function = core.predict_u8 if some.dtype == np.uint8 else core.predict
        rows[start : start + part] = _call(handle, function, some, len(some), used, precision)
    return rows


def _call(
    handle: ModelHandle,
    function: Any,
    pixels: npt.NDArray[Any],
    count: int,
    threads: int,
    precision: str,
) -> Probabilities:
    rows = np.empty((count, handle.num_classes), np.float32)
    space = handle.take_workspace(threads, precision)
    status = function(
        handle.pointer,
        space.pointer,
        pixels.__array_interface__["data"][0],
        pixels.size,
        rows.__array_interface__["data"][0],
        rows.size,
    )
    if status:
        check(status)
    handle.give_back(threads, precision, space)
    return rows


# --- pictures of any size ---------------------------------------------------------------------------


def is_one_picture(value: object) -> bool:
    """An image that has to be prepared: of PIL, a file's content, or an open file."""
    is_content = isinstance(value, (bytes, bytearray, memoryview))
    return is_content or _pixels.is_pil(value) or hasattr(value, "read")


def content_of(image: Any) -> Any:
    """As the content of an image file."""
    if _pixels.is_pil(image):
        return _pixels.png(_pixels.pil_array(image).reshape(image.height, image.width, -1))
    if hasattr(image, "read"):
        data = image.read()
        if not isinstance(data, bytes):
            raise TypeError("the file of an image must be opened in binary mode")
        return data
    return image


def _predict_picture(handle: ModelHandle, array: npt.NDArray[Any], precision: str) -> Probabilities:
    picture = _pixels.picture(_pixels.to_pixels(array))
    if picture is None:
        raise _pixels.size_error(array, handle.shape)
    return _predict_content(handle, _pixels.png(picture), precision)


def _predict_content(handle: ModelHandle, data: Any, precision: str) -> Probabilities:
    content = np.frombuffer(data, np.uint8)  # also of read-only memory, without a copy
    return _call_one(handle, core.predict_image_memory, (_pixels.address(content), len(content)), precision)


def _predict_path(handle: ModelHandle, path: Any, threads: Optional[int], precision: str) -> Probabilities:
    if os.path.isdir(path):
        return _all_of_files(predict_files(handle, files_of_folder(path), threads, precision), handle)
    return _call_one(handle, core.predict_image_file, (encoded(path),), precision, os.fsdecode(path))


def _call_one(
    handle: ModelHandle,
    function: Any,
    source: Tuple[Any, ...],
    precision: str,
    path: Optional[str] = None,
) -> Probabilities:
    row = np.empty(handle.num_classes, np.float32)
    space = handle.take_workspace(1, precision)
    status = function(handle.pointer, space.pointer, *source, _pixels.address(row), row.size)
    check(status, path)
    handle.give_back(1, precision, space)
    return row


# --- files ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FilePrediction:
    """What a file shows.

    Attributes
    ----------
    path : str
        The file.
    label : str or None
        The most probable class; None if the file could not be predicted.
    confidence : float
        Its probability; NaN if there is none.
    probabilities : array, (classes,)
        Of all classes; NaN if there are none.
    error : MnistcnnError or None
        Why the file could not be predicted.
    """

    path: str
    label: Optional[str]
    confidence: float
    probabilities: Probabilities
    error: Optional[MnistcnnError]


def files_of_folder(folder: Any) -> List[str]:
    """The image files below a folder, sorted; hidden ones are left out."""
    found = []
    for place, folders, files in os.walk(os.fsdecode(folder)):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            os.path.join(place, name)
            for name in files
            if name.lower().endswith(IMAGE_ENDINGS) and not name.startswith(".")
        ]
    if not found:
        raise FormatError(f"{os.fsdecode(folder)}: there are no images in this folder")
    return sorted(found)


def predict_files(
    handle: ModelHandle, paths: Iterable[Any], threads: Optional[int], precision: str
) -> List[FilePrediction]:
    places = [os.fsdecode(path) for path in paths]
    found: List[FilePrediction] = []
    for start in range(0, len(places), _FILES_A_CALL):
        some = places[start : start + _FILES_A_CALL]
        found += _predict_some_files(handle, some, min(resolve(threads), len(some)), precision)
    return found


def _predict_some_files(
    handle: ModelHandle, paths: Sequence[str], threads: int, precision: str
) -> List[FilePrediction]:
    rows = np.empty((len(paths), handle.num_classes), np.float32)
    statuses = np.empty(len(paths), np.int32)
    messages = np.zeros((len(paths), _MESSAGE_BYTES), np.uint8)
    results = sized(_abi.FileResults)
    results.message_capacity = _MESSAGE_BYTES
    results.probabilities, results.probabilities_capacity = _pixels.address(rows), rows.size
    results.statuses, results.messages = _pixels.address(statuses), _pixels.address(messages)
    places = _path_array(paths)
    space = handle.take_workspace(threads, precision)
    check(core.predict_image_files(handle.pointer, space.pointer, places, len(paths), ctypes.byref(results)))
    handle.give_back(threads, precision, space)
    texts = [row.tobytes().split(b"\0", 1)[0].decode("utf-8", "replace") for row in messages]
    return [
        _file_prediction(handle, path, row, int(status), text)
        for path, row, status, text in zip(paths, rows, statuses, texts)
    ]


def _path_array(paths: Sequence[str]) -> Any:
    return (ctypes.c_char_p * len(paths))(*map(encoded, paths))


def _file_prediction(
    handle: ModelHandle, path: str, row: Probabilities, status: int, message: str
) -> FilePrediction:
    if status:
        return FilePrediction(path, None, float("nan"), row, _make(status, message, path))
    top = int(row.argmax())
    return FilePrediction(path, str(handle.names[top]), float(row[top]), row, None)


def _all_of_files(found: Sequence[FilePrediction], handle: ModelHandle) -> Probabilities:
    """The rows of files that must all have been predicted."""
    for prediction in found:
        if prediction.error is not None:
            raise prediction.error
    return np.stack([prediction.probabilities for prediction in found])
