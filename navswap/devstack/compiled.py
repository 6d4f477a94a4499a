"""Compiled modules of the processes that `up` starts, where the environment forbids to write them beside the sources."""

import os
import sys
from pathlib import Path

FORBIDDEN = "PYTHONDONTWRITEBYTECODE"
FOLDER = "PYTHONPYCACHEPREFIX"


def keep_compiled_modules(data_dir: Path) -> None:
    """Let this process and its children keep compiled modules in the data folder, if they may not beside the sources.

    Otherwise each of them would compile all that it imports at each start, which takes longer than the start itself.
    """
    if not sys.dont_write_bytecode:
        return
    folder = str((data_dir / "compiled").absolute())
    sys.dont_write_bytecode = False
    sys.pycache_prefix = folder
    os.environ.pop(FORBIDDEN, None)
    os.environ[FOLDER] = folder
