"""A subscription is started, renewed, declined and healed."""

from datetime import UTC, datetime, timedelta

from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class TestStart:
    def test_begins_when_it_is_paid(self, harness: SubscriptionHarness) -> None:
        answer = harness.start()
        assert harness.status() == "pending"

        harness.buyer_pays(answer["order_id"])

        row = harness.row()
        assert (row["status"], row["product"] is not None, row["failed_attempts"]) == ("active", True, 0)
        assert row["period_end"].date() == datetime(2026, 2, 28, tzinfo=UTC).date()
        [package] = harness.minutes.packages()
        assert (package["kind"], package["granted_seconds"]) == ("subscription", 6_000)
        assert (package["activated_at"], package["expires_at"]) == (row["period_start"], row["period_end"])
        assert harness.kinds() == ["started"]

    def test_is_refused_while_there_is_another(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()

        assert harness.start("large")["code"] == "AlreadySubscribed"

    def test_that_nobody_paid_is_given_up_for_a_new_one(self, harness: SubscriptionHarness) -> None:
        first = harness.start()

        second = harness.start("large")
        harness.buyer_pays(second["order_id"])

        assert harness.order(first["order_id"])["status"] == "expired"
        assert harness.row()["id"] == second["subscription_id"]
        assert harness.status() == "active"

    def test_that_nobody_pays_ends(self, harness: SubscriptionHarness) -> None:
        harness.start()

        harness.pass_time(timedelta(days=6))

        assert harness.status() == "cancelled"
        assert harness.kinds() == []


class TestRenewal:
    def test_is_charged_some_hours_before_the_end(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        end = harness.row()["period_end"]

        harness.until(end - 7 * HOUR)
        assert len(harness.paid()) == 1
        harness.until(end - 6 * HOUR)

        renewal = harness.paid()[1]
        assert (renewal["kind"], renewal["period_start"], renewal["attempt"]) == ("renewal", end, 1)
        assert harness.row()["period_start"] == end
        assert [package["activated_at"] for package in harness.minutes.packages()][1] == end
        assert harness.kinds() == ["started", "renewed"]
        assert harness.money() == (2 * 19_900, 0)

    def test_of_the_31st_keeps_the_31st(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        ends = []

        for _ in range(4):
            ends.append(harness.row()["period_end"])
            harness.until(ends[-1] - HOUR)

        assert [(end.month, end.day) for end in ends] == [(2, 28), (3, 31), (4, 30), (5, 31)]

    def test_is_charged_once_however_often_the_tick_comes(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()
        harness.until(harness.row()["period_end"] - HOUR)

        for _ in range(3):
            harness.run()

        assert len(harness.paid()) == 2
        assert harness.money() == (2 * 19_900, 0)

    def test_that_is_declined_heals_at_a_later_try(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        harness.subscribed()
        end = harness.row()["period_end"]
        double.state.next_declines += ["insufficient_funds", "insufficient_funds"]

        harness.until(end - 6 * HOUR)
        assert harness.status() == "past_due"
        first = harness.row()["first_failed_at"]
        harness.until(first + DAY)
        assert (harness.status(), harness.row()["failed_attempts"]) == ("past_due", 2)
        harness.until(first + 3 * DAY)

        assert harness.status() == "active"
        assert harness.attempts() == [
            (0, "paid", None, None),
            (1, "declined", "later", "insufficient_funds"),
            (2, "declined", "later", "insufficient_funds"),
            (3, "paid", None, None),
        ]
        assert harness.row()["period_start"] == end
        assert harness.kinds() == ["started", "past_due", "past_due", "renewed"]
        assert harness.money() == (2 * 19_900, 0)
