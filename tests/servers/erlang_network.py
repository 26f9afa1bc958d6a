"""What RabbitMQ's nodes need to find and to trust each other: Erlang's port mapper, and a secret."""

import os
import secrets
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from tests.servers import amqp
from tests.servers.free_ports import ReservedPort
from tests.servers.last_will import LastWill
from tests.servers.rabbitmq_programs import RabbitPrograms
from tests.servers.starting import wait_for_start

_STOP_LIMIT_S = 60


class ErlangNetwork:
    """
    A port mapper of one's own on the loopback; nodes that share it, and its secret, can form a cluster.

    Whatever happens to this process, the port mapper does not outlive it.
    """

    def __init__(self) -> None:
        """Reserve a folder and a port; `remove` gives them back."""
        self._program = RabbitPrograms.find().epmd
        self._port = ReservedPort()
        self._folder = Path(tempfile.mkdtemp(prefix="private-epmd-"))
        self._epmd: subprocess.Popen[bytes] | None = None
        self._will: LastWill | None = None
        self.secret = secrets.token_hex(16)
        """Erlang's cookie, the same for all nodes."""

    @property
    def port(self) -> int:
        """Where the port mapper listens."""
        return self._port.number

    def start(self) -> None:
        """
        Start the port mapper and return when it answers; starting a running one does nothing.

        Raises:
            UnableToStart: it ended, or did not answer within 60 s.
        """
        if self._epmd is not None:
            return
        log = self._folder / "output.log"
        with log.open("ab") as output:
            epmd = self._epmd = subprocess.Popen(
                [self._program],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=os.environ | {"ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": str(self.port)},
                start_new_session=True,  # so that Ctrl-C does not reach it
            )
        self._will = LastWill([epmd.pid], signal="KILL", folder=self._folder)
        try:
            wait_for_start(epmd, partial(amqp.listens, self.port), name="epmd", log=log)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the port mapper by SIGKILL; nodes that know each other already stay connected."""
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(_STOP_LIMIT_S)
        if self._will is not None:
            self._will.revoke()
        self._epmd = self._will = None

    def remove(self) -> None:
        """End the port mapper and give back what it used; repeating it does nothing."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._port.release()
