"""
Forged and broken bodies where only our retries should be (L4 to L7).

Stock Dramatiq acknowledges other messages over them, blocks its queue, or loses a thread. Here each
ends in the dead letters with its own bytes, and everything else goes on.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from broker.delivery import Delivery
from broker.drain import RabbitDrain
from broker.retry import as_retry
from broker.topology import INTAKES, dead_letter_queue, delay_queue
from messages.queues import INGRESS
from relay.dead_letters import relay_dead_letters
from store.engine import open_engine
from tests.broker.queues import count, declare, peek_all, publish, purge
from tests.broker.worker import PATIENCE_S, RecordingActor, all_alive, running_worker
from tests.servers.databases import select
from tests.servers.find import FoundPostgres, FoundRabbit
from tests.servers.waiting import UnableToWait, wait_until

QUEUE, OTHER_QUEUE = "minute-usage", "due"
DEPTH = 100_000


def _forged(**changes: Any) -> bytes:
    """A retry as we write it, with some of its fields changed; ABSENT removes one."""
    good = as_retry(Delivery(QUEUE, INGRESS, QUEUE, b"forged"), OSError("never happened"))
    fields = orjson.loads(good.encode()) | changes
    return orjson.dumps({name: value for name, value in fields.items() if value is not ABSENT})


def _options(**changes: Any) -> bytes:
    options = {"retries": 1, "error": "OSError: never happened"} | changes
    return _forged(options={name: value for name, value in options.items() if value is not ABSENT})


def _delivery(**changes: Any) -> bytes:
    fields = Delivery(QUEUE, INGRESS, QUEUE, b"forged").as_wire() | changes
    return _forged(kwargs={"deliveries": [{k: v for k, v in fields.items() if v is not ABSENT}]})


ABSENT = object()

FORGED = {
    # L4 and L5: whose queue it is is not for a body to say.
    "queue_name of another queue that is consumed": _forged(queue_name=OTHER_QUEUE),
    "queue_name of a queue nobody consumes": _forged(queue_name="nobody"),
    "queue_name of the delay queue": _forged(queue_name=f"{QUEUE}.DQ"),
    "queue_name null": _forged(queue_name=None),
    "queue_name a list": _forged(queue_name=[QUEUE]),
    "no queue_name": _forged(queue_name=ABSENT),
    # L6: what makes the consumer itself fail blocks its queue for ever.
    "options null": _forged(options=None),
    "options a text": _forged(options="eta"),
    "options a list": _forged(options=["eta"]),
    "eta a text": _options(eta="soon"),
    "eta null": _options(eta=None),
    "eta a fraction": _options(eta=1.5),
    "actor_name a list": _forged(actor_name=[]),
    "actor_name an object": _forged(actor_name={}),
    "actor_name null": _forged(actor_name=None),
    "actor_name of no actor": _forged(actor_name="nobody"),
    "actor_name of another actor": _forged(actor_name=OTHER_QUEUE),
    # L7: options steer Dramatiq.
    "throws": _options(throws="x"),
    "max_retries": _options(max_retries=0),
    "pipe_target": _options(pipe_target={"queue_name": OTHER_QUEUE}),
    "on_success": _options(on_success="nobody"),
    "broker_priority": _options(broker_priority="high"),
    # What our own code reads.
    "no retries": _options(retries=ABSENT),
    "retries a text": _options(retries="1"),
    "retries true": _options(retries=True),
    "retries below zero": _options(retries=-1),
    "no error": _options(error=ABSENT),
    "error null": _options(error=None),
    "args": _forged(args=["a", "b"]),
    "args a text": _forged(args="ab"),
    "args null": _forged(args=None),
    "kwargs null": _forged(kwargs=None),
    "kwargs of another actor": _forged(kwargs={"event": {}}),
    "kwargs and one more": _forged(kwargs={"deliveries": [Delivery(QUEUE, "", "", b"").as_wire()], "more": 1}),
    "no deliveries": _forged(kwargs={"deliveries": []}),
    "two deliveries": _forged(kwargs={"deliveries": [Delivery(QUEUE, "", "", b"").as_wire()] * 2}),
    "deliveries null": _forged(kwargs={"deliveries": None}),
    "a delivery that is a text": _forged(kwargs={"deliveries": ["forged"]}),
    "a delivery without body": _delivery(body=ABSENT),
    "a delivery whose body is no text": _delivery(body=1),
    "a delivery whose body is not base64": _delivery(body="ü*"),
    "a delivery whose body is cut off": _delivery(body="Zm9yZ2V"),
    "a delivery without exchange": _delivery(exchange=ABSENT),
    "a delivery without routing_key": _delivery(routing_key=None),
    "message_id null": _forged(message_id=None),
    "message_id a number": _forged(message_id=1),
    "message_timestamp a text": _forged(message_timestamp="now"),
    "message_timestamp true": _forged(message_timestamp=True),
    "a field more": _forged(more=1),
    # No envelope at all.
    "a plain event": b'{"specversion": "1.0", "id": "1", "source": "x", "type": "screph.usage.reported.v1"}',
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1e999",
    "not JSON": b"{",
    "not UTF-8": b"\xff\xfe\x00",
    "NUL": b"\x00",
    "nested 100 000 times": b"[" * DEPTH + b"]" * DEPTH,
    "options nested 100 000 times": _forged(options=[]).replace(b"[]", b"[" * DEPTH + b"]" * DEPTH),
}

DELAYED = {
    "without eta": _forged(queue_name=f"{QUEUE}.DQ"),
    "of another delay queue": _forged(queue_name=f"{OTHER_QUEUE}.DQ", options={"retries": 1, "error": "x", "eta": 1}),
    "options null": _forged(queue_name=f"{QUEUE}.DQ", options=None),
    "eta a text": _forged(queue_name=f"{QUEUE}.DQ", options={"retries": 1, "error": "x", "eta": "soon"}),
    "not JSON": b"{ on the delay queue",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """Where everything that was published went."""

    dead: Counter[bytes]
    """What lay in the dead-letter queue."""
    stored: Counter[bytes]
    """What the relay then brought into the table."""
    applied: Counter[bytes]
    good: tuple[bytes, ...]
    were_all_alive: bool


@pytest.fixture(scope="module")
def seen(rabbit_server: FoundRabbit, postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Seen]:
    """Publish every forged body to a worker's queues, a good message after each, and drain the dead letters."""
    url, calls = rabbit_server.url, RecordingActor()
    good = tuple(b"good %d" % number for number in range(len(FORGED)))
    declare(url, INTAKES[QUEUE])
    purge(url, QUEUE, OTHER_QUEUE)
    with running_worker(url, INTAKES[QUEUE], calls.handle) as worker:
        for forged, neighbour in zip(FORGED.values(), good, strict=True):
            publish(url, QUEUE, forged, exchange="")
            publish(url, QUEUE, neighbour)
        publish(url, delay_queue(QUEUE), *DELAYED.values(), exchange="")
        wait_until(lambda: calls.ended_bodies.keys() >= set(good), "all good ones are applied", limit_s=PATIENCE_S)
        expected = len(FORGED) + len(DELAYED)
        _wait_a_little(lambda: count(url, dead_letter_queue(QUEUE)) >= expected)
        were_all_alive = all_alive(worker)
    dead = Counter(peek_all(url, dead_letter_queue(QUEUE)))
    database_url = postgres_server.new_database(copy_of=migrated_database)
    stored = Counter(_drained(url, database_url, dead.total()))
    yield Seen(dead, stored, calls.ended_bodies, good, were_all_alive)
    postgres_server.drop_database(database_url)
    purge(url, QUEUE)


