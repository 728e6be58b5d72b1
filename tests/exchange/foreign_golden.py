#!/usr/bin/env python3
"""Writes the golden files of tests/exchange/foreign/: small networks as ONNX and as LiteRT, in the
spellings that exporters have, and what onnxruntime and LiteRT answer.

    foreign_golden.py onnx|tflite FOLDER

values.txt in FOLDER gets a line for each file: its name, and the answer to the image whose byte
(i, j, c) is (7 i + 13 j + 31 c) mod 256, divided by 255.
"""
import os
import sys

import numpy as np

KIND, FOLDER = sys.argv[1:3]
HEIGHT, WIDTH = 6, 5
RANDOM = np.random.default_rng(7)


def image(channels):
    return np.array([[[(7 * i + 13 * j + 31 * c) % 256 for c in range(channels)]
                      for j in range(WIDTH)] for i in range(HEIGHT)], np.float32)[None] / np.float32(255)


def weights(*shape):
    return (RANDOM.standard_normal(shape) / np.sqrt(max(1, np.prod(shape[1:])))).astype(np.float32)


def softmax(values):
    powers = np.exp(values - values.max())
    return powers / powers.sum()


def note(name, values, logits):
    """A line of what this library answers, which are probabilities."""
    found = softmax(values) if logits else values
    with open(os.path.join(FOLDER, "values.txt"), "a", encoding="utf-8") as file:
        print(name, *(f"{value:.9g}" for value in found), file=file)


# --- ONNX ------------------------------------------------------------------------------------------

if KIND == "onnx":
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper


