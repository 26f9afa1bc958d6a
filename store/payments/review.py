"""Review items: what reconciliation could not repair by itself, for a person. Each kind has an index of its own."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.payments.order import OPEN_STATUSES
from domain.payments.order_update import ABANDONED_AFTER
from domain.payments.refund import OPEN_REFUND_STATUSES, RefundStatus
from domain.payments.review import ReviewKind
from domain.payments.webhook import OPEN_WEBHOOK_STATES
from store.payments.review_days import day_queries, days_that_differ
from store.records import table_of
from store.tables import GatewayPollRow, OrderRow, RefundRow, ReviewResolutionRow, WebhookRow

_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_WEBHOOKS = table_of(WebhookRow)
_POLLS = table_of(GatewayPollRow)
_RESOLUTIONS = table_of(ReviewResolutionRow)

WEBHOOK_PATIENCE = timedelta(minutes=15)
"""A webhook without effect is tried again by itself for so long before a person sees it."""

APPROVED_PATIENCE = timedelta(hours=1)
"""Approved money comes within seconds, or something is wrong."""

UNDER_WAY_PATIENCE = timedelta(days=21)
"""Debits and cheques take a few days, the slowest two weeks."""

UNANSWERED_PATIENCE = ABANDONED_AFTER + timedelta(hours=1)
"""By then an order is paid, failed or expired, or its money is under way."""

UNKNOWN_PATIENCE = timedelta(hours=1)
"""What became of a refund is known within a poll or two, or the gateway does not let us ask."""


KINDS = {
    "order needs review": ReviewKind.ORDER,
    "order unanswered": ReviewKind.ORDER,
    "refund needs review": ReviewKind.REFUND,
    "refund unknown": ReviewKind.REFUND,
    "webhook without effect": ReviewKind.WEBHOOK,
    "totals differ": ReviewKind.TOTALS,
    "paid late": ReviewKind.PAID_LATE,
    "gateway not read to its end": ReviewKind.POLL,
    "grants differ": ReviewKind.GRANTS,
    "usage differs": ReviewKind.USAGE,
}
"""What an item is called -> what it is about."""


OF_A_DAY = frozenset({ReviewKind.TOTALS, ReviewKind.GRANTS, ReviewKind.USAGE})
"""Kinds of item that are compared again and again; what was decided holds as long as the sentence is the same."""


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One thing to review: what it is about, since when, and what is known."""

    kind: str
    gateway: str
    ref: str
    since: datetime
    sentence: str

    @property
    def id(self) -> str:
        """Name it for a command: `order:stripe:7a52…`."""
        return f"{KINDS[self.kind]}:{self.gateway}:{self.ref}"


