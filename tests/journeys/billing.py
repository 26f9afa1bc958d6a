"""Runs `billing …` as a person or a program would: in a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers.forked import Forked, run_command

COMMAND = [sys.executable, "-m", "cli"]
LIMIT_SECONDS = 60
NO_BROKER = "amqp://guest:guest@127.0.0.1:1/"


class Billing:
    """The command, with one installation's settings; `limit_seconds` is for one that hangs."""

    def __init__(self, settings: Mapping[str, str], *, limit_seconds: float = LIMIT_SECONDS) -> None:
        self.limit_seconds = limit_seconds
        inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "AMQP_URL")}
        # Most commands need a database alone, and yet both servers must be named: this broker is not there.
        nowhere = {"AMQP_URL": NO_BROKER} if "DATABASE_URL" in settings else {}
        # Tests run side by side, and `run` would listen at one port for all of them.
        self.environment = {
            **inherited,
            "COLUMNS": "80",
            "WEB_API_PORT": "0",
            "WEB_PORTAL_PORT": "0",
            "WEB_ADMIN_PORT": "0",
            **nowhere,
            **settings,
        }

    def __call__(self, *words: str, given: bytes | None = None) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        code, output, errors = run_command(
            words, environment=self.environment, given=given, limit_seconds=self.limit_seconds
        )
        return subprocess.CompletedProcess([*COMMAND, *words], code, output.decode(), errors.decode())

    def json(self, *words: str, given: bytes | None = None) -> Any:
        """Run a command with `--json` and return what it printed."""
        done = self(*words, "--json", given=given)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def running(self, *words: str) -> Iterator[None]:
        """Run a process for a while; it must end well when it is asked to."""
        with self.started(*words) as process:
            yield
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT_SECONDS) == 0

    @contextmanager
    def started(self, *words: str) -> Iterator[Forked]:
        """Start a process, which says what it has to say as this one does, and kill it in the end."""
        with (
            Path(os.devnull).open("rb") as nothing,
            os.fdopen(os.dup(1), "wb") as output,
            os.fdopen(os.dup(2), "wb") as errors,
        ):
            process = Forked("cli", words, environment=self.environment, files=(nothing, output, errors))
        try:
            yield process
        finally:
            process.kill()
            process.wait(LIMIT_SECONDS)
