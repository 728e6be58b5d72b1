"""The types, by mypy and pyright: of the package, and of a program that uses it."""

import pathlib
import subprocess
import sys

import pytest

PROJECT = pathlib.Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow

USER = """
from typing import Optional

import numpy as np
import numpy.typing as npt

from mnistcnn import Dataset, Evaluation, History, Model, Page, Progress, Trainer, read_digits

model: Model = Model.create((28, 28, 1), ["a", "b"], preset="best")
data = Dataset.from_arrays(np.zeros((2, 28, 28), np.uint8), [0, 1])


def callback(progress: Progress) -> Optional[bool]:
    return progress.loss < 0.1


history: History = model.train(data, epochs=2, optimizer="adam", callbacks=[callback])
evaluation: Evaluation = model.evaluate(data)
confusion: npt.NDArray[np.int64] = evaluation.confusion
rows: npt.NDArray[np.float32] = model.predict_proba("a.png")
page: Page = read_digits("a.png")
label: Optional[str] = page.numbers[0].digits[0].label
probability: float = page[0].confidence
last: Progress = history[-1]
for step in Trainer(model, data, epochs=3):
    seconds: float = step.seconds
"""
WRONG = """
from mnistcnn import Dataset, Model

model = Model.create()
model.train(Dataset.from_folder("x"), epoch=3)
model.train(Dataset.from_folder("x"), optimizer="adm")
model.predict_proba("x", threads="all")
"""


def run(*command, cwd=PROJECT):
    return subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, cwd=cwd)


def test_package_with_mypy(tmp_path):
    pytest.importorskip("mypy")
    done = run("mypy", "--cache-dir", tmp_path)
    assert done.returncode == 0, done.stdout


def test_package_with_pyright():
    pytest.importorskip("pyright")
    done = run("pyright")
    if "error" in done.stderr and "npm" in done.stderr:
        pytest.skip("pyright could not be fetched")
    assert done.returncode == 0, done.stdout + done.stderr


def test_user_with_mypy(tmp_path):
    pytest.importorskip("mypy")
    for name, text in (("user", USER), ("wrong", WRONG)):
        (tmp_path / f"{name}.py").write_text(text)
    options = ("--strict", "--cache-dir", tmp_path, "--config-file", PROJECT / "pyproject.toml")
    good = run("mypy", *options, tmp_path / "user.py")
    assert good.returncode == 0, good.stdout
    bad = run("mypy", *options, tmp_path / "wrong.py")
    assert [line.split(":")[1] for line in bad.stdout.splitlines() if ": error:" in line] == [
        "5",
        "6",
        "7",
    ], bad.stdout
