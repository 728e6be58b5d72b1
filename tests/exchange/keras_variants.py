"""The same networks as people save them: other settings, names, precisions, wrappings, states of
training; and what must be refused, with words of the message that must be given."""
import numpy as np

from keras_framework import IS_3, L, chain, classes, conv, keras, start, tf

# --- residual networks -----------------------------------------------------------------------------


def resnet():
    """Shortcuts with and without a projection, two stages."""
    image = x = L.Input(shape=(16, 16, 3))
    x = L.ReLU()(L.BatchNormalization()(conv(4, 3, padding="same", use_bias=False)(x)))
    for filters, strides in ((4, 1), (8, 2), (8, 1)):
        y = conv(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        y = L.Activation("relu")(L.BatchNormalization()(y))
        y = L.BatchNormalization()(conv(filters, 3, padding="same", use_bias=False)(y))
        if strides > 1:
            x = L.BatchNormalization()(conv(filters, 1, strides=strides, use_bias=False)(x))
        x = L.Activation("relu")(L.Add()([x, y]))
    return keras.Model(image, classes(5)(L.GlobalAveragePooling2D()(x)))


def preactivated_resnet():
    image = L.Input(shape=(12, 12, 1))
    x = conv(6, 3, padding="same")(image)
    for _ in range(2):
        y = L.Activation("relu")(L.BatchNormalization()(x))
        y = conv(6, 3, padding="same", kernel_initializer="he_normal",
                 kernel_regularizer=keras.regularizers.l2(1e-4))(y)
        y = L.Activation("relu")(L.BatchNormalization()(y))
        x = L.add([conv(6, 3, padding="same")(y), x])
    return keras.Model(image, classes()(L.Flatten()(L.AveragePooling2D(4)(x))))


def inverted_bottlenecks():
    """As in MobileNetV2."""
    image = L.Input(shape=(16, 16, 3))
    x = L.ZeroPadding2D(((0, 1), (0, 1)), name="Conv1_pad")(image)
    x = conv(4, 3, strides=2, padding="valid", use_bias=False, name="Conv1")(x)
    x = L.ReLU(6.0, name="Conv1_relu")(L.BatchNormalization(epsilon=1e-3, momentum=0.999)(x))
    for i in range(2):
        y = conv(12, 1, use_bias=False, name=f"block_{i}_expand")(x)
        y = L.ReLU(6.0)(L.BatchNormalization()(y))
        y = L.DepthwiseConv2D(3, padding="same", use_bias=False, name=f"block_{i}_depthwise")(y)
        y = L.ReLU(6.0)(L.BatchNormalization()(y))
        y = L.BatchNormalization()(conv(4, 1, use_bias=False, activation=None)(y))
        x = L.Add(name=f"block_{i}_add")([x, y])
    x = L.GlobalAveragePooling2D(name="global_average_pooling2d")(x)
    return keras.Model(image, L.Dense(3, activation="softmax", name="predictions")(x), name="mobilenetv2_0.35_16")


def three_sums():
    image = L.Input(shape=(12, 12, 1))
    layers = [conv(3, size, padding="same", activation="relu")(image) for size in (1, 3, 5)]
    x = L.Add()([*layers, layers[0]])
    return keras.Model(image, classes()(L.Flatten()(x)))


def difference():
    image = L.Input(shape=(12, 12, 1))
    x, y = conv(3, 3)(image), conv(3, 3, activation="tanh")(image)
    return keras.Model(image, classes()(L.Flatten()(L.Subtract()([x, y]))))


def shared_without_weights():
    """One activation, one pooling and one dropout, each used twice."""
    image = L.Input(shape=(14, 14, 1))
    relu, pool, drop = L.Activation("relu"), L.MaxPooling2D(), L.Dropout(0.3)
    x = drop(pool(relu(conv(3, 3)(image))))
    x = drop(pool(relu(conv(4, 3)(x))))
    return keras.Model(image, classes()(L.Flatten()(x)))


def shared_with_weights():
    image = L.Input(shape=(12, 12, 1))
    layer = conv(1, 3, padding="same", name="twice")
    return keras.Model(image, classes()(L.Flatten()(layer(layer(image)))))


def shared_model():
    image = L.Input(shape=(12, 12, 1))
    block = keras.Sequential([start((12, 12, 1)), conv(1, 3, padding="same"), L.BatchNormalization(), L.ReLU()],
                             name="block")
    return keras.Model(image, classes()(L.Flatten()(L.Add()([image, block(block(image))]))))


def gated():
    """x sigmoid(x) by hand."""
    image = L.Input(shape=(12, 12, 1))
    x = conv(3, 3)(image)
    x = L.Multiply()([x, L.Activation("sigmoid")(x)])
    y = conv(3, 1)(x)
    x = L.multiply([L.Activation("sigmoid")(y), y])
    return keras.Model(image, classes()(L.Flatten()(x)))


# --- operations on tensors -------------------------------------------------------------------------


def expanded_dims():
    """28 x 28 without channels, as the data sets of Keras are."""
    rows = L.Input(shape=(12, 10))
    x = keras.ops.expand_dims(rows, -1) if IS_3 else tf.expand_dims(rows, axis=-1)
    return keras.Model(rows, classes()(L.Flatten()(conv(3, 3, activation="relu")(x))))


def reshaped():
    vector = L.Input(shape=(120,))
    x = keras.ops.reshape(vector, (-1, 12, 10, 1)) if IS_3 else tf.reshape(vector, [-1, 12, 10, 1])
    x = conv(3, 3, activation="relu")(x)
    x = keras.ops.reshape(x, (-1, 240)) if IS_3 else tf.reshape(x, [-1, 240])
    return keras.Model(vector, classes()(x))


def functions():
    image = L.Input(shape=(12, 12, 1))
    x = conv(4, 3)(image)
    if IS_3:
        x = keras.ops.leaky_relu(x, negative_slope=0.1)
        x = keras.ops.silu(L.BatchNormalization()(x) * 2)
        x = keras.ops.gelu(conv(4, 1)(x), approximate=False)
        x = keras.ops.gelu(conv(4, 1)(x))
        x = keras.ops.elu(conv(4, 1)(x), alpha=0.5)
        x = keras.ops.mean(x, axis=(1, 2))
        return keras.Model(image, keras.ops.softmax(L.Dense(3)(x)))
    x = tf.nn.leaky_relu(x, alpha=0.1)
    x = tf.nn.silu(L.BatchNormalization()(x) * 2)
    x = tf.nn.gelu(conv(4, 1)(x), approximate=True)
    x = tf.nn.elu(conv(4, 1)(x))
    x = tf.reduce_mean(x, [1, 2])
    return keras.Model(image, tf.nn.softmax(L.Dense(3)(x)))


def preprocessed():
    """As keras.applications do it: x / 127.5 - 1."""
    image = L.Input(shape=(12, 12, 3))
    x = image / 127.5 - 1.0
    return keras.Model(image, classes()(L.GlobalMaxPooling2D()(conv(4, 3, activation="relu")(x))))


# --- names and wrappings ---------------------------------------------------------------------------


def odd_names():
    return keras.Sequential([start((12, 12, 1)), conv(3, 3, name="1"), L.ReLU(name="kernel"),
                             conv(3, 3, name="conv-2.b"), L.BatchNormalization(name="optimizer"),
                             L.Flatten(name="vars"), L.Dense(6, name="größe 2" if IS_3 else "2.b"), classes()], name="mein Netz" if IS_3 else "netz")


def slashes():
    """Names with a folder, which Keras 2 allows."""
    return keras.Sequential([start((12, 12, 1)), conv(3, 3, name="block1/conv"), L.ReLU(name="block1/relu"),
                             conv(3, 3, name="block1/conv/b"), L.Flatten(), classes()])


def shuffled():
    """Layers that were made in another order than they are used in, the names saying so."""
    last, second, first = classes(), conv(4, 3, name="conv2d_9"), conv(4, 3, name="conv2d_10")
    return chain(first, L.BatchNormalization(name="b"), second, L.BatchNormalization(name="a"), L.Flatten(),
                 L.Dense(4, name="dense_1"), last)


def many_of_a_class():
    layers = []
    for _ in range(12):
        layers += [conv(2, 3, padding="same"), L.BatchNormalization(), L.LeakyReLU(0.2)]
    return chain(*layers, L.Flatten(), classes())


def cut_from_another():
    """All but the last layers of a network, with a new end, some of it frozen."""
    base = keras.Sequential([start((12, 12, 1)), conv(4, 3, activation="relu", name="a"), L.MaxPooling2D(),
                             L.Flatten(), L.Dense(8, activation="relu", name="b"), L.Dense(3, name="c")])
    for layer in base.layers:
        layer.trainable = False
    read = base.inputs[0]
    return keras.Model(read, classes(6)(L.Dropout(.2)(base.layers[-2].output)))


def nested_base():
    """A frozen base in inference mode, between augmentation and a new head."""
    augment = keras.Sequential([L.RandomFlip("horizontal"), L.RandomRotation(0.1), L.RandomZoom(0.1)],
                               name="augmentation")
    read = L.Input(shape=(12, 12, 3))
    x = L.BatchNormalization()(conv(4, 3)(read))
    base = keras.Model(read, L.ReLU()(conv(5, 3)(x)), name="base")
    base.trainable = False
    image = L.Input(shape=(12, 12, 3))
    x = L.Rescaling(1 / 127.5, offset=-1)(augment(image))
    x = L.GlobalAveragePooling2D()(base(x, training=False))
    return keras.Model(image, classes(3)(L.Dropout(0.2)(x)))


def nested_same_names():
    """Two nested models whose layers have the same names."""
    def block(name, channels):
        return keras.Sequential([start((None, None, channels)), conv(4, 3, name="conv"), L.ReLU(name="relu"),
                                 L.BatchNormalization(name="norm")], name=name)
    return chain(block("first_block", 1), L.MaxPooling2D(), block("second_block", 4), L.Flatten(), classes())


def nested_beside():
    """Models of one class beside each other, of which some hold no weights."""
    def block(channels):
        return keras.Sequential([start((12, 12, channels)), conv(4, 3, padding="same"), L.ReLU()])
    return keras.Sequential([start((12, 12, 1)), keras.Sequential([L.RandomFlip()]), block(1),
                             keras.Sequential([L.GaussianNoise(0.1)]), block(4), L.Flatten(), classes()])


def nested_thrice():
    inner = keras.Sequential([start((12, 12, 1)), conv(3, 3, name="ci"), L.ReLU()], name="inner")
    read = L.Input(shape=(12, 12, 1))
    middle = keras.Model(read, L.MaxPooling2D()(L.BatchNormalization(name="bi")(inner(read))), name="middle")
    return keras.Sequential([start((12, 12, 1)), middle, L.Flatten(), L.Dense(4, name="do"), classes()])


def dictionary_input():
    image = L.Input(shape=(12, 12, 1), name="image")
    return keras.Model({"image": image}, classes()(L.Flatten()(conv(3, 3)(image))))


def built_by_call():
    model = keras.Sequential([conv(3, 3, activation="relu"), L.Flatten(), classes()])
    model(np.zeros((1, 12, 12, 1), np.float32))
    return model


def fixed_batch():
    read = L.Input(shape=(12, 12, 1), batch_size=4)
    return keras.Model(read, classes()(L.Flatten()(conv(3, 3)(read))))


def integer_input():
    read = L.Input(shape=(12, 12, 1), dtype="uint8")
    x = L.Rescaling(1 / 255.0)(read)
    return keras.Model(read, classes()(L.Flatten()(conv(3, 3)(x))))


def probability_model():
    """As the tutorial of TensorFlow ends."""
    model = keras.Sequential([start((12, 10)), L.Flatten(), L.Dense(9, activation="relu"), L.Dropout(.2),
                              L.Dense(4)])
    model = keras.Sequential([model, L.Softmax()])
    model(np.zeros((1, 12, 10), np.float32))
    return model


# --- states of training ----------------------------------------------------------------------------


def trained(model, optimizer, loss, **options):
    classes_of = model.output_shape[-1]
    model.compile(optimizer=optimizer, loss=loss, **options)
    images = np.random.default_rng(3).random((8, *model.input_shape[1:])).astype(np.float32)
    labels = np.arange(8) % max(classes_of, 2)
    if "sparse" not in str(loss).lower():
        labels = labels if classes_of == 1 else np.eye(classes_of)[labels]
    model.fit(images, labels, epochs=1, batch_size=4, verbose=0)
    return model


def small(end="softmax", count=4):
    return chain(conv(3, 3, activation="relu"), L.BatchNormalization(), L.Dropout(0.2), L.Flatten(),
                 classes(count, end))


def own_loss(y, p):
    return tf.reduce_mean(tf.square(y - p), axis=-1)


def optimised():
    """One for each kind of optimiser and loss, each of which leaves something else in the file."""
    rates = keras.optimizers.schedules.ExponentialDecay(1e-3, 100, 0.9)
    yield "adam", lambda: trained(small(), keras.optimizers.Adam(rates, amsgrad=True), "categorical_crossentropy",
                                  metrics=["accuracy", keras.metrics.TopKCategoricalAccuracy(2)])
    yield "momentum", lambda: trained(small(None), keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True),
                                      keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                                      metrics=["accuracy"])
    yield "rmsprop", lambda: trained(small(), "rmsprop", keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
    yield "adadelta", lambda: trained(small("sigmoid", 1), "adadelta",
                                      keras.losses.BinaryCrossentropy(), metrics=["AUC"])
    yield "own_loss", lambda: trained(small(), keras.optimizers.Nadam(), own_loss)
    yield "adamw", lambda: trained(small(), keras.optimizers.AdamW(1e-3, weight_decay=1e-4), "kl_divergence",
                                   weighted_metrics=["mae"])


# --- precision -------------------------------------------------------------------------------------


def with_policy(name):
    policies = keras.mixed_precision if hasattr(keras, "mixed_precision") else keras.config
    if IS_3:
        keras.config.set_dtype_policy(name)
    else:
        policies.set_global_policy(name)
    try:
        return chain(conv(3, 3, activation="relu"), L.BatchNormalization(), L.Flatten(),
                     L.Dense(5, activation="relu"), L.Dense(4, activation="softmax", dtype="float32"))
    finally:
        if IS_3:
            keras.config.set_dtype_policy("float32")
        else:
            policies.set_global_policy("float32")


def with_type(name):
    return chain(conv(3, 3, activation="relu", dtype=name), L.Flatten(dtype=name), L.Dense(4, dtype=name),
                 L.Activation("softmax", dtype="float32"))


def adapted():
    """A Normalization that has measured its numbers."""
    layer = L.Normalization(axis=-1)
    layer.adapt(np.random.default_rng(4).random((20, 12, 12, 3)).astype(np.float32) * 255)
    read = L.Input(shape=(12, 12, 3))
    return keras.Model(read, classes()(L.Flatten()(conv(3, 3)(layer(read)))))


def adapted_vector():
    layer = L.Normalization()
    layer.adapt(np.random.default_rng(5).random((20, 36)).astype(np.float32) * 255)
    return chain(layer, L.Dense(5, activation="relu"), classes(), shape=(36,))


# --- what is read: name -> how to make it, and options ----------------------------------------------


def flat():
    return [L.Flatten(), classes()]


def layer_rows():
    yield "average_pools", lambda: chain(
        conv(3, 3), L.AveragePooling2D((3, 2), strides=(1, 2), padding="same"), L.AveragePooling2D(2, 1),
        L.AvgPool2D(3, 2, padding="same"), *flat())
    yield "max_pools", lambda: chain(
        conv(3, 3), L.MaxPooling2D((3, 2), strides=1, padding="same"), L.MaxPooling2D((2, 3), (3, 1)), *flat(),
        shape=(13, 11, 1))
    yield "global_max_kept", lambda: chain(conv(3, 3), L.GlobalMaxPooling2D(keepdims=True), L.Flatten(), classes())
    yield "global_max_first", lambda: chain(
        conv(3, 3, data_format="channels_first"),
        L.GlobalMaxPooling2D(keepdims=True, data_format="channels_first"), L.Flatten(), classes(),
        shape=(3, 12, 10))
    yield "softmax_axes", lambda: chain(conv(3, 3), L.Flatten(), L.Dense(4), L.Softmax(axis=1))
    yield "relus", lambda: chain(
        conv(3, 3), L.ReLU(max_value=2.0, negative_slope=0.1), conv(3, 3), L.ReLU(max_value=1.0),
        conv(3, 1), L.ReLU(negative_slope=0.3), conv(3, 1), L.ReLU(max_value=6, negative_slope=0.0), *flat())
    yield "layers_as_activations", lambda: chain(
        conv(3, 3, activation=L.ReLU(max_value=6.0)), L.Flatten(), L.Dense(6, activation=L.ELU(0.5)),
        L.Dense(6, activation=L.LeakyReLU(0.2)), L.Activation(L.ReLU()), L.Dense(4, activation=L.Softmax()))
    yield "prelu", lambda: chain(
        conv(4, 3), L.PReLU(shared_axes=[1, 2]), conv(4, 3, padding="same"), L.PReLU(shared_axes=[1, 2]),
        L.MaxPooling2D(), L.Flatten(), L.Dense(6), L.PReLU(), classes())
    yield "prelu_for_all", lambda: chain(conv(4, 3), L.PReLU(shared_axes=[1, 2, 3]), *flat())
    yield "cropping", lambda: chain(
        L.Cropping2D(1), conv(4, 3), L.Cropping2D(((0, 1), (2, 0))), L.ReLU(), L.Cropping2D((1, 0)), *flat())
    yield "cropping_first", lambda: chain(
        L.Cropping2D(((0, 1), (2, 3)), data_format="channels_first"),
        conv(4, 3, data_format="channels_first"), *flat(), shape=(3, 12, 10))
    yield "same_size", lambda: chain(L.Resizing(12, 12), L.CenterCrop(12, 12), conv(3, 3), *flat())
    yield "scales_by_channel", lambda: chain(
        L.Rescaling([1 / 0.229, 1 / 0.224, 1 / 0.225], offset=[-2.1, -2.0, -1.8]), conv(3, 3),
        L.Rescaling(0.5, offset=0.25), *flat(), shape=(12, 12, 3))
    yield "rescaling_late", lambda: chain(conv(3, 3), L.Rescaling(0.5), L.Flatten(), L.Rescaling(2.0, offset=1),
                                          L.Dense(4), L.Rescaling(0.1), L.Softmax())
    yield "norm_plain", lambda: chain(
        conv(3, 3, use_bias=False), L.BatchNormalization(scale=False, center=False), L.ReLU(), L.Flatten(),
        L.BatchNormalization(center=False), L.Dense(5), L.BatchNormalization(scale=False, epsilon=1e-5), L.Dense(4),
        L.BatchNormalization(), L.Activation("softmax"))
    yield "depthwise_dilated", lambda: chain(
        L.DepthwiseConv2D((3, 2), dilation_rate=2, padding="same", depth_multiplier=3, use_bias=False),
        L.SeparableConv2D(5, (2, 3), strides=2, depth_multiplier=1, activation="elu"),
        L.SeparableConv2D(5, 3, dilation_rate=2, padding="same"), *flat(), shape=(12, 12, 3))
    yield "training_only", lambda: chain(
        L.RandomFlip(), L.RandomTranslation(0.1, 0.1), L.RandomContrast(0.1), L.GaussianNoise(0.1), conv(3, 3),
        L.ActivityRegularization(l2=0.01), L.SpatialDropout2D(0.2), L.Dropout(0.3, noise_shape=(None, 1, 1, 3)),
        L.Activation("linear"), *flat())
    yield "regularised", lambda: chain(
        conv(3, 3, kernel_regularizer="l2", bias_constraint=keras.constraints.MaxNorm(2),
             kernel_initializer=keras.initializers.HeUniform(seed=1), activity_regularizer="l1"), *flat())
    yield "permute_channels", lambda: chain(L.Permute((2, 3, 1)), conv(3, 3), *flat(), shape=(3, 12, 10))
    yield "permute_rows", lambda: chain(L.Permute((2, 1)), L.Flatten(), L.Dense(5), classes(), shape=(12, 10))
    yield "first_mixed", lambda: chain(
        L.ZeroPadding2D(((1, 0), (0, 2)), data_format="channels_first"),
        L.SeparableConv2D(4, 3, data_format="channels_first"), L.PReLU(shared_axes=[2, 3]),
        L.BatchNormalization(axis=1), L.AveragePooling2D(2, data_format="channels_first"),
        L.SpatialDropout2D(0.1, data_format="channels_first"), L.Flatten(data_format="channels_first"),
        L.Dense(5), classes(), shape=(3, 12, 10))
    yield "reshape_forth_and_back", lambda: chain(
        L.Reshape((12, 12, 1)), conv(3, 3), L.Reshape((10, 10, 3, 1)), L.Reshape((10, 10, 3)), L.Reshape((300,)),
        classes(), shape=(144,))
    yield "deep_dense", lambda: chain(L.Flatten(), L.Dense(7, activation="sigmoid"), L.Dense(7, activation="tanh"),
                                      L.Dense(7, use_bias=False), L.ELU(), L.Flatten(), classes(10), shape=(12, 10))
    yield "flattened_late", lambda: chain(L.Dense(5, activation="relu"), L.Flatten(), classes(), shape=(1, 30))
    yield "two_softmaxes", lambda: chain(L.Flatten(), classes(5), L.Softmax())
    yield "softmax_and_activation", lambda: chain(L.Flatten(), classes(5), L.Activation("softmax"))
    yield "one_unit_softplus", lambda: chain(L.Flatten(), L.Dense(5, activation="softplus"), classes(1, "sigmoid"))
    if not IS_3:
        yield "experimental", lambda: chain(
            L.experimental.preprocessing.Rescaling(1 / 255.0), L.experimental.SyncBatchNormalization(), conv(3, 3), *flat())


def network_rows():
    for make in (resnet, preactivated_resnet, inverted_bottlenecks, three_sums, difference, gated,
                 shared_without_weights, shared_with_weights, shared_model, expanded_dims, reshaped, functions, preprocessed, odd_names, shuffled,
                 many_of_a_class, cut_from_another, nested_base, nested_same_names, nested_beside, nested_thrice, built_by_call,
                 fixed_batch, integer_input, probability_model):
        yield make.__name__, make
    if IS_3:
        yield "dictionary_input", dictionary_input
    else:
        yield "slashes", slashes


def rows():
    """name, how to make it, the largest difference."""
    for name, make in layer_rows():
        yield name, make, 1e-5
    for name, make in network_rows():
        yield ("raw_" if name in ("preprocessed", "nested_base", "integer_input") else "") + name, make, 1e-5
    for name, make in optimised():
        yield ("logits_" if name == "momentum" else "") + name, make, 1e-5
    yield "raw_adapted", adapted, 1e-5
    yield "raw_adapted_vector", adapted_vector, 1e-5
    for name in ("mixed_float16", "mixed_bfloat16"):
        yield name, lambda name=name: with_policy(name), 0.05
    for name, tolerance in (("float16", 0.01), ("bfloat16", 0.05), ("float64", 1e-5)):
        yield name, lambda name=name: with_type(name), tolerance


# --- what is refused: name, how to make it, words of the message ------------------------------------


def two_ends():
    image = L.Input(shape=(12, 12, 1))
    x = L.Flatten()(image)
    return keras.Model(image, [classes()(x), classes(2)(x)])


def two_inputs():
    a, b = L.Input(shape=(12, 12, 1), name="left"), L.Input(shape=(12, 12, 1), name="right")
    return keras.Model([a, b], classes()(L.Flatten()(L.Add()([a, b]))))


def joined():
    image = L.Input(shape=(12, 12, 1))
    x = L.Concatenate()([conv(3, 1)(image), conv(3, 3, padding="same")(image)])
    return keras.Model(image, classes()(L.Flatten()(x)))


def scaled_by_network():
    """Squeeze and excite."""
    image = L.Input(shape=(12, 12, 1))
    x = conv(4, 3)(image)
    y = L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(x))
    return keras.Model(image, classes()(L.Flatten()(L.Multiply()([x, y]))))


