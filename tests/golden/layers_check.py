"""Compares the cases of layers.py with what a framework computes for them."""
import sys

import numpy as np

BOUNDS = {"keras": 1e-9, "torch": 1e-9, "tf-keras": 1e-5}  # the last one in single precision


def differences(case, predicted, after, predicted_after):
    """(what, largest difference) of everything that the framework has."""
    yield "predicted", np.abs(case.predicted - predicted).max()
    for name, values in after.items():
        yield name, np.abs(case.after[name] - values).max()
    if predicted_after is not None:
        yield "predicted-after", np.abs(case.predicted_after - predicted_after).max()


def target_of(case, labels):
    classes = case.predicted.shape[1]
    smoothing = case.settings["smoothing"]
    target = np.eye(classes)[labels]
    rest = smoothing / (2 if case.layers[-1].output == "sigmoid" else classes)
    return target * (1 - smoothing) + rest


def batches(case):
    size = case.settings["batch"]
    for at in range(0, len(case.pixels), size):
        labels = case.labels[at:at + size]
        yield case.pixels[at:at + size] / 255, target_of(case, labels)


def with_keras(case, keras, tf, precision):
    import keras_network
    keras.backend.clear_session()
    keras.backend.set_floatx(precision)
    model = keras_network.build(keras, case.layers, case.shape, output=False)
    variables = keras_network.variables(model, case.layers)
    for name, variable in variables.items():
        variable.assign(case.before[name])

    def predict():
        logits = model(tf.constant(case.pixels / 255, precision), training=False)
        return np.asarray(tf.sigmoid(logits) if case.layers[-1].output == "sigmoid"
                          else tf.nn.softmax(logits))

    def loss_of(logits, target):
        if case.settings["loss"] == "categorical":
            return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(target, logits))
        p = (tf.sigmoid if case.layers[-1].output == "sigmoid" else tf.nn.softmax)(logits)
        return -tf.reduce_mean(target * tf.math.log(p) + (1 - target) * tf.math.log(1 - p))

    before = predict()
    for images, target in batches(case):
        with tf.GradientTape() as tape:
            loss = loss_of(model(tf.constant(images, precision), training=True),
                           tf.constant(target, precision))
        trained = model.trainable_variables
        for variable, gradient in zip(trained, tape.gradient(loss, trained)):
            variable.assign(variable - case.settings["rate"] * gradient)
    return before, {name: np.asarray(v) for name, v in variables.items()}, predict()


def keras_case(case):
    """Keras 3 keeps the biased variance."""
    if any(layer.unbiased for layer in case.layers):
        return None
    import keras
    import tensorflow as tf
    return with_keras(case, keras, tf, "float64")


def tf_keras_case(case):
    """Only what Keras 2 does another way: the variance of images is unbiased. Only its kernel
    for single precision does that."""
    norms = [layer for layer in case.layers if layer.kind == "batchnorm"]
    if not norms or not all(layer.unbiased and len(layer.shape) == 3 for layer in norms):
        return None
    import tensorflow as tf
    import tf_keras
    return with_keras(case, tf_keras, tf, "float32")


def torch_case(case):
    """PyTorch keeps the unbiased variance: what depends on the biased one is left out."""
    if any(layer.kind == "batchnorm" and not (layer.scale and layer.center) for layer in case.layers):
        return None
    import torch
    import torch_network
    torch.set_default_dtype(torch.float64)
    network = torch_network.Network(case.layers, case.shape)
    torch_network.load(network, case.layers, case.shape, case.before)
    sigmoid = case.layers[-1].output == "sigmoid"

    def nchw(images):
        return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))

    def outputs(logits):
        return torch.sigmoid(logits) if sigmoid else torch.softmax(logits, 1)

    def predict():
        network.eval()
        with torch.no_grad():
            return outputs(network(nchw(case.pixels / 255))).numpy()

    before = predict()
    for images, target in batches(case):
        network.train()
        optimizer = torch.optim.SGD(network.parameters(), lr=case.settings["rate"])
        logits, target = network(nchw(images)), torch.from_numpy(target)
        if case.settings["loss"] == "categorical":
            loss = torch.nn.functional.cross_entropy(logits, target)
        else:
            loss = torch.nn.functional.binary_cross_entropy(outputs(logits), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    wanted = dict(case.after)
    tensors = torch_network.tensors(network, case.layers)
    kept = any(layer.kind == "batchnorm" and not layer.unbiased for layer in case.layers)
    # Its tensors have another order: ours are brought into it, and compared there.
    index = {layer.name: i for i, layer in enumerate(case.layers)}
    after = {}
    for name, tensor in tensors.items():
        layer, _, parameter = name.partition("/")
        ours = torch_network.to_torch(case.layers, case.shape, index[layer], parameter, wanted[name])
        if not (kept and parameter == "moving_variance"):
            after[name] = wanted[name] + np.abs(tensor.detach().numpy() - ours).max()
    return before, after, None if kept else predict()


CHECKS = {"keras": keras_case, "tf-keras": tf_keras_case, "torch": torch_case}


def check(name, cases):
    """0 when every case that the framework can compute agrees."""
    worst, compared, status = 0.0, 0, 0
    for case in cases:
        result = CHECKS[name](case)
        if result is None:
            continue
        compared += 1
        for what, difference in differences(case, *result):
            worst = max(worst, difference)
            if not difference <= BOUNDS[name]:
                print(f"{name}: {case.name}: {what} differs by {difference:.3g}")
                status = 1
    print(f"{name}: {compared} of {len(cases)} cases compared, largest difference {worst:.2g}")
    return status if compared else 1


if __name__ == "__main__":
    sys.exit("run layers.py --check-...")
