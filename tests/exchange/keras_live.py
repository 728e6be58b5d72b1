#!/usr/bin/env python3
"""Networks of every kind of layer, made, saved and predicted by Keras, imported and predicted here,
then exported, and loaded, predicted and trained on by Keras; their weights alone with the architecture
that the import found; and what must be refused.

    keras_live.py keras|tf_keras|tensorflow LIBMNISTCNN LIBMNISTCNN_EXCHANGE [NAME...]
"""
import os
import sys
import tempfile

import numpy as np

import keras_models
import keras_networks
import keras_variants
from keras_framework import ENDINGS, FRAMEWORK, IS_3, keras, tf

TOLERANCE = 1e-5
RANDOM = np.random.default_rng(1)


def randomise(model):
    for weight in model.weights:
        if "seed" in weight.name or "float" not in str(weight.dtype):
            continue
        values = RANDOM.normal(size=weight.shape) * 0.3
        weight.assign((np.abs(values) + 0.5 if "variance" in weight.name else values).astype("float32"))


def is_first(shape):
    return len(shape) == 3 and shape[0] in (1, 3) and shape[2] > 3


def images_for(name, shape):
    """(the bytes in our order, the input of Keras)."""
    pixels = RANDOM.integers(0, 256, size=(4, *shape)).astype(np.uint8)
    ours = pixels.transpose(0, 2, 3, 1) if is_first(shape) else pixels
    scale = np.float32(1 if name.startswith("raw") else 255)
    return ours.reshape(4, -1), pixels.astype(np.float32) / scale


def answers(model, images, name=""):
    """What predict() gives, without the graph that it would make, which only channels first need."""
    if name.startswith("first") or is_first(images.shape[1:]):
        return model.predict(images, verbose=0)
    read = tf.cast(images, model.inputs[0].dtype) if model.inputs else images
    return np.asarray(tf.cast(model(read, training=False), tf.float32))


def as_probabilities(name, outputs):
    if name.startswith("logits"):
        return keras_models.softmax(outputs)
    if name == "log_softmax":
        return [float(np.exp(x)) for x in outputs]
    return [1 - outputs[0], outputs[0]] if len(outputs) == 1 else list(outputs)


# --- there and back -----------------------------------------------------------------------------------

FORMATS = {".keras": 0, ".h5": 1}


def take_back(libraries, model, name, path, pixels):
    """What is wrong with an export as this framework reads it; None when nothing is."""
    for ending, number in FORMATS.items():
        if ending == ".keras" and not IS_3:
            continue
        exported = path + ".export" + ending
        message = libraries.save(model, exported, number)
        if message:
            return f"export to {ending}: {message}"
        other = keras.models.load_model(exported)
        images = pixels.reshape(-1, *libraries.shape(model)).astype(np.float32)
        found = answers(other, images)
        expected = np.array([libraries.predict(model, image.tolist()) for image in pixels])
        if found.shape != expected.shape or not np.abs(found - expected).max() <= TOLERANCE:
            return f"export to {ending} differs by {np.abs(found - expected).max()}"
        other.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        other.train_on_batch(images, np.zeros(len(pixels)))
    return None


# A softmax of a softmax is left out.
CLASSES_ONLY = ("two_softmaxes", "softmax_and_activation")


def difference(libraries, model, name, pixels, outputs):
    worst = 0
    for image, output in zip(pixels, outputs.reshape(len(pixels), -1)):
        expected = as_probabilities(name, [float(x) for x in output])
        found = libraries.predict(model, image.tolist())
        if len(found) != len(expected):
            return float("inf")
        if name in CLASSES_ONLY:
            worst = max(worst, float(np.argmax(found) != np.argmax(expected)))
            continue
        worst = max([worst] + [abs(a - b) for a, b in zip(found, expected)])
    return worst


def compare_weights(libraries, name, path, whole, pixels, outputs, tolerance):
    """What is wrong with weights alone, for the architecture of the whole file."""
    encoding = "raw" if name.startswith("raw") else "unit"
    model, message = libraries.load(whole, encoding)
    if not model:
        return message
    text, size = libraries.architecture(model), libraries.shape(model)[:2]
    libraries.free(model)
    model, message = libraries.load(path, encoding, text, size)
    if not model:
        return f"{message}: {text}"
    worst = difference(libraries, model, name, pixels, outputs)
    libraries.free(model)
    return None if worst <= tolerance else f"differs by {worst:.3g}: {text}"


