"""Forked and spawned processes, other threads' errors, and the number of threads."""

import asyncio
import gc
import multiprocessing
import os
import shutil

import numpy as np
import pytest
from conftest import run_python

import mnistcnn
from mnistcnn import _threads

FORKED = """
import os, sys, time
import numpy as np
import mnistcnn
images = np.random.default_rng(0).integers(0, 256, (64, 28, 28), np.uint8)
data = mnistcnn.Dataset.from_arrays(images, np.arange(64) % 10)
model = mnistcnn.Model.create()
model.train(data, epochs=1, threads=2)
wanted = model.predict_proba(images, threads=2).tobytes()
child = os.fork()
if child == 0:
    ok = model.predict_proba(images, threads=2).tobytes() == wanted
    model.train(data, epochs=1, threads=2)
    ok = ok and len(mnistcnn.Dataset.from_arrays(images, np.arange(64) % 10)) == 64
    model.evaluate(data, threads=2)
    mnistcnn.Model.from_bytes(model.to_bytes())
    os._exit(0 if ok else 1)
for _ in range(100):
    found, status = os.waitpid(child, os.WNOHANG)
    if found:
        sys.exit(os.waitstatus_to_exitcode(status))
    time.sleep(0.1)
os.kill(child, 9)
sys.exit("the child hangs")
"""


def test_forked_child():
    done = run_python(FORKED, options=("-W", "ignore::DeprecationWarning"))
    assert (done.returncode, done.stderr) == (0, "")


def predict_in_pool(arguments):
    model, image = arguments
    return model.predict(image)


@pytest.mark.parametrize("way", multiprocessing.get_all_start_methods())
def test_pools(way, shipped, seven):
    context = multiprocessing.get_context(way)
    with context.Pool(2) as pool:
        assert pool.map(predict_in_pool, [(shipped, seven)] * 4) == ["7"] * 4


def test_error_of_another_thread(tmp_path):
    async def fail(name):
        try:
            await asyncio.to_thread(mnistcnn.Model.load, tmp_path / name)
        except mnistcnn.MissingFileError as error:
            return str(error)

    async def fail_twice():
        return await asyncio.gather(*(fail(f"{i}.model") for i in range(20)))

    for i, message in enumerate(asyncio.run(fail_twice())):
        assert f"{i}.model" in message


def test_error_survives_dying_models(tmp_path):
    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for i in range(50):
            cycle = [mnistcnn.Model.create((4, 4, 1), 2, "flatten, dense classes")]
            cycle.append(cycle)
            with pytest.raises(FileNotFoundError, match=f"{i}x"):
                mnistcnn.Model.load(tmp_path / f"{i}x")
    finally:
        gc.set_threshold(*threshold)


def test_name_that_is_no_text(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png")
    with pytest.raises(FileNotFoundError) as caught:
        mnistcnn.Model.load(path)
    assert caught.value.filename == path


@pytest.mark.skipif(shutil.which("taskset") is None, reason="there is no taskset")
def test_affinity():
    code = "import mnistcnn; print(mnistcnn.get_num_threads())"
    import subprocess
    import sys

    done = subprocess.run(
        ["taskset", "-c", "0", sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1\n"


def test_quota(tmp_path, monkeypatch):
    files = {
        "/proc/self/cgroup": "3:cpu,cpuacct:/b\n0::/outer/inner\n",
        "/sys/fs/cgroup/outer/inner/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/outer/cpu.max": "150000 100000\n",
        "/sys/fs/cgroup/cpu/b/cpu.cfs_quota_us": "-1\n",
        "/sys/fs/cgroup/cpu/b/cpu.cfs_period_us": "100000\n",
    }
    import builtins
    import io

    def open_from_above(path, *arguments, **options):
        if str(path).startswith(("/proc/self/cgroup", "/sys/fs/cgroup")):
            if path not in files:
                raise FileNotFoundError(path)
            return io.StringIO(files[path])
        return real(path, *arguments, **options)

    real = builtins.open
    monkeypatch.setattr(builtins, "open", open_from_above)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(64)), raising=False)
    assert _threads.usable_processors() == 2
    files["/sys/fs/cgroup/cpu/b/cpu.cfs_quota_us"] = "50000\n"
    assert _threads.usable_processors() == 1
    files.clear()
    assert _threads.usable_processors() == 64


def test_one_setting_for_all():
    mnistcnn.set_num_threads(3)
    try:
        assert mnistcnn.get_num_threads() == 3
        assert _threads.resolve(None) == 3
        assert _threads.resolve(np.int64(2)) == 2
    finally:
        mnistcnn.set_num_threads(None)
    with pytest.raises(ValueError, match="threads"):
        mnistcnn.set_num_threads(0)
