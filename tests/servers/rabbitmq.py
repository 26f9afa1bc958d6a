"""A private RabbitMQ node that a test may kill."""

import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Self

from tests.servers import amqp
from tests.servers.free_ports import ReservedPort
from tests.servers.last_will import LastWill
from tests.servers.rabbitmq_folder import RabbitFolder
from tests.servers.rabbitmq_programs import RabbitPrograms
from tests.servers.starting import wait_for_start

_STOP_LIMIT_S = 60


class PrivateRabbit:
    """
    A RabbitMQ node of one's own: the machine's programs, own folder, ports and port mapper.

    It listens on 127.0.0.1 alone and has a name of its own, so any number of them run side
    by side. As a context manager it is started on entry and removed on exit; whatever
    happens to this process, the node does not outlive it.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        management: bool = False,
    ) -> None:
        """
        Reserve a folder and ports; `remove` gives them back.

        Args:
            settings: lines of `rabbitmq.conf` that win over the usual ones, for example
                {"consumer_timeout": "60000"}.
            management: whether the HTTP API of `management_url` is wanted, too.
        """
        self._programs = RabbitPrograms.find()
        self._ports = [ReservedPort() for _ in range(4)]
        amqp_port, distribution_port, epmd_port, self._http_port = (it.number for it in self._ports)
        self._folder = RabbitFolder(
            Path(tempfile.mkdtemp(prefix="private-rabbit-")),
            node_name=f"private-{uuid.uuid4().hex[:12]}@localhost",
            amqp_port=amqp_port,
            distribution_port=distribution_port,
            epmd_port=epmd_port,
        )
        self._folder.write(settings or {}, management_port=self._http_port if management else None)
        self._node: subprocess.Popen[bytes] | None = None
        self._epmd: subprocess.Popen[bytes] | None = None
        self._will: LastWill | None = None

    def __enter__(self) -> Self:
        """Start the node, or remove it when it does not start."""
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the node."""
        self.remove()

    @property
    def url(self) -> str:
        """The AMQP URL of the default vhost, the same after every start."""
        return f"amqp://guest:guest@127.0.0.1:{self._folder.amqp_port}/"

    @property
    def management_url(self) -> str:
        """The HTTP API's address, without a slash at its end; user and password are guest."""
        return f"http://127.0.0.1:{self._http_port}"

    def start(self) -> None:
        """
        Start the node with the data it had and return when it speaks AMQP.

        Starting a running node does nothing.

        Raises:
            UnableToStart: it ended, or did not answer within 60 s.
        """
        if self._node is not None:
            return
        folder = self._folder
        # First, or Erlang would start a port mapper itself: a daemon that nobody ends.
        epmd = self._epmd = folder.launch(self._programs.epmd)
        try:
            epmd_answers = partial(amqp.listens, folder.epmd_port)
            wait_for_start(epmd, epmd_answers, name="epmd", log=folder.log)
            node = self._node = folder.launch(self._programs.server)
            self._will = LastWill([node.pid, epmd.pid], signal="KILL", folder=folder.root)
            node_answers = partial(amqp.greets, folder.amqp_port)
            wait_for_start(node, node_answers, name="RabbitMQ", log=folder.log)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End the node in good order, which takes some seconds."""
        if self._node is not None:
            self._node.send_signal(signal.SIGTERM)
            self._node.wait(_STOP_LIMIT_S)
        self.kill()

    def kill(self) -> None:
        """End the node by SIGKILL, as a power cut does, and its port mapper with it."""
        for process in (self._node, self._epmd):
            if process is not None:
                process.kill()
                process.wait(_STOP_LIMIT_S)
        if self._will is not None:
            self._will.revoke()
        self._node = self._epmd = self._will = None

    def ctl(self, *arguments: str) -> str:
        """
        Run `rabbitmqctl` on the running node and return what it printed.

        Raises:
            subprocess.CalledProcessError: the command failed; its `output` says why.
        """
        return self._folder.run(self._programs.ctl, "--quiet", *arguments)

    def sync(self) -> None:
        """
        Write to disk what the node keeps in memory for the first seconds.

        RabbitMQ 3.10 registers a new quorum queue on disk some 3 s late. Killed before, it never
        leads that queue again: confirmed messages are gone. So call this after declaring.
        """
        self.ctl("eval", "[ok = dets:sync(Table) || Table <- dets:all()].")

    def remove(self) -> None:
        """End the node and delete its data; repeating it does nothing."""
        self.kill()
        shutil.rmtree(self._folder.root, ignore_errors=True)
        for port in self._ports:
            port.release()
