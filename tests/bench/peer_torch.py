#!/usr/bin/env python3
"""The benchmark's PyTorch participant: python3 peer_torch.py DATA_FOLDER

Every figure is PyTorch's best of {contiguous, channels_last} x {oneDNN on, off}: the first request
for a job tries them all and the winner answers from then on, named in the note. A request may name
another network than the reference, as it does for the library (ours.h); with compile=1 it is also run
through torch.compile, which then has to be the best to be named.
"""
import itertools
import os
import re
import sys

import protocol

try:
    import torch
    import torch.nn.functional as functional
except ImportError:
    protocol.say("skip PyTorch is missing (run.sh --install, or apt install python3-torch)")
    sys.exit(0)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
CLASSES = 10
RANDOM_BYTES = 64 << 20  # of images, for other networks
STEPS_BEFORE_RESTART = 1875  # one epoch of MNIST at batch 32: figures are of early training
TRIAL_ROUNDS = 3
HOW = ("seconds", "clock", "fresh", "steps")  # to measure, not what
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Data:
    """Images and one-hot labels of one size, in memory as float32, NCHW."""

    def __init__(self, folder, size, channels):
        dimensions, pixels = protocol.read_idx(protocol.images_path(folder, size))
        _, labels = protocol.read_idx(protocol.labels_path(folder, size))
        gray = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).float().div_(255)
        gray = gray.reshape(dimensions[0], 1, size, size).repeat(1, channels, 1, 1)
        self.images = {name: gray.contiguous(memory_format=layout)
                       for name, layout in LAYOUTS.items()}
        classes = torch.frombuffer(bytearray(labels), dtype=torch.uint8).long()
        self.targets = functional.one_hot(classes, CLASSES).float()


