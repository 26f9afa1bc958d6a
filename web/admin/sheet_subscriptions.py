"""The sheet of subscriptions. What each figure is: domain/statistics/README.md, "Subscriptions"."""

from datetime import date

from domain.statistics.period import Days
from store.engine import Session
from store.statistics.read.recurring import (
    Dunning,
    RecurringDay,
    matured_until,
    read_dunning,
    read_months,
    read_recurring,
    read_recurring_products,
    read_trials,
)
from web.admin.figures import Column, Sheet, Unit, Value

_STANDS = (
    Column("mrr_minor", "MRR", Unit.MONEY, rows="subscriptions"),
    Column("at_risk_minor", "At risk", Unit.MONEY),
    Column("committed_minor", "Committed", Unit.MONEY),
    Column("subscribers", "Subscribers"),
    Column("trials", "On trial"),
    Column("paused", "Paused"),
    Column("unpaid", "Unpaid"),
)

_MOVED = (
    Column("month", "Month", Unit.TEXT, filters="month"),
    Column("between", "Between the ends of", Unit.TEXT),
    Column("start_minor", "Start", Unit.MONEY),
    Column("new_minor", "New", Unit.MONEY),
    Column("expansion_minor", "Expansion", Unit.MONEY),
    Column("contraction_minor", "Contraction", Unit.MONEY),
    Column("churn_minor", "Churn", Unit.MONEY),
    Column("reactivation_minor", "Reactivation", Unit.MONEY),
    Column("end_minor", "End", Unit.MONEY),
    Column("net_churn", "Net churn", Unit.SHARE),
)

_LEFT = (
    Column("month", "Month", Unit.TEXT, filters="month"),
    Column("subscribers", "Subscribers at the start"),
    Column("ended_by_buyer", "Ended by buyers", rows="ended:buyer"),
    Column("ended_unpaid", "Ended unpaid", rows="ended:unpaid"),
    Column("subscriber_churn", "Churn", Unit.SHARE),
)

DEFINITION = (
    "MRR is what active and past due subscriptions bring in a month: the price after repeating discounts, a year's "
    "divided by 12, a week's times 4.348125, a day's times 30.436875. Trials, until their first payment, and paused "
    "and unpaid subscriptions bring nothing. At risk is the part of those that are past due; committed is without "
    "those that end with their period. Movements are of accounts between two month ends, so start and movements make "
    "the end. Churn is of subscribers who had money recurring at the start, whose subscription has ended (not of those "
    "who only said that it shall), and who pay for no other one. Trials and renewals count when it is known what "
    "became of them, nine days later. How subscriptions stood on a night that was missed cannot be had later."
)


def subscriptions(session: Session, days: Days, currency: str) -> Sheet:
    """Make the sheet of subscriptions in one currency."""
    found = read_recurring(session, days, currency)
    last, last_before = _last(found), _last(read_recurring(session, days.before, currency))
    return Sheet(
        title="Subscriptions",
        columns=(Column("day", "End of day", Unit.TEXT, filters="day"), *_STANDS),
        rows=tuple((str(day), *_stands(one)) for day, one in found.items()),
        total=None if last is None else ("", *_stands(last)),
        before=None if last_before is None else ("", *_stands(last_before)),
        sums_are=("Last day", "Last day before"),
        currency=currency,
        charted="mrr_minor",
        definition=DEFINITION,
        note=_missed(found),
        parts=(
            _products(session, last, currency),
            *_months(session, days, currency),
            _trials(session, days, currency),
            *_dunning(session, days, currency),
        ),
    )


def _stands(one: RecurringDay | None) -> tuple[Value, ...]:
    return tuple(None if one is None else getattr(one, column.name) for column in _STANDS)


def _last(found: dict[date, RecurringDay | None]) -> RecurringDay | None:
    return next((one for one in reversed(list(found.values())) if one is not None), None)


def _missed(found: dict[date, RecurringDay | None]) -> str:
    missed = [str(day) for day, one in found.items() if one is None]
    if not missed:
        return ""
    return f"Not recorded, for nobody counted on the day after: {', '.join(missed)}."


def _products(session: Session, last: RecurringDay | None, currency: str) -> Sheet:
    columns = (
        Column("product", "Product", Unit.TEXT, filters="product"),
        Column("subscribers", "Subscribers"),
        Column("mrr_minor", "MRR", Unit.MONEY, rows="subscriptions"),
    )
    rows = () if last is None else tuple(read_recurring_products(session, last.day, currency))
    return Sheet("By product at the end of the last day", columns, rows, "", currency)


def _months(session: Session, days: Days, currency: str) -> tuple[Sheet, Sheet]:
    months = read_months(session, days, currency)

    def rows(columns: tuple[Column, ...]) -> tuple[tuple[Value, ...], ...]:
        names = [column.name for column in columns[1:]]
        return tuple((f"{one.month:%Y-%m}", *(getattr(one, name) for name in names)) for one in months)

    return (
        Sheet("Movements", _MOVED, rows(_MOVED), "", currency),
        Sheet("Churn of subscribers", _LEFT, rows(_LEFT), "", currency),
    )


def _trials(session: Session, days: Days, currency: str) -> Sheet:
    until = matured_until(session, "day_trial")
    columns = (
        Column("product", "Product", Unit.TEXT, filters="product"),
        Column("ended", "Ended", rows="trials"),
        Column("paid", "Paid"),
        Column("conversion", "Conversion", Unit.SHARE),
    )
    rows = tuple(
        (one.product_id, one.ended, one.paid, one.paid / one.ended) for one in read_trials(session, days, currency)
    )
    return Sheet(f"Trials that ended, up to {until}", columns, rows, "", currency)


def _dunning(session: Session, days: Days, currency: str) -> tuple[Sheet, Sheet]:
    found = read_dunning(session, days, currency)
    until = matured_until(session, "day_dunning")
    columns = (
        Column("failed", "Failed at first", rows="failed_renewals"),
        Column("failed_minor", "Their money", Unit.MONEY),
        Column("recovered", "Recovered"),
        Column("recovered_minor", "Money recovered", Unit.MONEY),
        Column("recovery", "Recovery", Unit.SHARE),
    )
    by_class = Sheet(
        f"Renewals that failed, by class of the decline, up to {until}",
        (Column("retry", "Class", Unit.TEXT, filters="retry"), *columns),
        tuple((retry or "none", *_recovery([one for one in found if one.retry == retry])) for retry in _classes(found)),
        "",
        currency,
    )
    failed = sum(one.renewals for one in found)
    by_attempt = Sheet(
        f"Renewals that were recovered, by attempt, up to {until}",
        (
            Column("attempt", "Attempt", Unit.TEXT),
            Column("recovered", "Recovered"),
            Column("recovered_minor", "Money recovered", Unit.MONEY),
            Column("share", "Of all that failed", Unit.SHARE),
        ),
        tuple(
            (str(attempt), count, minor, count / failed)
            for attempt in sorted({one.paid_by for one in found if one.paid_by})
            for count, minor in [_sums([one for one in found if one.paid_by == attempt])]
        ),
        "",
        currency,
    )
    return by_class, by_attempt


def _classes(found: list[Dunning]) -> list[str]:
    return sorted({one.retry for one in found})


def _recovery(found: list[Dunning]) -> tuple[Value, ...]:
    failed, failed_minor = _sums(found)
    recovered, recovered_minor = _sums([one for one in found if one.paid_by])
    return failed, failed_minor, recovered, recovered_minor, recovered / failed if failed else None


def _sums(found: list[Dunning]) -> tuple[int, int]:
    return sum(one.renewals for one in found), sum(one.amount_minor for one in found)
