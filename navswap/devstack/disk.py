"""Whether the disk has room: servers that cannot write end, and say so in words of their own."""

import shutil
from pathlib import Path

LEAST_FREE_MEBIBYTES = 200
"""What MongoDB and the logs need to go on for a while."""


def free_mebibytes(folder: Path) -> int:
    """Return what is free on the disk of a folder, or of the nearest one above it that exists."""
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    return shutil.disk_usage(nearest).free // 2**20


def is_full(folder: Path, least_mebibytes: int = LEAST_FREE_MEBIBYTES) -> bool:
    """Return whether too little is free for the servers to go on."""
    return free_mebibytes(folder) < least_mebibytes
