"""Arrays and images as the library takes them: C-contiguous uint8 (0..255) or float32 (0..1)."""

from __future__ import annotations

import os
import struct
import zlib
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np
import numpy.typing as npt

# How far floats may lie outside 0..1, by rounding.
_ROUNDING = 1e-3
# ITU-R 601 luma as Pillow computes "L" of bytes, in 65536ths.
_LUMA = (19595, 38470, 7471)


class Batch(NamedTuple):
    """Images [n][height][width][channels] of a model's input shape."""

    pixels: npt.NDArray[Any]
    is_single: bool


def is_path(value: object) -> bool:
    return isinstance(value, (str, os.PathLike))


def is_pil(value: object) -> bool:
    return hasattr(value, "mode") and hasattr(value, "getbands") and hasattr(value, "tobytes")


def pil_array(image: Any) -> npt.NDArray[np.uint8]:
    """The pixels of a PIL image: gray, RGB, or either with alpha."""
    if image.mode not in ("L", "LA", "RGB", "RGBA"):
        has_alpha = "transparency" in image.info or "A" in image.getbands() or "a" in image.getbands()
        gray = image.mode in ("1", "I", "F", "I;16")
        image = image.convert("RGBA" if has_alpha else "L" if gray else "RGB")
    return np.asarray(image, dtype=np.uint8)


def to_pixels(images: Any, what: str = "images") -> npt.NDArray[Any]:
    """uint8 or float32 in native byte order and C order; a copy only if it must be one.

    Integers are bytes, 0..255; bools are black and white; floats are intensities, 0..1."""
    if isinstance(images, np.ma.MaskedArray):
        raise TypeError(f"{what}: a masked array cannot be taken; fill it first")
    array = np.asarray(images)
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        pass
    elif kind == "b":
        array = array.astype(np.uint8) * np.uint8(255)
    elif kind in "iu":
        _check_range(array, 0, 255, what, "integers are bytes from 0 to 255")
        array = array.astype(np.uint8)
    elif kind == "f":
        _check_range(
            array,
            -_ROUNDING,
            1 + _ROUNDING,
            what,
            "floats are intensities from 0 to 1 (bytes divided by 255)",
        )
        array = array.astype(np.float32, copy=False)
    else:
        raise TypeError(f"{what}: an array of {array.dtype} has no pixels; take uint8 or float32")
    return np.ascontiguousarray(array) if array.ndim else array


def _check_range(array: npt.NDArray[Any], low: float, high: float, what: str, rule: str) -> None:
    if array.size == 0:
        return
    smallest, largest = array.min(), array.max()
    if not (low <= smallest and largest <= high):  # also of NaN
        raise ValueError(f"{what}: {rule}; these go from {smallest} to {largest}")


def to_bytes(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Intensities as bytes, rounded to the nearest."""
    if pixels.dtype == np.uint8:
        return pixels
    bytes_of: npt.NDArray[np.uint8] = np.clip(np.rint(pixels * np.float32(255)), 0, 255).astype(np.uint8)
    return bytes_of


def to_batch(array: npt.NDArray[Any], shape: Sequence[int]) -> "Batch | None":
    """The images of an array as the input of a model of this shape; None if they have another size."""
    height, width, channels = shape
    size = (height, width)
    if array.ndim == 2 and array.shape == size:
        images, is_single = array[None, :, :, None], True
    elif array.ndim == 3 and array.shape[:2] == size and array.shape[2] in (1, 3):
        images, is_single = array[None], True
    elif array.ndim == 3 and array.shape[1:] == size:
        images, is_single = array[..., None], False
    elif array.ndim == 4 and array.shape[1:3] == size and array.shape[3] in (1, 3):
        images, is_single = array, False
    else:
        return None
    return Batch(images if images.shape[3] == channels else to_channels(images, channels), is_single)


def to_channels(images: npt.NDArray[Any], channels: int) -> npt.NDArray[Any]:
    """Gray as three equal channels, or colours as gray."""
    if channels == 3:
        return np.repeat(images, 3, axis=3)
    if images.dtype == np.uint8:
        luma = np.tensordot(images.astype(np.uint32), np.array(_LUMA, np.uint32), axes=1)
        return ((luma + 0x8000) >> 16).astype(np.uint8)[..., None]
    weights = np.array(_LUMA, np.float32) / np.float32(65536)
    return np.ascontiguousarray((images * weights).sum(axis=3, dtype=np.float32)[..., None])


def picture(array: npt.NDArray[Any]) -> "npt.NDArray[np.uint8] | None":
    """One image of any size as bytes [height][width][channels]; None if the array is none."""
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in (1, 2, 3, 4) or 0 in array.shape:
        return None
    return np.ascontiguousarray(to_bytes(array))


def png(image: npt.NDArray[np.uint8]) -> bytes:
    """A PNG file of bytes [height][width][channels], hardly compressed: the library prepares an image in
    memory as it does a file with these pixels."""
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)
    rows[:, 1:] = image.reshape(height, width * channels)
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def address(array: npt.NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def describe(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))


def size_error(array: npt.NDArray[Any], shape: Tuple[int, int, int]) -> ValueError:
    height, width, channels = shape
    forms: List[Tuple[object, ...]] = [(height, width), ("n", height, width), ("n", height, width, channels)]
    return ValueError(
        f"images: an array of shape {describe(array.shape)} is neither an image nor a batch for a model of "
        f"{describe(shape)}; take one of {', '.join(describe(form) for form in forms)}"  # type: ignore[arg-type]
    )
