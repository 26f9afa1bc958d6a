"""The start of a private server, watched until it answers."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.servers.waiting import UnableToWait, wait_until

_START_LIMIT_S = 60
_LOG_END_CHARACTERS = 2_000


class UnableToStart(Exception):
    """A private server did not start; the text has the end of its log."""


def wait_for_start(process: subprocess.Popen[bytes], answers: Callable[[], bool], *, name: str, log: Path) -> None:
    """
    Return when a server that was just launched answers.

    Args:
        process: the server's main process.
        answers: asks the server once.
        name: the server's name, for the error.
        log: where it writes what went wrong.

    Raises:
        UnableToStart: it ended, or did not answer within 60 s.
    """
    try:
        wait_until(
            lambda: process.poll() is not None or answers(),
            f"{name} answers",
            limit_s=_START_LIMIT_S,
        )
    except UnableToWait as error:
        raise UnableToStart(f"{name} did not start: {error}\n{_end_of(log)}") from error
    if process.returncode is not None:
        raise UnableToStart(f"{name} ended with {process.returncode} at start\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    """Return the last characters of a log."""
    return log.read_text(errors="replace")[-_LOG_END_CHARACTERS:]
