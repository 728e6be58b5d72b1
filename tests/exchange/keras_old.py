#!/usr/bin/env python3
"""Writes small models with Keras 1 and early Keras 2, under TensorFlow or Theano, for tests/exchange/keras.

    KERAS_BACKEND=tensorflow|theano keras_old.py FOLDER [first]

first: images with their channels in front. Appends to FOLDER/values.txt as keras_golden.py does. It ran under
Python 3.6 with Keras 1.2.2 and Theano 0.9.0, and with Keras 2.0.8, Theano 1.0.5 and TensorFlow 1.4.1.
"""
import os
import sys

FOLDER = sys.argv[1]
FIRST = len(sys.argv) > 2 and sys.argv[2] == "first"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["THEANO_FLAGS"] = "device=cpu,blas.ldflags=,optimizer=fast_compile,gcc.cxxflags=-fcommon"

import numpy as np  # noqa: E402

if os.environ.get("KERAS_BACKEND") == "theano":
    import theano.ifelse  # noqa: F401  (Keras 2.0 expects that somebody has)

import keras  # noqa: E402
from keras import backend as K  # noqa: E402
from keras import layers as L  # noqa: E402
from keras.models import Model, Sequential  # noqa: E402

IS_1 = keras.__version__.startswith("1")
SHAPE = (6, 5, 3)
CHANNELS = 1 if FIRST else 3
if IS_1:
    K.set_image_dim_ordering("th" if FIRST else "tf")
else:
    K.set_image_data_format("channels_first" if FIRST else "channels_last")


def conv(filters, size, padding, **options):
    if IS_1:
        return L.Convolution2D(filters, size, size, border_mode=padding, **options)
    return L.Conv2D(filters, size, padding=padding, **options)


def dense(units, **options):
    return L.Dense(output_dim=units, **options) if IS_1 else L.Dense(units, **options)


def shape():
    return (SHAPE[2], SHAPE[0], SHAPE[1]) if FIRST else SHAPE


def chain():
    model = Sequential()
    model.add(L.ZeroPadding2D((1, 1), input_shape=shape()))
    model.add(conv(4, 3, "valid", activation="elu", **({"subsample": (2, 2)} if IS_1 else {"strides": 2})))
    model.add(L.BatchNormalization(axis=CHANNELS))
    model.add(conv(3, 3, "same"))
    model.add(L.LeakyReLU(0.2))
    model.add(L.MaxPooling2D((2, 1)))
    model.add(L.Dropout(0.25))
    model.add(L.Flatten())
    model.add(dense(5, activation="hard_sigmoid"))
    model.add(dense(3))
    model.add(L.Activation("softmax"))
    return model


def residual():
    read = L.Input(shape=shape())
    x = conv(3, 3, "same")(read)
    y = L.Activation("relu")(L.BatchNormalization(axis=CHANNELS)(x))
    y = conv(3, 1, "valid")(y)
    x = L.merge([x, y], mode="sum") if IS_1 else L.add([x, y])
    x = dense(2, activation="softmax")(L.Flatten()(L.AveragePooling2D((2, 2))(x)))
    return Model(input=read, output=x) if IS_1 else Model(read, x)


def randomise(model):
    random = np.random.RandomState(7)
    for layer in model.layers:
        values = [random.normal(size=weight.shape) * 0.4 for weight in layer.get_weights()]
        if isinstance(layer, L.BatchNormalization):
            values[3] = np.abs(values[3]) + 0.5
        layer.set_weights([value.astype("float32") for value in values])


def image():
    height, width, channels = SHAPE
    pixels = np.array([[[(7 * i + 13 * j + 31 * c) % 256 for c in range(channels)] for j in range(width)]
                       for i in range(height)], np.float32)[None] / np.float32(255)
    return pixels.transpose(0, 3, 1, 2) if FIRST else pixels


def main():
    with open(os.path.join(FOLDER, "values.txt"), "a") as values:
        for make in (chain, residual):
            model = make()
            randomise(model)
            name = "%s-%s-%s%s.h5" % (make.__name__, keras.__version__, K.backend(), "-first" if FIRST else "")
            model.save(os.path.join(FOLDER, name))
            outputs = model.predict(image())[0]
            values.write("%s %s\n" % (name, " ".join("%.9g" % x for x in outputs)))


main()
