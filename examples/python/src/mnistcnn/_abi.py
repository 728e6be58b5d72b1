"""The C interface of libmnistcnn 0.1.0, as ctypes.

Written by examples/bindings/generate.py from the public headers; not to be edited. Pointers to numbers are
c_void_p, so that the address of an array can be passed as an int."""

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_char,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Callable, Dict, List, Optional, Type, Union

VERSION = "0.1.0"

Function = Callable[..., Any]
Number = Union[int, float, List[float]]


class StatusCode:
    """enum mnistcnn_status_code"""

    OK = 0
    INVALID_ARGUMENT = -1
    OUT_OF_MEMORY = -2
    IO = -3
    FORMAT = -4
    UNSUPPORTED = -5
    ARCHITECTURE = -6
    SHAPE_MISMATCH = -7
    BUFFER_TOO_SMALL = -8
    CANCELLED = -9
    NOT_FINITE = -10
    STATE = -11
    NOT_FOUND = -12
    LIMIT = -13
    THREADS = -14
    NO_DIGIT = -15


class LogLevel:
    """enum mnistcnn_log_level"""

    INFO = 0
    WARNING = 1


class Event:
    """enum mnistcnn_event"""

    LOADING = 0
    STEP = 1
    VALIDATING = 2
    EPOCH_END = 3
    EVALUATING = 4


class ImageLimit:
    """enum mnistcnn_image_limit"""

    MAX_IMAGE_SIDE = 4096
    MAX_IMAGE_BYTES = 67108864
    MAX_FILE_SIDE = 65535
    MAX_FILE_PIXELS = 268435456


class Resize:
    """enum mnistcnn_resize"""

    AREA_BILINEAR = 0
    NEAREST = 1


class ImageFormat:
    """enum mnistcnn_image_format"""

    PNG = 1
    JPEG = 2
    BMP = 3


class Prepare:
    """enum mnistcnn_prepare"""

    NONE = 0
    DIGIT = 1


class Alpha:
    """enum mnistcnn_alpha"""

    COMPOSITE = 0
    DROP = 1


class Init:
    """enum mnistcnn_init"""

    GLOROT_UNIFORM = 0
    KAIMING_NORMAL = 1
    GLOROT_NORMAL = 2
    HE_UNIFORM = 3
    HE_NORMAL = 4
    LECUN_UNIFORM = 5
    LECUN_NORMAL = 6


class Layer:
    """enum mnistcnn_layer"""

    CONV2D = 0
    MAXPOOL2D = 1
    ACTIVATION = 2
    DROPOUT = 3
    FLATTEN = 4
    DENSE = 5
    SOFTMAX = 6
    AVGPOOL2D = 7
    GLOBAL_AVGPOOL2D = 8
    GLOBAL_MAXPOOL2D = 9
    ZEROPAD2D = 10
    RESCALE = 11
    SPATIAL_DROPOUT2D = 12
    BATCH_NORM = 13
    ADD = 14
    DEPTHWISE_CONV2D = 15
    SEPARABLE_CONV2D = 16
    NORMALIZATION = 17


class Activation:
    """enum mnistcnn_activation"""

    LINEAR = 0
    RELU = 1
    RELU6 = 2
    LEAKY_RELU = 3
    ELU = 4
    SELU = 5
    SIGMOID = 6
    TANH = 7
    SWISH = 8
    GELU = 9
    GELU_TANH = 10
    SOFTPLUS = 11
    HARD_SIGMOID = 12
    HARD_SWISH = 13


class Padding:
    """enum mnistcnn_padding"""

    VALID = 0
    SAME = 1


class Weights:
    """enum mnistcnn_weights"""

    KERNEL = 0
    BIAS = 1
    GAMMA = 2
    BETA = 3
    MOVING_MEAN = 4
    MOVING_VARIANCE = 5
    DEPTHWISE_KERNEL = 6
    POINTWISE_KERNEL = 7


class Precision:
    """enum mnistcnn_precision"""

    FLOAT32 = 0
    INT8 = 1


class Polarity:
    """enum mnistcnn_polarity"""

    AUTO = 0
    DARK_ON_LIGHT = 1
    LIGHT_ON_DARK = 2


class DigitVerdict:
    """enum mnistcnn_digit_verdict"""

    FOUND = 0
    TOUCHING = 1
    BLANK = 2
    FILLED = 3
    SEVERAL = 4
    OTHER = 5
    UNCLEAR = 6


class DigitLimit:
    """enum mnistcnn_digit_limit"""

    SIDE = 1024
    ENOUGH = 1000


class Label:
    """enum mnistcnn_label"""

    NO_CLASS = -1


class Loss:
    """enum mnistcnn_loss"""

    BINARY_CROSS_ENTROPY = 0
    CATEGORICAL_CROSS_ENTROPY = 1


class Optimizer:
    """enum mnistcnn_optimizer"""

    RMSPROP = 0
    SGD = 1
    ADAM = 2
    ADAMW = 3


class Schedule:
    """enum mnistcnn_schedule"""

    CONSTANT = 0
    LINEAR = 1
    COSINE = 2
    ONE_CYCLE = 3
    STEP = 4


class Augment:
    """enum mnistcnn_augment"""

    NONE = 0
    KERAS_2_0 = 1
    KERAS_2_9 = 2
    AFFINE_ELASTIC = 3


class Metric:
    """enum mnistcnn_metric"""

    VALIDATION_LOSS = 0
    VALIDATION_ACCURACY = 1


class ExportFormat:
    """enum mnistcnn_export_format"""

    KERAS = 0
    KERAS_H5 = 1
    KERAS_WEIGHTS = 2
    ONNX = 3
    TFJS = 4
    C = 5
    C_INT8 = 6
    PYTORCH = 7


class Monitor(Structure):
    """An opaque mnistcnn_monitor."""


class Model(Structure):
    """An opaque mnistcnn_model."""


class Workspace(Structure):
    """An opaque mnistcnn_workspace."""


class DigitList(Structure):
    """An opaque mnistcnn_digit_list."""


class Page(Structure):
    """An opaque mnistcnn_page."""


class Dataset(Structure):
    """An opaque mnistcnn_dataset."""


class Trainer(Structure):
    """An opaque mnistcnn_trainer."""


class Error(Structure):
    """A mnistcnn_error."""

    struct_size: int
    status: int
    message: bytes


class Allocator(Structure):
    """A mnistcnn_allocator."""

    struct_size: int
    reserved: int
    allocate: Any
    deallocate: Any
    user: Any


class Reader(Structure):
    """A mnistcnn_reader."""

    struct_size: int
    reserved: int
    read: Any
    user: Any


class Writer(Structure):
    """A mnistcnn_writer."""

    struct_size: int
    reserved: int
    write: Any
    user: Any


class LogLines(Structure):
    """A mnistcnn_log_lines."""

    struct_size: int
    num_lost: int
    capacity: int
    length: int
    text: Any


