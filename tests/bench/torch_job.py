"""The tutorial's whole job in PyTorch, with Pillow to read the files: what the library's is set
against. Augmentation is one affine warp per batch (shear, zoom, flip; nearest pixel, edges
repeated), which is the quick way to do it in PyTorch."""
import time

import torch
import torch.nn.functional as functional

import peer_pillow

BATCH, VALIDATION_BATCH = 32, 128
SHEAR, ZOOM = 0.2, 0.2


def tensors(folder, processes):
    pixels, labels = peer_pillow.load(folder, processes)
    count = len(labels)
    side = int((len(pixels) // count) ** 0.5)
    images = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(count, 1, side, side)
    return images, torch.frombuffer(bytearray(labels), dtype=torch.uint8).long()


def augmented(images):
    count = len(images)
    shear = (torch.rand(count) * 2 - 1) * SHEAR
    zoom_x, zoom_y = 1 + (torch.rand(2, count) * 2 - 1) * ZOOM
    flip = torch.randint(0, 2, (count,)) * 2.0 - 1
    matrices = torch.zeros(count, 2, 3)
    matrices[:, 0, 0] = flip * zoom_x
    matrices[:, 0, 1] = -torch.sin(shear) * zoom_y
    matrices[:, 1, 1] = torch.cos(shear) * zoom_y
    grid = functional.affine_grid(matrices, images.shape, align_corners=True)
    return functional.grid_sample(images, grid, mode="nearest", padding_mode="border",
                                  align_corners=True)


def train_epoch(network, optimizer, images, targets, layout):
    network.train()
    for chosen in torch.randperm(len(images)).split(BATCH):
        batch = augmented(images[chosen].float() / 255).contiguous(memory_format=layout)
        loss = functional.binary_cross_entropy(network(batch), targets[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def accuracy(network, images, labels, layout):
    network.eval()
    right = 0
    with torch.inference_mode():
        for batch, expected in zip(images.split(VALIDATION_BATCH), labels.split(VALIDATION_BATCH)):
            batch = (batch.float() / 255).contiguous(memory_format=layout)
            right += (network(batch).argmax(1) == expected).sum().item()
    return right / len(images)


def run(network, options, layout, threads):
    """Returns (seconds, note)."""
    start = time.perf_counter()
    processes = options.get("threads", 2)
    images, labels = tensors(options["train"], processes)
    validation = tensors(options["validation"], processes)
    loaded = time.perf_counter() - start
    torch.set_num_threads(threads)
    targets = functional.one_hot(labels, 10).float()
    optimizer = torch.optim.RMSprop(network.parameters(), lr=0.001, alpha=0.9)
    for _ in range(options.get("epochs", 4)):
        train_epoch(network, optimizer, images, targets, layout)
        reached = accuracy(network, *validation, layout)
    torch.save(network.state_dict(), options["save"])
    total = time.perf_counter() - start
    return total, (f"loading {loaded:.2f} s, training and validation {total - loaded:.2f} s, "
                   f"accuracy {reached:.4f}, threads {threads}")