def compare(libraries, name, path, pixels, outputs, tolerance, there_and_back):
    """What is wrong with the import, and if asked for with the export; None when nothing is."""
    model, message = libraries.load(path, "raw" if name.startswith("raw") else "unit")
    if not model:
        return message
    worst = difference(libraries, model, name, pixels, outputs)
    text = libraries.architecture(model)
    reason = take_back(libraries, model, name, path, pixels) if there_and_back else None
    libraries.free(model)
    return reason if worst <= tolerance else f"differs by {worst:.3g}: {text}"


# --- networks -----------------------------------------------------------------------------------------


# Where weights alone do not belong to the layers that the whole file was read as: one layer became
# several or another kind, was used twice or moved by a sum, or the order of pixels is not known.
NOT_BY_WEIGHTS = {
    "groups", "dense_on_rows", "dense_on_pixels", "batch_norm_of_transposed", "permute", "keep_dims",
    "end_of_mobilenet", "one_output", "raw_normalization", "raw_normalization_of_vector",
    "kernels_larger_than_images", "first_but_flatten", "first_by_reshape", "residual_vectors",
    "residual_behind_pooling", "prelu", "prelu_for_all", "cropping", "cropping_first", "scales_by_channel",
    "permute_rows", "first_mixed", "flattened_late", "one_unit_softplus", "experimental", "resnet",
    "shared_with_weights", "shared_model", "adadelta", "raw_adapted", "raw_adapted_vector"}


class Tally:
    def __init__(self, libraries, folder):
        self.libraries, self.folder = libraries, folder
        self.compared = self.wrong = 0

    def add(self, what, reason):
        self.compared += 1
        self.wrong += reason is not None
        if reason:
            print(f"{FRAMEWORK} {what}: {reason}", flush=True)


def try_network(tally, name, make, tolerance):
    keras.backend.clear_session()
    model = make()
    if not getattr(model, "optimizer", None) and "adapted" not in name:
        randomise(model)
    pixels, images = images_for(name, model.input_shape[1:])
    outputs = answers(model, images, name)
    for ending in ENDINGS:
        path = os.path.join(tally.folder, name + ending)
        model.save(path)
        tally.add(name + ending, compare(tally.libraries, name, path, pixels, outputs, tolerance,
                                         ending == ENDINGS[0]))
    if name in NOT_BY_WEIGHTS:
        return
    weights = os.path.join(tally.folder, name + ".weights.h5")
    model.save_weights(weights)
    tally.add(name + ".weights.h5",
              compare_weights(tally.libraries, name, weights, path, pixels, outputs, tolerance))


def try_refusal(tally, name, make, words):
    keras.backend.clear_session()
    model = make()
    for ending in ENDINGS:
        path = os.path.join(tally.folder, name + ending)
        model.save(path)
        imported, message = tally.libraries.load(path, "unit")
        if imported:
            tally.libraries.free(imported)
            tally.add(name + ending, "is imported")
        else:
            fine = words in message and os.path.basename(path) in message
            tally.add(name + ending, None if fine else f'"{words}" is not in: {message}')


def attempt(tally, function, name, *arguments):
    """What Keras itself does not take counts as wrong, and does not end the test."""
    try:
        function(tally, name, *arguments)
    except Exception as failure:  # pylint: disable=broad-except
        tally.add(name, f"{type(failure).__name__}: {str(failure)[:400]}")


def all_networks():
    for name, make in keras_networks.rows():
        yield name, make, TOLERANCE
    yield from keras_variants.rows()


def main():
    chosen = sys.argv[4:]
    with tempfile.TemporaryDirectory() as folder:
        tally = Tally(keras_models.Libraries(*sys.argv[2:4]), folder)
        for name, make, tolerance in all_networks():
            if not chosen or name in chosen:
                attempt(tally, try_network, name, make, tolerance)
        for name, make, words in keras_variants.refusals():
            if not chosen or name in chosen:
                attempt(tally, try_refusal, name, make, words)
    print(f"{FRAMEWORK} {keras.__version__}: {tally.compared} files, {tally.wrong} wrong")
    return 1 if tally.wrong or not tally.compared else 0


if __name__ == "__main__":
    sys.exit(main())
