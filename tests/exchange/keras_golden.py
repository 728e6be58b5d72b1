#!/usr/bin/env python3
"""Writes the golden files of tests/exchange/keras/: small networks saved by Keras, and their answers.

    keras_golden.py keras|tf_keras FOLDER

values.txt in FOLDER gets a line for each file of this framework: its name, and what it answered to
the image whose byte (i, j, c) is (7 i + 13 j + 31 c) mod 256, divided by 255.
"""
import os
import sys

FRAMEWORK, FOLDER = sys.argv[1:3]
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
if FRAMEWORK == "tf_keras":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"

import numpy as np  # noqa: E402

if FRAMEWORK == "tf_keras":
    import tf_keras as keras
else:
    import keras

L = keras.layers
SHAPE = (6, 5, 3)


def image():
    height, width, channels = SHAPE
    return np.array([[[(7 * i + 13 * j + 31 * c) % 256 for c in range(channels)] for j in range(width)]
                     for i in range(height)], np.float32)[None] / np.float32(255)


def start():
    return L.Input(shape=SHAPE) if FRAMEWORK == "keras" else L.InputLayer(input_shape=SHAPE)


def chain():
    return keras.Sequential([
        start(), L.ZeroPadding2D(((0, 1), (1, 0))), L.Conv2D(4, 3, strides=2, activation="elu"),
        L.BatchNormalization(), L.DepthwiseConv2D(2, padding="same"), L.LeakyReLU(),
        L.GlobalAveragePooling2D(), L.Dropout(0.5), L.Dense(3), L.Softmax()])


def residual():
    read = L.Input(shape=SHAPE)
    x = L.Conv2D(3, 3, padding="same", use_bias=False)(read)
    y = L.Activation("relu")(L.BatchNormalization(scale=False)(x))
    x = L.Add()([x, y])
    return keras.Model(read, L.Dense(2, activation="softmax")(L.Flatten()(L.MaxPooling2D()(x))))


def nested():
    inner = keras.Sequential([start(), L.Conv2D(2, 3, name="inner_conv"),
                              L.BatchNormalization(name="inner_norm")], name="inner")
    return keras.Sequential([start(), inner, L.Flatten(), L.Dense(1, activation="sigmoid")])


def beside():
    """Nested models of one class, some of which hold no weights."""
    def block(channels):
        return keras.Sequential([L.Input(shape=(*SHAPE[:2], channels)),
                                 L.Conv2D(3, 3, padding="same", activation="tanh")])
    return keras.Sequential([start(), keras.Sequential([L.RandomFlip()]), block(3),
                             keras.Sequential([L.GaussianNoise(0.1)]), block(3), L.Flatten(),
                             L.Dense(3, activation="softmax")])


def forms():
    """Layers that are put together from several here, and layers that are used twice."""
    read = L.Input(shape=SHAPE)
    relu, pool = L.ReLU(max_value=2.0, negative_slope=0.1), L.MaxPooling2D((1, 2), padding="same")
    x = L.Conv2D(4, 3, padding="same")(L.Cropping2D(((1, 0), (0, 1)))(read))
    x = pool(relu(L.PReLU(shared_axes=[1, 2])(x)))
    y = L.Conv2D(4, (1, 2), padding="same")(x)
    y = L.Multiply()([y, L.Activation("sigmoid")(y)])
    x = pool(relu(L.Subtract()([x, y])))
    x = L.PReLU()(L.Dense(5)(L.Flatten()(x)))
    return keras.Model(read, L.Dense(3, activation="softmax")(x))


def randomise(model):
    random = np.random.default_rng(7)
    for weight in model.weights:
        if np.issubdtype(np.asarray(weight).dtype, np.floating):
            values = random.normal(size=weight.shape) * 0.4
            weight.assign((np.abs(values) + 0.5 if "variance" in weight.name else values).astype("float32"))


def main():
    endings = [".keras", ".h5", ".weights.h5"] if FRAMEWORK == "keras" else [".h5"]
    with open(os.path.join(FOLDER, "values.txt"), "a", encoding="utf-8") as values:
        for make in (chain, residual, nested, forms, beside):
            if sys.argv[3:] and make.__name__ not in sys.argv[3:]:
                continue
            keras.backend.clear_session()
            model = make()
            randomise(model)
            outputs = [float(x) for x in model.predict(image(), verbose=0)[0]]
            for ending in endings:
                name = f"{make.__name__}-{keras.__version__}{ending}"
                if ending == ".weights.h5":
                    if make is not residual:
                        continue
                    model.save_weights(os.path.join(FOLDER, name))
                else:
                    model.save(os.path.join(FOLDER, name))
                values.write(f"{name} {' '.join(f'{x:.9g}' for x in outputs)}\n")


main()
