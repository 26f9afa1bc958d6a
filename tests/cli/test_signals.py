"""A process that is asked to end at any moment after its start ends well."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

from tests.servers.find import FoundRabbit
from tests.servers.forked import Forked
from tests.servers.waiting import wait_until

MOMENTS = (0.0, 0.2, 0.5, 0.9, 1.4)
"""Seconds after the program has its signal handlers: while it imports, while it connects, while it works."""

NAMES = ("worker", "relay", "scheduler", "webhooks", "web", "metrics", "run")

ALL_MOMENTS = bool(os.environ.get("ALL_VALUES"))
"""What is imported first is the same for all: in the suite each is asked at two moments of that; in `make values` at all."""

_LIMIT_S = 180
"""To end in; five at once on two cores that others use as well."""


@pytest.mark.parametrize("name", NAMES)
def test_ends_with_0_when_it_is_asked_while_it_imports(
    name: str, database_url: str, rabbit_server: FoundRabbit
) -> None:
    first = NAMES.index(name) % len(MOMENTS)
    moments = MOMENTS if ALL_MOMENTS else (MOMENTS[first], MOMENTS[first - 2])
    settings = _settings_of(name, database_url, rabbit_server.url)

    assert _failures_of(name, settings, [(moment, signal.SIGTERM) for moment in moments], has_imported=False) == {}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_ends_with_0_when_it_is_asked_after_that(
    name: str, kind: signal.Signals, database_url: str, rabbit_server: FoundRabbit
) -> None:
    settings = _settings_of(name, database_url, rabbit_server.url)

    assert _failures_of(name, settings, [(moment, kind) for moment in MOMENTS], has_imported=True) == {}


def _settings_of(name: str, database_url: str, amqp_url: str) -> dict[str, str]:
    settings = {
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        "GATEWAYS": "sandbox",
        "SANDBOX_WEBHOOK_SECRET": "a secret of the tests",
        "ENVIRONMENT": "development",
        "WEBHOOKS_PORT": "0",
        "WEB_API_PORT": "0",
        "WEB_PORTAL_PORT": "0",
        "WEB_ADMIN_PORT": "0",
        # A sandbox elsewhere, so that `run` opens none of its own on the port that all of them would share.
        "SANDBOX_URL": "http://127.0.0.1:1",
    }
    if name == "metrics":  # else five of them would share its usual port
        settings["METRICS_PORT"] = "0"
    return settings


def _failures_of(
    name: str, settings: dict[str, str], asked: list[tuple[float, signal.Signals]], *, has_imported: bool
) -> dict[float, tuple[int, str]]:
    """Run a process for each moment, all at once, and return those that did not end well with the end of what they said."""
    codes = {}
    with ExitStack() as stack:
        begun = []
        for moment, kind in asked:
            said = stack.enter_context(TemporaryFile())
            process = (_forked if has_imported else _started)(name, settings, said)
            # Python itself starts first, and the signal's own default rules until then.
            wait_until(lambda pid=process.pid: _has_begun(pid), "it has begun", limit_s=30)  # type: ignore[misc]
            threading.Timer(moment, process.send_signal, (kind,)).start()
            begun.append((moment, process, said))
        for moment, process, said in begun:
            code = process.wait(_LIMIT_S)
            said.seek(0)
            codes[moment] = (code, said.read().decode()[-300:])
    return {moment: answer for moment, answer in codes.items() if answer[0]}


@pytest.mark.parametrize("name", ["worker", "relay", "scheduler", "web", "run"])
def test_says_by_which_signal_it_was_asked(name: str, database_url: str, rabbit_server: FoundRabbit) -> None:
    settings = {
        "DATABASE_URL": database_url,
        "AMQP_URL": rabbit_server.url,
        "GATEWAYS": "",
        "WEB_API_PORT": "0",
        "WEB_PORTAL_PORT": "0",
        "WEB_ADMIN_PORT": "0",
    }
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as written:
        process = _forked(name, settings, written)
    begun = {
        "worker": b"consumes messages",
        "relay": b"moves messages",
        "scheduler": b"ticks",
        "web": b"listening",
        "run": b"running:",
    }
    with os.fdopen(reading, "rb") as said:
        for line in said:
            if begun[name] in line:
                break

        process.send_signal(signal.SIGINT)

        assert b"the process ends: asked by SIGINT" in said.read()
    assert process.wait(60) == 0


def test_a_signal_in_the_middle_of_an_import_waits_for_its_end(tmp_path: Path) -> None:
    """A library may turn what is raised while it builds its classes into an error of its own, as pydantic does."""
    (tmp_path / "builds_classes.py").write_text(
        """
import os, signal

try:
    os.kill(os.getpid(), signal.SIGTERM)
    sum(range(1_000_000))
except BaseException as error:
    raise ValueError("the class cannot be built") from error
print("built")
"""
    )
    program = """
import time
from cli.signals import end_while_starting

end_while_starting()
import builds_classes
time.sleep(20)
print("still there")
"""
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": path},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"built\n", b"")


def test_a_signal_in_the_middle_of_waiting_ends_the_wait() -> None:
    """The handler runs in the thread that waits, and must not wait for a lock that this very thread holds."""
    program = """
import os, signal, threading
from cli.signals import stop_on_signals

stopping = threading.Event()
stop_on_signals(stopping)
with stopping._cond:  # as `wait()` does, for a moment
    os.kill(os.getpid(), signal.SIGTERM)
assert stopping.wait(20)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def _started(name: str, settings: dict[str, str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "cli", name], env=os.environ | settings, stdout=said, stderr=said)


def _forked(name: str, settings: dict[str, str], said: IO[bytes]) -> Forked:
    """Start it with everything imported, which takes longer than the rest, so the moments fall into what comes after."""
    with Path(os.devnull).open("rb") as nothing:
        return Forked("cli", [name], environment=os.environ | settings, files=(nothing, said, said))


def _has_begun(pid: int) -> bool:
    """Tell whether a process has a handler of its own for SIGTERM; where there is no /proc, guess that it has."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return True
    caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) & 1 << (signal.SIGTERM - 1))
