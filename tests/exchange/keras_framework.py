"""The Keras that the first argument of the script names (keras, tf_keras, or tensorflow for the one in it),
and short forms for networks."""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"  # without it, convolutions of channels first are missing
FRAMEWORK = sys.argv[1]
if FRAMEWORK == "tf_keras":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"

import tensorflow as tf  # noqa: E402, F401

if FRAMEWORK == "tf_keras":
    import tf_keras as keras
elif FRAMEWORK == "tensorflow":
    from tensorflow import keras
else:
    import keras

L = keras.layers
VERSION = tuple(int(number) for number in keras.__version__.split("-")[0].split(".")[:2])
IS_3 = VERSION[0] == 3
ENDINGS = (".keras", ".h5") if VERSION >= (2, 12) else (".h5",)


def start(shape):
    return L.Input(shape=shape) if IS_3 else L.InputLayer(input_shape=shape)


def chain(*layers, shape=(12, 12, 1)):
    return keras.Sequential([start(shape), *layers])


def classes(count=4, activation="softmax"):
    return L.Dense(count, activation=activation)


def conv(filters, size, **options):
    return L.Conv2D(filters, size, **options)
