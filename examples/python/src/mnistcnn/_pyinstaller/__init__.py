"""Tells PyInstaller of the libraries, which ctypes loads behind its back."""

from __future__ import annotations

import os
from typing import List


def get_hook_dirs() -> List[str]:
    """The folder of the hook."""
    return [os.path.dirname(__file__)]
