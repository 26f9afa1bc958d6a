"""`billing demo`: the main job, seen in a minute, on the embedded parts."""

import shutil
import time
from collections import Counter
from datetime import datetime, timedelta

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from boot.logs import set_up_logs
from boot.settings import Settings, check_servers, load_settings
from boot.wiring import Wiring, wired
from broker.memory import MemoryBroker
from broker.publication import Publication, Publisher
from cli.commands.checks import print_audit
from cli.commands.ledger_tables import print_packages, print_statement
from cli.output import length, moment, out, print_table
from demo.record import FOLDER, RECORDED_AT
from demo.shop import Shop, sandbox_open, write_catalogue
from domain.ids import package_id_of_order
from domain.minutes.entry import EntryKind
from domain.money import Money
from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import INGRESS, MINUTE_USAGE, SALES
from relay.outbox import relay_batch
from scheduler.main import slot_of
from store.audit.run import audit
from store.dead_letters import find_dead_letters
from store.minutes.read import account_balance, account_packages, account_statement
from store.read import message_counts
from store.reading import reading
from workers.actors import open_context, start
from workers.reminders import remind

app = typer.Typer()

ANNA = "demo-anna"
ANNA_LINES = 12
BUYER = "demo-buyer"
LATER = timedelta(days=10)
WAIT_SECONDS = 120


class Clock:
    """A clock that runs as ours does, but from the moment of the recording on."""

    def __init__(self, begin: datetime) -> None:
        self.begin = begin
        self.started = time.monotonic()

    def __call__(self) -> datetime:
        return self.begin + timedelta(seconds=time.monotonic() - self.started)

    def jump(self, by: timedelta) -> None:
        """Let time go by."""
        self.begin += by


@app.command()
def demo() -> None:
    """Play a recording of usage on the embedded parts, and show what became of it."""
    set_up_logs("CRITICAL")
    folder = load_settings().embedded_dir / "demo"
    embedded = Settings(database_url=None, amqp_url=None, embedded_dir=folder)
    check_servers(embedded)
    shutil.rmtree(folder, ignore_errors=True)
    out.print("[bold]Screph billing[/]: packages of minutes, counted down, every second explained")
    out.print(f"embedded: PostgreSQL in {folder}/, the broker in this process\n")
    with wired(embedded) as wiring:
        clock = wiring.clock = Clock(RECORDED_AT)
        with sandbox_open(wiring) as gateway:
            wiring.gateways = {gateway.name: gateway}
            worker = start(wiring)
            _play(wiring)
            _show_account(wiring)
            _show_dead_letters(wiring)
            _buy(wiring)
            _let_time_go_by(wiring, clock)
            worker.stop()
        found = audit(wiring.engine)
    print_audit(found)
    out.print(f"\nLook around:  EMBEDDED_DIR={folder} .venv/bin/billing statement demo-boris")
    raise typer.Exit(0 if found.holds else 1)


def _play(wiring: Wiring) -> None:
    """Publish the recording, and watch it being applied."""
    broker, publisher = _broker(wiring), wiring.publisher()
    _publish(publisher, _lines("accounts.jsonl"))
    broker.wait_until_idle(WAIT_SECONDS)
    bodies = _lines("usage.jsonl")
    out.print(f"playing {len(bodies)} messages, recorded {moment(RECORDED_AT)} UTC; the clock is set to then")
    started = time.perf_counter()
    _publish(publisher, bodies)
    columns = (TextColumn("applying"), BarColumn(36), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as progress:
        task = progress.add_task("", total=len(bodies))
        while backlog := broker.backlog():
            progress.update(task, completed=len(bodies) - backlog)
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        progress.update(task, completed=len(bodies))
        # A correction that came too early waits for its next attempt.
        broker.wait_until_idle(WAIT_SECONDS)
    _show_throughput(wiring, len(bodies), seconds)


def _buy(wiring: Wiring) -> None:
    """Buy a package in the sandbox, hear of it three times, and give a part of the money back."""
    shop = Shop(open_context(wiring))
    write_catalogue(shop.context)
    answer = shop.buy(BUYER, "standard")
    order_id = answer["order_id"]
    shop.pay(answer["url"])
    shop.wait_until_paid(order_id)
    _broker(wiring).wait_until_idle(WAIT_SECONDS)
    refund = shop.refund(BUYER, order_id, 20_000)
    with reading(wiring.engine) as session:
        packages = [one for one in account_packages(session, BUYER).packages if one.id == package_id_of_order(order_id)]
    price = Money(answer["amount_minor"], "RUB")
    back = Money(refund["amount_minor"], "RUB")
    out.print(f"{BUYER} buys [bold]standard[/] for {price} through the sandbox; its webhook comes three times")
    out.print(f"and grants once; then {back} go back, and {length(refund['void_seconds'])} with them\n")
    print_packages(f"The package that {BUYER} has bought", packages)


def _let_time_go_by(wiring: Wiring, clock: Clock) -> None:
    """Packages end meanwhile; once their late window has closed, the sweep books what was left."""
    clock.jump(LATER)
    remind(wiring.engine, ExpirySweepRequested, job="expiry-sweep", slot=slot_of(clock(), timedelta(minutes=1)))
    publisher = wiring.publisher()
    while relay_batch(wiring.engine, publisher):
        pass
    _broker(wiring).wait_until_idle(WAIT_SECONDS)
    while relay_batch(wiring.engine, publisher):
        pass
    out.print(f"{LATER.days} days later the expiry sweep has booked what was left in packages that had ended\n")


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


def _show_account(wiring: Wiring) -> None:
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


def _show_dead_letters(wiring: Wiring) -> None:
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


def _publish(publisher: Publisher, bodies: list[bytes]) -> None:
    """Publish as Screph does: usage by the exchange of those who report it, the rest by that of Screph's servers."""
    publisher.publish(
        [
            Publication(INGRESS if b'"screph.usage.reported' in body else SALES, MINUTE_USAGE, f"line-{number}", body)
            for number, body in enumerate(bodies, 1)
        ]
    )


def _lines(name: str) -> list[bytes]:
    return (FOLDER / name).read_bytes().splitlines()


def _broker(wiring: Wiring) -> MemoryBroker:
    assert isinstance(wiring.broker, MemoryBroker)
    return wiring.broker
