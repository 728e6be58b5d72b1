"""Evaluations, pages of digits, models of Keras."""

import io
import json
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

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


def test_calibration(trained, strokes):
    """A strict threshold rejects what the model is not sure of, also images of the background."""
    images, labels = strokes
    noise = np.random.default_rng(2).integers(0, 256, (10, 12, 12), np.uint8)
    data = Dataset.from_arrays(np.concatenate([images, noise]), [*labels, *[-1] * 10], NAMES)
    model = trained.copy()
    assert model.rejection_threshold == 0
    model.calibrate(data, accepted=0.8)
    assert 0 < model.rejection_threshold <= 1
    assert model.temperature != trained.temperature
    evaluation = model.evaluate(data)
    rows = model.predict_proba(images)
    sure = rows.max(axis=1) >= model.rejection_threshold
    right = rows.argmax(axis=1) == labels
    assert (sure & right).sum() >= 0.8 * right.sum()
    assert evaluation.rejected == (~sure).sum()
    assert evaluation.background == 10
    unsure = model.predict_proba(noise).max(axis=1) < model.rejection_threshold
    assert evaluation.background_rejected == unsure.sum()
    assert (evaluation.labels[evaluation.mistakes] >= 0).all()
    assert len(evaluation.mistakes) == (~right).sum()


def test_wrong_calibrations(trained, strokes):
    with pytest.raises(TypeError):
        trained.calibrate(strokes[0])
    with pytest.raises(ValueError, match="accepted"):
        trained.calibrate(Dataset.from_arrays(*strokes, NAMES), accepted=2)
    with pytest.raises(ValueError, match="threshold"):
        trained.rejection_threshold = -1.0
    assert trained.rejection_threshold == 0


def test_what_is_rejected(shipped, seven_file):
    strict = shipped.copy()
    strict.rejection_threshold = 1.0
    assert shipped.predict_proba(seven_file).max() < 1
    with pytest.raises(mnistcnn.NoDigitError):
        strict.predict(seven_file)


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
    """Two lines of sevens: two that stand together, and one apart."""
    image = np.full((200, 300, 3), 255, np.uint8)
    for row in range(2):
        for left in (20, 60, 200):
            ink = draw_seven(80, 60, 6)[:, :, None]
            place = image[10 + 100 * row : 90 + 100 * row, left : left + 60]
            np.minimum(place, 255 - ink, out=place)
    return image


def test_page(page, tmp_path):
    path = write_png(tmp_path / "page.png", page)
    found = [
        read_digits(form)
        for form in (page, path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes()))
    ]
    for one in found:
        assert one.text == "77 7\n77 7"
        assert [digit.line for digit in one] == [0, 0, 0, 1, 1, 1]
        assert [digit.column for digit in one] == [0, 1, 2] * 2
        assert [digit.number for digit in one] == [0, 0, 1, 2, 2, 3]
    first = found[0][0]
    assert first.image.shape == (28, 28)
    assert (first.label, first.verdict, first.is_cut) == ("7", "found", False)
    assert first.confidence == first.probabilities[7] > 0.5
    top, left, height, width = first.box
    assert (20 < top < 40, 30 < left < 50, 40 < height < 60, 15 < width < 35) == (True,) * 4
    page_found = found[0]
    assert page_found.shape == (200, 300)
    assert page_found.polarity == "dark_on_light"
    assert (page_found.is_form, page_found.num_lines, page_found.num_columns, page_found.cells) == (
        False,
        2,
        0,
        [],
    )
    number = page_found.numbers[0]
    assert (number.text, number.line, number.digits) == ("77", 0, page_found[:2])
    assert number.box[1] == left
    assert number.box[3] > width
    assert "77 7" in repr(page_found)
    drawn = xml.etree.ElementTree.fromstring(page_found._repr_html_())
    names = [element.tag.rpartition("}")[2] for element in drawn]
    assert names.count("rect") == names.count("text") == 6
    assert names.count("image") == 1


def test_pages_of_other_kinds(page):
    image = pytest.importorskip("PIL.Image")
    wanted = "77 7\n77 7"
    assert read_digits(image.fromarray(page)).text == wanted
    light = read_digits(255 - page[..., 0])
    assert (light.text, light.polarity) == (wanted, "light_on_dark")
    assert read_digits(page / 255.0).text == wanted
    assert read_digits(np.full((50, 50), 255, np.uint8)).text == ""
    assert len(read_digits(np.full((50, 50), 255, np.uint8))) == 0


