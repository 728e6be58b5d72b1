#!/usr/bin/env python3
"""Trains MnistSimpleCNN M3 on MNIST with the mnistcnn command and with PyTorch, by the same recipe, and
prints the accuracy and the time of both. Run by hand; PyTorch takes some ten minutes an epoch.

    tests/accuracy/m3.py MNIST_DIR [--epochs N] [--seeds N] [--threads N] [--only ours|torch] [--work DIR]

The last 5,000 training images are held out: recipes are compared on those (column "held out"), and the
test images are measured once, for the record. Both sides read the same files, which are made in --work.
MNISTCNN names the command (build/release/examples/mnistcnn). PyTorch is imported only for its side."""
import argparse
import gzip
import json
import math
import os
import pathlib
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
HELD_OUT = 5000
# The recipe of both sides: Adam, one cosine with a warm-up, shifts and rotations of the images.
BATCH, RATE, WARM_UP, START, END = 128, 0.002, 0.1, 0.1, 0.01
ROTATION, SHIFT, MEAN, DEVIATION = 10.0, 2.0, 0.1307, 0.3081
NORM = "batchnorm momentum 0.9 epsilon 0.00001 unbiased"  # PyTorch's constants
ARCHITECTURE = ", ".join(
    [f"conv {n} 3x3 nobias, {NORM} relu" for n in range(32, 177, 16)] +
    [f"flatten, dense 10 nobias, {NORM} softmax"])


# --- images ---------------------------------------------------------------------------------------

def read_part(folder, prefix):
    parts = []
    for name, skip in (("images-idx3-ubyte", 16), ("labels-idx1-ubyte", 8)):
        path = folder / f"{prefix}-{name}"
        data = (gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
                if not path.exists() else path.read_bytes())
        parts.append(data[skip:])
    return parts


def write_part(folder, name, pixels, labels):
    images, classes = folder / f"{name}-images.idx", folder / f"{name}-labels.idx"
    images.write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, len(labels), 28, 28) + pixels)
    classes.write_bytes(struct.pack(">4BI", 0, 0, 8, 1, len(labels)) + labels)
    return f"{images},{classes}"


def make_sets(mnist, work):
    """{"train", "held-out", "test"}: what the command takes, and (pixels, labels)."""
    pixels, labels = read_part(mnist, "train")
    cut = len(labels) - HELD_OUT
    parts = {"train": (pixels[:cut * 784], labels[:cut]),
             "held-out": (pixels[cut * 784:], labels[cut:]), "test": read_part(mnist, "t10k")}
    return {name: (write_part(work, name, *part), part) for name, part in parts.items()}


# --- the library ----------------------------------------------------------------------------------

def train_ours(command, sets, options, seed):
    """{part: accuracy}, seconds"""
    model = options.work / f"m3-{seed}.safetensors"
    start = time.monotonic()
    subprocess.run([
        command, "train", "--train", sets["train"][0], "--out", model, "--arch", ARCHITECTURE,
        "--epochs", str(options.epochs), "--seed", str(seed), "--threads", str(options.threads),
        "--batch", str(BATCH), "--loss", "categorical", "--label-smoothing", "0",
        "--optimizer", "adam", "--learning-rate", str(RATE), "--schedule", "cosine",
        "--warmup-fraction", str(WARM_UP), "--warmup-start-ratio", str(START),
        "--final-lr-ratio", str(END), "--ema-decay", "0", "--calibration-fraction", "0",
        "--augment", "affine-elastic", "--rotation", str(ROTATION), "--shift", str(SHIFT),
        "--shear", "0", "--zoom", "0", "--elastic", "0", "--dilate", "0", "--no-flip",
        "--no-augment-fraction", "0", "--channels", "1", "--init", "kaiming_normal", "--mean", str(MEAN),
        "--deviation", str(DEVIATION), "--quiet"], check=True)
    seconds = time.monotonic() - start
    accuracy = {}
    for part in ("held-out", "test"):
        answer = subprocess.run([command, "evaluate", "--json", "--threads", str(options.threads),
                                 "--model", model, sets[part][0]], check=True, capture_output=True)
        accuracy[part] = json.loads(answer.stdout)["accuracy"]
    return accuracy, seconds


# --- PyTorch --------------------------------------------------------------------------------------

def rate_at(step, steps):
    warm = WARM_UP * steps
    if step < warm:
        return RATE * (START + (1 - START) * step / warm)
    down = (step - warm) / (steps - warm)
    return RATE * (END + (1 - END) * 0.5 * (1 + math.cos(math.pi * down)))


def warp(torch, images):
    """Rotated and shifted, each in its own way; zeros outside."""
    count = len(images)
    angle = (torch.rand(count) * 2 - 1) * math.radians(ROTATION)
    shift = (torch.rand(count, 2) * 2 - 1) * SHIFT * 2 / 28
    matrices = torch.stack([torch.cos(angle), -torch.sin(angle), shift[:, 0],
                            torch.sin(angle), torch.cos(angle), shift[:, 1]], 1).reshape(count, 2, 3)
    grid = torch.nn.functional.affine_grid(matrices, images.shape, align_corners=False)
    return torch.nn.functional.grid_sample(images, grid, align_corners=False)


def train_torch(sets, options, seed):
    import architecture
    import torch
    import torch_network
    torch.set_num_threads(options.threads)
    torch.manual_seed(seed)

    def tensors(part):
        pixels, labels = sets[part][1]
        images = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(-1, 1, 28, 28)
        return images.float() / 255, torch.frombuffer(bytearray(labels), dtype=torch.uint8).long()

    def normalised(images):
        return ((images - MEAN) / DEVIATION).contiguous(memory_format=torch.channels_last)

    network = torch_network.Network(architecture.read(ARCHITECTURE, (28, 28, 1)), (28, 28, 1))
    for module in network.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters())
    images, labels = tensors("train")
    steps, step = options.epochs * math.ceil(len(images) / BATCH), 0
    start = time.monotonic()
    for _ in range(options.epochs):
        for chosen in torch.randperm(len(images)).split(BATCH):
            optimizer.param_groups[0]["lr"] = rate_at(step, steps)
            outputs = network(normalised(warp(torch, images[chosen])))
            loss = torch.nn.functional.cross_entropy(outputs, labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
    seconds = time.monotonic() - start
    network.eval()
    accuracy = {}
    with torch.inference_mode():
        for part in ("held-out", "test"):
            images, labels = tensors(part)
            right = sum((network(normalised(i)).argmax(1) == l).sum().item()
                        for i, l in zip(images.split(500), labels.split(500)))
            accuracy[part] = right / len(labels)
    return accuracy, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=("ours", "torch"))
    parser.add_argument("--work", type=pathlib.Path, default=HERE.parent.parent / "build/accuracy")
    options = parser.parse_args()
    command = os.environ.get("MNISTCNN", HERE.parent.parent / "build/release/examples/mnistcnn")
    options.work.mkdir(parents=True, exist_ok=True)
    sets = make_sets(options.mnist, options.work)
    sides = {"ours": lambda seed: train_ours(command, sets, options, seed),
             "torch": lambda seed: train_torch(sets, options, seed)}
    print(f"M3, {options.epochs} epochs of {60000 - HELD_OUT} images, {options.threads} threads")
    print("| | seed | held out % | test % | seconds |\n|---|---|---|---|---|")
    for name, side in sides.items():
        if options.only in (None, name):
            for seed in range(1, options.seeds + 1):
                accuracy, seconds = side(seed)
                print(f"| {name} | {seed} | {100 * accuracy['held-out']:.2f} | "
                      f"{100 * accuracy['test']:.2f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
