"""Screph's own log beside what is booked, and orders beside the ledger: what differs is found, listed and repaired."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.statistics.period import Days
from messages.payments.reviews import ReviewResolutionRequested
from store.reading import reading
from store.statistics.read.differences import grant_differences, session_differences, usage_differences
from store.statistics.read.health import read_health
from store.statistics.read.reconciliation import Comparison, Side, read_comparisons
from store.transaction import transaction
from tests.workers.events import DAY, HOUR, NOW, event, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from workers.context import Context
from workers.outcome import Outcome, Result
from workers.statistics.compare import compare_days
from workers.statistics.count import count_statistics
from workers.submit import Submission, submit

Counted = dict[str, tuple[int | None, int | None]]

YESTERDAY = date(2026, 11, 22)
AT = NOW - DAY
"""A moment of it."""


def context(harness: MinutesHarness, now: Any = NOW) -> Context:
    """What a worker has at a moment."""
    return Context(harness.engine, clock=lambda: now)


def report(harness: MinutesHarness, account: str, seconds: int, **data: Any) -> Outcome:
    """Let Screph report a day of an account, unless said otherwise yesterday."""
    message = {"day": f"{YESTERDAY}", "time_zone": "UTC", "seconds": seconds, "sessions": 1, **data}
    [outcome] = harness.apply(event("usage.day_reported", account, message))
    return outcome


def use(harness: MinutesHarness, account: str, seconds: int, session_id: str = "session-1") -> str:
    """Let an account use some seconds yesterday, and return the usage."""
    message = usage(account, seconds, at=AT, more={"session_id": session_id})
    harness.apply(message, now=AT)
    return str(message["id"])


def compared(harness: MinutesHarness, now: Any = NOW + HOUR) -> Counted:
    """Count, compare, and return what differs by account."""
    count_statistics(context(harness, now))
    compare_days(context(harness, now))
    with reading(harness.engine) as session:
        return {
            one.account_id: (one.reported_seconds, one.booked_seconds)
            for one in usage_differences(session, YESTERDAY)[0]
        }


def of_usage(harness: MinutesHarness, now: Any = NOW + HOUR) -> Comparison:
    """Yesterday's comparison of usage."""
    days = Days(YESTERDAY, YESTERDAY, "UTC")
    with reading(harness.engine) as session:
        found = read_comparisons(session, days, now=now, late_window=timedelta(hours=72))
    [one] = [one for one in found if one.side is Side.USAGE]
    return one


class TestAReport:
    def test_counts_by_its_highest_revision_whatever_comes_first(self, own_harness: MinutesHarness) -> None:
        answers = [
            report(own_harness, "anna", seconds, revision=revision).result
            for seconds, revision in ((60, 2), (50, 1), (90, 3), (90, 3))
        ]

        [row] = own_harness.select("SELECT seconds, revision FROM usage_day")
        assert answers == [Result.APPLIED, Result.REFUSED, Result.APPLIED, Result.APPLIED]
        assert row == {"seconds": 90, "revision": 3}

    def test_says_which_revision_counts_when_it_is_refused(self, own_harness: MinutesHarness) -> None:
        report(own_harness, "anna", 60, revision=4)

        answer = report(own_harness, "anna", 50, revision=4).answer

        assert (answer["code"], answer["revision"]) == ("OldRevision", 4)

    def test_sent_twice_has_one_effect(self, own_harness: MinutesHarness) -> None:
        message = event(
            "usage.day_reported",
            "anna",
            {"day": f"{YESTERDAY}", "time_zone": "UTC", "seconds": 60, "sessions": 1},
        )

        assert own_harness.results(message, message) == [Result.APPLIED, Result.REPEATED]
        assert own_harness.results(message) == [Result.REPEATED]

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"time_zone": "Europe/Moscow"}, "OtherTimeZone"),
            ({"day": "2026-11-24"}, "FutureDay"),
            ({"day": "2024-09-13"}, "OldDay"),
            ({"day": 1795305600}, "Invalid"),
            ({"day": "2026-13-01"}, "Invalid"),
            ({"seconds": 31 * 86_400 + 1}, "Invalid"),
            ({"seconds": -1}, "Invalid"),
            ({"revision": 0}, "Invalid"),
            ({"session_list": [{"session_id": "a", "seconds": 59}]}, "Invalid"),
            ({"sessions": 2, "session_list": [{"session_id": "a", "seconds": 30}] * 2}, "Invalid"),
            ({"sessions": 2, "session_list": [{"session_id": "a", "seconds": 60}]}, "Invalid"),
            (
                {
                    "seconds": 301,
                    "sessions": 301,
                    "session_list": [{"session_id": f"{n}", "seconds": 1} for n in range(301)],
                },
                "Invalid",
            ),
        ],
    )
    def test_is_refused_when_it_is_wrong(self, own_harness: MinutesHarness, wrong: dict[str, Any], code: str) -> None:
        outcome = report(own_harness, "anna", **{"seconds": 60, **wrong})

        assert (outcome.result, outcome.code) == (Result.REJECTED, code)
        assert own_harness.select("SELECT * FROM usage_day") == []