class Progress(Structure):
    """A mnistcnn_progress."""

    struct_size: int
    event: int
    epoch: int
    epochs: int
    step: int
    steps: int
    images_done: int
    images_total: int
    seconds: float
    seconds_left: float
    learning_rate: float
    loss: float
    accuracy: float
    binary_accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_binary_accuracy: float
    best_epoch: int
    stopped_early: int


class Shape(Structure):
    """A mnistcnn_shape."""

    height: int
    width: int
    channels: int


class Image(Structure):
    """A mnistcnn_image."""

    pixels: Any
    size_bytes: int
    shape: Shape
    reserved: int


class ImageInfo(Structure):
    """A mnistcnn_image_info."""

    struct_size: int
    format: int
    height: int
    width: int
    channels: int
    file_height: int
    file_width: int
    factor: int
    orientation: int
    has_alpha: int


class Preparation(Structure):
    """A mnistcnn_preparation."""

    struct_size: int
    prepare: int
    polarity: int
    invert: int
    alpha: int
    resize: int
    scale: float
    offset: float
    mean: Any
    deviation: Any


class ModelOptions(Structure):
    """A mnistcnn_model_options."""

    struct_size: int
    input_height: int
    input_width: int
    input_channels: int
    num_classes: int
    initializer: int
    seed: int
    input_mean: float
    input_std: float
    architecture: Optional[bytes]
    class_names: Any
    allocator: Any
    error: Any
    preparation: Any


class LoadOptions(Structure):
    """A mnistcnn_load_options."""

    struct_size: int
    reserved: int
    path: Optional[bytes]
    data: Any
    size_bytes: int
    reader: Any
    allocator: Any
    max_memory_bytes: int
    max_multiply_adds: int
    error: Any


class SaveOptions(Structure):
    """A mnistcnn_save_options."""

    struct_size: int
    reserved: int
    path: Optional[bytes]
    writer: Any
    error: Any


class LayerInfo(Structure):
    """A mnistcnn_layer_info."""

    struct_size: int
    kind: int
    output_height: int
    output_width: int
    output_channels: int
    activation: int
    activation_parameter: float
    kernel_shape: Any
    reserved: int
    num_parameters: int
    name: bytes
    stride_height: int
    stride_width: int
    dilation_height: int
    dilation_width: int
    padding: int
    has_bias: int
    pad_top: int
    pad_bottom: int
    pad_left: int
    pad_right: int
    input: int
    other: int
    rate: float
    scale: float
    offset: float
    momentum: float
    epsilon: float
    unbiased: int
    mean: Any
    deviation: Any


class WorkspaceOptions(Structure):
    """A mnistcnn_workspace_options."""

    struct_size: int
    max_batch: int
    num_threads: int
    precision: int
    error: Any


class FileResults(Structure):
    """A mnistcnn_file_results."""

    struct_size: int
    message_capacity: int
    probabilities: Any
    probabilities_capacity: int
    statuses: Any
    messages: Any
    verdicts: Any
    passed_through: Any


class DigitOptions(Structure):
    """A mnistcnn_digit_options."""

    struct_size: int
    polarity: int
    height: int
    width: int
    passthrough_prepared: int
    reserved: int
    allocator: Any
    error: Any


class DigitInfo(Structure):
    """A mnistcnn_digit_info."""

    struct_size: int
    verdict: int
    polarity: int
    line: int
    top: int
    left: int
    height: int
    width: int
    passed_through: int
    scale: float
    stroke_width: float
    contrast: float


class PageOptions(Structure):
    """A mnistcnn_page_options."""

    struct_size: int
    polarity: int
    form: int
    least_confidence: float
    allocator: Any
    error: Any


class PageInfo(Structure):
    """A mnistcnn_page_info."""

    struct_size: int
    polarity: int
    num_lines: int
    num_columns: int
    is_form: int
    num_specks: int


class PageDigit(Structure):
    """A mnistcnn_page_digit."""

    struct_size: int
    verdict: int
    class_index: int
    confidence: float
    line: int
    column: int
    group: int
    is_cut: int
    top: int
    left: int
    height: int
    width: int


class PageGroup(Structure):
    """A mnistcnn_page_group."""

    struct_size: int
    line: int
    first: int
    count: int
    top: int
    left: int
    height: int
    width: int
    text: Optional[bytes]


class DatasetOptions(Structure):
    """A mnistcnn_dataset_options."""

    struct_size: int
    height: int
    width: int
    channels: int
    resize: int
    skip_broken: int
    num_threads: int
    prepare: int
    progress: Any
    log: Any
    user: Any
    monitor: Any
    allocator: Any
    error: Any
    preparation: Any
    idx_transpose: int
    idx_first_label: int
    background: Optional[bytes]


class LabelledImages(Structure):
    """A mnistcnn_labelled_images."""

    struct_size: int
    num_classes: int
    pixels: Any
    size_bytes: int
    labels: Any
    count: int
    class_names: Any
    shape: Shape
    reserved: int


class TrainOptions(Structure):
    """A mnistcnn_train_options."""

    struct_size: int
    epochs: int
    batch_size: int
    num_threads: int
    seed: int
    loss: int
    optimizer: int
    schedule: int
    augment: int
    shuffle: int
    horizontal_flip: int
    nesterov: int
    label_smoothing: float
    learning_rate: float
    rho: float
    momentum: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    warmup_fraction: float
    warmup_start_ratio: float
    final_lr_ratio: float
    ema_decay: float
    no_augment_fraction: float
    rotation: float
    shear: float
    zoom: float
    shift: float
    elastic_pixels: float
    dilate: float
    calibration_fraction: float
    reserved: int
    checkpoint_path: Optional[bytes]
    checkpoint_writer: Any
    progress: Any
    log: Any
    user: Any
    monitor: Any
    error: Any
    l2: float
    clip_norm: float
    step_factor: float
    step_epochs: int
    metric: int
    keep_best: int
    stop_patience: int
    min_delta: float
    plateau_patience: int
    plateau_factor: float
    plateau_min_rate: float
    plateau_cooldown: int
    balance_classes: int
    num_class_weights: int
    class_weights: Any


class ResumeOptions(Structure):
    """A mnistcnn_resume_options."""

    struct_size: int
    num_threads: int
    path: Optional[bytes]
    reader: Any
    instruction_set: Optional[bytes]
    checkpoint_path: Optional[bytes]
    checkpoint_writer: Any
    progress: Any
    log: Any
    user: Any
    monitor: Any
    allocator: Any
    error: Any
    epochs: int
    reserved: int


class EvaluateOptions(Structure):
    """A mnistcnn_evaluate_options."""

    struct_size: int
    num_threads: int
    max_batch: int
    precision: int
    loss: int
    reserved: int
    confusion: Any
    confusion_capacity: int
    probabilities: Any
    probabilities_capacity: int
    progress: Any
    user: Any
    monitor: Any
    error: Any


class Metrics(Structure):
    """A mnistcnn_metrics."""

    struct_size: int
    reserved: int
    count: int
    correct: int
    loss: float
    accuracy: float
    binary_accuracy: float
    calibration_error: float
    background: int
    rejected: int
    background_rejected: int


