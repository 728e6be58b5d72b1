#!/usr/bin/env python3
"""Writes the files in which the bindings declare the library: structs, enums, constants, functions and
default options, from the public headers and the library's `..._init` functions.

    generate.py --build FOLDER [--check] [LANGUAGE...]

FOLDER is a build folder, in which the shared libraries are. With --check nothing is written: it fails if
a file differs from what would be written. Without a LANGUAGE: all of them."""
import argparse
import collections
import ctypes
import os
import re
import struct
import sys

import ctypes_library
import header
import node_abi
import python_abi

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, "..", "..", "include")
# The libraries, each with the header that declares its functions.
HEADERS = {"mnistcnn": "mnistcnn_abi.h", "mnistcnn_exchange": "mnistcnn_exchange.h",
           "mnistcnn_pretrained": "mnistcnn_pretrained.h"}
# Where the build has those of them that have option structs.
FOLDERS = {"mnistcnn": "lib", "mnistcnn_exchange": "lib/exchange"}
# language: module with text(interface), which returns the file's content; the file, from here.
LANGUAGES = {"node": (node_abi, "../node/src/abi.ts"),
             "python": (python_abi, "../python/src/mnistcnn/_abi.py")}

# declared: a header.Header of all headers. functions: {library: names of its functions}.
# defaults: {struct: {field: number}} of the option structs; fields that are pointers are left out.
# version: text.
Interface = collections.namedtuple("Interface", "declared functions defaults version")


def header_paths():
    return [os.path.join(INCLUDE, name) for name in HEADERS.values()]


def interface(build):
    declared = header.read(*header_paths())
    functions = {library: list(header.read(path).functions)
                 for library, path in zip(HEADERS, header_paths())}
    return Interface(declared, functions, defaults(declared, functions, build), version())


def version():
    with open(os.path.join(INCLUDE, "mnistcnn.h"), encoding="utf-8") as file:
        text = file.read()
    return ".".join(re.search(rf"#define MNISTCNN_VERSION_{part} (\d+)", text)[1]
                    for part in ("MAJOR", "MINOR", "PATCH"))


def defaults(declared, functions, build):
    types, found = ctypes_library.Types(declared), {}
    for library in HEADERS:
        for name in functions[library]:
            filled = name.removesuffix("_init")
            if filled in declared.structs:
                init = getattr(load(build, library), name)
                found[filled] = default_values(init, types[filled], declared.structs[filled])
    return found


def load(build, library):
    return ctypes.CDLL(os.path.join(os.path.abspath(build), FOLDERS[library], f"lib{library}.so"))


def default_values(init, kind, fields):
    options = kind()
    init.argtypes = [ctypes.POINTER(kind), ctypes.c_size_t]
    if init(ctypes.byref(options), ctypes.sizeof(options)) != 0:
        raise ValueError(f"{init.__name__} failed")
    return {field.name: plain_value(getattr(options, field.name), field) for field in fields
            if is_number(field) and field.name not in ("struct_size", "reserved")}


def is_number(field):
    return not field.function and not field.type.endswith("*") and field.type not in (
        "mnistcnn_progress_callback", "mnistcnn_log_callback", "mnistcnn_shape", "char")


def plain_value(value, field):
    if field.length:
        return [plain_value(element, field._replace(length=0)) for element in value]
    return shortest(value) if field.type == "float" else value


def shortest(value):
    """The shortest decimal that is this float32: 0.1 rather than 0.10000000149011612."""
    for digits in range(1, 10):
        decimal = float(f"{value:.{digits}g}")
        if struct.pack("f", decimal) == struct.pack("f", value):
            return decimal
    raise ValueError(value)


def is_current(path, text):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read() == text
    except FileNotFoundError:
        return False


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("language", nargs="*")
    arguments = parser.parse_args()
    found, stale = interface(arguments.build), []
    for language in arguments.language or LANGUAGES:
        module, place = LANGUAGES[language]
        path, text = os.path.normpath(os.path.join(HERE, place)), module.text(found)
        if arguments.check and not is_current(path, text):
            stale.append(path)
        elif not arguments.check:
            write(path, text)
    for path in stale:
        print(f"{path} is stale: run examples/bindings/generate.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
