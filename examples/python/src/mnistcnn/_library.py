"""Finds and loads the shared libraries: the core at import, the two others when they are needed."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from typing import List, Tuple, Type, TypeVar

from ._abi import VERSION, Core, Exchange, Pretrained

ENVIRONMENT = "MNISTCNN_LIBRARY"
_T = TypeVar("_T", Core, Exchange, Pretrained)


def package_folder() -> str:
    """The folder in which an installation has its libraries and the command."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "_native")


def _names(name: str) -> List[str]:
    """The file's name in a package, which nothing else on the system has, and elsewhere."""
    of_package = name.replace("mnistcnn", "mnistcnn_python", 1)
    if sys.platform == "win32":
        return [f"{of_package}.dll", f"{name}.dll"]
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    return [f"lib{of_package}{suffix}", f"lib{name}{suffix}"]


def _folders() -> List[str]:
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return [
            os.path.abspath(os.path.dirname(place) if os.path.isfile(place) else place)
            for place in chosen.split(os.pathsep)
        ]
    found = [package_folder()]
    # An editable installation has its Python files elsewhere than its libraries.
    found += [
        os.path.join(place, "mnistcnn", "_native")
        for place in sys.path
        if os.path.isdir(os.path.join(place, "mnistcnn", "_native"))
    ]
    return found


def _candidates(name: str) -> List[str]:
    return [os.path.join(folder, file) for folder in _folders() for file in _names(name)]


def _open(name: str) -> ctypes.CDLL:
    places = _candidates(name)
    for place in places:
        if os.path.exists(place):
            return ctypes.CDLL(place)
    raise ImportError(
        f"the library of mnistcnn was not found; looked for {', '.join(places)}. Install the package, "
        f"or let {ENVIRONMENT} name the folder of the libraries"
    )


def _series(version: str) -> Tuple[str, ...]:
    return tuple(version.split(".")[:2])


def _bind(name: str, functions: Type[_T]) -> _T:
    library = _open(name)
    try:
        return functions(library)
    except AttributeError as error:
        raise ImportError(f"{library._name} is not a library of mnistcnn {VERSION}: {error}") from None


def _bind_core() -> Core:
    bound = _bind("mnistcnn", Core)
    version = bound.version_string().decode()
    if _series(version) != _series(VERSION):
        raise ImportError(f"the library has version {version}, but this package needs {VERSION}")
    return bound


core = _bind_core()


def core_path() -> str:
    """The file that the core was loaded from."""
    return next(place for place in _candidates("mnistcnn") if os.path.exists(place))


@functools.cache
def exchange() -> Exchange:
    """The library for models of other frameworks."""
    return _bind("mnistcnn_exchange", Exchange)


@functools.cache
def pretrained() -> Pretrained:
    """The library with the shipped model."""
    return _bind("mnistcnn_pretrained", Pretrained)