def test_form():
    """A table of two rows and three columns; the middle cells are empty."""
    image = np.full((260, 360), 255, np.uint8)
    for row in (20, 130, 240):
        image[row : row + 3, 20:343] = 0
    for column in (20, 127, 234, 340):
        image[20:243, column : column + 3] = 0
    for top in (30, 140):
        for left in (44, 258):
            place = image[top : top + 90, left : left + 66]
            np.minimum(place, 255 - draw_seven(90, 66, 6), out=place)
    found = read_digits(image, form=True)
    assert found.is_form
    assert (found.num_lines, found.num_columns) == (2, 3)
    assert found.cells == [["7", "", "7"]] * 2
    assert found.text == "7\t\t7\n7\t\t7"
    blank = [digit for digit in found if digit.verdict == "blank"]
    assert [(digit.line, digit.column, digit.label, digit.number) for digit in blank] == [
        (0, 1, None, None),
        (1, 1, None, None),
    ]
    assert "Form of 2 x 3 cells" in repr(found)
    assert not read_digits(image).is_form


def test_what_is_unclear(page, shipped):
    least = min(digit.confidence for digit in read_digits(page))
    unclear = read_digits(page, least_confidence=min(1.0, least + 1e-6))
    assert "?" in unclear.text
    unsure = [digit for digit in unclear if digit.verdict == "unclear"]
    assert unsure
    assert all(digit.label is None and digit.confidence <= least + 1e-6 for digit in unsure)
    strict = shipped.copy()
    strict.rejection_threshold = 1.0
    assert [digit.verdict for digit in read_digits(page, strict)] == [
        "unclear" if digit.confidence < 1 else "found" for digit in read_digits(page)
    ]


def test_large_pages_are_reduced(tmp_path):
    """Boxes are in pixels of the file, which is larger than what is decoded."""
    image = np.full((900, 4500), 255, np.uint8)
    image[200:700, 4000:4400] = 255 - draw_seven(500, 400, 40)
    found = read_digits(write_png(tmp_path / "wide.png", image))
    assert found.shape == (900, 4500)
    assert found.text == "7"
    top, left, height, width = found[0].box
    ink = np.argwhere(image < 128)
    np.testing.assert_allclose(
        (top, left, top + height, left + width), (*ink.min(axis=0), *ink.max(axis=0) + 1), atol=6
    )
    assert max(found._picture.shape) <= 1200


