#!/usr/bin/env python3
"""Trains a small network with Keras 3 on drawn digits and saves it: the golden file of the examples.

    mnistcnn digits --out DIGITS --count 4000
    keras_digits.py DIGITS OUT.keras
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402

L = keras.layers


def load(part):
    return keras.utils.image_dataset_from_directory(
        os.path.join(sys.argv[1], part), color_mode="grayscale", image_size=(28, 28), batch_size=32, seed=1,
        verbose=False)


def main():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([
        L.Input(shape=(28, 28, 1)), L.Rescaling(1 / 255.0), L.Conv2D(6, 3, strides=2, activation="relu"),
        L.BatchNormalization(), L.Conv2D(8, 3, strides=2, activation="relu"), L.Flatten(), L.Dropout(0.2),
        L.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(load("train"), validation_data=load("validation"), epochs=3, verbose=2)
    model.compile("sgd", "sparse_categorical_crossentropy")  # a smaller state of the optimiser
    model.save(sys.argv[2])


main()
