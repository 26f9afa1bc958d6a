"""First chapter: a recording of usage is played, and every second of it can be explained."""

import time
from collections import Counter

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from boot.wiring import Wiring
from broker.memory import MemoryBroker
from broker.publication import Publication
from cli.commands.ledger_tables import print_packages, print_statement
from cli.output import length, moment, out, print_table
from demo.days import Days
from demo.record import FOLDER, RECORDED_AT
from domain.minutes.entry import EntryKind
from messages.queues import INGRESS, MINUTE_USAGE, SALES
from store.dead_letters import find_dead_letters
from store.minutes.read import account_balance, account_packages, account_statement
from store.read import message_counts
from store.reading import reading

ANNA = "demo-anna"
ANNA_LINES = 12


def play(wiring: Wiring, days: Days) -> None:
    """Publish the recording, and watch it being applied."""
    days.publish(*_publications(_lines("accounts.jsonl")))
    bodies = _lines("usage.jsonl")
    out.print(f"playing {len(bodies)} messages, recorded {moment(RECORDED_AT)} UTC; the clock is set to then")
    started = time.perf_counter()
    days.publisher.publish(_publications(bodies))
    columns = (TextColumn("applying"), BarColumn(36), MofNCompleteColumn(), TimeElapsedColumn())
    broker = wiring.broker
    assert isinstance(broker, MemoryBroker)
    with Progress(*columns, console=out) as progress:
        task = progress.add_task("", total=len(bodies))
        while backlog := broker.backlog():
            progress.update(task, completed=len(bodies) - backlog)
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        progress.update(task, completed=len(bodies))
        # A correction that came too early waits for its next attempt.
        days.settle()
    _show_throughput(wiring, len(bodies), seconds)


def show_account(wiring: Wiring) -> None:
    """Show whose minutes paid for what, and why."""
    with reading(wiring.engine) as session:
        lines = account_statement(session, ANNA, limit=None).lines
        packages = account_packages(session, ANNA).packages
        now = wiring.clock()
        balance = account_balance(session, ANNA, at=None, now=now, policy=wiring.rules.policy)
    print_packages(f"Packages of {ANNA}", packages)
    out.print(
        f"balance [bold]{length(balance.available_seconds)}[/] ({balance.available_minutes} min), "
        f"debt {length(balance.debt_seconds)}\n"
    )
    parts = Counter(line.usage for line in lines if line.kind is EntryKind.BURN)
    spread = [line for line in lines if line.usage and parts[line.usage] > 1]
    print_statement(spread, title="Debits that spread over several packages")
    print_statement(lines[-ANNA_LINES:], title=f"Statement, the newest {ANNA_LINES} of {len(lines)} lines")


def show_dead_letters(wiring: Wiring) -> None:
    """Show what could not be applied, and why."""
    with reading(wiring.engine) as session:
        letters = find_dead_letters(session, limit=1_000)
        reasons = [(letter.code, letter.seen, letter.reason) for letter in letters]
    counts = Counter(code for code, _, _ in reasons)
    example = {code: reason for code, _, reason in reasons}
    print_table(
        f"Dead letters, with their bytes: {len(reasons)} messages",
        ("code", "times", "for example"),
        ((code, times, example[code]) for code, times in counts.most_common()),
        right="times",
    )
    out.print()


def _show_throughput(wiring: Wiring, bodies: int, seconds: float) -> None:
    with reading(wiring.engine) as session:
        counts = message_counts(session)
    print_table(
        "What came in",
        ("messages", "events applied", "requests refused", "usages reversed", "dead letters", "events/s"),
        [
            (
                bodies,
                counts.applied,
                counts.refused,
                counts.reversed,
                counts.dead_lettered,
                f"{(counts.applied.value + counts.refused.value) / seconds:,.0f}",
            )
        ],
        right="messages",
    )


def _publications(bodies: list[bytes]) -> list[Publication]:
    """Return what Screph publishes: usage by the exchange of those who report it, the rest by that of its servers."""
    return [
        Publication(INGRESS if b'"screph.usage.reported' in body else SALES, MINUTE_USAGE, f"line-{number}", body)
        for number, body in enumerate(bodies, 1)
    ]


def _lines(name: str) -> list[bytes]:
    return (FOLDER / name).read_bytes().splitlines()