class Cost(Structure):
    """A mnistcnn_cost."""

    struct_size: int
    reserved: int
    model_bytes: int
    memory_bytes: int
    peak_bytes: int
    multiply_adds: int


class ImportOptions(Structure):
    """A mnistcnn_import_options."""

    struct_size: int
    prepare: int
    path: Optional[bytes]
    data: Any
    size_bytes: int
    reader: Any
    encoding: Optional[bytes]
    architecture: Optional[bytes]
    input_height: int
    input_width: int
    log: Any
    user: Any
    allocator: Any
    error: Any


class EncodingResult(Structure):
    """A mnistcnn_encoding_result."""

    struct_size: int
    reserved: int
    accuracy: float
    loss: float
    count: int
    encoding: bytes


class ExportOptions(Structure):
    """A mnistcnn_export_options."""

    struct_size: int
    format: int
    path: Optional[bytes]
    writer: Any
    allocator: Any
    error: Any
    unit_input: int
    reserved: int


LogCallback = CFUNCTYPE(None, c_int32, c_char_p, c_void_p)
ProgressCallback = CFUNCTYPE(c_int32, POINTER(Progress), c_void_p)


Error._fields_ = [
    ("struct_size", c_uint32),
    ("status", c_int32),
    ("message", c_char * 512),
]

Allocator._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("allocate", CFUNCTYPE(c_void_p, c_size_t, c_void_p)),
    ("deallocate", CFUNCTYPE(None, c_void_p, c_void_p)),
    ("user", c_void_p),
]

Reader._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("read", CFUNCTYPE(c_int64, c_void_p, c_size_t, c_void_p)),
    ("user", c_void_p),
]

Writer._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("write", CFUNCTYPE(c_int32, c_void_p, c_size_t, c_void_p)),
    ("user", c_void_p),
]

LogLines._fields_ = [
    ("struct_size", c_uint32),
    ("num_lost", c_uint32),
    ("capacity", c_size_t),
    ("length", c_size_t),
    ("text", c_void_p),
]

Progress._fields_ = [
    ("struct_size", c_uint32),
    ("event", c_int32),
    ("epoch", c_uint32),
    ("epochs", c_uint32),
    ("step", c_uint64),
    ("steps", c_uint64),
    ("images_done", c_uint64),
    ("images_total", c_uint64),
    ("seconds", c_double),
    ("seconds_left", c_double),
    ("learning_rate", c_double),
    ("loss", c_double),
    ("accuracy", c_double),
    ("binary_accuracy", c_double),
    ("validation_loss", c_double),
    ("validation_accuracy", c_double),
    ("validation_binary_accuracy", c_double),
    ("best_epoch", c_uint32),
    ("stopped_early", c_uint32),
]

Shape._fields_ = [
    ("height", c_uint32),
    ("width", c_uint32),
    ("channels", c_uint32),
]

Image._fields_ = [
    ("pixels", c_void_p),
    ("size_bytes", c_size_t),
    ("shape", Shape),
    ("reserved", c_uint32),
]

ImageInfo._fields_ = [
    ("struct_size", c_uint32),
    ("format", c_int32),
    ("height", c_uint32),
    ("width", c_uint32),
    ("channels", c_uint32),
    ("file_height", c_uint32),
    ("file_width", c_uint32),
    ("factor", c_uint32),
    ("orientation", c_uint32),
    ("has_alpha", c_uint32),
]

Preparation._fields_ = [
    ("struct_size", c_uint32),
    ("prepare", c_int32),
    ("polarity", c_int32),
    ("invert", c_uint32),
    ("alpha", c_int32),
    ("resize", c_int32),
    ("scale", c_float),
    ("offset", c_float),
    ("mean", c_float * 3),
    ("deviation", c_float * 3),
]

ModelOptions._fields_ = [
    ("struct_size", c_uint32),
    ("input_height", c_uint32),
    ("input_width", c_uint32),
    ("input_channels", c_uint32),
    ("num_classes", c_uint32),
    ("initializer", c_int32),
    ("seed", c_uint64),
    ("input_mean", c_float),
    ("input_std", c_float),
    ("architecture", c_char_p),
    ("class_names", POINTER(c_char_p)),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
    ("preparation", POINTER(Preparation)),
]

LoadOptions._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("path", c_char_p),
    ("data", c_void_p),
    ("size_bytes", c_size_t),
    ("reader", POINTER(Reader)),
    ("allocator", POINTER(Allocator)),
    ("max_memory_bytes", c_uint64),
    ("max_multiply_adds", c_uint64),
    ("error", POINTER(Error)),
]

SaveOptions._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("path", c_char_p),
    ("writer", POINTER(Writer)),
    ("error", POINTER(Error)),
]

LayerInfo._fields_ = [
    ("struct_size", c_uint32),
    ("kind", c_int32),
    ("output_height", c_uint32),
    ("output_width", c_uint32),
    ("output_channels", c_uint32),
    ("activation", c_int32),
    ("activation_parameter", c_float),
    ("kernel_shape", c_uint32 * 4),
    ("reserved", c_uint32),
    ("num_parameters", c_uint64),
    ("name", c_char * 32),
    ("stride_height", c_uint32),
    ("stride_width", c_uint32),
    ("dilation_height", c_uint32),
    ("dilation_width", c_uint32),
    ("padding", c_int32),
    ("has_bias", c_uint32),
    ("pad_top", c_uint32),
    ("pad_bottom", c_uint32),
    ("pad_left", c_uint32),
    ("pad_right", c_uint32),
    ("input", c_int32),
    ("other", c_int32),
    ("rate", c_float),
    ("scale", c_float),
    ("offset", c_float),
    ("momentum", c_float),
    ("epsilon", c_float),
    ("unbiased", c_uint32),
    ("mean", c_float * 4),
    ("deviation", c_float * 4),
]

WorkspaceOptions._fields_ = [
    ("struct_size", c_uint32),
    ("max_batch", c_uint32),
    ("num_threads", c_uint32),
    ("precision", c_int32),
    ("error", POINTER(Error)),
]

FileResults._fields_ = [
    ("struct_size", c_uint32),
    ("message_capacity", c_uint32),
    ("probabilities", c_void_p),
    ("probabilities_capacity", c_size_t),
    ("statuses", c_void_p),
    ("messages", c_void_p),
    ("verdicts", c_void_p),
    ("passed_through", c_void_p),
]

DigitOptions._fields_ = [
    ("struct_size", c_uint32),
    ("polarity", c_int32),
    ("height", c_uint32),
    ("width", c_uint32),
    ("passthrough_prepared", c_uint32),
    ("reserved", c_uint32),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
]

DigitInfo._fields_ = [
    ("struct_size", c_uint32),
    ("verdict", c_int32),
    ("polarity", c_int32),
    ("line", c_uint32),
    ("top", c_uint32),
    ("left", c_uint32),
    ("height", c_uint32),
    ("width", c_uint32),
    ("passed_through", c_uint32),
    ("scale", c_float),
    ("stroke_width", c_float),
    ("contrast", c_float),
]

PageOptions._fields_ = [
    ("struct_size", c_uint32),
    ("polarity", c_int32),
    ("form", c_uint32),
    ("least_confidence", c_float),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
]