class Graph:
    """An ONNX graph that is put together node by node."""

    def __init__(self, channels=1, opset=13, ir=7, shape=None, name="image"):
        self.nodes, self.initializers, self.opset, self.ir, self.count = [], [], opset, ir, 0
        self.channels, self.shape = channels, shape or ["N", channels, HEIGHT, WIDTH]
        self.last = self.name = name

    def constant(self, value, name=None):
        self.count += 1
        name = name or f"c{self.count}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, op, *inputs, outputs=None, **attributes):
        self.count += 1
        outputs = outputs or [f"v{self.count}"]
        self.nodes.append(helper.make_node(op, list(inputs), outputs, **attributes))
        self.last = outputs[0]
        return self.last

    def then(self, op, *more, **attributes):
        return self.node(op, self.last, *more, **attributes)

    def conv(self, filters, inputs, size=3, bias=True, groups=1, **attributes):
        more = [self.constant(weights(filters, inputs // groups, size, size))]
        if bias:
            more.append(self.constant(weights(filters)))
        if groups > 1:
            attributes["group"] = groups
        return self.then("Conv", *more, **attributes)

    def dense(self, inputs, units):
        return self.then("Gemm", self.constant(weights(units, inputs)), self.constant(weights(units)),
                         transB=1)

    def save(self, name, logits=True, classes=3, inputs_too=False, reverse=False, image_of=None):
        nodes = self.nodes[::-1] if reverse else self.nodes
        inputs = [helper.make_tensor_value_info(self.name, TensorProto.FLOAT, self.shape)]
        if inputs_too:
            inputs += [helper.make_tensor_value_info(i.name, i.data_type, i.dims) for i in self.initializers]
        output = helper.make_tensor_value_info(self.last, TensorProto.FLOAT, [None, classes])
        graph = helper.make_graph(nodes, "g", inputs, [output], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)],
                                  producer_name="", ir_version=self.ir)
        if reverse:
            sorted_model = helper.make_model(helper.make_graph(self.nodes, "g", inputs, [output],
                                                               self.initializers),
                                             opset_imports=model.opset_import, ir_version=self.ir)
        else:
            sorted_model = model
        onnx.save(model, os.path.join(FOLDER, name + ".onnx"))
        session = onnxruntime.InferenceSession(sorted_model.SerializeToString(),
                                               providers=["CPUExecutionProvider"])
        pixels = image(self.channels).transpose(0, 3, 1, 2)
        if image_of:
            pixels = image_of(image(self.channels))
        found = session.run(None, {self.name: np.ascontiguousarray(pixels)})[0].reshape(-1)
        note(name + ".onnx", found.astype(np.float64), logits)


def onnx_chain():
    """As PyTorch exports a small network: pads on all sides, Flatten, Gemm with transB."""
    g = Graph(channels=3)
    g.conv(4, 3, pads=[1, 1, 1, 1])
    g.then("Relu")
    g.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    g.conv(5, 4, size=2)
    g.then("Relu")
    g.then("Flatten")
    g.dense(10, 3)
    g.save("chain")


def onnx_norm():
    """Stride 2 with pads that are not Keras', batch norm, residual Add, ReduceMean, Reshape."""
    g = Graph(channels=3, opset=15)
    g.conv(4, 3, bias=False, pads=[1, 1, 1, 1], strides=[2, 2])
    for value in (np.abs(weights(4)) + 0.5, weights(4), weights(4), np.abs(weights(4)) + 0.5):
        g.constant(value.astype(np.float32))
    g.then("BatchNormalization", *[i.name for i in g.initializers[-4:]], epsilon=1e-3)
    x = g.then("Relu")
    g.conv(4, 4, pads=[1, 1, 1, 1], groups=4)
    g.node("Add", g.last, x)
    g.then("Relu")
    g.then("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    g.then("ReduceMean", axes=[2, 3], keepdims=0)
    g.dense(4, 3)
    g.then("Softmax")
    g.save("norm", logits=False)


def onnx_keras():
    """As tf2onnx exports: NHWC in, Transpose there and back, Reshape, MatMul and Add."""
    g = Graph(channels=3, shape=["N", HEIGHT, WIDTH, 3])
    g.then("Transpose", perm=[0, 3, 1, 2])
    g.conv(4, 3, auto_pad="SAME_UPPER")
    g.then("Relu")
    g.then("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    g.then("Transpose", perm=[0, 2, 3, 1])
    g.then("Reshape", g.constant(np.array([-1, 24], np.int64)))
    g.then("MatMul", g.constant(weights(24, 3)))
    g.then("Add", g.constant(weights(3)))
    g.then("Sigmoid")
    g.save("keras", logits=False, image_of=lambda pixels: pixels)


def onnx_computed():
    """Shapes that are computed, weights that are rearranged in the graph, old inputs, any order."""
    g = Graph(channels=1, opset=8, ir=3)
    kernel = g.constant(weights(3, 3, 1, 4))
    kernel = g.node("Transpose", kernel, perm=[3, 2, 0, 1])
    g.node("Conv", "image", kernel, auto_pad="SAME_LOWER", kernel_shape=[3, 3])
    g.then("Add", g.constant(weights(4, 1, 1)))
    x = g.then("LeakyRelu", alpha=0.2)
    batch = g.node("Gather", g.node("Shape", x), g.constant(np.array(0, np.int64)))
    batch = g.node("Unsqueeze", batch, axes=[0])
    rest = g.node("Constant", value=numpy_helper.from_array(np.array([-1], np.int64)))
    flat = g.node("Reshape", x, g.node("Concat", batch, rest, axis=0))
    g.node("MatMul", flat, g.node("Reshape", g.constant(weights(4, HEIGHT * WIDTH, 3)),
                            g.constant(np.array([120, 3], np.int64))))
    g.then("LogSoftmax", axis=1)
    g.save("computed", inputs_too=True, reverse=True)


def onnx_activations():
    """Activations as chains of other operations."""
    g = Graph(channels=1, opset=17)
    g.then("Sub", g.constant(np.float32(0.1307)))
    g.then("Div", g.constant(np.float32(0.3081)))
    x = g.conv(4, 1)
    e = g.node("Erf", g.node("Div", x, g.constant(np.float32(np.sqrt(2)))))
    e = g.node("Mul", x, g.node("Add", e, g.constant(np.float32(1))))
    g.node("Mul", e, g.constant(np.float32(0.5)))
    x = g.conv(4, 4)
    g.node("Mul", x, g.node("Sigmoid", x))
    g.then("Pad", g.constant(np.array([0, 0, 0, 1, 0, 0, 1, 0], np.int64)))
    x = g.conv(4, 4, size=2)
    h = g.node("Clip", g.node("Add", x, g.constant(np.float32(3))), g.constant(np.float32(0)),
               g.constant(np.float32(6)))
    g.node("Div", g.node("Mul", x, h), g.constant(np.float32(6)))
    g.then("GlobalAveragePool")
    g.then("Squeeze", g.constant(np.array([2, 3], np.int64)))
    g.dense(4, 3)
    g.then("Max", g.constant(np.float32(-1)))
    g.then("Min", g.constant(np.float32(1)))
    g.then("Mul", g.constant(np.array([2, 1, 3], np.float32)))
    g.save("activations")


def onnx_vector():
    """A vector of pixels, dense layers, one output."""
    g = Graph(channels=1, shape=["N", 36], opset=11)
    global HEIGHT, WIDTH
    height, width = HEIGHT, WIDTH
    HEIGHT = WIDTH = 6
    g.dense(36, 8)
    g.then("Elu", alpha=0.5)
    g.dense(8, 3)
    g.then("Softmax")
    g.save("vector", logits=False, image_of=lambda pixels: pixels.reshape(1, 36))
    HEIGHT, WIDTH = height, width


def onnx_stored():
    """Numbers in the lists of their types instead of raw, float16 and double, 8-bit weights."""
    g = Graph(channels=1, opset=13)
    kernel = weights(4, 1, 3, 3)
    g.initializers.append(helper.make_tensor("kernel", TensorProto.FLOAT, kernel.shape, kernel.ravel()))
    bias = weights(4).astype(np.float16)
    half = g.constant(bias)
    g.node("Conv", "image", "kernel", g.node("Cast", half, to=TensorProto.FLOAT))
    g.then("Relu")
    flat = g.then("Flatten")
    q = RANDOM.integers(-127, 128, (48, 3)).astype(np.int8)
    matrix = g.node("DequantizeLinear", g.constant(q), g.constant(np.array([0.01, 0.02, 0.03], np.float32)),
                    g.constant(np.array([1, -2, 3], np.int8)), axis=1)
    g.node("Gemm", flat, matrix, alpha=0.5)
    g.then("Softmax", axis=-1)
    g.save("stored", logits=False)


def onnx_padded():
    """Pads that are computed as PyTorch does it, from the last dimension to the first; softplus and a
    slope below 0 as a choice."""
    g = Graph(channels=1, opset=17)
    x = g.conv(4, 1)
    above = g.node("Greater", x, g.constant(np.float32(20)))
    g.node("Where", above, x, g.node("Softplus", x))
    kept = g.last
    zeros = g.node("ConstantOfShape", g.constant(np.array([4], np.int64)),
                   value=numpy_helper.from_array(np.array([0], np.int64)))
    pads = g.node("Concat", g.constant(np.array([1, 0, 2, 1], np.int64)), zeros, axis=0)
    pads = g.node("Reshape", pads, g.constant(np.array([-1, 2], np.int64)))
    pads = g.node("Slice", pads, *[g.constant(np.array([n], np.int64)) for n in (-1, -2 ** 63 + 1, 0, -1)])
    pads = g.node("Reshape", g.node("Transpose", pads, perm=[1, 0]), g.constant(np.array([-1], np.int64)))
    g.node("Pad", kept, g.node("Cast", pads, to=TensorProto.INT64), g.constant(np.float32(0)))
    x = g.conv(4, 4, size=2)
    below = g.node("Mul", x, g.constant(np.float32(0.3)))
    kept = g.node("Where", g.node("LessOrEqual", x, g.constant(np.float32(0))), below, x)
    odd = g.node("Slice", g.constant(np.array([9, 1, 9, 72, 9], np.int64)),
                 *[g.constant(np.array([n], np.int64)) for n in (1, 5, 0, 2)])
    g.node("Reshape", kept, odd)
    g.node("Gemm", g.last, g.constant(weights(3, 72)), g.constant(weights(3)), transB=1)
    g.save("padded")


def onnx_hinges():
    """PReLU with a slope for each channel as tf2onnx spells it, and bounds on one side. Numbers here are far
    beyond those of samples."""
    g = Graph(channels=1, opset=13)
    g.then("Mul", g.constant(np.float32(90000)))
    x = g.conv(4, 1)
    slopes = g.constant(weights(4, 1, 1))
    below = g.node("Mul", slopes, g.node("Min", x, g.constant(np.float32(0))))
    g.node("Add", g.node("Relu", x), below)
    g.then("Max", g.constant(np.float32(-1500)))
    g.then("Flatten")
    g.then("Mul", g.constant(np.float32(0.0001)))
    g.dense(48, 3)
    g.save("hinges")


def onnx_cut():
    """Zeros that are cut off again, rows and columns of an image, every second of them, pads below 0."""
    def lists(*numbers):
        return [g.constant(np.array(list_, np.int64)) for list_ in numbers]

    g = Graph(channels=1, opset=13)
    g.then("Pad", *lists([0, 0, 2, 2, 0, 0, 2, 2]))
    g.then("Slice", *lists([1, 1], [-1, -2], [2, 3]))
    g.conv(4, 1)
    g.then("Slice", *lists([1, -5], [2 ** 31 - 1, 5], [2, -1], [1, 2]))
    g.then("Transpose", perm=[0, 2, 3, 1])
    g.then("Slice", *lists([0, 1], [1, 2 ** 62], [0, 1]))
    g.then("Transpose", perm=[0, 3, 1, 2])
    g.then("Pad", *lists([0, 0, -1, 1, 0, 0, 0, -1]))
    g.then("Flatten")
    g.dense(24, 3)
    g.save("cut")


def onnx_factors():
    """The approximate GELU as tf2onnx has it: a part of it transposed, and the factor of a normalisation
    for each channel within it; a choice by what is not."""
    def number(value):
        return g.constant(np.float32(value))

    g = Graph(channels=1, opset=13)
    x = g.conv(4, 1)
    half = g.node("Mul", number(0.5), x)
    cube = g.node("Pow", g.node("Transpose", x, perm=[0, 2, 3, 1]), number(3))
    cube = g.node("Transpose", g.node("Mul", number(0.044715), cube), perm=[0, 3, 1, 2])
    inner = g.node("Mul", number(0.7978845608), g.node("Add", x, cube))
    factor = g.node("Mul", g.node("Add", number(1), g.node("Tanh", inner)), g.constant(weights(4, 1, 1)))
    g.node("Mul", g.constant(weights(4, 1, 1)), g.node("Mul", half, factor))
    x = g.then("Add", g.constant(weights(4, 1, 1)))
    is_small = g.node("Not", g.node("Greater", x, number(0)))
    g.node("Where", is_small, number(0), x)
    g.then("Flatten")
    g.dense(48, 3)
    g.save("factors")


def onnx_refused():
    """What is refused, each of it in a file of its own, which nothing else needs to run."""
    def number(value):
        return g.constant(np.float32(value))

    def save(name):
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, g.shape)
        output = helper.make_tensor_value_info(g.last, TensorProto.FLOAT, None)
        graph = helper.make_graph(g.nodes, "g", [image], [output], g.initializers)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="",
                                    ir_version=8), os.path.join(FOLDER, f"refused-{name}.onnx"))

    g = Graph()
    g.node("Add", "image", g.node("Where", number(1), number(2), number(3)))
    save("choice-of-constants")
    g = Graph()
    g.node("Where", "image", g.constant(np.array([1, 2, 3, 4, 5], np.float32)), "image")
    save("choice-of-many")
    g = Graph()
    g.node("Where", "image", g.conv(1, 1, size=1), "image")
    save("choice-of-images")
    g = Graph()
    g.node("Where", "image", "image")
    save("choice-of-two")
    g = Graph()
    g.node("QuickGelu", "image", domain="com.microsoft")
    save("optimised")
    for name, shape in ("large", [64, 65]), ("negative", [-1]), ("deep", [1] * 9):
        g = Graph()
        g.node("Add", "image", g.node("ConstantOfShape", g.constant(np.array(shape, np.int64))))
        save(name + "-constant")
    g = Graph()
    ends = [g.constant(np.array([n], np.int64)) for n in (0, 1, 0, 0)]
    g.node("Add", "image", g.node("Slice", g.constant(np.array([1, 2], np.float32)), *ends))
    save("step-of-0")
    for name, start, end, axis, step in (("channels", 1, 3, 1, 1), ("backwards", -1, -99, 2, -1), ("nothing", 3, 2, 3, 1)):
        g = Graph()
        g.conv(3, 1)
        g.then("Slice", *[g.constant(np.array([n], np.int64)) for n in (start, end, axis, step)])
        save("slice-of-" + name)
    g = Graph()
    g.node("Reshape", "image", g.node("Cast", g.constant(np.array([np.nan, -1], np.float32)), to=TensorProto.INT64))
    g.node("Conv", g.last, g.constant(weights(1, 1, 1, 1)))
    save("shape-of-nan")