class RandomData:
    """The same for another network, of random images: its time does not depend on them."""

    def __init__(self, shape, classes):
        height, width, channels = shape
        count = max(256, min(10000, RANDOM_BYTES // (4 * height * width * channels)))
        generator = torch.Generator().manual_seed(1)
        images = torch.rand((count, channels, height, width), generator=generator)
        self.images = {name: images.contiguous(memory_format=layout)
                       for name, layout in LAYOUTS.items()}
        self.labels = torch.randint(classes, (count,), generator=generator)
        self.targets = functional.one_hot(self.labels, classes).float()


class Task:
    """What a request is about: a network, its images and its loss."""

    def __init__(self, data, make, categorical=False):
        self.data, self.make, self.categorical = data, make, categorical

    def loss(self, outputs, chosen):
        if self.categorical:
            return functional.cross_entropy(outputs, self.data.labels[chosen])
        return functional.binary_cross_entropy(outputs, self.data.targets[chosen])


def task_of_text(options):
    import architecture
    import torch_network
    shape = options["height"], options["width"], options["channels"]
    layers = architecture.read(options["arch"].replace("+", " "), shape, options["classes"])
    categorical = options.get("loss") == "categorical"

    def make(training):
        return torch_network.Network(layers, shape, symmetric=True,
                                     output=not (training and categorical))

    return Task(RandomData(shape, options["classes"]), make, categorical)


def reference_network(channels, size):
    side = ((size - 4) // 2 - 4) // 2
    return torch.nn.Sequential(
        torch.nn.Conv2d(channels, 16, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 5), torch.nn.ReLU(), torch.nn.MaxPool2d(2),
        torch.nn.Flatten(), torch.nn.Linear(32 * side * side, 1000), torch.nn.ReLU(),
        torch.nn.Linear(1000, CLASSES), torch.nn.Softmax(dim=1))


class Training:
    """The plain loop: gather a batch, forward, backward, RMSprop. One call is one step."""

    def __init__(self, task, batch, layout, compiled=False):
        self.task, self.batch, self.layout, self.compiled = task, batch, LAYOUTS[layout], compiled
        self.images = task.data.images[layout]
        self.restart()

    def restart(self):
        torch.manual_seed(1)
        network = self.task.make(training=True).to(memory_format=self.layout).train()
        self.network = torch.compile(network) if self.compiled else network
        self.optimizer = torch.optim.RMSprop(network.parameters(), lr=0.001, alpha=0.9)
        self.order = torch.randperm(len(self.images))
        self.steps = 0

    def __call__(self):
        if self.steps == STEPS_BEFORE_RESTART:
            self.restart()
        start = self.steps * self.batch % (len(self.images) - self.batch + 1)
        chosen = self.order[start:start + self.batch]
        loss = self.task.loss(self.network(self.images[chosen]), chosen)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.steps += 1


class Prediction:
    """One call predicts `batch` images, a different batch each time."""

    def __init__(self, task, batch, layout, compiled=False):
        torch.manual_seed(1)
        images = task.data.images[layout]
        network = task.make(training=False).to(memory_format=LAYOUTS[layout]).eval()
        self.network = torch.compile(network) if compiled else network
        self.batches = images.split(batch)[:len(images) // batch]
        self.next = 0

    def __call__(self):
        with torch.inference_mode():
            self.network(self.batches[self.next])
        self.next = (self.next + 1) % len(self.batches)


class Variant:
    """A job with one choice of layout, oneDNN and thread count."""

    def __init__(self, work, batch, layout, onednn, threads, compiled=False):
        self.work, self.batch, self.onednn, self.threads = work, batch, onednn, threads
        self.name = (f"{layout}, oneDNN {'on' if onednn else 'off'}, threads {threads}"
                     f"{', compiled' if compiled else ''}")

    def microseconds_per_image(self, seconds, now):
        torch.set_num_threads(self.threads)
        with torch.backends.mkldnn.flags(enabled=self.onednn):
            return protocol.seconds_per_call(self.work, seconds, now) / self.batch * 1e6


class Jobs:
    def __init__(self, folder):
        self.folder = folder
        self.data = {}
        self.winners = {}

    def task(self, options):
        if "arch" in options:
            return task_of_text(options)
        size, channels = options.get("size", 28), options.get("channels", 1)
        if (size, channels) not in self.data:
            self.data[size, channels] = Data(self.folder, size, channels)
        return Task(self.data[size, channels],
                    lambda training: reference_network(channels, size))

    def variants(self, kind, options):
        task = self.task(options)
        wanted = options.get("threads", 1)
        batch = options["batch"]
        for layout in LAYOUTS:
            work = kind(task, batch, layout)
            for onednn, threads in itertools.product(
                    (True, False), (1, 2) if wanted == "best" else (wanted,)):
                yield Variant(work, batch, layout, onednn, threads)
        if options.get("compile"):
            yield Variant(kind(task, batch, "channels_last", compiled=True), batch, "channels_last", True,
                          wanted, compiled=True)

    def winner(self, kind, options):
        key = (kind, *sorted((k, v) for k, v in options.items() if k not in HOW))
        if key not in self.winners:
            variants = list(self.variants(kind, options))
            now = protocol.clock_of(options)
            rounds = [[v.microseconds_per_image(options["seconds"] / 2, now) for v in variants]
                      for _ in range(TRIAL_ROUNDS)]
            best = [min(figures) for figures in zip(*rounds)]
            self.winners[key] = variants[best.index(min(best))]
        return self.winners[key]

    def measure(self, kind, options):
        variant = self.winner(kind, options)
        now = protocol.clock_of(options)
        return variant.microseconds_per_image(options["seconds"], now), variant.name

    def train(self, options):
        return self.measure(Training, options)

    def predict(self, options):
        return self.measure(Prediction, options)

    def job(self, options):
        """The whole job in the variant that trains fastest."""
        import torch_job  # needs Pillow too, which no other job does
        variant = self.winner(Training, {"batch": 32, "threads": "best", "seconds": 0.3})
        layout = variant.work.layout
        network = reference_network(1, 28).to(memory_format=layout)
        with torch.backends.mkldnn.flags(enabled=variant.onednn):
            return torch_job.run(network, options, layout, variant.threads)


def describe():
    onednn = re.search(r"MKL-DNN (v[0-9.]+)", torch.__config__.show())
    return f"PyTorch {torch.__version__}, oneDNN {onednn.group(1) if onednn else 'none'}"


def main():
    jobs = Jobs(sys.argv[1])
    protocol.serve(describe(), {"train": jobs.train, "predict": jobs.predict, "job": jobs.job})


if __name__ == "__main__":
    main()
