"""What calls leave behind: nothing that grows with their number."""

import ctypes
import gc

import numpy as np
import pytest
from conftest import NAMES, SMALL, draw_strokes

import mnistcnn
from mnistcnn import Dataset, Model, Trainer, read_digits

pytestmark = pytest.mark.robustness
CALLS = 100
# Python keeps a block now and then.
MOST_BYTES_A_CALL = 200


class MallocInfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in [
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        ]
    ]


def bytes_in_use():
    """What malloc has given out, exactly; that of glibc, or of AddressSanitizer."""
    gc.collect()
    library = ctypes.CDLL(None)
    function = getattr(library, "__sanitizer_get_current_allocated_bytes", None)
    if function is not None:
        function.restype = ctypes.c_size_t
        return function()
    function = getattr(library, "mallinfo2", None)
    if function is None:
        pytest.skip("there is no mallinfo2()")
    function.restype = MallocInfo
    info = function()
    return info.uordblks + info.hblkhd


def refused(call, *arguments):
    with pytest.raises(mnistcnn.MnistcnnError):
        call(*arguments)


@pytest.fixture(scope="module")
def work():
    model = Model.create((12, 12, 1), NAMES, SMALL)
    content = model.to_bytes()
    images, labels = draw_strokes(9)
    data = Dataset.from_arrays(images, labels, NAMES)
    page = np.full((60, 120), 255, np.uint8)
    page[10:50, 30:34] = page[10:50, 80:84] = 0
    options = {"epochs": 1, "threads": 1, "progress": False}
    return {
        "load": lambda: Model.from_bytes(content).close(),
        "load, refused": lambda: refused(Model.from_bytes, content[:-5]),
        "create": lambda: Model.create((12, 12, 1), NAMES, SMALL),
        "copy": model.copy,
        "change": lambda: setattr(model, "temperature", 2.0),
        "dataset": lambda: Dataset.from_arrays(images, labels, NAMES),
        "split": lambda: data.split(0.4),
        "predict": lambda: model.predict_proba(images),
        "predict one": lambda: model.predict(images[0]),
        "predict a picture": lambda: model.predict(np.zeros((30, 20), np.uint8)),
        "predict, refused": lambda: refused(model.predict, b"no image"),
        "page": lambda: read_digits(page).svg(),
        "page, refused": lambda: refused(read_digits, b"no image"),
        "evaluate": lambda: model.evaluate(data),
        "calibrate": lambda: model.calibrate(data, accepted=0.5),
        "train": lambda: model.copy().train(data, callbacks=[lambda progress: None], **options),
        "trainer": lambda: next(iter(Trainer(model.copy(), data, epochs=1, threads=1))),
    }


def test_no_call_leaks(work):
    grown = {}
    for name, call in work.items():
        for _ in range(20):
            call()
        before = bytes_in_use()
        for _ in range(CALLS):
            call()
        grown[name] = (bytes_in_use() - before) / CALLS
    assert max(grown.values()) < MOST_BYTES_A_CALL, grown
