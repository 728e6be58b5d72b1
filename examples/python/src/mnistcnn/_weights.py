"""The weights of a model by name."""

from __future__ import annotations

import ctypes
from typing import Any, Dict, Iterator, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi, _pixels
from ._library import core
from ._model_handle import ModelHandle
from ._options import sized
from .errors import NotFoundError, ShapeMismatchError, check

_NAMES = {number: name.lower() for name, number in vars(_abi.Weights).items() if not name.startswith("_")}
_KERNELS = (
    _abi.Weights.KERNEL,
    _abi.Weights.DEPTHWISE_KERNEL,
)


def _arrays(pointer: Any) -> Iterator[Tuple[str, int, int, Tuple[int, ...]]]:
    """(name, layer, which, shape) of each array."""
    for layer in range(core.model_num_layers(pointer)):
        info = sized(_abi.LayerInfo)
        check(core.model_layer_info(pointer, layer, ctypes.byref(info)))
        for which, name in _NAMES.items():
            count = ctypes.c_size_t()
            if core.model_weights(pointer, layer, which, None, 0, ctypes.byref(count)) == 0:
                yield f"{info.name.decode()}/{name}", layer, which, _shape(info, which, count.value)


def _shape(info: _abi.LayerInfo, which: int, count: int) -> Tuple[int, ...]:
    kernel = tuple(size for size in info.kernel_shape if size)
    if which in _KERNELS:
        return kernel
    if which == _abi.Weights.POINTWISE_KERNEL:
        return 1, 1, count // info.output_channels, info.output_channels
    return (count,)


def read(handle: ModelHandle) -> Dict[str, npt.NDArray[np.float32]]:
    found = {}
    for name, layer, which, shape in _arrays(handle.pointer):
        values = np.empty(shape, np.float32)
        check(core.model_weights(handle.pointer, layer, which, _pixels.address(values), values.size, None))
        found[name] = values
    return found


def write(pointer: Any, weights: Dict[str, npt.ArrayLike]) -> int:
    places = {name: (layer, which, shape) for name, layer, which, shape in _arrays(pointer)}
    for name, given in weights.items():
        if name not in places:
            raise NotFoundError(f"there are no weights {name!r}; there are {', '.join(places)}")
        layer, which, shape = places[name]
        values = np.ascontiguousarray(given, np.float32)
        if values.shape != shape:
            raise ShapeMismatchError(
                f"{name} has the shape {_pixels.describe(shape)}, not {_pixels.describe(values.shape)}"
            )
        check(core.model_set_weights(pointer, layer, which, _pixels.address(values), values.size))
    return 0
