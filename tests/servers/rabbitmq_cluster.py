"""A private cluster of RabbitMQ nodes, each of which a test may kill."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from tests.servers.erlang_network import ErlangNetwork
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until

_LEADER_LIMIT_S = 60

_LEADER = """
    {ok, Queue} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"%s">>)),
    case (catch ra:members(amqqueue:get_pid(Queue))) of {ok, _, {_, Node}} -> Node; _ -> none end
"""


class PrivateRabbitCluster:
    """
    Three RabbitMQ nodes of one's own in one cluster: a quorum queue that is declared here has a member on each.

    As a context manager it is started on entry and removed on exit; whatever happens to this process, no node
    outlives it.
    """

    def __init__(self) -> None:
        """Reserve folders and ports; `remove` gives them back."""
        self._network = ErlangNetwork()
        self.nodes = [PrivateRabbit(network=self._network) for _ in range(3)]

    def __enter__(self) -> Self:
        """Start the nodes and join them, or remove them when that does not work."""
        try:
            self.start()
            first, *others = self.nodes
            _at_once(lambda node: node.join(first), others)
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the nodes."""
        self.remove()

    @property
    def url(self) -> str:
        """The AMQP URLs of all nodes, as the product takes them: separated by `;`, and the same after every start."""
        return ";".join(node.url for node in self.nodes)

    def start(self) -> None:
        """
        Start the nodes that do not run, with the data they had.

        Raises:
            UnableToStart: one ended, or did not answer within 60 s.
        """
        self._network.start()
        _at_once(PrivateRabbit.start, [node for node in self.nodes if not node.is_running])

    def leader_of(self, queue: str) -> PrivateRabbit:
        """Return the node that leads a quorum queue; while there is none, wait for it."""
        found: list[PrivateRabbit] = []

        def is_led() -> bool:
            leader = self._running_node().evaluate(_LEADER % queue)
            found.extend(node for node in self.nodes if f"'{node.name}'" == leader and node.is_running)
            return bool(found)

        wait_until(is_led, f"{queue} has a leader", limit_s=_LEADER_LIMIT_S)
        return found[0]

    def depths(self) -> dict[str, int]:
        """Return how many messages each queue has now; see `PrivateRabbit.depths`."""
        return self._running_node().depths()

    def sync(self) -> None:
        """Let every node write to disk what it keeps in memory; see `PrivateRabbit.sync`."""
        _at_once(PrivateRabbit.sync, [node for node in self.nodes if node.is_running])

    def remove(self) -> None:
        """End every node and delete its data; repeating it does nothing."""
        for node in self.nodes:
            node.remove()
        self._network.remove()

    def _running_node(self) -> PrivateRabbit:
        return next(node for node in self.nodes if node.is_running)


def _at_once(act: Callable[[PrivateRabbit], None], nodes: Iterable[PrivateRabbit]) -> None:
    """Let nodes do something side by side: each takes seconds, most of them waiting."""
    with ThreadPoolExecutor(max_workers=3) as pool:
        for _ in pool.map(act, nodes):
            pass