def _drained(url: str, database_url: str, expected: int) -> list[bytes]:
    """Let the relay move the dead letters into a database, and return the bytes that are there."""
    engine, drain, stopping = open_engine(database_url), RabbitDrain(url), threading.Event()
    relay = threading.Thread(target=relay_dead_letters, args=(engine, drain, stopping))
    relay.start()
    query = "SELECT body FROM dead_letter WHERE queue = 'minute-usage' AND via = 'dead_lettered' AND reason <> ''"
    _wait_a_little(lambda: len(select(database_url, query)) >= expected or not relay.is_alive())
    stopping.set()
    relay.join(PATIENCE_S)
    drain.close()
    engine.dispose()
    return [bytes(body) for (body,) in select(database_url, query)]


def _wait_a_little(is_true: Callable[[], bool]) -> None:
    """Wait, but leave it to each test to say what did not come true."""
    try:
        wait_until(is_true, "everything arrived", limit_s=5)
    except UnableToWait:
        pass


class TestOnTheWorkQueue:
    @pytest.mark.parametrize("name", FORGED)
    def test_ends_in_the_dead_letters_with_its_bytes(self, seen: Seen, name: str) -> None:
        assert seen.dead[FORGED[name]] == 1
        assert seen.stored[FORGED[name]] == 1

    def test_is_not_applied(self, seen: Seen) -> None:
        assert set(seen.applied) == set(seen.good)

    def test_costs_no_other_message(self, seen: Seen) -> None:
        assert {body: times for body, times in seen.applied.items() if body in seen.good} == Counter(seen.good)

    def test_costs_no_thread(self, seen: Seen) -> None:
        assert seen.were_all_alive


class TestOnTheDelayQueue:
    @pytest.mark.parametrize("name", DELAYED)
    def test_ends_in_the_dead_letters_with_its_bytes(self, seen: Seen, name: str) -> None:
        assert seen.dead[DELAYED[name]] == 1
        assert seen.stored[DELAYED[name]] == 1
