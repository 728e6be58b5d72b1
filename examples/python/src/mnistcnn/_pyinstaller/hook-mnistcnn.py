"""The libraries and the command go to the place in which the package looks for them."""

import os

from mnistcnn import _library

binaries = [
    (os.path.join(_library.package_folder(), name), "mnistcnn/_native")
    for name in os.listdir(_library.package_folder())
]
