#!/usr/bin/env python3
"""Sizes, offsets and constants as ctypes, with the types made from the headers, or cffi, which reads the
headers without their directives, or the packages for Python and Node.js have them are those of the C compiler.

    layout.py ctypes|cffi|python|node LAYOUT_PROGRAM HEADER..."""
import ctypes
import importlib.util
import os
import subprocess
import sys

import ctypes_library
import header
import node_abi


def of_compiler(program):
    listed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {name: int(number) for name, number in map(str.split, listed.splitlines())}


def of_ctypes(*paths):
    interface = header.read(*paths)
    types, found = ctypes_library.Types(interface), {}
    for constants in interface.enums.values():
        found.update(constants)
    return {**found, **of_structures({name: types[name] for name in interface.structs})}


def of_structures(structures):
    found = {}
    for name, structure in structures.items():
        found[name] = ctypes.sizeof(structure)
        for field, *_ in structure._fields_:
            place = getattr(structure, field)
            found[f"{name}.{field}.offset"], found[f"{name}.{field}.size"] = place.offset, place.size
    return found


def of_python(*paths):
    """The declarations of the Python package, alone: the package itself needs a library."""
    path = os.path.join(os.path.dirname(header.__file__), "../python/src/mnistcnn/_abi.py")
    spec = importlib.util.spec_from_file_location("abi", path)
    abi = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(abi)
    found = of_structures(abi.STRUCTS)
    for name, numbers in header.read(*paths).enums.items():
        members = [number for member, number in vars(abi.ENUMS[name]).items() if member[0] != "_"]
        found.update(zip(numbers, members))
    return found


def of_node(*paths):
    """The numbers that are written into the file of the Node.js package."""
    interface, found = header.read(*paths), {}
    for constants in interface.enums.values():
        found.update(constants)
    for name in interface.structs:
        found[name] = node_abi.struct_size(interface, name)
        for member, offset, size in node_abi.places(interface, name):
            found[f"{name}.{member.name}.offset"], found[f"{name}.{member.name}.size"] = offset, size
    return found


def of_cffi(*paths):
    import cffi
    found, ffi = {}, cffi.FFI()
    ffi.cdef("".join(map(header.declarations_text, paths)))
    typedefs, _, _ = ffi.list_types()
    for name in header.read(*paths).enums:  # cffi does not list them
        found.update(ffi.typeof(f"enum {name}").relements)
    for name in typedefs:
        kind = ffi.typeof(name)
        if kind.kind == "struct" and kind.fields is not None:
            found[name] = ffi.sizeof(name)
            for field, place in kind.fields:
                found[f"{name}.{field}.offset"] = place.offset
                found[f"{name}.{field}.size"] = ffi.sizeof(place.type)
    return found


def main():
    way, program, *paths = sys.argv[1:]
    expected = of_compiler(program)
    ways = {"ctypes": of_ctypes, "cffi": of_cffi, "python": of_python, "node": of_node}
    found = ways[way](*paths)
    different = [name for name in sorted(expected.keys() | found.keys())
                 if expected.get(name) != found.get(name)]
    for name in different:
        print(f"{name}: {found.get(name)} instead of {expected.get(name)}", file=sys.stderr)
    print(f"{len(expected)} numbers, {len(different)} of them differ")
    sys.exit(1 if different or not expected else 0)


if __name__ == "__main__":
    main()
