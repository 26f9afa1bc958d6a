"""Webhooks: from a buyer's payment at the double until a reader of the store sees the minutes."""

import threading
import time
from datetime import UTC, datetime
from statistics import quantiles

import psycopg2

from bench.contest import Place, UnableToFinish, worker_process
from broker.publication import Publication
from broker.publisher import ConfirmedPublisher
from broker.shared_publisher import SharedPublisher
from gateways.sandbox.webhooks import SandboxWebhookReader
from messages.payments.requests import PurchaseRequested
from messages.queues import PURCHASE, SALES
from messages.write import write
from relay.webhooks import create_app
from store.engine import open_engine
from tests.doubles.sandbox.double import SECRET, SandboxDouble
from tests.doubles.server import Served
from tests.workers.payments.harness import fill_catalogue

PER_SECOND = 50
SECONDS = 8
WARM_UP = 50
LIMIT_SECONDS = 60


def measure_webhooks(place: Place) -> tuple[float, float]:
    """
    Return the median and the 99th percentile in milliseconds, at fifty payments a second.

    The clock starts before the double takes the payment, so its own work, its signing and its call of the
    relay count against us; the relay and the double share this process.
    """
    engine = open_engine(place.database_url)
    fill_catalogue(engine)
    engine.dispose()
    with (
        SharedPublisher(lambda: ConfirmedPublisher(place.amqp_url)) as publishing,
        Served(create_app({"sandbox": SandboxWebhookReader(SECRET)}, publishing)) as relay,
        SandboxDouble(webhook_url=f"{relay.url}/webhooks/sandbox") as double,
    ):
        settings = {f"SANDBOX_{name}": value for name, value in double.settings().items()}
        settings |= {"GATEWAYS": "sandbox", "ENVIRONMENT": "development"}
        with worker_process(place, ["cli", "worker"], settings=settings):
            count = PER_SECOND * SECONDS + WARM_UP
            checkouts = _open_checkouts(place, count)
            paid_at, seen_at = _pay(place, double, checkouts)
    waits_ms = [1000 * (seen_at[ref] - paid_at[ref]) for ref in checkouts[WARM_UP:]]
    cuts = quantiles(waits_ms, n=100)
    return cuts[49], cuts[98]


def _open_checkouts(place: Place, count: int) -> list[str]:
    publisher = ConfirmedPublisher(place.amqp_url)
    publications = []
    for number in range(count):
        message_id, body = write(
            PurchaseRequested,
            {"product_id": "standard"},
            at=datetime.now(UTC),
            subject=f"buyer-{number}",
            source="bench",
        )
        publications.append(Publication(SALES, PURCHASE, message_id, body))
    publisher.publish(publications, patience_seconds=LIMIT_SECONDS)
    publisher.close()
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        refs = _column(place, "SELECT checkout_ref FROM orders WHERE checkout_ref IS NOT NULL ORDER BY id")
        if len(refs) == count:
            return refs
        if time.monotonic() > deadline:
            raise UnableToFinish(f"only {len(refs)} of {count} checkouts were opened")
        time.sleep(0.1)


def _pay(place: Place, double: SandboxDouble, checkouts: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    paid_at: dict[str, float] = {}
    seen_at: dict[str, float] = {}
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(place, seen_at, len(checkouts), ended), daemon=True)
    watcher.start()
    started = time.perf_counter()
    for number, ref in enumerate(checkouts):
        time.sleep(max(0.0, started + number / PER_SECOND - time.perf_counter()))
        paid_at[ref] = time.perf_counter()
        double.pay(ref)
    watcher.join(LIMIT_SECONDS)
    ended.set()
    if len(seen_at) < len(checkouts):
        raise UnableToFinish(f"only {len(seen_at)} of {len(checkouts)} payments became visible")
    return paid_at, seen_at


def _watch(place: Place, seen_at: dict[str, float], count: int, ended: threading.Event) -> None:
    connection = psycopg2.connect(place.database_url)
    connection.autocommit = True
    cursor = connection.cursor()
    while len(seen_at) < count and not ended.wait(0.002):
        # Paid and granted are one transaction, so the one shows the other.
        cursor.execute(
            "SELECT checkout_ref FROM orders WHERE status = 'paid' AND checkout_ref <> ALL(%s)", ([*seen_at],)
        )
        now = time.perf_counter()
        for (ref,) in cursor.fetchall():
            seen_at[ref] = now
    connection.close()


def _column(place: Place, query: str) -> list[str]:
    connection = psycopg2.connect(place.database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return [row[0] for row in cursor.fetchall()]
    finally:
        connection.close()
