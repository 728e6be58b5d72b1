#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets into corpus/ (beside this file), but those of JPEG, which
tests/golden/jpeg_values.py writes, and of PyTorch, which tests/exchange/torch_golden.py writes."""
import gzip
import json
import math
import pathlib
import shutil
import struct
import zlib

HERE = pathlib.Path(__file__).parent
CORPUS = HERE / "corpus"


def write(name, content):
    (CORPUS / name).parent.mkdir(parents=True, exist_ok=True)
    (CORPUS / name).write_bytes(content)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + \
        struct.pack(">I", zlib.crc32(kind + content))


def png(width, height, depth, colour, rows, extra=b"", interlace=0):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def seeds_png():
    write("png/gray1", png(3, 2, 1, 0, b"\x00\xa0" b"\x00\x40"))
    write("png/gray8", png(2, 2, 8, 0, b"\x00\x00\x80" b"\x01\xff\x01"))
    write("png/gray16", png(1, 2, 16, 0, b"\x00\x12\x34" b"\x02\x01\x01"))
    write("png/rgb", png(2, 1, 8, 2, b"\x00\x01\x02\x03\xf0\xf1\xf2"))
    write("png/rgba16", png(1, 1, 16, 6, b"\x00\x01\x02\x03\x04\x05\x06\x07\x08"))
    palette = chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\x00\x80")
    write("png/palette2", png(4, 1, 2, 3, b"\x00\x1b", palette))
    write("png/gray_alpha", png(1, 1, 8, 4, b"\x00\x10\x20"))
    gray_key, rgb_key = chunk(b"tRNS", b"\x00\x02"), chunk(b"tRNS", b"\x01\x01\x02\x02\x03\x03")
    write("png/gray2_key", png(4, 1, 2, 0, b"\x00\x1b", gray_key))
    write("png/rgb16_key", png(1, 2, 16, 2, b"\x00\x01\x01\x02\x02\x03\x03" b"\x01" + bytes(6),
                               rgb_key))
    write("png/interlaced", png(2, 2, 8, 0, b"\x00\x01" b"\x00\x02" b"\x00\x03\x04", interlace=1))
    write("png/turned", png(2, 1, 8, 0, b"\x00\x01\x02", chunk(b"eXIf", tiff(">", [(0x112, 3, 1, 6)]))))


def bmp(width, height, bits, pixels, header=40, palette=b"", compression=0, masks=b""):
    """With an info header, or with a core header of 12 bytes."""
    if header == 12:
        second = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        second = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(pixels),
                             0, 0, 0, 0) + masks
        second = second.ljust(header, b"\0")
    start = 14 + len(second) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start) + second + palette + pixels


def seeds_bmp():
    gray = b"".join(bytes([17 * i] * 3 + [0]) for i in range(16))
    write("bmp/bits1", bmp(3, 2, 1, b"\xa0\0\0\0\x40\0\0\0", palette=b"\0\0\xff\0\xff\0\0\0"))
    write("bmp/core4", bmp(3, 1, 4, b"\x12\x30\0\0", 12, b"\1\2\3" * 16))
    write("bmp/bits16", bmp(1, -2, 16, b"\x34\x12\0\0\xff\x7f\0\0"))
    write("bmp/bits24", bmp(1, 1, 24, b"\1\2\3\0"))
    write("bmp/fields", bmp(1, 1, 16, b"\x34\x12\0\0", compression=3,
                            masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)))
    write("bmp/alpha", bmp(1, 1, 32, b"\1\2\3\4", 108, compression=3,
                           masks=struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)))
    write("bmp/rle4", bmp(5, 3, 4, b"\3\x12\0\0\0\3\x45\x60\0\2\1\1\1\x70\0\1", palette=gray,
                          compression=2))


def tiff(order, entries):
    """The start of EXIF data: (tag, type, count, value) of every entry."""
    data = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return data + b"".join(struct.pack(order + "HHIHH", tag, kind, count, value, 0)
                           for tag, kind, count, value in entries)


def seeds_exif():
    write("exif/little", tiff("<", [(0x10F, 2, 4, 9), (0x112, 3, 1, 6)]))
    write("exif/big", tiff(">", [(0x112, 3, 1, 8), (0x11A, 5, 1, 99)]))


def seeds_digit():
    """A ring, a bar and a dot on white, as gray and with alpha."""
    ink = [[(y - 9) ** 2 + (x - 8) ** 2 in range(25, 50) or (x in (18, 19) and 2 < y < 16) or
            (y, x) == (15, 22) for x in range(24)] for y in range(18)]
    gray = bytes(0 if cell else 255 for row in ink for cell in row)
    alpha = b"".join(bytes([0, 255 - value]) for value in gray)
    write("digit/gray", bytes([23, 0]) + gray)
    write("digit/alpha", bytes([23, 1]) + alpha)


def idx(images, labels):
    return struct.pack("<H", len(images)) + images + labels


def seeds_idx():
    labels = struct.pack(">II", 0x801, 3) + bytes([0, 1, 2])
    gray = struct.pack(">IIII", 0x803, 3, 2, 2) + bytes(range(12))
    colour = struct.pack(">IIIII", 0x804, 3, 1, 2, 3) + bytes(range(18))
    write("idx/gray", idx(gray, labels))
    write("idx/colour", idx(colour, labels))
    write("idx/gzip", idx(gzip.compress(gray, mtime=0), gzip.compress(labels, mtime=0)))


def seeds_architecture():
    texts = {
        "default": "conv 16 5x5 relu, maxpool 2, conv 32 5x5 relu, maxpool 2, flatten, "
                   "dense 1000 relu, dense 10 softmax",
        "all": "relu, conv 2 3x1 same, dropout 0.25, maxpool 1x2, flatten, dense classes, softmax",
        "pooling": "zeropad 1, rescale 2 -0.5, maxpool 3 stride 2 same, avgpool 1, flatten, dense classes softmax",
        "global": "spatialdropout 0.25, globalavgpool, flatten, dense classes softmax",
        "convolutions": "conv 2 3 stride 2x1 same nobias relu, conv 2 2x3 dilation 3x2 valid, conv 1 1 nobias "
                        "stride 16, flatten, dense classes softmax",
        "activations": "tanh, conv 2 3x1 elu 0.5, leaky_relu, conv 1 2 silu, gelu, flatten, dense 4 "
                       "hard_sigmoid, relu6, dense 10 linear softmax",
        "separable": "depthwise 2 multiplier 2 stride 2x1 same nobias, separable 3 1 dilation 2 relu, "
                     "flatten, dense 10 softmax",
        "least": "flatten,dense 10 softmax",
        "residual": "conv 2 3 same, batchnorm momentum 0.9 epsilon 0.00001 unbiased relu, conv 2 3 same, "
                    "batchnorm noscale, conv 2 1 from 4, add 2 relu, add conv2d_1, globalavgpool, "
                    "batchnorm nocenter, dense 10",
        "outputs": "normalize 0.5 -1 0 / 0.25 2 1, zeropad 0 1 2 0, conv 4 3x3 l2 0.001 relu, "
                   "globalmaxpool, dense 7 nobias l2 0 tanh, dense 10 sigmoid",
    }
    for name, text in texts.items():
        write(f"architecture/{name}", text.encode())


def model_file(architecture, tensors):
    """Of an input of 2x2 and two classes; all values are 1."""
    header = {"__metadata__": {
        "format": "mnistcnn", "format_version": "1", "library_version": "0.1.0",
        "architecture": architecture, "input_height": "2", "input_width": "2", "input_channels": "1",
        "num_classes": "2", "input_mean": "0", "input_deviation": "1"}}
    values = 0
    for name, shape in tensors.items():
        count = math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [4 * values, 4 * (values + count)]}
        values += count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + struct.pack("<f", 1) * values


def seeds_model():
    (CORPUS / "model").mkdir(parents=True, exist_ok=True)
    for version in "v1", "v2":
        shutil.copy(HERE.parent / "golden" / f"model_{version}.safetensors", CORPUS / "model" / version)
    write("model/norm", model_file(
        "separable 1 1, batchnorm, add 1, flatten, dense 2",
        {"separable_conv2d_1/depthwise_kernel": [1, 1, 1, 1],
         "separable_conv2d_1/pointwise_kernel": [1, 1, 1, 1], "separable_conv2d_1/bias": [1],
         "batch_normalization_1/gamma": [1], "batch_normalization_1/beta": [1],
         "batch_normalization_1/moving_mean": [1], "batch_normalization_1/moving_variance": [1],
         "dense_1/kernel": [4, 2], "dense_1/bias": [2]}))


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def keras_layer(class_name, name, inputs=None, version=3, **config):
    """One of Keras; inputs: of a functional model."""
    layer = {"class_name": class_name, "config": {"name": name, **config}}
    if version == 3:
        layer.update(module="keras.layers", registered_name=None)
    if inputs is None:
        return layer
    layer["name"] = name
    if version == 2:
        layer["inbound_nodes"] = [[[other, 0, 0, {}] for other in inputs]] if inputs else []
        return layer
    tensors = [{"class_name": "__keras_tensor__", "config": {
        "shape": [None], "dtype": "float32", "keras_history": [other, 0, 0]}} for other in inputs]
    layer["inbound_nodes"] = [{"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": {}}] \
        if inputs else []
    return layer


def residual_layers(version, shape):
    """The network of fuzz_keras_config.c; shape: of the input, by the version's name for it."""
    rows = [
        ("InputLayer", "image", [], shape),
        ("Conv2D", "conv", ["image"], {"filters": 2, "kernel_size": [3, 3], "padding": "same"}),
        ("BatchNormalization", "norm", ["conv"], {"axis": [3], "epsilon": 1e-3}),
        ("Activation", "relu", ["norm"], {"activation": "relu"}),
        ("Add", "add", ["relu", "conv"], {}),
        ("DepthwiseConv2D", "depthwise", ["add"], {"kernel_size": [2, 2], "depth_multiplier": 2}),
        ("SeparableConv2D", "separable", ["depthwise"],
         {"filters": 3, "kernel_size": [2, 2],
          "activation": {"class_name": "LeakyReLU", "config": {"negative_slope": 0.3}}}),
        ("Flatten", "flatten", ["separable"], {}),
        ("Dense", "dense", ["flatten"], {"units": 4, "activation": "tanh"}),
        ("Dense", "classes", ["dense"], {"units": 3, "activation": "softmax"}),
    ]
    return [keras_layer(name, own, inputs, version, **config) for name, own, inputs, config in rows]


