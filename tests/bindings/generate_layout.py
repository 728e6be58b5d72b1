#!/usr/bin/env python3
"""Writes a C program that prints what the compiler makes of the headers: "name number" lines of every
constant, and of the size of every struct and its fields and of their offsets.

    generate_layout.py HEADER... OUTPUT"""
import sys

import header


def lines(interface):
    for constants in interface.enums.values():
        for name in constants:
            yield name, f"(long)({name})"
    for name, fields in interface.structs.items():
        yield name, f"(long)sizeof({name})"
        for field in fields:
            place = f"{name}.{field.name}"
            yield f"{place}.offset", f"(long)offsetof({name}, {field.name})"
            yield f"{place}.size", f"(long)sizeof((({name} *)0)->{field.name})"


def main():
    prints = "\n".join(f'  printf("%s %ld\\n", "{name}", {value});'
                       for name, value in lines(header.read(*sys.argv[1:-1])))
    with open(sys.argv[-1], "w", encoding="utf-8") as file:
        file.write('#include "mnistcnn_exchange.h"\n#include "mnistcnn_pretrained.h"\n\n#include <stddef.h>\n#include <stdio.h>\n\n'
                   f"int main(void) {{\n{prints}\n  return 0;\n}}\n")


if __name__ == "__main__":
    main()
