"""A private PostgreSQL server that a test may kill."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.databases import create_database, why_silent
from tests.servers.free_ports import ReservedPort
from tests.servers.last_will import LastWill
from tests.servers.postgres_programs import PostgresPrograms
from tests.servers.postgres_remains import clear_locks, kill_family, wait_for_end
from tests.servers.starting import wait_for_start

_STOP_LIMIT_S = 30

# What outlives a crash is left as PostgreSQL has it (fsync, synchronous_commit and
# full_page_writes are on), because failure tests rely on it.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Not in /dev/shm: it is small in containers, and a killed server leaves its pieces there.
    "dynamic_shared_memory_type": "mmap",
}


class PrivatePostgres:
    """
    A PostgreSQL server of one's own: programs from the wheel, own folder, own port.

    It listens on 127.0.0.1 and trusts everybody there. Root runs it as another account. As
    a context manager it is started on entry and removed on exit; whatever happens to this
    process, the server does not outlive it.
    """

    def __init__(
        self, settings: Mapping[str, str] | None = None, *, keep: Path | None = None, memory: Path | None = None
    ) -> None:
        """
        Reserve a folder and a port; `remove` gives them back.

        Args:
            settings: server parameters that win over the ones above, for example
                {"max_connections": "20"}.
            keep: a folder in which the data stay when the server is removed, and of which the next one takes them.
            memory: a folder of which nothing reaches a disk; the data lie there, and go with the server.
        """
        programs = PostgresPrograms.find()
        self._port = ReservedPort()
        self.folder = Path(tempfile.mkdtemp(prefix="private-postgres-"))
        programs.give(self.folder)
        self._programs = programs.within_reach(self.folder / "programs")
        self._data = self.folder / "data"
        self._is_kept = keep is not None
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            programs.give(keep)
            self._data = keep / "data"
        if memory is not None:
            self._data = Path(tempfile.mkdtemp(prefix="private-postgres-data-", dir=memory))
            programs.give(self._data)
            (self.folder / "data").symlink_to(self._data)
        self._log = self.folder / "log"
        self._settings = {
            **_SETTINGS,
            "port": str(self._port.number),
            "unix_socket_directories": str(self.folder),
            **(settings or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._will: LastWill | None = None

    def __enter__(self) -> Self:
        """Start the server, or remove it when it does not start."""
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the server."""
        self.remove()

    @property
    def url(self) -> str:
        """The superuser's URL of the database `postgres`, the same after every start."""
        return f"postgresql://postgres@127.0.0.1:{self._port.number}/postgres"

    def new_database(self, name: str, template: str | None = None) -> str:
        """Create a database, empty or as a copy of another, and return its URL."""
        return create_database(self.url, name, template=template)

    def start(self) -> None:
        """
        Start the server with the data it had and return when it takes connections.

        Starting a running server does nothing.

        Raises:
            UnableToStart: making its data failed, it ended, or it did not answer within 60 s.
        """
        if self._process is not None:
            return
        if not (self._data / "PG_VERSION").exists():
            self._programs.make_data(self._data)
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        with self._log.open("ab") as log:
            process = self._programs.launch("postgres", "-D", str(self._data), *options, log=log)
        self._process = process
        self._will = LastWill([process.pid], signal="QUIT", folder=self.folder)
        try:
            wait_for_start(process, self._answers, name="PostgreSQL", log=self._log)
        except BaseException:
            self.stop_immediate()
            raise

    def stop_immediate(self) -> None:
        """End the server without a checkpoint, as `pg_ctl stop -m immediate` does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_STOP_LIMIT_S)
        self._forget_process()

    def kill(self) -> None:
        """End all processes of the server by SIGKILL, so that it can start again."""
        if self._process is None:
            return
        children = kill_family(self._process.pid)
        self._process.wait(_STOP_LIMIT_S)
        wait_for_end(children)
        clear_locks(self._data, self.folder)
        self._forget_process()

    def remove(self) -> None:
        """End the server and delete its data unless they are to stay; repeating it does nothing."""
        if self._is_kept and self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_STOP_LIMIT_S * 4)
            self._forget_process()
        self.stop_immediate()
        if not self._is_kept:
            shutil.rmtree(self._data, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._port.release()

    def _answers(self) -> bool:
        """Ask the server once."""
        return why_silent(self.url) is None

    def _forget_process(self) -> None:
        """Take note that the server's processes have ended."""
        if self._will is not None:
            self._will.revoke()
        self._process = self._will = None
