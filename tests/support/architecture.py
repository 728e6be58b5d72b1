"""Reads an architecture text (docs/architecture.md) into a list of layers with names, shapes and inputs,
for the programs in Python that build the same network another way."""
import dataclasses
import math

ACTIVATIONS = {"linear": None, "relu": None, "relu6": None, "leaky_relu": 0.2, "elu": 1.0, "selu": None,
               "sigmoid": None, "tanh": None, "swish": None, "silu": None, "gelu": None,
               "gelu_tanh": None, "softplus": None, "hard_sigmoid": None, "hard_swish": None,
               "hard_silu": None}  # with the default of its parameter
OUTPUTS = ("softmax", "sigmoid")
NAMES = {"conv": "conv2d", "depthwise": "depthwise_conv2d", "separable": "separable_conv2d",
         "maxpool": "max_pooling2d", "avgpool": "average_pooling2d",
         "globalavgpool": "global_average_pooling2d", "globalmaxpool": "global_max_pooling2d",
         "zeropad": "zero_padding2d", "rescale": "rescaling", "dropout": "dropout",
         "spatialdropout": "spatial_dropout2d", "flatten": "flatten", "dense": "dense",
         "batchnorm": "batch_normalization", "add": "add", "softmax": "softmax"}


@dataclasses.dataclass
class Layer:
    kind: str
    name: str
    inputs: list  # indices of the layers read; -1 is the image
    shape: tuple = ()  # of the output: (height, width, channels) or (values,)
    units: int = 0  # filters or outputs
    size: tuple = (1, 1)
    stride: tuple = (1, 1)
    dilation: tuple = (1, 1)
    same: bool = False
    multiplier: int = 1
    bias: bool = True
    activation: str = "linear"
    parameter: float = 0.0  # slope or alpha
    output: str = ""  # softmax or sigmoid behind it
    momentum: float = 0.99
    epsilon: float = 1e-3
    unbiased: bool = False  # the variance that goes into the moving one
    scale: bool = True  # gamma
    center: bool = True  # beta
    rate: float = 0.0
    values: tuple = ()
    parameters: dict = dataclasses.field(default_factory=dict)  # name -> shape

    def padding(self, axis, extent):
        """(before, behind), as TensorFlow pads."""
        if not self.same:
            return 0, 0
        reach = (self.size[axis] - 1) * self.dilation[axis] + 1
        total = max((math.ceil(extent / self.stride[axis]) - 1) * self.stride[axis] + reach - extent, 0)
        return total // 2, total - total // 2


def pair(word):
    numbers = [int(part) for part in word.split("x")]
    return (numbers[0], numbers[-1])


def is_number(word):
    return word.replace(".", "").replace("-", "").replace("e", "").isdigit()


