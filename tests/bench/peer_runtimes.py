#!/usr/bin/env python3
"""The benchmark's participants that only predict: python3 peer_runtimes.py RUNTIME DATA_FOLDER

RUNTIME is onnxruntime, openvino or litert. A request names the network as it does for the library
(arch=, height=, width=, channels=, classes=). `batch` images are predicted at once or in runs of 32 or 8:
the first request tries all, the winner answers from then on and is named in the note. Inputs lie ready in
the runtime's own tensors, a few that take turns."""
import hashlib
import os
import subprocess
import sys

import protocol

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import architecture  # noqa: E402

TRIAL_ROUNDS = 3
RUN_LENGTHS = (8, 32)
INPUTS = 4  # that take turns
PACKAGES = {"onnxruntime": "onnxruntime onnx", "openvino": "openvino onnx", "litert": "ai-edge-litert"}


def network_of(options):
    """(layers, shape)"""
    shape = options["height"], options["width"], options["channels"]
    return architecture.read(options["arch"].replace("+", " "), shape, options["classes"]), shape


class Runtime:
    """calls() gives functions that predict `length` images each, others each."""

    def __init__(self):
        self.kept = []  # memory that a runtime uses without holding it


class OnnxRuntime(Runtime):
    """IO binding to tensors that stay."""

    def __init__(self, folder):
        super().__init__()
        import onnxruntime
        self.package = onnxruntime
        self.description = f"ONNX Runtime {onnxruntime.__version__}"

    def calls(self, options, length, numpy):
        import onnx_network
        layers, shape = network_of(options)
        settings = self.package.SessionOptions()
        settings.intra_op_num_threads, settings.inter_op_num_threads = options["threads"], 1
        session = self.package.InferenceSession(onnx_network.build(layers, shape, length), settings,
                                                providers=["CPUExecutionProvider"])
        for images in random_images(numpy, (length, shape[2], *shape[:2])):
            binding = session.io_binding()
            result = numpy.zeros((length, options["classes"]), numpy.float32)
            both = [self.package.OrtValue.ortvalue_from_numpy(values) for values in (images, result)]
            binding.bind_ortvalue_input("image", both[0])
            binding.bind_ortvalue_output(session.get_outputs()[0].name, both[1])
            self.kept.append((images, result, both))
            yield lambda binding=binding: session.run_with_iobinding(binding)


class OpenVino(Runtime):
    """Float32, for the least latency; static shapes."""

    def __init__(self, folder):
        super().__init__()
        import openvino
        self.package = openvino
        self.core = openvino.Core()
        self.description = f"OpenVINO {openvino.__version__}"

    def calls(self, options, length, numpy):
        import onnx_network
        layers, shape = network_of(options)
        model = self.core.read_model(onnx_network.build(layers, shape, length))
        compiled = self.core.compile_model(model, "CPU", {
            "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": str(options["threads"])})
        for images in random_images(numpy, (length, shape[2], *shape[:2])):
            request = compiled.create_infer_request()
            request.set_input_tensor(self.package.Tensor(images, shared_memory=True))
            self.kept.append(images)
            yield request.infer


class LiteRt(Runtime):
    """With XNNPACK, its default; the model is made by Keras in a process of its own, once."""

    def __init__(self, folder):
        super().__init__()
        import importlib.metadata
        from ai_edge_litert.interpreter import Interpreter
        self.interpreter, self.folder = Interpreter, os.path.join(folder, "litert")
        self.description = f"LiteRT {importlib.metadata.version('ai-edge-litert')}"

    def model(self, options):
        text = repr([options[key] for key in ("arch", "height", "width", "channels", "classes")])
        path = os.path.join(self.folder, hashlib.sha256(text.encode()).hexdigest()[:16] + ".tflite")
        if not os.path.exists(path):
            os.makedirs(self.folder, exist_ok=True)
            subprocess.run([sys.executable, os.path.join(HERE, "make_tflite.py"), path, options["arch"],
                            *(str(options[key]) for key in ("height", "width", "channels", "classes"))],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return path

    def calls(self, options, length, numpy):
        _, shape = network_of(options)
        path = self.model(options)
        for images in random_images(numpy, (length, *shape)):
            interpreter = self.interpreter(path, num_threads=options["threads"])
            place = interpreter.get_input_details()[0]["index"]
            interpreter.resize_tensor_input(place, images.shape, strict=False)
            interpreter.allocate_tensors()
            interpreter.set_tensor(place, images)
            yield interpreter.invoke


RUNTIMES = {"onnxruntime": OnnxRuntime, "openvino": OpenVino, "litert": LiteRt}


def random_images(numpy, shape):
    generator = numpy.random.default_rng(1)
    count = INPUTS if shape[0] == 1 else 1  # of many images the inputs are many already
    return [generator.random(shape, numpy.float32) for _ in range(count)]


class Variant:
    """`batch` images in runs of `length`."""

    def __init__(self, calls, batch, length):
        self.calls, self.runs = list(calls), -(-batch // length)
        self.images, self.name, self.next = self.runs * length, f"in runs of {length}", 0

    def __call__(self):
        for _ in range(self.runs):
            self.calls[self.next]()
            self.next = (self.next + 1) % len(self.calls)

    def microseconds_per_image(self, seconds, now):
        return protocol.seconds_per_call(self, seconds, now) / self.images * 1e6


class Jobs:
    def __init__(self, runtime, numpy):
        self.runtime, self.numpy, self.winners = runtime, numpy, {}

    def winner(self, options):
        key = tuple(sorted((k, v) for k, v in options.items()
                           if k not in ("seconds", "clock", "fresh")))
        if key not in self.winners:
            batch = options["batch"]
            self.winners.clear()  # memory for one at a time
            self.runtime.kept.clear()
            variants = [Variant(self.runtime.calls(options, length, self.numpy), batch, length)
                        for length in (batch, *(n for n in RUN_LENGTHS if n < batch))]
            now = protocol.clock_of(options)
            best = [min(variant.microseconds_per_image(options["seconds"] / 2, now)
                        for _ in range(TRIAL_ROUNDS)) for variant in variants]
            self.winners[key] = variants[best.index(min(best))]
        return self.winners[key]

    def predict(self, options):
        variant = self.winner(options)
        now = protocol.clock_of(options)
        return variant.microseconds_per_image(options["seconds"], now), variant.name


def main():
    name, folder = sys.argv[1:3]
    try:
        import numpy
        runtime = RUNTIMES[name](folder)
    except ImportError:
        protocol.say(f"skip missing: pip install {PACKAGES[name]} numpy (run.sh --install)")
        return
    protocol.serve(runtime.description, {"predict": Jobs(runtime, numpy).predict})


if __name__ == "__main__":
    main()
