#!/usr/bin/env python3
"""Writes HDF5 files with h5py, one for each feature that the reader knows or refuses.

    hdf5_golden.py FOLDER [--large | --seeds]

Without an option these are the small files that are committed; --seeds are the still smaller ones that
fuzzing starts from.

Each feature is written in the earliest and in the latest form of the file format.
"""
import os
import sys

import h5py
import numpy

NUMBERS = numpy.random.default_rng(7)


def floats(*shape):
    return NUMBERS.standard_normal(shape).astype("f4")


def types(file):
    for code in ("f2", "f4", "f8"):
        for order in "<>":
            values = numpy.array([0, -0.0, 1.5, -2.25, 65504, 6e-8, numpy.inf], order + code)
            file.create_dataset(f"{code}{'be' if order == '>' else 'le'}", data=values)
    for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        for order in "<>":
            low, high = (-3, 100) if code[0] == "i" else (0, 200)
            values = numpy.array([low, 0, high], order + code)
            file.create_dataset(f"{code}{'be' if order == '>' else 'le'}", data=values)
    file.create_dataset("bool", data=numpy.array([True, False]))
    file.create_dataset("enum", data=numpy.array([0, 2], "i2"),
                        dtype=h5py.enum_dtype({"A": 0, "B": 2}, basetype="i2"))
    file.create_dataset("scalar", data=numpy.float32(3))
    file.create_dataset("none", data=h5py.Empty("f4"))
    file.create_dataset("empty", data=numpy.zeros((0, 3), "f4"))
    file.create_dataset("complex", data=numpy.array([1 + 2j]))
    file.create_dataset("bfloat16", data=numpy.array([b"\xc0\x3f", b"\x00\xc0"], "V2"))


def strings(file):
    file.attrs["str"] = "variable ä"
    file.attrs["bytes"] = numpy.bytes_("fixed")
    file.attrs["fixed_list"] = numpy.array([b"conv2d_1", b"a", b""])
    file.attrs.create("list", ["kernel", "bias", ""], dtype=h5py.string_dtype())
    file.attrs["no_names"] = []
    file.attrs["number"] = 3
    file.attrs["numbers"] = floats(2, 2)
    file.attrs["flag"] = True
    file.attrs["nothing"] = h5py.Empty("S1")
    file.attrs["long"] = "x" * 5000
    file.create_dataset("data", data=numpy.array([b"one", b"three"]))
    file.create_dataset("variable", data=["one", "three", "z" * 100], dtype=h5py.string_dtype())
    for name, padding in (("terminated", h5py.h5t.STR_NULLTERM), ("spaces", h5py.h5t.STR_SPACEPAD)):
        kind = h5py.h5t.C_S1.copy()
        kind.set_size(6)
        kind.set_strpad(padding)
        space = h5py.h5s.create_simple((2,))
        attribute = h5py.h5a.create(file.id, name.encode(), kind, space)
        attribute.write(numpy.array([b"ab", b"cdefg"], "S6"))


def groups(file):
    for name in ("dense_10", "dense_2", "a", "layers\\dense", "ä"):
        file.create_group(name).create_dataset("kernel:0", data=floats(2))
    file.create_dataset("deep/er/and/deeper", data=floats(1))
    file["same"] = file["a"]


def many(file, links=60, attributes=40):
    group = file.create_group("group")
    for i in range(links):
        group.create_group(f"dense_{i}")
    for i in range(attributes):
        group.attrs[f"attribute_{i}"] = f"value {i}"


def ordered(file):
    """Groups that remember the order of creation, of few and of many links and attributes."""
    for name, count in (("few", 3), ("many", 12)):
        group = file.create_group(name, track_order=True)
        for i in range(count):
            group.create_dataset(f"d{count - i}", data=floats(1))
            group.attrs[f"a{count - i}"] = i


def refused(file):
    file["soft"] = h5py.SoftLink("/data")
    file["external"] = h5py.ExternalLink("other.h5", "/data")
    file.create_dataset("data", data=floats(2))
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "data", (2,))
    file.create_virtual_dataset("virtual", layout)
    file.create_dataset("elsewhere", (2,), "f4", external=[("other.bin", 0, 8)])
    file.create_dataset("lzf", data=floats(8), compression="lzf", chunks=(8,))
    file.create_dataset("scaleoffset", data=numpy.arange(8), scaleoffset=0, chunks=(8,))
    file.create_dataset("unwritten", (4,), "f4")
    file["type"] = numpy.dtype("f4")
    file.create_dataset("committed", data=floats(2), dtype=file["type"])
    file.create_dataset("reference", data=numpy.array([file.ref], h5py.ref_dtype))
    file.create_dataset("partly", (4,), "f4", chunks=(2,))[:2] = 1


