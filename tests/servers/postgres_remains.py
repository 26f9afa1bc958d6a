"""What a killed PostgreSQL leaves behind."""

import ctypes
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from tests.servers.waiting import wait_until

_IPC_RMID = 0  # <sys/ipc.h>, the same on Linux and macOS
_END_LIMIT_S = 20
_SHARED_MEMORY_LINE = 6  # of postmaster.pid, from 0: key and id; empty early in a start


def kill_family(postmaster_pid: int) -> list[psutil.Process]:
    """
    Send SIGKILL to a postmaster and to all its children, and return the children.

    Orphans would end by themselves, but a busy one only after its query; until then a new
    start is refused.
    """
    postmaster = psutil.Process(postmaster_pid)
    postmaster.suspend()  # so that no child is born between the look and the kill
    children = postmaster.children(recursive=True)
    postmaster.kill()
    for child in children:
        with suppress(psutil.NoSuchProcess):  # it may have ended by itself
            child.kill()
    return children


def wait_for_end(processes: Iterable[psutil.Process]) -> None:
    """Return when none of the processes runs any more; waiting ends after 20 s."""
    everyone = list(processes)
    wait_until(lambda: all(map(_is_over, everyone)), "all have ended", limit_s=_END_LIMIT_S)


def clear_locks(data: Path, socket_folder: Path) -> None:
    """
    Remove the lock files of a server all of whose processes have ended.

    A later process with the same pid would otherwise keep the server from starting. Its
    mark in the system's shared memory is freed as well: only a new start in the same folder
    would do that, and there may be none.
    """
    lock_file = data / "postmaster.pid"
    if lock_file.exists():
        lines = lock_file.read_text().splitlines()
        if found := "".join(lines[_SHARED_MEMORY_LINE : _SHARED_MEMORY_LINE + 1]).split():
            ctypes.CDLL(None).shmctl(int(found[1]), _IPC_RMID, None)
        lock_file.unlink()
    for path in socket_folder.glob(".s.PGSQL.*"):
        path.unlink()


def _is_over(process: psutil.Process) -> bool:
    """Tell whether a process is gone, or dead and only not yet buried."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
