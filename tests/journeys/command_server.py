"""
Runs commands in forked copies of a process that has imported them.

Each command is a process of its own, with its own environment, files and exit code; only the imports, which take
longer than most commands, are done once. Processes that stay, and what happens while one starts, are tested with
`python -m cli` itself.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

ORPHAN_SECONDS = 5
"""How long a server may outlive the tests that were killed."""


def run_command(
    words: Sequence[str], *, environment: Mapping[str, str], given: bytes | None, limit_seconds: float
) -> tuple[int, bytes, bytes]:
    """
    Run `billing` with some words to its end; return its exit code, its output and its errors.

    Raises:
        TimeoutExpired: it took too long, and was killed.
    """
    request = json.dumps({"words": words, "environment": dict(environment), "folder": str(Path.cwd())}).encode()
    with (
        socket.socket(socket.AF_UNIX) as connection,
        tempfile.TemporaryFile() as request_file,
        tempfile.TemporaryFile() as standard_input,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        _fill(request_file, request)
        _fill(standard_input, given or b"")
        connection.settimeout(limit_seconds)
        connection.connect(str(_server()))
        files = [each.fileno() for each in (request_file, standard_input, output, errors)]
        socket.send_fds(connection, [b"."], files)
        answers = connection.makefile("rb")
        process_id = int(answers.readline())
        try:
            code = int(answers.readline())
        except TimeoutError as error:
            os.kill(process_id, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(words), limit_seconds) from error
        return code, _content(output), _content(errors)


def _fill(file: IO[bytes], content: bytes) -> None:
    file.write(content)
    file.seek(0)


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@cache
def _server() -> Path:
    """Start the server of this process, and return the address of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="commands-")
    address = Path(folder.name) / "socket"
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URL")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.command_server", str(address)],
        env={**environment, "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", "the server of commands did not start"
    return address


def _serve(address: str) -> None:
    parent = os.getppid()
    from cli.__main__ import main
    from cli.main import app  # imported here, once for all commands

    assert app is not None
    # Copies that have answered need nobody to wait for them.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        listener.settimeout(ORPHAN_SECONDS)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                listener.close()
                _answer(connection, main)
                os._exit(0)
            connection.close()


def _answer(connection: socket.socket, main: Any) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(connection, 1, 4)
    process_id = os.fork()
    if process_id == 0:
        connection.close()
        os._exit(_run(main, *files))
    connection.sendall(f"{process_id}\n".encode())
    _, status = os.waitpid(process_id, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _run(main: Any, request_file: int, *files: int) -> int:
    with open(request_file, "rb") as file:
        request = json.load(file)
    for number, file_number in enumerate(files):
        os.dup2(file_number, number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["billing", *request["words"]]
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except BaseException:  # noqa: BLE001 - as the interpreter does: a traceback, and exit code 1
        sys.excepthook(*sys.exc_info())
        code = 1
    # What the interpreter does at its end, which a forked copy does not reach.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


if __name__ == "__main__":
    _serve(sys.argv[1])
