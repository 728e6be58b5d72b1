#!/usr/bin/env python3
"""Networks of every kind of layer, made, saved and predicted by PyTorch, imported and predicted here.

    torch_live.py LIBMNISTCNN LIBMNISTCNN_EXCHANGE

Each is saved whole, as an nn.Sequential, and as a state_dict in every form that torch.save(),
pickle.dump() and safetensors write.
"""
import collections
import os
import pickle
import sys
import tempfile

import torch
from torch import nn

import torch_models

TOLERANCE = 1e-5


def convolutions():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.5),
        nn.Linear(6 * 6 * 6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 10))


def depthwise():
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU6(), nn.Conv2d(6, 12, 3, groups=6, padding=1),
        nn.BatchNorm2d(12, eps=1e-3), nn.SiLU(), nn.Conv2d(12, 8, 1, groups=4), nn.Hardswish(),
        nn.AvgPool2d(3, stride=2), nn.Dropout2d(0.1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4),
        nn.Softmax(dim=1))


def windows():
    return nn.Sequential(
        nn.ZeroPad2d((1, 0, 2, 1)), nn.Conv2d(1, 4, (3, 2), dilation=(2, 1)), nn.LeakyReLU(),
        nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(4, 4, 2, padding="same"), nn.ELU(0.5),
        nn.MaxPool2d(2, ceil_mode=True), nn.BatchNorm2d(4, affine=False), nn.Tanh(), nn.Identity(),
        nn.Sequential(nn.Conv2d(4, 3, 5, padding=(2, 0)), nn.GELU(), nn.BatchNorm2d(3)),
        nn.ReLU(), nn.MaxPool2d(3, stride=2, padding=1), nn.Flatten(), nn.BatchNorm1d(7 * 5 * 3), nn.Linear(7 * 5 * 3, 5),
        nn.LogSoftmax(dim=1))


def vectors():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 12), nn.Sigmoid(), nn.Linear(12, 9, bias=False), nn.SELU(),
                         nn.Linear(9, 7), nn.Softplus(), nn.Linear(7, 6), nn.Hardsigmoid(), nn.Linear(6, 3))


def global_maximum():
    return nn.Sequential(nn.Conv2d(1, 5, 5), nn.GELU(approximate="tanh"), nn.AdaptiveMaxPool2d((1, 1)), nn.Flatten(),
                         nn.Linear(5, 2))


def separable():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1, groups=1), nn.ReLU(), nn.Conv2d(4, 8, 3, padding=1, groups=4, bias=False),
        nn.Conv2d(8, 6, 1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(4), nn.Conv2d(6, 5, 7), nn.Flatten())


