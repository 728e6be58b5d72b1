#!/usr/bin/env python3
"""Shows how to use the library from Python, with ctypes and the standard library only.

    train_predict.py [LIBRARY]

Loads the shared library, trains briefly on generated images, cancels a second training from a
callback, predicts a batch and reads an error message.
"""
import ctypes
import random
import sys
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_double, c_float, c_int32,
                    c_size_t, c_uint32, c_uint64, c_void_p, sizeof)

OK, ARCHITECTURE, CANCELLED = 0, -6, -9
EVENT_STEP, EVENT_EPOCH_END = 1, 3
CATEGORICAL, ADAM = 1, 2
SIDE, CLASSES = 12, ("diagonal", "horizontal", "vertical")


class Progress(Structure):
    _fields_ = [("struct_size", c_uint32), ("event", c_int32), ("epoch", c_uint32),
                ("epochs", c_uint32), ("step", c_uint64), ("steps", c_uint64),
                ("images_done", c_uint64), ("images_total", c_uint64), ("seconds", c_double),
                ("seconds_left", c_double), ("learning_rate", c_double), ("loss", c_double),
                ("accuracy", c_double), ("binary_accuracy", c_double),
                ("validation_loss", c_double), ("validation_accuracy", c_double),
                ("validation_binary_accuracy", c_double)]


ProgressCallback = CFUNCTYPE(c_int32, POINTER(Progress), c_void_p)
LogCallback = CFUNCTYPE(None, c_int32, c_char_p, c_void_p)


class ModelOptions(Structure):
    _fields_ = [("struct_size", c_uint32), ("input_height", c_uint32), ("input_width", c_uint32),
                ("input_channels", c_uint32), ("num_classes", c_uint32), ("initializer", c_int32),
                ("seed", c_uint64), ("input_mean", c_float), ("input_std", c_float),
                ("architecture", c_char_p), ("class_names", POINTER(c_char_p)),
                ("allocator", c_void_p), ("error", c_void_p), ("preparation", c_void_p)]


class LabelledImages(Structure):
    _fields_ = [("struct_size", c_uint32), ("num_classes", c_uint32), ("pixels", c_char_p),
                ("size_bytes", c_size_t), ("labels", POINTER(c_int32)), ("count", c_size_t),
                ("class_names", POINTER(c_char_p)), ("height", c_uint32), ("width", c_uint32),
                ("channels", c_uint32), ("reserved", c_uint32)]


class TrainOptions(Structure):
    _fields_ = ([("struct_size", c_uint32), ("epochs", c_uint32), ("batch_size", c_uint32),
                 ("num_threads", c_uint32), ("seed", c_uint64), ("loss", c_int32),
                 ("optimizer", c_int32), ("schedule", c_int32), ("augment", c_int32),
                 ("shuffle", c_uint32), ("horizontal_flip", c_uint32), ("nesterov", c_uint32)] +
                [(name, c_float) for name in (
                    "label_smoothing", "learning_rate", "rho", "momentum", "beta1", "beta2",
                    "epsilon", "weight_decay", "warmup_fraction", "warmup_start_ratio", "final_lr_ratio",
                    "ema_decay", "no_augment_fraction", "rotation", "shear", "zoom", "shift",
                    "elastic_pixels", "dilate", "calibration_fraction")] +
                [("reserved", c_uint32)] +
                [("checkpoint_path", c_char_p), ("checkpoint_writer", c_void_p),
                 ("progress", ProgressCallback), ("log", LogCallback), ("user", c_void_p),
                 ("monitor", c_void_p), ("error", c_void_p), ("l2", c_float),
                 ("clip_norm", c_float), ("step_factor", c_float), ("step_epochs", c_uint32)])


