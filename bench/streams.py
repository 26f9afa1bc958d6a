"""
Open streams: what a thousand of them cost, and how long after its commit a change reaches them.

`python -m bench.streams` measures this alone; `make bench` has it, too. The server is a process of its own; relay,
RabbitMQ and whoever changes balances run beside it on the same machine.
"""

import asyncio
import json
import random
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import orjson
import psutil

from bench.contest import Place, UnableToFinish
from bench.contests import new_place
from bench.load import RULES, account, usage_events
from bench.servers import servers
from bench.web import serving
from broker.publisher import ConfirmedPublisher, declare_topology
from domain.access.scope import TokenKind
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from relay.outbox import relay_outbox
from store.engine import Engine, open_engine
from workers.access.token import WantedToken, create_token
from workers.context import Context
from workers.queues.minute_usage import handle

STREAMS = 1_000
OPENING_AT_ONCE = 50
CHANGES = 500
CHANGES_PER_SECOND = 50
BURSTS = 3
OPEN_SECONDS, LATE_SECONDS = 60.0, 10.0


@dataclass(slots=True)
class Arrivals:
    """What streams have told: how many events in all, and when each account's last one came."""

    events: int = 0
    at: dict[str, float] = field(default_factory=dict)


def measure_streams(place: Place) -> dict[str, float]:
    """Return megabytes for all streams, and how late changes come: one at a time, and of all accounts at once."""
    return asyncio.run(_measure(place))


async def _measure(place: Place) -> dict[str, float]:
    engine = open_engine(place.database_url)
    declare_topology(place.amqp_url)
    tokens = [
        create_token(Context(engine), WantedToken(TokenKind.USER, account(number))).text for number in range(STREAMS)
    ]
    stopping = threading.Event()
    relay = threading.Thread(target=_relay, args=(engine, place, stopping), daemon=True)
    relay.start()
    with serving(place, ["cli", "web", "--apps", "api"]) as (port, process_id):
        process = psutil.Process(process_id)
        await _open_and_close(port, tokens[0])
        before = process.memory_info().rss
        arrivals = Arrivals()
        streams = await _open_all(port, tokens, arrivals)
        megabytes = (process.memory_info().rss - before) / 1e6
        one_by_one = await _change_one_by_one(engine, arrivals)
        together = [wait for _ in range(BURSTS) for wait in await _change_all(engine, arrivals)]
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    stopping.set()
    relay.join(10)
    engine.dispose()
    return {
        "streams_mb": round(megabytes, 1),
        "streams_change_p50_ms": round(quantiles(one_by_one, n=100)[49], 1),
        "streams_change_p99_ms": round(quantiles(one_by_one, n=100)[98], 1),
        "streams_burst_p99_ms": round(quantiles(together, n=100)[98], 1),
    }


def _relay(engine: Engine, place: Place, stopping: threading.Event) -> None:
    publisher = ConfirmedPublisher(place.amqp_url)
    relay_outbox(engine, publisher, stopping)
    publisher.close()


async def _open_and_close(port: int, token: str) -> None:
    # The first one starts the thread and its connections, which no further stream needs.
    arrivals = Arrivals()
    [stream] = await _open_all(port, [token], arrivals)
    stream.cancel()
    with suppress(asyncio.CancelledError):
        await stream


async def _open_all(port: int, tokens: list[str], arrivals: Arrivals) -> list[asyncio.Task[None]]:
    """Open the streams, and wait until each has told its first balance."""
    expected, streams = arrivals.events, []
    for number, token in enumerate(tokens):
        streams.append(asyncio.create_task(_follow(port, account(number), token, arrivals)))
        expected += 1
        if len(streams) % OPENING_AT_ONCE == 0:
            await _until(arrivals, expected, OPEN_SECONDS)
    await _until(arrivals, expected, OPEN_SECONDS)
    return streams


async def _follow(port: int, account_id: str, token: str, arrivals: Arrivals) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"GET /api/v1/account/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
    writer.write(head.encode())
    try:
        status = await reader.readline()
        if b"200" not in status:
            raise UnableToFinish(f"a stream was refused: {status!r}")
        async for line in reader:
            if line.startswith(b"event: balance"):
                arrivals.events += 1
                arrivals.at[account_id] = time.perf_counter()
    finally:
        writer.close()


async def _change_one_by_one(engine: Engine, arrivals: Arrivals) -> list[float]:
    """Change one balance after the other, evenly, and return how long each took to arrive, in milliseconds."""
    chance, committed = random.Random(7), {}
    chosen = chance.sample(range(STREAMS), CHANGES)
    expected = arrivals.events + CHANGES
    events = _events(CHANGES, seed=51)
    began = time.perf_counter()
    for turn, (number, event) in enumerate(zip(chosen, events, strict=True)):
        await asyncio.sleep(max(0.0, began + turn / CHANGES_PER_SECOND - time.perf_counter()))
        await asyncio.to_thread(_apply, engine, [event | {"subject": account(number)}])
        committed[account(number)] = time.perf_counter()
    await _until(arrivals, expected, LATE_SECONDS)
    return [max(0.0, 1000 * (arrivals.at[one] - at)) for one, at in committed.items()]


async def _change_all(engine: Engine, arrivals: Arrivals) -> list[float]:
    """Change all balances in one transaction, and return how long each took to arrive."""
    expected = arrivals.events + STREAMS
    events = [
        event | {"subject": account(number)}
        for number, event in enumerate(_events(STREAMS, seed=random.randrange(1 << 30)))
    ]
    await asyncio.to_thread(_apply, engine, events)
    committed = time.perf_counter()
    await _until(arrivals, expected, LATE_SECONDS)
    return [max(0.0, 1000 * (arrivals.at[account(number)] - committed)) for number in range(STREAMS)]


def _events(count: int, *, seed: int) -> list[dict[str, Any]]:
    return usage_events(count, seed=seed)


def _apply(engine: Engine, events: list[dict[str, Any]]) -> None:
    items = [
        one
        for start in range(0, len(events), 100)
        for one in read(orjson.dumps(events[start : start + 100]), queue=MINUTE_USAGE)
    ]
    handle(Context(engine, RULES), [one for one in items if isinstance(one, Event)])


async def _until(arrivals: Arrivals, count: int, seconds: float) -> None:
    ends_at = time.perf_counter() + seconds
    while arrivals.events < count:
        if time.perf_counter() > ends_at:
            raise UnableToFinish(f"{count - arrivals.events} events of streams have not come within {seconds:g} s")
        await asyncio.sleep(0.01)


def main() -> None:
    """Measure this alone."""
    with servers() as running:
        print(json.dumps(measure_streams(new_place(running, "streams")), indent=2))


if __name__ == "__main__":
    main()