def implied():
    """Found without its architecture, since its Sequential leaves nothing open."""
    return nn.Sequential(nn.Conv2d(1, 3, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(432, 2))


# The shape of the input, and the network as the user would give it.
NETWORKS = {
    separable: ((1, 28, 28), "conv 4 3x3 same relu, separable 6 3x3 same multiplier 2, batchnorm relu, maxpool 4, "
                "flatten, dense 5"),
    implied: ((1, 28, 28), None),
    convolutions: ((1, 28, 28), "conv 4 3x3 same, batchnorm relu, maxpool 2, conv 6 3x3 nobias relu, maxpool 2, "
                   "flatten, dense 8, batchnorm relu, dense 10"),
    depthwise: ((3, 32, 32), "zeropad 1, conv 6 3x3 stride 2 relu6, depthwise 3x3 same multiplier 2, batchnorm "
                "epsilon 0.001 swish, conv 8 1x1 hard_swish, avgpool 3 stride 2, globalavgpool, dense 4 softmax"),
    windows: ((1, 28, 28), "zeropad 2 1 1 0, conv 4 3x2 dilation 2x1 leaky_relu, maxpool 3 stride 1 same, "
              "conv 4 2x2 same elu 0.5, maxpool 2 same, batchnorm noscale nocenter, tanh, zeropad 2 2 0 0, "
              "conv 3 5x5 gelu, batchnorm, relu, zeropad 1, maxpool 3 stride 2, flatten, batchnorm, dense 5"),
    vectors: ((1, 28, 28), "flatten, dense 12 sigmoid, dense 9 nobias selu, dense 7 softplus, dense 6 hard_sigmoid, "
              "dense 3"),
    global_maximum: ((1, 28, 28), "conv 5 5x5 gelu_tanh, globalmaxpool, dense 2"),
}


def pattern(shape):
    channels, height, width = shape
    return [(7 * i + 13 * j + 31 * c) % 256 for i in range(height) for j in range(width) for c in range(channels)]


def image(shape):
    channels, height, width = shape
    pixels = torch.tensor(pattern(shape), dtype=torch.float32).reshape(1, height, width, channels)
    return pixels.permute(0, 3, 1, 2).contiguous() / 255


def randomise(model, seed=5):
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(torch.randn(tensor.shape) * 0.4)
                if name.endswith("running_var"):
                    tensor.abs_().add_(0.5)
    return model.eval()


def answer(model, shape):
    with torch.no_grad():
        return torch_models.as_probabilities([float(x) for x in model(image(shape))[0]])


# --- the forms of a state_dict ---------------------------------------------------------------------

def strided(weights):
    """The same tensors as views: channels last, transposed, parts of a larger storage, expanded."""
    views = collections.OrderedDict()
    for name, tensor in weights.items():
        if tensor.dim() == 4:
            views[name] = tensor.contiguous(memory_format=torch.channels_last)
        elif tensor.dim() == 2:
            views[name] = tensor.t().contiguous().t()
        elif tensor.dim() == 1 and bool((tensor == tensor[0]).all()):
            views[name] = tensor[:1].clone().expand(tensor.shape)
        elif tensor.dim() == 1:
            views[name] = torch.cat([torch.ones(3), tensor, torch.ones(5)])[3:-5]
        else:
            views[name] = tensor
    return views


def save_zip(weights, path):
    torch.save(weights, path)


def save_legacy(weights, path):
    torch.save(weights, path, _use_new_zipfile_serialization=False)


def save_protocol_4(weights, path):
    torch.save(weights, path, pickle_protocol=4)


def save_strided(weights, path):
    torch.save(strided(weights), path)


def save_strided_legacy(weights, path):
    torch.save(strided(weights), path, _use_new_zipfile_serialization=False)


def save_wrapped(weights, path):
    inner = collections.OrderedDict((f"module.{name}", tensor) for name, tensor in weights.items())
    parameter = nn.Parameter(torch.randn(3))
    optimiser = torch.optim.SGD([parameter], lr=0.1, momentum=0.9)
    parameter.sum().backward()
    optimiser.step()
    torch.save({"epoch": 3, "best": 0.98, "names": ["a", "b"], "model_state_dict": inner,
                "optimizer": optimiser.state_dict()}, path)


def save_parameters(weights, path):
    torch.save({name: nn.Parameter(tensor) if tensor.is_floating_point() else tensor
                for name, tensor in weights.items()}, path)


def save_double(weights, path):
    torch.save({name: tensor.double() if tensor.is_floating_point() else tensor for name, tensor in weights.items()},
               path)


def save_bare(weights, path):
    with open(path, "wb") as file:
        pickle.dump(weights, file)


def save_safetensors(weights, path):
    from safetensors.torch import save_file
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, path)


FORMS = [save_zip, save_legacy, save_protocol_4, save_strided, save_strided_legacy, save_wrapped, save_parameters,
         save_double, save_bare, save_safetensors]


def to_half(weights, dtype):
    return collections.OrderedDict((name, tensor.to(dtype) if tensor.is_floating_point() else tensor)
                                   for name, tensor in weights.items())


# --- comparing -------------------------------------------------------------------------------------

class Comparison:
    def __init__(self, libraries):
        self.libraries = libraries
        self.count = self.wrong = 0

    def check(self, what, path, shape, expected, architecture=None):
        size = (0, 0) if shape[1] == (28 if shape[0] == 1 else 32) else shape[1:]
        model, message, _ = self.libraries.import_file(path, "unit", architecture, size)
        self.count += 1
        if not model:
            self.wrong += 1
            print(f"WRONG: {what}: {message}")
            return
        found = self.libraries.predict(model, pattern(shape))
        difference = max(abs(a - b) for a, b in zip(found, expected))
        text = self.libraries.architecture(model)
        self.libraries.free(model)
        if not difference < TOLERANCE:
            self.wrong += 1
            print(f"WRONG: {what}: {difference:.2g} ({text})")


def compare_network(comparison, make, folder):
    shape, architecture = NETWORKS[make]
    model = randomise(make())
    expected = answer(model, shape)
    path = os.path.join(folder, "model")
    for legacy in (False, True):
        torch.save(model, path, _use_new_zipfile_serialization=not legacy)
        comparison.check(f"{make.__name__}, whole, legacy {legacy}", path, shape, expected)
    for save in FORMS:
        try:
            save(model.state_dict(), path)
        except ImportError:
            print("skipped: no safetensors")
            continue
        comparison.check(f"{make.__name__}, {save.__name__}", path, shape, expected, architecture)
    for dtype in (torch.float16, torch.bfloat16):
        weights = to_half(model.state_dict(), dtype)
        save_zip(weights, path)
        rounded = make()
        rounded.load_state_dict(weights)
        comparison.check(f"{make.__name__}, {dtype}", path, shape, answer(rounded.eval(), shape), architecture)


def main():
    comparison = Comparison(torch_models.TorchLibraries(*sys.argv[1:3]))
    with tempfile.TemporaryDirectory() as folder:
        for make in NETWORKS:
            compare_network(comparison, make, folder)
    print(f"torch {torch.__version__}: {comparison.count} files, {comparison.wrong} wrong")
    return 1 if comparison.wrong or comparison.count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
