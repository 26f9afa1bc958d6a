"""Purchases, refunds and disputes of every kind, and each way in which what was stored of them can be wrong."""

from datetime import datetime

from domain.gateway.payment import PaymentStatus
from store.engine import Engine
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import PaymentHarness, fill_catalogue

# What is picked is of one account: elsewhere ids are random, so a pick would be now of this life and now of that.
BUYER = "account = (SELECT number FROM account WHERE id = 'buyer')"
WITH_REFUND = (
    f"(SELECT order_id FROM refund JOIN orders ON orders.id = order_id AND {BUYER}"
    " WHERE refund.status = 'succeeded' AND void_seconds > 0 ORDER BY refund.id LIMIT 1)"
)
# No first purchase: what a code, programme or friend has to do with would break its invariants besides.
PLAIN = (
    "(SELECT id FROM orders WHERE status = 'paid' AND title = 'month'"
    f" AND {BUYER}"
    " AND NOT EXISTS (SELECT FROM programme_award WHERE order_id = orders.id) ORDER BY id LIMIT 1)"
)
PENDING = f"(SELECT id FROM orders WHERE status = 'pending' AND {BUYER} ORDER BY id LIMIT 1)"
ITS_REF = f"(SELECT payment_ref FROM orders WHERE id = {PLAIN})"
UNDER_WAY = "SELECT order_id FROM refund WHERE status = 'sent'"
DISPUTED = "SELECT order_id FROM dispute WHERE status = 'open'"
OF_A_REFUND = f"(SELECT max(id) FROM inbox WHERE type = 'screph.refund.applied.v1' AND {BUYER})"
ITS_PACKAGE = f"(SELECT package FROM orders WHERE id = {PLAIN})"
ORDER_COLUMNS = (
    "account, product, gateway, kind, currency, list_price_minor, granted_seconds, status, title, return_url, cancel_url, message_id,"
    " package, paid_at, recorded_at, valid_days"
)
FREE_COLUMNS = ORDER_COLUMNS.replace("gateway", "'none'")
REFUND_COLUMNS = "gateway, origin, status, currency, amount_minor, void_seconds, reason, requested_by, message_id, succeeded_at, recorded_at"


def _line(kind: str, bucket: str, seconds: int = -60) -> list[str]:
    """Return what books a line in the name of the payment, with all that goes with it."""
    return [
        "INSERT INTO entry (previous_id, account, kind, seconds, package, message_id, effective_at)"
        f" SELECT last_entry_id, number, '{kind}', {seconds}, {ITS_PACKAGE},"
        f" (SELECT message_id FROM entry WHERE kind = 'grant' AND package = {ITS_PACKAGE}), now()"
        " FROM account WHERE id = 'buyer'",
        f"UPDATE package SET left_seconds = left_seconds + {seconds}, {bucket}_seconds = {bucket}_seconds - {seconds}"
        f" WHERE number = {ITS_PACKAGE}",
        "UPDATE account SET last_entry_id = (SELECT max(id) FROM entry WHERE account = number) WHERE id = 'buyer'",
    ]