def register(name):
    saving = keras.saving if hasattr(keras, "saving") else keras.utils
    return saving.register_keras_serializable(package="Mine", name=name)


@register("Double")
class Double(L.Layer):
    def call(self, x):
        return 2 * x


class Plain(L.Layer):
    def call(self, x):
        return x + 1


@register("twice")
def twice(x):
    return 2 * x


class Subclassed(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.end = classes()

    def call(self, x):
        return self.end(x)


def quantised(mode):
    model = chain(L.Flatten(), L.Dense(16, activation="relu"), classes())
    model.quantize(mode)
    return model


def refusals():
    yield "two_outputs", two_ends, "several outputs"
    yield "two_inputs", two_inputs, "several inputs"
    yield "joined", joined, "does not join channels"
    yield "scaled_by_network", scaled_by_network, "Multiply"
    yield "lambda", lambda: chain(L.Lambda(lambda x: x / 255.0, name="divide"), L.Flatten(), classes()), \
        '"divide" (Lambda)'
    yield "own_layer", lambda: chain(Double(name="own"), L.Flatten(), classes()), "Double"
    yield "plain_layer", lambda: chain(Plain(name="own"), L.Flatten(), classes()), "Plain"
    yield "own_activation", lambda: chain(L.Flatten(), classes(4, twice)), "twice"
    yield "own_activation_layer", lambda: chain(L.Flatten(), L.Activation(twice), classes()), "twice"
    yield "recurrent", lambda: chain(L.LSTM(5), classes(), shape=(12, 10)), "sequences"
    yield "of_rows", lambda: chain(L.Conv1D(4, 3), L.Flatten(), classes(), shape=(12, 10)), "ends in 2D"
    yield "of_volumes", lambda: chain(L.Reshape((12, 12, 1, 1)), L.Conv3D(4, (3, 3, 1)), L.Flatten(), classes()), \
        "volumes"
    yield "distributed", lambda: chain(L.TimeDistributed(L.Dense(3)), L.Flatten(), classes(), shape=(12, 10)), \
        "TimeDistributed"
    yield "attention", lambda: chain(L.Reshape((12, 12)), L.LayerNormalization(), L.Flatten(), classes()), \
        "LayerNormalization"
    yield "larger_images", lambda: chain(L.UpSampling2D(), L.Flatten(), classes()), "UpSampling2D"
    yield "transposed_conv", lambda: chain(L.Conv2DTranspose(3, 3), L.Flatten(), classes()), "Conv2DTranspose"
    yield "resized", lambda: chain(L.Resizing(8, 8), L.Flatten(), classes()), "Resizing"
    yield "norm_of_rows", lambda: chain(L.BatchNormalization(axis=1), L.Flatten(), classes()), "axis"
    yield "prelu_of_pixels", lambda: chain(conv(3, 3), L.PReLU(), L.Flatten(), classes()), "shared_axes"
    yield "threshold", lambda: chain(conv(3, 3), L.ReLU(threshold=0.5), L.Flatten(), classes()), "threshold"
    yield "four_channels", lambda: chain(L.Flatten(), classes(), shape=(12, 12, 4)), "4 channels"
    yield "inner_softmax", lambda: chain(L.Flatten(), L.Dense(6, activation="softmax"), classes(5)), \
        "follows a softmax"
    yield "regression", lambda: chain(L.Flatten(), classes(1, None)), "does not classify"
    yield "autoencoder", lambda: chain(conv(3, 3, padding="same"), conv(1, 3, padding="same")), "ends in an image"
    yield "locally", lambda: chain(L.Flatten(), L.RepeatVector(3), L.Flatten(), classes()), "RepeatVector"
    if IS_3:
        yield "quantised_int8", lambda: quantised("int8"), "quantised"
        yield "quantised_float8", lambda: quantised("float8"), "quantised"
    else:
        yield "locally_connected", lambda: chain(L.LocallyConnected2D(3, 3), L.Flatten(), classes()), \
            "LocallyConnected2D"
        yield "thresholded", lambda: chain(conv(3, 3), L.ThresholdedReLU(0.5), L.Flatten(), classes()), \
            "ThresholdedReLU"
