#!/usr/bin/env python3
"""The library leaves nothing behind in the process that loads it, and works in a forked child.

    process.py HEADER LIBRARY [unittest arguments]"""
import _ctypes
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
import unittest

import ctypes_library
import header

SIDE, CLASSES, IMAGES, THREADS = 28, 4, 64, 4
CHILD = "--load-work-unload"  # what the tests start this program with
AT_EXIT = {"atexit", "__cxa_atexit", "__cxa_thread_atexit", "__cxa_thread_atexit_impl", "at_quick_exit",
           "on_exit", "pthread_atfork", "__register_atfork"}


class Work:
    """One training and one prediction by several threads."""

    def __init__(self, header_path, library_path):
        self.library, self.types = ctypes_library.load(library_path, header.read(header_path))
        self.most_threads = 0

    def options(self, name, **fields):
        options = self.types[f"mnistcnn_{name}"]()
        self.succeeds(f"{name}_init", options, ctypes.sizeof(options))
        for field, value in fields.items():
            setattr(options, field, value)
        return options

    def succeeds(self, name, *arguments):
        status = getattr(self.library, f"mnistcnn_{name}")(*arguments)
        if status:
            raise RuntimeError(f"{name}: {self.library.mnistcnn_last_error().decode()}")

    def make(self, name, kind, *arguments):
        made = self.types[f"mnistcnn_{kind}*"]()
        self.succeeds(name, *arguments, made)
        return made

    def dataset(self):
        pixels = bytes(i * 31 % 251 for i in range(IMAGES * SIDE * SIDE))
        labels = (ctypes.c_int32 * IMAGES)(*(i % CLASSES for i in range(IMAGES)))
        images = self.types["mnistcnn_labelled_images"](
            num_classes=CLASSES, size_bytes=len(pixels), labels=labels, count=IMAGES)
        images.struct_size = ctypes.sizeof(images)
        images.pixels = ctypes.cast(pixels, self.types["const uint8_t*"])
        images.shape.height, images.shape.width, images.shape.channels = SIDE, SIDE, 1
        return self.make("dataset_create_copy", "dataset", images, None)

    def do(self):
        def follow(_, __):
            self.most_threads = max(self.most_threads, num_threads())
            return 0
        model = self.make("model_create", "model", self.options(
            "model_options", input_channels=1, num_classes=CLASSES,
            architecture=b"conv 8 5x5 relu, maxpool 2, flatten, dense 64 relu, dense classes softmax"))
        dataset = self.dataset()
        self.succeeds("train", model, dataset, None, self.options(
            "train_options", epochs=1, batch_size=32, num_threads=THREADS,
            progress=self.types["mnistcnn_progress_callback"](follow)), None)
        workspace = self.make("workspace_create", "workspace", model,
                              self.options("workspace_options", num_threads=THREADS))
        probabilities = (ctypes.c_float * (IMAGES * CLASSES))()
        self.succeeds("predict_u8", model, workspace, self.library.mnistcnn_dataset_image(dataset, 0),
                      IMAGES * SIDE * SIDE, probabilities, len(probabilities))
        for kind, made in (("workspace", workspace), ("dataset", dataset), ("model", model)):
            getattr(self.library, f"mnistcnn_{kind}_free")(made)
        if abs(sum(probabilities) - IMAGES) > 0.01:
            raise RuntimeError("these are no probabilities")


def num_threads():
    return len(os.listdir("/proc/self/task"))


def mapped():
    with open("/proc/self/maps", encoding="utf-8") as maps:
        return maps.read()


def load_work_unload():
    for _ in range(2):
        work = Work(HEADER, LIBRARY)
        work.do()
        _ctypes.dlclose(work.library._handle)
        # It is never unmapped: another thread may have a message in thread-local memory of it.
        if LIBRARY not in mapped():
            raise RuntimeError("unmapped")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class ProcessTest(unittest.TestCase):
    def test_no_thread_remains(self):
        work = Work(HEADER, LIBRARY)
        work.do()  # the baseline's kernels load OpenBLAS, which starts threads of its own
        at_first = num_threads()
        for _ in range(3):
            work.do()
        patience = time.monotonic() + 10  # a joined thread may still be listed for a moment
        while num_threads() > at_first and time.monotonic() < patience:
            time.sleep(0.01)
        self.assertEqual(num_threads(), at_first)
        self.assertGreater(work.most_threads, at_first, "the training used no threads")

    def test_only_the_baseline_loads_openblas(self):
        work = Work(HEADER, LIBRARY)
        if not work.library.mnistcnn_has_feature(b"avx2"):
            self.skipTest("the baseline is used")
        work.do()
        info = ctypes.create_string_buffer(512)
        work.succeeds("build_info", info, ctypes.c_size_t(len(info)), None)
        self.assertNotIn("openblas", mapped())
        if work.library.mnistcnn_has_feature(b"openblas"):
            self.assertIn("openblas", mapped())

    @unittest.skipUnless(shutil.which("nm") and shutil.which("readelf"), "no nm and readelf here")
    def test_nothing_is_registered(self):
        undefined = {line.split()[-1].split("@")[0]
                     for line in output_of("nm", "-D", "-u", LIBRARY).splitlines()}
        self.assertGreater(len(undefined), 10)
        self.assertFalse(undefined & AT_EXIT)
        sections = output_of("readelf", "-SW", LIBRARY)
        for name in ("init_array", "fini_array"):  # one function each is the compiler's own
            size = re.search(rf"\.{name} +\w+ +\w+ \w+ (\w+)", sections)
            self.assertLessEqual(int(size[1], 16) if size else 0, ctypes.sizeof(ctypes.c_void_p), name)

    def test_unloading_and_exit(self):
        for _ in range(50):
            subprocess.run([sys.executable, "-B", __file__, HEADER, LIBRARY, CHILD], check=True, timeout=60)

    def test_forked_child(self):
        work = Work(HEADER, LIBRARY)
        work.do()
        child = os.fork()
        if not child:
            signal.alarm(10)  # a deadlock becomes a signal
            try:
                work.do()
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        work.do()


if __name__ == "__main__":
    HEADER, LIBRARY = sys.argv.pop(1), os.path.realpath(sys.argv.pop(1))
    if sys.argv[1:] == [CHILD]:
        load_work_unload()
    else:
        unittest.main()
