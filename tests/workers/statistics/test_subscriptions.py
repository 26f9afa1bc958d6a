"""Nightly snapshots of subscriptions: what recurs, and how that moved in a month."""

from typing import Any

import pytest
from sqlalchemy import text

from domain.periods import PeriodUnit
from domain.statistics.period import Days
from domain.statistics.recurring import monthly_minor
from store.engine import Engine
from store.reading import reading
from store.statistics.read.recurring import Dunning, Trials, read_dunning, read_trials
from store.statistics.read.rows import WantedRows, rows_behind
from store.transaction import transaction
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.statistics.count import count_statistics


def count(harness: SubscriptionHarness) -> None:
    """Let the tick of statistics come."""
    count_statistics(harness.context)


def nights(harness: SubscriptionHarness) -> list[tuple[str, str, bool, int, int]]:
    """Every snapshot: day, status, whether it is ending, how many and what they are worth in a month."""
    rows = harness.minutes.select("SELECT * FROM day_subscription ORDER BY day, status, is_ending")
    return [(str(r["day"]), r["status"], r["is_ending"], r["subscriptions"], r["mrr_minor"]) for r in rows]


def change(engine: Engine, statement: str, **values: Any) -> None:
    """Change a row as nobody may outside of a test."""
    with transaction(engine) as session:
        session.execute(text(statement), values)


class TestTheSnapshot:
    def test_is_of_the_day_that_is_over_and_taken_once(self, subscribed: SubscriptionHarness) -> None:
        subscribed.offset += DAY
        count(subscribed)
        subscribed.cancel()

        count(subscribed)

        assert nights(subscribed) == [("2026-01-31", "active", False, 1, 19_900)]

    def test_tells_what_is_at_risk_and_what_ends(self, subscribed: SubscriptionHarness) -> None:
        subscribed.cancel()
        subscribed.offset += DAY
        count(subscribed)
        change(subscribed.engine, "UPDATE subscription SET status = 'past_due', cancel_at_period_end = false")
        subscribed.offset += DAY
        count(subscribed)
        change(subscribed.engine, "UPDATE subscription SET status = 'unpaid'")
        subscribed.offset += DAY
        count(subscribed)
        change(subscribed.engine, "UPDATE subscription SET status = 'active'")

        assert [night[1:] for night in nights(subscribed)] == [
            ("active", True, 1, 19_900),
            ("past_due", False, 1, 19_900),
            ("unpaid", False, 1, 0),
        ]

    def test_leaves_out_trials_and_what_is_paused(self, subscribed: SubscriptionHarness) -> None:
        subscribed.pause()
        subscribed.offset += DAY

        count(subscribed)

        assert nights(subscribed) == [("2026-01-31", "paused", False, 1, 0)]

    def test_knows_a_trial_by_its_first_payment(self, declining: SubscriptionHarness) -> None:
        declining.on_trial()
        declining.offset += DAY

        count(declining)

        assert nights(declining) == [("2026-01-31", "trial", False, 1, 0)]

    def test_has_the_discount_as_long_as_it_repeats(self, subscribed: SubscriptionHarness) -> None:
        change(subscribed.engine, "UPDATE subscription SET discounted_price_minor = 9900, discount_periods_left = 2")
        subscribed.offset += DAY
        count(subscribed)
        change(subscribed.engine, "UPDATE subscription SET discount_periods_left = 0")
        subscribed.offset += DAY

        count(subscribed)

        assert [night[4] for night in nights(subscribed)] == [9_900, 19_900]

    @pytest.mark.parametrize("unit", PeriodUnit)
    def test_makes_a_month_of_each_period_as_the_definition_does(
        self, subscribed: SubscriptionHarness, unit: PeriodUnit
    ) -> None:
        for number, price in enumerate((1, 6, 19_999, 29_900)):
            change(
                subscribed.engine,
                "UPDATE subscription SET price_minor = :price, period = :unit",
                price=price,
                unit=unit,
            )
            subscribed.offset += DAY
            count(subscribed)
            assert nights(subscribed)[number][4] == monthly_minor(price, unit)

    def test_that_was_missed_stays_missing(self, subscribed: SubscriptionHarness) -> None:
        subscribed.offset += DAY
        count(subscribed)
        subscribed.offset += 3 * DAY

        count(subscribed)

        assert [night[0] for night in nights(subscribed)] == ["2026-01-31", "2026-02-03"]
        taken = subscribed.minutes.select("SELECT day FROM day_taken WHERE what = 'subscriptions' ORDER BY day")
        assert [str(row["day"]) for row in taken] == ["2026-01-31", "2026-02-03"]

    def test_counts_no_account_for_tests(self, subscribed: SubscriptionHarness) -> None:
        change(subscribed.engine, "UPDATE account SET is_test = true")
        subscribed.offset += DAY

        count(subscribed)

        assert nights(subscribed) == []


class TestWhatIsKnownLater:
    def test_a_renewal_that_is_recovered_counts_nine_days_after_its_failure(
        self, declining: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        declining.subscribed()
        double.state.next_declines += ["insufficient_funds"] * 2
        declining.until(declining.row()["period_end"] - 6 * HOUR)
        failed_at = declining.row()["first_failed_at"]
        for day in (1, 3):
            declining.until(failed_at + day * DAY)
        assert declining.status() == "active"
        period = Days(failed_at.date(), failed_at.date(), "UTC")
        count(declining)
        with reading(declining.engine) as session:
            young = read_dunning(session, period, "RUB")
        declining.offset += 8 * DAY
        count(declining)

        with reading(declining.engine) as session:
            found = read_dunning(session, period, "RUB")
            rows, _ = rows_behind(session, "failed_renewals", WantedRows(period, "RUB", retry="later"))
        # It was declined twice, and the third charge brought the money.
        assert (young, found) == ([], [Dunning("later", 3, 1, 19_900)])
        assert [(row.account_id, row.amount_minor) for row in rows] == [(declining.account, 19_900)]

    def test_a_trial_that_is_paid_converts(self, declining: SubscriptionHarness) -> None:
        declining.on_trial()
        ends_at = declining.row()["trial_ends_at"]
        period = Days(ends_at.date(), ends_at.date(), "UTC")
        declining.until(ends_at)
        assert len(declining.paid()) == 1
        count(declining)
        with reading(declining.engine) as session:
            young = read_trials(session, period, "RUB")
        declining.offset += 11 * DAY
        count(declining)

        with reading(declining.engine) as session:
            found = read_trials(session, period, "RUB")
            [row], _ = rows_behind(session, "trials", WantedRows(period, "RUB", product="tried"))
        assert (young, found) == ([], [Trials("tried", 1, 1)])
        assert row.subscription_id == declining.row()["id"]

    def test_a_trial_that_is_cancelled_does_not(self, declining: SubscriptionHarness) -> None:
        declining.on_trial()
        ends_at = declining.row()["trial_ends_at"]
        declining.cancel()
        declining.until(ends_at)
        declining.offset += 11 * DAY
        count(declining)

        with reading(declining.engine) as session:
            found = read_trials(session, Days(ends_at.date(), ends_at.date(), "UTC"), "RUB")
        assert found == [Trials("tried", 1, 0)]
