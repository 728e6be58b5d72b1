"""Progress in a terminal, in a file, and in a notebook."""

import io
import os
import pty
import subprocess
import sys
import types

import pytest
from conftest import run_python

import mnistcnn
from mnistcnn import Progress, ProgressBar, progress

TRAIN = """
import sys
import numpy as np
import mnistcnn
images = np.random.default_rng(0).integers(0, 256, (1500, 28, 28), np.uint8)
data = mnistcnn.Dataset.from_arrays(images, np.arange(1500) % 10)
def fail(progress):
    if progress.epoch == 2 and len(sys.argv) > 1:
        raise ValueError("mine")
mnistcnn.Model.create().train(data, epochs=2, callbacks=[fail], progress=SHOW)
"""


def in_terminal(code, *arguments):
    """(exit status, output) of a Python whose output is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "NO_COLOR": "1"},
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        output += part
    os.close(ours)
    return process.wait(), output.decode()


def test_terminal():
    status, output = in_terminal(TRAIN.replace("SHOW", "None"))
    assert status == 0
    assert "\r" in output
    lines = [line.rsplit("\r", 1)[-1] for line in output.strip().split("\r\n")]
    assert [line.split(":")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    # At most ten updates a second.
    assert output.count("\r") < 200


def test_terminal_after_an_error():
    status, output = in_terminal(TRAIN.replace("SHOW", "True"), "fail")
    assert status == 1
    assert "ValueError: mine" in output
    assert output[output.index("Traceback") - 1] == "\n"


def test_pipe():
    assert run_python(TRAIN.replace("SHOW", "None")).stderr == ""
    lines = run_python(TRAIN.replace("SHOW", "True")).stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert run_python(TRAIN.replace("SHOW", "False")).stderr == ""


def test_notebook(model, data, monkeypatch, capsys):
    shown = []

    class Display:
        def update(self, content, raw):
            shown[-1].append(content["text/plain"])

    def display(content, raw, display_id):
        shown.append([content["text/plain"]])
        return Display()

    class ZMQInteractiveShell:
        pass

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = ZMQInteractiveShell
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    model.train(data, epochs=3)
    assert [outputs[-1].split(":")[0] for outputs in shown] == [f"epoch {i}/3" for i in (1, 2, 3)]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s"), (125, "2 min"), (3 * 3600 + 61, "3:01 h"), (float("nan"), "")]
)
def test_durations(seconds, text):
    if text == "3:01 h":
        assert progress._duration(seconds) in ("181 min", "3:01 h")
    else:
        assert progress._duration(seconds) == text


def test_bar_is_a_callback(model, data):
    stream = io.StringIO()
    model.train(data, epochs=1, callbacks=[ProgressBar(stream)])
    assert stream.getvalue().startswith("epoch 1/1: ")


def test_progress_is_a_value(model, data):
    seen = []
    model.train(data, epochs=1, callbacks=[seen.append])
    assert isinstance(seen[0], Progress)
    with pytest.raises(AttributeError):
        seen[0].loss = 3
    assert seen[0] == mnistcnn.Progress(**vars(seen[0])) or seen[0].validation_loss != seen[0].validation_loss
