#!/usr/bin/env python3
"""Changes one to eight bytes in copies of HDF5 files and compares what our reader sees in them with what
h5py sees: where both see something it must be the same. h5py may refuse, or be killed by a signal, as it
runs in a process of its own.

    hdf5_oracle.py DUMP COUNT SEED FILE...    COUNT copies of each file
"""
import os
import random
import signal
import subprocess
import sys
import tempfile

SKIPPED = 77
try:
    import h5py  # noqa: F401
except ImportError:
    print("skipped: no h5py")
    sys.exit(SKIPPED)

import hdf5_dump  # noqa: E402

SIGNATURES = (b"\x89HDF", b"TREE", b"SNOD", b"HEAP", b"GCOL", b"OHDR", b"OCHK", b"FRHP", b"FHDB", b"BTHD")
NEAR = 600
LIMIT_S = 20


def find_places(data):
    places = []
    for signature in SIGNATURES:
        at = data.find(signature)
        while at >= 0:
            places.append(at)
            at = data.find(signature, at + 1)
    return places


def change(data, places, chance):
    """A copy; most changes are near what describes the data."""
    copy = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        kind = chance.randrange(8)
        if kind == 0 or not places:
            at = chance.randrange(len(data))
        elif kind == 1:
            at = chance.randrange(min(len(data), 4096))
        else:
            at = (chance.choice(places) + chance.randrange(NEAR)) % len(data)
        copy[at] = chance.choice((0, 255, 1, 127, 128, 8)) if chance.random() < 0.5 else chance.randrange(256)
    return bytes(copy)


def h5py_lines(data):
    """(what h5py sees until it refuses something, whether it was killed by a signal)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            signal.alarm(LIMIT_S)
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            with os.fdopen(writing, "wb") as pipe:
                for line in hdf5_dump.file_lines(data):
                    pipe.write(line.encode("utf-8", "surrogateescape") + b"\n")
                    pipe.flush()
            os._exit(0)
        except BaseException:  # pylint: disable=broad-except
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().decode("utf-8", "surrogateescape").split("\n")[:-1]
    return lines, os.WIFSIGNALED(os.waitpid(child, 0)[1])


def by_place(lines):
    """What each line says of its place; a place that occurs twice says nothing."""
    found, twice = {}, set()
    for line in lines:
        words = line.split(" ")
        place = " ".join(words[:2]) if len(words) > 1 and words[1].startswith("@") else words[0]
        if place in found:
            twice.add(place)
        found[place] = line
    return {place: line for place, line in found.items() if place not in twice}


def differences(ours, theirs):
    """Pairs that are not the same, of what both read."""
    h5py_says = by_place(theirs)
    for place, line in by_place(ours).items():
        other = h5py_says.get(place)
        if other is None or " refused: " in line or " h5py: " in other or line == other:
            continue
        if not (" other " in line or " other " in other):
            yield line, other


def try_copy(dump, data, tally):
    with tempfile.NamedTemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as file:
        file.write(data)
        file.flush()
        run = subprocess.run([dump, file.name], capture_output=True, timeout=LIMIT_S)
    if run.returncode not in (0, 2) or run.stderr and run.returncode == 0:
        tally["wrong"].append(f"our reader ended with {run.returncode}: {run.stderr[:200]}")
        return
    ours = run.stdout.decode("utf-8", "surrogateescape").split("\n")[:-1]
    theirs, died = h5py_lines(data)
    tally["died"] += died
    tally["refused"] += run.returncode == 2 or any(" refused: " in line for line in ours)
    tally["copies"] += 1
    tally["wrong"] += [f"ours: {a} | h5py: {b}" for a, b in differences(ours, theirs)]


def main():
    dump, count, seed, *files = sys.argv[1:]
    chance = random.Random(int(seed))
    tally = {"copies": 0, "refused": 0, "died": 0, "wrong": []}
    for path in files:
        with open(path, "rb") as file:
            data = file.read()
        places = find_places(data)
        for number in range(int(count)):
            before = len(tally["wrong"])
            copy = change(data, places, chance)
            try_copy(dump, copy, tally)
            for reason in tally["wrong"][before:][:3]:
                print(f"{path}, copy {number}: {reason}", flush=True)
                if os.environ.get("KEEP"):
                    with open(os.path.join(os.environ["KEEP"], f"{os.path.basename(path)}.{number}"), "wb") as kept:
                        kept.write(copy)
    print(f"{tally['copies']} copies: {tally['refused']} refused in part or whole by our reader, h5py killed by "
          f"{tally['died']}, {len(tally['wrong'])} differences")
    return 1 if tally["wrong"] or not tally["copies"] else 0


if __name__ == "__main__":
    sys.exit(main())
