"""Writes the network of an architecture text as an ONNX model for NCHW images, with weights of its own
or random ones: flatten makes no transpose, since the order of a dense kernel's random rows is free."""
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 17, 8
ACTIVATIONS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "selu": "Selu",
               "softplus": "Softplus", "hard_swish": "HardSwish"}


class Writer:
    def __init__(self, layers, shape, seed=1):
        self.layers, self.shape = layers, shape
        self.nodes, self.weights = [], []
        self.random = np.random.default_rng(seed)

    def constant(self, name, values):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values, np.float32), name))
        return name

    def node(self, kind, inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def kernel(self, name, shape):
        """Uniform as Glorot has it; [out, in, h, w] or [out, in]."""
        receptive = math.prod(shape[2:])
        limit = math.sqrt(6 / (receptive * (shape[0] + shape[1])))
        return self.constant(name, self.random.uniform(-limit, limit, shape))

    def window(self, layer, before):
        top, left = layer.padding(0, before[0]), layer.padding(1, before[1])
        return {"kernel_shape": layer.size, "strides": layer.stride,
                "pads": (top[0], left[0], top[1], left[1])}

    def convolution(self, layer, x, before, out, groups, bias, word="kernel"):
        inputs = [x, self.kernel(f"{layer.name}/{word}", (out, before[2] // groups, *layer.size))]
        inputs += [self.constant(f"{layer.name}/bias", np.zeros(out))] if bias else []
        return self.node("Conv", inputs, group=groups, dilations=layer.dilation,
                         **self.window(layer, before))

    def pointwise(self, layer, x, channels):
        inputs = [x, self.kernel(f"{layer.name}/pointwise", (layer.units, channels, 1, 1))]
        inputs += [self.constant(f"{layer.name}/bias", np.zeros(layer.units))] if layer.bias else []
        return self.node("Conv", inputs, kernel_shape=(1, 1))

    def normalisation(self, layer, x, channels):
        """Statistics as after some training: near to, but not, 0 and 1."""
        draw = self.random.uniform
        values = (("gamma", 0.5, 1.5), ("beta", -0.5, 0.5), ("mean", -0.5, 0.5), ("variance", 0.5, 1.5))
        inputs = [self.constant(f"{layer.name}/{name}", draw(low, high, channels))
                  for name, low, high in values]
        return self.node("BatchNormalization", [x, *inputs], epsilon=layer.epsilon)

    def dense(self, layer, x, before):
        inputs = [x, self.kernel(f"{layer.name}/kernel", (layer.units, before[0]))]
        inputs += [self.constant(f"{layer.name}/bias", np.zeros(layer.units))] if layer.bias else []
        return self.node("Gemm", inputs, transB=1)

    def activated(self, layer, x):
        if layer.activation == "linear":
            return x
        if layer.activation == "relu6":
            bounds = [self.constant(f"{layer.name}/{name}", np.float32(value))
                      for name, value in (("low", 0), ("high", 6))]
            return self.node("Clip", [x, *bounds])
        if layer.activation in ("leaky_relu", "elu"):
            kind = "LeakyRelu" if layer.activation == "leaky_relu" else "Elu"
            return self.node(kind, [x], alpha=layer.parameter)
        if layer.activation in ("swish", "silu"):
            return self.node("Mul", [x, self.node("Sigmoid", [x])])
        return self.node(ACTIVATIONS[layer.activation], [x])

    def layer(self, layer, inputs, before):
        x, kind = inputs[0], layer.kind
        if kind == "conv":
            return self.convolution(layer, x, before, layer.units, 1, layer.bias)
        if kind in ("depthwise", "separable"):
            middle = before[2] * layer.multiplier
            y = self.convolution(layer, x, before, middle, before[2],
                                 layer.bias and kind == "depthwise")
            return y if kind == "depthwise" else self.pointwise(layer, y, middle)
        if kind == "maxpool":
            return self.node("MaxPool", [x], **self.window(layer, before))
        if kind == "avgpool":
            return self.node("AveragePool", [x], **self.window(layer, before))
        if kind in ("globalavgpool", "globalmaxpool"):
            pool = "GlobalAveragePool" if kind == "globalavgpool" else "GlobalMaxPool"
            return self.node("Flatten", [self.node(pool, [x])], axis=1)
        if kind == "batchnorm":
            return self.normalisation(layer, x, before[-1])
        if kind == "flatten":
            return self.node("Flatten", [x], axis=1)
        if kind == "dense":
            return self.dense(layer, x, before)
        if kind == "add":
            return self.node("Add", inputs)
        if kind in ("dropout", "spatialdropout") or not layer.parameters:
            return x
        raise NotImplementedError(kind)

    def write(self, batch):
        outputs = []
        for layer in self.layers:
            inputs = [outputs[i] if i >= 0 else "image" for i in layer.inputs]
            before = self.layers[layer.inputs[0]].shape if layer.inputs[0] >= 0 else self.shape
            outputs.append(self.activated(layer, self.layer(layer, inputs, before)))
        last = self.layers[-1].output
        end = self.node(last.capitalize(), [outputs[-1]]) if last else outputs[-1]
        height, width, channels = self.shape
        graph = helper.make_graph(
            self.nodes, "network",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, [batch, channels, height, width])],
            [helper.make_tensor_value_info(end, TensorProto.FLOAT, [batch, *self.layers[-1].shape])],
            self.weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)],
                                 ir_version=IR_VERSION)


def build(layers, shape, batch="N"):
    """The model's bytes; `batch` is a number of images, or a name where any number will do."""
    model = Writer(layers, shape).write(batch)
    onnx.checker.check_model(model)
    return model.SerializeToString()