# --- LiteRT ----------------------------------------------------------------------------------------

def save_tflite(name, network, **options):
    import tensorflow as tf
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    for key, value in options.items():
        setattr(converter, key, value)
    content = converter.convert()
    with open(os.path.join(FOLDER, name + ".tflite"), "wb") as file:
        file.write(content)
    return content


def tflite(name, network, **options):
    import tensorflow as tf
    content = save_tflite(name, network, **options)
    interpreter = tf.lite.Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], image(network.input_shape[-1]))
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).reshape(-1)
    note(name + ".tflite", found.astype(np.float64), False)


def write_tflite():
    import keras
    import tensorflow as tf
    layers = keras.layers
    keras.utils.set_random_seed(5)
    image_3 = layers.Input((HEIGHT, WIDTH, 3))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(image_3)
    y = layers.DepthwiseConv2D(3, padding="same")(x)
    y = layers.Activation("hard_swish")(layers.BatchNormalization()(y))
    x = layers.Add()([x, y])
    x = layers.AveragePooling2D(2, padding="same")(x)
    x = layers.GlobalAveragePooling2D()(x)
    tflite("residual", keras.Model(image_3, layers.Dense(3, activation="softmax")(x)))
    image_1 = layers.Input((HEIGHT, WIDTH, 1))
    x = layers.ZeroPadding2D(((1, 0), (0, 1)))(image_1)
    x = layers.LeakyReLU(negative_slope=0.1)(layers.Conv2D(4, 3, strides=2)(x))
    x = layers.MaxPooling2D(2)(x)
    x = layers.Dense(6, activation="relu6")(layers.Flatten()(x))
    network = keras.Model(image_1, layers.Dense(3, activation="sigmoid")(x))
    tflite("strides", network)
    half = keras.Model(image_1, network.output)
    tflite("half", half, optimizations=[tf.lite.Optimize.DEFAULT],
           target_spec=tf.lite.TargetSpec(supported_types=[tf.float16]))


    x = layers.Conv2D(4, 3, activation="selu")(image_1)
    x = layers.Conv2D(4, 2, activation="softplus")(layers.Conv2D(4, 1, activation="hard_sigmoid")(x))
    x = layers.Dense(3, activation="softmax")(layers.Flatten()(x))
    tflite("choices", keras.Model(image_1, x))

    class Parts(layers.Layer):
        """A convolution on the parts of an image, with another operation before they are joined."""

        def __init__(self, crops, then, **options):
            super().__init__(**options)
            self.kernel = tf.constant(weights(2, 2, 4, 4))
            self.crops, self.then = crops, then

        def call(self, x):
            x = tf.space_to_batch_nd(x, [2, 2], [[2, 2], [0, 1]])
            x = self.then(tf.nn.conv2d(x, self.kernel, 1, "SAME"))
            x = tf.batch_to_space(x, [2, 2], self.crops)
            return tf.ensure_shape(x, [None, *x.shape[1:]])

    x = layers.Conv2D(4, 3, padding="same", dilation_rate=2, activation="relu")(image_1)
    x = layers.DepthwiseConv2D(2, dilation_rate=(1, 3), activation="tanh")(x)
    x = Parts([[0, 1], [1, 2]], lambda y: y * tf.sigmoid(y), name="parts")(layers.ZeroPadding2D(((0, 1), (1, 0)))(x))
    x = layers.Cropping2D(((1, 0), (0, 1)))(layers.ZeroPadding2D(((0, 0), (0, 1)))(x))
    last = layers.Dense(3, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(stddev=30, seed=1))
    dilated = keras.Model(image_1, last(layers.Flatten()(x[:, ::2])))
    tflite("dilated", dilated)

    x = layers.Conv2D(4, 1)(image_1)
    y = Parts([[0, 0], [0, 0]], lambda y: tf.nn.max_pool2d(y, 2, 1, "SAME"))(x)
    save_tflite("refused-pool-of-parts", keras.Model(image_1, layers.Dense(3)(layers.Flatten()(y))))
    save_tflite("refused-slice-of-channels", keras.Model(image_1, layers.Dense(3)(layers.Flatten()(x[..., 1:]))))


def main():
    os.makedirs(FOLDER, exist_ok=True)
    if KIND == "tflite":
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        write_tflite()
        return
    for write in (onnx_chain, onnx_norm, onnx_keras, onnx_computed, onnx_activations, onnx_vector,
                  onnx_stored, onnx_padded, onnx_refused, onnx_hinges, onnx_cut, onnx_factors):
        write()


if __name__ == "__main__":
    main()
