"""Crashes: a test tells a process where to kill itself, once, and hears what it has come past."""

import json
import os
import signal
import threading
from pathlib import Path
from typing import NamedTuple

VARIABLE = "CRASH_AFTER"
"""The environment variable that names the folder in which the two speak."""

HANDLED = "handled, not acknowledged"
"""The end of the last boundary of each message."""

_SENTENCE, _JOURNAL, _DEATHS = "sentence", "journal", "deaths"


class Passed(NamedTuple):
    """A boundary that a message was brought past."""

    message: str
    boundary: str


class Crashes:
    """The test's side."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._old: set[str] = set()
        folder.mkdir()
        for name in (_JOURNAL, _DEATHS):
            (folder / name).touch()

    def begin(self, boundary: str | None) -> None:
        """
        Begin again: what was begun so far counts no more, even when it comes again.

        Args:
            boundary: where the process is to die, the first time that a new message comes to it; None: nowhere.
        """
        self._old |= {passed.message for passed in self._all()}
        if boundary is not None:
            draft = self.folder / "draft"
            draft.write_text(json.dumps([boundary, sorted(self._old)]))
            draft.rename(self.folder / _SENTENCE)

    @property
    def passed(self) -> list[Passed]:
        """What new messages were brought past, in this order."""
        return [passed for passed in self._all() if passed.message not in self._old]

    @property
    def handled(self) -> set[str]:
        """The new messages that were handled to their end."""
        return {passed.message for passed in self.passed if passed.boundary.endswith(HANDLED)}

    @property
    def deaths(self) -> list[str]:
        """Where the process has killed itself so far."""
        return (self.folder / _DEATHS).read_text().splitlines()

    def _all(self) -> list[Passed]:
        # What stands after the last end of a line is still being written.
        lines = (self.folder / _JOURNAL).read_text().split("\n")[:-1]
        return [Passed(*line.split("\t")) for line in lines]


class CrashPoint:
    """The side of the process that dies."""

    def __init__(self) -> None:
        self._folder = Path(os.environ[VARIABLE])
        self._lock = threading.Lock()

    def reach(self, message: str, boundary: str) -> None:
        """Come to a boundary; if it is the one where this process is to die, this does not return."""
        with self._lock:
            self._write(_JOURNAL, f"{message}\t{boundary}\n")
            if self._is_sentenced(message, boundary):
                self._write(_DEATHS, f"{boundary}\n")
                os.kill(os.getpid(), signal.SIGKILL)

    def _is_sentenced(self, message: str, boundary: str) -> bool:
        sentence = self._folder / _SENTENCE
        try:
            where, old = json.loads(sentence.read_text())
            if where != boundary or message in old:
                return False
            # Whoever takes it away dies of it: one process, and not its next life as well.
            sentence.rename(self._folder / f"taken-by-{os.getpid()}")
        except FileNotFoundError:
            return False
        return True

    def _write(self, name: str, line: str) -> None:
        with (self._folder / name).open("a") as file:
            file.write(line)
