#!/usr/bin/env python3
"""Exports networks of every kind of layer and compares what other frameworks make of the files.

    exports_live.py FOLDER

FOLDER is for the files. The package mnistcnn is found by PYTHONPATH and MNISTCNN_LIBRARY, TensorFlow.js
in TFJS_MODULES. A format that nothing here reads is named and left out.
"""
import ctypes
import gzip
import importlib.util
import json
import os
import shutil
import subprocess
import sys

import numpy as np

import exports
import mnistcnn

TOLERANCE = 1e-5
HERE = os.path.dirname(os.path.abspath(__file__))


def has(*names):
    return all(importlib.util.find_spec(name) for name in names)


def planes(images, unit):
    """[N, channels, rows, columns], of floats."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2).astype(np.float32) / (255 if unit else 1))


def check_onnx(model, images, path, unit):
    import onnx
    import onnxruntime
    model.export(path, format="onnx", unit_input=unit)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert json.loads(session.get_modelmeta().custom_metadata_map["class_names"]) == model.class_names
    return session.run(["probabilities"], {"image": planes(images, unit)})[0]


def check_openvino(model, images, path, unit):
    import openvino
    model.export(path, format="onnx", unit_input=unit)
    network = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return network([planes(images, unit)])["probabilities"]


def check_tfjs(model, images, path, unit):
    model.export(path, format="tfjs", unit_input=unit)
    floats = (images.astype(np.float32) / (255 if unit else 1)).astype("<f4")
    floats.tofile(path + ".images")
    answer = subprocess.run(["node", os.path.join(HERE, "tfjs_predict.mjs"), os.environ["TFJS_MODULES"], path,
                             path + ".images", *map(str, images.shape[1:])],
                            capture_output=True, text=True)
    if answer.returncode:
        raise RuntimeError(answer.stderr)
    return json.loads(answer.stdout)


def predict_by_header(model, images, path, unit, format):
    """Compiled by the C compiler that $CC names."""
    model.export(path, format=format, unit_input=unit)
    source, library = path + ".c", f"{path}.{unit}.so"
    prefix = os.path.splitext(os.path.basename(path))[0].replace("-", "_")
    kind, scale = ("float", 255) if unit else ("uint8_t", 1)
    with open(source, "w") as file:
        file.write(f"""#include "{os.path.basename(path)}"
void run(const {kind} *image, float *probabilities);
void run(const {kind} *image, float *probabilities) {{
  static float work[{prefix}_WORK];
  {prefix}_predict(image, probabilities, work);
}}
""")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow",
                    "-Werror", "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
    run = ctypes.CDLL(library).run
    found = []
    for image in images:
        image = np.ascontiguousarray(image.astype(np.float32) / 255 if unit else image)
        row = np.empty(model.num_classes, np.float32)
        run(image.ctypes.data_as(ctypes.c_void_p), row.ctypes.data_as(ctypes.c_void_p))
        found.append(row)
    return np.array(found)


def check_pytorch(model, images, path, unit):
    import torch
    model.export(path, format="pytorch", unit_input=unit)
    source = os.path.splitext(path)[0] + ".py"
    spec = importlib.util.spec_from_file_location("exported", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.CLASS_NAMES == model.class_names
    with torch.no_grad():
        return module.load()(torch.from_numpy(planes(images, unit))).numpy()


def check_c(model, images, path, unit):
    return predict_by_header(model, images, path, unit, "c")


def check_c_int8(model, images, path, unit):
    return predict_by_header(model, images, path, unit, "c_int8")


def has_tfjs():
    return os.path.isdir(os.environ.get("TFJS_MODULES", "no folder"))


def has_compiler():
    return shutil.which(os.environ.get("CC", "cc"))


# Name: (what it answers, the ending of its files, whether it is here, how far it may be off)
FORMATS = {"onnx": (check_onnx, ".onnx", lambda: has("onnx", "onnxruntime"), TOLERANCE),
           "openvino": (check_openvino, ".onnx", lambda: has("openvino"), TOLERANCE),
           "tfjs": (check_tfjs, ".json", has_tfjs, TOLERANCE),
           "pytorch": (check_pytorch, ".safetensors", lambda: has("torch", "safetensors"), TOLERANCE),
           "c": (check_c, ".h", has_compiler, TOLERANCE),
           "c_int8": (check_c_int8, ".h", has_compiler, 0.05)}


def check(check_format, model, images, path, tolerance):
    """What is wrong; None when nothing is."""
    expected = np.asarray(model.predict_proba(images))
    for unit in False, True:
        found = np.asarray(check_format(model, images, path, unit))
        if found.shape != expected.shape or not np.abs(found - expected).max() < tolerance:
            return f"unit {unit}: differs by {np.abs(found - expected).max()}"
    return None


def mnist_images(count):
    """The first test images of MNIST; none without MNISTCNN_MNIST_DIR."""
    folder = os.environ.get("MNISTCNN_MNIST_DIR")
    if not folder:
        return None
    with gzip.open(os.path.join(folder, "t10k-images-idx3-ubyte.gz")) as file:
        return np.frombuffer(file.read(16 + 784 * count)[16:], np.uint8).reshape(-1, 28, 28, 1)


def check_mnist(name, check_format, path, tolerance):
    """The model that ships answers alike; with 8 bits, one class in 200 may be another."""
    images = mnist_images(500 if name == "tfjs" else 10000)  # that is plain JavaScript
    if images is None:
        return None
    model = mnistcnn.Model.pretrained()
    expected = np.asarray(model.predict_proba(images))
    found = np.asarray(check_format(model, images, path, False))
    others = int((found.argmax(1) != expected.argmax(1)).sum())
    most = np.abs(found - expected).max()
    print(f"{name}: {len(images)} images of MNIST, {others} in another class, at most {most:.2g} off")
    if name == "c_int8":
        return f"{others} in another class" if others > len(images) // 200 else None
    return f"MNIST: {others} in another class, {most} off" if others or most > tolerance else None


def main():
    wrong, tried = [], 0
    for name, (check_format, ending, is_here, tolerance) in FORMATS.items():
        if not is_here():
            print(f"{name}: what reads it is not here")
            continue
        for number in range(len(exports.NETWORKS)):
            network, model, images = exports.make(mnistcnn, number)
            path = os.path.join(sys.argv[1], f"{name}-{number}{ending}")
            tried += 1
            try:
                message = check(check_format, model, images, path, tolerance)
            except Exception as error:  # whatever a framework raises
                message = f"{type(error).__name__}: {error}"
            if message:
                wrong.append(f"{name}, {network}: {message}")
        message = check_mnist(name, check_format, os.path.join(sys.argv[1], f"{name}-mnist{ending}"), tolerance)
        if message:
            wrong.append(f"{name}: {message}")
    print(f"{tried} exports, {len(wrong)} wrong")
    print("\n".join(wrong))
    return 77 if tried == 0 else 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
