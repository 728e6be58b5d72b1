"""Models: made, kept, changed, ended."""

import copy
import gc
import io
import pickle

import numpy as np
import pytest
from conftest import NAMES, SMALL, run_python

import mnistcnn
from mnistcnn import Model, Preparation


def test_what_a_model_is(model):
    assert model.input_shape == (12, 12, 1)
    assert model.num_classes == 3
    assert model.class_names == NAMES
    assert model.architecture.startswith("conv 4 3x3")
    assert model.num_parameters == 40 + 100 * 16 + 16 + 51
    assert "conv2d_1" in model.summary()
    assert "<pre>" in model._repr_html_()
    assert repr(model) == "<Model 12 x 12 x 1 -> 3 classes, 1707 parameters>"


def test_create():
    assert Model.create().architecture.startswith("conv 16 5x5 relu")
    assert Model.create(preset="best").input_shape == (28, 28, 1)
    assert Model.create((8, 9, 3), 4, "flatten, dense classes").input_shape == (8, 9, 3)
    same = [Model.create((12, 12, 1), 3, SMALL, seed=seed).to_bytes() for seed in (1, 1, 2)]
    assert same[0] == same[1] != same[2]
    he = Model.create((12, 12, 1), 3, SMALL, initializer="he_normal")
    assert not np.array_equal(
        he.weights["dense_1/kernel"], Model.create((12, 12, 1), 3, SMALL).weights["dense_1/kernel"]
    )


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"architecture": "conv 99 99x99"}, mnistcnn.ArchitectureError, "conv 99 99x99"),
        ({"architecture": "nonsense 3"}, mnistcnn.ArchitectureError, "nonsense"),
        ({"classes": 1}, ValueError, "num_classes"),
        ({"classes": ["a", "a"]}, ValueError, "a"),
        ({"classes": 2.5}, TypeError, "float"),
        ({"classes": -1}, ValueError, "classes"),
        ({"input_shape": (28, 28)}, ValueError, "input_shape"),
        ({"input_shape": (28, 28, 2)}, ValueError, "channels"),
        ({"input_shape": (28.0, 28, 1)}, TypeError, "input_shape"),
        ({"input_shape": (-28, 28, 1)}, ValueError, "-28"),
        ({"input_shape": (2**32 + 28, 28, 1)}, ValueError, "input_shape"),
        ({"preset": "worst"}, LookupError, "worst"),
        ({"initializer": "he_norm"}, ValueError, "did you mean 'he_normal'"),
        ({"seed": -1}, ValueError, "seed"),
        ({"seed": 2**64}, ValueError, "seed"),
        ({"prepare": "digits"}, ValueError, "did you mean 'digit'"),
        ({"prepare": "digit", "preparation": Preparation()}, TypeError, "preparation"),
        ({"preparation": Preparation(mean=(1.0,))}, ValueError, "three numbers"),
    ],
)
def test_create_with_wrong_arguments(arguments, error, text):
    with pytest.raises(error) as caught:
        Model.create(**arguments)
    assert text in str(caught.value)


def test_files(model, tmp_path, strokes):
    path = tmp_path / "ä model.safetensors"
    model.save(path)
    rows = model.predict_proba(strokes[0])
    with open(path, "rb") as file:
        loaded = [
            Model.load(path),
            Model.load(str(path)),
            Model.load(file),
            Model.from_bytes(path.read_bytes()),
        ]
    for other in loaded:
        np.testing.assert_array_equal(other.predict_proba(strokes[0]), rows)
    assert path.read_bytes() == model.to_bytes()
    for buffer in (
        bytearray(model.to_bytes()),
        memoryview(model.to_bytes()),
        np.frombuffer(model.to_bytes(), np.uint8),
    ):
        assert Model.from_bytes(buffer).class_names == NAMES


def test_files_that_are_wrong(model, tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        Model.load(tmp_path / "none.safetensors")
    assert caught.value.filename == str(tmp_path / "none.safetensors")
    assert isinstance(caught.value, mnistcnn.MnistcnnError)
    with pytest.raises(mnistcnn.FormatError):
        Model.from_bytes(model.to_bytes()[:-1])
    with pytest.raises(mnistcnn.FormatError):
        Model.load(io.BytesIO(b"nothing"))
    with pytest.raises(OSError):
        model.save(tmp_path / "no folder" / "model.safetensors")
    with pytest.raises(ValueError, match="NUL"):
        Model.load("a\0b")
    with pytest.raises(mnistcnn.LimitExceededError):
        Model.from_bytes(model.to_bytes(), max_memory_bytes=1000)
    with pytest.raises(ValueError, match="max_memory_bytes"):
        Model.from_bytes(model.to_bytes(), max_memory_bytes=-1)
    with pytest.raises(TypeError):
        Model.load(3.5)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(trained, strokes, protocol):
    other = pickle.loads(pickle.dumps(trained, protocol))
    assert other.to_bytes() == trained.to_bytes()
    np.testing.assert_array_equal(other.predict_proba(strokes[0]), trained.predict_proba(strokes[0]))


def test_copies_are_independent(model, data):
    for other in (model.copy(), copy.copy(model), copy.deepcopy(model)):
        assert other.to_bytes() == model.to_bytes()
        other.train(data, epochs=1)
        assert other.to_bytes() != model.to_bytes()


def test_pickle_goes_to_another_process(trained, tmp_path):
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(trained))
    code = "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb')).class_names)"
    assert run_python(code, tmp_path / "model.pickle").stdout.strip() == str(NAMES)


