#!/usr/bin/env python3
"""Writes improvement_values.h: when Keras' EarlyStopping stops, and the learning rates that
ReduceLROnPlateau sets, for sequences of a validation loss or accuracy. Needs Keras 3:
python3 tests/golden/improvement_values.py"""
import pathlib

import keras
import numpy as np

EPOCHS = 24
rng = np.random.default_rng(20170401)


class Optimizer:
    """What the callbacks look at."""

    def __init__(self):
        self.learning_rate = 0.5


class Model:
    def __init__(self):
        self.optimizer = Optimizer()
        self.stop_training = False


def run(values, monitor, patience, delta, plateau, factor, least, cooldown):
    model = Model()
    mode = "max" if monitor == "val_accuracy" else "min"
    stop = keras.callbacks.EarlyStopping(monitor=monitor, min_delta=delta, patience=patience, mode=mode)
    lower = keras.callbacks.ReduceLROnPlateau(monitor=monitor, factor=factor, patience=plateau, mode=mode,
                                              min_delta=delta, cooldown=cooldown, min_lr=least)
    for callback in stop, lower:
        callback.set_model(model)
        callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        rates.append(float(model.optimizer.learning_rate))
        logs = {monitor: float(value)}
        stop.on_epoch_end(epoch, logs)
        lower.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    return rates, int(model.stop_training)


out = ["/* Made by improvement_values.py; do not edit. */", "#ifndef IMPROVEMENT_VALUES_H",
       "#define IMPROVEMENT_VALUES_H", "", f"enum {{ SEQUENCE_EPOCHS = {EPOCHS} }};", "",
       "typedef struct improvement_case {",
       "  int32_t metric;",
       "  uint32_t stop_patience, plateau_patience, plateau_cooldown;",
       "  float min_delta, plateau_factor, plateau_min_rate;",
       "  uint32_t epochs, stops; /* 1: with the last of these epochs */",
       "  double values[SEQUENCE_EPOCHS], rates[SEQUENCE_EPOCHS];",
       "} improvement_case;", "", "static const improvement_case improvement_cases[] = {"]
for index in range(40):
    metric = index % 2
    noise = rng.normal(0, 0.05, EPOCHS)
    curve = 1.2 * np.exp(-np.arange(EPOCHS) / rng.uniform(2, 9)) + rng.uniform(0, 0.02) * np.arange(EPOCHS)
    values = np.round(1 - curve / 2 + noise if metric else curve + noise, 3)
    patience, plateau, cooldown = int(rng.integers(2, 9)), int(rng.integers(1, 5)), int(rng.integers(0, 4))
    delta = float(rng.choice([0, 0.0009765625, 0.03125]))
    factor, least = float(rng.choice([0.5, 0.25, 0.125])), float(rng.choice([0, 0.03125, 0.0625]))
    rates, stops = run(values, "val_accuracy" if metric else "val_loss", patience, delta, plateau, factor, least, cooldown)
    padded = rates + [0] * (EPOCHS - len(rates))

    def numbers(sequence):
        return "{" + ", ".join(f"{value:.9g}" for value in sequence) + "}"

    def floating(value):
        return f"{value:.9g}f" if "." in f"{value:.9g}" else f"{value:.9g}"
    out.append(f"    {{{metric}, {patience}, {plateau}, {cooldown}, {floating(delta)}, {floating(factor)}, "
               f"{floating(least)}, {len(rates)}, {stops},\n     {numbers(values)},\n     {numbers(padded)}}},")
out += ["};", "", "#endif", ""]
target = pathlib.Path(__file__).with_suffix(".h")
target.write_text("\n".join(out))
