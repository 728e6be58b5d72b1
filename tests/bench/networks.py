"""The networks of the benchmark's section `networks`, each written once: the library gets the text, and
the peers get what support/torch_network.py, onnx_network.py and keras_network.py build from it."""
import dataclasses
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import architecture  # noqa: E402

POOL, DENSE = "maxpool 2", "dense 10 softmax"


@dataclasses.dataclass(frozen=True)
class Bars:
    """Targets: our time to that of the best peer. None: the row has none."""
    train: float = None
    one: float = None  # predicting one image
    many: float = None  # predicting MANY


@dataclasses.dataclass(frozen=True)
class Network:
    name: str
    text: str
    shape: tuple = (28, 28, 1)
    classes: int = 10
    bars: Bars = Bars()
    two_threads: Bars = Bars()

    def layers(self):
        return architecture.read(self.text, self.shape, self.classes)

    def request(self, job, batch, threads):
        """As ours.h has it; spaces separate options, so that the text has others."""
        height, width, channels = self.shape
        return (f"{job} batch={batch} threads={threads} loss=categorical classes={self.classes} "
                f"height={height} width={width} channels={channels} arch={self.text.replace(' ', '+')}")

    def parameters(self):
        """Those that are trained."""
        return sum(math.prod(shape) for name, shape in architecture.tensors(self.layers()).items()
                   if "/moving_" not in name)

    def multiply_adds(self):
        return architecture.multiply_adds(self.layers(), self.shape)


MANY = 128
KERAS = Bars(0.37, 0.53, 0.52)
KERAS_MEAN = 0.23  # geometric mean of the ratios in training of the rows with those targets
LARGE_TWO_THREADS = Bars(0.30, 0.45, 0.45)
WITH_NORM = Bars(0.33, 0.50, 0.50)
SIMPLE = Bars(0.40, 0.50, 0.50)
STRIDES = Bars(0.35, 0.50, 0.50)
RESNET = Bars(0.45, 0.55, 0.55)
DEPTHWISE = Bars(0.50, 0.70, 0.70)


def with_norm(text):
    """Batch normalisation between each convolution and its relu."""
    pieces = []
    for piece in text.split(", "):
        if piece.startswith("conv ") and piece.endswith(" relu"):
            pieces += [piece.removesuffix(" relu") + " nobias", "batchnorm relu"]
        else:
            pieces.append(piece)
    return ", ".join(pieces)


def simple_cnn(size, filters):
    """MnistSimpleCNN of An, Lee, Park, Yang and So (2020)."""
    blocks = [f"conv {n} {size}x{size} nobias, batchnorm relu" for n in filters]
    return ", ".join([*blocks, "flatten, dense 10 nobias, batchnorm softmax"])


def resnet8():
    """Of MLPerf Tiny."""
    pieces = ["conv 16 3x3 same nobias, batchnorm relu"]
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        step = " stride 2" if stride == 2 else ""
        pieces.append(f"conv {filters} 3x3{step} same nobias, batchnorm relu, "
                      f"conv {filters} 3x3 same nobias, batchnorm")
        pieces.append("add 5 relu" if stride == 1 else
                      f"conv {filters} 1x1 stride 2 same from 5, add 2 relu")
    return ", ".join([*pieces, "avgpool 8, flatten", DENSE])


def mobilenet(size):
    """MobileNetV1 with a quarter of the filters, of MLPerf Tiny; `size` is that of the last images."""
    pieces = ["conv 8 3x3 stride 2 same nobias, batchnorm relu"]
    for filters, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *[(128, 1)] * 5,
                            (256, 2), (256, 1)):
        step = " stride 2" if stride == 2 else ""
        pieces.append(f"depthwise 3x3{step} same nobias, batchnorm relu, "
                      f"conv {filters} 1x1 nobias, batchnorm relu")
    return ", ".join([*pieces, f"avgpool {size}, flatten, dense 2 softmax"])


def ds_cnn():
    """Of MLPerf Tiny."""
    block = "depthwise 3x3 same nobias, batchnorm relu, conv 64 1x1 nobias, batchnorm relu"
    return ", ".join(["conv 64 10x4 stride 2 same nobias, batchnorm relu", *[block] * 4,
                      "avgpool 25x5, flatten, dense 12 softmax"])


