"""What the public functions are called with: once with right arguments only, then with one wrong one at a
time. The calls are made from the header, so that a new function or field is called as soon as it is
declared; if what its right value is does not follow from its name or type, RIGHT has to say it.

A value is a tuple that every language writes in its own way:

    ("int", number)                     also as the `user` of a callback
    ("size", TYPE, number)              sizeof TYPE + number
    ("model_size", number)              size of the file "model.safetensors" + number
    ("float", text)                     a number, "nan" or "inf"
    ("floats", (text, ...))             an array of them within a struct
    ("null",)
    ("text", NAME)                      a string of TEXTS
    ("names", (NAME or None, ...))      an array of these
    ("data", NAME)                      an array of DATA
    ("object", NAME)                    made by SETUP
    ("model_bytes",)                    content of the file "model.safetensors"
    ("callback", NAME)
    ("copy", NAME)                      a copy of a model, which the call may change
    ("room", value)                     memory of so many bytes, for output
    ("handle", TYPE)                    a variable for a TYPE *
    ("bind", NAME)                      SETUP only: the object's own variable
    ("struct", TYPE, number, {field: value}, fill)
                                        BASES[TYPE][number] with other fields; behind a larger
                                        struct_size than its own are bytes with the value `fill`
"""
import collections
import re
import struct
import zlib

# expected: SUCCESS, FAILURE or, where it depends, EITHER.
Call = collections.namedtuple("Call", "function what arguments expected")
SUCCESS, FAILURE, EITHER = "success", "failure", "either"

# What callbacks do, given as their `user`.
USER_MODEL, USER_CHECKPOINT, USER_LIES, USER_FAILS = 1, 2, 3, 4
UNTOUCHED = 12345  # the status in an error struct before the call

NULL = ("null",)
SIDE, CLASSES, IMAGES = 8, 4, 8
INPUTS = SIDE * SIDE
PICTURE = 28  # side of the picture, which shows a digit
GENEROUS = 8192  # elements of an output; more than every result has
ENOUGH = 8192  # bytes behind a struct that claims to be larger than it is
INT32_MIN, INT32_MAX, UINT32_MAX, SIZE_MAX = -2**31, 2**31 - 1, 2**32 - 1, 2**64 - 1

LIMITS = {"uint8_t": (0, 255), "int32_t": (INT32_MIN, INT32_MAX), "uint32_t": (0, UINT32_MAX),
          "int64_t": (-2**63, 2**63 - 1), "uint64_t": (0, SIZE_MAX), "size_t": (0, SIZE_MAX)}


# --- what is passed -------------------------------------------------------------------------------

def picture():
    """A one: a dark stroke on light paper."""
    return [30 if 12 <= x <= 14 and 5 <= y <= 22 else 230
            for y in range(PICTURE) for x in range(PICTURE)]


def png():
    def chunk(kind, content):
        return (struct.pack(">I", len(content)) + kind + content +
                struct.pack(">I", zlib.crc32(kind + content)))
    pixels = bytes(picture())
    rows = b"".join(b"\0" + pixels[y * PICTURE:(y + 1) * PICTURE] for y in range(PICTURE))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", PICTURE, PICTURE, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def idx(dimensions, content):
    return struct.pack(f">BBBB{len(dimensions)}I", 0, 0, 8, len(dimensions), *dimensions) + bytes(content)


PIXELS = [i * 7 % 256 for i in range(IMAGES * INPUTS)]
LABELS = [i % CLASSES for i in range(IMAGES)]
KERNEL = 18  # weights of the first layer
TEXTS = {
    "empty": b"", "missing": b"no such folder/file", "not_utf8": b"\xff\xfe\x80", "long": b"a" * 5000,
    "a": b"a", "b": b"b", "c": b"c", "d": b"d",
    "architecture": b"conv 2 3x3 relu, maxpool 2, flatten, dropout 0.25, dense classes softmax",
    "plain_architecture": b"flatten, dense classes softmax",
    "model": b"model.safetensors", "checkpoint": b"checkpoint", "png": b"folder/a/0.png",
    "folder": b"folder", "idx_images": b"idx-images", "idx_labels": b"idx-labels",
    "new_model": b"new.safetensors", "new_checkpoint": b"new checkpoint", "new_png": b"new.png",
    "key": b"key", "value": b"value", "feature": b"int8", "instruction_set": b"portable",
    "preset": b"tutorial"}
