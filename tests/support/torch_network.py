"""Builds the network of an architecture text as a PyTorch module for NCHW images.

Weights come and go as {"conv2d_1/kernel": array} in Keras' order. A module pads as Keras does; with
`symmetric` it pads alike on both sides, as people write it in PyTorch: the same work, without a pad
operation of its own."""
import math

import numpy
import torch
import torch.nn.functional as functional
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "relu6": nn.ReLU6, "selu": nn.SELU, "sigmoid": nn.Sigmoid,
               "tanh": nn.Tanh, "swish": nn.SiLU, "silu": nn.SiLU, "gelu": nn.GELU,
               "softplus": nn.Softplus, "hard_sigmoid": nn.Hardsigmoid, "hard_swish": nn.Hardswish}


def activation_of(layer):
    if layer.activation == "leaky_relu":
        return nn.LeakyReLU(layer.parameter)
    if layer.activation == "elu":
        return nn.ELU(layer.parameter)
    if layer.activation == "gelu_tanh":
        return nn.GELU(approximate="tanh")
    return ACTIVATIONS[layer.activation]()


class SameAverage(nn.Module):
    """Padding does not count."""

    def __init__(self, size, stride, pads):
        super().__init__()
        self.size, self.stride, self.pads = size, stride, pads

    def forward(self, x):
        inside = functional.pad(torch.ones_like(x), self.pads)
        return (functional.avg_pool2d(functional.pad(x, self.pads), self.size, self.stride) /
                functional.avg_pool2d(inside, self.size, self.stride))


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Largest(nn.Module):
    def forward(self, x):
        return x.amax((2, 3))


class Scale(nn.Module):
    def __init__(self, scale, offset):
        super().__init__()
        self.scale, self.offset = scale, offset

    def forward(self, x):
        return x * self.scale + self.offset


def padded(layer, shape, symmetric, value=0.0):
    """(padding of a convolution, the module that pads before it or None)"""
    top, left = layer.padding(0, shape[0]), layer.padding(1, shape[1])
    if symmetric or (top[0] == top[1] and left[0] == left[1]):
        return ((sum(top) + 1) // 2, (sum(left) + 1) // 2), None
    return 0, nn.ConstantPad2d((*left, *top), value)


def convolution(layer, channels, out, groups, pad):
    return nn.Conv2d(channels, out, layer.size, layer.stride, pad, layer.dilation, groups,
                     bias=layer.bias and layer.kind != "separable")


def modules_of(layer, shape, symmetric):
    """What a layer is made of, its activation last."""
    channels, kind = shape[-1], layer.kind
    if kind == "conv":
        pad, before = padded(layer, shape, symmetric)
        made = [before, convolution(layer, channels, layer.units, 1, pad)]
    elif kind == "depthwise":
        pad, before = padded(layer, shape, symmetric)
        made = [before, convolution(layer, channels, channels * layer.multiplier, channels, pad)]
    elif kind == "separable":
        pad, before = padded(layer, shape, symmetric)
        middle = channels * layer.multiplier
        made = [before, convolution(layer, channels, middle, channels, pad),
                nn.Conv2d(middle, layer.units, 1, bias=layer.bias)]
    elif kind == "maxpool":
        pad, before = padded(layer, shape, False, -math.inf)
        made = [before, nn.MaxPool2d(layer.size, layer.stride, pad)]
    elif kind == "avgpool" and layer.same:
        made = [SameAverage(layer.size, layer.stride,
                            (*layer.padding(1, shape[1]), *layer.padding(0, shape[0])))]
    elif kind == "avgpool":
        made = [nn.AvgPool2d(layer.size, layer.stride)]
    elif kind == "batchnorm":
        if not (layer.scale and layer.center):
            raise NotImplementedError("batch normalisation without gamma or beta")
        norm = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        made = [norm(channels, layer.epsilon, 1 - layer.momentum)]
    elif kind == "dense":
        made = [nn.Linear(channels, layer.units, bias=layer.bias)]
    elif kind == "zeropad":
        made = [nn.ZeroPad2d((layer.size[1], layer.size[1], layer.size[0], layer.size[0]))]
    else:
        made = {"flatten": lambda: [nn.Flatten()], "globalavgpool": lambda: [Mean()],
                "globalmaxpool": lambda: [Largest()], "dropout": lambda: [nn.Dropout(layer.rate)],
                "spatialdropout": lambda: [nn.Dropout2d(layer.rate)],
                "rescale": lambda: [Scale(*layer.values)], "add": list}.get(kind, list)()
    made += [activation_of(layer)] if layer.activation != "linear" else []
    return [module for module in made if module]


class Network(nn.Module):
    """Gives logits, or with `output` what the text ends in."""

    def __init__(self, layers, shape, symmetric=False, output=False):
        super().__init__()
        self.plan, self.image_shape = layers, tuple(shape)
        self.blocks = nn.ModuleList(
            nn.Sequential(*modules_of(layer, self.shape_before(layer), symmetric)) for layer in layers)
        self.end = {"softmax": nn.Softmax(dim=1), "sigmoid": nn.Sigmoid()}.get(
            layers[-1].output if output else "", nn.Identity())
        # Outputs that something behind the next layer reads.
        self.kept = {i for at, layer in enumerate(layers) for i in layer.inputs if i not in (at - 1,)}

    def shape_before(self, layer):
        index = layer.inputs[0]
        return self.plan[index].shape if index >= 0 else self.image_shape

    def forward(self, x):
        kept = {-1: x} if -1 in self.kept else {}
        for at, (layer, block) in enumerate(zip(self.plan, self.blocks)):
            if layer.inputs[0] != at - 1:
                x = kept[layer.inputs[0]]
            if layer.kind == "add":
                x = x + kept[layer.inputs[1]]
            x = block(x)
            if at in self.kept:
                kept[at] = x
        return self.end(x)


def to_torch(layers, shape, index, name, values):
    """A parameter in Keras' order as PyTorch has it."""
    layer = layers[index]
    if layer.kind == "dense" and name == "kernel":
        before = layers[layer.inputs[0]] if layer.inputs[0] >= 0 else None
        if before and before.kind == "flatten":  # its rows are channels last
            source = before.inputs[0]
            image = layers[source].shape if source >= 0 else shape
            if len(image) == 3:
                values = values.reshape(*image, -1).transpose(2, 0, 1, 3).reshape(values.shape)
        return values.T
    if "kernel" in name and values.ndim == 4:
        if layer.kind == "depthwise" or name == "depthwise_kernel":
            height, width, channels, multiplier = values.shape
            return values.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)
        return values.transpose(3, 2, 0, 1)
    return values


def tensors(network, layers):
    """{"conv2d_1/kernel": tensor of the module}"""
    found = {}
    words = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
             "moving_variance": "running_var"}
    for layer, block in zip(layers, network.blocks):
        weighted = [m for m in block if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d,
                                                       nn.BatchNorm1d))]
        for name in layer.parameters:
            module = weighted[0 if name == "depthwise_kernel" else -1]
            word = words.get(name, "bias" if name == "bias" else "weight")
            found[f"{layer.name}/{name}"] = getattr(module, word)
    return found


def load(network, layers, shape, values):
    with torch.no_grad():
        for name, tensor in tensors(network, layers).items():
            layer, _, parameter = name.partition("/")
            index = next(i for i, one in enumerate(layers) if one.name == layer)
            tensor.copy_(torch.from_numpy(numpy.ascontiguousarray(
                to_torch(layers, shape, index, parameter, numpy.asarray(values[name])))))
