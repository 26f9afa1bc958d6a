"""Runs many commands soon after one another: imports once, then a fork for each. `python -m tests.cli.forked`."""

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; what it wrote to standard output and to standard error."""

    words: tuple[str, ...]
    code: int
    out: str
    err: str


class Commands:
    """The commands, imported once; each runs in a fork of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def __call__(self, *words: str, settings: Mapping[str, str], given: bytes = b"") -> Ended:
        """Run a command to its end, with exactly these settings."""
        asked = {"words": words, "settings": dict(settings), "given": given.decode("latin-1")}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Ended(words, answer["code"], answer["out"], answer["err"])


@contextmanager
def imported_commands(folder: str) -> Iterator[Commands]:
    """Import the commands in a process of its own, in a folder without a `.env`."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.forked"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": root, "COLUMNS": "80"},
    )
    try:
        yield Commands(process)
    finally:
        process.communicate(timeout=60)


def _serve() -> None:
    import cli.main  # noqa: F401 - once, before all the forks

    for line in sys.stdin.buffer:
        asked = json.loads(line)
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(asked["given"].encode("latin-1"))
            given.seek(0)
            pid = os.fork()
            if pid == 0:
                _run(asked["words"], asked["settings"], (given, out, err))
            _, status = os.waitpid(pid, 0)
            answer = {"code": os.waitstatus_to_exitcode(status), "out": _text(out), "err": _text(err)}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _run(words: Sequence[str], settings: Mapping[str, str], streams: Sequence[IO[bytes]]) -> None:
    from cli.__main__ import main

    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
    os.environ.update(settings)
    sys.argv = ["billing", *words]
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - the test judges what is written
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode(errors="backslashreplace")


if __name__ == "__main__":
    _serve()
