"""scikit-learn's estimators."""

import copy
import pickle

import numpy as np
import pytest
from conftest import draw_seven, draw_strokes, run_python

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402
from sklearn.utils.estimator_checks import parametrize_with_checks  # noqa: E402

from mnistcnn import DigitClassifier, ImageClassifier, Model  # noqa: E402


@pytest.fixture(scope="module")
def strokes():
    return draw_strokes(150)


@pytest.fixture(scope="module")
def fitted(strokes):
    return ImageClassifier(epochs=8, learning_rate=0.003, random_state=0).fit(*strokes)


@pytest.mark.slow
@parametrize_with_checks([ImageClassifier()])
def test_checks_of_sklearn(estimator, check):
    check(estimator)


def test_fit_and_predict(fitted, strokes):
    images, labels = strokes
    assert fitted.score(images, labels) > 0.9
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert fitted.image_shape_ == (12, 12, 1)
    assert fitted.predict_proba(images).shape == (150, 3)
    assert is_classifier(fitted)
    assert isinstance(fitted.model_, Model)
    flat = ImageClassifier(epochs=8, learning_rate=0.003, random_state=0).fit(images.reshape(150, -1), labels)
    np.testing.assert_array_equal(flat.predict_proba(images.reshape(150, -1)), fitted.predict_proba(images))


@pytest.mark.parametrize(
    "labels", [["b", "a", "ß"], [True, False, True], [-1, 1, -1], [3, 7, 9], [0.5, 1.5, 0.5], ["", "\n", "x"]]
)
def test_labels_of_every_kind(strokes, labels):
    images, numbers = strokes
    y = np.array(labels, object if labels[0] == "" else None)[numbers]
    y = y.astype(str) if labels[0] == "" else y
    if y.dtype.kind == "f":
        with pytest.raises(ValueError):
            ImageClassifier(epochs=1).fit(images, y)
        return
    found = ImageClassifier(epochs=5, learning_rate=0.003).fit(images, y)
    assert found.classes_.tolist() == sorted(set(y.tolist()))
    assert set(found.predict(images)) <= set(y)
    assert found.score(images, y) > 0.6


def test_range_of_values(strokes):
    images, labels = strokes
    wanted = None
    for factor, shift in ((1, 0), (2, 0), (1 / 255, 0), (0.5, 20)):
        X = images if (factor, shift) == (1, 0) else images.astype(float) * factor + shift
        found = ImageClassifier(epochs=2, random_state=0, value_range=(shift, 255 * factor + shift)).fit(
            X, labels
        )
        rows = found.predict_proba(X)
        wanted = rows if wanted is None else wanted
        np.testing.assert_array_equal(rows, wanted)


def test_copies(fitted, strokes):
    rows = fitted.predict_proba(strokes[0])
    for other in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        np.testing.assert_array_equal(other.predict_proba(strokes[0]), rows)
    with pytest.raises(NotFittedError):
        clone(fitted).predict(strokes[0])
    assert clone(fitted).get_params() == fitted.get_params()
    estimator = ImageClassifier(callbacks=[lambda progress: None])
    assert pickle.loads(pickle.dumps(estimator)).callbacks is None
    assert estimator.callbacks is not None


def test_subclass_with_a_parameter_of_its_own():
    class Sub(ImageClassifier):
        def __init__(self, *, extra=1, epochs=None):
            super().__init__(epochs=epochs)
            self.extra = extra

    assert clone(Sub(extra=3)).extra == 3


def test_threads_do_not_change_anything(strokes):
    images, labels = strokes
    rows = [
        ImageClassifier(epochs=2, random_state=0, n_jobs=n).fit(images, labels).predict_proba(images)
        for n in (None, 2, -1)
    ]
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0], rows[2])


def test_pipeline_search_and_validation(strokes):
    images, labels = strokes
    X = images.reshape(len(images), -1)
    pipeline = make_pipeline(
        FunctionTransformer(), ImageClassifier(epochs=5, learning_rate=0.003, random_state=0)
    )
    assert cross_val_score(pipeline, X, labels, cv=3).mean() > 0.5
    search = GridSearchCV(
        ImageClassifier(random_state=0, learning_rate=0.003), {"epochs": [1, 6]}, cv=2, n_jobs=2
    )
    assert search.fit(X, labels).best_params_ == {"epochs": 6}


