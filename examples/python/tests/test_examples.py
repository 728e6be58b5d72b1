"""Runs every example."""

import gzip
import pathlib
import re
import struct
import subprocess
import sys

import numpy as np
import pytest
from conftest import draw_seven, write_png

import mnistcnn

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent / "examples"


def run(name, *arguments):
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def idx_files(digit_folder):
    """The drawn digits as files like MNIST's: images and labels to train with, and to test."""
    model = mnistcnn.Model.pretrained()
    files = []
    for part in ("train", "validation"):
        data = mnistcnn.Dataset.from_folder(digit_folder / part, model=model)
        images, labels = digit_folder / f"{part}-images.gz", digit_folder / f"{part}-labels"
        images.write_bytes(
            gzip.compress(struct.pack(">4i", 0x803, len(data), 28, 28) + data.images.tobytes())
        )
        labels.write_bytes(struct.pack(">2i", 0x801, len(data)) + data.labels.astype(np.uint8).tobytes())
        files += [images, labels]
    return files


def test_all_are_run():
    with open(__file__, encoding="utf-8") as file:
        text = file.read()
    for path in EXAMPLES.glob("*.py"):
        assert f'run("{path.name}"' in text, path.name


def test_tutorial(idx_files):
    assert "validation accuracy" in run("tutorial.py", *idx_files, 3)


def test_own_folder(digit_folder, tmp_path):
    assert "7: " in run("own_folder.py", digit_folder / "train", tmp_path / "m.safetensors", 4)
    assert mnistcnn.Model.load(tmp_path / "m.safetensors").num_classes == 10


def test_fine_tune(digit_folder, tmp_path):
    assert "accuracy before" in run("fine_tune.py", digit_folder / "train", tmp_path / "m.safetensors", 1)


def test_read_page(tmp_path):
    image = np.full((100, 200), 255, np.uint8)
    image[10:90, 20:80] -= draw_seven(80, 60, 6)
    drawn = tmp_path / "page.svg"
    out = run("read_page.py", write_png(tmp_path / "page.png", image), "--form", "--overlay", drawn)
    assert out.startswith("7\n")
    assert drawn.read_text().count("<rect") == 1


def test_keras_model(idx_files, tmp_path):
    mnistcnn.Model.pretrained().export(tmp_path / "digits.keras")
    out = run("keras_model.py", tmp_path / "digits.keras", *idx_files[2:], tmp_path / "again.keras")
    assert "raw: 100.0%" in out or "raw: 9" in out
    assert (tmp_path / "again.keras").exists()


@pytest.mark.parametrize("page", ["../README.md", "../../../README.md"])
def test_blocks_of_the_readme(page, digit_folder, tmp_path, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    write_png("seven.png", 255 - draw_seven(120, 90, 7))
    write_png("form.png", 255 - draw_seven(120, 90, 7))
    (tmp_path / "pictures").symlink_to(digit_folder / "train")
    text = (EXAMPLES / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block.replace("epochs=10", "epochs=1"), {})


@pytest.mark.slow
def test_dask_map(digit_folder, tmp_path):
    pytest.importorskip("distributed")
    run("dask_map.py", digit_folder, tmp_path / "out.csv", "--batch", 20)
    rows = (tmp_path / "out.csv").read_text().splitlines()[1:]
    paths = sorted(row.split(",")[0] for row in rows)
    assert len(paths) == len(set(paths)) == 250


@pytest.mark.slow
def test_dask_map_survives_a_killed_worker(digit_folder, tmp_path):
    """One of two worker processes is killed half way: nothing is lost, nothing answered twice."""
    pytest.importorskip("distributed")
    script = tmp_path / "killed.py"
    script.write_text(KILL_A_WORKER)
    command = [sys.executable, str(script), str(EXAMPLES), str(digit_folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "250 250 1"


KILL_A_WORKER = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import dask_map, mnistcnn
from dask.distributed import Client, LocalCluster

def main():
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        paths = list(dask_map.images_below(sys.argv[2]))
        found, killed = [], 0
        for rows in dask_map.predict_all(client, mnistcnn.Model.pretrained(), paths, 5):
            found += [row[0] for row in rows]
            if len(found) >= len(paths) // 2 and not killed:
                pids = [worker.pid for worker in cluster.workers.values()]
                os.kill(pids[0], signal.SIGKILL)
                killed += 1
        assert sorted(found) == sorted(paths)
        print(len(found), len(set(found)), killed)

if __name__ == "__main__":
    main()
"""
