#!/usr/bin/env python3
"""Sizes, offsets and constants as ctypes, with the types made from the header, or cffi, which reads the
header as it stands, have them are those of the C compiler.

    layout.py HEADER LAYOUT_PROGRAM ctypes|cffi"""
import ctypes
import subprocess
import sys

import ctypes_library
import header


def of_compiler(program):
    listed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {name: int(number) for name, number in map(str.split, listed.splitlines())}


def of_ctypes(interface):
    found, types = {}, ctypes_library.Types(interface)
    for constants in interface.enums.values():
        found.update(constants)
    for name in interface.structs:
        found[name] = ctypes.sizeof(types[name])
        for field, _ in types[name]._fields_:
            place = getattr(types[name], field)
            found[f"{name}.{field}.offset"], found[f"{name}.{field}.size"] = place.offset, place.size
    return found


def of_cffi(path):
    import cffi
    found, ffi = {}, cffi.FFI()
    with open(path, encoding="utf-8") as file:
        ffi.cdef(file.read())
    typedefs, _, _ = ffi.list_types()
    for name in enum_names(path):
        found.update(ffi.typeof(f"enum {name}").relements)
    for name in typedefs:
        kind = ffi.typeof(name)
        if kind.kind == "struct" and kind.fields is not None:
            found[name] = ffi.sizeof(name)
            for field, place in kind.fields:
                found[f"{name}.{field}.offset"] = place.offset
                found[f"{name}.{field}.size"] = ffi.sizeof(place.type)
    return found


def enum_names(path):  # cffi does not list them
    return header.read(path).enums


def main():
    path, program, way = sys.argv[1:]
    expected = of_compiler(program)
    found = of_cffi(path) if way == "cffi" else of_ctypes(header.read(path))
    different = [name for name in sorted(expected.keys() | found.keys())
                 if expected.get(name) != found.get(name)]
    for name in different:
        print(f"{name}: {found.get(name)} instead of {expected.get(name)}", file=sys.stderr)
    print(f"{len(expected)} numbers, {len(different)} of them differ")
    sys.exit(1 if different or not expected else 0)


if __name__ == "__main__":
    main()
