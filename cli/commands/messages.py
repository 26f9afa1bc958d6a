"""`billing publish`: events from a file to RabbitMQ, confirmed."""

import io
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Annotated

import orjson
import typer

from broker.memory import MemoryBroker
from broker.publication import Publication, Publisher, Receipt
from cli.context import open_wiring
from cli.output import AsJson, err, out, print_json
from messages.queues import INGRESS, MINUTE_USAGE, SALES
from messages.read import MAX_BODY_BYTES
from relay.dead_letters import relay_dead_letters_once
from workers.actors import start

app = typer.Typer()

BATCH = 5_000
EMBEDDED_SECONDS = 600


class Exchange(StrEnum):
    """The exchanges for producers; the others are our own processes'."""

    INGRESS = INGRESS
    SALES = SALES


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="CloudEvents, one JSON per line, or one JSON; - is standard input.")],
    queue: Annotated[str, typer.Option(help="The routing key.")] = MINUTE_USAGE,
    exchange: Annotated[
        Exchange, typer.Option(help="Through `screph` reported usage counts and nothing else.")
    ] = Exchange.SALES,
    patience: Annotated[
        float, typer.Option(min=0, max=86_400, help="Seconds to go on trying while the broker refuses.")
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """
    Publish events and wait until the broker has confirmed each.

    Exits 1 when one was not accepted; publishing the file again is harmless.
    """
    if not math.isfinite(patience):
        raise typer.BadParameter(f"--patience: {patience} is not a number of seconds")
    lines = _messages(_open(file))
    with open_wiring() as wiring:
        publisher = wiring.publisher()
        counts: Counter[Receipt] = Counter()
        refused: list[dict[str, object]] = []
        for batch in _batches(lines):
            receipts = _publish(publisher, batch, (exchange.value, queue), patience)
            for (number, _), receipt in zip(batch, receipts, strict=True):
                counts[receipt] += 1
                if receipt is not Receipt.CONFIRMED:
                    refused.append({"line": number, "reason": receipt.value})
        publisher.close()
        if isinstance(wiring.broker, MemoryBroker):
            # What is in a broker in this process must be applied before the process ends.
            running = start(wiring)
            wiring.broker.wait_until_idle(EMBEDDED_SECONDS)
            running.stop()
            relay_dead_letters_once(wiring.engine, wiring.drain(), seconds=0)
    accepted = counts[Receipt.CONFIRMED]
    if as_json:
        print_json({"accepted": accepted, "refused": refused})
    else:
        out.print(f"accepted {accepted}, refused {len(refused)}")
        for fault in refused[:20]:
            err.print(f"  line {fault['line']}: {fault['reason']}")
    raise typer.Exit(1 if refused else 0)


def _publish(
    publisher: Publisher, batch: Sequence[tuple[int, bytes]], to: tuple[str, str], patience: float
) -> list[Receipt]:
    publications = [Publication(*to, f"line-{number}", body) for number, body in batch]
    return publisher.publish(publications, patience_seconds=patience)


def _open(file: Path) -> IO[bytes]:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _messages(file: IO[bytes]) -> Iterator[bytes]:
    """Return the lines of a file, or the whole of it when it is one JSON over several lines."""
    beginning = file.read(MAX_BODY_BYTES + 1)
    if _is_one_document(beginning):
        return iter([beginning.strip()])
    first = beginning.split(b"\n", 1)[0].strip()
    if first in (b"{", b"["):
        raise typer.BadParameter(
            f"the file is neither one JSON of up to {MAX_BODY_BYTES} bytes nor one JSON per line: its first line is "
            f"{first.decode()} alone"
        )
    return _lines(beginning, file)


def _is_one_document(content: bytes) -> bool:
    if b"\n" not in content.strip():
        return False
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def _lines(beginning: bytes, rest: IO[bytes]) -> Iterator[bytes]:
    complete, newline, cut = beginning.rpartition(b"\n")
    yield from io.BytesIO(complete + newline)
    yield cut + rest.readline()
    yield from rest


def _batches(lines: Iterator[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    numbered = ((number, line.rstrip(b"\r\n")) for number, line in enumerate(lines, 1))
    filled = ((number, line) for number, line in numbered if line)
    while batch := list(islice(filled, BATCH)):
        yield batch
