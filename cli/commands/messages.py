"""`billing publish`: events from a file to RabbitMQ, confirmed."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from broker.memory import MemoryBroker
from broker.publication import Publication, Publisher, Receipt
from cli.context import open_wiring
from cli.output import AsJson, err, out, print_json
from messages.queues import MINUTE_USAGE, SALES
from relay.dead_letters import relay_dead_letters_once
from workers.actors import start

app = typer.Typer()

BATCH = 5_000
EMBEDDED_SECONDS = 600


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="CloudEvents, one JSON per line; - is standard input.")],
    queue: Annotated[str, typer.Option(help="The routing key.")] = MINUTE_USAGE,
    exchange: Annotated[str, typer.Option(help="With `screph`, reported usage counts and nothing else.")] = SALES,
    patience: Annotated[float, typer.Option(help="Seconds to go on trying while the broker refuses.")] = 60,
    as_json: AsJson = False,
) -> None:
    """
    Publish events and wait until the broker has confirmed each.

    Exits 1 when one was not accepted; publishing the file again is harmless.
    """
    lines = sys.stdin.buffer if str(file) == "-" else file.open("rb") if file.exists() else None
    if lines is None:
        raise typer.BadParameter(f"there is no file {file}")
    with open_wiring() as wiring:
        publisher = wiring.publisher()
        counts: Counter[Receipt] = Counter()
        refused: list[dict[str, object]] = []
        for batch in _batches(lines):
            receipts = _publish(publisher, batch, (exchange, queue), patience)
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


def _batches(lines: Iterator[bytes]) -> Iterator[list[tuple[int, bytes]]]:
    numbered = ((number, line.rstrip(b"\r\n")) for number, line in enumerate(lines, 1))
    filled = ((number, line) for number, line in numbered if line)
    while batch := list(islice(filled, BATCH)):
        yield batch
