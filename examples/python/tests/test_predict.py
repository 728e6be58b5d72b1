"""Predictions of everything that can be an image."""

import io
import threading

import numpy as np
import pytest
from conftest import NAMES, draw_strokes, write_png

import mnistcnn
from mnistcnn import Model, _pixels


def bits(array):
    return array.tobytes()


def test_forms_of_arrays(trained, strokes):
    images, labels = strokes
    rows = trained.predict_proba(images)
    assert rows.shape == (90, 3)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(axis=1), 1, atol=1e-5)
    assert (trained.predict(images) == np.array(NAMES)[labels]).mean() > 0.9
    assert bits(trained.predict_proba(images[..., None])) == bits(rows)
    for form in (images[0], images[0][..., None]):
        one = trained.predict_proba(form)
        assert one.shape == (3,)
        assert bits(one) == bits(rows[0])
    assert trained.predict(images[0]) == NAMES[0]
    assert isinstance(trained.predict(images[0]), str)
    assert trained.predict_proba(images[:0]).shape == (0, 3)
    assert bits(trained.predict_proba(list(images[:4]))) == bits(rows[:4])


def layouts(images):
    padded = np.zeros((2 * len(images), 20, 30), images.dtype)
    padded[::2, 3:15, 5:29:2] = images
    yield "fortran", np.asfortranarray(images)
    yield "sliced", padded[::2, 3:15, 5:29:2]
    yield "transposed", np.ascontiguousarray(images.transpose(2, 0, 1)).transpose(1, 2, 0)
    yield "negative strides", np.ascontiguousarray(images[::-1, ::-1, ::-1])[::-1, ::-1, ::-1]
    read_only = images.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only
    yield "subclass", images.view(np.recarray)


def test_layouts_give_the_same_bytes(trained, strokes):
    images, _ = strokes
    rows = bits(trained.predict_proba(images))
    floats = bits(trained.predict_proba(images.astype(np.float32) / np.float32(255)))
    for name, other in layouts(images):
        assert bits(trained.predict_proba(other)) == rows, name
        assert bits(trained.predict_proba(other[5])) == rows[60:72], name
    for name, other in layouts(images.astype(np.float32) / np.float32(255)):
        assert bits(trained.predict_proba(other)) == floats, name


@pytest.mark.parametrize("kind", ["i1", "u2", "<i4", ">i4", "<i8", ">u8", "f2", ">f4", "f8", ">f8", "?"])
def test_types(trained, strokes, kind):
    images = strokes[0][:8]
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        given = (images / 255).astype(dtype)
        wanted = trained.predict_proba(given.astype(np.float32))
    elif dtype.kind == "b":
        given = images > 100
        wanted = trained.predict_proba(given.astype(np.uint8) * 255)
    else:
        images = images // 2
        given, wanted = images.astype(dtype), trained.predict_proba(images)
    assert bits(trained.predict_proba(given)) == bits(wanted)
    assert bits(trained.predict_proba(given[0])) == bits(wanted[0])


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (np.zeros((12, 12), complex), TypeError),
        (np.zeros((12, 12), object), TypeError),
        (np.zeros((12, 12), "U3"), TypeError),
        (np.zeros((12, 12), "M8[s]"), TypeError),
        (np.ma.masked_array(np.zeros((12, 12), np.uint8)), TypeError),
        (np.full((12, 12), 256), ValueError),
        (np.full((12, 12), -1), ValueError),
        (np.full((12, 12), 200.0), ValueError),
        (np.full((12, 12), np.nan), ValueError),
        (np.full((3, 12, 12), np.inf, np.float32), ValueError),
        (np.zeros(144, np.uint8), ValueError),
        (np.zeros((2, 3, 12, 12), np.uint8), ValueError),
        (np.zeros((3, 9, 13, 5), np.uint8), ValueError),
        (np.zeros((0, 0), np.uint8), ValueError),
        (np.uint8(3), ValueError),
        (None, TypeError),
        (3.5, ValueError),
        ({}, TypeError),
        (io.StringIO("text"), TypeError),
    ],
)
def test_what_is_no_image(trained, given, error):
    with pytest.raises(error) as caught:
        trained.predict_proba(given)
    assert str(caught.value)


def test_no_copy_of_contiguous_memory(trained, strokes, monkeypatch):
    images, seen = strokes[0], []
    real = _pixels.to_pixels
    monkeypatch.setattr(_pixels, "to_pixels", lambda *a: seen.append(real(*a)) or seen[-1])
    floats = images.astype(np.float32) / 255
    for given in (images, floats):
        seen.clear()
        trained.predict_proba(given)
        assert all(np.shares_memory(part, given) for part in seen)
        assert seen


def test_input_is_left_alone(trained, strokes):
    images = strokes[0].astype(float) / 255
    before = images.copy()
    trained.predict_proba(images)
    np.testing.assert_array_equal(images, before)


def test_memory_mapped(trained, strokes, tmp_path):
    np.save(tmp_path / "images.npy", strokes[0])
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert bits(trained.predict_proba(mapped)) == bits(trained.predict_proba(strokes[0]))


def test_rows_do_not_depend_on_the_batch(trained, strokes):
    images = draw_strokes(100)[0]
    rows = trained.predict_proba(images)
    for size in (1, 3, 100):
        parts = [trained.predict_proba(images[i : i + size]) for i in range(0, 100, size)]
        assert bits(np.concatenate(parts)) == bits(rows)
    for threads in (1, 2, 5, -1):
        assert bits(trained.predict_proba(images, threads=threads)) == bits(rows)


def test_many_threads_at_once(shipped, seven):
    images = np.stack([np.roll(seven, shift, axis=1) for shift in range(-3, 4)])
    wanted = bits(shipped.predict_proba(images))
    wrong = []

    def work():
        for i in range(100):
            if bits(shipped.predict_proba(images)) != wanted:
                wrong.append("batch")
            if bits(shipped.predict_proba(images[i % 7])) != wanted[40 * (i % 7) : 40 * (i % 7) + 40]:
                wrong.append("single")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_colours(seven):
    gray = Model.create((28, 28, 1), seed=3)
    rgb = np.random.default_rng(0).integers(0, 256, (5, 28, 28, 3), np.uint8)
    by_hand = np.rint(rgb @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    np.testing.assert_allclose(gray.predict_proba(rgb), gray.predict_proba(by_hand), atol=1e-2)
    as_floats = gray.predict_proba(rgb / np.float32(255))
    np.testing.assert_allclose(as_floats, gray.predict_proba(by_hand), atol=1e-2)
    colour = Model.create((28, 28, 3), seed=3)
    assert bits(colour.predict_proba(seven)) == bits(colour.predict_proba(np.repeat(seven[..., None], 3, 2)))
    assert colour.predict_proba(rgb).shape == (5, 10)


# --- pictures ---------------------------------------------------------------------------------------


def test_one_picture_in_every_form(shipped, paper_seven, seven_file):
    wanted = bits(shipped.predict_proba(str(seven_file)))
    assert shipped.predict(seven_file) == "7"
    content = seven_file.read_bytes()
    with open(seven_file, "rb") as file:
        assert bits(shipped.predict_proba(file)) == wanted
    forms = [seven_file, content, bytearray(content), memoryview(content), io.BytesIO(content), paper_seven]
    forms += [np.stack([paper_seven] * 3, axis=2), paper_seven.astype(float) / 255]
    for form in forms:
        assert bits(shipped.predict_proba(form)) == wanted
    rows = shipped.predict_proba([content, content])
    assert rows.shape == (2, 10)
    assert bits(rows[1]) == wanted


def test_transparent_picture(shipped, paper_seven):
    ink = np.zeros((*paper_seven.shape, 4), np.uint8)
    ink[..., 3] = 255 - paper_seven
    assert shipped.predict(ink) == "7"


def test_pil(shipped, paper_seven, seven_file, tmp_path):
    image = pytest.importorskip("PIL.Image")
    picture = image.fromarray(paper_seven)
    wanted = bits(shipped.predict_proba(seven_file))
    for mode in ("L", "RGB", "RGBA", "LA", "P", "CMYK", "1", "I"):
        row = shipped.predict_proba(picture.convert(mode))
        assert row.argmax() == 7, mode
        if mode in ("L", "RGB"):
            assert bits(row) == wanted
    assert shipped.predict([picture, seven_file]).tolist() == ["7", "7"]


def test_folders_and_lists(shipped, paper_seven, tmp_path):
    for name in ("b.png", "a.png", "sub/c.PNG", ".hidden.png", ".dir/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_png(tmp_path / name, paper_seven)
    (tmp_path / "note.txt").write_text("no image")
    assert shipped.predict(tmp_path).tolist() == ["7", "7", "7"]
    names = [found.path for found in shipped.predict_files(tmp_path)]
    assert names == [str(tmp_path / name) for name in ("a.png", "b.png", "sub/c.PNG")]
    (tmp_path / "b.png").write_bytes(b"broken")
    with pytest.raises(mnistcnn.FormatError, match=r"b\.png"):
        shipped.predict(tmp_path)
    found = shipped.predict_files([tmp_path / "a.png", tmp_path / "b.png", tmp_path / "none.png"])
    assert [one.label for one in found] == ["7", None, None]
    assert found[0].error is None
    assert found[0].confidence > 0.5
    assert isinstance(found[1].error, mnistcnn.FormatError)
    assert isinstance(found[2].error, FileNotFoundError)
    assert found[2].error.filename == str(tmp_path / "none.png")
    assert np.isnan(found[1].confidence)
    assert shipped.predict_files([]) == []


def test_folder_without_images(shipped, tmp_path):
    with pytest.raises(mnistcnn.FormatError, match="no images"):
        shipped.predict(tmp_path)


def test_many_files_match_one_by_one(shipped, digit_folder):
    found = shipped.predict_files(digit_folder)
    assert len(found) == 250
    for one in found[::40]:
        assert bits(shipped.predict_proba(one.path)) == bits(one.probabilities)


def test_no_digit(shipped):
    with pytest.raises(mnistcnn.NoDigitError):
        shipped.predict(np.full((60, 60), 255, np.uint8))


@pytest.mark.parametrize("threads", [0, -2, 257, 1.5, "2", True])
def test_wrong_threads(trained, strokes, threads):
    with pytest.raises((ValueError, TypeError), match="threads"):
        trained.predict_proba(strokes[0], threads=threads)


def test_precision(shipped, seven):
    rows = shipped.predict_proba(seven[None], precision="int8")
    assert rows.argmax() == 7
    with pytest.raises(ValueError, match="did you mean 'int8'"):
        shipped.predict_proba(seven, precision="int9")


def test_large_input_is_converted_part_by_part(trained):
    """Floats of eight bytes are not copied as a whole."""
    import tracemalloc

    images = np.zeros((20000, 12, 12))
    trained.predict_proba(images[:1000])
    tracemalloc.start()
    trained.predict_proba(images)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < images.nbytes