def test_properties_that_may_be_set(model, strokes):
    model.class_names = ["a", "b", "c"]
    assert model.class_names == ["a", "b", "c"]
    assert model.predict(strokes[0])[0] in "abc"
    model.temperature = 2.0
    assert model.temperature == 2.0
    model.preparation = Preparation(invert=True, mean=(0.5, 0, 0))
    assert model.preparation.invert
    assert model.preparation.mean[0] == 0.5
    model.set_note("author", "näme")
    assert model.notes["author"] == "näme"
    other = Model.from_bytes(model.to_bytes())
    assert (other.class_names, other.temperature, other.notes) == (model.class_names, 2.0, model.notes)
    model.set_note("author", None)
    assert "author" not in model.notes


def test_failed_change_leaves_the_model(model):
    before = model.to_bytes()
    for change in (
        lambda: setattr(model, "class_names", ["a"]),
        lambda: setattr(model, "temperature", -1.0),
        lambda: model.set_note("Not a key", "x"),
        lambda: setattr(model, "preparation", Preparation(prepare="nothing")),
        lambda: model.set_weights({"dense_1/kernel": [[1.0]]}),
    ):
        with pytest.raises(ValueError):
            change()
    with pytest.raises(LookupError, match="dense_9"):
        model.set_weights({"dense_9/kernel": [1.0]})
    assert model.to_bytes() == before


def test_weights(model):
    weights = model.weights
    assert {name: value.shape for name, value in weights.items()} == {
        "conv2d_1/kernel": (3, 3, 1, 4),
        "conv2d_1/bias": (4,),
        "dense_1/kernel": (100, 16),
        "dense_1/bias": (16,),
        "dense_2/kernel": (16, 3),
        "dense_2/bias": (3,),
    }
    weights["dense_2/kernel"][:] = 0
    weights["dense_2/bias"][:] = (0, 5, 0)
    model.set_weights({name: weights[name] for name in ("dense_2/kernel", "dense_2/bias")})
    assert model.predict(np.zeros((12, 12), np.uint8)) == "flat"
    with pytest.raises(mnistcnn.InvalidArgumentError):
        model.set_weights({"dense_2/bias": [0, np.nan, 0]})


def test_all_kinds_of_weights():
    text = (
        "separable 4 3x3 multiplier 2, batchnorm relu, depthwise 3x3 multiplier 2, globalavgpool, "
        "dense classes softmax"
    )
    shapes = {name: value.shape for name, value in Model.create((12, 12, 3), 3, text).weights.items()}
    assert shapes["separable_conv2d_1/depthwise_kernel"] == (3, 3, 3, 2)
    assert shapes["separable_conv2d_1/pointwise_kernel"] == (1, 1, 6, 4)
    assert shapes["batch_normalization_1/moving_variance"] == (4,)
    assert shapes["depthwise_conv2d_1/kernel"] == (3, 3, 4, 2)


def test_close(trained, strokes):
    with trained.copy() as model:
        assert model.num_classes == 3
    model.close()
    assert repr(model) == "<Model, closed>"
    for use in (lambda: model.predict(strokes[0]), model.to_bytes, lambda: model.num_classes, model.copy):
        with pytest.raises(ValueError, match="closed"):
            use()


QUIET = """
import gc, mnistcnn, numpy as np
MODEL = mnistcnn.Model.create((12, 12, 1), 3, "flatten, dense classes softmax")
DATA = mnistcnn.Dataset.from_arrays(np.zeros((4, 12, 12), np.uint8), [0, 1, 2, 0])
TRAINER = mnistcnn.Trainer(MODEL, DATA, epochs=9)
next(TRAINER)
CYCLE = [mnistcnn.Model.create()]
CYCLE.append(CYCLE)
del CYCLE
for wrong in ("x", "conv 1 99x99"):
    try:
        mnistcnn.Model.create(architecture=wrong)
    except mnistcnn.ArchitectureError as error:
        KEPT = error
try:
    mnistcnn.Trainer(MODEL, DATA)
except mnistcnn.StateError:
    pass
other = mnistcnn.Model.pretrained()
other.close(); other.close(); del other
"""


def test_the_end_is_quiet():
    done = run_python(QUIET, options=("-X", "dev", "-W", "error"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_thousand_models_leave_nothing(trained):
    content = trained.to_bytes()

    def memory():
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096

    def load():
        for _ in range(500):
            model = Model.from_bytes(content)
            model.predict(np.zeros((12, 12), np.uint8))

    load()
    gc.collect()
    before = memory()
    load()
    gc.collect()
    assert memory() - before < 4 << 20
