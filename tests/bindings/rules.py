#!/usr/bin/env python3
"""Rules that make the interface easy to call from every language.

    rules.py HEADER...

At most six parameters; pixels and other arrays come with their count; structs have no hidden padding;
only types of a fixed size, size_t, pointers and char."""
import ctypes
import sys

import ctypes_library
import header

MOST_PARAMETERS = 6
ARRAYS = {"const uint8_t*", "const float*", "const void*", "uint8_t*", "float*", "char*", "void*",
          "const char*const*"}
COUNTS = {"size_t", "uint32_t"}
# An out-parameter, and the user of a callback: no arrays.
ONE_VALUE = {("mnistcnn_top_class", "confidence"), ("mnistcnn_log_collect", "lines")}
SCALARS = {"char", "void", "float", "double", "size_t", "int32_t", "int64_t", "uint8_t", "uint32_t",
           "uint64_t", "mnistcnn_status"}


def wrong_in(function):
    parameters = function.parameters
    if len(parameters) > MOST_PARAMETERS:
        yield f"has {len(parameters)} parameters"
    for at, parameter in enumerate(parameters):
        following = parameters[at + 1].type if at + 1 < len(parameters) else None
        is_array = parameter.type in ARRAYS and (function.name, parameter.name) not in ONE_VALUE
        if is_array and following not in COUNTS:
            yield f"takes {parameter.name} without a count"
        if parameter.type == "mnistcnn_progress_callback":
            yield "takes a callback outside a struct"


def wrong_types(kind, values, known):
    for value in values:
        base = value.type.replace("const ", "").replace("const", "").replace("*", "").strip()
        if not value.function and base not in SCALARS and base not in known:
            yield f"{kind}.{value.name} is a {value.type}"


def hidden_padding(name, structure):
    end = 0
    for field, kind, *_ in structure._fields_:
        descriptor = getattr(structure, field)
        if descriptor.offset != end:
            yield f"{name} has padding before {field}"
        end = descriptor.offset + ctypes.sizeof(kind)
    if end != ctypes.sizeof(structure):
        yield f"{name} has padding at its end"


def main():
    declared = header.read(*sys.argv[1:])
    types = ctypes_library.Types(declared)
    known = set(declared.structs) | set(declared.opaque) | set(declared.callbacks)
    wrong = [f"{function.name} {what}" for function in declared.functions.values() for what in wrong_in(function)]
    for function in declared.functions.values():
        wrong += wrong_types(function.name, function.parameters, known)
    for name, fields in declared.structs.items():
        wrong += wrong_types(name, fields, known)
        wrong += hidden_padding(name, types[name])
    print(f"{len(declared.functions)} functions, {len(declared.structs)} structs")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
