"""The rows behind a number: lists of what a figure is made of, by the same conditions, the newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.cursor import WrongCursor, read_cursor, write_cursor
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class WantedRows:
    """
    Which rows are asked for: those of some days, and of what else is given.

    `figure` is a figure of the minutes, `source` and `number` name what gave a bonus or a discount.
    """

    days: Days
    currency: str = ""
    gateway: str = ""
    kind: str = ""
    product: str = ""
    outcome: str = ""
    retry: str = ""
    code: str = ""
    figure: str = ""
    source: str = ""
    number: int = 0
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class RowBehind:
    """One row; what it does not have is None. `what` says in a few words what it is."""

    at: datetime
    id: str
    account_id: str
    what: str
    order_id: str | None = None
    subscription_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    seconds: int | None = None


def rows_behind(session: Session, what: str, wanted: WantedRows) -> tuple[list[RowBehind], str | None]:
    """
    Return a page of the rows behind a figure, and the cursor of the next one, where there is one.

    Args:
        session: any.
        what: one of LISTS.
        wanted: which of them.

    Raises:
        WrongCursor: no page of this kind has given it.
    """
    names = ("currency", "gateway", "kind", "product", "outcome", "retry", "code", "figure", "source", "number")
    parameters = period(wanted.days) | {name: getattr(wanted, name) for name in names}
    parameters |= {"limit": wanted.limit + 1, **_position(wanted.cursor)}
    found = [RowBehind(**row) for row in session.execute(text(_paged(LISTS[what])), parameters).mappings()]
    last = found[wanted.limit - 1] if len(found) > wanted.limit else None
    following = None if last is None else write_cursor({"at": last.at.isoformat(), "id": last.id})
    return found[: wanted.limit], following


def _position(cursor: str | None) -> dict[str, object]:
    """Return where a page ended; without one, the end of all time."""
    if cursor is None:
        return {"at": "infinity", "id": ""}
    state = read_cursor(cursor, at=str, id=str)
    try:
        return {"at": datetime.fromisoformat(state["at"]), "id": state["id"]}
    except ValueError as error:
        raise WrongCursor("this is not a cursor that a page has given") from error


def _paged(rows: str) -> str:
    return f"""
        SELECT * FROM ({rows}) AS listed
        WHERE (at, id) < (CAST(:at AS timestamptz), CAST(:id AS text)) ORDER BY at DESC, id DESC LIMIT :limit
    """


_OF_ORDER = """
    NOT account.is_test AND orders.gateway <> ALL(:not_counted)
    AND (:currency = '' OR orders.currency = :currency) AND (:gateway = '' OR orders.gateway = :gateway)
    AND (:kind = '' OR CAST(orders.kind AS text) = :kind)
    AND (:product = '' OR orders.product = (SELECT number FROM product WHERE id = :product))
"""

_ORDER = "FROM orders JOIN account ON account.number = orders.account"

_ORDERS = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, CAST(orders.kind AS text) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency
    {_ORDER}
    WHERE orders.status = 'paid' AND orders.price_minor > 0 AND orders.paid_at >= :since AND orders.paid_at < :until
      AND {_OF_ORDER}
"""

_FEES = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, CAST(orders.kind AS text) AS what,
           orders.id AS order_id, orders.fee_minor AS amount_minor, orders.fee_currency AS currency
    {_ORDER}
    WHERE orders.status = 'paid' AND orders.fee_minor <> 0 AND orders.paid_at >= :since AND orders.paid_at < :until
      AND {_OF_ORDER.replace("orders.currency", "orders.fee_currency")}
"""

_REFUNDS = f"""
    SELECT refund.succeeded_at AS at, refund.id, account.id AS account_id, CAST(refund.origin AS text) AS what,
           orders.id AS order_id, refund.amount_minor, refund.currency
    {_ORDER} JOIN refund ON refund.order_id = orders.id
    WHERE refund.status = 'succeeded' AND refund.succeeded_at >= :since AND refund.succeeded_at < :until
      AND {_OF_ORDER.replace("orders.currency", "refund.currency").replace("orders.gateway", "refund.gateway")}
