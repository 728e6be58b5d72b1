"""Predicts a folder of PNG files in PyTorch, with Pillow to read them: what `mnistcnn predict FOLDER` is
set against, as a whole process.

    python3 torch_predict.py FOLDER THREADS

Processes of Pillow read the files, as it holds the interpreter's lock; the network is the tutorial's, of
random weights, which take as long as others.
"""
import sys

import peer_pillow

BATCH = 256


def main():
    folder, threads = sys.argv[1], int(sys.argv[2])
    pixels, _ = peer_pillow.load(folder, threads)  # before torch is there: its memory need not be forked
    import torch

    import peer_torch
    torch.set_num_threads(threads)
    files = peer_pillow.list_files(folder)
    side = int((len(pixels) // len(files)) ** 0.5)
    images = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(-1, 1, side, side)
    network = peer_torch.reference_network(1, side).eval()
    answers = []
    with torch.inference_mode():
        for batch in images.split(BATCH):
            confidences, classes = network(batch.float() / 255).max(1)
            answers += zip(classes.tolist(), confidences.tolist())
    for (path, _), (answer, confidence) in zip(files, answers):
        print(f"{path}: I think this image is a {answer} with {100 * confidence:.2f}% confidence")


if __name__ == "__main__":
    main()
