"""More rows broken by hand, in amounts, causes and periods: each is named within the hour by the audit or an item."""

from collections.abc import Iterator

import pytest

from domain.money import Money
from store.engine import open_engine
from tests.servers.databases import execute
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from tests.workers.payments.test_broken_rows import named

PLAIN = "(SELECT id FROM orders WHERE status = 'paid' AND title = 'month' LIMIT 1)"
ITS_PACKAGE = f"(SELECT package FROM orders WHERE id = {PLAIN})"
ITS_PAYMENT = f"(SELECT message_id FROM entry WHERE kind = 'grant' AND package = {ITS_PACKAGE})"
IN_THE_CHAIN = "UPDATE account SET last_entry_id = (SELECT max(id) FROM entry WHERE account = number)"
BEFORE = "review:order needs review"
"""What is to be reviewed already, before anything is broken."""


def line(kind: str, seconds: int, bucket: str, cause: str = ITS_PAYMENT) -> list[str]:
    """Return what books a line of the ledger for which nothing has happened, and all that goes with it."""
    return [
        "INSERT INTO entry (previous_id, account, kind, seconds, package, message_id, effective_at)"
        f" SELECT last_entry_id, number, '{kind}', {seconds}, {ITS_PACKAGE}, {cause}, now() FROM account",
        f"UPDATE package SET left_seconds = left_seconds + {seconds}, {bucket}_seconds = {bucket}_seconds - {seconds}"
        f" WHERE number = {ITS_PACKAGE}",
        IN_THE_CHAIN,
    ]


def package(kind: str, seconds: int, cause: str, event_id: str) -> list[str]:
    """Return what grants a package by a message of a gateway that never came."""
    return [
        "INSERT INTO inbox (source, event_id, type, account, key, content_hash)"
        f" SELECT 'gateway/' || gateway, {event_id}, '{cause}', account, gen_random_uuid(), gen_random_uuid()"
        f" FROM orders WHERE id = {PLAIN}",
        "INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)"
        f" SELECT gen_random_uuid(), number, '{kind}', 100, now(), {seconds}, {seconds} FROM account",
        "INSERT INTO entry (previous_id, account, kind, seconds, package, message_id, effective_at)"
        f" SELECT last_entry_id, number, 'grant', {seconds}, (SELECT max(number) FROM package),"
        " (SELECT max(id) FROM inbox), now() FROM account",
        IN_THE_CHAIN,
    ]


COPIED = "account, product, gateway, kind, currency, price_minor, list_price_minor, granted_seconds, status, title"
ADDRESSES = "return_url, cancel_url, message_id"

