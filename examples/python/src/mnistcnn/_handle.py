"""Objects of the library."""

from __future__ import annotations

import weakref
from typing import Any, Callable


def _release(free: Callable[[Any], None], pointer: Any, keep: Any) -> None:
    free(pointer)
    del keep  # not before


class Handle:
    """A pointer whose object is freed when nobody refers to the handle any more.

    A call holds the handle while it is under way, so that close() in another thread cannot free what it
    uses. ``keep`` is what the object itself uses, and lives as long. At the interpreter's exit nothing is
    freed: daemon threads may still be in a call.
    """

    __slots__ = ("__weakref__", "_finalizer", "pointer")

    def __init__(self, pointer: Any, free: Callable[[Any], None], keep: Any = None) -> None:
        self.pointer = pointer
        self._finalizer = weakref.finalize(self, _release, free, pointer, keep)
        self._finalizer.atexit = False

    def free(self) -> None:
        """Frees the object now. The caller knows that no call uses it; later calls have no effect."""
        self._finalizer()