def seeds_keras_config():
    ends = {"input_layers": [["image", 0, 0]], "output_layers": [["classes", 0, 0]]}
    write("keras_config/functional3", compact({"class_name": "Functional", "config": {
        "name": "net", "layers": residual_layers(3, {"batch_shape": [None, 6, 5, 1]}), **ends}}).encode())
    write("keras_config/functional2", compact({"class_name": "Model", "config": {
        "name": "net", "layers": residual_layers(2, {"batch_input_shape": [None, 6, 5, 1]}),
        **ends}}).encode())
    layers = [
        keras_layer("InputLayer", "image", batch_shape=[None, 6, 5, 1], sparse=False),
        keras_layer("Rescaling", "scale", scale=0.00392156862745098, offset=[0.0]),
        keras_layer("ZeroPadding2D", "pad", padding=[[0, 1], [1, 0]]),
        keras_layer("Conv2D", "conv", filters=2, kernel_size={"class_name": "__tuple__", "items": [3, 3]},
                    dtype={"class_name": "DTypePolicy", "config": {"name": "float32"}}),
        keras_layer("ReLU", "relu", max_value=4.0),
        keras_layer("MaxPooling2D", "pool", pool_size=[2, 1], padding="same"),
        keras_layer("GlobalAveragePooling2D", "mean", keepdims=True),
        keras_layer("Reshape", "reshape", target_shape=[-1]),
        keras_layer("Dropout", "drop", rate=0.25),
        keras_layer("Softmax", "softmax", axis=[-1]),
    ]
    write("keras_config/chain", compact({"class_name": "Sequential", "config": layers}).encode())
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": layers[3:6]}}
    operation = {"class_name": "TFOpLambda", "config": {"name": "divide", "function": "math.truediv"}}
    write("keras_config/nested", compact({"class_name": "Sequential", "config": {
        "name": "net", "layers": [layers[0], operation, inner, *layers[6:]]}}).encode())


