"""How many messages are where, without taking any: passive declarations, and the management API where it is set up."""

import base64
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.error import URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener

from pika.exceptions import ChannelClosedByBroker

from broker.inspection import connect
from broker.topology import INTAKES, dead_letter_queue, delay_queue

log = logging.getLogger(__name__)

API_SECONDS = 3.0

CACHED_SECONDS = 2.0
"""However many look at the page, the broker is asked no more often."""

_Get = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class QueueCount:
    """
    Messages of one queue; None: nobody knows. `delayed` wait for their next try, `dead` for the relay.

    `unacked` is known to the management API alone.
    """

    queue: str
    ready: int | None = None
    consumers: int | None = None
    delayed: int | None = None
    dead: int | None = None
    unacked: int | None = None


@dataclass(frozen=True, slots=True)
class BrokerCounts:
    """Each queue, alarms in words, and why something is not known."""

    queues: tuple[QueueCount, ...]
    alarms: tuple[str, ...] = ()
    fault: str | None = None
    has_api: bool = False


class CountedBroker:
    """
    The counts of a broker, asked for when somebody looks.

    Args:
        url: of AMQP.
        api_url: of the management API, with a user that may monitor: `http://user:password@host:15672`.
    """

    def __init__(self, url: str, api_url: str | None = None) -> None:
        self._url = url
        self._api_url = api_url
        self._lock = threading.Lock()
        self._counted_s = float("-inf")
        self._counts = BrokerCounts(())

    def __call__(self) -> BrokerCounts:
        """Return the counts, some seconds old at the most; never raises, for the rest of the page stands without."""
        with self._lock:
            if time.monotonic() - self._counted_s > CACHED_SECONDS:
                self._counts = self._count()
                self._counted_s = time.monotonic()
            return self._counts

    def _count(self) -> BrokerCounts:
        try:
            counts = count_queues(self._url)
        except OSError as error:
            return BrokerCounts(tuple(map(QueueCount, INTAKES)), fault=f"RabbitMQ cannot be reached: {error!r}")
        return counts if self._api_url is None else _with_api(counts, _getter(self._api_url))


def count_queues(url: str) -> BrokerCounts:
    """
    Count by passive declarations, which take nothing and change nothing.

    Raises:
        OSError: the broker cannot be reached.
    """
    connection = connect(url)

    def declared(queue: str) -> tuple[int | None, int | None]:
        # A channel each: the broker closes it with its answer when the queue is not there.
        try:
            channel = connection.channel()
            method = channel.queue_declare(queue, passive=True).method
            channel.close()
        except ChannelClosedByBroker:
            return None, None
        return method.message_count, method.consumer_count

    try:
        found = []
        for queue in INTAKES:
            ready, consumers = declared(queue)
            delayed, dead = declared(delay_queue(queue))[0], declared(dead_letter_queue(queue))[0]
            found.append(QueueCount(queue, ready, consumers, delayed, dead))
        return BrokerCounts(tuple(found))
    finally:
        connection.close()


def _with_api(counts: BrokerCounts, get: _Get) -> BrokerCounts:
    try:
        # As the maintainers advise: without statistics, which are on their way out.
        listed = get("/api/queues?disable_stats=true&enable_queue_totals=true&columns=name,messages_unacknowledged")
        nodes = get("/api/nodes?columns=name,running,mem_alarm,disk_free_alarm")
    except (OSError, ValueError) as error:
        log.warning("the management API gave no answer: %r", error)
        return replace(counts, fault=f"RabbitMQ's management API gave no answer: {type(error).__name__}")
    unacked = {row["name"]: row.get("messages_unacknowledged") for row in listed}
    return replace(
        counts,
        queues=tuple(replace(one, unacked=unacked.get(one.queue)) for one in counts.queues),
        alarms=tuple(alarm for node in nodes for alarm in _alarms(node)),
        has_api=True,
    )


def _alarms(node: dict[str, Any]) -> list[str]:
    name = node.get("name", "a node")
    found = [] if node.get("running", True) else [f"{name} is not running"]
    found += [f"{name} has too little memory: it takes no messages"] if node.get("mem_alarm") else []
    return found + ([f"{name} has too little disk: it takes no messages"] if node.get("disk_free_alarm") else [])


def _getter(api_url: str) -> _Get:
    parts = urlsplit(api_url)
    host = parts.netloc.rsplit("@", 1)[-1]
    bare = urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    headers = {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}
    # No proxy of the environment.
    opener = build_opener(ProxyHandler({}))

    def get(path: str) -> Any:
        try:
            with opener.open(Request(bare + path, headers=headers), timeout=API_SECONDS) as answer:
                return json.load(answer)
        except URLError as error:
            raise ConnectionError(str(error.reason)) from None

    return get
