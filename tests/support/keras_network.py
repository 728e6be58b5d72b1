"""Builds the network of an architecture text in Keras (3, or 2 as the package tf_keras).

Weights come and go as {"conv2d_1/kernel": array}. Import it before anything else of TensorFlow."""
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def activation_of(keras, layer):
    name, a = layer.activation, layer.parameter
    if name == "relu6":
        return lambda x: keras.layers.ReLU(max_value=6.0)(x)
    if name == "leaky_relu":
        return lambda x: keras.activations.get("leaky_relu")(x, a)
    if name == "elu":
        return lambda x: keras.activations.get("elu")(x, a)
    return keras.activations.get("swish" if name == "silu" else name)


def maker(keras, layer):
    """The layer of Keras; its activation is applied apart."""
    layers = keras.layers
    window = {"strides": layer.stride, "padding": "same" if layer.same else "valid", "name": layer.name}
    bias = {"use_bias": layer.bias}
    dilated = {**window, **bias, "dilation_rate": layer.dilation}
    make = {
        "conv": lambda: layers.Conv2D(layer.units, layer.size, **dilated),
        "depthwise": lambda: layers.DepthwiseConv2D(
            layer.size, depth_multiplier=layer.multiplier, **dilated),
        "separable": lambda: layers.SeparableConv2D(
            layer.units, layer.size, depth_multiplier=layer.multiplier, **dilated),
        "maxpool": lambda: layers.MaxPooling2D(layer.size, **window),
        "avgpool": lambda: layers.AveragePooling2D(layer.size, **window),
        "globalavgpool": lambda: layers.GlobalAveragePooling2D(name=layer.name),
        "globalmaxpool": lambda: layers.GlobalMaxPooling2D(name=layer.name),
        "zeropad": lambda: layers.ZeroPadding2D(layer.size, name=layer.name),
        "rescale": lambda: layers.Rescaling(*layer.values, name=layer.name),
        "dropout": lambda: layers.Dropout(layer.rate, name=layer.name),
        "spatialdropout": lambda: layers.SpatialDropout2D(layer.rate, name=layer.name),
        "flatten": lambda: layers.Flatten(name=layer.name),
        "dense": lambda: layers.Dense(layer.units, name=layer.name, **bias),
        "batchnorm": lambda: layers.BatchNormalization(
            momentum=layer.momentum, epsilon=layer.epsilon, scale=layer.scale, center=layer.center,
            name=layer.name),
        "add": lambda: layers.Add(name=layer.name),
    }
    return make[layer.kind]() if layer.kind in make else None


def build(keras, layers, shape, output=True):
    """A functional model; without `output` it gives logits."""
    image = keras.Input(shape)
    tensors = []
    for layer in layers:
        x = [tensors[i] if i >= 0 else image for i in layer.inputs]
        made = maker(keras, layer)
        y = made(x if layer.kind == "add" else x[0]) if made else x[0]
        if layer.activation != "linear":
            y = keras.layers.Activation(activation_of(keras, layer))(y)
        tensors.append(y)
    last = layers[-1].output
    if output and last:
        tensors.append(keras.layers.Activation(last)(tensors[-1]))
    return keras.Model(image, tensors[-1])


def variables(model, layers):
    """{"conv2d_1/kernel": variable}"""
    found = {}
    for layer in layers:
        if layer.parameters:
            made = model.get_layer(layer.name)
            # Both Keras list a layer's weights in the order of our parameters.
            for name, variable in zip(layer.parameters, made.weights):
                assert tuple(variable.shape) == tuple(layer.parameters[name]), (layer.name, name)
                found[f"{layer.name}/{name}"] = variable
    return found