"""

_DISPUTES = f"""
    SELECT dispute.closed_at AS at, CAST(dispute.id AS text) AS id, account.id AS account_id, dispute.reason AS what,
           orders.id AS order_id, dispute.amount_minor, dispute.currency
    {_ORDER} JOIN dispute ON dispute.order_id = orders.id
    WHERE dispute.status = 'lost' AND dispute.closed_at >= :since AND dispute.closed_at < :until
      AND {_OF_ORDER.replace("orders.currency", "dispute.currency").replace("orders.gateway", "dispute.gateway")}
"""

_FIGURES = {
    "sold": ("grant", "('purchased', 'subscription')"),
    "given": ("grant", "('promo', 'bonus', 'support')"),
    "used": ("burn give_back", None),
    "settled": ("settle", None),
    "expired": ("expire", None),
    "voided": ("void", None),
    "debt": ("debt debt_settled debt_cancelled", None),
    "forgiven": ("forgiven", None),
}


def _of_figure() -> str:
    conditions = []
    for figure, (kinds, packages) in _FIGURES.items():
        listed = ", ".join(f"'{kind}'" for kind in kinds.split())
        only = "" if packages is None else f" AND package.kind IN {packages}"
        conditions.append(f"(:figure = '{figure}' AND entry.kind IN ({listed}){only})")
    return " OR ".join(conditions)


_ENTRIES = f"""
    SELECT entry.booked_at AS at, lpad(CAST(entry.id AS text), 19, '0') AS id, account.id AS account_id,
           concat_ws(' ', CAST(entry.kind AS text), CAST(package.kind AS text)) AS what,
           CAST(entry.seconds AS bigint) AS seconds
    FROM entry JOIN account ON account.number = entry.account
    LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
    WHERE entry.booked_at >= :since AND entry.booked_at < :until AND NOT account.is_test AND ({_of_figure()})
"""

_ACTIVE = """
    SELECT CAST(account_day.day AS timestamp) AT TIME ZONE :zone AS at, account.id, account.id AS account_id,
           account_day.usages || ' usages' AS what, account_day.seconds
    FROM account_day JOIN account ON account.number = account_day.account
    WHERE account_day.day BETWEEN :first AND :last AND account_day.usages > 0 AND NOT account.is_test
"""


def _first(column: str, what: str) -> str:
    return f"""
        SELECT CAST({column} AS timestamp) AT TIME ZONE :zone AS at, account.id, account.id AS account_id,
               '{what}' AS what
        FROM account_first JOIN account ON account.number = account_first.account
        WHERE {column} BETWEEN :first AND :last AND NOT account.is_test
    """


_DEFERRED = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, CAST(orders.kind AS text) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency,
           package.left_seconds + package.held_seconds + package.frozen_seconds AS seconds
    {_ORDER} JOIN package ON package.number = orders.package AND package.account = orders.account
    WHERE orders.status = 'paid' AND orders.price_minor > 0
      AND package.left_seconds + package.held_seconds + package.frozen_seconds > 0 AND {_OF_ORDER}
"""

_OF_SUBSCRIPTION = """
    NOT account.is_test AND subscription.gateway <> ALL(:not_counted)
    AND (:currency = '' OR subscription.currency = :currency)
    AND (:product = '' OR subscription.product = (SELECT number FROM product WHERE id = :product))
"""

_SUBSCRIPTION = "FROM subscription JOIN account ON account.number = subscription.account"

_SUBSCRIPTIONS = f"""
    SELECT subscription.created_at AS at, subscription.id, account.id AS account_id,
           CAST(subscription.status AS text) AS what, subscription.id AS subscription_id,
           worth.mrr_minor AS amount_minor, worth.currency
    {_SUBSCRIPTION}
    JOIN (
        SELECT DISTINCT ON (subscription_id) subscription_id, mrr_minor, currency
        FROM subscription_value WHERE day <= :last ORDER BY subscription_id, day DESC
    ) AS worth ON worth.subscription_id = subscription.id
    WHERE worth.mrr_minor > 0 AND {_OF_SUBSCRIPTION}
"""

