"""
Runs programs of the product in forked copies of a process that has imported them.

Each is a process of its own, with its own environment, files, session and exit code, and can be killed like any
other; only the imports, which take longer than most commands, are done once for all tests of a process. How a process
starts is tested with `python -m cli` itself.
"""

import atexit
import gc
import json
import os
import runpy
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
"""How long the server may outlive the tests that were killed."""


class Forked:
    """
    `python -m MODULE WORDS …`, by a fork; used like a `subprocess.Popen`.

    `returncode` is None until somebody has waited for the end, and minus the number of the signal that killed it.
    """

    def __init__(
        self,
        module: str,
        words: Sequence[str] = (),
        *,
        environment: Mapping[str, str],
        files: tuple[IO[bytes], IO[bytes], IO[bytes]],
        folder: Path | None = None,
    ) -> None:
        """
        Start it.

        Args:
            module: whose code runs as `__main__`.
            words: its arguments.
            environment: all of it.
            files: its standard input, output and errors.
            folder: where it works; the present one if left out.
        """
        self.returncode: int | None = None
        self._lock = threading.Lock()
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(str(_server()))
        with tempfile.TemporaryFile() as request:
            written = {"module": module, "words": list(words), "environment": dict(environment)}
            request.write(json.dumps(written | {"folder": str(folder or Path.cwd())}).encode())
            request.seek(0)
            socket.send_fds(self._connection, [b"."], [each.fileno() for each in (request, *files)])
        self._answers = self._connection.makefile("rb")
        self.pid = int(self._answers.readline())

    def wait(self, limit_seconds: float | None = None) -> int:
        """
        Return the exit code.

        Raises:
            TimeoutError: it has not ended in time.
        """
        with self._lock:
            if self.returncode is None:
                self._connection.settimeout(limit_seconds)
                self.returncode = int(self._answers.readline())
                self._connection.close()
            return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it is known to have ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL, unless it is known to have ended."""
        self.send_signal(signal.SIGKILL)


def run_command(
    words: Sequence[str], *, environment: Mapping[str, str], given: bytes | None, limit_seconds: float
) -> tuple[int, bytes, bytes]:
    """
    Run `billing` with some words to its end; return its exit code, its output and its errors.

    Raises:
        TimeoutExpired: it took too long, and was killed.
    """
    with (
        tempfile.TemporaryFile() as standard_input,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        standard_input.write(given or b"")
        standard_input.seek(0)
        command = Forked("cli", words, environment=environment, files=(standard_input, output, errors))
        try:
            code = command.wait(limit_seconds)
        except TimeoutError as error:
            command.kill()
            raise subprocess.TimeoutExpired(list(words), limit_seconds) from error
        return code, _content(output), _content(errors)


def _content(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@cache
def _server() -> Path:
    """Start the server of this process, and return the address of its socket."""
    folder = tempfile.TemporaryDirectory(prefix="forked-")
    address = Path(folder.name) / "socket"
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URL")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.forked", str(address)],
        env={**environment, "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )

    def end() -> None:
        process.kill()
        process.wait()
        folder.cleanup()

    atexit.register(end)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n", "the server that forks did not start"
    return address


def _serve(address: str) -> None:
    import cli.main
    import cli.web_apps  # noqa: F401 - here, once for all copies

    # What is looked through for garbage in a copy is written to, and so copied page by page.
    gc.collect()
    gc.freeze()
    parent = os.getppid()
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
                _answer(connection)
                os._exit(0)
            connection.close()


def _answer(connection: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    connection.setblocking(True)
    _, files, _, _ = socket.recv_fds(connection, 1, 4)
    process_id = os.fork()
    if process_id == 0:
        connection.close()
        os._exit(_run(*files))
    for each in files:
        os.close(each)
    try:
        connection.sendall(f"{process_id}\n".encode())
        _, status = os.waitpid(process_id, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    except OSError:
        # Whoever started it waits no longer, as after a time limit.
        os.waitpid(process_id, 0)


def _run(request_file: int, *files: int) -> int:
    with open(request_file, "rb") as file:
        request: dict[str, Any] = json.load(file)
    os.setsid()
    for number, file_number in enumerate(files):
        os.dup2(file_number, number)
        os.close(file_number)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = [request["module"], *request["words"]]
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
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