REFERENCE = f"conv 16 5x5 relu, {POOL}, conv 32 5x5 relu, {POOL}, flatten, dense 1000 relu, {DENSE}"
CONVNET = f"conv 32 3x3 relu, {POOL}, conv 64 3x3 relu, {POOL}, flatten, dropout 0.5, {DENSE}"
MNIST_CNN = (f"conv 32 3x3 relu, conv 64 3x3 relu, {POOL}, dropout 0.25, flatten, dense 128 relu, "
             f"dropout 0.5, {DENSE}")
CIFAR10_CNN = (f"conv 32 3x3 same relu, conv 32 3x3 relu, {POOL}, dropout 0.25, conv 64 3x3 same relu, "
               f"conv 64 3x3 relu, {POOL}, dropout 0.25, flatten, dense 512 relu, dropout 0.5, {DENSE}")
THREE = f"conv 32 3x3 relu, {POOL}, conv 64 3x3 relu, {POOL}, conv 128 3x3 relu, {POOL}"

NETWORKS = [
    Network("reference", REFERENCE, bars=KERAS),
    Network("mnist_convnet", CONVNET, bars=KERAS),
    Network("mnist_cnn", MNIST_CNN, bars=KERAS),
    Network("cifar10_cnn", CIFAR10_CNN, (32, 32, 3), bars=KERAS, two_threads=LARGE_TWO_THREADS),
    Network("64x64x3", f"{THREE}, flatten, dense 128 relu, {DENSE}", (64, 64, 3), bars=KERAS,
            two_threads=LARGE_TWO_THREADS),
    Network("128x128x3", f"{THREE}, conv 128 3x3 relu, {POOL}, flatten, dense 512 relu, {DENSE}",
            (128, 128, 3), bars=KERAS, two_threads=LARGE_TWO_THREADS),
    Network("mnist_convnet, batch norm", with_norm(CONVNET), bars=WITH_NORM),
    Network("mnist_cnn, batch norm", with_norm(MNIST_CNN), bars=WITH_NORM),
    Network("cifar10_cnn, batch norm", with_norm(CIFAR10_CNN), (32, 32, 3), bars=WITH_NORM),
    Network("strides", f"conv 32 3x3 stride 2 relu, conv 64 3x3 stride 2 relu, flatten, {DENSE}",
            bars=STRIDES),
    Network("MnistSimpleCNN M3", simple_cnn(3, range(32, 177, 16)), bars=SIMPLE),
    Network("MnistSimpleCNN M5", simple_cnn(5, range(32, 161, 32)), bars=SIMPLE),
    Network("MnistSimpleCNN M7", simple_cnn(7, range(48, 193, 48)), bars=SIMPLE),
    Network("ResNet-8", resnet8(), (32, 32, 3), bars=RESNET),
    Network("MobileNetV1 0.25", mobilenet(3), (96, 96, 3), 2, bars=DEPTHWISE),
    Network("DS-CNN", ds_cnn(), (49, 10, 1), 12, bars=DEPTHWISE),
]

# What the section `layers` puts between a first convolution and a last average: what a layer takes is
# the difference to the network without it, in images of 28x28x32.
LAYER_SHAPE = (28, 28, 1)
BEFORE, BEHIND = "conv 32 3x3 same relu", "globalavgpool, dense 10 softmax"
LAYERS = [
    "conv 32 3x3 same relu",
    "conv 32 5x5 same relu",
    "conv 32 1x1 relu",
    "conv 64 3x3 relu, maxpool 2",
    "conv 32 3x3 stride 2 same relu",
    "conv 32 3x3 dilation 2 same relu",
    "conv 32 3x3 same nobias, batchnorm relu",
    "conv 32 3x3 same, add 2 relu",
    "depthwise 3x3 same relu",
    "depthwise 3x3 stride 2 same relu",
    "separable 32 3x3 same relu",
    "batchnorm",
    "avgpool 2",
    "maxpool 2",
]
CONVOLUTIONS = f"conv 16 5x5 relu, {POOL}, conv 32 5x5 relu, {POOL}, {BEHIND}"  # of the reference


def with_layer(layer):
    """The network with a layer of LAYERS; without any for ""."""
    text = ", ".join(piece for piece in (BEFORE, layer, BEHIND) if piece)
    return Network(layer, text, LAYER_SHAPE)


def find(name):
    return next(network for network in NETWORKS if network.name == name)