def chunks(file):
    data = floats(7, 5)
    file.create_dataset("plain", data=data, chunks=(3, 2))
    file.create_dataset("deflate", data=data, chunks=(3, 2), compression="gzip")
    file.create_dataset("shuffle", data=data, chunks=(3, 2), compression="gzip", shuffle=True)
    file.create_dataset("fletcher", data=data, chunks=(3, 2), fletcher32=True)
    file.create_dataset("all", data=data, chunks=(3, 2), compression="gzip", shuffle=True,
                        fletcher32=True)
    file.create_dataset("single", data=data, chunks=(7, 5))
    file.create_dataset("single_deflate", data=data, chunks=(7, 5), compression="gzip")
    file.create_dataset("bounded", data=data, chunks=(3, 2), maxshape=(20, 9))
    file.create_dataset("grow", data=data, chunks=(3, 2), maxshape=(None, 5))
    file.create_dataset("grow_deflate", data=data, chunks=(3, 2), maxshape=(None, 5),
                        compression="gzip")
    file.create_dataset("grow_second", data=data, chunks=(3, 2), maxshape=(7, None))
    file.create_dataset("grow_both", data=data, chunks=(3, 2), maxshape=(None, None))
    file.create_dataset("grow_both_deflate", data=data, chunks=(3, 2), maxshape=(None, None),
                        compression="gzip")
    file.create_dataset("odd", data=numpy.arange(5, dtype="i1"), chunks=(5,), fletcher32=True)
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((3, 2))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple(data.shape)
    h5py.h5d.create(file.id, b"early", h5py.h5t.IEEE_F32LE, space, early).write(
        h5py.h5s.ALL, h5py.h5s.ALL, data)
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(file.id, b"compact", h5py.h5t.IEEE_F32LE, space, compact).write(
        h5py.h5s.ALL, h5py.h5s.ALL, data)


def bombs(file):
    file.create_dataset("zeros", data=numpy.zeros(1 << 22, "f4"), chunks=(1 << 20,),
                        compression="gzip")
    file.create_dataset("declared", (1 << 40,), "f4", chunks=(1 << 18,), compression="gzip")
    file.create_dataset("declared_plain", (1 << 40,), "f4")


def paged(file):
    """More chunks than one page of an array has, and so many that a super block is needed."""
    file.create_dataset("fixed", data=numpy.arange(1030) % 100, dtype="i1", chunks=(1,))
    file.create_dataset("extensible", data=numpy.arange(600) % 100, dtype="i1", chunks=(1,),
                        maxshape=(None,))


def large(file):
    many(file, links=5000, attributes=3000)
    if file.libver[0] != "earliest":
        file["group"].attrs["huge"] = numpy.bytes_(b"y" * 70000)
        file["group"].attrs["huger"] = floats(50000)
    data = numpy.arange(30000, dtype="f4")
    file.create_dataset("many", data=data, chunks=(3,))
    file.create_dataset("many_grow", data=data, chunks=(3,), maxshape=(None,))
    file.create_dataset("many_deflate", data=data, chunks=(7,), maxshape=(None,), compression="gzip")
    file.create_dataset("many_both", data=data.reshape(300, 100), chunks=(3, 3),
                        maxshape=(None, None))
    file.create_dataset("five", data=floats(4, 3, 5, 2, 6), chunks=(3, 2, 2, 2, 4), compression="gzip")


def one(file, **options):
    file.create_dataset("d", data=numpy.arange(5, dtype="f4"), **options)


SEEDS = {
    "group": lambda file: file.create_group("g").create_dataset("d", data=floats(2)),
    "strings": lambda file: [file.attrs.__setitem__(name, value) for name, value in (
        ("a", "text"), ("b", numpy.bytes_("fixed")), ("c", ["x", "yz"]), ("d", 3), ("e", True))],
    "deflate": lambda file: one(file, chunks=(2,), compression="gzip", shuffle=True, fletcher32=True),
    "single": lambda file: one(file, chunks=(5,)),
    "fixed": lambda file: one(file, chunks=(2,)),
    "extensible": lambda file: one(file, chunks=(1,), maxshape=(None,)),
    "extensible_many": lambda file: file.create_dataset(
        "d", data=numpy.zeros(260, "i1"), chunks=(1,), maxshape=(None,)),
    "tree": lambda file: file.create_dataset("d", data=floats(2, 3), chunks=(1, 2),
                                             maxshape=(None, None)),
    "links": lambda file: [file.create_group(f"g{i}") for i in range(9)],
    "attributes": lambda file: [file.attrs.__setitem__(f"a{i}", i) for i in range(9)],
    "refused": lambda file: [file.__setitem__("s", h5py.SoftLink("/d")),
                             file.__setitem__("e", h5py.ExternalLink("f", "/d"))],
}


IN_OLD_FORM = ("group", "strings", "deflate", "refused")
IN_OLD_FORM_ONLY = ("strings",)


def main():
    folder = sys.argv[1]
    if "--seeds" in sys.argv[2:]:
        for name, seed in SEEDS.items():
            forms = ("earliest", "latest")[name not in IN_OLD_FORM:2 - (name in IN_OLD_FORM_ONLY)]
            for libver in forms:
                with h5py.File(os.path.join(folder, f"{name}-{libver}"), "w", libver=libver) as file:
                    seed(file)
        return
    features = [types, strings, groups, many, ordered, refused, chunks, bombs, paged]
    if "--large" in sys.argv[2:]:
        features = [large]
    for feature in features:
        for libver in ("earliest", "latest")[feature in (bombs, paged):]:
            path = os.path.join(folder, f"{feature.__name__}-{libver}.h5")
            with h5py.File(path, "w", libver=libver) as file:
                feature(file)
    if "--large" not in sys.argv[2:]:
        creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
        creation.set_sizes(4, 4)
        path = os.path.join(folder, "narrow.h5").encode()
        with h5py.File(h5py.h5f.create(path, h5py.h5f.ACC_TRUNC, creation)) as file:
            groups(file)
            file.create_dataset("deflate", data=floats(5), chunks=(2,), compression="gzip")
            file.attrs["list"] = ["variable", "strings"]
        with h5py.File(os.path.join(folder, "userblock.h5"), "w", userblock_size=512) as file:
            groups(file)


if __name__ == "__main__":
    main()
