"""Long calls of the library that a Ctrl-C, or an error in a callback, ends."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import threading
from typing import Any, Callable, List, Optional, Set

from . import _abi
from ._handle import Handle
from ._library import core
from .errors import check
from .progress import Callback, Progress, from_struct

# How long the caller waits before it looks for progress and signals, in seconds. The first waits are
# short, for calls that are.
_FIRST_WAIT, _LONGEST_WAIT = 0.002, 0.1
_WAITS_FOR_START = 10


class _Call(threading.Thread):
    """Runs a call in a thread of its own, which never enters Python while it lasts: a signal, and an error in
    a callback, cannot get lost in it. A daemon, as the interpreter would otherwise wait for it at exit.

    Its end is an event: before Python 3.13, a join() that Ctrl-C interrupts takes the thread for dead."""

    def __init__(self, call: Callable[[Any], None], monitor: Handle) -> None:
        super().__init__(name="mnistcnn", daemon=True)
        self._function, self._monitor = call, monitor
        self.done = threading.Event()
        self.error: Optional[BaseException] = None

    def run(self) -> None:
        try:
            self._function(self._monitor.pointer)
        except BaseException as error:  # raised in the thread that waits
            self.error = error
        finally:
            self.done.set()

    def cancel(self) -> None:
        core.monitor_cancel(self._monitor.pointer)

    def finish(self) -> None:
        """Cancels and waits, however often Ctrl-C is pressed meanwhile."""
        self.cancel()
        waits = 0
        # If it was start() that was interrupted, there may be no thread.
        while not self.done.is_set() and (self.ident is not None or waits < _WAITS_FOR_START):
            with contextlib.suppress(KeyboardInterrupt):
                self.done.wait(_LONGEST_WAIT)
            waits += 1


_running: Set[_Call] = set()
_running_lock = threading.Lock()
_exiting = threading.Event()


@atexit.register
def _finish_all() -> None:
    _exiting.set()
    with _running_lock:
        calls = list(_running)
    for call in calls:
        call.finish()


def _create_monitor() -> Handle:
    pointer = ctypes.POINTER(_abi.Monitor)()
    check(core.monitor_create(None, ctypes.byref(pointer)))
    return Handle(pointer, core.monitor_free)


def run(call: Callable[[Any], None], callbacks: List[Callback]) -> None:
    """call(monitor) in another thread; callbacks in this one, with the latest progress. A callback that
    returns something true ends the call, which then raises CancelledError. `call` must keep all that it
    uses: it may run on for a moment after this was interrupted."""
    monitor = _create_monitor()
    thread = _Call(call, monitor)
    with _running_lock:
        _running.add(thread)
    try:
        thread.start()
        _wait(thread, monitor, callbacks)
    except BaseException:
        thread.finish()
        raise
    finally:
        with _running_lock:
            _running.discard(thread)
    if _exiting.is_set():  # nobody is left to tell; threads end of this without a word
        raise SystemExit
    if thread.error is not None:
        raise thread.error


def _wait(thread: _Call, monitor: Handle, callbacks: List[Callback]) -> None:
    latest = _abi.Progress(struct_size=ctypes.sizeof(_abi.Progress))
    shown, wait = -1, _FIRST_WAIT
    while not thread.done.wait(wait):
        wait = min(2 * wait, _LONGEST_WAIT)
        if not callbacks or core.monitor_progress(monitor.pointer, ctypes.byref(latest)):
            continue
        if latest.images_done != shown:
            shown = latest.images_done
            if tell(callbacks, from_struct(latest)):
                thread.cancel()


def tell(callbacks: List[Callback], progress: Progress) -> bool:
    """Whether one of the callbacks wants to stop. The others are told all the same."""
    answers = [callback(progress) for callback in callbacks]
    return any(map(bool, answers))


class Log:
    """Passes the library's messages to Python's logger "mnistcnn".

    ``pointer`` is for the option struct, which must not be used for longer than this object lives."""

    def __init__(self) -> None:
        self.pointer = _abi.LogCallback(_log)


def _log(level: int, message: bytes, user: object) -> None:
    import logging

    with contextlib.suppress(Exception):  # nothing may go through C
        logging.getLogger("mnistcnn").log(
            logging.WARNING if level else logging.INFO, "%s", message.decode("utf-8", "replace")
        )


log = Log()