PageInfo._fields_ = [
    ("struct_size", c_uint32),
    ("polarity", c_int32),
    ("num_lines", c_uint32),
    ("num_columns", c_uint32),
    ("is_form", c_uint32),
    ("num_specks", c_uint32),
]

PageDigit._fields_ = [
    ("struct_size", c_uint32),
    ("verdict", c_int32),
    ("class_index", c_int32),
    ("confidence", c_float),
    ("line", c_uint32),
    ("column", c_uint32),
    ("group", c_uint32),
    ("is_cut", c_uint32),
    ("top", c_uint32),
    ("left", c_uint32),
    ("height", c_uint32),
    ("width", c_uint32),
]

PageGroup._fields_ = [
    ("struct_size", c_uint32),
    ("line", c_uint32),
    ("first", c_uint64),
    ("count", c_uint64),
    ("top", c_uint32),
    ("left", c_uint32),
    ("height", c_uint32),
    ("width", c_uint32),
    ("text", c_char_p),
]

DatasetOptions._fields_ = [
    ("struct_size", c_uint32),
    ("height", c_uint32),
    ("width", c_uint32),
    ("channels", c_uint32),
    ("resize", c_int32),
    ("skip_broken", c_uint32),
    ("num_threads", c_uint32),
    ("prepare", c_int32),
    ("progress", ProgressCallback),
    ("log", LogCallback),
    ("user", c_void_p),
    ("monitor", POINTER(Monitor)),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
    ("preparation", POINTER(Preparation)),
    ("idx_transpose", c_uint32),
    ("idx_first_label", c_uint32),
    ("background", c_char_p),
]

LabelledImages._fields_ = [
    ("struct_size", c_uint32),
    ("num_classes", c_uint32),
    ("pixels", c_void_p),
    ("size_bytes", c_size_t),
    ("labels", c_void_p),
    ("count", c_size_t),
    ("class_names", POINTER(c_char_p)),
    ("shape", Shape),
    ("reserved", c_uint32),
]

TrainOptions._fields_ = [
    ("struct_size", c_uint32),
    ("epochs", c_uint32),
    ("batch_size", c_uint32),
    ("num_threads", c_uint32),
    ("seed", c_uint64),
    ("loss", c_int32),
    ("optimizer", c_int32),
    ("schedule", c_int32),
    ("augment", c_int32),
    ("shuffle", c_uint32),
    ("horizontal_flip", c_uint32),
    ("nesterov", c_uint32),
    ("label_smoothing", c_float),
    ("learning_rate", c_float),
    ("rho", c_float),
    ("momentum", c_float),
    ("beta1", c_float),
    ("beta2", c_float),
    ("epsilon", c_float),
    ("weight_decay", c_float),
    ("warmup_fraction", c_float),
    ("warmup_start_ratio", c_float),
    ("final_lr_ratio", c_float),
    ("ema_decay", c_float),
    ("no_augment_fraction", c_float),
    ("rotation", c_float),
    ("shear", c_float),
    ("zoom", c_float),
    ("shift", c_float),
    ("elastic_pixels", c_float),
    ("dilate", c_float),
    ("calibration_fraction", c_float),
    ("reserved", c_uint32),
    ("checkpoint_path", c_char_p),
    ("checkpoint_writer", POINTER(Writer)),
    ("progress", ProgressCallback),
    ("log", LogCallback),
    ("user", c_void_p),
    ("monitor", POINTER(Monitor)),
    ("error", POINTER(Error)),
    ("l2", c_float),
    ("clip_norm", c_float),
    ("step_factor", c_float),
    ("step_epochs", c_uint32),
    ("metric", c_int32),
    ("keep_best", c_uint32),
    ("stop_patience", c_uint32),
    ("min_delta", c_float),
    ("plateau_patience", c_uint32),
    ("plateau_factor", c_float),
    ("plateau_min_rate", c_float),
    ("plateau_cooldown", c_uint32),
    ("balance_classes", c_uint32),
    ("num_class_weights", c_uint32),
    ("class_weights", c_void_p),
]

ResumeOptions._fields_ = [
    ("struct_size", c_uint32),
    ("num_threads", c_uint32),
    ("path", c_char_p),
    ("reader", POINTER(Reader)),
    ("instruction_set", c_char_p),
    ("checkpoint_path", c_char_p),
    ("checkpoint_writer", POINTER(Writer)),
    ("progress", ProgressCallback),
    ("log", LogCallback),
    ("user", c_void_p),
    ("monitor", POINTER(Monitor)),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
    ("epochs", c_uint32),
    ("reserved", c_uint32),
]

EvaluateOptions._fields_ = [
    ("struct_size", c_uint32),
    ("num_threads", c_uint32),
    ("max_batch", c_uint32),
    ("precision", c_int32),
    ("loss", c_int32),
    ("reserved", c_uint32),
    ("confusion", c_void_p),
    ("confusion_capacity", c_size_t),
    ("probabilities", c_void_p),
    ("probabilities_capacity", c_size_t),
    ("progress", ProgressCallback),
    ("user", c_void_p),
    ("monitor", POINTER(Monitor)),
    ("error", POINTER(Error)),
]

Metrics._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("count", c_uint64),
    ("correct", c_uint64),
    ("loss", c_double),
    ("accuracy", c_double),
    ("binary_accuracy", c_double),
    ("calibration_error", c_double),
    ("background", c_uint64),
    ("rejected", c_uint64),
    ("background_rejected", c_uint64),
]

Cost._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("model_bytes", c_uint64),
    ("memory_bytes", c_uint64),
    ("peak_bytes", c_uint64),
    ("multiply_adds", c_uint64),
]

ImportOptions._fields_ = [
    ("struct_size", c_uint32),
    ("prepare", c_int32),
    ("path", c_char_p),
    ("data", c_void_p),
    ("size_bytes", c_size_t),
    ("reader", POINTER(Reader)),
    ("encoding", c_char_p),
    ("architecture", c_char_p),
    ("input_height", c_uint32),
    ("input_width", c_uint32),
    ("log", LogCallback),
    ("user", c_void_p),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
]

EncodingResult._fields_ = [
    ("struct_size", c_uint32),
    ("reserved", c_uint32),
    ("accuracy", c_double),
    ("loss", c_double),
    ("count", c_uint64),
    ("encoding", c_char * 64),
]

ExportOptions._fields_ = [
    ("struct_size", c_uint32),
    ("format", c_int32),
    ("path", c_char_p),
    ("writer", POINTER(Writer)),
    ("allocator", POINTER(Allocator)),
    ("error", POINTER(Error)),
    ("unit_input", c_uint32),
    ("reserved", c_uint32),
]


def _function(library: ctypes.CDLL, name: str, result: Any, *parameters: Any) -> Function:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = parameters
    return function  # type: ignore[no-any-return]


