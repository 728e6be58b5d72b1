#!/usr/bin/env python3
"""Compares what the HDF5 reader sees in files with what h5py sees: every object, every attribute,
every value.

    hdf5_dump.py DUMP FILE...    DUMP is the program of hdf5_dump.c

A line that our reader refuses must say why; how many there are is printed.
"""
import io
import subprocess
import sys
import zipfile
import zlib

SKIPPED = 77
try:
    import h5py
    import numpy
except ImportError:
    print("skipped: no h5py")
    sys.exit(SKIPPED)


def text_bytes(text):
    return (text.encode("utf-8", "surrogateescape") if isinstance(text, str) else bytes(text))


def strings_of(values):
    return [text_bytes(value) for value in numpy.asarray(values, dtype=object).reshape(-1)]


def describe(source, kind, shape, read):
    """'CLASS SHAPE COUNT CRC' of a dataset or attribute; CLASS alone where we cannot read it."""
    is_null = shape is None
    count = 0 if is_null else int(numpy.prod(shape, dtype=object))
    dims = "" if is_null else ",".join(map(str, shape))
    vlen = h5py.check_string_dtype(kind)
    if vlen is not None or kind.kind == "S":
        name, data = "string", b"".join(text + b"\0" for text in strings_of(read())) if count else b""
    elif kind.kind == "f" and kind.itemsize <= 8:
        values = numpy.zeros(0) if is_null else numpy.asarray(read())
        with numpy.errstate(over="ignore"):
            name, data = "float", values.astype("<f4").tobytes()
    elif kind.kind in "iu" or (kind.kind == "b"):
        values = numpy.zeros(0) if is_null else numpy.asarray(read())
        name, data = "integer", values.astype("<i8").tobytes()
    else:
        return f"other [{dims}] {count}"
    return f"{name} [{dims}] {count} {zlib.crc32(data):08x}"


def attribute_lines(path, thing):
    for name in sorted(thing.attrs, key=text_bytes):
        try:
            low = thing.attrs.get_id(name)
            shape = None if low.get_space().get_simple_extent_type() == h5py.h5s.NULL else low.shape
            yield f"{path} @{name} {describe(thing, low.dtype, shape, lambda: thing.attrs[name])}"
        except (TypeError, OSError, ValueError, MemoryError) as error:
            yield f"{path} @{name} h5py: {error}"


def object_lines(path, thing):
    if isinstance(thing, h5py.Dataset):
        try:
            yield f"{path} dataset {describe(thing, thing.dtype, thing.shape, lambda: thing[()])}"
        except (TypeError, OSError, ValueError, MemoryError) as error:
            yield f"{path} dataset h5py: {error}"
    else:
        yield f"{path} group"
    yield from attribute_lines(path, thing)
    if isinstance(thing, h5py.Group):
        for name in sorted(thing, key=text_bytes):
            if isinstance(thing.get(name, getlink=True), h5py.HardLink):
                yield from object_lines(f"{path.rstrip('/')}/{name}", thing[name])
            else:
                yield f"{path} link {name}"


def file_lines(data):
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                content = archive.read(entry)
                yield f"entry {entry.filename} {len(content)} {zlib.crc32(content):08x}"
                if content[:4] == b"\x89HDF":
                    yield from file_lines(content)
        return
    with h5py.File(io.BytesIO(data), "r") as file:
        yield from object_lines("/", file)


def compare(dump, path):
    """(differences, lines that were refused, lines)."""
    with open(path, "rb") as file:
        expected = list(file_lines(file.read()))
    run = subprocess.run([dump, path], capture_output=True, timeout=120)
    ours = run.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]
    wrong, refused = [], []
    for a, b in zip(ours, expected):
        if " refused: " in a:
            refused.append(a)
            if a.split(" refused: ")[0] != b[:len(a.split(" refused: ")[0])]:
                wrong.append((a, b))
        elif a != b and not (" other " in a and a.rsplit(" ", 1)[0] == b):
            wrong.append((a, b))
    if len(ours) != len(expected) or run.stderr:
        wrong.append((f"{len(ours)} lines {run.stderr[:300]}", f"{len(expected)} lines"))
    return wrong, refused, len(expected)


def main():
    dump, *files = sys.argv[1:]
    status, total = 0, 0
    for path in files:
        wrong, refused, lines = compare(dump, path)
        total += lines
        for line in refused:
            print(f"{path}: {line}")
        for ours, theirs in wrong[:5]:
            print(f"{path}: ours:  {ours}\n{path}: h5py:  {theirs}", file=sys.stderr)
            status = 1
    print(f"{len(files)} files, {total} objects, attributes and entries")
    return status if total > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