BROKEN: dict[str, tuple[str, list[str]]] = {
    "an order without refunds costs more than was paid": (
        BEFORE,
        [f"UPDATE orders SET price_minor = price_minor * 2, list_price_minor = price_minor * 2 WHERE id = {PLAIN}"],
    ),
    "an order is of another currency": (BEFORE, [f"UPDATE orders SET currency = 'USD' WHERE id = {PLAIN}"]),
    "a refund that went back is half of what it was": (
        "review:refund needs review",
        ["UPDATE refund SET amount_minor = amount_minor / 2 WHERE status = 'succeeded'"],
    ),
    "a refund has taken the seconds of half its money": (
        "review:refund needs review",
        ["UPDATE refund SET amount_minor = amount_minor * 2 WHERE status = 'succeeded'"],
    ),
    "a refund that went back is forgotten": (
        "audit:void-for-a-cause",
        ["DELETE FROM refund WHERE status = 'succeeded'"],
    ),
    "a lost dispute is forgotten": ("audit:void-for-a-cause", ["DELETE FROM dispute WHERE status = 'lost'"]),
    "minutes are burnt by no usage": ("audit:line-fits-cause", line("burn", -60, "consumed")),
    "minutes are voided by nothing": ("audit:void-for-a-cause", line("void", -60, "voided")),
    "minutes are voided by the refund of another order": (
        "audit:void-for-a-cause",
        line("void", -60, "voided", "(SELECT message_id FROM refund WHERE status = 'succeeded')"),
    ),
    "minutes end before their time": ("audit:line-fits-cause", line("expire", -60, "expired")),
    "minutes are frozen by nothing": ("audit:line-fits-cause", line("freeze", -60, "frozen")),
    "a package ends before its time": (
        "audit:package-as-bought",
        [f"UPDATE package SET expires_at = activated_at + interval '1 second' WHERE number = {ITS_PACKAGE}"],
    ),
    "a package that was for a month never ends": (
        "audit:package-as-bought",
        [f"UPDATE package SET expires_at = NULL WHERE number = {ITS_PACKAGE}"],
    ),
    "a package begins next year": (
        "audit:package-as-bought",
        [
            "UPDATE package SET activated_at = activated_at + interval '365 days',"
            f" expires_at = expires_at + interval '365 days' WHERE number = {ITS_PACKAGE}"
        ],
    ),
    "what was bought is called a gift": (
        "audit:package-as-bought",
        [f"UPDATE package SET kind = 'promo' WHERE number = {ITS_PACKAGE}"],
    ),
    "a debt is made, and nothing was used": (
        "audit:line-fits-cause",
        [
            "INSERT INTO entry (previous_id, account, kind, seconds, usage_id, message_id, effective_at)"
            f" SELECT last_entry_id, number, 'debt', 60, (SELECT max(id) FROM usage), {ITS_PAYMENT}, now() FROM account",
            "UPDATE account SET debt_seconds = debt_seconds + 60",
            IN_THE_CHAIN,
        ],
    ),
    "minutes of a refund that went back are given again": (
        "audit:refund-voided",
        package(
            "support",
            2_576,
            "screph.refund.applied.v1",
            "(SELECT 'refund-failed:' || refund_ref FROM refund WHERE status = 'succeeded')",
        ),
    ),
    "an order is paid by a payment that its gateway does not know": (
        "review:gateway not read to its end",
        [
            *package("purchased", 6_000, "screph.payment.paid.v1", "'paid:pi_forged'"),
            f"INSERT INTO orders (id, {COPIED}, {ADDRESSES}, package, payment_ref, paid_at, recorded_at)"
            f" SELECT 'forged', {COPIED}, {ADDRESSES}, (SELECT max(number) FROM package), 'pi_forged',"
            f" now() - interval '1 hour', (SELECT activated_at FROM package ORDER BY number DESC LIMIT 1)"
            f" FROM orders WHERE id = {PLAIN}",
        ],
    ),
    "a refund went back that its gateway does not know": (
        "review:gateway not read to its end",
        [
            "UPDATE refund SET refund_ref = 're_forged', succeeded_at = now() - interval '1 hour'"
            " WHERE status = 'succeeded'"
        ],
    ),
    "money that bought nothing is before nobody": (
        "audit:unapplied-reviewed",
        ["UPDATE orders SET needs_review = false WHERE needs_review"],
    ),
    "money that bought nothing is forgotten, and before nobody": (
        "audit:unapplied-reviewed",
        ["DELETE FROM unapplied_payment", "UPDATE orders SET needs_review = false WHERE needs_review"],
    ),
}


@pytest.fixture
def harness(database_url: str) -> Iterator[PaymentHarness]:
    """An account with a lost dispute, which is owed in part, a refund, an order of which nothing went back, and wrong money."""
    engine = open_engine(database_url)
    fill_catalogue(engine)
    harness = fresh_harness(engine)
    _, lost = harness.bought()
    harness.use(17_000)
    ref = harness.memory.open_dispute(lost, 60_000)
    harness.memory.close_dispute(ref, won=False)
    harness.hear_all()
    harness.refund(harness.bought()[0], 10_000)
    harness.bought("month")
    wrong = harness.order(harness.buy()["order_id"])["checkout_ref"]
    harness.memory.pay_wrongly(wrong, Money(100, "RUB"))
    harness.hear_all()
    yield harness
    engine.dispose()


class TestBrokenMoney:
    def test_is_none_at_first(self, harness: PaymentHarness) -> None:
        assert named(harness) == {BEFORE}
        assert len(harness.items()) == 1

    @pytest.mark.parametrize("what", BROKEN)
    def test_is_named_within_the_hour(self, harness: PaymentHarness, database_url: str, what: str) -> None:
        name, statements = BROKEN[what]

        execute(database_url, *statements)

        assert name in named(harness)
        assert name != BEFORE or len(harness.items()) == 2