BAD_TEXTS = ("empty", "missing", "not_utf8", "long")
NAMES = ("names", ("a", "b", "c", "d"))
BAD_NAMES = [("names", (name, "b", "c", "d")) for name in (None, "empty", "not_utf8", "long", "b")]
DATA = {
    "png": ("uint8_t", list(png())), "picture": ("uint8_t", picture()), "pixels": ("uint8_t", PIXELS),
    "labels": ("int32_t", LABELS), "low_labels": ("int32_t", [-2] + LABELS[1:]),
    "high_labels": ("int32_t", LABELS[1:] + [INT32_MAX]),
    "indices": ("size_t", [0, 3, 2, 1]), "bad_indices": ("size_t", [0, SIZE_MAX, IMAGES, 1]),
    "inputs": ("float", [i % 11 / 10 for i in range(2 * INPUTS)]),
    "bad_inputs": ("float", ["nan", "inf", 1e30, -1e30] * (INPUTS // 2)),
    "kernel": ("float", [i / 100 for i in range(KERNEL)]), "bad_kernel": ("float", ["nan"] * KERNEL),
    "row": ("float", [0.1, 0.2, 0.6, 0.1]), "bad_row": ("float", ["nan"] * CLASSES),
    "weights": ("float", [0.5, 2, 0, 1]), "bad_weights": ("float", [-1, "nan", 0, 1])}
BAD_DATA = {"labels": ["low_labels", "high_labels"], "indices": ["bad_indices"],
            "inputs": ["bad_inputs"], "kernel": ["bad_kernel"], "row": ["bad_row"],
            "weights": ["bad_weights"]}
OTHERS = {"model": "other_model", "dataset": "other_dataset"}  # objects of another shape

# Content by path. The model and the checkpoint are written by SETUP.
FILES = {"idx-images": idx((IMAGES, SIDE, SIDE), PIXELS), "idx-labels": idx((IMAGES,), LABELS)}
FILES.update({f"folder/{name}/0.png": png() for name in "abcd"})


def integer(number):
    return ("int", number)


def text(name):
    return ("text", name)


def base(type_name, number=0, fill=0, **fields):
    return ("struct", type_name, number, fields, fill)


ERROR = base("mnistcnn_error")
ALLOCATOR = base("mnistcnn_allocator")
WRITER = base("mnistcnn_writer")
MONITOR = ("object", "monitor")
WATCHED = {"progress": ("callback", "follow"), "log": ("callback", "log"), "user": integer(1),
           "monitor": MONITOR, "error": ERROR}
UNWATCHED = {name: NULL for name in WATCHED}

# The right fields of each struct; those left out are 0 or NULL. Further rows replace fields of the first,
# and only these are tried with wrong values again.
BASES = {
    "mnistcnn_error": [{"status": integer(UNTOUCHED)}],
    "mnistcnn_allocator": [{"allocate": ("callback", "allocate"), "user": integer(1),
                            "deallocate": ("callback", "deallocate")}],
    "mnistcnn_reader": [{"read": ("callback", "read"), "user": integer(USER_MODEL)},
                        {"user": integer(USER_CHECKPOINT)}],
    "mnistcnn_writer": [{"write": ("callback", "write"), "user": integer(1)}],
    "mnistcnn_log_lines": [{"capacity": integer(GENEROUS), "text": ("room", integer(GENEROUS))}],
    "mnistcnn_image": [{"pixels": ("data", "picture"), "size_bytes": integer(PICTURE * PICTURE),
                        "shape.height": integer(PICTURE), "shape.width": integer(PICTURE),
                        "shape.channels": integer(1)}],
    "mnistcnn_preparation": [{
        "prepare": integer(1), "polarity": integer(1), "scale": ("float", "0.00392156886"),
        "mean": ("floats", ("0", "0", "0")), "deviation": ("floats", ("1", "1", "1"))},
        {"prepare": integer(0), "polarity": integer(0), "invert": integer(1), "alpha": integer(1),
         "resize": integer(1)}],
    "mnistcnn_model_options": [{
        "input_height": integer(SIDE), "input_width": integer(SIDE), "input_channels": integer(1),
        "num_classes": integer(CLASSES), "seed": integer(1), "input_std": ("float", "1"),
        "architecture": text("architecture"), "class_names": NAMES, "allocator": ALLOCATOR,
        "error": ERROR}, {"preparation": base("mnistcnn_preparation")}],
    "mnistcnn_load_options": [
        {"path": text("model"), "allocator": ALLOCATOR, "error": ERROR},
        {"path": NULL, "data": ("model_bytes",), "size_bytes": ("model_size", 0)},
        {"path": NULL, "reader": base("mnistcnn_reader")}],
    "mnistcnn_save_options": [{"path": text("new_model"), "error": ERROR},
                              {"path": NULL, "writer": WRITER}],
    "mnistcnn_workspace_options": [{"max_batch": integer(4), "num_threads": integer(1),
                                    "error": ERROR}],
    "mnistcnn_file_results": [{"message_capacity": integer(512),
                               "probabilities": ("room", integer(4 * GENEROUS)),
                               "probabilities_capacity": integer(GENEROUS), "statuses": ("room", integer(4 * 2)),
                               "messages": ("room", integer(512 * 2)),
                               "verdicts": ("room", integer(4 * 2)),
                               "passed_through": ("room", integer(4 * 2))}],
    "mnistcnn_digit_options": [{"height": integer(SIDE), "width": integer(SIDE),
                                "passthrough_prepared": integer(1), "allocator": ALLOCATOR,
                                "error": ERROR}],
    "mnistcnn_page_options": [{"form": integer(1), "allocator": ALLOCATOR, "error": ERROR}],
    "mnistcnn_dataset_options": [{"height": integer(SIDE), "width": integer(SIDE),
                                  "channels": integer(1), "num_threads": integer(1),
                                  "allocator": ALLOCATOR, **WATCHED},
                                 {"preparation": base("mnistcnn_preparation", 1)}],
    "mnistcnn_labelled_images": [{
        "num_classes": integer(CLASSES), "pixels": ("data", "pixels"),
        "size_bytes": integer(IMAGES * INPUTS), "labels": ("data", "labels"),
        "count": integer(IMAGES), "class_names": NAMES, "shape.height": integer(SIDE),
        "shape.width": integer(SIDE), "shape.channels": integer(1)}],
    "mnistcnn_train_options": [
        {"epochs": integer(1), "batch_size": integer(4), "num_threads": integer(1),
         "seed": integer(1), "loss": integer(1), "augment": integer(3), "shuffle": integer(1),
         "learning_rate": ("float", "0.001"), "rho": ("float", "0.9"), "momentum": ("float", "0.9"),
         "step_factor": ("float", "0.1"), "plateau_factor": ("float", "0.1"),
         "beta1": ("float", "0.9"), "beta2": ("float", "0.999"), "epsilon": ("float", "1e-8"),
         "rotation": ("float", "10"), "shear": ("float", "0.1"), "zoom": ("float", "0.1"),
         "shift": ("float", "1"), "elastic_pixels": ("float", "1"), "dilate": ("float", "0.5"),
         "checkpoint_path": text("new_checkpoint"), **WATCHED},
        {"checkpoint_path": NULL, "checkpoint_writer": WRITER},
        {"optimizer": integer(3), "weight_decay": ("float", "0.01"), "beta1": ("float", "0.8"),
         "beta2": ("float", "0.99"), "epsilon": ("float", "1e-7"), "ema_decay": ("float", "0.9")},
        {"optimizer": integer(1), "nesterov": integer(1), "momentum": ("float", "0.8")},
        {"schedule": integer(4), "step_epochs": integer(1), "step_factor": ("float", "0.5"),
         "l2": ("float", "0.001"), "clip_norm": ("float", "1")},
        {"metric": integer(1), "keep_best": integer(1), "stop_patience": integer(2),
         "min_delta": ("float", "0.01"), "plateau_patience": integer(1),
         "plateau_factor": ("float", "0.5"), "plateau_min_rate": ("float", "1e-6"),
         "plateau_cooldown": integer(1)},
        {"balance_classes": integer(1)},
        {"class_weights": ("data", "weights"), "num_class_weights": integer(CLASSES)}],
    "mnistcnn_resume_options": [
        {"num_threads": integer(1), "path": text("checkpoint"),
         "instruction_set": text("instruction_set"), "checkpoint_path": text("new_checkpoint"),
         "allocator": ALLOCATOR, **WATCHED},
        {"path": NULL, "reader": base("mnistcnn_reader", 1)},
        {"checkpoint_path": NULL, "checkpoint_writer": WRITER},
        {"epochs": integer(2)}],
    "mnistcnn_evaluate_options": [{
        "num_threads": integer(1), "max_batch": integer(4), "loss": integer(1),
        "confusion": ("room", integer(8 * GENEROUS)), "confusion_capacity": integer(GENEROUS),
        "probabilities": ("room", integer(4 * GENEROUS)),
        "probabilities_capacity": integer(GENEROUS),
        **{name: value for name, value in WATCHED.items() if name != "log"}}]}

# Right arguments by function and parameter, or else by parameter, or else by type.
RIGHT = {
    "mnistcnn_monitor_cancel monitor": ("object", "other_monitor"),
    "mnistcnn_trainer_cancel trainer": ("object", "short_trainer"),
    "mnistcnn_image_decode_file path": text("png"),
    "mnistcnn_image_decode_reduced_file path": text("png"),
    "mnistcnn_image_read_info_file path": text("png"),
    "mnistcnn_image_save_png path": text("new_png"),
    "mnistcnn_model_load_file path": text("model"),
    "mnistcnn_model_load_memory data": ("model_bytes",),
    "mnistcnn_model_load_memory size_bytes": ("model_size", 0),
    "mnistcnn_model_save_file path": text("new_model"),
    "mnistcnn_model_save_memory size_bytes": ("room", integer(8)),
    "mnistcnn_model_set_weights count": integer(KERNEL),
    "mnistcnn_model_weights count": ("room", integer(8)),
    "mnistcnn_model_set_class_names count": integer(CLASSES),
    "mnistcnn_model_set_instruction_set name": text("instruction_set"),
    "mnistcnn_log_collect level": integer(1),
    "mnistcnn_log_collect message": text("value"),
    "mnistcnn_log_collect lines": base("mnistcnn_log_lines"),
    "mnistcnn_has_feature name": text("feature"),
    "mnistcnn_predict_image_file path": text("png"),
    "mnistcnn_predict_image_files paths": ("names", ("png", "png")),
    "mnistcnn_predict_image_files count": integer(2),
    "mnistcnn_predict_u8 images": ("data", "pixels"),
    "mnistcnn_predict images": ("data", "inputs"),
    "mnistcnn_top_class probabilities": ("data", "row"),
    "mnistcnn_dataset_load_folder path": text("folder"),
    "mnistcnn_dataset_scan_folder path": text("folder"),
    "mnistcnn_dataset_scan_folder num_classes": ("room", integer(4)),
    "mnistcnn_dataset_scan_folder num_images": ("room", integer(8)),
    "mnistcnn_dataset_scan_idx num_classes": ("room", integer(4)),
    "mnistcnn_dataset_scan_idx num_images": ("room", integer(8)),
    "mnistcnn_dataset_subset count": integer(4),
    "mnistcnn_trainer_save_file path": text("new_checkpoint"),
    "mnistcnn_train_resume options": base("mnistcnn_resume_options"),
    "images_path": text("idx_images"), "labels_path": text("idx_labels"), "preset": text("preset"),
    "key": text("key"), "value": text("value"), "names": NAMES,
    "data": ("data", "png"), "size_bytes": integer(len(DATA["png"][1])),
    "values": ("data", "kernel"), "indices": ("data", "indices"),
    "num_images": integer(IMAGES), "has_validation": integer(1),
    "num_values": integer(2 * INPUTS), "num_classes": integer(CLASSES),
    "temperature": ("float", "1"), "threshold": ("float", "0.000001"), "accepted": ("float", "0"),
    "seconds": ("float", "0"), "fraction": ("float", "0.5"), "seed": integer(1),
    "status": integer(-1), "verdict": integer(1), "epoch": integer(1), "epochs": integer(1),
    "index": integer(0), "layer": integer(0), "which": integer(0), "resize": integer(0),
    "channels": integer(1), "min_side": integer(0), "height": integer(SIDE), "width": integer(SIDE),
    "prepared_height": integer(PICTURE), "prepared_width": integer(PICTURE),
    "length": ("room", integer(8)), "class_index": ("room", integer(4)),
    "confidence": ("room", integer(4))}

# Of memory that the caller says to have no more may be claimed than there is. Other sizes can be compared
# with something, so that a library which believes an absurd one is wrong.
SIZES_BELIEVED = {"capacity", "capacity_bytes", "confusion_capacity", "probabilities_capacity",
                  "message_capacity"}
COUNTS_BELIEVED = {"mnistcnn_dataset_subset count", "mnistcnn_top_class num_classes",
                   "mnistcnn_load_options size_bytes", "mnistcnn_model_load_memory size_bytes",
                   "mnistcnn_image_decode_memory size_bytes",
                   "mnistcnn_image_decode_reduced_memory size_bytes",
                   "mnistcnn_image_read_info_memory size_bytes",
                   "mnistcnn_predict_image_memory size_bytes", "mnistcnn_predict_image_files count"}
# Sets its handle even on failure, once the training has started.
MADE_ON_FAILURE = {"mnistcnn_train_resume"}
NEVER_NULL = {"mnistcnn_version_string", "mnistcnn_status_name", "mnistcnn_status_description",
              "mnistcnn_last_error", "mnistcnn_digit_verdict_text"}


def small_training(**fields):
    return base("mnistcnn_train_options", **{**UNWATCHED, "checkpoint_path": NULL, **fields})


def own_model(**fields):
    return base("mnistcnn_model_options", allocator=NULL, error=NULL, **fields)


OTHER_SHAPE = {"shape.height": integer(16), "shape.width": integer(16), "shape.channels": integer(1),
               "count": integer(2), "class_names": NULL}
DATASETS = (("object", "dataset"), ("object", "dataset"))
MODEL_AND_DATASET = (("object", "model"), ("object", "dataset"))
# Calls that make the objects; all must succeed. What is freed last comes first.
SETUP = [
    ("mnistcnn_monitor_create", NULL, ("bind", "monitor")),
    ("mnistcnn_monitor_create", NULL, ("bind", "other_monitor")),
    ("mnistcnn_model_create", own_model(), ("bind", "model")),
    ("mnistcnn_model_create",
     own_model(input_height=integer(12), input_channels=integer(3), num_classes=integer(2), class_names=NULL,
               architecture=text("plain_architecture")), ("bind", "other_model")),
    ("mnistcnn_model_set_note", ("object", "model"), text("key"), text("value")),
    ("mnistcnn_model_save_file", ("object", "model"), text("model")),
    ("mnistcnn_model_clone", ("object", "model"), ("bind", "short_model")),
    ("mnistcnn_model_clone", ("object", "model"), ("bind", "trained_model")),
    ("mnistcnn_workspace_create", ("object", "model"), NULL, ("bind", "workspace")),
    ("mnistcnn_dataset_create_copy", base("mnistcnn_labelled_images"), NULL, ("bind", "dataset")),
    ("mnistcnn_dataset_create_copy", base("mnistcnn_labelled_images", **OTHER_SHAPE), NULL,
     ("bind", "other_dataset")),
    ("mnistcnn_trainer_create", ("object", "short_model"), *DATASETS, small_training(),
     ("bind", "short_trainer")),
    ("mnistcnn_trainer_step", ("object", "short_trainer"), NULL),
    ("mnistcnn_trainer_save_file", ("object", "short_trainer"), text("checkpoint")),
    ("mnistcnn_trainer_create", ("object", "trained_model"), *DATASETS,
     small_training(epochs=integer(1000)), ("bind", "trainer")),
    *[("mnistcnn_trainer_step", ("object", "trainer"), NULL)] * 5,
    ("mnistcnn_evaluate", *MODEL_AND_DATASET,
     base("mnistcnn_evaluate_options", progress=NULL, user=NULL, error=NULL), base("mnistcnn_metrics")),
    ("mnistcnn_digit_find", base("mnistcnn_image"),
     base("mnistcnn_digit_options", allocator=NULL, error=NULL), ("bind", "list")),
    ("mnistcnn_page_read", ("object", "model"), NULL, base("mnistcnn_image"),
     base("mnistcnn_page_options", form=integer(0), allocator=NULL, error=NULL), ("bind", "page"))]


# --- from the header to calls ---------------------------------------------------------------------

def expected(what):
    """Of a call with something wrong, or with a struct of another version."""
    if re.search(r"(\.struct_|^)size = (0|1|5000|\d{10}|SIZE_MAX|sizeof \+8, not 0)$", what):
        return FAILURE
    if re.search(r"(\.struct_|^)size = sizeof \+8$| variant \d$", what):
        return SUCCESS
    return EITHER


class Cases:
    def __init__(self, header):
        self.header = header

    def all(self):
        """Every call, function by function. The first and the last of each are right and must succeed."""
        for function in self.header.functions.values():
            yield from self.of_function(function)

    def setup(self):
        return [Call(name, "set-up", list(arguments), SUCCESS) for name, *arguments in SETUP]

    def bound(self):
        """(object, type) of what SETUP makes, in this order."""
        for name, *arguments in SETUP:
            for value, parameter in zip(arguments, self.header.functions[name].parameters):
                if value[0] == "bind":
                    yield value[1], parameter.type[:-2]

    def of_function(self, function):
        right = self.right_arguments(function)
        yield Call(function.name, "right", right, SUCCESS)
        for i, parameter in enumerate(function.parameters):
            for what, value in self.wrong_values(parameter.type, right[i],
                                                 f"{function.name} {parameter.name}"):
                arguments = list(right)
                arguments[i] = value
                self.fit_room(function, arguments, i)
                what = f"{parameter.name}{what}"
                yield Call(function.name, what, arguments, expected(what))
        yield Call(function.name, "right again", right, SUCCESS)

    def right_arguments(self, function):
        arguments = [self.right(function, parameter) for parameter in function.parameters]
        for i in range(len(arguments)):
            self.fit_room(function, arguments, i)
        return arguments

    def right(self, function, parameter):
        type_name, plain = parameter.type, parameter.type.removeprefix("const ").rstrip("*")
        if function.name.endswith("_free"):  # objects are freed elsewhere
            return NULL
        if self.is_capacity(function, parameter):
            return integer(GENEROUS)
        if self.has_capacity(function, parameter):
            return ("room", integer(GENEROUS))
        if self.is_struct_to_fill(function, parameter):
            return ("room", ("size", plain, 0))
        if parameter.name == "size":
            return ("size", function.parameters[0].type.rstrip("*"), 0)
        for key in (f"{function.name} {parameter.name}", parameter.name):
            if key in RIGHT:
                return RIGHT[key]
        if type_name.endswith("**"):
            return ("handle", plain)
        if plain in self.header.structs:
            return base(plain)
        if type_name == "mnistcnn_model*":
            return ("copy", "model")
        if plain in self.header.opaque:
            return ("object", plain.removeprefix("mnistcnn_").removeprefix("digit_"))
        raise ValueError(f"RIGHT has to say what to pass as {function.name}'s {parameter.name}")

    # Output: a pointer, followed by its capacity; or a struct, followed by its size.

    @staticmethod
    def is_capacity(_, parameter):
        return parameter.name in ("capacity", "capacity_bytes")

    def has_capacity(self, function, parameter):
        following = self.following(function, parameter)
        return bool(following) and self.is_capacity(function, following)

    def is_struct_to_fill(self, function, parameter):
        following = self.following(function, parameter)
        return bool(following) and following.name == "size"

    @staticmethod
    def following(function, parameter):
        i = function.parameters.index(parameter) + 1
        return function.parameters[i] if i < len(function.parameters) else None

    def fit_room(self, function, arguments, i):
        """Gives the output exactly the memory that arguments[i], its capacity or size, says."""
        parameter = function.parameters[i]
        if not i or arguments[i - 1][0] != "room":
            return
        if self.is_capacity(function, parameter):
            element = function.parameters[i - 1].type.removesuffix("*")
            arguments[i - 1] = ("room", integer(arguments[i][1] * {"float": 4}.get(element, 1)))
        elif parameter.name == "size":
            absurd = arguments[i][0] == "int" and arguments[i][1] > 1
            arguments[i - 1] = ("room", integer(ENOUGH) if absurd else arguments[i])

    # Wrong values: (what to call it, value).

    def wrong_values(self, type_name, right, where):
        kind = right[0]
        if type_name in self.header.aliases:
            type_name = self.header.aliases[type_name]
        if type_name in LIMITS:
            yield from self.wrong_integers(type_name, right, where)
            return
        if kind == "floats":
            yield from ((f" = {number}", ("floats", (*right[1][:-1], number)))
                        for number in ("-1", "nan", "1e30"))
            return
        if type_name in ("float", "double"):
            for number in ("0", "-1", "nan", "inf", "1e30"):
                yield f" = {number}", ("float", number)
            return
        yield " = NULL", NULL
        if kind == "text":
            yield from ((f" = {name} text", text(name)) for name in BAD_TEXTS)
        elif kind == "names":
            yield from ((f" = {value[1]}", value) for value in BAD_NAMES)
        elif kind == "data":
            yield from ((f" = {name}", ("data", name)) for name in BAD_DATA.get(right[1], []))
        elif kind in ("object", "copy") and right[1] in OTHERS:
            yield f" = {OTHERS[right[1]]}", (kind, OTHERS[right[1]])
        elif kind == "int":  # user
            yield from ((f" = {number}", integer(number)) for number in (USER_LIES, USER_FAILS))
        elif kind == "struct" and type_name.startswith("const "):
            yield from self.wrong_structs(right)
        elif kind == "struct" and "struct_size" in self.members(right[1]):  # to be filled
            yield from ((f".struct_size{what}", base(right[1], struct_size=size))
                        for what, size in self.wrong_struct_sizes(right[1]))

    def wrong_integers(self, type_name, right, where):
        name = where.split()[1]
        if name == "size":
            yield from self.wrong_struct_sizes(right[1])
            yield " = SIZE_MAX", integer(SIZE_MAX)
            return
        exact = [(" = 0", integer(0)), (" = 1", integer(1))]
        if right[0] == "model_size":
            exact.append((" = size - 1", ("model_size", -1)))
        elif right[0] == "int" and right[1] > 2:
            exact.append((f" = {right[1] - 1}", integer(right[1] - 1)))
        if name in SIZES_BELIEVED:
            yield from exact[:2]
            return
        yield from exact
        if where in COUNTS_BELIEVED:
            return
        lowest, highest = LIMITS[type_name]
        absurd = {-1, INT32_MIN, INT32_MAX, UINT32_MAX, SIZE_MAX, highest}
        if name == "num_values":  # whole images, but too many
            absurd.add(SIZE_MAX // INPUTS * INPUTS)
        if name in ("index", "layer"):  # the first beyond the last is among them
            absurd.update(range(2, IMAGES + 2))
        yield from ((f" = {number}", integer(number)) for number in sorted(absurd)
                    if lowest <= number <= highest)

    @staticmethod
    def wrong_struct_sizes(type_name):
        yield from ((f" = {number}", integer(number)) for number in (0, 1, 5000, UINT32_MAX))
        yield from ((f" = sizeof {number:+}", ("size", type_name, number)) for number in (-1, 8))

    def wrong_structs(self, right):
        _, type_name, number, fields, _ = right
        for field, value in self.fields(type_name, number).items():
            if field == "struct_size":
                sizes = list(self.wrong_struct_sizes(type_name))
                yield from ((f".{field}{what}", base(type_name, number, 0, **fields, struct_size=size))
                            for what, size in sizes)
                yield (".struct_size = sizeof +8, not 0",
                       base(type_name, number, 1, **fields, struct_size=sizes[-1][1]))
                continue
            for what, wrong in self.wrong_fields(type_name, field, value):
                yield f".{field}{what}", base(type_name, number, 0, **{**fields, field: wrong})
        if not number:
            for i in range(1, len(BASES.get(type_name, [{}]))):
                if not set(BASES[type_name][i]) & {"user"}:
                    variant = base(type_name, i, **fields)
                    yield f", variant {i}", variant
                    yield from ((f", variant {i}{what}", value) for what, value in
                                self.wrong_structs(variant))

    def wrong_fields(self, type_name, field, value):
        member = self.member(type_name, field)
        if value == NULL and not member.function:
            for other in BASES[type_name]:  # what contradicts the rest
                if other.get(field, NULL) != NULL:
                    yield " given too", other[field]
            return
        yield from self.wrong_values(member.type or "void*", value, f"{type_name} {field}")

    # Structs.

    def fields(self, type_name, number):
        """{field: value} of what is to be tried: all fields of the first base, those that differ of the
        others. Arrays that BASES does not give are output."""
        changed = BASES.get(type_name, [{}])[number]
        names = self.members(type_name) if not number else changed
        all_values = self.values(type_name, number)
        return {name: all_values[name] for name in names
                if not self.member(type_name, name).length or all_values[name][0] == "floats"}

    def values(self, type_name, number):
        bases = BASES.get(type_name, [{}])
        unknown = set(bases[0]) | set(bases[number])
        unknown -= set(self.members(type_name))
        if unknown:
            raise ValueError(f"{type_name} has no {unknown}")
        found = {}
        for name, member in self.members(type_name).items():
            if "*" in member.type or member.function or member.type in self.header.callbacks:
                found[name] = NULL
            else:
                found[name] = ("float", "0") if member.type in ("float", "double") else integer(0)
        if "struct_size" in found:
            found["struct_size"] = ("size", type_name, 0)
        return {**found, **bases[0], **bases[number]}

    def members(self, type_name):
        """{name: Value}; the members of a struct within the struct are "shape.height"."""
        found = {}
        for member in self.header.structs[type_name]:
            if member.type in self.header.structs:
                found.update({f"{member.name}.{inner}": value
                              for inner, value in self.members(member.type).items()})
            else:
                found[member.name] = member
        return found

    def member(self, type_name, field):
        return self.members(type_name)[field]