def review_items(session: Session, *, now: datetime) -> list[ReviewItem]:
    """Return everything that a person should review, the oldest first."""
    items = [
        *_orders(session),
        *_refunds(session),
        *_unknown_refunds(session, before=now - UNKNOWN_PATIENCE),
        *_webhooks(session, before=now - WEBHOOK_PATIENCE),
        *(ReviewItem(*found) for found in days_that_differ(session)),
        *_late_money(session, before=now - APPROVED_PATIENCE),
        *_money_under_way(session, before=now - UNDER_WAY_PATIENCE),
        *_unanswered_orders(session, before=now - UNANSWERED_PATIENCE),
        *_polls(session),
    ]
    answered = _resolved(session, {item.ref for item in items})
    return sorted(
        (item for item in items if not _is_resolved(item, answered.get(item.id, []))), key=lambda item: item.since
    )


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a person decided about an item, and how the item read then."""

    sentence: str
    reason: str
    resolved_by: str
    resolved_at: datetime
    outcome: str | None


def find_resolutions(session: Session, item_id: str) -> list[Resolution]:
    """Return what was decided about an item so far, the oldest first."""
    return _resolved(session, {item_id.split(":", 2)[-1]}).get(item_id, [])


def _is_resolved(item: ReviewItem, resolutions: list[Resolution]) -> bool:
    """Tell whether a person has answered an item as it reads now; what changes is put before them again."""
    is_of_a_day = KINDS[item.kind] in OF_A_DAY
    return any(one.sentence == item.sentence and (is_of_a_day or item.since <= one.resolved_at) for one in resolutions)


def _resolved(session: Session, refs: Collection[str]) -> dict[str, list[Resolution]]:
    found: dict[str, list[Resolution]] = {}
    if refs:
        rows = session.execute(select(*_RESOLUTIONS.c).where(_RESOLUTIONS.c.ref.in_(refs)).order_by(_RESOLUTIONS.c.id))
        for row in rows:
            resolution = Resolution(row.sentence, row.reason, row.resolved_by, row.resolved_at, row.outcome)
            found.setdefault(f"{row.kind}:{row.gateway}:{row.ref}", []).append(resolution)
    return found


def review_queries(*, now: datetime) -> dict[str, Select[tuple[object, ...]]]:
    """Return the query of each kind of item; none of them grows with the age of the installation."""
    return {
        "orders": _orders_to_review(),
        "refunds": _refunds_to_review(),
        "unknown refunds": _refunds_unknown_for_long(now - UNKNOWN_PATIENCE),
        "webhooks": _webhooks_without_effect(now - WEBHOOK_PATIENCE),
        "late money": _approved_long_ago(now - APPROVED_PATIENCE),
        "unanswered orders": _open_for_long(now - UNANSWERED_PATIENCE),
        "polls": _polls_not_read_whole(),
        **day_queries(),
        "money under way": _under_way_for_long(now - UNDER_WAY_PATIENCE),
    }


def _orders_to_review() -> Select[tuple[object, ...]]:
    columns = (_ORDERS.c.gateway, _ORDERS.c.id, _ORDERS.c.updated_at, _ORDERS.c.failure)
    return select(*columns).where(_ORDERS.c.needs_review)


def _orders(session: Session) -> Iterator[ReviewItem]:
    for row in session.execute(_orders_to_review()):
        sentence = row.failure or "its outcome is unknown"
        yield ReviewItem("order needs review", row.gateway, row.id, row.updated_at, sentence)


def _refunds_to_review() -> Select[tuple[object, ...]]:
    columns = (_REFUNDS.c.gateway, _REFUNDS.c.id, _REFUNDS.c.updated_at, _REFUNDS.c.status, _REFUNDS.c.failure)
    return select(*columns).where(_REFUNDS.c.needs_review)


def _refunds(session: Session) -> Iterator[ReviewItem]:
    for row in session.execute(_refunds_to_review()):
        sentence = "whether the gateway gave the money back is unknown; its minutes stay frozen"
        if row.status not in OPEN_REFUND_STATUSES:
            sentence = row.failure or "it ended otherwise than was known before"
        yield ReviewItem("refund needs review", row.gateway, row.id, row.updated_at, sentence)


def _refunds_unknown_for_long(before: datetime) -> Select[tuple[object, ...]]:
    is_unknown = and_(_REFUNDS.c.status == RefundStatus.UNKNOWN, ~_REFUNDS.c.needs_review)
    columns = (_REFUNDS.c.gateway, _REFUNDS.c.id, _REFUNDS.c.called_at)
    return select(*columns).where(is_unknown, _REFUNDS.c.called_at < before)


def _unknown_refunds(session: Session, *, before: datetime) -> Iterator[ReviewItem]:
    for row in session.execute(_refunds_unknown_for_long(before)):
        sentence = "the gateway does not say what became of it; are our credentials right? Its minutes stay frozen"
        yield ReviewItem("refund unknown", row.gateway, row.id, row.called_at, sentence)


def _webhooks_without_effect(before: datetime) -> Select[tuple[object, ...]]:
    columns = (
        _WEBHOOKS.c.gateway,
        _WEBHOOKS.c.dedupe_key,
        _WEBHOOKS.c.received_at,
        _WEBHOOKS.c.note,
        _WEBHOOKS.c.event,
        _WEBHOOKS.c.tries,
    )
    is_open = _WEBHOOKS.c.state.in_(sorted(OPEN_WEBHOOK_STATES))
    return select(*columns).where(is_open, _WEBHOOKS.c.received_at < before)


def _webhooks(session: Session, *, before: datetime) -> Iterator[ReviewItem]:
    for row in session.execute(_webhooks_without_effect(before)):
        note = row.note or "it was not followed yet"
        sentence = f"{note} ({row.event}, tried {row.tries} times)"
        yield ReviewItem("webhook without effect", row.gateway, row.dedupe_key, row.received_at, sentence)


def _approved_long_ago(before: datetime) -> Select[tuple[object, ...]]:
    columns = (_ORDERS.c.gateway, _ORDERS.c.id, _ORDERS.c.updated_at)
    is_approved = and_(_ORDERS.c.status == PaymentStatus.APPROVED, _ORDERS.c.under_way_since.is_(None))
    return select(*columns).where(is_approved, _ORDERS.c.updated_at < before)


def _late_money(session: Session, *, before: datetime) -> Iterator[ReviewItem]:
    for row in session.execute(_approved_long_ago(before)):
        sentence = "the buyer approved long ago and the order is still approved"
        yield ReviewItem("paid late", row.gateway, row.id, row.updated_at, sentence)


def _under_way_for_long(before: datetime) -> Select[tuple[object, ...]]:
    columns = (_ORDERS.c.gateway, _ORDERS.c.id, _ORDERS.c.under_way_since)
    return select(*columns).where(_ORDERS.c.status.in_(sorted(OPEN_STATUSES)), _ORDERS.c.under_way_since < before)


def _money_under_way(session: Session, *, before: datetime) -> Iterator[ReviewItem]:
    for row in session.execute(_under_way_for_long(before)):
        sentence = "the buyer has paid, and the gateway has waited for the money for three weeks"
        yield ReviewItem("paid late", row.gateway, row.id, row.under_way_since, sentence)


def _open_for_long(before: datetime) -> Select[tuple[object, ...]]:
    columns = (_ORDERS.c.gateway, _ORDERS.c.id, _ORDERS.c.created_at)
    # Those that were approved are shown as paid late already.
    is_unpaid = _ORDERS.c.status.in_(sorted(OPEN_STATUSES - {PaymentStatus.APPROVED}))
    is_silent = and_(_ORDERS.c.under_way_since.is_(None), ~_ORDERS.c.needs_review)
    return select(*columns).where(is_unpaid, is_silent, _ORDERS.c.created_at < before)


def _unanswered_orders(session: Session, *, before: datetime) -> Iterator[ReviewItem]:
    for row in session.execute(_open_for_long(before)):
        sentence = "the gateway does not answer, or does not know the order; are our credentials right?"
        yield ReviewItem("order unanswered", row.gateway, row.id, row.created_at, sentence)


def _polls_not_read_whole() -> Select[tuple[object, ...]]:
    columns = (_POLLS.c.gateway, _POLLS.c.job, _POLLS.c.unread_since, _POLLS.c.note)
    return select(*columns).where(_POLLS.c.unread_since.is_not(None))


def _polls(session: Session) -> Iterator[ReviewItem]:
    for row in session.execute(_polls_not_read_whole()):
        yield ReviewItem("gateway not read to its end", row.gateway, row.job, row.unread_since, row.note)
