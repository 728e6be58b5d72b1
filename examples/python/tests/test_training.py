"""Training: callbacks, stopping, resuming, and what goes on meanwhile."""

import contextvars
import gc
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from conftest import NAMES, SMALL, draw_strokes, run_python

import mnistcnn
from mnistcnn import Dataset, Model, Trainer, _abi
from mnistcnn.training import _NOT_OPTIONS, OPTION_NAMES, TrainOptions

OPTIONS = {"optimizer": "adam", "learning_rate": 0.003, "loss": "categorical_cross_entropy"}


def test_train(model, data):
    history = model.train(data, data, epochs=3, **OPTIONS)
    assert len(history) == 3
    assert history.loss[2] < history.loss[0]
    assert history[2].validation_accuracy == history.validation_accuracy[2]
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    assert set(history.to_dict()) >= {"loss", "validation_loss"}
    assert len(history[:2]) == 2
    assert "<table>" in history._repr_html_()
    assert "3 epochs" in repr(history)
    assert model.notes["training.epochs"] == "3"
    with pytest.raises(AttributeError):
        history.nothing


def test_result_does_not_depend_on_threads_or_on_the_way(data):
    made = []
    for threads in (1, 3):
        model = Model.create((12, 12, 1), NAMES, SMALL)
        model.train(data, epochs=2, threads=threads, **OPTIONS)
        made.append(model.to_bytes())
    model = Model.create((12, 12, 1), NAMES, SMALL)
    for _ in Trainer(model, data, epochs=2, **OPTIONS):
        pass
    assert made == [model.to_bytes()] * 2


def test_iterating(model, data):
    trainer = Trainer(model, data, data, epochs=2, batch_size=30, **OPTIONS)
    events = [progress.event for progress in trainer]
    assert events.count("step") == 6
    assert events.count("epoch_end") == 2
    assert trainer.finished
    assert len(trainer.history) == 2
    assert next(iter(trainer), None) is None
    model.close()


def test_breaking_off_keeps_the_latest_step(model, data):
    before = model.to_bytes()
    for progress in Trainer(model, data, epochs=50, **OPTIONS):
        if progress.step == 2:
            break
    gc.collect()
    assert model.to_bytes() != before
    model.train(data, epochs=1)


def test_predicting_meanwhile(model, data, strokes):
    seen = []
    with Trainer(model, data, epochs=1, batch_size=30, **OPTIONS) as trainer:
        for _ in trainer:
            seen.append(model.predict_proba(strokes[0][:1]).tobytes())
    assert len(set(seen)) >= 3
    assert model.predict_proba(strokes[0][:1]).tobytes() == seen[-1]


def test_predicting_in_other_threads_meanwhile(model, data, strokes):
    errors, done = [], threading.Event()

    def work():
        try:
            while not done.is_set():
                np.testing.assert_allclose(model.predict_proba(strokes[0]).sum(axis=1), 1, atol=1e-4)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        model.train(data, epochs=30, **OPTIONS)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not errors


def test_one_training_at_a_time(model, data):
    trainer = Trainer(model, data)
    with pytest.raises(mnistcnn.StateError, match="being trained"):
        Trainer(model, data)
    with pytest.raises(mnistcnn.StateError):
        model.class_names = ["a", "b", "c"]
    with pytest.raises(mnistcnn.StateError):
        model.close()
    trainer.close()
    trainer.close()
    model.class_names = ["a", "b", "c"]
    with pytest.raises(ValueError, match="closed"):
        trainer.save("x")


# --- callbacks --------------------------------------------------------------------------------------


def test_callback_sees_every_step(model, data):
    seen = []
    model.train(data, epochs=2, batch_size=30, callbacks=[seen.append])
    assert [progress.step for progress in seen] == [1, 2, 3] * 2
    assert [progress.event for progress in seen[:3]] == ["step", "step", "epoch_end"]


def test_error_in_a_callback(model, data):
    error, calls = ValueError("mine"), []

    def fail(progress):
        calls.append(progress)
        if len(calls) == 3:
            raise error

    before = model.to_bytes()
    with pytest.raises(ValueError) as caught:
        model.train(data, epochs=9, callbacks=[fail])
    assert caught.value is error
    assert len(calls) == 3
    assert model.to_bytes() != before
    model.train(data, epochs=1)


@pytest.mark.parametrize(
    ("answer", "goes_on"),
    [
        (None, True),
        (False, True),
        (np.False_, True),
        (0, True),
        (True, False),
        (np.True_, False),
        ("stop", False),
    ],
)
def test_answer_of_a_callback(model, data, answer, goes_on):
    calls = []

    def callback(progress):
        calls.append(progress)
        return answer

    model.train(data, epochs=2, batch_size=30, callbacks=[callback])
    assert len(calls) == (6 if goes_on else 1)


