"""The sheet of liability. What each figure is: domain/statistics/README.md, "Deferred"."""

from datetime import timedelta

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.liability import DeferredDay, read_deferred, read_offers
from web.admin.figures import Column, Sheet, Unit, Value

DEFINITION = (
    "What was paid and not used yet, package by package, as a refund would value it. Earned is what was sold and is "
    "not deferred, from one day to the next: by use, by breakage (minutes that expired), and less what went back "
    "although its minutes were used or kept, by a waived refund or a lost dispute. It is a management figure: the law "
    "may see minutes that expire otherwise. A day on which nobody counted is missing, and what was earned on the next."
)

_COLUMNS = (
    Column("day", "End of day", Unit.TEXT),
    Column("deferred_minor", "Deferred", Unit.MONEY),
    Column("seconds", "Unused", Unit.SECONDS),
    Column("earned_minor", "Earned since the day before", Unit.MONEY),
    Column("by_use_minor", "By use", Unit.MONEY),
    Column("by_breakage_minor", "By breakage", Unit.MONEY),
    Column("by_waiving_minor", "Waived", Unit.MONEY),
)


def liability(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of what is paid and not used yet, in one currency."""
    found, before = read_deferred(session, days, currency), read_deferred(session, days.before, currency)
    inside = [one for one in found if one.day >= days.first]
    offers = read_offers(session, inside[-1].day, currency) if inside else []
    known = {one.day: one for one in found}
    return Sheet(
        title="Liability",
        columns=_COLUMNS,
        rows=tuple((str(one.day), *_values(one, known.get(one.day - timedelta(days=1)))) for one in inside),
        total=_whole(found),
        before=_whole(before),
        sums_are=("Whole period", "Before"),
        currency=currency,
        charted="deferred_minor",
        definition=DEFINITION,
        note=_covers(found),
        parts=(
            Sheet(
                "By product at the end of the last day",
                (
                    Column("product", "Product", Unit.TEXT, filters="product"),
                    Column("kind", "Kind", Unit.TEXT, filters="kind"),
                    Column("deferred_minor", "Deferred", Unit.MONEY, rows="deferred"),
                    Column("seconds", "Unused", Unit.SECONDS),
                ),
                tuple((one.product_id, one.kind, one.deferred_minor, one.seconds) for one in offers),
                "",
                currency,
            ),
        ),
    )


def _values(one: DeferredDay, before: DeferredDay | None) -> tuple[Value, ...]:
    if before is None:
        return one.deferred_minor, one.seconds, None, None, None, None
    earned = one.earned_since(before)
    split = (earned.minor, earned.by_use_minor, earned.by_breakage_minor, earned.by_waiving_minor)
    return one.deferred_minor, one.seconds, *split


def _whole(found: list[DeferredDay]) -> tuple[Value, ...] | None:
    """Return the end of a period with what was earned between its first and last known days; None: none is known."""
    return ("", *_values(found[-1], found[0] if len(found) > 1 else None)) if found else None


def _covers(found: list[DeferredDay]) -> str:
    if len(found) < 2:
        return ""
    return f"Earned in the whole period is from the end of {found[0].day} to the end of {found[-1].day}."