PAYMENTS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "order-granted": {
        "a second less than was bought": [
            f"UPDATE orders SET granted_seconds = granted_seconds + 1 WHERE id = {PLAIN}",
        ],
        "a package for an order that failed": [
            "ALTER TABLE orders DROP CONSTRAINT orders_paid_is_granted",
            "ALTER TABLE orders DISABLE TRIGGER orders_recorded_at_stays",
            f"UPDATE orders SET status = 'failed', paid_at = NULL, recorded_at = NULL WHERE id = {PLAIN}",
        ],
        "one package for two orders": [
            "DROP INDEX orders_package",
            f"INSERT INTO orders (id, {ORDER_COLUMNS}, price_minor)"
            f" SELECT 'free', {FREE_COLUMNS}, 0 FROM orders WHERE id = {PLAIN}",
        ],
        "a package of somebody else": [
            "ALTER TABLE orders DROP CONSTRAINT orders_package_fkey",
            f"UPDATE orders SET account = (SELECT number FROM account WHERE id = 'poor') WHERE id = {PLAIN}",
        ],
    },
    "payment-once": {
        "one payment for two orders": [
            "DROP INDEX orders_payment",
            f"UPDATE orders SET payment_ref = {ITS_REF} WHERE id = {PENDING}",
        ],
        "a payment that granted nothing": [
            "INSERT INTO inbox (source, event_id, type, account, key, content_hash) VALUES"
            " ('gateway/memory', 'paid:pi_lost', 'screph.payment.paid.v1', 0, gen_random_uuid(), gen_random_uuid())",
        ],
        "an order paid by nothing that was heard": [
            f"UPDATE inbox SET event_id = 'said:' || {ITS_REF} WHERE event_id = 'paid:' || {ITS_REF}",
        ],
        "a payment of another gateway": [
            f"UPDATE inbox SET source = 'gateway/other' WHERE event_id = 'paid:' || {ITS_REF}",
        ],
        "a payment that granted for another order": [
            f"UPDATE orders SET payment_ref = 'pi_other', checkout_ref = 'co_other' WHERE id = {PLAIN}",
        ],
    },
    "order-money": {
        "a unit more than was paid": [
            "UPDATE refund SET failure = 'said', amount_minor = amount_minor + 69901 - (SELECT sum(amount_minor) FROM refund AS other"
            " WHERE other.order_id = refund.order_id AND other.status = 'succeeded')"
            f" WHERE id = (SELECT min(id) FROM refund WHERE order_id = {WITH_REFUND} AND status = 'succeeded')",
        ],
        "money of another currency": [f"UPDATE refund SET currency = 'USD' WHERE order_id = {WITH_REFUND}"],
        "by another gateway": [f"UPDATE refund SET gateway = 'other' WHERE order_id = {WITH_REFUND}"],
        "of what was never paid": [
            f"INSERT INTO refund (id, order_id, {REFUND_COLUMNS})"
            f" SELECT 'lost', {PENDING}, 'memory', 'gateway', 'succeeded', 'RUB', 1, 0, 'x', 'x', max(id), now(), now() FROM inbox",
        ],
    },
    "frozen-for-a-cause": {
        "a dispute forgotten": [
            "UPDATE package SET state = 'active' WHERE state = 'frozen'",
            "UPDATE dispute SET status = 'won', closed_at = now() WHERE status = 'open'",
        ],
        "a second of a refund under way that can be spent": [
            "INSERT INTO entry (previous_id, account, kind, seconds, package, message_id, effective_at)"
            " SELECT last_entry_id, orders.account, 'unfreeze', 1, orders.package,"
            f" {OF_A_REFUND}, now()"
            " FROM orders JOIN account ON account.number = orders.account"
            f" WHERE orders.id IN ({UNDER_WAY})",
            "UPDATE account SET last_entry_id = (SELECT max(id) FROM entry WHERE account = number)"
            " WHERE last_entry_id > 0",
            "UPDATE package SET left_seconds = left_seconds + 1, frozen_seconds = frozen_seconds - 1"
            f" WHERE number IN (SELECT package FROM orders WHERE id IN ({UNDER_WAY}))",
        ],
    },
    "disputed-rests": {
        "a second of a disputed package that can be burnt": [
            "INSERT INTO entry (previous_id, account, kind, seconds, package, message_id, effective_at)"
            " SELECT last_entry_id, orders.account, 'unfreeze', 1, orders.package,"
            f" {OF_A_REFUND}, now()"
            " FROM orders JOIN account ON account.number = orders.account"
            f" WHERE orders.id IN ({DISPUTED})",
            "UPDATE account SET last_entry_id = (SELECT max(id) FROM entry WHERE account = number)"
            " WHERE last_entry_id > 0",
            "UPDATE package SET left_seconds = left_seconds + 1, frozen_seconds = frozen_seconds - 1, state = 'active'"
            f" WHERE number IN (SELECT package FROM orders WHERE id IN ({DISPUTED}))",
        ],
        "a voided package with something left": [
            "UPDATE package SET state = 'voided' WHERE number = (SELECT package.number FROM package JOIN orders"
            f" ON orders.package = package.number AND orders.{BUYER} WHERE left_seconds > 0 AND EXISTS"
            " (SELECT FROM refund WHERE order_id = orders.id) ORDER BY orders.id LIMIT 1)",
        ],
    },
    "money-gone": {
        "void, and its money is here": [
            "UPDATE package SET state = 'voided' WHERE left_seconds = 0 AND state = 'active' AND number IN"
            " (SELECT package FROM orders WHERE NOT EXISTS (SELECT FROM refund WHERE order_id = orders.id)"
            " AND NOT EXISTS (SELECT FROM dispute WHERE order_id = orders.id))",
        ],
        "frozen for no dispute": [f"DELETE FROM dispute WHERE order_id IN ({DISPUTED})"],
    },
    "refund-voided": {
        "a second too little": [
            "UPDATE refund SET void_seconds = void_seconds + 1 WHERE status = 'succeeded' AND origin = 'ours'"
            " AND NOT is_waived",
        ],
        "by the dashboard, a second too much": [
            "UPDATE refund SET void_seconds = void_seconds - 1 WHERE status = 'succeeded' AND origin = 'gateway'",
        ],
        "called failed after it had voided": [
            f"UPDATE refund SET status = 'failed' WHERE status = 'succeeded' AND order_id = {WITH_REFUND}",
        ],
        "called succeeded after it was given free": [
            "UPDATE refund SET status = 'succeeded', succeeded_at = now(), recorded_at = now() WHERE status = 'failed' AND amount_minor = 10001",
        ],
        "restored, and nobody got it": [
            "UPDATE inbox SET event_id = 'lost' WHERE event_id LIKE 'refund-failed:%'",
        ],
        "frozen in the name of another message": [
            "UPDATE refund SET message_id = (SELECT min(id) FROM inbox) WHERE status = 'sent'",
        ],
    },
    "dispute-taken": {
        "a second more than was voided": [
            "UPDATE dispute SET voided_seconds = voided_seconds + 1 WHERE status = 'lost'",
        ],
    },
    "package-as-bought": {
        "a second less than a month": [
            f"UPDATE package SET expires_at = expires_at - interval '1 second' WHERE number = {ITS_PACKAGE}",
        ],
        "for ever": [f"UPDATE package SET expires_at = NULL WHERE number = {ITS_PACKAGE}"],
        "a day that was not bought": [
            "UPDATE package SET activated_at = activated_at - interval '1 day',"
            f" expires_at = expires_at - interval '1 day' WHERE number = {ITS_PACKAGE}",
        ],
        "a gift": [f"UPDATE package SET kind = 'support' WHERE number = {ITS_PACKAGE}"],
    },
    "refund-share": {
        "half of its money": [
            "UPDATE refund SET amount_minor = amount_minor / 2 WHERE status = 'succeeded' AND NOT is_waived"
            f" AND order_id = {WITH_REFUND}",
        ],
        "more money than its seconds": [
            "UPDATE refund SET amount_minor = amount_minor + 1000 WHERE status = 'succeeded' AND origin = 'ours'"
            f" AND NOT is_waived AND order_id = {WITH_REFUND}",
        ],
        "waived, and voided all the same": [
            f"UPDATE refund SET is_waived = true WHERE status = 'succeeded' AND order_id = {WITH_REFUND}",
        ],
    },
    "unapplied-reviewed": {
        "an amount that nobody was asked about": [
            "INSERT INTO unapplied_payment (gateway, payment_ref, order_id, currency, amount_minor)"
            f" SELECT gateway, 'pi_wrong', id, currency, 100 FROM orders WHERE id = {PLAIN}",
        ],
    },
}

