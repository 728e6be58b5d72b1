"""The progress of long calls, and how it is shown."""

from __future__ import annotations

import math
import sys
import time
from dataclasses import dataclass, fields
from typing import Any, Callable, Dict, List, Optional, TextIO, Tuple

from ._abi import Event
from ._abi import Progress as _Struct

__all__ = ["Progress", "ProgressBar"]

_EVENTS = {
    Event.LOADING: "loading",
    Event.STEP: "step",
    Event.VALIDATING: "validating",
    Event.EPOCH_END: "epoch_end",
    Event.EVALUATING: "evaluating",
}
# At most so many updates a second.
_UPDATES = 10
_BAR_WIDTH = 24


@dataclass(frozen=True)
class Progress:
    """How far a long call is. Figures that there are not (yet) are NaN.

    Attributes
    ----------
    event : str
        ``"step"``, ``"validating"``, ``"epoch_end"``, ``"loading"`` or ``"evaluating"``.
    epoch, epochs : int
        The epoch, from 1, and how many there are.
    step, steps : int
        Steps done in this epoch, and how many it has.
    images_done, images_total : int
        The same in images.
    seconds, seconds_left : float
        Since the start of this epoch or call, and estimated to its end.
    learning_rate : float
        Of the latest step.
    loss, accuracy, binary_accuracy : float
        Means over the images of this epoch so far, each with the weights at its step.
    validation_loss, validation_accuracy, validation_binary_accuracy : float
        Of the validation set, at the end of an epoch.
    best_epoch : int
        The best epoch so far, by the option ``metric``; 0: none yet, or nothing asks for it.
    stopped_early : bool
        Whether ``stop_patience`` has ended the training.
    """

    event: str
    epoch: int
    epochs: int
    step: int
    steps: int
    images_done: int
    images_total: int
    seconds: float
    seconds_left: float
    learning_rate: float
    loss: float
    accuracy: float
    binary_accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_binary_accuracy: float
    best_epoch: int
    stopped_early: bool


_FIELDS = tuple(field.name for field in fields(Progress))[1:-1]


def from_struct(struct: _Struct) -> Progress:
    """Made after each step of a training: the constructor of a frozen class takes three times as long."""
    made = object.__new__(Progress)
    values: Dict[str, Any] = made.__dict__
    values["event"] = _EVENTS.get(struct.event, str(struct.event))
    for name in _FIELDS:
        values[name] = getattr(struct, name)
    values["stopped_early"] = bool(struct.stopped_early)
    return made


def in_notebook() -> bool:
    """Whether output goes to a notebook: then IPython is loaded already."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def _figures(progress: Progress) -> str:
    named = (
        ("loss", progress.loss),
        ("accuracy", progress.accuracy),
        ("validation loss", progress.validation_loss),
        ("validation accuracy", progress.validation_accuracy),
    )
    return ", ".join(f"{name} {value:.4f}" for name, value in named if not math.isnan(value))


def _duration(seconds: float) -> str:
    if math.isnan(seconds):
        return ""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60}:{minutes % 60:02} h"


def _place(progress: Progress) -> Tuple[str, int, int]:
    if progress.event in ("step", "epoch_end"):
        digits = len(str(progress.epochs))
        return f"epoch {progress.epoch:{digits}}/{progress.epochs}", progress.step, progress.steps
    return progress.event, progress.images_done, progress.images_total


class ProgressBar:
    """Shows progress: in a terminal on one line that is rewritten, in a notebook as one output that is
    replaced, elsewhere (a file, a pipe) as one line for each epoch.

    A callback like any other: ``model.train(data, callbacks=[ProgressBar()])``.

    Parameters
    ----------
    stream : file, optional
        Where to; ``sys.stderr`` if it is left out.

    Examples
    --------
    >>> import sys
    >>> from mnistcnn import ProgressBar
    >>> bar = ProgressBar(sys.stdout)
    >>> bar.close()
    """

    def __init__(self, stream: Optional[TextIO] = None) -> None:
        self._stream = stream
        self._shown_at = -1.0
        self._line = ""
        self._display: Any = None

    def __call__(self, progress: Progress) -> None:
        """Shows this progress, unless the last one is too recent."""
        if progress.event == "epoch_end":
            self._show_epoch(progress)
        elif self._is_live() and time.monotonic() - self._shown_at >= 1 / _UPDATES:
            self._shown_at = time.monotonic()
            self._show(self._text(progress))

    def close(self) -> None:
        """Ends the line that is being rewritten."""
        if self._line:
            self._out().write("\n")
            self._out().flush()
        self._line = ""

    # What is shown.

    def _text(self, progress: Progress) -> str:
        name, done, total = _place(progress)
        filled = _BAR_WIDTH * done // total if total else 0
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        left = _duration(progress.seconds_left)
        parts = [f"{name} [{bar}] {done}/{total}", f"{left} left" if left else "", _figures(progress)]
        return ", ".join(part for part in parts if part)

    def _show_epoch(self, progress: Progress) -> None:
        name, _, _ = _place(progress)
        best = ", best" if progress.best_epoch == progress.epoch else ""
        text = f"{name}: {_duration(progress.seconds)}, {_figures(progress)}{best}"
        if self._notebook():
            self._show(text)
            self._display = None
            return
        self._clear()
        self._out().write(text + "\n")
        self._out().flush()

    # Where it is shown.

    def _out(self) -> TextIO:
        return self._stream if self._stream is not None else sys.stderr

    def _notebook(self) -> bool:
        return self._stream is None and in_notebook()

    def _is_live(self) -> bool:
        return self._notebook() or bool(getattr(self._out(), "isatty", lambda: False)())

    def _show(self, text: str) -> None:
        if self._notebook():
            self._show_in_notebook(text)
            return
        text = text[: _columns() - 1]
        self._out().write("\r" + text.ljust(len(self._line)))
        self._out().flush()
        self._line = text

    def _show_in_notebook(self, text: str) -> None:
        from IPython.display import display

        content = {"text/plain": text}
        if self._display is None:
            self._display = display(content, raw=True, display_id=True)  # type: ignore[no-untyped-call,unused-ignore]
        else:
            self._display.update(content, raw=True)

    def _clear(self) -> None:
        if self._line:
            self._out().write("\r" + " " * len(self._line) + "\r")
            self._line = ""


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


Callback = Callable[[Progress], object]


def shown_by_default() -> bool:
    """A terminal or a notebook is watched; a file is not."""
    return in_notebook() or bool(getattr(sys.stderr, "isatty", lambda: False)())


def with_bar(
    callbacks: "List[Callback]", show: Optional[bool]
) -> "Tuple[List[Callback], Optional[ProgressBar]]":
    """The callbacks, and before them a bar if one is wanted."""
    if not (shown_by_default() if show is None else show):
        return callbacks, None
    bar = ProgressBar()
    return [bar, *callbacks], bar
