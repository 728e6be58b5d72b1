"""Wrong arguments of every kind, one after the other and from ten threads: errors, and nothing else."""

import os
import random
import threading

import numpy as np
import pytest
from conftest import NAMES, SMALL, draw_strokes

import mnistcnn
from mnistcnn import Dataset, Model, Preparation, Trainer

pytestmark = [pytest.mark.robustness, pytest.mark.filterwarnings("ignore")]
# As many as the package promises to stand; MNISTCNN_STRESS names other numbers, of calls, objects and threads.
CALLS, OBJECTS, THREADS = map(int, os.environ.get("MNISTCNN_STRESS", "10000 1000 10").split())


class Rude:
    """Answers every question wrongly."""

    shape = (12, "x")
    dtype = None

    def __len__(self):
        return -1

    def __index__(self):
        return 2**70

    def __float__(self):
        raise ZeroDivisionError

    def __array__(self, *arguments, **options):
        raise RuntimeError("no")

    def __fspath__(self):
        return 7


def values():
    """Whatever may be passed by mistake."""
    return [
        None, True, False, 0, 1, -1, 3, 255, 256, 2**31, 2**32, 2**63, 2**64, -(2**40), 0.5, -0.5, 1e300,
        float("nan"), float("inf"), 1j, "", "x", "none", "adam", "balanced", "\0", "ä" * 300, b"", b"\0",
        b"\x89PNG\r\n\x1a\n", b"BM", b"\xff\xd8\xff\xe0", bytearray(5), [], [1], [1, 2, 3], ["a", "b"], [None],
        (), (12, 12, 1), (0, 0, 0), (-1, 5, 1), (2**31, 2, 3), ("a",) * 3, {}, {"flat": -1.0}, {1: 2}, set(), object(),
        Rude(), len, np.zeros(0), np.zeros((12, 12)), np.zeros((5, 12, 12), np.uint8), np.zeros((1, 1), np.uint8),
        np.zeros((2, 12, 12, 7), np.uint8), np.full((12, 12), np.nan), np.array("x"), np.array(None), np.int64(3),
        np.zeros((0, 12, 12), np.uint8), np.zeros((5, 12, 12), ">f4"), np.zeros((3, 12, 12), complex), Preparation(),
        Preparation(prepare="x"), Preparation(scale=float("nan")), "/dev/null", "/nonexistent", SMALL,
    ]  # fmt: skip


def make_calls(model, data):
    """(function, number of positional values, keywords that it takes)."""
    options = ["epochs", "batch_size", "seed", "loss", "optimizer", "learning_rate", "schedule", "class_weights", "threads",
               "checkpoint", "preset", "callbacks", "nonsense", "rotation", "augment", "keep_best", "stop_patience"]  # fmt: skip
    safe_train = {"epochs": 1, "progress": False, "callbacks": [lambda progress: True]}
    return [
        (Model.create, 3, ["preset", "initializer", "seed", "prepare", "preparation"], {}),
        (Model.load, 1, ["max_memory_bytes", "max_multiply_adds"], {}),
        (Model.from_bytes, 1, ["max_memory_bytes"], {}),
        (Model.import_file, 1, ["encoding", "architecture", "input_size", "prepare"], {}),
        (Model.check_encodings, 2, ["architecture", "input_size", "prepare"], {}),
        (model.predict, 1, ["threads", "precision"], {}),
        (model.predict_proba, 1, ["threads", "precision"], {}),
        (model.predict_files, 1, ["threads", "precision"], {}),
        (lambda *a, **k: model.copy().train(data, *a, **k), 1, options, safe_train),
        (lambda *a, **k: model.copy().train(*a, **k), 2, options, safe_train),
        (model.evaluate, 1, ["loss", "threads", "precision", "callbacks"], {}),
        (lambda value: setattr(model.copy(), "class_names", value), 1, [], {}),
        (lambda value: setattr(model.copy(), "temperature", value), 1, [], {}),
        (lambda value: setattr(model.copy(), "preparation", value), 1, [], {}),
        (lambda *a: model.copy().set_note(*a), 2, [], {}),
        (lambda value: model.copy().set_weights(value), 1, [], {}),
        (lambda value: model.copy().set_weights({"dense_1/bias": value}), 1, [], {}),
        (Dataset.from_arrays, 3, ["copy"], {}),
        (Dataset.from_idx, 2, ["size", "transpose", "first_label", "threads", "prepare"], {}),
        (lambda *a, **k: Dataset.from_folder("/nonexistent", **k), 0, ["model", "size", "channels", "threads", "callbacks"], {}),
        (data.split, 2, [], {}),
        (data.subset, 1, [], {}),
        (data.image, 1, [], {}),
        (data.with_classes, 1, [], {}),
        (Trainer, 3, options, {}),
        (Trainer.resume, 3, ["epochs", "save_to", "threads"], {}),
        (mnistcnn.read_digits, 2, ["polarity"], {}),
        (mnistcnn.set_num_threads, 1, [], {}),
    ]  # fmt: skip


def call_wrongly(seed, count):
    """How many calls raised something."""
    chance = random.Random(seed)
    model = Model.create((12, 12, 1), NAMES, SMALL)
    data = Dataset.from_arrays(*draw_strokes(9), NAMES)
    calls, wrong, raised = make_calls(model, data), values(), 0
    before = model.to_bytes()
    for _ in range(count):
        function, positional, keywords, always = chance.choice(calls)
        chosen = {name: chance.choice(wrong) for name in keywords if chance.random() < 0.2}
        try:
            function(*(chance.choice(wrong) for _ in range(positional)), **{**always, **chosen})
        except Exception as error:
            raised += 1
            assert not isinstance(error, (SystemError, AssertionError)), repr(error)
    mnistcnn.set_num_threads(None)
    assert model.to_bytes() == before
    return raised


def test_wrong_arguments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call_wrongly(1, CALLS) > CALLS // 2


def test_wrong_arguments_in_ten_threads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raised = []
    threads = [
        threading.Thread(target=lambda seed=seed: raised.append(call_wrongly(seed, CALLS // THREADS)))
        for seed in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raised) == THREADS
    assert sum(raised) > CALLS // 2


def test_load_and_free_in_ten_threads():
    """Models loaded, used and freed."""
    content = Model.create((12, 12, 1), NAMES, SMALL).to_bytes()
    images = draw_strokes(3)[0]
    wanted = Model.from_bytes(content).predict_proba(images).tobytes()
    wrong = []

    def work():
        for _ in range(OBJECTS // THREADS):
            with Model.from_bytes(content) as model:
                if model.predict_proba(images).tobytes() != wanted:
                    wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_damaged_files():
    """Model files, Keras files and images with random bytes changed."""
    chance = random.Random(3)
    content = Model.create((12, 12, 1), NAMES, SMALL).to_bytes()
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(min(len(damaged), 2000))] = chance.randrange(256)
        try:
            Model.from_bytes(damaged).predict(np.zeros((12, 12), np.uint8))
        except (mnistcnn.MnistcnnError, UnicodeDecodeError, ValueError):
            pass
