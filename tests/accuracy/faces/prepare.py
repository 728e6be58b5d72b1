"""Prepares images as the digits that they show, as training would, so that several trainings can share
them.

  prepare.py FOLDER OUT

FOLDER has a sub-folder for each class and one called background; images without a digit are left out.
"""

import argparse
import pathlib

import mnistcnn
import PIL.Image


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    images = mnistcnn.Dataset.from_folder(options.folder, size=(28, 28), channels=1, prepare="digit",
                                          background="background", skip_broken=True, threads=options.threads)
    for index, path in enumerate(images.paths):
        target = options.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(images.image(index)[..., 0]).save(target, compress_level=1)
    print(len(images), "images in", options.out, "and", images.num_skipped, "without a digit")


if __name__ == "__main__":
    main()
