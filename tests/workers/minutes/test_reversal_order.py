"""Corrections: a usage is undone once, in reverse order, to where its seconds came from."""

from concurrent.futures import ThreadPoolExecutor

from tests.workers.events import DAY, HOUR, NOW, SOURCE, grant, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.minutes.test_expire import swept
from workers.outcome import Result


class TestReversing:
    def test_gives_back_in_reverse_order_to_the_same_packages(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 150)
        harness.apply(
            grant(harness.account, 100, kind="promo"), grant(harness.account, 100), usage(harness.account, 10), used
        )
        before = harness.packages()

        harness.apply(reversal(harness.account, used["id"]))

        booked = harness.select(
            "SELECT kind, seconds, package AS package_id FROM entry WHERE account = (SELECT number FROM account WHERE id = :account)"
            " AND kind IN ('burn', 'give_back') ORDER BY id OFFSET 1"
        )
        burnt, back = booked[:2], booked[2:]
        assert [row["package_id"] for row in back] == [row["package_id"] for row in reversed(burnt)]
        assert [row["seconds"] for row in back] == [60, 90]
        assert [row["left_seconds"] for row in harness.packages()] != [row["left_seconds"] for row in before]
        assert sum(row["left_seconds"] for row in harness.packages()) == 190

    def test_cancels_the_debt(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)
        harness.apply(grant(harness.account, 100), used)

        harness.apply(reversal(harness.account, used["id"]))

        assert harness.row()["debt_seconds"] == 0
        assert harness.entries()[3:] == [("give_back", 100), ("debt_cancelled", -500)] or harness.entries()[3:] == [
            ("debt_cancelled", -500),
            ("give_back", 100),
        ]

    def test_gives_back_what_paid_the_debt_to_the_package_that_paid(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)
        harness.apply(used)
        harness.apply(grant(harness.account, 400))

        [outcome] = harness.apply(reversal(harness.account, used["id"]))

        assert harness.row()["debt_seconds"] == 0
        assert harness.packages()[0]["left_seconds"] == 400
        assert (outcome.answer["given_back_seconds"], outcome.answer["cancelled_debt_seconds"]) == (400, 200)

    def test_takes_back_what_was_forgiven(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 30)
        harness.apply(used)

        harness.apply(reversal(harness.account, used["id"]))

        assert harness.entries() == [("forgiven", 30), ("forgiven", -30)]

    def test_lets_what_it_took_back_be_forgiven_again(self, harness: MinutesHarness) -> None:
        used = [usage(harness.account, 40) for _ in range(4)]
        harness.apply(*used[:3])
        harness.apply(reversal(harness.account, used[0]["id"]))

        harness.apply(used[3])

        assert harness.row()["debt_seconds"] == 0

    def test_reverses_an_accepted_request(self, harness: MinutesHarness) -> None:
        request = spend(harness.account, 100)
        harness.apply(grant(harness.account, 100), request)

        assert harness.results(reversal(harness.account, request["id"])) == [Result.APPLIED]
        assert harness.balance().available_seconds == 100

    def test_fills_a_package_again_that_had_nothing_left(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        harness.apply(grant(harness.account, 100), used)
        assert harness.packages()[0]["has_left"] is False

        harness.apply(reversal(harness.account, used["id"]))

        assert harness.balance().available_seconds == 100

    def test_names_itself_in_the_usage_which_stays_as_it_was(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 160)
        harness.apply(grant(harness.account, 100), used)

        [outcome] = harness.apply(reversal(harness.account, used["id"]))

        [booked] = harness.usages()
        assert booked["reversed_by"] == outcome.message_id
        assert (booked["burnt_seconds"], booked["debt_seconds"]) == (100, 60)

    def test_is_emitted(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 160)
        harness.apply(grant(harness.account, 100), used)

        harness.apply(reversal(harness.account, used["id"]))

        [fact] = harness.facts("usage.reversed")
        assert fact["data"] == {
            "usage_id": used["id"],
            "usage_source": SOURCE,
            "reason": "a mistake",
            "given_back_seconds": 100,
            "expired_again_seconds": 0,
            "cancelled_debt_seconds": 60,
            "support_package_id": None,
            "reversed_at": "2026-11-23T12:00:00Z",
        }
        assert harness.facts("balance.changed")[-1]["data"] == {
            "sequence": 2,
            "available_seconds": 100,
            "debt_seconds": 0,
        }

    def test_several_in_one_batch_each_undo_their_own(self, harness: MinutesHarness) -> None:
        used = [usage(harness.account, 100) for _ in range(3)]
        harness.apply(grant(harness.account, 250), *used)

        results = harness.results(*(reversal(harness.account, each["id"]) for each in used))

        assert results == [Result.APPLIED] * 3
        assert (harness.balance().available_seconds, harness.row()["debt_seconds"]) == (250, 0)

    def test_usage_and_correction_in_one_batch(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)

        results = harness.results(
            grant(harness.account, 100), used, reversal(harness.account, used["id"]), usage(harness.account, 60)
        )

        assert results == [Result.APPLIED] * 4
        assert harness.balance().available_seconds == 40


class TestWhatHasExpiredMeanwhile:
    def test_expires_again_at_once(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100, at=NOW - HOUR)
        harness.apply(grant(harness.account, 100, expires_at=NOW), used)

        [outcome] = harness.apply(reversal(harness.account, used["id"]), now=NOW)

        assert harness.entries()[2:] == [("give_back", 100), ("expire", -100)]
        assert outcome.answer["expired_again_seconds"] == 100
        assert harness.balance().available_seconds == 0
        [package] = harness.packages()
        assert (package["left_seconds"], package["consumed_seconds"], package["expired_seconds"]) == (0, 0, 100)

    def test_is_granted_anew_as_support_where_it_was_our_fault(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 160, at=NOW - HOUR)
        harness.apply(grant(harness.account, 60, expires_at=NOW), grant(harness.account, 100, priority=200), used)

        [outcome] = harness.apply(reversal(harness.account, used["id"], our_fault=True))

        support = next(row for row in harness.packages() if row["kind"] == "support")
        assert (support["granted_seconds"], support["left_seconds"], support["priority"]) == (60, 60, 10)
        assert support["expires_at"] is None
        assert outcome.answer["support_package_id"] == str(support["id"])
        assert harness.balance().available_seconds == 160

    def test_nothing_is_granted_where_nothing_expired(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        harness.apply(grant(harness.account, 100), used)

        [outcome] = harness.apply(reversal(harness.account, used["id"], our_fault=True))

        assert outcome.answer["support_package_id"] is None
        assert len(harness.packages()) == 1

    def test_support_minutes_pay_no_debt(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100, at=NOW - HOUR)
        harness.apply(grant(harness.account, 100, expires_at=NOW), used, usage(harness.account, 300))

        harness.apply(reversal(harness.account, used["id"], our_fault=True))

        assert harness.row()["debt_seconds"] == 300
        assert harness.balance().available_seconds == 100

    def test_gives_back_to_a_package_whose_rest_is_booked_as_expired(self, own_harness: MinutesHarness) -> None:
        used = usage(own_harness.account, 40, at=NOW - HOUR)
        own_harness.apply(grant(own_harness.account, 100, expires_at=NOW), used)
        much_later = NOW + 4 * DAY
        swept(own_harness, much_later)
        assert own_harness.packages()[0]["expired_seconds"] == 60

        own_harness.apply(reversal(own_harness.account, used["id"]), now=much_later)

        [package] = own_harness.packages()
        assert (package["expired_seconds"], package["consumed_seconds"], package["left_seconds"]) == (100, 0, 0)


class TestWhatCannotBeReversed:
    def test_a_usage_that_is_not_known_yet_is_waited_for(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        undo = reversal(harness.account, used["id"])
        harness.apply(grant(harness.account, 100))
        assert harness.results(undo, used) == [Result.TOO_EARLY, Result.APPLIED]

        assert harness.results(undo) == [Result.APPLIED]

        assert harness.balance().available_seconds == 100
        assert harness.letters() == []

    def test_a_usage_of_another_account_is_rejected(self, harness: MinutesHarness) -> None:
        other = f"{harness.account}-other"
        used = usage(other, 100)
        harness.apply(grant(other, 100), used)

        [outcome] = harness.apply(reversal(harness.account, used["id"]))

        assert (outcome.result, outcome.code) == (Result.REJECTED, "OtherAccount")
        assert harness.select(
            "SELECT left_seconds FROM package JOIN account ON account.number = package.account WHERE account.id = :other",
            other=other,
        ) == [{"left_seconds": 0}]

    def test_a_usage_of_another_source_is_another_usage(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        harness.apply(used)

        assert harness.results(reversal(harness.account, used["id"], usage_source="somebody")) == [Result.TOO_EARLY]

    def test_without_a_source_it_is_of_the_same_source(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        undo = reversal(harness.account, used["id"])
        del undo["data"]["usage_source"]
        harness.apply(used)

        assert harness.results(undo) == [Result.APPLIED]

    def test_what_is_reversed_already_is_rejected(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        harness.apply(grant(harness.account, 100), used, reversal(harness.account, used["id"]))

        [outcome] = harness.apply(reversal(harness.account, used["id"]))

        assert (outcome.result, outcome.code) == (Result.REJECTED, "AlreadyReversed")
        assert harness.balance().available_seconds == 100

    def test_twice_in_one_batch_is_rejected_once(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        harness.apply(grant(harness.account, 100), used)

        results = harness.results(reversal(harness.account, used["id"]), reversal(harness.account, used["id"]))

        assert results == [Result.APPLIED, Result.REJECTED]
        assert harness.balance().available_seconds == 100

    def test_from_eight_threads_one_wins(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        harness.apply(grant(harness.account, 100), used)

        with ThreadPoolExecutor(8) as threads:
            results = [
                outcome
                for found in threads.map(lambda _: harness.results(reversal(harness.account, used["id"])), range(8))
                for outcome in found
            ]

        assert sorted(results) == [Result.APPLIED] + [Result.REJECTED] * 7
        assert harness.balance().available_seconds == 100

    def test_a_grant_is_no_usage(self, harness: MinutesHarness) -> None:
        given = grant(harness.account, 100)
        harness.apply(given)

        assert harness.results(reversal(harness.account, given["id"])) == [Result.TOO_EARLY]

    def test_a_refused_request_is_no_usage(self, harness: MinutesHarness) -> None:
        request = spend(harness.account, 100)
        harness.apply(request)

        assert harness.results(reversal(harness.account, request["id"])) == [Result.TOO_EARLY]

    def test_a_repeated_correction_has_no_effect(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        undo = reversal(harness.account, used["id"])
        [first] = harness.apply(grant(harness.account, 100), used, undo)[2:]

        [again] = harness.apply(undo)

        assert again.result is Result.REPEATED
        assert again.answer["given_back_seconds"] == first.answer["given_back_seconds"] == 100
