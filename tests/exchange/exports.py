"""The networks that exports_live.py exports: every kind of layer, every activation, all ends."""
import numpy as np

ACTIVATIONS = ("relu", "relu6", "leaky_relu 0.2", "elu 0.7", "selu", "sigmoid", "tanh", "swish", "gelu",
               "gelu_tanh", "softplus", "hard_sigmoid", "hard_swish")

# (name, architecture, input shape, classes)
NETWORKS = [
    ("tutorial", None, (28, 28, 1), 10),
    ("dense", "flatten, dense 32 relu, dense 10 softmax", (28, 28, 1), 10),
    ("logits", "conv 4 3x3 relu, flatten, dense 5", (9, 8, 3), 5),
    ("sigmoid", "conv 4 3x3 relu, flatten, dense 5 sigmoid", (9, 8, 3), 5),
    ("windows", "conv 4 3x3 same stride 2, conv 5 2x4 stride 2x1, maxpool 3 stride 2 same, flatten, "
     "dense 4 softmax", (21, 18, 1), 4),
    ("dilation", "conv 4 3x3 dilation 2 same nobias, conv 3 3x3 dilation 3x1, flatten, dense 4 nobias, "
     "softmax", (17, 13, 3), 4),
    ("depthwise", "depthwise 3x3 stride 2 same multiplier 2 relu, separable 6 3x3 same relu, "
     "separable 5 3x3 multiplier 2 nobias, globalavgpool, dense 3 softmax", (16, 15, 3), 3),
    ("pools", "conv 3 3x3 same, avgpool 3 stride 2 same, maxpool 2 stride 1 same, avgpool 2, "
     "globalmaxpool, dense 4 softmax", (19, 19, 1), 4),
    ("norms", "normalize 0.5 0.25 0.1 / 2 1 0.5, conv 4 3x3, batchnorm, relu, conv 4 3x3 same, "
     "batchnorm noscale, maxpool 2, batchnorm nocenter, flatten, dense 6, batchnorm, relu, "
     "dense 3 softmax", (12, 12, 3), 3),
    ("residual", "conv 8 3x3 same relu, conv 8 3x3 same, batchnorm, add 2 relu, "
     "conv 16 3x3 stride 2 same relu, conv 16 3x3 same, conv 16 1x1 stride 2 from 3, add 2 relu, "
     "globalavgpool, dense 10 softmax", (16, 16, 3), 10),
    ("pad", "zeropad 0 1 2 3, rescale 2 -0.5, spatialdropout 0.1, conv 4 3x3 valid relu, dropout 0.2, "
     "flatten, dense 4 softmax", (10, 9, 1), 4),
] + [(f"activation {name}", f"conv 4 3x3 {name}, flatten, dense 6 {name}, dense 3 softmax", (8, 8, 1), 3)
     for name in ACTIVATIONS]


def randomise(model, rng):
    """Weights that no framework starts with."""
    weights = {}
    for name, values in model.weights.items():
        scale = 0.5 / max(1, np.sqrt(values[..., 0].size)) if values.ndim > 1 else 0.1
        values = rng.normal(0, 4 * scale, values.shape)
        if name.endswith("/moving_variance"):
            values = 0.5 + rng.random(values.shape)
        elif name.endswith("/gamma"):
            values = 1 + values
        weights[name] = values
    model.set_weights(weights)


def make(mnistcnn, number):
    """(name, model, images) of a network, with another preparation for each."""
    name, architecture, shape, classes = NETWORKS[number]
    rng = np.random.default_rng(number)
    classes = [f"class {i}" for i in range(classes)]
    model = mnistcnn.Model.create(shape, classes, architecture)
    randomise(model, rng)
    if number % 3 == 1:
        model.temperature = 1.5
    if number % 4 == 2:
        other = (0.3, 0.2) if shape[2] == 3 else (0.0, 0.0)
        deviation = (0.25, 0.4) if shape[2] == 3 else (1.0, 1.0)
        model.preparation = mnistcnn.Preparation(mean=(0.1,) + other, deviation=(0.5,) + deviation,
                                                 invert=number % 8 == 2)
    return name, model, rng.integers(0, 256, (6,) + shape, dtype=np.uint8)
