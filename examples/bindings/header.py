"""Reads the public headers: mnistcnn_abi.h, mnistcnn_exchange.h and mnistcnn_pretrained.h.

A small strict parser for just these headers: what it does not understand is an error, so that nothing of
the interface can be left out without notice. Types are text without superfluous spaces, such as
"const char*const*"."""
import collections
import re

# length: 0, or of an array. function: of a member or typedef that is a pointer to one, else None.
Value = collections.namedtuple("Value", "type name length function")
Function = collections.namedtuple("Function", "name result parameters")
Header = collections.namedtuple("Header", "aliases enums structs opaque callbacks functions")

FUNCTION_POINTER = re.compile(r"(.+?)\(\*(\w+)\)\((.*)\)")
VALUE = re.compile(r"(.*?[\s*])(\w+)(?:\[(\d+)\])?")
TYPE = re.compile(r"(const )?(\w+)(\*(const)?)*")


def read(*paths):
    """What the headers declare, as one Header."""
    return parse("".join(map(declarations_text, paths)))


def declarations_text(path):
    """The declarations of a header and nothing else, as C."""
    with open(path, encoding="utf-8") as file:
        return without_directives(without_comments(file.read()))


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def without_directives(text):
    """Without preprocessor directives and what is for C++ only or for C only, which is macros."""
    text = text.replace("\\\n", " ")
    text = re.sub(r"^#ifn?def __cplusplus\n.*?^#endif\n", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)


def parse(text):
    header = Header({}, {}, {}, [], {}, {})
    for declaration in declarations(without_comments(text)):
        add(header, declaration)
    return header


def declarations(text):
    """The text up to each semicolon outside braces, with single spaces."""
    depth, start = 0, 0
    for match in re.finditer(r"[{};]", text):
        depth += {"{": 1, "}": -1, ";": 0}[match[0]]
        if match[0] == ";" and not depth:
            yield " ".join(text[start:match.start()].split())
            start = match.end()
    if text[start:].strip():
        raise ValueError(f"no declaration: {text[start:]}")


def add(header, text):
    enum = re.fullmatch(r"enum (\w+) \{(.*)\}", text)
    struct = re.fullmatch(r"typedef struct (\w+) \{(.*)\} (\w+)", text)
    opaque = re.fullmatch(r"typedef struct (\w+) (\w+)", text)
    alias = re.fullmatch(r"typedef (\w+) (\w+)", text)
    pointer = re.fullmatch(r"typedef (.*)", text)
    function = re.fullmatch(r"(.*[\s*])(\w+)\((.*)\)", text)
    if enum:
        header.enums[enum[1]] = constants(enum[2])
    elif struct and struct[1] == struct[3]:
        header.structs[struct[1]] = [value(field) for field in struct[2].split(";") if field.strip()]
    elif opaque and opaque[1] == opaque[2]:
        header.opaque.append(opaque[1])
    elif alias:
        header.aliases[alias[2]] = alias[1]
    elif pointer and FUNCTION_POINTER.fullmatch(pointer[1]):
        callback = value(pointer[1]).function
        header.callbacks[callback.name] = callback
    elif function and not pointer:
        header.functions[function[2]] = Function(function[2], plain_type(function[1]),
                                                 parameters(function[3]))
    else:
        raise ValueError(f"not understood: {text}")


def constants(text):
    found = {}
    for line in text.split(","):
        name, number = re.fullmatch(r"(\w+) = (-?\d+)", line.strip()).groups()
        found[name] = int(number)
    return found


def parameters(text):
    return [] if text.strip() == "void" else [value(part) for part in split_parameters(text)]


def split_parameters(text):
    """At the commas outside parentheses."""
    return re.split(r",(?![^(]*\))", text)


def value(text):
    pointer = FUNCTION_POINTER.fullmatch(text.strip())
    if pointer:
        function = Function(pointer[2], plain_type(pointer[1]), parameters(pointer[3]))
        return Value("", pointer[2], 0, function)
    plain = VALUE.fullmatch(text.strip())
    if not plain:
        raise ValueError(f"no declaration of a value: {text}")
    return Value(plain_type(plain[1]), plain[2], int(plain[3] or 0), None)


def plain_type(text):
    text = re.sub(r"\s*\*\s*", "*", " ".join(text.split()))
    if not TYPE.fullmatch(text):
        raise ValueError(f"not a type: {text}")
    return text