CAUSES_TAMPERED: dict[str, dict[str, list[str]]] = {
    "line-fits-cause": {
        "a burn of no usage": [*_line("burn", "consumed")],
        "an end before the end": [*_line("expire", "expired")],
        "frozen by a payment": [
            *_line("freeze", "frozen"),
            *_line("unfreeze", "frozen", 60),
        ],
    },
    "void-for-a-cause": {
        "voided by its own payment": [*_line("void", "voided")],
    },
}


def live_by_payments(engine: Engine, account: str, *, now: datetime) -> None:
    """Let one account buy, pay late or not at all, and see each kind of refund and dispute."""
    fill_catalogue(engine)
    harness = PaymentHarness(engine, now=now)
    harness.minutes = MinutesHarness(engine, account=account)
    for _ in range(2):
        harness.bought("month")
    harness.buy()
    late = harness.order(harness.buy()["order_id"])["checkout_ref"]
    harness.memory.fail(late, PaymentStatus.EXPIRED)
    harness.hear_all()
    harness.memory.pay(late)
    harness.memory.fail(harness.order(harness.buy()["order_id"])["checkout_ref"], PaymentStatus.FAILED)
    harness.hear_all()
    _refund(harness)
    _dispute(harness)


def _refund(harness: PaymentHarness) -> None:
    order_id, payment_ref = harness.bought()
    harness.use(8_000)
    harness.refund(order_id, 10_000)
    harness.memory.refund_from_dashboard(payment_ref, 5_000)
    harness.refund(order_id, 1_000, waive_minutes=True)
    harness.hear_all()
    harness.refund(harness.bought()[0])
    restored, _ = harness.bought()
    harness.refund(restored, 20_000)
    [refund] = harness.refunds(restored)
    harness.memory.end_refund(refund["refund_ref"], succeeded=False)
    harness.hear_all()
    harness.memory.hold_refunds = True
    order_id, _ = harness.bought()
    harness.refund(order_id, 10_001)
    harness.memory.end_refund(harness.memory.pending_refunds()[0], succeeded=False)
    harness.hear_all()
    harness.refund(order_id, 5_000)


def _dispute(harness: PaymentHarness) -> None:
    refs = [harness.bought()[1] for _ in range(3)]
    _, won, lost = [harness.memory.open_dispute(payment_ref) for payment_ref in refs]
    harness.hear_all()
    harness.memory.close_dispute(won, won=True)
    harness.memory.close_dispute(lost, won=False)
    harness.hear_all()