class MnistcnnError(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Library:
    """The functions used here; each raises MnistcnnError if the C function fails."""

    SIGNATURES = {
        "mnistcnn_model_options_init": [POINTER(ModelOptions), c_size_t],
        "mnistcnn_train_options_init": [POINTER(TrainOptions), c_size_t],
        "mnistcnn_model_create": [POINTER(ModelOptions), POINTER(c_void_p)],
        "mnistcnn_dataset_create_copy": [POINTER(LabelledImages), c_void_p, POINTER(c_void_p)],
        "mnistcnn_train": [c_void_p, c_void_p, c_void_p, POINTER(TrainOptions), POINTER(Progress)],
        "mnistcnn_predict_u8": [c_void_p, c_void_p, c_char_p, c_size_t, POINTER(c_float), c_size_t],
    }

    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.mnistcnn_last_error.restype = c_char_p
        self.c.mnistcnn_version_string.restype = c_char_p
        for free in ("mnistcnn_model_free", "mnistcnn_dataset_free"):
            getattr(self.c, free).argtypes = [c_void_p]
            getattr(self.c, free).restype = None
        for name, arguments in self.SIGNATURES.items():
            function = getattr(self.c, name)
            function.argtypes, function.restype, function.errcheck = arguments, c_int32, self.check

    def check(self, status, function, arguments):
        if status != OK:
            raise MnistcnnError(status, self.c.mnistcnn_last_error().decode())
        return status


def stroke(kind, generator):
    """A bright stroke at a random position on a dark, noisy background, as bytes."""
    at = generator.randrange(2, SIDE - 2)
    pixels = bytearray(generator.randrange(40) for _ in range(SIDE * SIDE))
    for i in range(SIDE):
        y, x = ((i, (i + at) % SIDE), (at, i), (i, at))[kind]
        pixels[y * SIDE + x] = generator.randrange(180, 256)
    return bytes(pixels)


def create_dataset(library, count, generator):
    kinds = [i % len(CLASSES) for i in range(count)]
    pixels = b"".join(stroke(kind, generator) for kind in kinds)
    names = (c_char_p * len(CLASSES))(*(name.encode() for name in CLASSES))
    dataset = c_void_p()
    images = LabelledImages(struct_size=sizeof(LabelledImages), num_classes=len(CLASSES),
                            pixels=pixels, size_bytes=len(pixels), labels=(c_int32 * count)(*kinds),
                            count=count, class_names=names, height=SIDE, width=SIDE, channels=1)
    library.c.mnistcnn_dataset_create_copy(byref(images), None, byref(dataset))
    return dataset


def create_model(library, architecture):
    options, model = ModelOptions(), c_void_p()
    library.c.mnistcnn_model_options_init(byref(options), sizeof(options))
    options.input_height = options.input_width = SIDE
    options.input_channels, options.num_classes = 1, len(CLASSES)
    options.architecture = architecture.encode()
    library.c.mnistcnn_model_create(byref(options), byref(model))
    return model


def train(library, model, dataset, epochs, on_progress):
    options = TrainOptions()
    library.c.mnistcnn_train_options_init(byref(options), sizeof(options))
    options.epochs, options.loss, options.optimizer = epochs, CATEGORICAL, ADAM
    options.learning_rate = 0.003
    # An exception cannot propagate through C: it would be lost. Catch it in the callback.
    options.progress = ProgressCallback(lambda progress, user: on_progress(progress.contents))
    last = Progress(struct_size=sizeof(Progress))
    library.c.mnistcnn_train(model, dataset, None, byref(options), byref(last))
    return last


def predict(library, model, images):
    probabilities = (c_float * (len(images) * len(CLASSES)))()
    pixels = b"".join(images)
    library.c.mnistcnn_predict_u8(model, None, pixels, len(pixels), probabilities,
                                  len(probabilities))
    rows = [probabilities[i:i + len(CLASSES)] for i in range(0, len(probabilities), len(CLASSES))]
    return [(CLASSES[row.index(max(row))], max(row)) for row in rows]


def report(progress):
    if progress.event == EVENT_EPOCH_END:
        print(f"epoch {progress.epoch}/{progress.epochs}: loss {progress.loss:.4f}, "
              f"accuracy {progress.accuracy:.4f}")
    return 0


def run(library, generator):
    architecture = "conv 6 3x3 relu, maxpool 2, flatten, dense 24 relu, dense classes softmax"
    dataset = create_dataset(library, 300, generator)
    model = create_model(library, architecture)
    try:
        train(library, model, dataset, 8, report)

        images = [stroke(kind, generator) for kind in range(len(CLASSES))]
        answers = predict(library, model, images)
        for kind, (name, probability) in zip(CLASSES, answers):
            print(f"a {kind} stroke is classified as {name} ({probability:.4f})")

        try:
            train(library, model, dataset, 100,
                  lambda p: int(p.event == EVENT_STEP and p.step == 3))
        except MnistcnnError as error:
            print("cancelled:", error)
            assert error.status == CANCELLED

        try:
            create_model(library, "conv 6 99x99 relu, flatten, dense classes softmax")
        except MnistcnnError as error:
            print("an error message:", error)
            assert error.status == ARCHITECTURE
        return [name for name, _ in answers] == list(CLASSES)
    finally:
        library.c.mnistcnn_model_free(model)
        library.c.mnistcnn_dataset_free(dataset)


def main():
    library = Library(sys.argv[1] if len(sys.argv) > 1 else "libmnistcnn.so.0.1")
    print("libmnistcnn", library.c.mnistcnn_version_string().decode())
    return 0 if run(library, random.Random(1)) else 1


if __name__ == "__main__":
    sys.exit(main())
