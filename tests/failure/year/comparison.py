"""What must be true after a year: the books here are the gateways', and everybody has what they paid for, once."""

import itertools
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from store.audit.run import audit
from store.engine import open_engine
from tests.failure.year.gateways import Captured
from tests.failure.year.mails import mail_differences
from tests.failure.year.records import Row
from tests.failure.year.year import MAILS, Year

ON_ITS_WAY = timedelta(minutes=1)
"""A call that had begun when its subscription was cancelled may still take the money."""

_ORDERS = """
    SELECT orders.id, orders.gateway, orders.status, orders.currency, price_minor, payment_ref, checkout_ref,
           subscription_id, orders.period_start, orders.period_end, replaces_order_id, orders.needs_review,
           orders.paid_at, orders.kind, orders.failure, package.kind AS package_kind
    FROM orders LEFT JOIN package ON package.number = orders.package
"""
_REFUNDS = """
    SELECT refund.gateway, refund.currency, sum(amount_minor)::bigint AS minor FROM refund
    WHERE status = 'succeeded' GROUP BY 1, 2
"""
_SUBSCRIPTIONS = "SELECT id, status, period_start, trial_ends_at, cancelled_at, ended_at FROM subscription"
_TRIALS = "SELECT count(trial_ends_at) AS begun, count(trial_ends_at) FILTER (WHERE paid_order_id IS NOT NULL) AS paid FROM subscription"
_PACKAGES = "SELECT count(*) AS count FROM package WHERE kind = 'subscription'"
_NOTICES = "SELECT kind, subject, account, count(*) AS count FROM notice GROUP BY 1, 2, 3"
_LETTERS = "SELECT queue, code, reason, count(*) AS count FROM dead_letter GROUP BY 1, 2, 3"


def differences_of(year: Year) -> list[str]:
    """Say what differs after a year from what must be true."""
    captured = [one for gateway in year.gateways for one in gateway.captured()]
    orders = {row["id"]: row for row in year.records.rows(_ORDERS)}
    subscriptions = {row["id"]: row for row in year.records.rows(_SUBSCRIPTIONS)}
    return [
        *_charged_twice(captured, orders),
        *_money_and_minutes(captured, orders, year),
        *_charged_after_the_end(captured, orders, subscriptions),
        *_charged_within_the_trial(captured, orders, subscriptions),
        *_periods_that_overlap(orders),
        *_sums(year, orders),
        *_open_for_ever(orders),
        *_notices(year, orders, subscriptions),
        *mail_differences(year.records, year.installation.folder / MAILS),
        *_broken_invariants(year),
        *(f"dead letter: {dict(row)}" for row in year.records.rows(_LETTERS)),
    ]


def events_of(year: Year) -> list[str]:
    """Say what happened in a year, for whoever reads the log."""
    paid = year.records.rows("SELECT gateway, kind, count(*) AS count FROM orders WHERE status = 'paid' GROUP BY 1, 2")
    tried = year.records.rows("SELECT outcome, retry, count(*) AS count FROM payment_attempt GROUP BY 1, 2")
    states = year.records.rows("SELECT status, count(*) AS count FROM subscription GROUP BY 1")
    trials = year.records.row(_TRIALS)
    return [
        f"went wrong: {dict(year.troubles.happened)}",
        f"people: {dict(year.people.did)}, put before a person: {year.support.resolved}",
        *(f"{gateway.name}: {dict(gateway.chance.seen)}" for gateway in year.gateways),
        *(f"{name}: {[tuple(row.values()) for row in rows]}" for name, rows in (("paid", paid), ("tried", tried))),
        f"subscriptions: {[tuple(row.values()) for row in states]}, trials: {trials}",
    ]


def _charged_twice(captured: list[Captured], orders: dict[str, Row]) -> list[str]:
    found = []
    by_period: defaultdict[Any, list[Captured]] = defaultdict(list)
    for one in captured:
        order = orders.get(one.order_id)
        key = (order["subscription_id"], order["period_start"]) if order else one.order_id
        by_period[key].append(one)
    for period, payments in by_period.items():
        if len(payments) > 1:
            found.append(f"charged {len(payments)} times for {period}: {payments}")
    return found


def _money_and_minutes(captured: list[Captured], orders: dict[str, Row], year: Year) -> list[str]:
    found, refs = [], set()
    for one in captured:
        order = orders.get(one.order_id)
        refs.add(one.payment_ref)
        if order is None or order["status"] != "paid" or order["payment_ref"] != one.payment_ref:
            found.append(f"money without minutes: {one}, {order}")
        elif (order["price_minor"], order["currency"]) != (one.price.minor, one.price.currency):
            found.append(f"another price: {one}, {order}")
    paid = [order for order in orders.values() if order["status"] == "paid"]
    found += [f"minutes without money: {order}" for order in paid if order["payment_ref"] not in refs]
    found += [f"of another kind: {order}" for order in paid if order["package_kind"] != "subscription"]
    packages = year.records.row(_PACKAGES)["count"]
    return found + ([f"{len(paid)} paid orders, {packages} packages"] if packages != len(paid) else [])


