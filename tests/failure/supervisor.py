"""The product's processes, and what systemd or Docker does for them: start them again when they end."""

import os
import signal
import threading
from pathlib import Path

from tests.servers.forked import Forked
from tests.servers.last_will import LastWill
from tests.servers.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]

_READY = {
    "worker": "the worker consumes messages",
    "relay": "the relay moves messages",
    "scheduler": "the scheduler ticks",
    "webhooks": "listening at",
}
_SAYING_LIMIT_S = 30
_RESTART_PAUSE_S = 0.1
_LOG_END_CHARACTERS = 3_000


class Supervised:
    """
    A process of the product that is started again whenever it ends and was not asked to.

    Whatever happens to this process, the supervised one does not outlive it.
    """

    def __init__(self, name: str, *, command: tuple[str, ...], environment: dict[str, str], folder: Path) -> None:
        """
        Start it.

        Args:
            name: worker, relay, scheduler or webhooks.
            command: the module to run, and its arguments.
            environment: all of it.
            folder: where it works and writes its logs; made here, a file per life.
        """
        self.name = name
        self.starts = 0
        self.falls: list[int] = []
        """Exit codes of those ends that nobody here caused."""
        self._command = command
        self._environment = environment
        self._folder = folder
        self._kills = 0
        self._is_stopped = threading.Event()
        self._lock = threading.Lock()
        folder.mkdir()
        self._launch()
        self._watch = threading.Thread(target=self._supervise, name=f"supervisor-{folder.name}", daemon=True)
        self._watch.start()

    @property
    def log(self) -> str:
        """What the present life has said so far."""
        return self._log_path().read_text(errors="replace")

    def wait_until_ready(self) -> None:
        """Return when it says that it is at work."""
        self.wait_until_it_says(_READY[self.name])

    def wait_until_it_says(self, words: str, *, after: str = "") -> None:
        """Return when the log of the present life has these words, beyond what it had before."""
        wait_until(
            lambda: words in self.log.removeprefix(after),
            f"{self._folder.name} says: {words}",
            limit_s=_SAYING_LIMIT_S,
        )

    def kill(self) -> None:
        """End it by SIGKILL; it is started again."""
        life = self.starts
        self._kills += 1
        self._process.kill()
        wait_until(lambda: self.starts > life, f"{self._folder.name} is started again", limit_s=10)

    def tell_to_end(self) -> None:
        """Send SIGTERM and do not start it again."""
        self.wait_until_ready()
        with self._lock:
            self._is_stopped.set()
            self._process.send_signal(signal.SIGTERM)

    def wait_for_end(self, *, limit_s: float) -> int:
        """Return the exit code of a process that was asked to end."""
        wait_until(
            lambda: self._process.returncode is not None, f"{self._folder.name} ends after SIGTERM", limit_s=limit_s
        )
        assert self._process.returncode is not None
        return self._process.returncode

    def remove(self) -> None:
        """End it at once and for good; repeating it does nothing."""
        with self._lock:
            self._is_stopped.set()
            self._process.kill()
        self._watch.join(10)

    def last_words(self) -> str:
        """Return the end of every life's log."""
        lives = sorted(self._folder.glob("*.log"), key=lambda path: int(path.stem))
        ends = (f"--- {self._folder.name}, life {path.stem}\n{_end_of(path)}" for path in lives)
        return "\n".join([f"{self._folder.name}: {self.starts} starts, fell with {self.falls}", *ends])

    def _supervise(self) -> None:
        while True:
            code = self._process.wait()
            self._will.revoke()
            self._is_stopped.wait(_RESTART_PAUSE_S)
            with self._lock:
                if self._is_stopped.is_set():
                    return
                if code == -signal.SIGKILL and self._kills:
                    self._kills -= 1
                else:
                    self.falls.append(code)
                self._launch()

    def _launch(self) -> None:
        module, *words = self._command
        with self._log_path(self.starts + 1).open("wb") as log, Path(os.devnull).open("rb") as nothing:
            self._process = Forked(
                module, words, environment=self._environment, files=(nothing, log, log), folder=self._folder
            )
        self._will = LastWill([self._process.pid], signal="KILL", folder=self._folder)
        self.starts += 1

    def _log_path(self, life: int | None = None) -> Path:
        return self._folder / f"{life or self.starts}.log"


def environment_for(database_url: str, amqp_url: str, **settings: str) -> dict[str, str]:
    """Return the whole environment of a process: nothing of what this one happens to have."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(REPOSITORY),
        "DATABASE_URL": database_url,
        "AMQP_URL": amqp_url,
        **settings,
    }


def billing(name: str) -> tuple[str, ...]:
    """Return the module and the arguments of one of the product's processes."""
    return ("cli", name)


def _end_of(path: Path) -> str:
    return path.read_text(errors="replace")[-_LOG_END_CHARACTERS:]
