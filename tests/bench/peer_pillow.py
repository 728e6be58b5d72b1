#!/usr/bin/env python3
"""The benchmark's Pillow participant: reads a folder of PNG files as any Python program would.

    load path=FOLDER threads=2   ->   microseconds a file

More than one thread means processes: Pillow holds the interpreter's lock for most of a small file.
"""
import multiprocessing
import os

import protocol

try:
    import PIL
    from PIL import Image
except ImportError:
    PIL = None

FILES_A_TASK = 500


def list_files(folder):
    """(path, class index) of every PNG below the class folders, in sorted order."""
    files = []
    for index, name in enumerate(sorted(os.listdir(folder))):
        inside = os.path.join(folder, name)
        files += [(os.path.join(inside, file), index) for file in sorted(os.listdir(inside))]
    return files


def decode(paths):
    pixels = []
    for path in paths:
        with Image.open(path) as image:
            pixels.append(image.convert("L").tobytes())
    return b"".join(pixels)


def load(folder, processes):
    """(pixels of all images one after the other, labels)."""
    files = list_files(folder)
    paths = [path for path, _ in files]
    tasks = [paths[i:i + FILES_A_TASK] for i in range(0, len(paths), FILES_A_TASK)]
    if processes == 1:
        parts = [decode(task) for task in tasks]
    else:
        with multiprocessing.Pool(processes) as pool:
            parts = pool.map(decode, tasks, chunksize=1)
    return b"".join(parts), bytes(label for _, label in files)


def load_job(options):
    now = protocol.clock_of(options)
    start = now()
    _, labels = load(options["path"], options.get("threads", 1))
    return (now() - start) / len(labels) * 1e6, f"{len(labels)} files"


def main():
    if not PIL:
        protocol.say("skip Pillow is missing (run.sh --install, or apt install python3-pil)")
        return
    protocol.serve(f"Pillow {PIL.__version__}", {"load": load_job})


if __name__ == "__main__":
    main()