def test_what_is_wrong(fitted, strokes):
    images, labels = strokes
    for X in (images[:, :11], images.reshape(150, -1)[:, :-1], images[..., None, None]):
        with pytest.raises(ValueError):
            fitted.predict(X)
    for parameters in (
        {"image_shape": (9, 9)},
        {"architecture": "nonsense"},
        {"optimizer": "adm"},
        {"train_options": {"epoch": 2}},
    ):
        with pytest.raises((ValueError, TypeError)):
            ImageClassifier(**parameters).fit(images.reshape(150, -1), labels)
    with pytest.raises(ValueError, match="only one class"):
        ImageClassifier().fit(images, np.zeros(150))
    with pytest.raises(NotFittedError):
        ImageClassifier().predict(images)


def test_names_of_columns(strokes):
    pandas = pytest.importorskip("pandas")
    images, labels = strokes
    X = pandas.DataFrame(images.reshape(150, -1).astype(float), columns=[f"p{i}" for i in range(144)])
    found = ImageClassifier(epochs=1).fit(X, labels)
    assert found.feature_names_in_.tolist() == list(X.columns)
    with pytest.raises(ValueError, match="feature names"):
        found.predict(X[X.columns[::-1]])
    with pytest.warns(UserWarning, match="feature names"):
        found.predict(X.to_numpy())


def test_validation_and_class_weights(strokes):
    images, labels = strokes
    names = np.array(["a", "b", "c"])[labels]
    found = ImageClassifier(epochs=3, validation_fraction=0.2, class_weight={"b": 2.0}).fit(images, names)
    assert np.isfinite(found.history_.validation_loss).all()
    ImageClassifier(epochs=1, class_weight="balanced").fit(images, names)


def test_interrupted_fit_keeps_the_latest_step(strokes):
    def stop(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    estimator = ImageClassifier(epochs=50, callbacks=[stop])
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(*strokes)
    assert estimator.predict(strokes[0]).shape == (150,)


# --- digits -----------------------------------------------------------------------------------------


def test_shipped_digits():
    sevens = np.stack([np.roll(draw_seven(), shift, axis=1) for shift in (-1, 0, 1)])
    assert DigitClassifier.pretrained().predict(sevens).tolist() == [7, 7, 7]
    assert DigitClassifier.pretrained().predict_proba(sevens.reshape(3, -1)).shape == (3, 10)


def test_some_digits():
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    some = np.isin(y, (1, 4, 7))
    X, y = X[some], y[some]
    found = DigitClassifier(epochs=10, random_state=0).fit(X[:300], y[:300])
    assert found.classes_.tolist() == [1, 4, 7]
    assert found.score(X[300:], y[300:]) > 0.95
    np.testing.assert_allclose(found.predict_proba(X).sum(axis=1), 1, atol=1e-5)
    texts = DigitClassifier(epochs=1).fit(X[:60], y[:60].astype(str))
    assert set(texts.predict(X)) <= {"1", "4", "7"}
    weighted = DigitClassifier(epochs=1, class_weight={4: 3.0}).fit(X[:60], y[:60])
    assert weighted.predict(X[:1]).shape == (1,)
    with pytest.raises(ValueError, match="0 to 9"):
        DigitClassifier(epochs=1).fit(X[:60], y[:60] + 5)
    with pytest.raises(ValueError, match="gray"):
        DigitClassifier().fit(np.zeros((4, 28, 28, 3), np.uint8), [0, 1, 0, 1])


def test_old_pickles_of_the_state(fitted):
    """The state is parameters and attributes; the model is the bytes of its file."""
    state = fitted.__getstate__()
    assert state["callbacks"] is None
    restored, arguments = fitted.model_.__reduce__()
    assert restored(*arguments).to_bytes() == fitted.model_.to_bytes()


def test_needs_sklearn_only_when_used():
    code = (
        "import sys; sys.modules['sklearn'] = None; import mnistcnn; mnistcnn.Model; mnistcnn.ImageClassifier"
    )
    assert "sklearn" in run_python(code).stderr
