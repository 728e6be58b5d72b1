"""Networks of every kind of layer, as people build them."""
import numpy as np

from keras_framework import IS_3, L, chain, classes, conv, keras, start, tf

# --- networks that are no chains -------------------------------------------------------------------

def residual():
    image = L.Input(shape=(12, 12, 3))
    x = conv(8, 3, padding="same", use_bias=False)(image)
    x = L.ReLU()(L.BatchNormalization(scale=False)(x))
    y = conv(8, 3, padding="same")(x)
    y = L.Activation("relu")(L.BatchNormalization(center=False, epsilon=1e-5)(y))
    y = conv(8, 3, padding="same")(y)
    x = L.ReLU(6.0)(L.Add()([x, y]))
    return keras.Model(image, classes()(L.GlobalAveragePooling2D()(x)))


def read_before_activation():
    image = L.Input(shape=(12, 12, 1))
    x = conv(8, 3)(image)
    y = conv(8, 3, padding="same")(L.Activation("relu")(x))
    x = L.add([y, x])
    z = conv(8, 1)(L.Activation("elu")(x))
    return keras.Model(image, classes()(L.Flatten()(L.Add()([x, z]))))


def residual_from_input():
    image = L.Input(shape=(12, 12, 1))
    y = conv(1, 3, padding="same", activation="relu")(image)
    return keras.Model(image, classes()(L.Flatten()(L.Add()([image, y]))))


def residual_vectors():
    vector = L.Input(shape=(64,))
    x = L.Dense(16, activation="relu")(vector)
    y = L.Dropout(.2)(L.Dense(16, activation="relu")(x))
    return keras.Model(vector, classes()(L.Add()([x, y])))


def residual_behind_pooling():
    image = L.Input(shape=(12, 12, 1))
    x = L.GlobalAveragePooling2D()(conv(4, 3)(image))
    y = L.GlobalMaxPooling2D()(conv(4, 3)(image))
    return keras.Model(image, classes(3)(L.Add()([x, L.Dense(4)(y)])))


def mean_of_layers():
    image = L.Input(shape=(12, 12, 1))
    layers = [conv(3, size, padding="same")(image) for size in (1, 3, 5)]
    return keras.Model(image, classes()(L.Flatten()(L.Average()(layers))))


def operations():
    image = L.Input(shape=(12, 12, 1))
    x = (1.0 - image / 255.0) * 2.0 + 0.5
    x = conv(4, 3)(x)
    x = keras.ops.relu(x) if IS_3 else tf.nn.relu(x)
    return keras.Model(image, classes()(L.Flatten()(x)))


def nested_sequential():
    base = keras.Sequential([start((12, 12, 1)), conv(6, 3, activation="relu"),
                             L.BatchNormalization(), L.MaxPooling2D(), conv(6, 3),
                             L.BatchNormalization(), L.ReLU()], name="base")
    return chain(L.Rescaling(1 / 255.0), base, L.Flatten(), L.Dropout(.3), classes(5))


def nested_functional(frozen=False):
    image = L.Input(shape=(12, 12, 1))
    x = L.BatchNormalization(name="norm_a")(conv(6, 3, activation="relu", name="conv_a")(image))
    x = L.BatchNormalization(name="norm_b")(conv(6, 3, name="conv_b")(x))
    base = keras.Model(image, x, name="features")
    if frozen:
        base.layers[1].trainable = base.layers[4].trainable = False
    outer = L.Input(shape=(12, 12, 1))
    return keras.Model(outer, classes(3)(L.GlobalMaxPooling2D()(base(outer))))


def nested_twice():
    inner = keras.Sequential([conv(4, 3), L.ReLU()], name="inner")
    middle = keras.Sequential([inner, L.MaxPooling2D()], name="middle")
    return chain(middle, L.Flatten(), classes())


def dense_with(*activations):
    return chain(L.Flatten(), *[L.Dense(9, activation=a) for a in activations], L.Activation("relu"),
                 classes())


# --- all of them: name -> (how to make it, the encoding of its input) --------------------------------

