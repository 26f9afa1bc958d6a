"""Subscriptions: what recurs, how it moved, and what trials and dunning brought. README.md, "Subscriptions"."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import Days
from store.statistics.read.sums import period


@dataclass(frozen=True, slots=True)
class RecurringDay:
    """
    How subscriptions in one currency stood when a day was over.

    `mrr_minor` is of those that are active or past due; `at_risk_minor` is the part of the latter, `committed_minor`
    that of those that do not end with their period. `subscribers` have it; the others have none.
    """

    day: date
    mrr_minor: int = 0
    at_risk_minor: int = 0
    committed_minor: int = 0
    subscribers: int = 0
    trials: int = 0
    paused: int = 0
    unpaid: int = 0


@dataclass(frozen=True, slots=True)
class RecurringMonth:
    """
    How recurring money moved in a month, from the end of `since` to the end of `until`: month ends, or the last nights
    that were not missed.
    """

    month: date
    since: date
    until: date
    start_minor: int
    new_minor: int
    expansion_minor: int
    contraction_minor: int
    churn_minor: int
    reactivation_minor: int
    end_minor: int
    subscribers: int
    ended_by_buyer: int
    ended_unpaid: int

    @property
    def between(self) -> str:
        """The two days at whose ends the snapshots were taken."""
        return f"{self.since} and {self.until}"

    @property
    def net_churn(self) -> float | None:
        """Which part of the start was lost, less what the others added; None: nothing was there."""
        lost = self.churn_minor + self.contraction_minor - self.expansion_minor
        return lost / self.start_minor if self.start_minor else None

    @property
    def subscriber_churn(self) -> float | None:
        """Which part of the subscribers of the start has ended; None: there were none."""
        return (self.ended_by_buyer + self.ended_unpaid) / self.subscribers if self.subscribers else None


@dataclass(frozen=True, slots=True)
class Trials:
    """Trials of a product that ended, and how many of them were paid for in time."""

    product_id: str
    ended: int
    paid: int


@dataclass(frozen=True, slots=True)
class Dunning:
    """
    Renewals whose first charge was declined in one way: how many, and how many the attempt `paid_by` recovered.

    `paid_by` is 0 for those that nothing recovered in time; `retry` is empty where the gateway named no class.
    """

    retry: str
    paid_by: int
    renewals: int
    amount_minor: int


def read_recurring(session: Session, days: Days, currency: str) -> dict[date, RecurringDay | None]:
    """Return the days of a period since the first snapshot; None: that night was missed."""
    taken = {row.day for row in session.execute(_TAKEN, period(days))}
    first: date | None = session.execute(_FIRST).scalar_one()
    if first is None:
        return {}
    found = session.execute(_DAYS, {**period(days), "currency": currency}).mappings()
    known = {row["day"]: RecurringDay(**row) for row in found}
    last: date = session.execute(_LAST).scalar_one()
    shown = [day for day in days.each() if first <= day <= last]
    return {day: known.get(day, RecurringDay(day)) if day in taken else None for day in shown}


def read_recurring_products(session: Session, day: date, currency: str) -> list[tuple[str, int, int]]:
    """Return what recurs at the end of a day by product: its id, how many subscribers, and their money of a month."""
    found = session.execute(_PRODUCTS, {"day": day, "currency": currency})
    return [(row.product_id, row.subscribers, row.mrr_minor) for row in found]


def read_months(session: Session, days: Days, currency: str) -> list[RecurringMonth]:
    """Return the months of which a day lies in a period, the oldest first, as far as there are snapshots of them."""
    parameters = {"first": days.first.replace(day=1), "last": days.last, "currency": currency}
    return [RecurringMonth(**row) for row in session.execute(_MONTHS, parameters).mappings()]


def read_trials(session: Session, days: Days, currency: str) -> list[Trials]:
    """Return the trials that ended in a period, as far as it is known what became of them."""
    found = session.execute(_TRIALS, {**period(days), "currency": currency}).mappings()
    return [Trials(**row) for row in found]


def read_dunning(session: Session, days: Days, currency: str) -> list[Dunning]:
    """Return the renewals whose first charge failed in a period, as far as it is known what became of them."""
    found = session.execute(_DUNNING, {**period(days), "currency": currency}).mappings()
    return [Dunning(**row) for row in found]


def matured_until(session: Session, what: str) -> date | None:
    """Return the last day whose cohort is final; None: none is."""
    found: date | None = session.execute(_MATURED, {"what": what}).scalar_one()
    return found


_TAKEN = text("SELECT day FROM day_taken WHERE what = 'subscriptions' AND day BETWEEN :first AND :last")

_FIRST = text("SELECT min(day) FROM day_taken WHERE what = 'subscriptions'")

_LAST = text("SELECT max(day) FROM day_taken WHERE what = 'subscriptions'")

_COUNTED = "CAST(coalesce(sum({amount}) FILTER (WHERE {condition}), 0) AS bigint)"


def _sum(amount: str, condition: str) -> str:
    return _COUNTED.format(amount=amount, condition=condition)


_DAYS = text(f"""
    SELECT day, CAST(sum(mrr_minor) AS bigint) AS mrr_minor,
           {_sum("mrr_minor", "status = 'past_due'")} AS at_risk_minor,
           {_sum("mrr_minor", "NOT is_ending")} AS committed_minor,
           {_sum("subscriptions", "status IN ('active', 'past_due')")} AS subscribers,
           {_sum("subscriptions", "status = 'trial'")} AS trials,
           {_sum("subscriptions", "status = 'paused'")} AS paused,
           {_sum("subscriptions", "status = 'unpaid'")} AS unpaid
    FROM day_subscription WHERE day BETWEEN :first AND :last AND currency = :currency GROUP BY day
""")

_PRODUCTS = text("""
    SELECT (SELECT id FROM product WHERE number = day_subscription.product) AS product_id,
           CAST(sum(subscriptions) AS bigint) AS subscribers, CAST(sum(mrr_minor) AS bigint) AS mrr_minor
    FROM day_subscription
    WHERE day = :day AND currency = :currency AND status IN ('active', 'past_due')
    GROUP BY product ORDER BY 3 DESC, 1
""")

_MONTHS = text("""
    SELECT month, since, until, start_minor, new_minor, expansion_minor, contraction_minor, churn_minor,
           reactivation_minor, end_minor, subscribers, ended_by_buyer, ended_unpaid
    FROM month_subscription WHERE month BETWEEN :first AND :last AND currency = :currency ORDER BY month
""")

_TRIALS = text("""
    SELECT (SELECT id FROM product WHERE number = day_trial.product) AS product_id,
           CAST(sum(ended) AS bigint) AS ended, CAST(sum(paid) AS bigint) AS paid
    FROM day_trial WHERE day BETWEEN :first AND :last AND currency = :currency GROUP BY product ORDER BY 2 DESC, 1
""")

_DUNNING = text("""
    SELECT retry, paid_by, CAST(sum(renewals) AS bigint) AS renewals, CAST(sum(amount_minor) AS bigint) AS amount_minor
    FROM day_dunning WHERE day BETWEEN :first AND :last AND currency = :currency GROUP BY 1, 2 ORDER BY 1, 2
""")

_MATURED = text("SELECT max(day) FROM day_taken WHERE what = :what AND is_final")