class Core:
    """The functions of libmnistcnn."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.version = _function(
            library, "mnistcnn_version", c_uint32
        )
        self.version_string = _function(
            library, "mnistcnn_version_string", c_char_p
        )
        self.status_name = _function(
            library, "mnistcnn_status_name", c_char_p, c_int32
        )
        self.status_description = _function(
            library, "mnistcnn_status_description", c_char_p, c_int32
        )
        self.last_error = _function(
            library, "mnistcnn_last_error", c_char_p
        )
        self.build_info = _function(
            library, "mnistcnn_build_info", c_int32, c_void_p, c_size_t, c_void_p
        )
        self.has_feature = _function(
            library, "mnistcnn_has_feature", c_int32, c_char_p
        )
        self.log_collect = _function(
            library, "mnistcnn_log_collect", None, c_int32, c_char_p, c_void_p
        )
        self.monitor_create = _function(
            library, "mnistcnn_monitor_create", c_int32, POINTER(Allocator),
            POINTER(POINTER(Monitor))
        )
        self.monitor_free = _function(
            library, "mnistcnn_monitor_free", None, POINTER(Monitor)
        )
        self.monitor_progress = _function(
            library, "mnistcnn_monitor_progress", c_int32, POINTER(Monitor), POINTER(Progress)
        )
        self.monitor_cancel = _function(
            library, "mnistcnn_monitor_cancel", None, POINTER(Monitor)
        )
        self.image_read_info_file = _function(
            library, "mnistcnn_image_read_info_file", c_int32, c_char_p, c_uint32,
            POINTER(ImageInfo)
        )
        self.image_read_info_memory = _function(
            library, "mnistcnn_image_read_info_memory", c_int32, c_void_p, c_size_t, c_uint32,
            POINTER(ImageInfo)
        )
        self.image_decode_file = _function(
            library, "mnistcnn_image_decode_file", c_int32, c_char_p, c_uint32, c_void_p,
            c_size_t, POINTER(Shape)
        )
        self.image_decode_memory = _function(
            library, "mnistcnn_image_decode_memory", c_int32, c_void_p, c_size_t, c_uint32,
            c_void_p, c_size_t, POINTER(Shape)
        )
        self.image_decode_reduced_file = _function(
            library, "mnistcnn_image_decode_reduced_file", c_int32, c_char_p, c_uint32,
            c_uint32, c_void_p, c_size_t
        )
        self.image_decode_reduced_memory = _function(
            library, "mnistcnn_image_decode_reduced_memory", c_int32, c_void_p, c_size_t,
            c_uint32, c_uint32, c_void_p, c_size_t
        )
        self.image_save_png = _function(
            library, "mnistcnn_image_save_png", c_int32, POINTER(Image), c_char_p
        )
        self.image_resize = _function(
            library, "mnistcnn_image_resize", c_int32, POINTER(Image), c_int32, c_uint32,
            c_uint32, c_void_p, c_size_t
        )
        self.preparation_init = _function(
            library, "mnistcnn_preparation_init", c_int32, POINTER(Preparation), c_size_t
        )
        self.model_options_init = _function(
            library, "mnistcnn_model_options_init", c_int32, POINTER(ModelOptions), c_size_t
        )
        self.model_options_preset = _function(
            library, "mnistcnn_model_options_preset", c_int32, POINTER(ModelOptions), c_size_t,
            c_char_p
        )
        self.model_create = _function(
            library, "mnistcnn_model_create", c_int32, POINTER(ModelOptions),
            POINTER(POINTER(Model))
        )
        self.model_clone = _function(
            library, "mnistcnn_model_clone", c_int32, POINTER(Model), POINTER(POINTER(Model))
        )
        self.model_free = _function(
            library, "mnistcnn_model_free", None, POINTER(Model)
        )
        self.load_options_init = _function(
            library, "mnistcnn_load_options_init", c_int32, POINTER(LoadOptions), c_size_t
        )
        self.model_load = _function(
            library, "mnistcnn_model_load", c_int32, POINTER(LoadOptions),
            POINTER(POINTER(Model))
        )
        self.model_load_file = _function(
            library, "mnistcnn_model_load_file", c_int32, c_char_p, POINTER(Allocator),
            POINTER(POINTER(Model))
        )
        self.model_load_memory = _function(
            library, "mnistcnn_model_load_memory", c_int32, c_void_p, c_size_t,
            POINTER(Allocator), POINTER(POINTER(Model))
        )
        self.save_options_init = _function(
            library, "mnistcnn_save_options_init", c_int32, POINTER(SaveOptions), c_size_t
        )
        self.model_save = _function(
            library, "mnistcnn_model_save", c_int32, POINTER(Model), POINTER(SaveOptions)
        )
        self.model_save_file = _function(
            library, "mnistcnn_model_save_file", c_int32, POINTER(Model), c_char_p
        )
        self.model_save_memory = _function(
            library, "mnistcnn_model_save_memory", c_int32, POINTER(Model), c_void_p, c_size_t,
            c_void_p
        )
        self.model_input_shape = _function(
            library, "mnistcnn_model_input_shape", c_int32, POINTER(Model), POINTER(Shape)
        )
        self.model_num_inputs = _function(
            library, "mnistcnn_model_num_inputs", c_size_t, POINTER(Model)
        )
        self.model_num_classes = _function(
            library, "mnistcnn_model_num_classes", c_uint32, POINTER(Model)
        )
        self.model_num_layers = _function(
            library, "mnistcnn_model_num_layers", c_uint32, POINTER(Model)
        )
        self.model_num_parameters = _function(
            library, "mnistcnn_model_num_parameters", c_uint64, POINTER(Model)
        )
        self.model_class_name = _function(
            library, "mnistcnn_model_class_name", c_char_p, POINTER(Model), c_uint32
        )
        self.model_set_class_names = _function(
            library, "mnistcnn_model_set_class_names", c_int32, POINTER(Model),
            POINTER(c_char_p), c_uint32
        )
        self.model_temperature = _function(
            library, "mnistcnn_model_temperature", c_float, POINTER(Model)
        )
        self.model_set_temperature = _function(
            library, "mnistcnn_model_set_temperature", c_int32, POINTER(Model), c_float
        )
        self.model_rejection_threshold = _function(
            library, "mnistcnn_model_rejection_threshold", c_float, POINTER(Model)
        )
        self.model_set_rejection_threshold = _function(
            library, "mnistcnn_model_set_rejection_threshold", c_int32, POINTER(Model), c_float
        )
        self.model_preparation = _function(
            library, "mnistcnn_model_preparation", c_int32, POINTER(Model), POINTER(Preparation)
        )
        self.model_set_preparation = _function(
            library, "mnistcnn_model_set_preparation", c_int32, POINTER(Model),
            POINTER(Preparation)
        )
        self.model_architecture = _function(
            library, "mnistcnn_model_architecture", c_char_p, POINTER(Model)
        )
        self.model_layer_info = _function(
            library, "mnistcnn_model_layer_info", c_int32, POINTER(Model), c_uint32,
            POINTER(LayerInfo)
        )
        self.model_weights = _function(
            library, "mnistcnn_model_weights", c_int32, POINTER(Model), c_uint32, c_int32,
            c_void_p, c_size_t, c_void_p
        )
        self.model_set_weights = _function(
            library, "mnistcnn_model_set_weights", c_int32, POINTER(Model), c_uint32, c_int32,
            c_void_p, c_size_t
        )
        self.model_note = _function(
            library, "mnistcnn_model_note", c_char_p, POINTER(Model), c_char_p
        )
        self.model_set_note = _function(
            library, "mnistcnn_model_set_note", c_int32, POINTER(Model), c_char_p, c_char_p
        )
        self.model_num_notes = _function(
            library, "mnistcnn_model_num_notes", c_uint32, POINTER(Model)
        )
        self.model_note_key = _function(
            library, "mnistcnn_model_note_key", c_char_p, POINTER(Model), c_uint32
        )
        self.model_summary = _function(
            library, "mnistcnn_model_summary", c_int32, POINTER(Model), c_void_p, c_size_t,
            c_void_p
        )
        self.model_plan = _function(
            library, "mnistcnn_model_plan", c_int32, POINTER(Model), c_void_p, c_size_t,
            c_void_p
        )
        self.model_instruction_set = _function(
            library, "mnistcnn_model_instruction_set", c_char_p, POINTER(Model)
        )
        self.model_set_instruction_set = _function(
            library, "mnistcnn_model_set_instruction_set", c_int32, POINTER(Model), c_char_p
        )
        self.workspace_options_init = _function(
            library, "mnistcnn_workspace_options_init", c_int32, POINTER(WorkspaceOptions),
            c_size_t
        )
        self.workspace_create = _function(
            library, "mnistcnn_workspace_create", c_int32, POINTER(Model),
            POINTER(WorkspaceOptions), POINTER(POINTER(Workspace))
        )
        self.workspace_free = _function(
            library, "mnistcnn_workspace_free", None, POINTER(Workspace)
        )
        self.predict = _function(
            library, "mnistcnn_predict", c_int32, POINTER(Model), POINTER(Workspace), c_void_p,
            c_size_t, c_void_p, c_size_t
        )
        self.predict_u8 = _function(
            library, "mnistcnn_predict_u8", c_int32, POINTER(Model), POINTER(Workspace),
            c_void_p, c_size_t, c_void_p, c_size_t
        )
        self.predict_image_file = _function(
            library, "mnistcnn_predict_image_file", c_int32, POINTER(Model), POINTER(Workspace),
            c_char_p, c_void_p, c_size_t
        )
        self.predict_image_memory = _function(
            library, "mnistcnn_predict_image_memory", c_int32, POINTER(Model),
            POINTER(Workspace), c_void_p, c_size_t, c_void_p, c_size_t
        )
        self.predict_image_files = _function(
            library, "mnistcnn_predict_image_files", c_int32, POINTER(Model),
            POINTER(Workspace), POINTER(c_char_p), c_size_t, POINTER(FileResults)
        )
        self.top_class = _function(
            library, "mnistcnn_top_class", c_int32, c_void_p, c_uint32, c_void_p, c_void_p
        )
        self.digit_verdict_text = _function(
            library, "mnistcnn_digit_verdict_text", c_char_p, c_int32
        )
        self.digit_options_init = _function(
            library, "mnistcnn_digit_options_init", c_int32, POINTER(DigitOptions), c_size_t
        )
        self.digit_is_prepared = _function(
            library, "mnistcnn_digit_is_prepared", c_int32, POINTER(Image), c_uint32, c_uint32
        )
        self.digit_prepare = _function(
            library, "mnistcnn_digit_prepare", c_int32, POINTER(Image), POINTER(DigitOptions),
            c_void_p, c_size_t, POINTER(DigitInfo)
        )
        self.digit_find = _function(
            library, "mnistcnn_digit_find", c_int32, POINTER(Image), POINTER(DigitOptions),
            POINTER(POINTER(DigitList))
        )
        self.digit_list_free = _function(
            library, "mnistcnn_digit_list_free", None, POINTER(DigitList)
        )
        self.digit_list_num_digits = _function(
            library, "mnistcnn_digit_list_num_digits", c_size_t, POINTER(DigitList)
        )
        self.digit_list_info = _function(
            library, "mnistcnn_digit_list_info", c_int32, POINTER(DigitList), c_size_t,
            POINTER(DigitInfo)
        )
        self.digit_list_image = _function(
            library, "mnistcnn_digit_list_image", c_void_p, POINTER(DigitList), c_size_t
        )
        self.digit_list_predict = _function(
            library, "mnistcnn_digit_list_predict", c_int32, POINTER(DigitList), POINTER(Model),
            POINTER(Workspace), c_void_p, c_size_t
        )
        self.page_options_init = _function(
            library, "mnistcnn_page_options_init", c_int32, POINTER(PageOptions), c_size_t
        )
        self.page_read = _function(
            library, "mnistcnn_page_read", c_int32, POINTER(Model), POINTER(Workspace),
            POINTER(Image), POINTER(PageOptions), POINTER(POINTER(Page))
        )
        self.page_free = _function(
            library, "mnistcnn_page_free", None, POINTER(Page)
        )
        self.page_get_info = _function(
            library, "mnistcnn_page_get_info", c_int32, POINTER(Page), POINTER(PageInfo)
        )
        self.page_num_digits = _function(
            library, "mnistcnn_page_num_digits", c_size_t, POINTER(Page)
        )
        self.page_get_digit = _function(
            library, "mnistcnn_page_get_digit", c_int32, POINTER(Page), c_size_t,
            POINTER(PageDigit)
        )
        self.page_num_groups = _function(
            library, "mnistcnn_page_num_groups", c_size_t, POINTER(Page)
        )
        self.page_get_group = _function(
            library, "mnistcnn_page_get_group", c_int32, POINTER(Page), c_size_t,
            POINTER(PageGroup)
        )
        self.page_probabilities = _function(
            library, "mnistcnn_page_probabilities", c_void_p, POINTER(Page), c_size_t
        )
        self.page_image = _function(
            library, "mnistcnn_page_image", c_void_p, POINTER(Page), c_size_t
        )
        self.dataset_options_init = _function(
            library, "mnistcnn_dataset_options_init", c_int32, POINTER(DatasetOptions), c_size_t
        )
        self.dataset_options_for_model = _function(
            library, "mnistcnn_dataset_options_for_model", c_int32, POINTER(DatasetOptions),
            c_size_t, POINTER(Model)
        )
        self.dataset_load_folder = _function(
            library, "mnistcnn_dataset_load_folder", c_int32, c_char_p, POINTER(DatasetOptions),
            POINTER(POINTER(Dataset))
        )
        self.dataset_load_idx = _function(
            library, "mnistcnn_dataset_load_idx", c_int32, c_char_p, c_char_p,
            POINTER(DatasetOptions), POINTER(POINTER(Dataset))
        )
        self.dataset_scan_folder = _function(
            library, "mnistcnn_dataset_scan_folder", c_int32, c_char_p, c_void_p, c_void_p,
            c_void_p, c_size_t, c_void_p
        )
        self.dataset_scan_idx = _function(
            library, "mnistcnn_dataset_scan_idx", c_int32, c_char_p, c_char_p,
            POINTER(DatasetOptions), c_void_p, c_void_p
        )
        self.dataset_create_copy = _function(
            library, "mnistcnn_dataset_create_copy", c_int32, POINTER(LabelledImages),
            POINTER(Allocator), POINTER(POINTER(Dataset))
        )
        self.dataset_create_borrow = _function(
            library, "mnistcnn_dataset_create_borrow", c_int32, POINTER(LabelledImages),
            POINTER(Allocator), POINTER(POINTER(Dataset))
        )
        self.dataset_split = _function(
            library, "mnistcnn_dataset_split", c_int32, POINTER(Dataset), c_double, c_uint64,
            POINTER(POINTER(Dataset)), POINTER(POINTER(Dataset))
        )
        self.dataset_subset = _function(
            library, "mnistcnn_dataset_subset", c_int32, POINTER(Dataset), c_void_p, c_size_t,
            POINTER(POINTER(Dataset))
        )
        self.dataset_free = _function(
            library, "mnistcnn_dataset_free", None, POINTER(Dataset)
        )
        self.dataset_num_images = _function(
            library, "mnistcnn_dataset_num_images", c_size_t, POINTER(Dataset)
        )
        self.dataset_num_classes = _function(
            library, "mnistcnn_dataset_num_classes", c_uint32, POINTER(Dataset)
        )
        self.dataset_num_skipped = _function(
            library, "mnistcnn_dataset_num_skipped", c_size_t, POINTER(Dataset)
        )
        self.dataset_shape = _function(
            library, "mnistcnn_dataset_shape", c_int32, POINTER(Dataset), POINTER(Shape)
        )
        self.dataset_class_name = _function(
            library, "mnistcnn_dataset_class_name", c_char_p, POINTER(Dataset), c_uint32
        )
        self.dataset_image = _function(
            library, "mnistcnn_dataset_image", c_void_p, POINTER(Dataset), c_size_t
        )
        self.dataset_label = _function(
            library, "mnistcnn_dataset_label", c_int32, POINTER(Dataset), c_size_t
        )
        self.dataset_path = _function(
            library, "mnistcnn_dataset_path", c_char_p, POINTER(Dataset), c_size_t
        )
        self.train_options_init = _function(
            library, "mnistcnn_train_options_init", c_int32, POINTER(TrainOptions), c_size_t
        )
        self.train_options_preset = _function(
            library, "mnistcnn_train_options_preset", c_int32, POINTER(TrainOptions), c_size_t,
            c_char_p, c_uint32
        )
        self.train = _function(
            library, "mnistcnn_train", c_int32, POINTER(Model), POINTER(Dataset),
            POINTER(Dataset), POINTER(TrainOptions), POINTER(Progress)
        )
        self.resume_options_init = _function(
            library, "mnistcnn_resume_options_init", c_int32, POINTER(ResumeOptions), c_size_t
        )
        self.train_resume = _function(
            library, "mnistcnn_train_resume", c_int32, POINTER(ResumeOptions), POINTER(Dataset),
            POINTER(Dataset), POINTER(POINTER(Model)), POINTER(Progress)
        )
        self.trainer_create = _function(
            library, "mnistcnn_trainer_create", c_int32, POINTER(Model), POINTER(Dataset),
            POINTER(Dataset), POINTER(TrainOptions), POINTER(POINTER(Trainer))
        )
        self.trainer_resume = _function(
            library, "mnistcnn_trainer_resume", c_int32, POINTER(ResumeOptions),
            POINTER(Dataset), POINTER(Dataset), POINTER(POINTER(Model)),
            POINTER(POINTER(Trainer))
        )
        self.trainer_step = _function(
            library, "mnistcnn_trainer_step", c_int32, POINTER(Trainer), POINTER(Progress)
        )
        self.trainer_run = _function(
            library, "mnistcnn_trainer_run", c_int32, POINTER(Trainer), c_double,
            POINTER(Progress)
        )
        self.trainer_finished = _function(
            library, "mnistcnn_trainer_finished", c_int32, POINTER(Trainer)
        )
        self.trainer_progress = _function(
            library, "mnistcnn_trainer_progress", c_int32, POINTER(Trainer), POINTER(Progress)
        )
        self.trainer_cancel = _function(
            library, "mnistcnn_trainer_cancel", None, POINTER(Trainer)
        )
        self.trainer_model = _function(
            library, "mnistcnn_trainer_model", c_int32, POINTER(Trainer),
            POINTER(POINTER(Model))
        )
        self.trainer_save = _function(
            library, "mnistcnn_trainer_save", c_int32, POINTER(Trainer), POINTER(SaveOptions)
        )
        self.trainer_save_file = _function(
            library, "mnistcnn_trainer_save_file", c_int32, POINTER(Trainer), c_char_p
        )
        self.trainer_history = _function(
            library, "mnistcnn_trainer_history", c_int32, POINTER(Trainer), c_uint32,
            POINTER(Progress)
        )
        self.trainer_free = _function(
            library, "mnistcnn_trainer_free", None, POINTER(Trainer)
        )
        self.augment_image = _function(
            library, "mnistcnn_augment_image", c_int32, POINTER(TrainOptions), c_uint32,
            c_uint64, POINTER(Image), c_void_p, c_size_t
        )
        self.model_calibrate = _function(
            library, "mnistcnn_model_calibrate", c_int32, POINTER(Model), POINTER(Dataset),
            c_float
        )
        self.evaluate_options_init = _function(
            library, "mnistcnn_evaluate_options_init", c_int32, POINTER(EvaluateOptions),
            c_size_t
        )
        self.evaluate = _function(
            library, "mnistcnn_evaluate", c_int32, POINTER(Model), POINTER(Dataset),
            POINTER(EvaluateOptions), POINTER(Metrics)
        )
        self.load_cost = _function(
            library, "mnistcnn_load_cost", c_int32, POINTER(LoadOptions),
            POINTER(WorkspaceOptions), POINTER(Cost)
        )
        self.model_predict_cost = _function(
            library, "mnistcnn_model_predict_cost", c_int32, POINTER(Model),
            POINTER(WorkspaceOptions), POINTER(Cost)
        )
        self.model_train_cost = _function(
            library, "mnistcnn_model_train_cost", c_int32, POINTER(Model), POINTER(Dataset),
            POINTER(Dataset), POINTER(TrainOptions), POINTER(Cost)
        )
        self.model_train_cost_ahead = _function(
            library, "mnistcnn_model_train_cost_ahead", c_int32, POINTER(Model), c_uint64,
            c_uint32, c_uint32, POINTER(TrainOptions), POINTER(Cost)
        )


class Exchange:
    """The functions of libmnistcnn_exchange."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.exchange_last_error = _function(
            library, "mnistcnn_exchange_last_error", c_char_p
        )
        self.import_options_init = _function(
            library, "mnistcnn_import_options_init", c_int32, POINTER(ImportOptions), c_size_t
        )
        self.import_ = _function(
            library, "mnistcnn_import", c_int32, POINTER(ImportOptions), POINTER(POINTER(Model))
        )
        self.import_check = _function(
            library, "mnistcnn_import_check", c_int32, POINTER(ImportOptions), POINTER(Dataset),
            POINTER(EncodingResult), c_size_t, c_void_p
        )
        self.export_options_init = _function(
            library, "mnistcnn_export_options_init", c_int32, POINTER(ExportOptions), c_size_t
        )
        self.export = _function(
            library, "mnistcnn_export", c_int32, POINTER(Model), POINTER(ExportOptions)
        )


