"""What promotions cost in a period: the difference of two nights. README.md, "Promotions"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class Cost:
    """
    What one promotion, programme, campaign, or the referrals cost in a period.

    `discount_minor` is in the currency that was asked for; seconds are of what came with an order in it, or without
    any. `open_seconds` may still be used after the period; the other figures are of the period.
    """

    source: str
    id: str
    orders: int
    discount_minor: int
    granted_seconds: int
    used_seconds: int
    open_seconds: int


@dataclass(frozen=True, slots=True)
class Costs:
    """
    What promotions cost between the ends of two days, of which snapshots were taken.

    `second_price` is what a second cost in cash, in minor units: of first and repeated orders of the period; None:
    there were none.
    """

    since: date
    until: date
    costs: tuple[Cost, ...]
    second_price: float | None


def read_costs(session: Session, days: Days, currency: str) -> Costs | None:
    """
    Return what promotions cost in a period, the dearest first; None: there are no two snapshots of it.

    It is of the days between the last snapshot before the period, or its first one, and its last one.
    """
    parameters: Mapping[str, object] = {**period(days), "currency": currency}
    row = session.execute(_NIGHTS, parameters).one()
    if row.since is None or row.until is None or row.since >= row.until:
        return None
    found = session.execute(_COSTS, {**parameters, "since_day": row.since, "until_day": row.until}).mappings()
    price = session.execute(_SECOND_PRICE, parameters).scalar_one()
    return Costs(row.since, row.until, tuple(Cost(**one) for one in found), None if price is None else float(price))


_NIGHTS = text("""
    SELECT coalesce(max(day) FILTER (WHERE day < :first), min(day)) AS since,
           max(day) FILTER (WHERE day BETWEEN :first AND :last) AS until
    FROM day_taken WHERE what = 'promotions' AND day <= :last
""")

_AMOUNTS = ("orders", "discount_minor", "granted_seconds", "used_seconds")
_MOVED = ", ".join(
    f"CAST(coalesce(sum({name}) FILTER (WHERE day = :until_day), 0)"
    f" - coalesce(sum({name}) FILTER (WHERE day = :since_day), 0) AS bigint) AS {name}"
    for name in _AMOUNTS
)

_COSTS = text(f"""
    SELECT source, id, orders, discount_minor, granted_seconds, used_seconds, open_seconds
    FROM (
        SELECT source, number, {_MOVED},
               CAST(coalesce(sum(open_seconds) FILTER (WHERE day = :until_day), 0) AS bigint) AS open_seconds
        FROM day_promotion
        WHERE day IN (:since_day, :until_day) AND currency IN (:currency, '') GROUP BY 1, 2
    ) AS cost
    CROSS JOIN LATERAL (
        SELECT CASE source WHEN 'code' THEN (SELECT id FROM promotion WHERE promotion.number = cost.number)
                           WHEN 'programme' THEN (SELECT id FROM programme WHERE programme.number = cost.number)
                           WHEN 'campaign' THEN (SELECT id FROM campaign WHERE campaign.number = cost.number)
                           ELSE 'referrals' END AS id
    ) AS named
    WHERE (orders, discount_minor, granted_seconds, used_seconds, open_seconds) <> (0, 0, 0, 0, 0)
    ORDER BY discount_minor DESC, used_seconds DESC, source, id
""")

# Top-ups are of several units, and renewals of another price; these two are what a second costs a buyer.
_SECOND_PRICE = text("""
    SELECT sum(gross_minor) / nullif(sum(day_money.orders * product.granted_seconds), 0)
    FROM day_money JOIN product ON product.number = day_money.product
    WHERE day BETWEEN :first AND :last AND currency = :currency AND day_money.kind IN ('first', 'repeat')
      AND product.kind = 'one_off' AND gateway <> ALL(:not_counted)
""")
