"""Evaluations, pages of digits, models of Keras."""

import io
import os
import pathlib

import numpy as np
import pytest
from conftest import NAMES, draw_seven, write_png

import mnistcnn
from mnistcnn import Dataset, Model, read_digits

# --- evaluations ------------------------------------------------------------------------------------


def test_evaluation(trained, data, strokes):
    seen = []
    evaluation = trained.evaluate(data, callbacks=[seen.append], threads=2)
    rows = trained.predict_proba(strokes[0])
    np.testing.assert_array_equal(evaluation.probabilities, rows)
    np.testing.assert_array_equal(evaluation.labels, strokes[1])
    right = rows.argmax(axis=1) == strokes[1]
    assert evaluation.accuracy == pytest.approx(right.mean())
    assert evaluation.confusion.sum() == len(evaluation) == 90
    assert np.trace(evaluation.confusion) == right.sum()
    assert set(evaluation.mistakes) == set(np.flatnonzero(~right))
    confidences = rows.max(axis=1)[evaluation.mistakes]
    assert (np.diff(confidences) <= 0).all()
    assert evaluation.recall.shape == evaluation.precision.shape == (3,)
    assert evaluation.class_names == NAMES
    assert "<table>" in evaluation._repr_html_()
    assert "90 images" in repr(evaluation)
    picked = rows[np.arange(90), strokes[1]]
    loss = trained.evaluate(data, loss="categorical_cross_entropy").loss
    assert loss == pytest.approx(-np.log(np.maximum(picked, 1e-7)).mean(), rel=1e-4)


def test_classes_are_found_by_name(trained, strokes):
    images, labels = strokes
    names = [NAMES[label] for label in labels]
    sorted_by_name = Dataset.from_arrays(images, names)
    assert sorted_by_name.class_names == sorted(NAMES)
    evaluation = trained.evaluate(sorted_by_name)
    np.testing.assert_array_equal(evaluation.labels, labels)
    assert evaluation.accuracy == trained.evaluate(Dataset.from_arrays(images, labels, NAMES)).accuracy
    some = trained.evaluate(
        Dataset.from_arrays(images[labels == 1], labels[labels == 1] * 0, ["flat"]).with_classes(NAMES)
    )
    assert some.confusion.sum(axis=1).tolist() == [0, 30, 0]
    assert np.isnan(some.recall[0])
    with pytest.raises(ValueError, match="'round'"):
        Dataset.from_arrays(images, labels, ["flat", "round", "upright"]).with_classes(NAMES)
    with pytest.raises(ValueError, match="no names"):
        Dataset.from_arrays(images, labels).with_classes(NAMES)


def test_wrong_evaluations(trained, data, strokes):
    with pytest.raises(TypeError):
        trained.evaluate(strokes[0])
    with pytest.raises(mnistcnn.ShapeMismatchError):
        trained.evaluate(Dataset.from_arrays(np.zeros((4, 9, 9), np.uint8), [0, 1, 2, 0]))
    with pytest.raises(ValueError, match="loss"):
        trained.evaluate(data, loss="squares")


# --- pages ------------------------------------------------------------------------------------------


@pytest.fixture
def page():
    image = np.full((200, 300, 3), 255, np.uint8)
    for row in range(2):
        for column in range(3):
            ink = draw_seven(80, 60, 6)[:, :, None]
            place = image[10 + 100 * row : 90 + 100 * row, 20 + 90 * column : 80 + 90 * column]
            np.minimum(place, 255 - ink, out=place)
    return image


def test_page(page, tmp_path):
    path = write_png(tmp_path / "page.png", page)
    found = [
        read_digits(form)
        for form in (page, path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()))
    ]
    for one in found:
        assert one.text == "777\n777"
        assert len(one) == 6
        assert [digit.line for digit in one] == [0, 0, 0, 1, 1, 1]
    first = found[0][0]
    assert first.image.shape == (28, 28)
    assert first.confidence == first.probabilities[7]
    top, left, height, width = first.box
    assert (20 < top < 40, 30 < left < 50, 40 < height < 60, 15 < width < 35) == (True,) * 4
    assert found[0].shape == (200, 300)
    assert found[0]._repr_html_().count("data:image/png") == 6
    assert "777" in repr(found[0])


