"""Rows of the lists that can be exported: what each list has of columns, and how its lines are written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any

from domain.gateway.payment import PaymentStatus
from domain.money import decimal_text
from domain.subscriptions.subscription import SubscriptionStatus
from store.access.read_operators import WantedLines, list_acts
from store.engine import Session
from store.payments.read import list_orders
from store.payments.read_admin import open_disputes, open_refunds, review_items
from store.promotions.read import list_promotions
from store.promotions.read_campaigns import list_campaigns
from store.read_letters import WantedLetters, list_letters
from store.subscriptions.read import list_subscriptions

MOST_ROWS = 10_000

PAGE = 500

Row = Sequence[str | int | None]
Page = tuple[Sequence[Any], str | None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines are wanted: in one state, where the list has states; `now` is aware UTC."""

    status: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A list: its pages, how a line is written, and the states by which it can be filtered.

    `columns` are their names with spaces between.
    """

    title: str
    columns: str
    page: Callable[[Session, Wanted, str | None], Page]
    row: Callable[[Any], Row]
    states: tuple[str, ...] = ()

    @property
    def head(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(self.columns.split())

    def rows(self, session: Session, wanted: Wanted) -> Iterator[Row]:
        """Return its lines, written; it ends at a limit."""
        return islice(map(self.row, self._lines(session, wanted)), MOST_ROWS)

    def _lines(self, session: Session, wanted: Wanted) -> Iterator[Any]:
        cursor = None
        while True:
            lines, cursor = self.page(session, wanted, cursor)
            yield from lines
            if cursor is None:
                return


def _orders(session: Session, wanted: Wanted, cursor: str | None) -> Page:
    status = PaymentStatus(wanted.status) if wanted.status else None
    page = list_orders(session, status=status, limit=PAGE, cursor=cursor)
    return page.lines, page.next_cursor


def _subscriptions(session: Session, wanted: Wanted, cursor: str | None) -> Page:
    status = SubscriptionStatus(wanted.status) if wanted.status else None
    page = list_subscriptions(session, status=status, limit=PAGE, cursor=cursor)
    return page.lines, page.next_cursor


def _promotions(session: Session, _: Wanted, cursor: str | None) -> Page:
    page = list_promotions(session, limit=PAGE, cursor=cursor)
    return page.lines, page.next_cursor


def _letters(session: Session, wanted: Wanted, cursor: str | None) -> Page:
    return list_letters(session, WantedLetters(state=wanted.status or None), limit=PAGE, cursor=cursor)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _yes(claim: bool) -> str:
    return "yes" if claim else "no"


LISTS: Mapping[str, Listed] = MappingProxyType(
    {
        "orders": Listed(
            "orders",
            "order account product gateway price currency state needs_review created_at paid_at",
            _orders,
            lambda line: (
                *(line.id, line.account_id, line.product_id, line.gateway, decimal_text(line.price)),
                *(line.price.currency, line.status, _yes(line.needs_review), _moment(line.created_at)),
                _moment(line.paid_at),
            ),
            tuple(PaymentStatus),
        ),
        "subscriptions": Listed(
            "subscriptions",
            "subscription account product gateway price currency period state ends paid_until "
            "next_attempt_at created_at",
            _subscriptions,
            lambda line: (
                *(line.id, line.account_id, line.product_id, line.gateway, decimal_text(line.price)),
                *(line.price.currency, line.period, line.status, _yes(line.cancel_at_period_end)),
                *(_moment(line.period_end), _moment(line.next_attempt_at), _moment(line.created_at)),
            ),
            tuple(SubscriptionStatus),
        ),
        "refunds": Listed(
            "refunds under way",
            "refund order gateway origin state amount currency asked_by created_at failure",
            lambda session, _wanted, _cursor: (open_refunds(session), None),
            lambda line: (
                *(line.id, line.order_id, line.gateway, line.origin, line.status, decimal_text(line.amount)),
                *(line.amount.currency, line.requested_by, _moment(line.created_at), line.failure),
            ),
        ),
        "disputes": Listed(
            "open disputes",
            "dispute order gateway state amount currency reason opened_at",
            lambda session, _wanted, _cursor: (open_disputes(session), None),
            lambda line: (
                *(line.dispute_ref, line.order_id, line.gateway, line.status, decimal_text(line.amount)),
                *(line.amount.currency, line.reason, _moment(line.opened_at)),
            ),
        ),
        "review": Listed(
            "what needs review",
            "item gateway since what_is_known",
            lambda session, wanted, _cursor: (review_items(session, now=wanted.now), None),
            lambda line: (line.id, line.gateway, _moment(line.since), line.sentence),
        ),
        "promotions": Listed(
            "promotions",
            "promotion kind used uses_at_most starts_at ends_at switched_off_at created_at",
            _promotions,
            lambda line: (
                *(line.id, line.kind, line.used, line.uses_limit, _moment(line.starts_at), _moment(line.ends_at)),
                *(_moment(line.paused_at), _moment(line.created_at)),
            ),
        ),
        "campaigns": Listed(
            "campaigns",
            "campaign kind state accounts seconds_each created_by created_at",
            lambda session, _wanted, cursor: list_campaigns(session, limit=PAGE, cursor=cursor),
            lambda line: (
                *(line.id, line.kind, line.status, line.accounts, line.seconds_each, line.created_by),
                _moment(line.created_at),
            ),
        ),
        "letters": Listed(
            "dead letters",
            "letter queue code reason source message seen state first_seen_at last_seen_at",
            _letters,
            lambda line: (
                *(line.id, line.queue, line.code, line.reason, line.source, line.event_id, line.seen, line.state),
                *(_moment(line.first_seen_at), _moment(line.last_seen_at)),
            ),
            ("waiting", "replayed", "discarded"),
        ),
        "audit": Listed(
            "audit log",
            "line at who role address action object account reason message",
            lambda session, _wanted, cursor: list_acts(session, WantedLines(limit=PAGE, cursor=cursor)),
            lambda line: (
                *(line.id, _moment(line.at), line.name, line.role, line.address, line.action, line.object),
                *(line.account_id, line.reason, f"{line.source} {line.event_id}" if line.event_id else None),
            ),
        ),
    }
)
"""Name -> list; accounts are not among them, for nobody carries all mail addresses away."""
