"""The declarations of the library for Python's ctypes: examples/python/src/mnistcnn/_abi.py."""
import keyword
import textwrap

PREFIX = "mnistcnn_"
NUMBERS = {"char": "c_char", "float": "c_float", "double": "c_double", "size_t": "c_size_t",
           "uint8_t": "c_uint8", "int32_t": "c_int32", "uint32_t": "c_uint32", "int64_t": "c_int64",
           "uint64_t": "c_uint64", "mnistcnn_status": "c_int32"}
LIBRARIES = {"mnistcnn": "Core", "mnistcnn_exchange": "Exchange", "mnistcnn_pretrained": "Pretrained"}

START = '''\
"""The C interface of libmnistcnn {version}, as ctypes.

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

VERSION = "{version}"

Function = Callable[..., Any]
Number = Union[int, float, List[float]]
'''

BINDER = '''\
def _function(library: ctypes.CDLL, name: str, result: Any, *parameters: Any) -> Function:
    function = getattr(library, name)
    function.restype = result
    function.argtypes = parameters
    return function  # type: ignore[no-any-return]
'''


def text(interface):
    declared = interface.declared
    blocks = [START.format(version=interface.version)]
    blocks += [enum_class(name, constants) for name, constants in declared.enums.items()]
    blocks += [f'class {class_name(name)}(Structure):\n    """An opaque {name}."""\n'
               for name in declared.opaque]
    blocks += [struct_class(name, fields) for name, fields in declared.structs.items()]
    blocks.append("\n".join(f"{class_name(callback.name)} = {prototype(callback)}"
                            for callback in declared.callbacks.values()) + "\n")
    blocks.append("\n".join(struct_fields(name, fields) for name, fields in declared.structs.items()))
    blocks.append(BINDER)
    blocks += [library_class(library, [declared.functions[name] for name in names])
               for library, names in interface.functions.items()]
    blocks.append(table("STRUCTS", "Dict[str, Type[Structure]]", declared.structs, class_name))
    blocks.append(table("ENUMS", "Dict[str, type]", declared.enums, class_name))
    blocks.append(defaults_table(interface.defaults))
    return "\n\n".join(blocks)


def class_name(name):
    return "".join(word.capitalize() for word in name.removeprefix(PREFIX).split("_"))


def enum_class(name, constants):
    prefix = member_prefix(name, constants)
    members = "".join(f"    {constant.removeprefix(prefix)} = {number}\n"
                      for constant, number in constants.items())
    return f'class {class_name(name)}:\n    """enum {name}"""\n\n{members}'


def member_prefix(name, constants):
    """MNISTCNN_ and as many words of the enum's name as all constants begin with."""
    words = name.upper().split("_")
    while not all(constant.startswith("_".join(words) + "_") for constant in constants):
        words.pop()
    return "_".join(words) + "_"


# --- structs ----------------------------------------------------------------------------------------


def struct_class(name, fields):
    annotations = "".join(f"    {field.name}: {annotation(field)}\n" for field in fields)
    return f'class {class_name(name)}(Structure):\n    """A {name}."""\n\n{annotations}'


def annotation(field):
    if field.function or field.length and field.type != "char":
        return "Any"
    if field.type == "char":
        return "bytes"
    if field.type == "const char*":
        return "Optional[bytes]"
    if field.type in ("float", "double"):
        return "float"
    if field.type in NUMBERS:
        return "int"
    return "Any" if field.type.endswith("*") or field.type.endswith("callback") else class_name(field.type)


def struct_fields(name, fields):
    rows = "".join(f'    ("{field.name}", {field_type(field)}),\n' for field in fields)
    return f"{class_name(name)}._fields_ = [\n{rows}]\n"


def field_type(field):
    if field.function:
        return prototype(field.function)
    return f"{ctype(field.type)} * {field.length}" if field.length else ctype(field.type)


def prototype(function):
    return f"CFUNCTYPE({', '.join([ctype(function.result)] + [ctype(p.type) for p in function.parameters])})"


def ctype(text):
    if text == "void":
        return "None"
    if text in NUMBERS:
        return NUMBERS[text]
    if not text.endswith("*"):
        return class_name(text)
    if text == "const char*":
        return "c_char_p"
    if text == "const char*const*":
        return "POINTER(c_char_p)"
    target = text[:-1].removeprefix("const ")
    if target == "void" or target in NUMBERS:
        return "c_void_p"
    return f"POINTER({ctype(target)})"


# --- functions --------------------------------------------------------------------------------------


def library_class(library, functions):
    lines = [f"class {LIBRARIES[library]}:", f'    """The functions of lib{library}."""', "",
             "    def __init__(self, library: ctypes.CDLL) -> None:"]
    for function in functions:
        types = ", ".join([ctype(function.result)] + [ctype(p.type) for p in function.parameters])
        lines.append(f"        self.{attribute(function.name)} = _function(")
        lines += textwrap.wrap(f'library, "{function.name}", {types}', 96, initial_indent=" " * 12,
                               subsequent_indent=" " * 12)
        lines.append("        )")
    return "\n".join(lines) + "\n"


def attribute(function):
    name = function.removeprefix(PREFIX)
    return f"{name}_" if keyword.iskeyword(name) else name


# --- tables -----------------------------------------------------------------------------------------


def table(name, kind, keys, value):
    rows = "".join(f'    "{key}": {value(key)},\n' for key in keys)
    return f"{name}: {kind} = {{\n{rows}}}\n"


def defaults_table(defaults):
    rows = ""
    for name, fields in defaults.items():
        values = "".join(f'        "{field}": {value!r},\n' for field, value in fields.items())
        rows += f'    "{name}": {{\n{values}    }},\n' if fields else f'    "{name}": {{}},\n'
    return ("# What the ..._init functions fill in; pointers are NULL.\n"
            f"DEFAULTS: Dict[str, Dict[str, Number]] = {{\n{rows}}}\n")
