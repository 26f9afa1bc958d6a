"""A folder that is in memory, for what need not outlive anything."""

import shutil
from pathlib import Path

import psutil

_FOLDER = Path("/dev/shm")
_ROOM_BYTES = 4_000_000_000


def folder_in_memory() -> Path | None:
    """Return a folder whose files never reach a disk; None: there is none, or too little room in it, as in a container."""
    try:
        room_bytes = shutil.disk_usage(_FOLDER).free
    except OSError:
        return None
    return _FOLDER if min(room_bytes, psutil.virtual_memory().available) >= _ROOM_BYTES else None