def test_callback_runs_in_the_callers_context(model, data):
    variable, local, seen = contextvars.ContextVar("variable"), threading.local(), set()
    variable.set(5)
    local.value = 6

    def callback(progress):
        seen.add((variable.get(), local.value, threading.get_ident()))

    model.train(data, epochs=1, callbacks=[callback])
    assert seen == {(5, 6, threading.get_ident())}


def test_temporary_callback(model, data):
    count = [0]
    trainer = Trainer(model, data, epochs=3)
    gc.collect()
    model_of_others = [np.zeros(100000) for _ in range(20)]
    for _ in trainer:
        count[0] += 1
        gc.collect()
    assert count[0] > 3
    assert model_of_others


def test_log_goes_to_python(model, data, caplog):
    with caplog.at_level("INFO", logger="mnistcnn"):
        model.train(data, epochs=1, optimizer="adam", momentum=0.5)
    assert any("momentum" in record.getMessage() for record in caplog.records)


# --- checkpoints ------------------------------------------------------------------------------------


def test_resuming_gives_the_same(data, tmp_path):
    whole = Model.create((12, 12, 1), NAMES, SMALL)
    whole.train(data, epochs=4, **OPTIONS)
    path = tmp_path / "checkpoint"
    part = Model.create((12, 12, 1), NAMES, SMALL)
    calls = []

    def stop(progress):
        calls.append(progress)
        return len(calls) == 5

    part.train(data, epochs=4, checkpoint=path, callbacks=[stop], **OPTIONS)
    trainer = Trainer.resume(path, data)
    assert trainer.model.weights["dense_1/bias"].tolist() == part.weights["dense_1/bias"].tolist()
    for _ in trainer:
        pass
    assert len(trainer.history) == 4
    assert trainer.model.to_bytes() == whole.to_bytes()


def test_resuming_with_more_epochs(model, data, tmp_path):
    model.train(data, epochs=1, checkpoint=tmp_path / "c")
    trainer = Trainer.resume(tmp_path / "c", data, epochs=3, save_to=tmp_path / "d")
    assert len(list(trainer)) > 2
    assert len(trainer.history) == 3
    assert (tmp_path / "d").exists()


def test_wrong_checkpoints(model, data, tmp_path):
    with pytest.raises(FileNotFoundError):
        Trainer.resume(tmp_path / "none", data)
    model.train(data, epochs=1, checkpoint=tmp_path / "c")
    with pytest.raises(ValueError, match="other training images"):
        Trainer.resume(tmp_path / "c", data.split(0.5)[0])
    with pytest.raises(OSError):
        model.train(data, epochs=1, checkpoint=tmp_path / "no folder" / "c")


def test_saving_by_hand(model, data, tmp_path):
    with Trainer(model, data, epochs=5) as trainer:
        next(trainer)
        trainer.save(tmp_path / "c")
    assert Trainer.resume(tmp_path / "c", data).model.to_bytes()


# --- options ----------------------------------------------------------------------------------------


def test_options_are_those_of_the_library():
    import typing

    fields = {row[0] for row in _abi.TrainOptions._fields_}
    assert set(OPTION_NAMES) == fields - _NOT_OPTIONS
    for name in OPTION_NAMES:
        assert name in (TrainOptions.__doc__ or ""), name
    with open(mnistcnn.training.__file__, encoding="utf-8") as file:
        block = file.read().split("class TrainOptions(TypedDict", 1)[1].split("else:", 1)[0]
    for name in OPTION_NAMES:
        assert f"        {name}: " in block, name
    assert typing.TYPE_CHECKING is False