def _charged_after_the_end(
    captured: list[Captured], orders: dict[str, Row], subscriptions: dict[str, Row]
) -> list[str]:
    found = []
    for one in captured:
        order = orders.get(one.order_id)
        subscription = subscriptions[order["subscription_id"]] if order else None
        if subscription is None:
            continue
        ends = [end for end in (subscription["cancelled_at"], subscription["ended_at"]) if end is not None]
        if ends and one.at > min(ends) + ON_ITS_WAY:
            found.append(f"charged after the end: {one}, {subscription}")
    return found


def _charged_within_the_trial(
    captured: list[Captured], orders: dict[str, Row], subscriptions: dict[str, Row]
) -> list[str]:
    found = []
    for one in captured:
        order = orders.get(one.order_id)
        ends_at = subscriptions[order["subscription_id"]]["trial_ends_at"] if order else None
        # The books of some gateways have no parts of a second.
        if ends_at is not None and one.at < ends_at - timedelta(seconds=1):
            found.append(f"charged within its trial: {one}, {order}")
    return found


def _periods_that_overlap(orders: dict[str, Row]) -> list[str]:
    found = []
    by_subscription: defaultdict[str, list[Row]] = defaultdict(list)
    for order in orders.values():
        if order["status"] == "paid":
            by_subscription[order["subscription_id"]].append(order)
    for paid in by_subscription.values():
        paid.sort(key=lambda order: order["period_start"])
        for one, following in itertools.pairwise(paid):
            if following["period_start"] < one["period_end"] and not _is_change(orders, one, following):
                found.append(f"two periods overlap: {one}, {following}")
    return found


def _is_change(orders: dict[str, Row], one: Row, following: Row) -> bool:
    """
    Tell whether two periods overlap because the subscription was changed: what one has of the other was credited.

    A renewal that was paid some hours early may be replaced before it begins; then the present period runs out beside.
    """
    if one["replaces_order_id"] == following["id"] or following["replaces_order_id"] == one["id"]:
        return True
    replaced = orders.get(following["replaces_order_id"])
    return replaced is not None and replaced["period_start"] == one["period_end"]


def _sums(year: Year, orders: dict[str, Row]) -> list[str]:
    found = []
    refunds = {(row["gateway"], row["currency"]): row["minor"] for row in year.records.rows(_REFUNDS)}
    sums: Counter[tuple[str, str]] = Counter()
    for order in orders.values():
        if order["status"] == "paid":
            sums[order["gateway"], order["currency"]] += order["price_minor"]
    for gateway in year.gateways:
        key = (gateway.name, gateway.currency)
        # A gateway through which nobody has paid, as in a short story, has no books at all.
        ours, theirs = {key[1]: (sums[key], refunds.get(key, 0))}, {key[1]: (0, 0)} | gateway.double.books()
        if ours != theirs:
            found.append(f"{gateway.name}: {ours} here, {theirs} at the gateway")
    return found


def _open_for_ever(orders: dict[str, Row]) -> list[str]:
    done = ("paid", "failed", "expired")
    return [
        f"open for ever, or for a person: {one}"
        for one in orders.values()
        if one["status"] not in done or one["needs_review"]
    ]


def _notices(year: Year, orders: dict[str, Row], subscriptions: dict[str, Row]) -> list[str]:
    owed: set[tuple[str, str]] = set()
    for order in orders.values():
        if order["status"] == "paid":
            owed.add(("renewed" if order["kind"] == "renewal" else "purchase_receipt", order["id"]))
    owed |= {("subscription_started", one["id"]) for one in subscriptions.values() if one["trial_ends_at"] is not None}
    owed |= {
        ("subscription_ended", one["id"])
        for one in subscriptions.values()
        if one["status"] == "cancelled" and one["period_start"] is not None
    }
    counts = {(row["kind"], row["subject"]): row["count"] for row in year.records.rows(_NOTICES)}
    kinds = {kind for kind, _ in owed}
    found = [f"not owed: {one}" for one in sorted(owed) if one not in counts]
    found += [f"owed for nothing: {one}" for one in sorted(counts) if one[0] in kinds and one not in owed]
    return found + [f"owed {count} times: {one}" for one, count in counts.items() if count > 1]


def _broken_invariants(year: Year) -> list[str]:
    engine = open_engine(year.installation.database_url)
    found = audit(engine)
    engine.dispose()
    return [f"{one.invariant.name}: {row}" for one in found.checks if not one.holds for row in one.rows]