_ENDED = f"""
    SELECT subscription.ended_at AS at, subscription.id, account.id AS account_id,
           concat_ws(': ', subscription.cancelled_by, subscription.cancel_reason) AS what,
           subscription.id AS subscription_id, subscription.price_minor AS amount_minor, subscription.currency
    {_SUBSCRIPTION}
    WHERE subscription.ended_at >= :since AND subscription.ended_at < :until AND subscription.period_start IS NOT NULL
      AND {_OF_SUBSCRIPTION}
"""

_TRIALS = f"""
    SELECT subscription.trial_ends_at AS at, subscription.id, account.id AS account_id,
           CAST(subscription.status AS text) AS what, subscription.id AS subscription_id,
           subscription.price_minor AS amount_minor, subscription.currency
    {_SUBSCRIPTION}
    WHERE subscription.trial_ends_at >= :since AND subscription.trial_ends_at < :until AND {_OF_SUBSCRIPTION}
      AND CAST(subscription.trial_ends_at AT TIME ZONE :zone AS date)
          <= (SELECT max(day) FROM day_taken WHERE what = 'day_trial' AND is_final)
"""

_ATTEMPT = "FROM payment_attempt AS attempt JOIN orders ON orders.id = attempt.order_id"

_OF_ATTEMPT = """
    attempt.at >= :since AND attempt.at < :until AND NOT account.is_test
    AND coalesce(attempt.gateway, orders.gateway) <> ALL(:not_counted)
    AND (:gateway = '' OR coalesce(attempt.gateway, orders.gateway) = :gateway)
"""

_SAID = """
    SELECT attempt.at, attempt.order_id || ' ' || lpad(CAST(attempt.number AS text), 6, '0') AS id,
           account.id AS account_id,
           concat_ws(' ', CAST(attempt.outcome AS text), CAST(attempt.retry AS text), attempt.code) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency
"""

# Without an outcome all attempts are meant; with one, also what the gateway did not say counts.
_ATTEMPTS = f"""
    {_SAID} {_ATTEMPT} JOIN account ON account.number = orders.account
    WHERE {_OF_ATTEMPT}
      AND (:outcome = '' OR (CAST(attempt.outcome AS text), coalesce(CAST(attempt.retry AS text), ''),
                             coalesce(attempt.code, '')) = (:outcome, :retry, :code))
"""

_FAILED_RENEWALS = f"""
    {_SAID} {_ATTEMPT} JOIN account ON account.number = orders.account
    WHERE {_OF_ATTEMPT} AND attempt.number = 1 AND attempt.outcome = 'declined' AND orders.kind = 'renewal'
      AND (:currency = '' OR orders.currency = :currency)
      AND (:retry = '' OR coalesce(CAST(attempt.retry AS text), 'none') = :retry)
      AND CAST(attempt.at AT TIME ZONE :zone AS date)
          <= (SELECT max(day) FROM day_taken WHERE what = 'day_dunning' AND is_final)
"""

_LINKS = f"""
    SELECT orders.created_at AS at, orders.id, account.id AS account_id, CAST(orders.status AS text) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency
    {_ORDER}
    WHERE orders.created_at >= :since AND orders.created_at < :until AND orders.link_ready_at IS NOT NULL
      AND orders.kind IN ('first', 'repeat') AND orders.method_id IS NULL AND orders.price_minor > 0 AND {_OF_ORDER}
"""

LISTS: Mapping[str, str] = MappingProxyType(
    {
        "orders": _ORDERS,
        "fees": _FEES,
        "refunds": _REFUNDS,
        "disputes": _DISPUTES,
        "entries": _ENTRIES,
        "active": _ACTIVE,
        "first_used": _first("used_day", "used for the first time"),
        "first_paid": _first("paid_day", "paid for the first time"),
        "deferred": _DEFERRED,
        "subscriptions": _SUBSCRIPTIONS,
        "ended": _ENDED,
        "trials": _TRIALS,
        "failed_renewals": _FAILED_RENEWALS,
        "attempts": _ATTEMPTS,
        "links": _LINKS,
    }
)
"""Name in the address -> the query of its rows; only names of here get into SQL."""
