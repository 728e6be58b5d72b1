#!/usr/bin/env python3
"""Writes the golden files of tests/exchange/torch/: one small network as PyTorch saves it.

    torch_golden.py FOLDER [CORPUS]

values.txt in FOLDER gets a line for each file: its name, and the probabilities for the image whose byte
(i, j, c) is (7 i + 13 j + 31 c) mod 256, divided by 255. Files without a line must be refused. CORPUS, tests/fuzz/corpus, gets the seeds of the fuzz targets.
"""
import os
import shutil
import sys
import zipfile

import torch
from safetensors.torch import save_file
from torch import nn

import torch_live

SHAPE = (3, 6, 5)


def chain():
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(24, 3))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.fc = nn.Linear(48, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))


FORMS = {"chain-zip.pt": torch_live.save_zip, "chain-legacy.pt": torch_live.save_legacy,
         "chain-protocol4.pt": torch_live.save_protocol_4, "chain-strided.pt": torch_live.save_strided,
         "chain-strided-legacy.pt": torch_live.save_strided_legacy, "chain-wrapped.pt": torch_live.save_wrapped,
         "chain-double.pt": torch_live.save_double, "chain-bare.pkl": torch_live.save_bare,
         "chain.safetensors": torch_live.save_safetensors}


def no_source(*_):
    raise OSError("the golden files are without the source of PyTorch's classes")


def write_seeds(folder, corpus):
    """Small files that no checksum protects, and the pickles of those that have one."""
    small = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    path = os.path.join(corpus, "torch")
    os.makedirs(path, exist_ok=True)
    torch.save(small, os.path.join(path, "whole-legacy.pt"), _use_new_zipfile_serialization=False)
    torch_live.save_bare(small.state_dict(), os.path.join(path, "bare.pkl"))
    for name in ("chain-legacy.pt", "chain.safetensors"):
        shutil.copyfile(os.path.join(folder, name), os.path.join(path, name))
    os.makedirs(os.path.join(corpus, "pickle"), exist_ok=True)
    for name in ("chain-zip", "chain-protocol4", "chain-wrapped", "whole-zip"):
        with zipfile.ZipFile(os.path.join(folder, f"{name}.pt")) as archive, \
                open(os.path.join(corpus, "pickle", name), "wb") as file:
            file.write(archive.read(f"{name}/data.pkl"))


def main():
    folder = sys.argv[1]
    torch.serialization.get_source_lines_and_file = no_source
    model = torch_live.randomise(chain())
    outputs = {name: torch_live.answer(model, SHAPE) for name in FORMS}
    for name, save in FORMS.items():
        save(model.state_dict(), os.path.join(folder, name))
    for name, legacy in (("whole-zip.pt", False), ("whole-legacy.pt", True)):
        torch.save(model, os.path.join(folder, name), _use_new_zipfile_serialization=not legacy)
        outputs[name] = torch_live.answer(model, SHAPE)
    for name, dtype in (("chain-float16.pt", torch.float16), ("chain-bfloat16.safetensors", torch.bfloat16)):
        weights = torch_live.to_half(model.state_dict(), dtype)
        (save_file if name.endswith("safetensors") else torch.save)(weights, os.path.join(folder, name))
        rounded = chain()
        rounded.load_state_dict(weights)
        outputs[name] = torch_live.answer(rounded.eval(), SHAPE)
    torch.save(Classifier(), os.path.join(folder, "module-zip.pt"))
    torch.save(Classifier(), os.path.join(folder, "module-legacy.pt"), _use_new_zipfile_serialization=False)
    torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(90, 2))).save(os.path.join(folder, "script.pt"))
    with open(os.path.join(folder, "values.txt"), "w", encoding="utf-8") as values:
        for name in sorted(outputs):
            values.write(f"{name} {' '.join(f'{x:.9g}' for x in outputs[name])}\n")
    if len(sys.argv) > 2:
        write_seeds(folder, sys.argv[2])


if __name__ == "__main__":
    main()
