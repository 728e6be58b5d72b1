#!/usr/bin/env python3
"""pycparser, a parser of C by others, finds in the header what header.py finds.

    pycparser_header.py HEADER..."""
import re
import sys

from pycparser import c_ast, c_generator, c_parser

import header

# What the compiler has from <stddef.h> and <stdint.h>.
STANDARD = "".join(f"typedef {original} {name};" for name, original in {
    "size_t": "unsigned long", "uint8_t": "unsigned char", "int32_t": "int", "uint32_t": "unsigned int",
    "int64_t": "long", "uint64_t": "unsigned long"}.items())
GENERATOR = c_generator.CGenerator()


def plain(node):
    """A type as header.py writes it."""
    text = re.sub(r"\s*\*\s*", "*", GENERATOR.visit(node))
    return header.plain_type(re.sub(r"\bstruct ", "", text))


def value(node):
    length, function, kind = 0, None, node.type
    if isinstance(kind, c_ast.ArrayDecl):
        length, kind = int(kind.dim.value), kind.type
    if isinstance(kind, c_ast.PtrDecl) and isinstance(kind.type, c_ast.FuncDecl):
        return header.Value("", node.name, 0, prototype(node.name, kind.type))
    return header.Value(unnamed(kind), node.name, length, function)


def unnamed(kind):
    """The type alone, without what it is the type of."""
    innermost = kind
    while not isinstance(innermost, c_ast.TypeDecl):
        innermost = innermost.type
    name, innermost.declname = innermost.declname, None
    try:
        return plain(c_ast.Typename(None, [], None, kind))
    finally:
        innermost.declname = name


def prototype(name, node):
    parameters = [value(p) for p in node.args.params if isinstance(p, c_ast.Decl)] if node.args else []
    return header.Function(name, unnamed(node.type), parameters)


def number(node):
    if isinstance(node, c_ast.UnaryOp) and node.op == "-":
        return -number(node.expr)
    return int(node.value)


def read(text):
    found = header.Header({}, {}, {}, [], {}, {})
    for node in c_parser.CParser().parse(STANDARD + text).ext:
        if isinstance(node, c_ast.Typedef):
            add_typedef(found, node)
        elif isinstance(node.type, c_ast.Enum):
            found.enums[node.type.name] = {e.name: number(e.value) for e in node.type.values.enumerators}
        else:
            found.functions[node.name] = prototype(node.name, node.type)
    return found


def add_typedef(found, node):
    kind = node.type.type
    if isinstance(kind, c_ast.FuncDecl):
        found.callbacks[node.name] = prototype(node.name, kind)
    elif not isinstance(kind, c_ast.Struct):
        if not node.name.startswith("mnistcnn_"):
            return
        found.aliases[node.name] = unnamed(node.type)
    elif kind.decls is None:
        found.opaque.append(node.name)
    else:
        found.structs[node.name] = [value(field) for field in kind.decls]


def main():
    ours = header.read(*sys.argv[1:])
    theirs = read("".join(map(header.declarations_text, sys.argv[1:])))
    different = [name for name in header.Header._fields if getattr(ours, name) != getattr(theirs, name)]
    for name in different:
        print(f"{name}: pycparser says\n  {getattr(theirs, name)}\nand header.py\n  {getattr(ours, name)}",
              file=sys.stderr)
    print(", ".join(f"{len(getattr(ours, name))} {name}" for name in header.Header._fields))
    sys.exit(1 if different or not ours.functions else 0)


if __name__ == "__main__":
    main()
