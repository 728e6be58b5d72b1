"""What several tests use. No data of others is needed: the images are drawn here."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import mnistcnn
from mnistcnn import _pixels

SMALL = "conv 4 3x3 relu, maxpool 2, flatten, dense 16 relu, dense classes softmax"


def pytest_collection_modifyitems(config, items):
    """Slow tests run if they are asked for: `-m slow`."""
    if not config.getoption("-m"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow; run with -m slow"))


def draw_strokes(count, side=12, seed=0):
    """Bright strokes on noise, [count][side][side]: class 0 is upright, 1 is flat, 2 a diagonal."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 40, (count, side, side), np.uint8)
    labels = np.arange(count) % 3
    along = np.arange(side)
    for image, label in zip(images, labels):
        at = generator.integers(2, side - 2)
        rows, columns = ((along, at), (at, along), (along, (along + at) % side))[label]
        image[rows, columns] = 230
    return images, labels


NAMES = ["upright", "flat", "diagonal"]


@pytest.fixture
def strokes():
    return draw_strokes(90)


@pytest.fixture
def data(strokes):
    return mnistcnn.Dataset.from_arrays(*strokes, NAMES)


@pytest.fixture
def model():
    return mnistcnn.Model.create((12, 12, 1), NAMES, SMALL)


@pytest.fixture(scope="session")
def trained():
    made = mnistcnn.Model.create((12, 12, 1), NAMES, SMALL)
    images, labels = draw_strokes(300)
    made.train(
        mnistcnn.Dataset.from_arrays(images, labels, NAMES),
        epochs=8,
        optimizer="adam",
        learning_rate=0.003,
        loss="categorical_cross_entropy",
    )
    return made


@pytest.fixture(scope="session")
def shipped():
    return mnistcnn.Model.pretrained()


def draw_seven(height=28, width=28, thickness=2):
    """A 7, light on black."""
    image = np.zeros((height, width), np.uint8)
    top, bottom, left, right = height // 5, height * 4 // 5, width * 3 // 10, width * 7 // 10
    image[top : top + thickness, left:right] = 255
    for row in range(top, bottom):
        column = right - thickness - (row - top) * (right - left) // (2 * (bottom - top))
        image[row, column : column + thickness] = 255
    return image


@pytest.fixture(scope="session")
def seven():
    return draw_seven()


@pytest.fixture(scope="session")
def paper_seven():
    """A scan: dark on light, of another size."""
    return 255 - draw_seven(120, 90, 7)


@pytest.fixture
def seven_file(tmp_path, paper_seven):
    return write_png(tmp_path / "seven.png", paper_seven)


def write_png(path, image):
    image = image if image.ndim == 3 else image[:, :, None]
    pathlib.Path(path).write_bytes(_pixels.png(np.ascontiguousarray(image)))
    return path


@pytest.fixture(scope="session")
def digit_folder(tmp_path_factory):
    """Drawn digits, one sub-folder for each class, and folders to validate with."""
    folder = tmp_path_factory.mktemp("digits")
    command = ["digits", "--out", str(folder), "--count", "200", "--validation-count", "50"]
    subprocess.run([sys.executable, "-m", "mnistcnn", *command], check=True, capture_output=True)
    return folder


def run_python(code, *arguments, timeout=60, options=(), environment=None):
    """A Python of its own."""
    return subprocess.run(
        [sys.executable, *options, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )
