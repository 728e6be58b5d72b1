"""Datasets from folders, arrays and IDX files."""

import gc
import gzip
import shutil
import struct

import numpy as np
import pytest
from conftest import NAMES, draw_seven, write_png

import mnistcnn
from mnistcnn import Dataset


def test_from_arrays(strokes, data):
    images, labels = strokes
    assert (len(data), data.shape, data.num_classes, data.class_names) == (90, (12, 12, 1), 3, NAMES)
    np.testing.assert_array_equal(data.images[..., 0], images)
    np.testing.assert_array_equal(data.labels, labels)
    assert data.paths == [None] * 90
    image, label = data[4]
    assert (image.shape, label) == ((12, 12, 1), labels[4])
    np.testing.assert_array_equal(data[-1][0][..., 0], images[-1])
    assert sum(1 for _ in data) == 90
    assert repr(data) == "<Dataset of 90 images 12 x 12 x 1, 3 classes>"
    with pytest.raises(IndexError):
        data[90]


def test_labels_of_every_kind(strokes):
    images = strokes[0][:4]
    for labels, names, numbers in (
        (["b", "a", "c", "a"], ["a", "b", "c"], [1, 0, 2, 0]),
        (np.array(["b", "a", "b", "a"], object), ["a", "b"], [1, 0, 1, 0]),
        (np.array([1, 0, 2, 0], ">u8"), None, [1, 0, 2, 0]),
    ):
        made = Dataset.from_arrays(images, labels)
        assert made.class_names == names
        assert made.labels.tolist() == numbers
    assert Dataset.from_arrays(images, [0, 0, 0, 0], classes=5).num_classes == 5


@pytest.mark.parametrize(
    ("images", "labels", "classes", "error"),
    [
        (np.zeros((3, 4, 4), np.uint8), [0, 1], None, ValueError),
        (np.zeros((2, 4), np.uint8), [0, 1], None, ValueError),
        (np.zeros((2, 4, 4, 2), np.uint8), [0, 1], None, ValueError),
        (np.zeros((2, 4, 4), np.uint8), [0, -2], None, ValueError),
        (np.zeros((2, 4, 4), np.uint8), [0, 2**32], None, ValueError),
        (np.zeros((2, 4, 4), np.uint8), [0, 3], 2, ValueError),
        (np.zeros((2, 4, 4), np.uint8), [0.5, 1], None, TypeError),
        (np.zeros((2, 4, 4), np.uint8), [[0], [1]], None, ValueError),
        (np.zeros((2, 4, 4), np.uint8), ["a", "b"], ["a", "c"], ValueError),
        (np.zeros((2, 4, 4), np.uint8), ["a", "\n"], None, ValueError),
        (np.full((2, 4, 4), 3.0), [0, 1], None, ValueError),
        (np.full((2, 4, 4), np.nan), [0, 1], None, ValueError),
        (np.zeros((0, 4, 4), np.uint8), [], None, (ValueError, TypeError)),
        ([["a"]], [0], None, TypeError),
    ],
)
def test_wrong_arrays(images, labels, classes, error):
    with pytest.raises(error):
        Dataset.from_arrays(images, labels, classes)


def test_layouts(strokes):
    images, labels = strokes
    wanted = Dataset.from_arrays(images, labels).images
    for other in (
        np.asfortranarray(images),
        images[::-1][::-1],
        np.float32(images) / 255,
        images.astype(">i4"),
    ):
        np.testing.assert_array_equal(Dataset.from_arrays(other, labels).images, wanted)


def test_borrowed_memory_lives(model):
    def make():
        images, labels = np.full((30, 12, 12), 77, np.uint8), np.arange(30) % 3
        return Dataset.from_arrays(images, labels, copy=False)

    data = make()
    gc.collect()
    heap = [np.zeros(30 * 144, np.uint8) for _ in range(100)]
    first, second = data.split(0.5)
    del data, heap
    gc.collect()
    assert (first.images == 77).all()
    assert (second.images == 77).all()
    model.train(first, epochs=1)


def test_borrowing_does_not_copy(strokes):
    images, labels = strokes
    borrowed = Dataset.from_arrays(images, labels, copy=False)
    assert np.shares_memory(borrowed.image(3), images)
    assert not np.shares_memory(Dataset.from_arrays(images, labels).image(3), images)


def test_view_outlives_the_dataset(strokes):
    view = Dataset.from_arrays(*strokes).image(5)
    gc.collect()
    np.testing.assert_array_equal(view[..., 0], strokes[0][5])
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0, 0] = 1


def test_parts(data):
    first, second = data.split(0.2, seed=3)
    assert (len(first), len(second)) == (72, 18)
    assert np.bincount(second.labels).tolist() == [6, 6, 6]
    np.testing.assert_array_equal(data.split(0.2, seed=3)[1].images, second.images)
    some = data.subset([5, 2, 5])
    np.testing.assert_array_equal(some.images, data.images[[5, 2, 5]])
    assert len(data.subset(data.labels == 1)) == 30
    for wrong in ([90], [-1], [0.5], [[1]], np.ones(3, bool), ["a"]):
        with pytest.raises((IndexError, TypeError)):
            data.subset(wrong)
    for fraction in (0, 1, -0.5, np.nan):
        with pytest.raises(ValueError):
            data.split(fraction)
    with pytest.raises(ValueError):
        data.subset([])


def test_close(strokes):
    with Dataset.from_arrays(*strokes) as data:
        assert len(data) == 90
    data.close()
    assert repr(data) == "<Dataset, closed>"
    with pytest.raises(ValueError, match="closed"):
        len(data)


@pytest.fixture
def folder(tmp_path):
    for name in ("cat", "dog"):
        for i in range(3):
            (tmp_path / name).mkdir(exist_ok=True)
            write_png(tmp_path / name / f"{i}.png", np.full((5, 7, 3), 40 * i, np.uint8))
    return tmp_path


def test_from_folder(folder):
    seen = []
    data = Dataset.from_folder(folder, callbacks=[seen.append])
    assert (len(data), data.shape, data.class_names) == (6, (5, 7, 3), ["cat", "dog"])
    assert data.paths == [f"{name}/{i}.png" for name in ("cat", "dog") for i in range(3)]
    assert Dataset.from_folder(str(folder), size=(9, 8), channels=1, threads=2).shape == (9, 8, 1)
    assert all(progress.event == "loading" for progress in seen)


def test_background(folder):
    (folder / "letters").mkdir()
    write_png(folder / "letters" / "a.png", np.zeros((5, 7, 3), np.uint8))
    data = Dataset.from_folder(folder, background="letters")
    assert data.class_names == ["cat", "dog"]
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1, -1]
    with pytest.raises(FileNotFoundError, match="signs"):
        Dataset.from_folder(folder, background="signs")
    images = np.zeros((3, 4, 4), np.uint8)
    assert Dataset.from_arrays(images, [1, -1, 0]).labels.tolist() == [1, -1, 0]
    named = Dataset.from_arrays(images, ["dog", None, "cat"])
    assert (named.class_names, named.labels.tolist()) == (["cat", "dog"], [1, -1, 0])


def test_broken_image(folder):
    (folder / "cat" / "9.png").write_bytes(b"no image")
    with pytest.raises(mnistcnn.FormatError, match=r"9\.png"):
        Dataset.from_folder(folder)
    assert Dataset.from_folder(folder, skip_broken=True).num_skipped == 1


def test_wrong_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        Dataset.from_folder(tmp_path / "none")
    with pytest.raises(ValueError):
        Dataset.from_folder(tmp_path)
    with pytest.raises(ValueError, match="prepare"):
        Dataset.from_folder(tmp_path, prepare="x")
    with pytest.raises(ValueError):
        Dataset.from_folder(tmp_path, channels=7)


def test_as_a_model_takes_them(tmp_path, shipped):
    for name in ("3", "7"):
        (tmp_path / name).mkdir()
        write_png(tmp_path / name / "0.png", 255 - draw_seven(90, 60, 5))
    data = Dataset.from_folder(tmp_path, model=shipped)
    assert data.shape == (28, 28, 1)
    assert data.images[0, 0, 0, 0] == 0
    assert Dataset.from_folder(tmp_path, prepare="digit").shape == (28, 28, 1)


def test_from_idx(tmp_path, strokes):
    images, labels = strokes
    write = {"images": struct.pack(">4i", 0x803, *images.shape) + images.tobytes()}
    write["labels"] = struct.pack(">2i", 0x801, len(labels)) + labels.astype(np.uint8).tobytes()
    for name, content in write.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
    for end in ("", ".gz"):
        data = Dataset.from_idx(tmp_path / f"images{end}", tmp_path / f"labels{end}")
        np.testing.assert_array_equal(data.images[..., 0], images)
        np.testing.assert_array_equal(data.labels, labels)
    swapped = Dataset.from_idx(tmp_path / "images", tmp_path / "labels", transpose=True)
    np.testing.assert_array_equal(swapped.images[..., 0], images.transpose(0, 2, 1))
    with pytest.raises(mnistcnn.FormatError):
        Dataset.from_idx(tmp_path / "labels", tmp_path / "images")
    with pytest.raises(ValueError, match="first_label"):
        Dataset.from_idx(tmp_path / "images", tmp_path / "labels", first_label=-1)


def test_callback_stops_and_raises(folder):
    class OwnError(Exception):
        pass

    def fail(progress):
        raise OwnError

    # Few or small images may be loaded before anybody looks.
    noise = np.random.default_rng(1).integers(0, 256, (900, 900), dtype=np.uint8)
    write_png(folder / "cat" / "x.png", noise)
    for i in range(200):
        shutil.copy(folder / "cat" / "x.png", folder / "cat" / f"{i}x.png")
    with pytest.raises(OwnError):
        Dataset.from_folder(folder, callbacks=[fail], threads=1)
    with pytest.raises(mnistcnn.CancelledError):
        Dataset.from_folder(folder, callbacks=[lambda progress: True], threads=1)
