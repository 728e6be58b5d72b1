"""The command: ``python -m mnistcnn`` is ``mnistcnn``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import NoReturn, Optional

from . import _library


def find_command() -> Optional[str]:
    """The program beside the libraries, or else the one on the path."""
    name = "mnistcnn.exe" if sys.platform == "win32" else "mnistcnn"
    own = os.path.join(os.path.dirname(_library.core_path()), name)
    if os.access(own, os.X_OK):
        return own
    script = os.path.realpath(sys.argv[0])
    found = shutil.which(name)
    return None if found is None or os.path.realpath(found) == script else found


def main() -> NoReturn:
    """Becomes the command, so that signals and exit status are its own."""
    command = find_command()
    if command is None:
        sys.exit("mnistcnn: the program is not part of this installation")
    arguments = [command, *sys.argv[1:]]
    if sys.platform == "win32":
        sys.exit(subprocess.run(arguments, check=False).returncode)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(command, arguments)


if __name__ == "__main__":
    main()