def test_pages_of_other_kinds(page):
    image = pytest.importorskip("PIL.Image")
    assert read_digits(image.fromarray(page)).text == "777\n777"
    assert read_digits(255 - page[..., 0]).text == "777\n777"
    assert read_digits(page / 255.0).text == "777\n777"
    assert read_digits(np.full((50, 50), 255, np.uint8)).text == ""
    assert len(read_digits(np.full((50, 50), 255, np.uint8))) == 0


def test_wrong_pages(page, tmp_path):
    with pytest.raises(FileNotFoundError):
        read_digits(tmp_path / "none.png")
    with pytest.raises(ValueError, match="one image"):
        read_digits(np.zeros((2, 3, 4, 5), np.uint8))
    with pytest.raises(ValueError, match="polarity"):
        read_digits(page, polarity="dark")
    with pytest.raises(ValueError, match="gray"):
        read_digits(page, Model.create((28, 28, 3)))
    with pytest.raises(mnistcnn.FormatError):
        read_digits(b"\x89PNG broken")


# --- Keras ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "name"), [("keras", "m.keras"), ("keras_h5", "m.h5")])
def test_there_and_back(trained, strokes, tmp_path, format, name):
    trained.to_keras(tmp_path / name, format=format)
    wanted = trained.predict_proba(strokes[0])
    content = (tmp_path / name).read_bytes()
    for form in (tmp_path / name, content, io.BytesIO(content)):
        model = Model.from_keras(form)
        assert model.class_names == NAMES
        np.testing.assert_allclose(model.predict_proba(strokes[0]), wanted, atol=1e-5)


def test_weights_only(trained, strokes, tmp_path):
    trained.to_keras(tmp_path / "w.h5", format="keras_weights")
    model = Model.from_keras(
        tmp_path / "w.h5", architecture=trained.architecture, input_size=(12, 12), encoding="unit"
    )
    np.testing.assert_allclose(model.predict_proba(strokes[0]), trained.predict_proba(strokes[0]), atol=1e-5)


def test_encodings(trained, data, tmp_path):
    trained.to_keras(tmp_path / "w.keras")
    found = Model.check_encodings(tmp_path / "w.keras", data)
    assert len(found) > 5
    assert all(0 <= accuracy <= 1 for _, accuracy in found)
    assert found[0][1] > 0.9


def test_wrong_files_of_keras(trained, tmp_path, data):
    with pytest.raises(FileNotFoundError) as caught:
        Model.from_keras(tmp_path / "none.keras")
    assert caught.value.filename == str(tmp_path / "none.keras")
    with pytest.raises(mnistcnn.MnistcnnError, match=r".+"):
        Model.from_keras(b"nothing")
    trained.to_keras(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="encoding"):
        Model.from_keras(tmp_path / "m.keras", encoding="bytes")
    with pytest.raises(ValueError, match="did you mean 'keras'"):
        trained.to_keras(tmp_path / "m.x", format="kers")
    with pytest.raises(OSError):
        trained.to_keras(tmp_path / "none" / "m.keras")


def test_published_models(shipped):
    folder = os.environ.get("MNISTCNN_MODELS_DIR")
    if not folder:
        pytest.skip("MNISTCNN_MODELS_DIR is not set")
    read, refused = 0, 0
    for path in sorted(pathlib.Path(folder).glob("*")):
        if path.suffix not in (".h5", ".keras"):
            continue
        try:
            model = Model.from_keras(path)
        except mnistcnn.MnistcnnError as error:
            assert str(path.name) in str(error)
            refused += 1
        else:
            height, width, channels = model.input_shape
            assert model.predict_proba(np.zeros((1, height, width, channels), np.uint8)).shape[0] == 1
            read += 1
    assert read > refused