def rows():
    yield "basic", lambda: chain(conv(4, 3, activation="relu"), L.MaxPooling2D(), L.Flatten(), classes())
    yield "strides", lambda: chain(
        conv(4, 3, strides=2, padding="same", activation="elu"),
        conv(5, (3, 5), strides=(2, 1), padding="same"), L.LeakyReLU(),
        L.AveragePooling2D(3, 2, padding="same"), L.MaxPool2D(2, 1, padding="same"), L.Flatten(),
        classes())
    yield "dilation", lambda: chain(conv(4, 3, dilation_rate=2, activation="selu"),
                                    conv(4, 3, dilation_rate=(2, 1), padding="same"), L.Flatten(),
                                    classes())
    yield "depthwise", lambda: chain(
        conv(4, 3),
        L.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, activation="swish"),
        L.SeparableConv2D(6, 3, activation="tanh", padding="same", depth_multiplier=2),
        L.SeparableConv2D(6, 3, use_bias=False), L.Flatten(), classes())
    yield "groups", lambda: chain(conv(8, 3), conv(8, 3, groups=8), conv(8, 3, groups=2),
                                  conv(16, 3, groups=8), L.Flatten(), classes())
    yield "activations", lambda: dense_with("relu", "elu", "selu", "sigmoid", "tanh", "softplus",
                                            "swish", "gelu", "hard_sigmoid", "linear")
    if IS_3:
        yield "activations_3", lambda: dense_with("relu6", "leaky_relu", "silu", "hard_silu",
                                                  "hard_swish", "celu", "hard_tanh")
        yield "log_softmax", lambda: chain(L.Flatten(), classes(5, "log_softmax"))
    else:
        yield "activation_functions", lambda: chain(conv(4, 3, activation=tf.nn.relu), L.Flatten(),
                                                    classes(4, tf.nn.softmax))
    yield "activation_layers", lambda: chain(
        conv(4, 3, activation=L.LeakyReLU(0.25)), L.ReLU(max_value=4.0), L.Flatten(), L.Dense(9),
        L.LeakyReLU(0.1), L.Dense(9), L.ELU(0.7), L.Dense(9), L.ReLU(6.0), L.Dense(9),
        L.ReLU(negative_slope=0.2), L.Dense(4), L.Softmax())
    yield "vector", lambda: chain(L.Dense(12, activation="relu"), L.BatchNormalization(),
                                  L.Dropout(.2), classes(10), shape=(144,))
    yield "vector_13", lambda: chain(L.Dense(12, activation="relu"), classes(3), shape=(13,))
    for shape in ((12, 12, 1), (8, 18, 1), (6, 8, 3)):
        yield "vector_to_%dx%dx%d" % shape, lambda shape=shape: chain(
            L.Reshape(shape), conv(4, 3), L.Flatten(), classes(), shape=(144,))
    yield "rows_and_columns", lambda: chain(L.Flatten(), classes(), shape=(12, 10))
    yield "add_channels", lambda: chain(L.Reshape((12, 10, 1)), conv(4, 3), L.Flatten(), classes(),
                                        shape=(12, 10))
    yield "dense_on_rows", lambda: chain(L.Dense(6, activation="relu"), L.Dense(5, activation="relu"),
                                         L.Flatten(), classes(), shape=(12, 10))
    yield "dense_on_pixels", lambda: chain(L.Dense(6, activation="relu"), L.Flatten(), classes())
    yield "reshape_to_vector", lambda: chain(L.Reshape((-1,)), L.Dense(6), classes(), shape=(12, 10))
    yield "batch_norm_first", lambda: chain(
        L.BatchNormalization(), conv(4, 3, activation="relu"), L.Flatten(), L.BatchNormalization(),
        classes(), shape=(12, 12, 3))
    yield "batch_norm_of_transposed", lambda: chain(
        L.Permute((2, 1, 3)), L.Flatten(), L.BatchNormalization(), L.Dense(6, activation="relu"),
        L.BatchNormalization(momentum=0.9), classes())
    yield "permute", lambda: chain(L.Permute((2, 1, 3)), conv(4, (3, 5), strides=(1, 2)),
                                   L.MaxPooling2D((1, 2)), L.Flatten(), classes(), shape=(12, 10, 1))
    yield "zero_padding", lambda: chain(
        L.ZeroPadding2D(1), conv(4, 3), L.ZeroPadding2D((1, 2)), conv(4, 3, strides=2),
        L.ZeroPadding2D(((0, 1), (2, 0))), L.MaxPooling2D(), L.Flatten(), classes())
    yield "keep_dims", lambda: chain(conv(4, 3), L.GlobalAveragePooling2D(keepdims=True),
                                     conv(8, 1, activation="relu"), L.BatchNormalization(),
                                     L.Flatten(), classes())
    yield "end_of_mobilenet", lambda: chain(
        conv(4, 3), L.GlobalAveragePooling2D(), L.Reshape((1, 1, 4)), L.Dropout(.1),
        conv(5, (1, 1), padding="same"), L.Reshape((5,)), L.Activation("softmax"))
    yield "fully_convolutional", lambda: chain(conv(4, 3), conv(6, 10, activation="relu"), conv(5, 1),
                                               L.Flatten(), L.Softmax())
    yield "pooled_end", lambda: chain(conv(4, 3), conv(5, 1), L.GlobalAveragePooling2D(),
                                      L.Activation("softmax"))
    yield "one_output", lambda: chain(conv(4, 3, activation="relu"), L.Flatten(),
                                      classes(1, "sigmoid"))
    yield "multilabel", lambda: chain(L.Flatten(), classes(6, "sigmoid"))
    yield "logits", lambda: chain(L.Flatten(), classes(6, None))
    yield "logits_tanh", lambda: chain(L.Flatten(), classes(6, "tanh"))
    yield "raw_rescaling", lambda: chain(L.Rescaling(1 / 127.5, offset=-1), conv(4, 3), L.Flatten(),
                                         classes())
    yield "raw_normalization", lambda: chain(
        L.Normalization(mean=[100.0, 110.0, 120.0], variance=[2500.0, 2600.0, 2700.0]), conv(4, 3),
        L.Flatten(), classes(), shape=(12, 12, 3))
    yield "raw_normalization_of_all", lambda: chain(L.Normalization(axis=None, mean=33.0, variance=6000.0),
                                                    conv(4, 3), L.Flatten(), classes())
    yield "raw_normalization_of_vector", lambda: chain(
        L.Normalization(axis=-1, mean=list(np.arange(36.0)), variance=list(np.arange(36.0) * 9 + 1)),
        classes(), shape=(36,))
    yield "noise", lambda: chain(L.GaussianNoise(.1), conv(4, 3), L.SpatialDropout2D(.2),
                                 L.GaussianDropout(.1), L.AlphaDropout(.1), L.Flatten(),
                                 L.Dropout(0.25), classes(), L.Dropout(.1))
    yield "kernels_larger_than_images", lambda: chain(
        *[layer for _ in range(5) for layer in (conv(4, 3, padding="same", activation="relu"),
                                                L.MaxPooling2D(2, padding="same"))],
        conv(4, 5, padding="same"), L.DepthwiseConv2D(3, padding="same", strides=2), L.Flatten(),
        classes())
    yield "more_than_ten", lambda: chain(L.Flatten(), *[L.Dense(7, activation="relu") for _ in range(13)],
                                         classes())
    yield "first_all", lambda: chain(
        conv(4, 3, data_format="channels_first"), L.MaxPooling2D(data_format="channels_first"),
        L.BatchNormalization(axis=1), L.Flatten(data_format="channels_first"), classes(),
        shape=(3, 12, 10))
    yield "first_pooled", lambda: chain(conv(4, 3, data_format="channels_first"),
                                        L.GlobalAveragePooling2D(data_format="channels_first"),
                                        classes(), shape=(1, 12, 10))
    yield "first_but_flatten", lambda: chain(
        conv(4, 3, data_format="channels_first", activation="relu"), L.Flatten(), classes(),
        shape=(1, 12, 10))
    yield "first_by_reshape", lambda: chain(
        L.Reshape((1, 12, 12)), conv(4, 3, data_format="channels_first", activation="relu"),
        L.Flatten(), classes(), shape=(144,))
    yield "residual", residual
    yield "read_before_activation", read_before_activation
    yield "residual_from_input", residual_from_input
    yield "residual_vectors", residual_vectors
    yield "residual_behind_pooling", residual_behind_pooling
    yield "mean_of_layers", mean_of_layers
    yield "raw_operations", operations
    yield "raw_nested_sequential", nested_sequential
    yield "nested_functional", nested_functional
    yield "nested_frozen", lambda: nested_functional(True)
    yield "nested_twice", nested_twice
