#!/usr/bin/env python3
"""Includes point downwards only, every third-party header has one door, and what is neither ISO C
nor a third party's is the platform layer's.

    layering.py REPOSITORY
"""
import os
import re
import sys

LAYERS = ["base", "kernels", "image", "digit", "nn", "data", "model", "train", "exchange",
          "pretrained", "api"]
DOORS = {
    "png.h": re.compile(r"lib/image/png_\w+\.c$"),
    **dict.fromkeys(["jpeglib.h", "jerror.h"], re.compile(r"lib/image/jpeg_\w+\.c$")),
    "cblas.h": re.compile(r"lib/kernels/gemm/openblas\.c$"),
    "zlib.h": re.compile(r"lib/(data/(gzip|checksum|dataset)|exchange/inflate)\.c$"),
    **dict.fromkeys(["altivec.h", "arm_neon.h", "cpuid.h", "emmintrin.h", "immintrin.h", "vecintrin.h",
                     "wasm_simd128.h", "xmmintrin.h"],
                    re.compile(r"lib/kernels/")),
    "microhttpd.h": re.compile(r"examples/server/http/"),
    "jansson.h": re.compile(r"examples/server/(json|v1|v2)/"),
    "seccomp.h": re.compile(r"examples/server/sandbox/seccomp\.c$"),
}
# Not signal.h, threads.h and time.h: they are the system's in all but name.
ISO_C = {f"{name}.h" for name in (
    "assert", "ctype", "errno", "fenv", "float", "inttypes", "limits", "locale", "math", "setjmp",
    "stdalign", "stdarg", "stdatomic", "stdbool", "stddef", "stdint", "stdio", "stdlib",
    "stdnoreturn", "string")}
PLATFORM = re.compile(r"lib/base/platform_\w+\.[ch]$")
# An assembler's directives (".section"); an instruction by itself is a kernel's business.
DIRECTIVE = re.compile(r'\b(?:asm|__asm__)\b[^;]*?"[^"]*?\.(?:\w*section|incbin|globl|text|data)\b')
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def sources(folder):
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules"]
        for name in names:
            if name.endswith((".c", ".h", ".cpp", ".hpp")):
                yield os.path.join(path, name)


def includes(folder):
    """(file, the opening quote, header) of every include below a folder."""
    for file in sources(folder):
        with open(file, encoding="utf-8") as text:
            for quote, header in INCLUDE.findall(text.read()):
                yield file, quote, header


def wrong_in_library(file, quote, header):
    """What is wrong with a source of the library including a header; None when nothing is."""
    if header in DOORS and not DOORS[header].search(file):
        return f"only {DOORS[header].pattern} may"
    if quote == "<" and header not in DOORS and header not in ISO_C and not PLATFORM.search(file):
        return "which is the system's: only lib/base/platform_* may"
    if quote == "<" or header.startswith("mnistcnn"):
        return None
    layer, below = file.split("/")[1], header.split("/")[0]
    if below not in LAYERS:
        return "which names no layer"
    if header == "api/import.h" and layer == "exchange":
        return None  # a library of its own, which reads structs of callers likewise
    if LAYERS.index(below) > LAYERS.index(layer):
        return f"which is above {layer}"
    if (layer, below) == ("data", "nn"):
        return "but images know nothing of networks"
    if layer == "exchange" and below not in ("base", "exchange"):
        return "but exchange/ stands on base/ and the public API only"
    if below in ("exchange", "pretrained", "api") and below != layer:
        return f"but nobody includes {below}/"
    return None


# The rooms of the programs, each above those it may include.
PROGRAMS = {
    "cli": ["system", "terminal", "completion", "files", "model", "draw", "report", "predict", "commands"],
    "server": ["text", "system", "json", "body", "wire", "sandbox", "metrics", "worker", "pool", "log", "page", "service",
               "v1", "v2", "config", "http"],
}


def wrong_in_program(file, quote, header):
    """The same for programs and API tests: the public header, their own folder, and the support of
    all tests."""
    if header in DOORS:
        return None if DOORS[header].search(file) else "but programs see the public header only"
    if quote == "<" or header in ("mnistcnn.h", "mnistcnn.hpp"):
        return None
    program = file.split("/")[1]
    if program in PROGRAMS and file.startswith("examples/"):
        return wrong_in_rooms(program, file, header)
    folders = [os.path.dirname(file)] + ["tests/support"] * file.startswith("tests/")
    # Whose folders include each other by their names; source_circles sees to their order.
    folders += ["examples/server"] * file.startswith("examples/server/")
    if any(os.path.exists(os.path.join(folder, header)) for folder in folders):
        return None
    return "which is not of its own folder"


def wrong_in_rooms(program, file, header):
    rooms = PROGRAMS[program]
    room, below = file.split("/")[2], header.split("/")[0]
    if not os.path.exists(f"examples/{program}/{header}") or below not in rooms:
        return "which is in no room of the program"
    if room in rooms and rooms.index(below) > rooms.index(room):
        return f"which is above {room}"
    if room == "draw" and below != room:
        return "but drawing knows nothing of the rest of the command"
    return None


def with_directives(folder):
    """Sources with directives to the assembler, which are of one object format."""
    for file in sources(folder):
        with open(file, encoding="utf-8") as text:
            if not PLATFORM.search(file) and DIRECTIVE.search(text.read()):
                yield file


def main():
    os.chdir(sys.argv[1])
    wrong = [f"lib/{name} is no known layer" for name in os.listdir("lib")
             if os.path.isdir(f"lib/{name}") and name not in LAYERS]
    wrong += [f"{file} has directives to the assembler: only lib/base/platform_* may"
              for file in with_directives("lib")]
    seen = 0
    for folder, judge in (("lib", wrong_in_library), ("examples", wrong_in_program),
                          ("tests/api", wrong_in_program)):
        for file, quote, header in includes(folder):
            seen += 1
            reason = judge(file, quote, header)
            if reason:
                wrong.append(f"{file} includes {header}, {reason}")
    print(f"{seen} includes")
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong or seen < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