def tfjs(layers, weights, **wrapping):
    """A model.json whose weights are in "w.bin"."""
    listed = [{"name": name, "shape": shape, "dtype": "float32"} for name, shape in weights]
    topology = {"class_name": "Sequential", "config": {"name": "net", "layers": layers}}
    if wrapping:
        topology = {**wrapping, "model_config": topology}
    return compact({"format": "layers-model", "modelTopology": topology,
                    "weightsManifest": [{"paths": ["w.bin"], "weights": listed}]}).encode()


def seeds_tfjs():
    """Of as many weights as fuzz_tfjs.c writes into "w.bin"."""
    def weights(norm):
        return [("conv/kernel", [3, 3, 1, 2]), ("conv/bias", [2]),
                *((norm + name, [2]) for name in ("gamma", "beta", "moving_mean", "moving_variance")),
                ("dense/kernel", [24, 3]), ("dense/bias", [3])]

    first = keras_layer("Conv2D", "conv", version=2, batch_input_shape=[None, 6, 5, 1], filters=2,
                        kernel_size=[3, 3], activation="relu")
    norm = keras_layer("BatchNormalization", "norm", version=2, axis=[3], epsilon=0.001)
    last = [keras_layer("Flatten", "flatten", version=2),
            keras_layer("Dense", "dense", version=2, units=3, activation="softmax")]
    inner = {"class_name": "Sequential", "config": {"name": "inner", "layers": [norm]}}
    write("tfjs/chain", tfjs([first, norm, *last], weights("norm/"), keras_version="2.6.0", backend="tensorflow"))
    write("tfjs/nested", tfjs([first, inner, *last], weights("inner/norm/")))


