"""
How many renewals a second one worker process charges that are all due at once, at a gateway that takes its time.

`python -m bench.renewals [COUNT]` measures this alone, of 10 000 unless said otherwise; `make bench` does it with the
rest, and with `--quick` of 2 000.
"""

import sys
import time
from contextlib import closing
from datetime import UTC, datetime

import psycopg2

from bench.charging import books_of, charging
from bench.contest import Place, UnableToFinish, worker_process
from bench.contests import new_place
from bench.servers import servers
from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money
from domain.periods import PeriodUnit
from messages.queues import INTERNAL, RENEWAL
from messages.subscriptions.reminders import RenewalsRequested
from messages.write import write
from store.catalogue.product import save_products
from store.engine import open_engine
from store.transaction import transaction

ANSWERS_AFTER_S = 0.05

FULL_COUNT, QUICK_COUNT = 10_000, 2_000

WARM_UP = 0.1
"""The part that is not timed: imports, connections, first plans."""

REMINDED_EVERY_S = 60.0
"""As the scheduler does; a run goes on for a little less."""

LIMIT_S = 600

PLAN = Product(
    "plan",
    ProductKind.SUBSCRIPTION,
    6_000,
    None,
    prices={"RUB": Money(19_900, "RUB")},
    wordings={"en": Wording("Plan")},
    period=PeriodUnit.MONTH,
)

_FILL = """
    INSERT INTO account (id) SELECT 'buyer-' || number FROM generate_series(1, {count}) AS number;

    INSERT INTO saved_method (account, gateway, token, label)
    SELECT number, 'sandbox', 'method-' || number, 'Card *4242' FROM account;

    INSERT INTO package (id, account, kind, priority, activated_at, expires_at, granted_seconds, left_seconds)
    SELECT gen_random_uuid(), number, 'subscription', 100, now() + interval '3 hours' - interval '1 month',
           now() + interval '3 hours', 6000, 6000
    FROM account;

    INSERT INTO subscription (id, account, product, gateway, currency, price_minor, granted_seconds, period, title,
                              status, message_id, created_at, updated_at, anchor_at, period_start, period_end,
                              paid_order_id, next_attempt_at, due_at, needs_buyer, cancel_at_period_end)
    SELECT gen_random_uuid(), account.number, product.number, 'sandbox', 'RUB', 19900, 6000, 'month', 'Plan',
           'active', 0, now(), now(), now() + interval '3 hours' - interval '1 month',
           now() + interval '3 hours' - interval '1 month', now() + interval '3 hours',
           gen_random_uuid(), now() - interval '1 second' * random(), now() - interval '1 second', false, false
    FROM account, product WHERE product.id = 'plan';

    INSERT INTO orders (id, account, product, package, gateway, kind, currency, price_minor, list_price_minor,
                        granted_seconds, status, saves_method, title, return_url, cancel_url, message_id, payment_ref,
                        needs_review, paid_at, recorded_at, subscription_id, period, period_start, period_end)
    SELECT paid_order_id, subscription.account, product, package.number, 'sandbox', 'first', 'RUB', 19900, 19900,
           6000, 'paid', true, 'Plan', '', '', 0, 'first-' || subscription.account,
           false, period_start, period_start, subscription.id, 'month', period_start, period_end
    FROM subscription JOIN package ON package.account = subscription.account;
"""


def measure_renewals(place: Place, *, count: int) -> dict[str, float]:
    """
    Return the renewals per second that one worker process charges.

    The clock starts when a tenth is charged; the gateway is a process of its own that answers after its time.

    Raises:
        UnableToFinish: not everything was charged, or something twice.
    """
    _fill(place, count)
    with charging(answers_after_s=ANSWERS_AFTER_S) as url:
        settings = {"GATEWAYS": "sandbox", "ENVIRONMENT": "development", "SANDBOX_URL": url}
        with worker_process(place, ["cli", "worker"], settings=settings):
            seconds, timed = _charge(place, count)
        if books_of(url) != (count, count * 19_900):
            raise UnableToFinish(f"{count} renewals were due, and the gateway has {books_of(url)}")
    return {"renewals_per_s": round(timed / seconds, 1)}


def _charge(place: Place, count: int) -> tuple[float, int]:
    deadline, reminded_at = time.monotonic() + LIMIT_S, float("-inf")
    first, started = 0, 0.0
    with closing(psycopg2.connect(place.database_url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        while True:
            if time.monotonic() - reminded_at > REMINDED_EVERY_S:
                reminded_at = time.monotonic()
                _remind(place)
            cursor.execute("SELECT count(*) FROM orders WHERE kind = 'renewal' AND status = 'paid'")
            [[paid]] = cursor.fetchall()
            if not first and paid >= WARM_UP * count:
                first, started = paid, time.perf_counter()
            if paid == count:
                return time.perf_counter() - started, count - first
            if time.monotonic() > deadline:
                raise UnableToFinish(f"{paid} of {count} renewals were charged in {LIMIT_S} s")
            time.sleep(0.2)


def _remind(place: Place) -> None:
    message_id, body = write(RenewalsRequested, {}, at=datetime.now(UTC))
    publisher = ConfirmedPublisher(place.amqp_url)
    receipts = publisher.publish([Publication(INTERNAL, RENEWAL, message_id, body)], patience_seconds=30)
    publisher.close()
    if set(receipts) != {Receipt.CONFIRMED}:
        raise UnableToFinish("the reminder could not be published")


def _fill(place: Place, count: int) -> None:
    engine = open_engine(place.database_url)
    with transaction(engine) as session:
        save_products(session, [PLAN])
    engine.dispose()
    with closing(psycopg2.connect(place.database_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(_FILL.format(count=int(count)))
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def main() -> None:
    """Measure this alone."""
    with servers() as running:
        declare_topology(running.rabbit.url)
        place = new_place(running, "renewals", is_stocked=False)
        figures = measure_renewals(place, count=int(sys.argv[1]) if len(sys.argv) > 1 else FULL_COUNT)
    sys.stdout.write(f"{figures}\n")


if __name__ == "__main__":
    main()