def test_the_command_reads_the_same(page, tmp_path):
    write_png(tmp_path / "page.png", page)
    command = [sys.executable, "-m", "mnistcnn", "predict", "--many", "--json", "page.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    (told,) = json.loads(done.stdout)
    found = read_digits(tmp_path / "page.png")
    assert [number["text"] for number in told["numbers"]] == [number.text for number in found.numbers]
    keys = ("top", "left", "height", "width")
    for digit, said in zip(found, told["digits"]):
        assert (digit.label, digit.line, digit.column) == (said["class"], said["line"], said["column"])
        assert digit.box == tuple(said[key] for key in keys)
    assert len(found) == len(told["digits"])


def test_wrong_pages(page, tmp_path):
    with pytest.raises(FileNotFoundError):
        read_digits(tmp_path / "none.png")
    with pytest.raises(ValueError, match="one image"):
        read_digits(np.zeros((2, 3, 4, 5), np.uint8))
    with pytest.raises(ValueError, match="polarity"):
        read_digits(page, polarity="dark")
    with pytest.raises(ValueError, match="least_confidence"):
        read_digits(page, least_confidence=2)
    with pytest.raises(ValueError, match="gray"):
        read_digits(page, Model.create((28, 28, 3)))
    with pytest.raises(mnistcnn.FormatError):
        read_digits(b"\x89PNG broken")


# --- other frameworks -------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "name"), [("keras", "m.keras"), ("keras_h5", "m.h5")])
def test_there_and_back(trained, strokes, tmp_path, format, name):
    trained.export(tmp_path / name, format=format)
    wanted = trained.predict_proba(strokes[0])
    content = (tmp_path / name).read_bytes()
    for form in (tmp_path / name, content, io.BytesIO(content)):
        model = Model.import_file(form)
        assert model.class_names == NAMES
        np.testing.assert_allclose(model.predict_proba(strokes[0]), wanted, atol=1e-5)


@pytest.mark.parametrize("format", ["onnx", "tfjs"])
@pytest.mark.parametrize("unit_input", [False, True])
def test_other_frameworks(trained, strokes, tmp_path, format, unit_input):
    trained.export(tmp_path / "m.json", format=format, unit_input=unit_input)
    model = Model.import_file(tmp_path / "m.json", encoding="unit" if unit_input else "raw")
    np.testing.assert_allclose(model.predict_proba(strokes[0]), trained.predict_proba(strokes[0]), atol=1e-5)


def test_weights_only(trained, strokes, tmp_path):
    trained.export(tmp_path / "w.h5", format="keras_weights")
    model = Model.import_file(
        tmp_path / "w.h5", architecture=trained.architecture, input_size=(12, 12), encoding="unit"
    )
    np.testing.assert_allclose(model.predict_proba(strokes[0]), trained.predict_proba(strokes[0]), atol=1e-5)


def test_encodings(trained, data, tmp_path):
    trained.export(tmp_path / "w.keras")
    found = Model.check_encodings(tmp_path / "w.keras", data)
    assert len(found) > 5
    assert all(0 <= tried.accuracy <= 1 and tried.loss > 0 and tried.count == 90 for tried in found)
    assert found[0].accuracy > 0.9
    trained.export(tmp_path / "w.h5", format="keras_weights")
    of_weights = Model.check_encodings(
        tmp_path / "w.h5", data, architecture=trained.architecture, input_size=(12, 12)
    )
    assert of_weights[0].accuracy > 0.9


def test_name_for_users_of_keras(trained, tmp_path):
    trained.export(tmp_path / "m.keras")
    read = Model.from_keras(tmp_path / "m.keras", encoding="raw")
    assert type(read) is Model
    assert read.to_bytes() == Model.import_file(tmp_path / "m.keras", encoding="raw").to_bytes()


@pytest.mark.parametrize(
    "name", ["notes.txt", "m.keras", "m.onnx", "m.tflite", "m.pt", "model.json", "m.safetensors"]
)
@pytest.mark.parametrize(
    "content", [b"", b"no model", b"PK\3\4", b"\x89HDF\r\n\x1a\n", b'{"modelTopology": 1}', bytes(200)]
)
def test_a_wrong_file_is_named(tmp_path, data, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    for call in (Model.import_file, lambda file: Model.check_encodings(file, data)):
        with pytest.raises(mnistcnn.MnistcnnError) as caught:
            call(path)
        assert str(path) in str(caught.value)


def test_wrong_files(trained, tmp_path, data):
    with pytest.raises(FileNotFoundError) as caught:
        Model.import_file(tmp_path / "none.keras")
    assert caught.value.filename == str(tmp_path / "none.keras")
    with pytest.raises(mnistcnn.MnistcnnError, match=r".+"):
        Model.import_file(b"nothing")
    trained.export(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="encoding"):
        Model.import_file(tmp_path / "m.keras", encoding="bytes")
    with pytest.raises(ValueError, match="did you mean 'keras'"):
        trained.export(tmp_path / "m.x", format="kers")
    with pytest.raises(OSError):
        trained.export(tmp_path / "none" / "m.keras")


def test_published_models(shipped):
    folder = os.environ.get("MNISTCNN_MODELS_DIR")
    if not folder:
        pytest.skip("MNISTCNN_MODELS_DIR is not set")
    read, refused = 0, 0
    for path in sorted(pathlib.Path(folder).glob("*")):
        if path.suffix not in (".h5", ".keras"):
            continue
        try:
            model = Model.import_file(path)
        except mnistcnn.MnistcnnError as error:
            assert str(path.name) in str(error)
            refused += 1
        else:
            height, width, channels = model.input_shape
            assert model.predict_proba(np.zeros((1, height, width, channels), np.uint8)).shape[0] == 1
            read += 1
    assert read > refused