def test_words_of_the_types_are_those_of_the_library():
    from mnistcnn import _options

    with open(mnistcnn.training.__file__, encoding="utf-8") as file:
        text = file.read()
    for name in ("loss", "optimizer", "schedule", "augment", "metric"):
        listed = ", ".join(f'"{word}"' for word in _options.words(name))
        assert f"{name}: Literal[{listed}]" in text


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"epoch": 3}, TypeError, "did you mean 'epochs'"),
        ({"struct_size": 3}, TypeError, "struct_size"),
        ({"epochs": 0}, ValueError, "epochs"),
        ({"epochs": -1}, ValueError, "epochs"),
        ({"epochs": 2.5}, TypeError, "epochs"),
        ({"epochs": 2**32 + 1}, ValueError, "epochs"),
        ({"batch_size": "8"}, TypeError, "batch_size"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate"),
        ({"optimizer": "adm"}, ValueError, "did you mean 'adam'"),
        ({"optimizer": 2}, ValueError, "optimizer"),
        ({"preset": "nothing"}, LookupError, "nothing"),
        ({"class_weights": "even"}, ValueError, "balanced"),
        ({"class_weights": {"flatt": 2.0}}, ValueError, "did you mean 'flat'"),
        ({"class_weights": [1.0]}, ValueError, "class_weights"),
        ({"threads": 0}, ValueError, "threads"),
        ({"keep_best": True}, ValueError, "validation"),
        ({"checkpoint": "a\0b"}, ValueError, "NUL"),
    ],
)
def test_wrong_options(model, data, options, error, text):
    before = model.to_bytes()
    with pytest.raises(error) as caught:
        model.train(data, **options)
    assert text in str(caught.value)
    assert model.to_bytes() == before


def test_wrong_datasets(model, data, strokes):
    other = Dataset.from_arrays(draw_strokes(9, side=13)[0], np.arange(9) % 3)
    with pytest.raises(mnistcnn.ShapeMismatchError):
        model.train(other)
    for wrong in (strokes[0], None, "folder"):
        with pytest.raises((TypeError, AttributeError)):
            model.train(wrong)


def test_class_weights(data):
    made = []
    for weights in (None, "balanced", {"flat": 3.0}, [1, 3, 1], np.array([1, 3, 1])):
        model = Model.create((12, 12, 1), 3, SMALL)
        model.train(data, epochs=1, class_weights=weights, **OPTIONS)
        made.append(model.weights["dense_2/bias"].tobytes())
    assert made[2] == made[3] == made[4] != made[0] == made[1]


def test_preset(data):
    images = np.zeros((20, 28, 28), np.uint8)
    data = Dataset.from_arrays(images, np.arange(20) % 10)
    model = Model.create(preset="best")
    assert len(model.train(data, preset="best", epochs=1)) == 1


def test_not_finite(model, data):
    with pytest.raises(FloatingPointError):
        model.train(data, epochs=60, **{**OPTIONS, "learning_rate": 1e6, "l2": 1e6, "optimizer": "sgd"})
    assert np.isfinite(model.weights["dense_1/kernel"]).all()


# --- Ctrl-C -----------------------------------------------------------------------------------------

INTERRUPTED = """
import signal, sys, time
import numpy as np
import mnistcnn
def old(number, frame):
    print("handled", flush=True)
    signal.default_int_handler(number, frame)
signal.signal(signal.SIGINT, old)
images = np.random.default_rng(0).integers(0, 256, (6000, 28, 28), np.uint8)
data = mnistcnn.Dataset.from_arrays(images, np.arange(6000) % 10)
model = mnistcnn.Model.create()
before = model.to_bytes()
callbacks = [lambda progress: None] if sys.argv[1] == "callback" else []
print("begun", flush=True)
try:
    if sys.argv[1] == "evaluate":
        while True:
            model.evaluate(data)
    model.train(data, epochs=1000, callbacks=callbacks)
except KeyboardInterrupt:
    print("interrupted", flush=True)
model.predict(images[0])
print("changed" if model.to_bytes() != before else "same", flush=True)
print("handler kept", signal.getsignal(signal.SIGINT) is old, flush=True)
try:
    time.sleep(0.3)
except KeyboardInterrupt:
    pass
"""


@pytest.mark.parametrize("way", ["plain", "callback", "evaluate"])
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(way, times):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, way], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    if times == 2:
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=20)
    if error.endswith("KeyboardInterrupt\n") and times == 2:
        return  # the second one came while the script dealt with the first
    assert "interrupted\n" in out
    assert "handled\n" in out
    assert ("same" if way == "evaluate" else "changed") in out
    assert "handler kept True" in out
    assert error == ""
    assert time.monotonic() - sent < 10


AT_EXIT = """
import threading, time
import numpy as np
import mnistcnn
images = np.random.default_rng(0).integers(0, 256, (6000, 28, 28), np.uint8)
data = mnistcnn.Dataset.from_arrays(images, np.arange(6000) % 10)
threading.Thread(target=lambda: WORK, daemon=True).start()
time.sleep(0.3)
"""


@pytest.mark.parametrize(
    "work",
    [
        "mnistcnn.Model.create().train(data, epochs=1000)",
        "[mnistcnn.Model.create().evaluate(data) for _ in range(1000)]",
    ],
)
def test_exit_during_work_of_a_daemon(work):
    begun = time.monotonic()
    done = run_python(AT_EXIT.replace("WORK", work), options=("-X", "dev"))
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - begun < 20
