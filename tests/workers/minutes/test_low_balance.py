"""Low balance: owed once on the way down, in the transaction of the usage, and again after a grant."""

from typing import Any

import orjson

from tests.workers.events import DAY, NOW, grant, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.minutes.test_expire import swept


def owed(harness: MinutesHarness) -> list[tuple[str, dict[str, Any]]]:
    """Kind and content of what the account is owed, in order."""
    rows = harness.select("SELECT body FROM outbox WHERE routing_key = 'notice' ORDER BY id")
    messages = [orjson.loads(bytes(row["body"])) for row in rows]
    return [(m["data"]["kind"], m["data"]["content"]) for m in messages if m["subject"] == harness.account]


def kinds(harness: MinutesHarness) -> list[str]:
    """The kinds of what the account is owed."""
    return [kind for kind, _ in owed(harness)]


class TestLowBalance:
    def test_is_owed_once_below_the_threshold_and_once_at_nothing(self, harness: MinutesHarness) -> None:
        account = harness.account
        harness.apply(grant(account, 1_000))
        for seconds in (300, 200, 50, 50, 400, 30, 30):
            harness.apply(usage(account, seconds))

        assert owed(harness) == [
            ("low_balance", {"available_seconds": 500, "threshold_seconds": 600}),
            ("out_of_minutes", {"ran_out_at": NOW.isoformat(), "debt_seconds": 0}),
        ]

    def test_is_owed_in_one_batch_for_its_end_alone(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 1_000))

        harness.apply(*(usage(harness.account, 100) for _ in range(10)))

        assert kinds(harness) == ["out_of_minutes"]

    def test_is_armed_again_by_a_grant(self, harness: MinutesHarness) -> None:
        account = harness.account
        harness.apply(grant(account, 700))
        harness.apply(usage(account, 200))
        harness.apply(grant(account, 700))
        harness.apply(usage(account, 300))
        harness.apply(usage(account, 400))

        assert kinds(harness) == ["low_balance", "low_balance"]

    def test_is_owed_when_it_is_granted_and_used_in_one_batch(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 700), usage(harness.account, 200))

        assert kinds(harness) == ["low_balance"]

    def test_that_a_small_grant_leaves_says_nothing_until_nothing_is_left(self, harness: MinutesHarness) -> None:
        account = harness.account
        harness.apply(grant(account, 100))
        harness.apply(usage(account, 50))
        harness.apply(usage(account, 50))

        assert kinds(harness) == ["out_of_minutes"]

    def test_repeats_say_nothing_again(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 700))
        low = usage(harness.account, 200)

        harness.apply(low)
        harness.apply(low)

        assert kinds(harness) == ["low_balance"]

    def test_of_an_account_that_never_had_minutes_is_none(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 200))
        harness.apply(usage(harness.account, 200))

        assert kinds(harness) == []

    def test_is_below_the_threshold_that_the_account_has_chosen_in_the_same_batch(
        self, harness: MinutesHarness
    ) -> None:
        account = harness.account
        chosen = {
            "specversion": "1.0",
            "id": f"{account}-choice",
            "source": "screph-test",
            "type": "screph.notice.preferences_set_requested.v1",
            "subject": account,
            "time": NOW.isoformat(),
            "data": {"low_balance_seconds": 3_600},
        }
        harness.apply(grant(account, 3_700), chosen, usage(account, 50))
        harness.apply(usage(account, 100))

        assert owed(harness) == [("low_balance", {"available_seconds": 3_550, "threshold_seconds": 3_600})]
        assert harness.row()["balance_level"] == "low"

    def test_comes_with_the_end_of_a_package(self, own_harness: MinutesHarness) -> None:
        harness = own_harness
        harness.apply(grant(harness.account, 1_000, expires_at=NOW + DAY))

        swept(harness, NOW + DAY)

        assert kinds(harness) == ["package_expired", "out_of_minutes"]

    def test_after_the_end_of_a_package_names_that_end_however_late_it_is_seen(
        self, own_harness: MinutesHarness
    ) -> None:
        harness = own_harness
        harness.apply(grant(harness.account, 1_000, expires_at=NOW + DAY))

        swept(harness, NOW + 9 * DAY)

        expired, out = (content for _, content in owed(harness))
        end = (NOW + DAY).isoformat()
        assert (expired["expired_at"], out["ran_out_at"]) == (end, end)
