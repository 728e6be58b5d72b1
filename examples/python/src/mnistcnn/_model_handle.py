"""A model of the library with what calls need to know of it, and the workspaces that predict with it."""

from __future__ import annotations

import ctypes
from collections import deque
from typing import Any, Deque, Dict, Tuple

import numpy as np
import numpy.typing as npt

from . import _abi
from ._handle import Handle
from ._library import core
from ._options import initialised, number_of, sized
from .errors import check

# Predictions of so many multiply-adds, some milliseconds of one processor, are divided among threads; and
# after this many a call returns for a moment, so that Ctrl-C is heard.
_WORTH_THREADS, _BETWEEN_SIGNALS = 1e8, 4e9


class Workspace(Handle):
    """With room for the probabilities of one image, whose address need not be asked for at each call."""

    __slots__ = ("output", "row")

    def __init__(self, pointer: Any, num_classes: int) -> None:
        super().__init__(pointer, core.workspace_free)
        self.output: Any = (ctypes.c_float * num_classes)()
        self.row: npt.NDArray[np.float32] = np.frombuffer(memoryview(self.output).cast("B"), np.float32)


class ModelHandle(Handle):
    """Never changed once others may see it: what changes a model makes a new one, so that a prediction in
    another thread has the old or the new one."""

    __slots__ = ("_multiply_adds", "_workspaces", "names", "num_classes", "one_image", "shape", "spare")

    def __init__(self, pointer: Any) -> None:
        super().__init__(pointer, core.model_free)
        shape = _abi.Shape()
        check(core.model_input_shape(pointer, ctypes.byref(shape)))
        self.shape: Tuple[int, int, int] = (shape.height, shape.width, shape.channels)
        # The shapes of an array that is one image as it is.
        self.one_image = {self.shape, self.shape[:2]} if shape.channels == 1 else {self.shape}
        self.num_classes = int(core.model_num_classes(pointer))
        names = [core.model_class_name(pointer, i).decode() for i in range(self.num_classes)]
        self.names = np.array(names)
        self._multiply_adds = 0
        self._workspaces: Dict[Tuple[int, str], Deque[Workspace]] = {}
        # Those of single images.
        self.spare: Deque[Workspace] = deque()
        self._workspaces[1, "float32"] = self.spare

    @property
    def multiply_adds(self) -> int:
        """Of the prediction of one image."""
        if not self._multiply_adds:
            cost = sized(_abi.Cost)
            check(core.model_predict_cost(self.pointer, None, ctypes.byref(cost)))
            self._multiply_adds = max(1, cost.multiply_adds)
        return self._multiply_adds

    def is_worth_threads(self, count: int) -> bool:
        return count * self.multiply_adds >= _WORTH_THREADS

    @property
    def images_between_signals(self) -> int:
        return max(64, int(_BETWEEN_SIGNALS // self.multiply_adds))

    def take_workspace(self, threads: int, precision: str) -> Workspace:
        """A workspace that no other call uses; for give_back()."""
        try:
            return self._workspaces[threads, precision].pop()
        except (KeyError, IndexError):  # appending and popping are atomic, asking before is not
            return self._create_workspace(threads, precision)

    def give_back(self, threads: int, precision: str, workspace: Workspace) -> None:
        self._workspaces.setdefault((threads, precision), deque()).append(workspace)

    def _create_workspace(self, threads: int, precision: str) -> Workspace:
        options = initialised(core.workspace_options_init, _abi.WorkspaceOptions)
        options.num_threads, options.precision = threads, number_of("precision", precision)
        found = ctypes.POINTER(_abi.Workspace)()
        check(core.workspace_create(self.pointer, ctypes.byref(options), ctypes.byref(found)))
        return Workspace(found, self.num_classes)

    def clone(self) -> Any:
        """A pointer to an independent copy, to be changed before a handle is made of it."""
        found = model_pointer()
        check(core.model_clone(self.pointer, ctypes.byref(found)))
        return found


def model_pointer() -> Any:
    return ctypes.POINTER(_abi.Model)()