class TestUsage:
    def test_that_is_what_the_log_says_differs_in_nothing(self, own_harness: MinutesHarness) -> None:
        for account, seconds in (("anna", 60), ("boris", 90)):
            use(own_harness, account, seconds)
            report(own_harness, account, seconds)

        assert compared(own_harness) == {}
        one = of_usage(own_harness)
        assert (one.ours, one.theirs, one.counted, one.is_equal, one.is_open) == (150, 150, 2, True, False)

    def test_is_compared_account_by_account(self, own_harness: MinutesHarness) -> None:
        """Sums of the day are equal here: what one has too much the other has too little."""
        for account, booked, reported in (("anna", 60, 90), ("boris", 90, 60), ("clara", 30, 30)):
            use(own_harness, account, booked)
            report(own_harness, account, reported)
        use(own_harness, "dora", 45)
        report(own_harness, "emil", 45)

        assert compared(own_harness) == {
            "anna": (90, 60),
            "boris": (60, 90),
            "dora": (None, 45),
            "emil": (45, None),
        }
        one = of_usage(own_harness)
        assert (one.ours, one.theirs, one.differing, one.is_equal, one.is_open) == (225, 225, 4, False, True)
        assert one.repair_by == NOW.replace(hour=0) + timedelta(hours=72)

    def test_of_a_day_that_nobody_reports_is_not_compared(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", 60)

        assert compared(own_harness) == {}
        assert own_harness.select("SELECT * FROM usage_sum") == []

    def test_waits_until_what_is_booked_is_counted_up_to_the_report(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", 60)
        report(own_harness, "anna", 90)

        early = compared(own_harness, NOW)

        assert early == {}
        assert own_harness.select("SELECT * FROM usage_sum") == []
        assert compared(own_harness) == {"anna": (90, 60)}

    def test_that_was_missing_is_equal_once_it_is_published(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", 60)
        report(own_harness, "anna", 90)
        before = compared(own_harness)
        own_harness.apply(usage("anna", 30, at=AT), now=NOW + HOUR)

        after = compared(own_harness, NOW + 2 * HOUR)

        assert (before, after) == ({"anna": (90, 60)}, {})
        assert of_usage(own_harness, NOW + 2 * HOUR).is_equal

    def test_that_was_too_much_is_equal_once_it_is_reversed(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", 60)
        wrong = use(own_harness, "anna", 40)
        report(own_harness, "anna", 60)
        before = compared(own_harness)
        own_harness.apply(reversal("anna", wrong, at=NOW + HOUR), now=NOW + HOUR)

        after = compared(own_harness, NOW + 2 * HOUR)

        assert (before, after) == ({"anna": (60, 100)}, {})

    def test_that_is_reported_again_long_after_is_compared_again(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", 60)
        report(own_harness, "anna", 60)
        compared(own_harness)
        later = NOW + 30 * DAY
        data = {"day": f"{YESTERDAY}", "time_zone": "UTC", "seconds": 70, "sessions": 1, "revision": 2}
        own_harness.apply(event("usage.day_reported", "anna", data, at=later), now=later)

        assert compared(own_harness, later + HOUR) == {"anna": (70, 60)}

    def test_that_was_reported_is_forgotten_after_26_months(self, own_harness: MinutesHarness) -> None:
        report(own_harness, "anna", 60)
        compared(own_harness)

        compare_days(context(own_harness, NOW + 799 * DAY))
        young = own_harness.select("SELECT day FROM usage_day")
        compare_days(context(own_harness, NOW + 801 * DAY))

        assert len(young) == 1
        assert own_harness.select("SELECT day FROM usage_day UNION SELECT day FROM usage_difference") == []
        assert own_harness.select("SELECT reported_seconds FROM usage_sum") == [{"reported_seconds": 60}]

    def test_is_listed_page_by_page(self, own_harness: MinutesHarness) -> None:
        for number in range(5):
            report(own_harness, f"account-{number}", 60)
        compared(own_harness)

        names, after = [], 0
        with reading(own_harness.engine) as session:
            while after is not None:
                found, after = usage_differences(session, YESTERDAY, after=after, limit=2)
                names.append([one.account_id for one in found])

        assert names == [["account-0", "account-1"], ["account-2", "account-3"], ["account-4"]]


class TestSessions:
    def test_are_listed_that_differ_with_their_usages(self, own_harness: MinutesHarness) -> None:
        same, long = use(own_harness, "anna", 60, "same"), use(own_harness, "anna", 50, "long")
        unknown = use(own_harness, "anna", 5, "unknown")
        gone = use(own_harness, "anna", 7, "reversed")
        own_harness.apply(reversal("anna", gone, at=NOW))
        listed = {"same": 60, "long": 30, "missing": 20}
        report(
            own_harness,
            "anna",
            sum(listed.values()),
            sessions=3,
            session_list=[{"session_id": name, "seconds": seconds} for name, seconds in listed.items()],
        )
        compared(own_harness)

        with reading(own_harness.engine) as session:
            found = session_differences(session, "anna", YESTERDAY, "UTC")

        assert found is not None
        assert [(one.session_id, one.reported_seconds, one.booked_seconds, one.usage_ids) for one in found] == [
            ("long", 30, 50, (long,)),
            ("missing", 20, None, ()),
            ("unknown", None, 5, (unknown,)),
        ]
        assert same not in [name for one in found for name in one.usage_ids]
        assert [one.repair.split(":")[0] for one in found] == [
            "More was booked than the session lasted",
            "Publish the usage of this session again, with the ids it has.",
            "Reverse the usages of this session, or report the day again with it.",
        ]

    def test_are_not_known_where_the_log_names_none(self, own_harness: MinutesHarness) -> None:
        report(own_harness, "anna", 60)

        with reading(own_harness.engine) as session:
            assert session_differences(session, "anna", YESTERDAY, "UTC") is None

    def test_of_another_zones_day_are_left_out_as_its_sum_is(self, own_harness: MinutesHarness) -> None:
        report(own_harness, "anna", 60, session_list=[{"session_id": "same", "seconds": 60}])

        with reading(own_harness.engine) as session:
            assert session_differences(session, "anna", YESTERDAY, "UTC") is not None
            assert session_differences(session, "anna", YESTERDAY, "Europe/Moscow") is None


class TestAccepting:
    def test_holds_until_the_difference_is_another_one(self, own_harness: MinutesHarness) -> None:
        report(own_harness, "anna", 60)
        compared(own_harness)
        item = of_usage(own_harness)
        kind, gateway, ref = item.item_id.split(":")
        data = {"kind": kind, "gateway": gateway, "ref": ref, "reason": "a test account", "resolved_by": "olga"}

        answer = submit(
            context(own_harness, NOW + HOUR), Submission(ReviewResolutionRequested, None, data, "test")
        ).answer
        accepted = of_usage(own_harness)
        report(own_harness, "boris", 60)
        compared(own_harness, NOW + 2 * HOUR)

        assert "code" not in answer
        assert (item.is_open, accepted.is_open, accepted.is_equal) == (True, False, False)
        assert of_usage(own_harness, NOW + 2 * HOUR).is_open

    def test_of_money_or_seconds_ends_their_alarms(self, own_harness: MinutesHarness) -> None:
        report(own_harness, "anna", 60)
        compared(own_harness)
        with transaction(own_harness.engine) as session:
            session.execute(
                text("""
                    INSERT INTO gateway_sum (day, gateway, currency, ours_captured_minor, theirs_captured_minor,
                                             ours_refunded_minor, theirs_refunded_minor)
                    VALUES ('2026-11-21', 'stripe', 'EUR', 100, 90, 0, 5), ('2026-11-22', 'stripe', 'EUR', 100, 70, 0, 0)
                """)
            )
        found = []
        for ref in ("totals:stripe:EUR 2026-11-21", f"usage:screph:{YESTERDAY}", None):
            with reading(own_harness.engine) as session:
                health = read_health(session, [], now=NOW + HOUR)
            found.append((health.differences["stripe", "EUR"], health.differing_seconds["usage"]))
            if ref is not None:
                kind, gateway, rest = ref.split(":")
                data = {"kind": kind, "gateway": gateway, "ref": rest, "reason": "a rounding", "resolved_by": "olga"}
                submit(context(own_harness, NOW + HOUR), Submission(ReviewResolutionRequested, None, data, "test"))

        assert found == [(45, 60), (30, 60), (30, 0)]


class TestGrants:
    @pytest.fixture
    def shop(self, own_harness: MinutesHarness) -> PaymentHarness:
        """An account that has bought something."""
        fill_catalogue(own_harness.engine)
        harness = fresh_harness(own_harness.engine)
        harness.bought()
        return harness

    def compared(self, shop: PaymentHarness) -> list[Comparison]:
        """The comparisons of the day of the purchase, made the day after."""
        later = replace(shop.context, clock=lambda: shop.clock() + DAY)
        compare_days(later)
        day = shop.clock().date()
        with reading(shop.engine) as session:
            found = read_comparisons(session, Days(day, day, "UTC"), now=later.clock(), late_window=timedelta(hours=72))
        return [one for one in found if one.side is Side.GRANTS]

    def test_of_a_paid_order_are_what_it_promises(self, shop: PaymentHarness) -> None:
        [one] = self.compared(shop)

        assert (one.ours, one.theirs, one.counted, one.is_equal) == (18_000, 18_000, 1, True)

    def test_that_are_less_than_the_order_promises_are_found(self, shop: PaymentHarness) -> None:
        with transaction(shop.engine) as session:
            session.execute(text("UPDATE orders SET granted_seconds = granted_seconds + 100"))

        [one] = self.compared(shop)
        with reading(shop.engine) as session:
            [order] = grant_differences(session, one.day)

        assert (one.ours, one.theirs, one.differing, one.is_open) == (18_000, 18_100, 1, True)
        assert (order.account_id, order.promised_seconds, order.granted_seconds) == (shop.account, 18_100, 18_000)
        assert order.repair.startswith("The buyer lacks 100 seconds")
        with transaction(shop.engine) as session:
            session.execute(text("UPDATE orders SET granted_seconds = granted_seconds - 100"))
        assert [again.is_equal for again in self.compared(shop)] == [True]
