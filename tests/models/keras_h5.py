"""Reads Keras' .h5 files with h5py into an architecture text and tensors with the library's names."""
import json

import h5py
import numpy as np

WINDOWS = {"Conv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D"}


def by(size):
    return f"{size[0]}x{size[1]}"


def decimal(number):
    """Without an exponent."""
    return f"{number:.9f}".rstrip("0")


def words_of(kind, config):
    """The text of a layer without what it reads."""
    words = {
        "Conv2D": lambda: ["conv", str(config["filters"]), by(config["kernel_size"])],
        "DepthwiseConv2D": lambda: ["depthwise", by(config["kernel_size"])],
        "MaxPooling2D": lambda: ["maxpool", by(config["pool_size"])],
        "AveragePooling2D": lambda: ["avgpool", by(config["pool_size"])],
        "BatchNormalization": lambda: ["batchnorm", "momentum", decimal(config["momentum"]),
                                       "epsilon", decimal(config["epsilon"])],
        "Activation": lambda: [config["activation"]],
        "Add": lambda: ["add"],
        "Flatten": lambda: ["flatten"],
        "Dense": lambda: ["dense", str(config["units"])],
    }[kind]()
    if kind in WINDOWS:
        default = config.get("pool_size", [1, 1])
        words += ["stride", by(config["strides"])] if config["strides"] != default else []
        words += ["same"] if config["padding"] == "same" else []
    if config.get("depth_multiplier", 1) != 1:
        words += ["multiplier", str(config["depth_multiplier"])]
    words += [] if config.get("use_bias", True) else ["nobias"]
    words += [] if config.get("scale", True) else ["noscale"]
    words += [] if config.get("center", True) else ["nocenter"]
    if kind != "Activation" and config.get("activation", "linear") != "linear":
        words.append(config["activation"])
    return words


class Graph:
    """The layers in an order in which what only one layer reads stands directly before it."""

    def __init__(self, layers):
        self.sources = {layer["config"]["name"]: [node[0] for nodes in layer["inbound_nodes"]
                                                  for node in nodes] for layer in layers}
        self.readers = {name: [r for r, sources in self.sources.items() if name in sources]
                        for name in self.sources}
        self.layers = {layer["config"]["name"]: layer for layer in layers}
        self.order = []
        for name in self.sources:
            self.place(name)

    def place(self, name):
        while name not in self.order and all(s in self.order for s in self.sources[name]):
            self.order.append(name)
            if len(self.readers[name]) != 1:
                return
            name = self.readers[name][0]

    def text(self):
        """(text, [names of layers by their place in it]); an activation goes to the layer before."""
        pieces, names, place = [], [], {}
        for name in self.order:
            kind, config = self.layers[name]["class_name"], self.layers[name]["config"]
            sources = [place[s] for s in self.sources[name]]
            if kind == "InputLayer":
                place[name] = -1
                continue
            words = words_of(kind, config)
            at = len(pieces)
            if kind == "Activation" and sources == [at - 1]:
                pieces[-1] += words
                place[name] = at - 1
                continue
            if kind == "Add":
                other = sources[0] if sources[1] == at - 1 else sources[1]
                words.insert(1, str(at - other))
            elif sources != [at - 1]:
                words += ["from", str(at - sources[0])]
            place[name] = at
            pieces.append(words)
            names.append(name)
        return ", ".join(" ".join(words) for words in pieces), names


def weights_of(group, name):
    """{"kernel": array}, whatever the layer's name before it."""
    found = {}
    for path in group[name].attrs["weight_names"]:
        path = path.decode() if isinstance(path, bytes) else path
        word = path.rsplit("/", 1)[1].split(":")[0]
        found["kernel" if word == "depthwise_kernel" else word] = np.asarray(group[name][path])
    return found


def read(path):
    """(shape of the input, architecture text, [{parameter: array} by place in the text])."""
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])["config"]
        text, names = Graph(config["layers"]).text()
        shape = tuple(config["layers"][0]["config"]["batch_input_shape"][1:])
        return shape, text, [weights_of(file["model_weights"], name) for name in names]