class Pretrained:
    """The functions of libmnistcnn_pretrained."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.pretrained_model = _function(
            library, "mnistcnn_pretrained_model", c_int32, POINTER(Allocator),
            POINTER(POINTER(Model))
        )


STRUCTS: Dict[str, Type[Structure]] = {
    "mnistcnn_error": Error,
    "mnistcnn_allocator": Allocator,
    "mnistcnn_reader": Reader,
    "mnistcnn_writer": Writer,
    "mnistcnn_log_lines": LogLines,
    "mnistcnn_progress": Progress,
    "mnistcnn_shape": Shape,
    "mnistcnn_image": Image,
    "mnistcnn_image_info": ImageInfo,
    "mnistcnn_preparation": Preparation,
    "mnistcnn_model_options": ModelOptions,
    "mnistcnn_load_options": LoadOptions,
    "mnistcnn_save_options": SaveOptions,
    "mnistcnn_layer_info": LayerInfo,
    "mnistcnn_workspace_options": WorkspaceOptions,
    "mnistcnn_file_results": FileResults,
    "mnistcnn_digit_options": DigitOptions,
    "mnistcnn_digit_info": DigitInfo,
    "mnistcnn_page_options": PageOptions,
    "mnistcnn_page_info": PageInfo,
    "mnistcnn_page_digit": PageDigit,
    "mnistcnn_page_group": PageGroup,
    "mnistcnn_dataset_options": DatasetOptions,
    "mnistcnn_labelled_images": LabelledImages,
    "mnistcnn_train_options": TrainOptions,
    "mnistcnn_resume_options": ResumeOptions,
    "mnistcnn_evaluate_options": EvaluateOptions,
    "mnistcnn_metrics": Metrics,
    "mnistcnn_cost": Cost,
    "mnistcnn_import_options": ImportOptions,
    "mnistcnn_encoding_result": EncodingResult,
    "mnistcnn_export_options": ExportOptions,
}


ENUMS: Dict[str, type] = {
    "mnistcnn_status_code": StatusCode,
    "mnistcnn_log_level": LogLevel,
    "mnistcnn_event": Event,
    "mnistcnn_image_limit": ImageLimit,
    "mnistcnn_resize": Resize,
    "mnistcnn_image_format": ImageFormat,
    "mnistcnn_prepare": Prepare,
    "mnistcnn_alpha": Alpha,
    "mnistcnn_init": Init,
    "mnistcnn_layer": Layer,
    "mnistcnn_activation": Activation,
    "mnistcnn_padding": Padding,
    "mnistcnn_weights": Weights,
    "mnistcnn_precision": Precision,
    "mnistcnn_polarity": Polarity,
    "mnistcnn_digit_verdict": DigitVerdict,
    "mnistcnn_digit_limit": DigitLimit,
    "mnistcnn_label": Label,
    "mnistcnn_loss": Loss,
    "mnistcnn_optimizer": Optimizer,
    "mnistcnn_schedule": Schedule,
    "mnistcnn_augment": Augment,
    "mnistcnn_metric": Metric,
    "mnistcnn_export_format": ExportFormat,
}


# What the ..._init functions fill in; pointers are NULL.
DEFAULTS: Dict[str, Dict[str, Number]] = {
    "mnistcnn_preparation": {
        "prepare": 0,
        "polarity": 0,
        "invert": 0,
        "alpha": 0,
        "resize": 0,
        "scale": 0.003921569,
        "offset": 0.0,
        "mean": [0.0, 0.0, 0.0],
        "deviation": [1.0, 1.0, 1.0],
    },
    "mnistcnn_model_options": {
        "input_height": 28,
        "input_width": 28,
        "input_channels": 3,
        "num_classes": 10,
        "initializer": 0,
        "seed": 1,
        "input_mean": 0.0,
        "input_std": 1.0,
    },
    "mnistcnn_load_options": {
        "size_bytes": 0,
        "max_memory_bytes": 0,
        "max_multiply_adds": 0,
    },
    "mnistcnn_save_options": {},
    "mnistcnn_workspace_options": {
        "max_batch": 32,
        "num_threads": 1,
        "precision": 0,
    },
    "mnistcnn_digit_options": {
        "polarity": 0,
        "height": 28,
        "width": 28,
        "passthrough_prepared": 1,
    },
    "mnistcnn_page_options": {
        "polarity": 0,
        "form": 0,
        "least_confidence": 0.5,
    },
    "mnistcnn_dataset_options": {
        "height": 0,
        "width": 0,
        "channels": 0,
        "resize": 0,
        "skip_broken": 0,
        "num_threads": 1,
        "prepare": 0,
        "idx_transpose": 0,
        "idx_first_label": 0,
    },
    "mnistcnn_train_options": {
        "epochs": 4,
        "batch_size": 32,
        "num_threads": 1,
        "seed": 1,
        "loss": 0,
        "optimizer": 0,
        "schedule": 0,
        "augment": 0,
        "shuffle": 1,
        "horizontal_flip": 0,
        "nesterov": 0,
        "label_smoothing": 0.0,
        "learning_rate": 0.001,
        "rho": 0.9,
        "momentum": 0.9,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-08,
        "weight_decay": 0.0,
        "warmup_fraction": 0.0,
        "warmup_start_ratio": 0.0,
        "final_lr_ratio": 0.0,
        "ema_decay": 0.0,
        "no_augment_fraction": 0.0,
        "rotation": 0.0,
        "shear": 0.0,
        "zoom": 0.0,
        "shift": 0.0,
        "elastic_pixels": 0.0,
        "dilate": 0.0,
        "calibration_fraction": 0.0,
        "l2": 0.0,
        "clip_norm": 0.0,
        "step_factor": 0.1,
        "step_epochs": 0,
        "metric": 0,
        "keep_best": 0,
        "stop_patience": 0,
        "min_delta": 0.0,
        "plateau_patience": 0,
        "plateau_factor": 0.1,
        "plateau_min_rate": 0.0,
        "plateau_cooldown": 0,
        "balance_classes": 0,
        "num_class_weights": 0,
    },
    "mnistcnn_resume_options": {
        "num_threads": 1,
        "epochs": 0,
    },
    "mnistcnn_evaluate_options": {
        "num_threads": 1,
        "max_batch": 32,
        "precision": 0,
        "loss": 0,
        "confusion_capacity": 0,
        "probabilities_capacity": 0,
    },
    "mnistcnn_import_options": {
        "prepare": 0,
        "size_bytes": 0,
        "input_height": 0,
        "input_width": 0,
    },
    "mnistcnn_export_options": {
        "format": 0,
        "unit_input": 0,
    },
}