class Reader:
    def __init__(self, text, shape, classes):
        self.shape, self.classes = tuple(shape), classes
        self.layers, self.counts, self.names = [], {}, {}
        for piece in text.split(","):
            self.read(piece.split())

    def name_of(self, kind):
        name = NAMES.get(kind, "activation")
        self.counts[name] = self.counts.get(name, 0) + 1
        return f"{name}_{self.counts[name]}"

    def target(self, word):
        """A number of layers back, or a name."""
        return len(self.layers) - int(word) if word.isdigit() else self.names[word]

    def read(self, words):
        kind, words = words[0], words[1:]
        if kind == "softmax":
            self.layers[-1].output = kind
            return
        layer = Layer(kind, self.name_of(kind), [len(self.layers) - 1])
        if kind in ACTIVATIONS:
            words.insert(0, kind)
        elif kind in ("conv", "separable"):
            layer.units, layer.size = int(words[0]), pair(words[1])
            words = words[2:]
        elif kind in ("depthwise", "maxpool", "avgpool", "zeropad"):
            layer.size = pair(words.pop(0))
        elif kind == "dense":
            word = words.pop(0)
            layer.units = self.classes if word == "classes" else int(word)
        elif kind in ("dropout", "spatialdropout"):
            layer.rate = float(words.pop(0))
        elif kind == "rescale":
            layer.values = float(words[0]), float(words[1])
            words = words[2:]
        elif kind == "add":
            layer.inputs.append(self.target(words.pop(0)))
        if kind in ("maxpool", "avgpool"):
            layer.stride = layer.size
        self.read_options(layer, words)
        layer.shape = self.shape_of(layer)
        self.names[layer.name] = len(self.layers)
        self.layers.append(layer)

    def read_options(self, layer, words):
        words = list(words)
        while words:
            word = words.pop(0)
            if word in ("stride", "dilation"):
                setattr(layer, word, pair(words.pop(0)))
            elif word in ("multiplier",):
                layer.multiplier = int(words.pop(0))
            elif word in ("momentum", "epsilon"):
                setattr(layer, word, float(words.pop(0)))
            elif word == "from":
                layer.inputs[0] = self.target(words.pop(0))
            elif word in ("same", "valid"):
                layer.same = word == "same"
            elif word == "nobias":
                layer.bias = False
            elif word == "unbiased":
                layer.unbiased = True
            elif word == "noscale":
                layer.scale = False
            elif word == "nocenter":
                layer.center = False
            elif word == "softmax":
                layer.output = word
            elif word in ACTIVATIONS:
                layer.activation = word
                has = ACTIVATIONS[word] is not None
                layer.parameter = (float(words.pop(0)) if has and words and is_number(words[0])
                                   else ACTIVATIONS[word] or 0.0)
            else:
                raise ValueError(f"layer {len(self.layers) + 1}: unknown word {word}")

    def input_shape(self, layer, which=0):
        index = layer.inputs[which]
        return self.layers[index].shape if index >= 0 else self.shape

    def window_shape(self, layer, shape):
        out = []
        for axis in (0, 1):
            reach = (layer.size[axis] - 1) * layer.dilation[axis] + 1
            extent = shape[axis] + sum(layer.padding(axis, shape[axis]))
            out.append((extent - reach) // layer.stride[axis] + 1)
        return tuple(out)

    def shape_of(self, layer):
        shape = self.input_shape(layer)
        channels = shape[-1]
        kernel, bias = {}, lambda count: {"bias": (count,)} if layer.bias else {}
        if layer.kind == "conv":
            layer.parameters = {"kernel": (*layer.size, channels, layer.units), **bias(layer.units)}
            return (*self.window_shape(layer, shape), layer.units)
        if layer.kind == "depthwise":
            out = channels * layer.multiplier
            layer.parameters = {"kernel": (*layer.size, channels, layer.multiplier), **bias(out)}
            return (*self.window_shape(layer, shape), out)
        if layer.kind == "separable":
            layer.parameters = {
                "depthwise_kernel": (*layer.size, channels, layer.multiplier),
                "pointwise_kernel": (1, 1, channels * layer.multiplier, layer.units),
                **bias(layer.units)}
            return (*self.window_shape(layer, shape), layer.units)
        if layer.kind in ("maxpool", "avgpool"):
            return (*self.window_shape(layer, shape), channels)
        if layer.kind in ("globalavgpool", "globalmaxpool"):
            return (channels,)
        if layer.kind == "zeropad":
            return (shape[0] + 2 * layer.size[0], shape[1] + 2 * layer.size[1], channels)
        if layer.kind == "flatten":
            return (math.prod(shape),)
        if layer.kind == "dense":
            layer.parameters = {"kernel": (shape[0], layer.units), **bias(layer.units)}
            return (layer.units,)
        if layer.kind == "batchnorm":
            kernel = {"gamma": (channels,)} if layer.scale else {}
            kernel.update({"beta": (channels,)} if layer.center else {})
            layer.parameters = {**kernel, "moving_mean": (channels,), "moving_variance": (channels,)}
        if layer.kind == "add" and shape != self.input_shape(layer, 1):
            raise ValueError(f"{layer.name}: {shape} and {self.input_shape(layer, 1)}")
        return shape


def read(text, shape, classes=10):
    """The layers of a text, for images of `shape` (height, width, channels)."""
    layers = Reader(text, shape, classes).layers
    last = layers[-1]
    if last.activation == "sigmoid" and not last.output:  # the output's, computed with the loss
        last.activation, last.output = "linear", "sigmoid"
    return layers


def tensors(layers):
    """{"conv2d_1/kernel": shape} in the order of the layers."""
    return {f"{layer.name}/{name}": shape for layer in layers
            for name, shape in layer.parameters.items()}


def multiply_adds(layers, shape):
    """Of one image through the convolutions and dense layers: what the others take is not counted."""
    total = 0
    for layer in layers:
        before = layers[layer.inputs[0]].shape if layer.inputs[0] >= 0 else shape
        places = math.prod(layer.shape[:-1])
        if layer.kind == "conv":
            total += places * math.prod(layer.parameters["kernel"])
        elif layer.kind == "depthwise":
            total += places * math.prod(layer.parameters["kernel"])
        elif layer.kind == "separable":
            total += places * (math.prod(layer.parameters["depthwise_kernel"]) +
                               math.prod(layer.parameters["pointwise_kernel"]))
        elif layer.kind == "dense":
            total += before[0] * layer.units
    return total
