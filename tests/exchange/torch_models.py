#!/usr/bin/env python3
"""Imports other people's PyTorch models and compares what they answer with what PyTorch answered.

    torch_models.py LIBMNISTCNN LIBMNISTCNN_EXCHANGE MODELS_DIR MNIST_DIR

MODELS_DIR is that of keras_models.py. A file with an architecture is imported with it, and once more
without: then the network that is found must answer the same, or be said to be a guess, or be asked
for. Whole modules and TorchScript must be refused with the line of Python that saves the weights.
"""
import ctypes
import os
import re
import sys

import keras_models
from keras_models import ENCODINGS, TOLERANCE, ImportOptions

LOG = ctypes.CFUNCTYPE(None, ctypes.c_int32, ctypes.c_char_p, ctypes.c_void_p)
REFUSED = re.compile(r"state_dict\(\)")


def bottleneck(outputs, hidden, stride, adds):
    depthwise = "depthwise 3x3 same" if stride == 1 else "zeropad 1, depthwise 3x3 stride 2"
    return (f"conv {hidden} 1x1, batchnorm relu6, {depthwise}, batchnorm relu6, conv {outputs} 1x1, batchnorm"
            + (", add 7" if adds else ""))


# Networks that are in the program that trained them alone: a MobileNet on MNIST.
ARCHITECTURES = {
    "foreign/inverted-bottleneck.pth": ", ".join(
        ["zeropad 1, conv 16 1x1, batchnorm relu6"]
        + [bottleneck(*block) for block in [
            (8, 16, 1, False), (12, 16, 2, False), (12, 24, 1, True), (16, 24, 2, False), (16, 32, 1, True),
            (24, 32, 2, False), (24, 48, 1, True), (32, 48, 1, False)]]
        + ["conv 64 1x1, batchnorm relu6, globalavgpool, dense 10"]),
}
# The same network in another file, whose answers are known.
SAME_AS = {"foreign/inverted-bottleneck.pth": "foreign/inverted-bottleneck.onnx"}


def as_probabilities(outputs):
    """Of logits and of their log softmax, too."""
    if min(outputs) >= 0 and abs(sum(outputs) - 1) < 1e-3:
        return outputs
    return keras_models.softmax(outputs)


def largest_difference(libraries, model, rows, mnist):
    worst = 0
    for row in rows:
        found = libraries.predict(model, keras_models.image_for(row["input"], libraries.shape(model), mnist))
        expected = as_probabilities([float(x) for x in row["outputs"].split(",")])
        assert len(found) == len(expected)
        worst = max([worst] + [abs(a - b) for a, b in zip(found, expected)])
    return worst


class TorchLibraries(keras_models.Libraries):
    def import_file(self, path, encoding, architecture=None, size=(0, 0)):
        """(model or None, message, notes)."""
        notes = []
        log = LOG(lambda level, text, user: notes.append(text.decode()))
        options = ImportOptions(struct_size=ctypes.sizeof(ImportOptions), path=os.fsencode(path),
                                encoding=encoding.encode(),
                                architecture=architecture.encode() if architecture else None,
                                input_height=size[0], input_width=size[1],
                                log=ctypes.cast(log, ctypes.c_void_p))
        model = ctypes.c_void_p()
        status = self.exchange.mnistcnn_import(ctypes.byref(options), ctypes.byref(model))
        if status == 0:
            return model, "", notes
        assert not model.value
        return None, self.exchange.mnistcnn_exchange_last_error().decode(), notes


def is_torch(name):
    return re.search(r"\.(pt|pth|pkl|th|tar|safetensors)$", name)


def judge_guess(libraries, path, encoding, rows, mnist):
    """(what to print, whether it is as it should be) of an import without an architecture."""
    model, message, notes = libraries.import_file(path, encoding)
    if not model:
        return f"asked for: {message}", "--arch" in message
    difference = largest_difference(libraries, model, rows, mnist)
    libraries.free(model)
    said = any("guess" in note for note in notes)
    return f"found: {difference:.2g}{' (said to be a guess)' if said else ''}", difference <= TOLERANCE or said


def judge(libraries, folder, name, tables, mnist):
    expected, architectures = tables
    rows = expected.get(name) or expected.get(SAME_AS.get(name, ""), [])
    encoding = ENCODINGS[rows[0]["encoding"]] if rows else "unit"
    text = architectures[name][0]["architecture"] if name in architectures else ARCHITECTURES.get(name)
    path = os.path.join(folder, name)
    model, message, _ = libraries.import_file(path, encoding, text)
    if not model:
        return f"refused: {message}", not rows and not text and REFUSED.search(message)
    difference = largest_difference(libraries, model, rows, mnist)
    libraries.free(model)
    guess, is_sound = judge_guess(libraries, path, encoding, rows, mnist)
    return f"{difference:.2g} on {len(rows)} images; without the network {guess}", \
        difference <= TOLERANCE and text and is_sound


def main():
    core, exchange, folder, mnist_folder = sys.argv[1:5]
    libraries = TorchLibraries(core, exchange)
    mnist = keras_models.read_mnist(mnist_folder)
    tables = (keras_models.read_table(os.path.join(folder, "expected.tsv"), "file"),
              keras_models.read_table(os.path.join(folder, "architectures.tsv"), "file"))
    names = sorted(os.path.relpath(os.path.join(path, name), folder)
                   for path, _, names in os.walk(folder) for name in names if is_torch(name))
    wrong = 0
    for name in names:
        line, fine = judge(libraries, folder, name, tables, mnist)
        print(f"{'' if fine else 'WRONG: '}{name}: {line}")
        wrong += not fine
    print(f"{len(names)} files, {wrong} wrong")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
