"""Nightly snapshots of subscriptions: what recurs, and how that moved in a month."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
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
from workers.context import Context
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


@dataclass
class Market:
    """Accounts that come, change, leave and come again, and what a month's movements must be."""

    engine: Engine
    random: random.Random
    now: datetime = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    worth: dict[int, int] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)

    def step(self) -> None:
        """Let an account do something."""
        account = self.random.randint(1, 12)
        price = self.random.choice([100, 200, 300])
        live = self.worth.get(account, 0)
        if live and self.random.random() < 0.4:
            by = self.random.choice([("screph-billing", "nobody paid"), ("buyer", None)])
            change(
                self.engine,
                "UPDATE subscription SET status = 'cancelled', ended_at = :now, cancelled_by = :by, cancel_reason = :why"
                " WHERE account = :account AND status = 'active'",
                now=self.now,
                by=by[0],
                why=by[1],
                account=account,
            )
            self.worth[account] = 0
            self.ended[account] = by[0]
        elif live:
            sql = "UPDATE subscription SET price_minor = :price WHERE account = :account AND status = 'active'"
            change(self.engine, sql, price=price, account=account)
            self.worth[account] = price
        else:
            change(
                self.engine,
                "INSERT INTO subscription (id, account, product, gateway, currency, price_minor, granted_seconds, period,"
                " title, status, anchor_at, period_start, period_end, message_id, created_at)"
                " VALUES (:id, :account, 1, 'stripe', 'EUR', :price, 60, 'month', 'x', 'active', :now, :now,"
                " CAST(:now AS timestamptz) + interval '1 month', 1, :now)",
                id=f"s{self.random.random()}",
                account=account,
                price=price,
                now=self.now,
            )
            self.worth[account] = price

    def night(self) -> None:
        """Let the next night come."""
        self.now += DAY
        count_statistics(Context(self.engine, clock=lambda: self.now))

    def movements(self, before: Mapping[int, int], seen: set[int]) -> dict[str, int]:
        """Return the movements from a month's start to now."""
        pairs = [(account, before.get(account, 0), self.worth.get(account, 0)) for account in range(1, 13)]
        return {
            "start_minor": sum(then for _, then, _ in pairs),
            "new_minor": sum(now for account, then, now in pairs if not then and account not in seen),
            "reactivation_minor": sum(now for account, then, now in pairs if not then and account in seen),
            "expansion_minor": sum(max(0, now - then) for _, then, now in pairs if then),
            "contraction_minor": sum(then - now for _, then, now in pairs if 0 < now < then),
            "churn_minor": sum(then for _, then, now in pairs if not now),
            "end_minor": sum(now for *_, now in pairs),
            "subscribers": sum(1 for _, then, _ in pairs if then),
            "ended_by_buyer": sum(1 for account, then, _ in pairs if then and self.ended.get(account) == "buyer"),
            "ended_unpaid": sum(
                1 for account, then, _ in pairs if then and self.ended.get(account, "buyer") != "buyer"
            ),
        }


class TestMovements:
    @pytest.mark.parametrize("seed", range(2))
    def test_lead_from_the_start_of_each_month_to_its_end(self, subscribers: Engine, seed: int) -> None:
        market = Market(subscribers, random.Random(seed))
        with transaction(subscribers) as session:
            session.execute(
                text(
                    "INSERT INTO product (id, kind, granted_seconds, period) VALUES ('p', 'subscription', 60, 'month')"
                )
            )
            for number in range(12):
                session.execute(text("INSERT INTO account (id) VALUES (:id)"), {"id": f"a{number}"})
        expected: dict[date, dict[str, int]] = {}
        before: dict[int, int] = {}
        seen: set[int] = set()
        market.night()
        while market.now.date() < date(2026, 4, 1):
            month = market.now.date().replace(day=1)
            for _ in range(market.random.choice([0, 0, 1, 2])):
                market.step()
            market.night()
            expected[month] = market.movements(before, seen)
            if market.now.date().day == 1:
                before, market.ended = dict(market.worth), {}
                # Who was worth anything at the end of a day was a subscriber; whoever left on the same day was not.
                with transaction(subscribers) as session:
                    seen = set(
                        session.execute(text("SELECT account FROM subscription_value WHERE mrr_minor > 0")).scalars()
                    )

        with transaction(subscribers) as session:
            found = {row["month"]: row for row in session.execute(text("SELECT * FROM month_subscription")).mappings()}

        assert len(found) == 3
        for month, row in found.items():
            assert {name: row[name] for name in expected[month]} == expected[month]
        with transaction(subscribers) as session:
            session.execute(text("DELETE FROM subscription"))
            session.execute(text("DELETE FROM subscription_value"))


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
