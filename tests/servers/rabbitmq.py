"""A private RabbitMQ node that a test may kill."""

import re
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
from tests.servers.erlang_network import ErlangNetwork
from tests.servers.free_ports import ReservedPort
from tests.servers.last_will import LastWill
from tests.servers.rabbitmq_folder import RabbitFolder
from tests.servers.rabbitmq_programs import RabbitPrograms
from tests.servers.starting import wait_for_start

_STOP_LIMIT_S = 60

# Asked of the queues themselves: what `rabbitmqctl list_queues` shows is up to five seconds old.
_DEPTHS = """
    [begin
        {resource, _, queue, Name} = amqqueue:get_name(Queue),
        Answer = (catch ra:leader_query(amqqueue:get_pid(Queue), fun rabbit_fifo:query_messages_total/1)),
        {Name, case Answer of {ok, {_, Count}, _} -> Count; _ -> unknown end}
     end || Queue <- rabbit_amqqueue:list(<<"/">>)]
"""

_WRITTEN = "{ok, ok}"
"""What `erl_call` says of an expression that has written its value."""

_running: "list[PrivateRabbit]" = []


def running_nodes() -> "tuple[PrivateRabbit, ...]":
    """Return the nodes that this process has started, and neither stopped nor killed since."""
    return tuple(_running)


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
        network: ErlangNetwork | None = None,
    ) -> None:
        """
        Reserve a folder and ports; `remove` gives them back.

        Args:
            settings: lines of `rabbitmq.conf` that win over the usual ones, for example
                {"consumer_timeout": "60000"}.
            management: whether the HTTP API of `management_url` is wanted, too.
            network: what it shares with the other nodes of a cluster; one of its own, which starts and ends with it,
                if left out.
        """
        self._programs = RabbitPrograms.find()
        self._network = network or ErlangNetwork()
        self._is_alone = network is None
        self._ports = [ReservedPort() for _ in range(3)]
        amqp_port, distribution_port, self._http_port = (it.number for it in self._ports)
        self._folder = RabbitFolder(
            Path(tempfile.mkdtemp(prefix="private-rabbit-")),
            node_name=f"private-{uuid.uuid4().hex[:12]}@localhost",
            amqp_port=amqp_port,
            distribution_port=distribution_port,
            epmd_port=self._network.port,
        )
        self._folder.write(
            settings or {}, secret=self._network.secret, management_port=self._http_port if management else None
        )
        self._node: subprocess.Popen[bytes] | None = None
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
    def name(self) -> str:
        """The node's name, by which others of its network know it."""
        return self._folder.node_name

    @property
    def is_running(self) -> bool:
        """Whether it was started, and neither stopped nor killed since."""
        return self._node is not None

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
        self._network.start()
        try:
            node = self._node = folder.launch(self._programs.server)
            self._will = LastWill([node.pid], signal="KILL", folder=folder.root)
            node_answers = partial(amqp.greets, folder.amqp_port)
            wait_for_start(node, node_answers, name="RabbitMQ", log=folder.log)
            _running.append(self)
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
        """End the node by SIGKILL, as a power cut does, and a port mapper of its own with it."""
        if self._node is not None:
            self._node.kill()
            self._node.wait(_STOP_LIMIT_S)
        if self._will is not None:
            self._will.revoke()
        self._node = self._will = None
        if self in _running:
            _running.remove(self)
        if self._is_alone:
            self._network.kill()

    def join(self, member: "PrivateRabbit") -> None:
        """
        Make the running node, which has nothing yet, a member of another one's cluster; they share a network.

        Raises:
            subprocess.CalledProcessError: it could not; its `output` says why.
        """
        self.evaluate("rabbit:stop()")
        self.ctl("join_cluster", member.name)
        self.evaluate("rabbit:start()")

    def log(self) -> str:
        """Return what the node has written into its log so far."""
        return "".join(path.read_text(errors="replace") for path in sorted(self._folder.root.glob("log/*.log")))

    def ctl(self, *arguments: str) -> str:
        """
        Run `rabbitmqctl` on the running node and return what it printed.

        Raises:
            subprocess.CalledProcessError: the command failed; its `output` says why.
        """
        return self._folder.run(self._programs.ctl, "--quiet", *arguments)

    def evaluate(self, expression: str) -> str:
        """
        Evaluate an Erlang expression on the running node and return its value as Erlang writes it.

        A hundred times as fast as `rabbitmqctl eval`, which starts a virtual machine of its own for each question.

        Raises:
            subprocess.CalledProcessError: it failed; its `output` says why.
        """
        if (program := self._programs.erl_call) is None:
            return self.ctl("eval", f"{expression}.").strip()
        address = f"127.0.0.1:{self._folder.distribution_port}"
        arguments = ["-c", self._network.secret, "-R", "-address", address, "-fetch_stdout", "-e"]
        answer = self._folder.run(program, *arguments, given=f'io:format("~tp", [begin {expression} end]).\n')
        if not answer.endswith(_WRITTEN):
            # Its own exit code says only that the node has answered.
            raise subprocess.CalledProcessError(1, [program, expression], answer)
        return answer.removesuffix(_WRITTEN)

    def new_vhost(self, name: str) -> str:
        """Make a virtual host, which has nothing yet, and return its AMQP URL."""
        everything = ", ".join(['<<".*">>'] * 3)
        self.evaluate(
            f'ok = rabbit_vhost:add(<<"{name}">>, <<"tests">>),'
            f' ok = rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, {everything}, <<"tests">>)'
        )
        return f"{self.url}{name}"

    def close_all_connections(self) -> None:
        """Close every connection, as an operator may do."""
        self.evaluate('rabbit_networking:close_connections(rabbit_networking:connections(), "a test")')

    def depths(self) -> dict[str, int]:
        """
        Return how many messages each quorum queue of the default vhost has now, those that somebody holds included.

        One whose members are choosing a leader is left out.
        """
        return {name: int(count) for name, count in re.findall(r'\{<<"([^"]*)">>,(\d+)\}', self.evaluate(_DEPTHS))}

    def sync(self) -> None:
        """
        Write to disk what the node keeps in memory for the first seconds.

        RabbitMQ 3.10 registers a new quorum queue on disk some 3 s late. Killed before, it never
        leads that queue again: confirmed messages are gone. So call this after declaring.
        """
        self.evaluate("[ok = dets:sync(Table) || Table <- dets:all()]")

    def remove(self) -> None:
        """End the node and delete its data; repeating it does nothing."""
        self.kill()
        shutil.rmtree(self._folder.root, ignore_errors=True)
        for port in self._ports:
            port.release()
        if self._is_alone:
            self._network.remove()
