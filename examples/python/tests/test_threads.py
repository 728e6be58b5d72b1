"""Many threads at once: with the GIL, and in a free-threaded Python without it."""

import sys
import sysconfig
import threading

import numpy as np
import pytest
from conftest import NAMES, SMALL, draw_seven, draw_strokes, run_python, write_png

import mnistcnn
from mnistcnn import Dataset, Model, Trainer, read_digits

pytestmark = pytest.mark.robustness
THREADS = 10
TRAINING = {"epochs": 2, "batch_size": 10, "threads": 1, "loss": "categorical_cross_entropy"}


def in_threads(*works):
    """Runs each in a thread of its own, all at once; their results in order, or their first exception."""
    barrier = threading.Barrier(len(works))
    results, errors = [None] * len(works), []

    def run(index, work):
        barrier.wait()
        try:
            results[index] = work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=row) for row in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def page_of_ones():
    page = np.full((60, 120), 255, np.uint8)
    page[10:50, 30:34] = page[10:50, 50:54] = page[10:50, 100:104] = 0
    return page


def test_no_gil_comes_back():
    """A module that needs the GIL would switch it on for the whole process."""
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("not a free-threaded Python")
    done = run_python("import sys, mnistcnn; mnistcnn.Model.pretrained(); print(sys._is_gil_enabled())")
    assert done.stdout == "False\n", done.stderr
    assert not sys._is_gil_enabled()


def test_first_use_at_once():
    """The libraries and the shipped model are loaded when they are first needed."""
    code = """
import threading, numpy as np
barrier = threading.Barrier(10)
page = np.full((60, 120), 255, np.uint8)
page[10:50, 30:34] = 0
texts = []
def work(index):
    barrier.wait()
    import mnistcnn
    if index % 2:
        texts.append(mnistcnn.read_digits(page).text)
    else:
        texts.append(mnistcnn.Model.pretrained().predict(page[5:55, 5:60]))
    try:
        mnistcnn.Model.import_file(b"nothing")
    except mnistcnn.FormatError:
        texts.append("refused")
threads = [threading.Thread(target=work, args=(index,)) for index in range(10)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(texts))
"""
    for _ in range(3):
        done = run_python(code)
        assert done.stdout == f"{['1'] * 10 + ['refused'] * 10}\n", done.stdout + done.stderr


def test_everything_at_once(tmp_path):
    """Each thread works with objects of all: the answers are those of one thread alone."""
    images, labels = draw_strokes(60)
    data = Dataset.from_arrays(images, labels, NAMES)
    shared, page = Model.create((12, 12, 1), NAMES, SMALL), page_of_ones()
    content, file = shared.to_bytes(), write_png(tmp_path / "seven.png", 255 - draw_seven(60, 50, 4))
    rows = shared.predict_proba(images).tobytes()
    shipped = Model.pretrained()
    trained = shared.copy()
    trained.train(data, progress=False, **TRAINING)
    wanted, accuracy = trained.to_bytes(), shared.evaluate(data).accuracy

    def predict():
        for _ in range(60):
            assert shared.predict_proba(images).tobytes() == rows
            assert shared.predict_proba(images[0]).tobytes() == rows[:12]
            assert shared.predict_proba(images, threads=2).tobytes() == rows

    def load():
        for _ in range(100):
            with Model.from_bytes(content) as model:
                assert model.predict_proba(images).tobytes() == rows

    def read():
        for _ in range(4):
            assert read_digits(page).text == "11 1"
            assert [found.label for found in shipped.predict_files([file] * 2, threads=2)] == ["7", "7"]

    def train():
        for _ in range(2):
            model = shared.copy()
            model.train(data, progress=False, **TRAINING)
            assert model.to_bytes() == wanted

    def divide():
        for _ in range(20):
            first, second = data.split(0.5)
            assert len(first) + len(second) == len(data) == len(data.subset(range(60)))
            assert shared.evaluate(data, threads=1).accuracy == accuracy

    in_threads(*(predict, load, read, train, divide) * (THREADS // 5))
    assert shared.to_bytes() == content


def test_a_model_that_is_trained(trained, strokes):
    """The others see the weights of some finished step, and those of the last one in the end."""
    model, data = trained.copy(), Dataset.from_arrays(*strokes, NAMES)
    done = threading.Event()

    def train():
        try:
            model.train(data, progress=False, epochs=3, batch_size=10, threads=1)
        finally:
            done.set()
        return model.predict_proba(strokes[0]).tobytes()

    def watch():
        while not done.is_set():
            assert np.allclose(model.predict_proba(strokes[0]).sum(axis=1), 1, atol=1e-4)
            assert model.class_names == NAMES
        return model.predict_proba(strokes[0]).tobytes()

    assert len(set(in_threads(train, *[watch] * (THREADS - 1)))) == 1


def test_one_trainer_makes_each_step_once(model, data):
    """Whoever asks for the next step gets one."""
    alone = model.copy()
    count = sum(1 for _ in Trainer(alone, data, **TRAINING))
    trainer = Trainer(model, data, **TRAINING)
    found = in_threads(*[lambda: list(trainer)] * THREADS)
    assert sum(map(len, found)) == count
    assert sorted(row.epoch for rows in found for row in rows if row.event == "epoch_end") == [1, 2]
    assert trainer.finished and len(trainer.history) == 2
    assert model.to_bytes() == alone.to_bytes()


def test_no_change_is_lost(model):
    def change(index):
        for count in range(20):
            model.set_note(f"thread_{index}", str(count))

    in_threads(*[lambda index=index: change(index) for index in range(THREADS)])
    assert {key: value for key, value in model.notes.items() if key.startswith("thread_")} == {
        f"thread_{index}": "19" for index in range(THREADS)
    }


def test_a_training_begins_once(model, data):
    def begin():
        try:
            return Trainer(model, data, **TRAINING)
        except mnistcnn.StateError:
            return None

    for _ in range(5):
        (trainer,) = filter(None, in_threads(*[begin] * THREADS))
        trainer.close()


def test_closing_in_another_thread(data, strokes):
    """Either an answer, or the error that the object is closed."""
    for _ in range(20):
        model = Model.create((12, 12, 1), NAMES, SMALL)
        trainer = Trainer(model, data, **TRAINING)

        def predict(model=model):
            try:
                model.predict_proba(strokes[0])
                model.to_bytes()
            except ValueError as error:
                assert "closed" in str(error)

        def close(model=model, trainer=trainer):
            trainer.close()
            model.close()

        in_threads(*[predict] * 4, lambda trainer=trainer: list(trainer), close)


def test_a_trainer_collected_while_its_model_is_asked():
    """The collector ends the training in the very call that takes the latest weights."""
    code = """
import gc, numpy as np
from mnistcnn import Dataset, Model, Trainer, training

data = Dataset.from_arrays(np.zeros((8, 12, 12), np.uint8), [0, 1] * 4)
model = Model.create((12, 12, 1), 2, "flatten, dense classes softmax")
trainer = Trainer(model, data, epochs=5, batch_size=4)
trainer.itself = trainer
gc.disable()
next(trainer)
del trainer
pointer = training.model_pointer
training.model_pointer = lambda: (gc.collect(), pointer())[1]
model.predict_proba(data.images)
model.set_note("it", "can be changed")
print("done")
"""
    done = run_python(code, timeout=30)
    assert done.stdout == "done\n", done.stderr
