#!/usr/bin/env python3
"""No circles between the files of the library: neither by what they include nor by what they call.

    circles.py REPOSITORY

A source and its header are one unit, base/io for example. Two graphs are looked at, each by itself:
units that include each other's headers, and units that use each other's functions and tables. Both
are read from the text: a shared function or table is an mcnn_ name defined at the start of a line.
"""
import collections
import os
import re
import sys

# Headers for the inside of a unit: they count as that unit's.
PRIVATE_HEADERS = {
    "kernels/conv/algorithms": "kernels/conv/conv",
    "exchange/build/builder_work": "exchange/build/builder",
    "kernels/isa/tables": "kernels/kernels",
    "nn/executor_work": "nn/executor",
}
# Stands in the place of other units, with their functions.
STAND_IN = "wasm_absent.c"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
DEFINITION = re.compile(r"^(?!static\b|extern\b|typedef\b|return\b)\w[^;={}()#]*?\b((?:mcnn|mnistcnn)_\w+)"
                        r"(?:\([^;{}]*\)\s*\{|(?:\[[^;={}]*\])?\s*=)", re.MULTILINE)
NAME = re.compile(r"\b(?:mcnn|mnistcnn)_\w+")
NOT_CODE = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def unit_of(file):
    """The unit of a file below lib/."""
    unit = re.sub(r"(\.inc)?\.[ch]$", "", file)
    return PRIVATE_HEADERS.get(unit, unit)


def read_library():
    """The text of every source of the library, by its path below lib/."""
    texts = {}
    for folder, _, names in os.walk("lib"):
        for name in names:
            if name.endswith((".c", ".h")) and name != STAND_IN:
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    texts[os.path.relpath(path, "lib")] = file.read()
    return texts


def include_graph(texts):
    graph = collections.defaultdict(set)
    for file, text in texts.items():
        for header in INCLUDE.findall(text):
            if header in texts and unit_of(header) != unit_of(file):
                graph[unit_of(file)].add(unit_of(header))
    return graph


def call_graph(texts):
    code = {file: NOT_CODE.sub(" ", text) for file, text in texts.items()}
    home = {name: unit_of(file) for file, text in code.items() if file.endswith(".c")
            for name in DEFINITION.findall(text)}
    graph = collections.defaultdict(set)
    for file, text in code.items():
        if file.endswith(".c"):
            used = {home[name] for name in NAME.findall(text) if name in home}
            graph[unit_of(file)] |= used - {unit_of(file)}
    return graph, len(home)


def circles(graph):
    """The strongly connected components of more than one unit, by Tarjan's algorithm."""
    number, lowest, stack, found = {}, {}, [], []

    def visit(unit):
        number[unit] = lowest[unit] = len(number)
        stack.append(unit)
        for other in sorted(graph.get(unit, ())):
            if other not in number:
                visit(other)
            if other in stack:
                lowest[unit] = min(lowest[unit], lowest[other])
        if lowest[unit] == number[unit]:
            at = stack.index(unit)
            if len(stack) - at > 1:
                found.append(set(stack[at:]))
            del stack[at:]

    for unit in sorted(graph):
        if unit not in number:
            visit(unit)
    return found


def describe(kind, circle, graph):
    edges = [f"  {unit} -> {', '.join(sorted(graph[unit] & circle))}" for unit in sorted(circle)]
    return "\n".join([f"{len(circle)} units {kind} each other:", *edges])


def main():
    os.chdir(sys.argv[1])
    texts = read_library()
    calls, functions = call_graph(texts)
    status = 0
    for kind, graph in (("include", include_graph(texts)), ("call", calls)):
        edges = sum(map(len, graph.values()))
        print(f"{len(graph)} units {kind} {edges} others")
        status |= edges < 100
        found = circles(graph)
        for circle in found:
            print(describe(kind, circle, graph), file=sys.stderr)
            status = 1
    print(f"{functions} shared functions and tables")
    return status


if __name__ == "__main__":
    sys.exit(main())
