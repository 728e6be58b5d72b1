"""scikit-build-core's backend; a source distribution gets the C library's sources, which lie above this
project, in its folder libmnistcnn/."""

import contextlib
import pathlib
import shutil

from scikit_build_core.build import (
    build_editable,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)
from scikit_build_core.build import build_sdist as _build_sdist

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

PROJECT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = PROJECT.parent.parent
COPY = PROJECT / "libmnistcnn"
# What the library and the command are built from.
SOURCES = ("CMakeLists.txt", "LICENSE", "README.md", "CHANGELOG.md", "cmake", "include", "lib", "docs")
EXAMPLES = ("CMakeLists.txt", "cli", "cli_manual.cmake", "cli_texts.cmake", "models")


@contextlib.contextmanager
def _library():
    """The sources beside the project's own files, unless they came with it."""
    if COPY.exists():
        yield
        return
    try:
        for name in SOURCES:
            _copy(LIBRARY / name, COPY / name)
        for name in EXAMPLES:
            _copy(LIBRARY / "examples" / name, COPY / "examples" / name)
        yield
    finally:
        shutil.rmtree(COPY, ignore_errors=True)


def _copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def build_sdist(sdist_directory, config_settings=None):
    with _library():
        return _build_sdist(sdist_directory, config_settings)
