#!/usr/bin/env python3
"""Writes layer_values.txt: what small networks of each kind of layer predict, and what their parameters
are after a few steps of plain gradient descent. Computed in double by the formulas of the layers, as
Keras defines them, without any code of the library; tests/api/test_layer_values.c compares.

    python3 tests/golden/layers.py [--check-keras] [--check-tf-keras] [--check-torch]

With an option nothing is written: the numbers are compared with those of Keras 3, of Keras 2 (tf-keras,
whose batch normalisation of images keeps the unbiased variance) or of PyTorch."""
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import architecture  # noqa: E402

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
MARGIN = 2e-5  # that single precision cannot cross: of every kink of an activation, of every maximum


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def softmax(x):
    p = np.exp(x - x.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def activate(layer, x):
    """(f(x), f'(x), distance to the nearest kink)"""
    kind, a = layer.activation, layer.parameter
    one, far = np.ones_like(x), np.inf
    if kind == "linear":
        return x, one, far
    if kind == "relu":
        return np.maximum(x, 0), one * (x > 0), np.abs(x).min()
    if kind == "relu6":
        return np.clip(x, 0, 6), one * ((x > 0) & (x < 6)), min(np.abs(x).min(), np.abs(x - 6).min())
    if kind == "leaky_relu":
        return np.where(x > 0, x, a * x), np.where(x > 0, one, a * one), np.abs(x).min()
    if kind == "elu":
        return np.where(x > 0, x, a * np.expm1(np.minimum(x, 0))), np.where(
            x > 0, one, a * np.exp(np.minimum(x, 0))), far
    if kind == "sigmoid":
        s = sigmoid(x)
        return s, s * (1 - s), far
    if kind == "tanh":
        return np.tanh(x), 1 - np.tanh(x) ** 2, far
    if kind in ("swish", "silu"):
        s = sigmoid(x)
        return x * s, s + x * s * (1 - s), far
    raise ValueError(f"no activation {kind}")


class Windows:
    """The places of a padded image that each element of the window meets, one element after another."""

    def __init__(self, layer, shape):
        self.layer, self.out = layer, layer.shape[:2]
        self.pads = [layer.padding(axis, shape[axis]) for axis in (0, 1)]

    def pad(self, x, value=0.0):
        return np.pad(x, ((0, 0), *self.pads, (0, 0)), constant_values=value)

    def unpad(self, x):
        (top, _), (left, _) = self.pads
        return x[:, top:x.shape[1] - self.pads[0][1], left:x.shape[2] - self.pads[1][1]]

    def __iter__(self):
        layer = self.layer
        for i in range(layer.size[0]):
            for j in range(layer.size[1]):
                rows, columns = (
                    slice(at * layer.dilation[axis],
                          at * layer.dilation[axis] + (self.out[axis] - 1) * layer.stride[axis] + 1,
                          layer.stride[axis]) for axis, at in ((0, i), (1, j)))
                yield i, j, (slice(None), rows, columns)


def convolve(layer, x, kernel):
    windows = Windows(layer, x.shape[1:])
    padded = windows.pad(x)
    return sum(padded[place] @ kernel[i, j] for i, j, place in windows)


def convolve_back(layer, x, kernel, dy):
    windows = Windows(layer, x.shape[1:])
    padded = windows.pad(x)
    dx, dkernel = np.zeros_like(padded), np.zeros_like(kernel)
    for i, j, place in windows:
        dkernel[i, j] = np.einsum("nhwc,nhwo->co", padded[place], dy)
        dx[place] += dy @ kernel[i, j].T
    return windows.unpad(dx), dkernel


def depthwise(layer, x, kernel):
    windows = Windows(layer, x.shape[1:])
    padded = windows.pad(x)
    y = sum(padded[place][..., None] * kernel[i, j] for i, j, place in windows)
    return y.reshape(*y.shape[:3], -1)


def depthwise_back(layer, x, kernel, dy):
    windows = Windows(layer, x.shape[1:])
    padded = windows.pad(x)
    dx, dkernel = np.zeros_like(padded), np.zeros_like(kernel)
    dy = dy.reshape(*dy.shape[:3], *kernel.shape[2:])
    for i, j, place in windows:
        dkernel[i, j] = np.einsum("nhwc,nhwcm->cm", padded[place], dy)
        dx[place] += np.einsum("nhwcm,cm->nhwc", dy, kernel[i, j])
    return windows.unpad(dx), dkernel


class Network:
    """Predicts and trains; `parameters` is {"conv2d_1/kernel": array}."""

    def __init__(self, layers, parameters):
        self.layers, self.parameters = layers, parameters
        self.margin = np.inf

    def of(self, layer):
        return {name: self.parameters[f"{layer.name}/{name}"] for name in layer.parameters}

    # ------------------------------------------------------------------------------------- forward

    def forward(self, images, training=False):
        """The logits of the images."""
        self.images, self.outputs, self.saved = images, [], []
        self.statistics, self.margin = {}, np.inf
        for layer in self.layers:
            x = [self.outputs[i] if i >= 0 else images for i in layer.inputs]
            y, saved = getattr(self, layer.kind, self.same)(layer, x, self.of(layer), training)
            y, slope, margin = activate(layer, y)
            self.margin = min(self.margin, margin)
            self.outputs.append(y)
            self.saved.append((x, saved, slope))
        return self.outputs[-1].reshape(len(images), -1)

    @staticmethod
    def same(layer, x, w, training):
        return x[0], None

    @staticmethod
    def flatten(layer, x, w, training):
        return x[0].reshape(len(x[0]), -1), None

    @staticmethod
    def dense(layer, x, w, training):
        return x[0] @ w["kernel"] + w.get("bias", 0), None

    @staticmethod
    def conv(layer, x, w, training):
        return convolve(layer, x[0], w["kernel"]) + w.get("bias", 0), None

    @staticmethod
    def depthwise(layer, x, w, training):
        return depthwise(layer, x[0], w["kernel"]) + w.get("bias", 0), None

    @staticmethod
    def separable(layer, x, w, training):
        middle = depthwise(layer, x[0], w["depthwise_kernel"])
        return middle @ w["pointwise_kernel"][0, 0] + w.get("bias", 0), middle

    def maxpool(self, layer, x, w, training):
        windows = Windows(layer, x[0].shape[1:])
        padded = windows.pad(x[0], -np.inf)
        seen = np.stack([padded[place] for _, _, place in windows])
        if len(seen) > 1:
            upper = np.sort(seen, axis=0)[-2:]
            tied = upper[1] - upper[0]
            zeros = (upper[1] == 0) & (upper[0] == 0)  # behind a relu no gradient goes on
            self.margin = min(self.margin, np.where(zeros, np.inf, tied).min())
        return seen.max(0), seen.argmax(0)

    @staticmethod
    def avgpool(layer, x, w, training):
        windows = Windows(layer, x[0].shape[1:])
        padded, inside = windows.pad(x[0]), windows.pad(np.ones_like(x[0]))
        count = sum(inside[place] for _, _, place in windows)
        return sum(padded[place] for _, _, place in windows) / count, count

    @staticmethod
    def globalavgpool(layer, x, w, training):
        return x[0].mean((1, 2)), None

    @staticmethod
    def zeropad(layer, x, w, training):
        rows, columns = layer.size
        return np.pad(x[0], ((0, 0), (rows, rows), (columns, columns), (0, 0))), None

    @staticmethod
    def add(layer, x, w, training):
        return x[0] + x[1], None

    def batchnorm(self, layer, x, w, training):
        axes = tuple(range(x[0].ndim - 1))
        mean, variance = w["moving_mean"], w["moving_variance"]
        if training:
            mean, variance = x[0].mean(axes), x[0].var(axes)
            count = x[0].size // x[0].shape[-1]
            kept = variance * count / (count - 1) if layer.unbiased else variance
            self.statistics[layer.name] = mean, kept, layer.momentum
        deviation = np.sqrt(variance + layer.epsilon)
        normal = (x[0] - mean) / deviation
        return normal * w.get("gamma", 1.0) + w.get("beta", 0.0), (normal, deviation)

    # ------------------------------------------------------------------------------------ backward

    def backward(self, slope):
        """{parameter: gradient}, from the loss's gradient at the logits."""
        slopes = [np.zeros_like(y) for y in self.outputs]
        slopes[-1] = slope.reshape(self.outputs[-1].shape)
        gradients = {}
        for index in reversed(range(len(self.layers))):
            layer = self.layers[index]
            x, saved, local = self.saved[index]
            back = getattr(self, f"{layer.kind}_back", self.same_back)
            dx, dw = back(layer, x, self.of(layer), saved, slopes[index] * local)
            gradients.update({f"{layer.name}/{name}": value for name, value in dw.items()})
            for source, value in zip(layer.inputs, dx):
                if source >= 0:
                    slopes[source] += value
        return gradients

    @staticmethod
    def bias_slope(w, dy):
        return {"bias": dy.sum(tuple(range(dy.ndim - 1)))} if "bias" in w else {}

    @staticmethod
    def same_back(layer, x, w, saved, dy):
        return [dy.reshape(x[0].shape)], {}

    def dense_back(self, layer, x, w, saved, dy):
        return [dy @ w["kernel"].T], {"kernel": x[0].T @ dy, **self.bias_slope(w, dy)}

    def conv_back(self, layer, x, w, saved, dy):
        dx, dkernel = convolve_back(layer, x[0], w["kernel"], dy)
        return [dx], {"kernel": dkernel, **self.bias_slope(w, dy)}

    def depthwise_back(self, layer, x, w, saved, dy):
        dx, dkernel = depthwise_back(layer, x[0], w["kernel"], dy)
        return [dx], {"kernel": dkernel, **self.bias_slope(w, dy)}

    def separable_back(self, layer, x, w, saved, dy):
        pointwise = np.einsum("nhwc,nhwo->co", saved, dy)[None, None]
        dx, dkernel = depthwise_back(layer, x[0], w["depthwise_kernel"],
                                     dy @ w["pointwise_kernel"][0, 0].T)
        return [dx], {"depthwise_kernel": dkernel, "pointwise_kernel": pointwise,
                      **self.bias_slope(w, dy)}

    @staticmethod
    def maxpool_back(layer, x, w, saved, dy):
        windows = Windows(layer, x[0].shape[1:])
        dx = np.zeros_like(windows.pad(x[0]))
        for number, (_, _, place) in enumerate(windows):
            dx[place] += dy * (saved == number)
        return [windows.unpad(dx)], {}

    @staticmethod
    def avgpool_back(layer, x, w, saved, dy):
        windows = Windows(layer, x[0].shape[1:])
        dx = np.zeros_like(windows.pad(x[0]))
        for _, _, place in windows:
            dx[place] += dy / saved
        return [windows.unpad(dx)], {}

    @staticmethod
    def globalavgpool_back(layer, x, w, saved, dy):
        rows, columns = x[0].shape[1:3]
        return [np.broadcast_to(dy[:, None, None] / (rows * columns), x[0].shape)], {}

    @staticmethod
    def zeropad_back(layer, x, w, saved, dy):
        rows, columns = layer.size
        return [dy[:, rows:dy.shape[1] - rows, columns:dy.shape[2] - columns]], {}

    @staticmethod
    def add_back(layer, x, w, saved, dy):
        return [dy, dy], {}

    @staticmethod
    def batchnorm_back(layer, x, w, saved, dy):
        normal, deviation = saved
        axes = tuple(range(dy.ndim - 1))
        dgamma, dbeta = (dy * normal).sum(axes), dy.sum(axes)
        count = dy.size // dy.shape[-1]
        dx = w.get("gamma", 1.0) / deviation * (dy - dbeta / count - normal * dgamma / count)
        both = {"gamma": dgamma, "beta": dbeta}
        return [dx], {name: both[name] for name in both if name in w}

    # ------------------------------------------------------------------------------------ training

    def probabilities(self, images):
        logits = self.forward(images)
        return sigmoid(logits) if self.layers[-1].output == "sigmoid" else softmax(logits)

    def step(self, images, labels, loss, smoothing, rate):
        logits = self.forward(images, training=True)
        classes = logits.shape[1]
        target = np.eye(classes)[labels]
        if self.layers[-1].output == "sigmoid":
            target = target * (1 - smoothing) + smoothing / 2
            slope = (sigmoid(logits) - target) / classes
        elif loss == "categorical":
            slope = softmax(logits) - (target * (1 - smoothing) + smoothing / classes)
        else:
            p = softmax(logits)
            outer = (-target / p + (1 - target) / (1 - p)) / classes
            slope = p * (outer - (p * outer).sum(1, keepdims=True))
        margin = self.margin
        for name, gradient in self.backward(slope / len(images)).items():
            self.parameters[name] = self.parameters[name] - rate * gradient
        for name, (mean, variance, momentum) in self.statistics.items():
            for which, value in (("mean", mean), ("variance", variance)):
                key = f"{name}/moving_{which}"
                self.parameters[key] = momentum * self.parameters[key] + (1 - momentum) * value
        return margin


# --- cases ----------------------------------------------------------------------------------------

BN = "batchnorm momentum 0.9 epsilon 0.001"
END = "flatten, dense 2 softmax"
MEAN = "globalavgpool, dense 2 softmax"  # has fewer weights
CASES = [  # (name, architecture, input, what differs from the defaults)
    ("strides, same, odd", f"conv 2 3x3 stride 2 same, {END}", (5, 5, 1), {}),
    ("strides, same, even", f"conv 2 3x3 stride 2 same relu, {END}", (6, 6, 1), {}),
    ("strides, valid", f"conv 2 3x3 stride 2 relu, {END}", (6, 7, 1), {}),
    ("strides, other each way", f"conv 2 3x2 stride 2x1 same relu, {END}", (6, 5, 1), {}),
    ("strides wider than the window", f"conv 2 2x2 stride 3 relu, {END}", (8, 7, 1), {}),
    ("strides, 17 filters", f"conv 17 3x3 stride 2 same relu, globalavgpool, dense 2 softmax",
     (7, 7, 1), {}),
    ("two convolutions with strides",
     f"conv 3 3x3 stride 2 same relu, conv 4 3x3 stride 2 relu, {MEAN}", (9, 10, 1), {}),
    ("dilation, same", f"conv 2 3x3 dilation 2 same relu, {END}", (6, 6, 1), {}),
    ("dilation, valid", f"conv 2 3x3 dilation 2 relu, {END}", (7, 6, 1), {}),
    ("dilation, other each way", f"conv 2 2x3 dilation 3x1 same relu, {MEAN}", (5, 6, 1), {}),
    ("dilation behind a convolution", f"conv 3 3x3 relu, conv 2 3x3 dilation 2 same relu, {MEAN}",
     (7, 6, 1), {}),
    ("one by one", f"conv 4 1x1 relu, conv 2 1x1 relu, {END}", (4, 4, 3), {}),
    ("one by one with strides, no bias", f"conv 3 3x3 same relu, conv 2 1x1 stride 2 nobias relu, {MEAN}",
     (5, 6, 1), {}),
    ("strides and pooling", f"conv 2 3x3 stride 2 same relu, maxpool 2, {END}", (8, 8, 1), {}),
    ("overlapping maxima, same", f"conv 2 3x3 same relu, maxpool 3 stride 2 same, {END}", (5, 6, 1), {}),
    ("mean, same", f"conv 2 3x3 relu, avgpool 3 stride 2 same, {END}", (7, 8, 1), {}),
    ("mean of 2x2", f"conv 2 3x3 relu, avgpool 2, {END}", (7, 6, 1), {}),
    ("zeros around", f"zeropad 1, conv 2 3x3 stride 2 relu, {END}", (6, 5, 1), {}),
    ("depthwise", f"depthwise 3x3 relu, {END}", (5, 5, 3), {}),
    ("depthwise, same", f"conv 4 1x1, depthwise 3x3 same relu, {MEAN}", (4, 5, 1), {}),
    ("depthwise, strides", f"conv 4 3x3 same relu, depthwise 3x3 stride 2 same relu, {MEAN}",
     (6, 6, 1), {}),
    ("depthwise, dilation", f"conv 3 1x1, depthwise 3x3 dilation 2 same relu, {MEAN}", (6, 5, 1), {}),
    ("depthwise, multiplier", f"depthwise 3x2 multiplier 2 relu, {END}", (4, 5, 3), {}),
    ("depthwise, no bias", f"depthwise 2x3 stride 2 same multiplier 2 nobias, {END}", (5, 6, 3), {}),
    ("depthwise, 17 channels",
     "conv 17 1x1 relu, depthwise 3x3 same relu, globalavgpool, dense 2 softmax", (5, 5, 3), {}),
    ("separable", f"separable 4 3x3 relu, {MEAN}", (5, 5, 3), {}),
    ("separable, strides", f"separable 3 3x3 stride 2 same relu, {END}", (6, 6, 3), {}),
    ("separable, multiplier, no bias", f"separable 2 3x3 same multiplier 2 nobias relu, {END}",
     (4, 5, 3), {}),
    ("separable, dilation", f"conv 2 3x3 relu, separable 3 2x2 dilation 2 relu, {MEAN}", (6, 6, 1), {}),
    ("batch norm", f"conv 2 3x3, {BN} relu, {END}", (5, 5, 1), {}),
    ("batch norm, no bias before it", f"conv 3 3x3 nobias, {BN} relu, maxpool 2, {END}", (6, 6, 1), {}),
    ("batch norm behind relu", f"conv 3 3x3 relu, {BN}, {END}", (5, 5, 1), {}),
    ("batch norm behind pooling", f"conv 3 3x3 relu, maxpool 2, {BN}, conv 2 2x2 relu, {MEAN}",
     (8, 8, 1), {}),
    ("batch norm of the image", f"{BN}, conv 2 3x3 relu, {END}", (5, 5, 3), {}),
    ("batch norm of a vector", f"conv 2 3x3 relu, flatten, dense 5, {BN} relu, dense 2 softmax",
     (5, 5, 1), {"images": 6, "batch": 6}),
    ("batch norm of means", f"conv 4 3x3 relu, globalavgpool, {BN}, dense 2 softmax", (6, 6, 1),
     {"images": 6, "batch": 6}),
    ("batch norm at the end", f"conv 2 3x3 relu, flatten, dense 2 nobias, {BN} softmax", (5, 5, 1),
     {"images": 6, "batch": 6}),
    ("batch norm, unbiased", f"conv 2 3x3, {BN} unbiased relu, {END}", (5, 5, 1), {}),
    ("batch norm without gamma", f"conv 2 3x3, {BN} noscale relu, {END}", (5, 5, 1), {}),
    ("batch norm without beta", f"conv 2 3x3, {BN} nocenter relu, {END}", (5, 5, 1), {}),
    ("batch norm, other constants",
     f"conv 2 3x3, batchnorm momentum 0.75 epsilon 0.00001 relu, {END}", (5, 5, 1), {}),
    ("batch norm, a smaller last batch", f"conv 2 3x3, {BN} relu, maxpool 2, {END}", (6, 6, 1),
     {"images": 5, "batch": 3}),
    ("batch norm, 17 channels", f"conv 17 2x2 nobias, {BN} relu, globalavgpool, dense 2 softmax",
     (5, 5, 1), {}),
    ("batch norm, elu", f"conv 2 3x3, {BN} elu, {END}", (5, 5, 1), {}),
    ("batch norm, depthwise", f"depthwise 3x3 nobias, {BN} relu, {END}", (5, 5, 3), {}),
    ("batch norm, strides", f"conv 3 3x3 stride 2 same nobias, {BN} relu, {END}", (6, 6, 1), {}),
    ("add", f"conv 3 3x3 same relu, conv 3 3x3 same, add 2 relu, {MEAN}", (4, 4, 1), {}),
    ("add, no activation", f"conv 2 3x3 relu, conv 2 3x3 same relu, add 2, {END}", (6, 6, 1), {}),
    ("add by name",
     f"conv 2 3x3 relu, conv 2 3x3 same relu, conv 2 3x3 same, add conv2d_1 relu, {MEAN}",
     (6, 6, 1), {}),
    ("add, a convolution in the shortcut",
     f"conv 2 3x3 same relu, conv 3 3x3 stride 2 same relu, conv 3 3x3 same, "
     f"conv 3 1x1 stride 2 same from 3, add 2 relu, {MEAN}", (6, 6, 1), {}),
    ("add, pooling in the shortcut",
     f"conv 2 3x3 same relu, conv 2 3x3 stride 2 same relu, avgpool 2 from 2, add 2 relu, {END}",
     (6, 6, 1), {}),
    ("add to a sum", f"conv 2 3x3 same relu, conv 2 3x3 same, add 2 relu, conv 2 3x3 same, add 2, "
     f"add 5 relu, {MEAN}", (4, 4, 1), {}),
    ("residual block with batch norm",
     f"conv 3 3x3 same, {BN} relu, conv 3 3x3 same, {BN} relu, conv 3 3x3 same, {BN}, add 5 relu, "
     f"{MEAN}", (4, 4, 1), {}),
    ("as in ResNet-8", f"conv 2 3x3 same, {BN} relu, conv 4 3x3 stride 2 same, {BN} relu, "
     f"conv 4 3x3 same, {BN}, conv 4 1x1 stride 2 same from 5, add 2 relu, avgpool 3, {MEAN}",
     (6, 6, 3), {}),
    ("as in MobileNet", f"conv 4 3x3 stride 2 same, {BN} relu, depthwise 3x3 same, {BN} relu, "
     f"conv 5 1x1, {BN} relu, depthwise 3x3 stride 2 same, {BN} relu, conv 4 1x1, {BN} relu, "
     f"globalavgpool, dense 2 softmax", (8, 8, 1), {}),
    ("as in MnistSimpleCNN", f"conv 2 3x3 nobias, {BN} relu, conv 3 3x3 nobias, {BN} relu, flatten, "
     f"dense 2 nobias, {BN} softmax", (6, 6, 1), {"images": 6, "batch": 6}),
    ("binary cross entropy", f"conv 2 3x3 stride 2 same, {BN} relu, {END}", (6, 6, 1),
     {"loss": "binary"}),
    ("label smoothing", f"conv 2 3x3 stride 2 same relu, {END}", (6, 6, 1), {"smoothing": 0.125}),
    ("sigmoid", "conv 2 3x3 relu, flatten, dense 2 sigmoid", (5, 5, 1), {"loss": "binary"}),
    ("sigmoid, label smoothing", "conv 2 3x3 relu, flatten, dense 2 sigmoid", (5, 5, 1),
     {"loss": "binary", "smoothing": 0.125}),
    ("logits", "conv 2 3x3 relu, flatten, dense 2", (5, 5, 1), {}),
    ("logits, binary cross entropy", "conv 2 3x3 relu, flatten, dense 2", (5, 5, 1),
     {"loss": "binary"}),
    ("no dense layer", "conv 4 3x3 relu, conv 2 1x1, globalavgpool softmax", (5, 5, 1), {}),
    ("dense, no bias", "flatten, dense 4 nobias relu, dense 2 nobias softmax", (4, 4, 1), {}),
]
DEFAULTS = {"images": 4, "batch": 4, "loss": "categorical", "smoothing": 0.0, "rate": 0.5}
CLASSES = 2


class Bytes:
    """What stands in the place of random numbers, so that the table does not have to hold them."""

    def __init__(self, seed):
        self.state = seed

    def take(self, shape):
        values = []
        for _ in range(int(np.prod(shape))):
            self.state = (1103515245 * self.state + 12345) % 2**31
            values.append(self.state >> 16 & 255)
        return np.array(values).reshape(shape)


def spread(name, shape):
    """(middle, width) of a parameter's values: powers of two, so that single precision holds them."""
    kind = name.rpartition("/")[2]
    if kind in ("gamma", "moving_variance"):
        return 1, 0.5
    if "kernel" not in kind:
        return 0, 0.5
    fan = np.prod(shape[:2]) if kind == "depthwise_kernel" or "depthwise" in name else np.prod(shape[:-1])
    return 0, 2.0 ** np.round(np.log2(2.5 / np.sqrt(fan)))


class Case:
    """One of CASES with images and parameters that keep clear of every kink."""

    def __init__(self, name, text, shape, other):
        self.name, self.text, self.shape = name, text, shape
        self.settings = {**DEFAULTS, **other}
        self.layers = architecture.read(text, shape, CLASSES)
        self.seed = 1
        while not self.draw():
            self.seed += 1

    def draw(self):
        noise, count = Bytes(self.seed), self.settings["images"]
        self.pixels = noise.take((count, *self.shape))
        self.labels = np.arange(count) % CLASSES
        self.spread, self.before = {}, {}
        for name, shape in architecture.tensors(self.layers).items():
            middle, width = self.spread[name] = spread(name, shape)
            self.before[name] = middle + width * (noise.take(shape) - 128) / 128
        network = Network(self.layers, dict(self.before))
        self.predicted = network.probabilities(self.pixels / 255)
        margin = self.train(network)
        self.after, self.predicted_after = network.parameters, network.probabilities(self.pixels / 255)
        return margin > MARGIN

    def train(self, network):
        batch, margin = self.settings["batch"], np.inf
        for at in range(0, len(self.pixels), batch):
            margin = min(margin, network.step(
                self.pixels[at:at + batch] / 255, self.labels[at:at + batch],
                *(self.settings[key] for key in ("loss", "smoothing", "rate"))))
        return margin

    def lines(self):
        def row(word, values):
            return f"{word} " + " ".join(f"{v:.6f}".replace("0.", ".", 1) if abs(v) < 1 else f"{v:.6f}"
                                         for v in np.ravel(values))
        s = self.settings
        yield f"case {self.name}"
        yield f"architecture {self.text}"
        yield "input " + " ".join(map(str, self.shape))
        yield f"training {s['images']} {s['batch']} {s['loss']} {s['smoothing']:g} {s['rate']:g}"
        yield f"seed {self.seed}"
        for name, (middle, width) in self.spread.items():
            yield f"tensor {name} {self.before[name].size} {middle:g} {width:g}"
        yield row("predicted", self.predicted)
        for name, values in self.after.items():
            yield row(f"after {name}", values)
        yield row("predicted-after", self.predicted_after)
        yield "end"


HEAD = """\
# Made by layers.py; do not edit.
#   case         name
#   input        height, width, channels
#   training     images, batch size, loss, label smoothing, learning rate
#   seed         of s = (1103515245 s + 12345) mod 2^31; its bits 16 to 23 are first the pixels, image by
#                image and channels last, then b of every tensor. The labels are 0, 1, 0, 1, ...
#   tensor       name, count, middle, width: values middle + width (b - 128) / 128, in Keras' order
#   predicted    outputs of the images before training, predicted-after behind one epoch of it
#   after        a tensor behind it
"""


def write(cases):
    text = HEAD
    text += "".join(line + "\n" for case in cases for line in case.lines())
    (HERE / "layer_values.txt").write_text(text)


def main():
    cases = [Case(*case) for case in CASES]
    checks = [word.removeprefix("--check-") for word in sys.argv[1:]]
    if not checks:
        write(cases)
        return 0
    import layers_check
    return max(layers_check.check(name, cases) for name in checks)


if __name__ == "__main__":
    sys.exit(main())
