"""How fast promotions are used, for the guard; and switching one off."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text, update
from sqlmodel import Session

from domain.promotions.guard import LONGEST_PAST
from store.records import table_of
from store.tables import PromotionRow

_PROMOTIONS = table_of(PromotionRow)

HOUR = timedelta(hours=1)


class Pace(NamedTuple):
    """How fast a promotion is used: within the last hour, and in each full hour before since the first use."""

    number: int
    promotion_id: str
    uses_last_hour: int
    past_hours: Sequence[int]


def find_busy(session: Session, *, at_least: int, at: datetime) -> list[Pace]:
    """
    Return the pace of each promotion that is on and was used at least so often within the hour before a moment.

    It costs as much as there were uses within the last hour, and within a week of the few that are found.
    """
    given = {"since": at - HOUR, "at": at, "least": at_least}
    found = session.execute(_BUSY, given).all()
    return [Pace(row.number, row.id, row.uses, _past_hours(session, row.number, before=at - HOUR)) for row in found]


def pause_promotion(session: Session, number: int, *, by: str, reason: str, at: datetime) -> bool:
    """Switch a promotion off, and return whether it was on."""
    is_on = (_PROMOTIONS.c.number == number, _PROMOTIONS.c.paused_at.is_(None))
    values = {"paused_at": at, "paused_by": by, "pause_reason": reason}
    paused = update(_PROMOTIONS).where(*is_on).values(values).returning(_PROMOTIONS.c.number)
    return session.execute(paused).first() is not None


def _past_hours(session: Session, number: int, *, before: datetime) -> list[int]:
    given = {"promotion": number, "before": before, "since": before - LONGEST_PAST}
    first_at = session.execute(_FIRST, given).scalar_one()
    if first_at is None or first_at >= before:
        return []
    hours = int(min(before - first_at, LONGEST_PAST) / HOUR)
    uses: dict[int, int] = {int(row.ago): int(row.uses) for row in session.execute(_HOURS, given)}
    return [uses.get(ago, 0) for ago in range(hours)]


_BUSY = text("""
    SELECT promotion.number, promotion.id, busy.uses
    FROM (SELECT promotion, count(*) AS uses FROM redemption
          WHERE redeemed_at > :since AND redeemed_at <= :at
          GROUP BY promotion HAVING count(*) >= :least) AS busy
    JOIN promotion ON promotion.number = busy.promotion
    WHERE promotion.paused_at IS NULL
    ORDER BY promotion.number
""")

_FIRST = text("SELECT min(redeemed_at) FROM redemption WHERE promotion = :promotion")

_HOURS = text("""
    SELECT floor(extract(epoch FROM CAST(:before AS timestamptz) - redeemed_at) / 3600) AS ago, count(*) AS uses
    FROM redemption
    WHERE promotion = :promotion AND redeemed_at > :since AND redeemed_at <= :before
    GROUP BY ago
""")
