"""What a notebook shows: in a real kernel, as Jupyter starts it."""

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytestmark = pytest.mark.slow

PREPARE = """
import numpy as np, mnistcnn
from mnistcnn import Dataset, Model, Trainer, read_digits
images = np.random.default_rng(0).integers(0, 256, (600, 28, 28), np.uint8)
data = Dataset.from_arrays(images, np.arange(600) % 3, ["a", "<b>", "c"])
model = Model.create((28, 28, 1), ["a", "<b>", "c"])
"""
LONG = "model.train(data, epochs=100_000, progress=False)"


def run(*codes, **options):
    """The outputs of the cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in codes])
    nbclient.NotebookClient(notebook, kernel_name="python3", **{"timeout": 60, **options}).execute()
    return [cell.outputs for cell in notebook.cells]


def html_of(outputs):
    (result,) = (output for output in outputs if output.output_type == "execute_result")
    return result.data["text/html"]


def test_results_are_tables():
    prepare, summary, history, evaluation, page = run(
        PREPARE,
        "model",
        "model.train(data, epochs=2, progress=False)",
        "model.evaluate(data)",
        "page = np.full((60, 120), 255, np.uint8); page[10:50, 30:34] = 0; read_digits(page)",
    )
    assert prepare == []
    assert "conv2d_1" in html_of(summary)
    assert html_of(history).count("<tr>") == 3
    assert "&lt;b&gt;" in html_of(evaluation)
    assert html_of(page).startswith("<svg") and html_of(page).count("<rect") == 1


def test_progress_is_one_output_for_each_epoch():
    _, trained, failed, again = run(
        PREPARE,
        "_ = model.train(data, epochs=3)",
        "def fail(progress): raise ValueError('mine')\nmodel.train(data, epochs=2, callbacks=[fail])",
        "_ = model.train(data, epochs=1)",
        allow_errors=True,
    )
    assert all(output.output_type == "display_data" for output in trained)
    lines = [output.data["text/plain"] for output in trained]
    assert [line.split(":")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert [output.ename for output in failed if output.output_type == "error"] == ["ValueError"]
    assert again[-1].data["text/plain"].startswith("epoch 1/1: ")


def test_interrupt():
    """The button with the square: the training ends, the model and the kernel go on."""
    _, _, interrupted, usable = run(
        PREPARE,
        "before = model.to_bytes()",
        LONG,
        "print(model.to_bytes() != before, model.predict_proba(images[:2]).shape)",
        timeout=3,
        interrupt_on_timeout=True,
        allow_errors=True,
    )
    assert [output.ename for output in interrupted] == ["KeyboardInterrupt"]
    assert usable[0].text == "True (2, 3)\n"