def seeds_json():
    write("json/all", b' {"a": [1, -0.5e-3, 1E+2, true, false, null, NaN, -Infinity], "": {"b": {}},\n'
          b'  "\\u00e9\\ud83d\\ude00\\n\\"": "\xc3\xa9\\/\\\\"}\t')
    write("json/nested", b"[[[[{\"a\":[[]]}]]]]")
    write("json/numbers", b"[0, 123456789012345678901234567890, 1e400, 2.2250738585072014e-308, -0]")


def form(*parts):
    return b"".join(b"--b\r\n" + headers + b"\r\n\r\n" + content + b"\r\n" for headers, content in parts) + b"--b--\r\n"


def seeds_server_bodies():
    field = b'Content-Disposition: form-data; name="a"'
    files = form((field + b'; filename="x.png"\r\nContent-Type: image/png', b"\x89PNG"), (field, b"text"))
    write("server_form/files", b'multipart/form-data; boundary="b"\n' + files)
    write("server_form/plain", b"multipart/form-data; x=y; boundary=b\npreamble\r\n" + form((b"", b""), (b"A: b", b"\r\n--")))
    write("server_pictures/form", b"\1" + files)
    write("server_pictures/one", b'\0{"image": "data:image/png;base64,iVBO Rw==\\n"}')
    write("server_pictures/images", b'\0{"images": ["iVBORw==", "_-8", ""]}')
    write("server_pictures/raw", b"\2\x89PNG")


def tensor(datatype, shape, data=None, **parameters):
    value = {"name": "image", "datatype": datatype, "shape": shape}
    return {**value, **({"data": data} if data is not None else {}), **({"parameters": parameters} if parameters else {})}


def seeds_server_infer():
    def request(*inputs, **more):
        return json.dumps({"inputs": inputs, **more}).encode()

    write("server_infer/bytes", b"\n" + request(tensor("UINT8", [1, 2, 3, 1], [0, 1, 2, 3, 254, 255]), id="a\"b"))
    write("server_infer/floats", b"\n" + request(tensor("FP32", [2, 3], [[0, 0.5, 1e-3], [1, 0.25, 0]]), outputs=[
        {"name": "class_name", "parameters": {"binary_data": True}}, {"name": "probabilities"}]))
    write("server_infer/images", b"\n" + request(tensor("BYTES", [2, 1], [["iVBORw=="], ["AA"]]),
                                                 parameters={"binary_data_output": True, "other": 1.5}))
    for name, value, data in (("binary_bytes", tensor("UINT8", [2, 6], binary_data_size=12), bytes(range(12))),
                              ("binary_floats", tensor("FP32", [6], binary_data_size=24), struct.pack("<6f", *[0.5] * 6)),
                              ("binary_images", tensor("BYTES", [2], binary_data_size=11), b"\3\0\0\0abc\0\0\0\0")):
        head = request(value)
        write(f"server_infer/{name}", b"%d\n" % len(head) + head + data)
    write("server_infer/raw", b"0\n" + struct.pack("<12f", *[0.25] * 12))


def seeds_server_answer():
    """As pool/job_answer.c reads them, with three classes."""
    def text(content):
        return struct.pack("<Q", len(content)) + content

    row, none, box = struct.pack("<I3f", 3, 0.25, 0.5, 0.25), struct.pack("<I", 0), struct.pack("<4I", 1, 2, 3, 4)
    ok = struct.pack("<i", 0) + text(b"")
    picture = struct.pack("<iiiI", 0, 0, 1, 0) + box + text(b"") + row
    refused = struct.pack("<iiiI", -4, 0, 0, 0) + box + text(b"no PNG") + none
    write("server_answer/pictures", b"\0" + ok + struct.pack("<I", 2) + picture + refused)
    digit = struct.pack("<iifIIII", 0, 1, 0.5, 0, 0, 0, 0) + box + row
    blank = struct.pack("<iifIIII", 2, -1, 0, 0, 1, 0xFFFFFFFF, 0) + box + none
    group = struct.pack("<IQQ", 0, 0, 2) + box + text(b"1?")
    write("server_answer/page", b"\1" + ok + struct.pack("<IIiIIII", 9, 9, 1, 1, 0, 0, 3) + struct.pack("<Q", 2) +
          digit + blank + struct.pack("<Q", 1) + group)
    write("server_answer/tensor", b"\2" + ok + struct.pack("<II6f", 2, 3, *[0.5] * 6))
    write("server_answer/failed", b"\3" + struct.pack("<i", -13) + text(b"too many pixels"))


seeds_png()
seeds_bmp()
seeds_exif()
seeds_digit()
seeds_idx()
seeds_architecture()
seeds_model()
seeds_keras_config()
seeds_tfjs()
seeds_json()
seeds_server_bodies()
seeds_server_infer()
seeds_server_answer()
