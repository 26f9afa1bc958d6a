"""One effect for each key, when the same things come from everywhere at the same time."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.workers.deliveries import delivery, usage_worker
from tests.workers.events import Json, grant, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result

_THREADS = 8


class TestAtTheSameTime:
    def test_one_of_eight_contents_with_the_same_id_is_applied(self, harness: MinutesHarness) -> None:
        messages = [usage(harness.account, seconds, event_id=f"raced-{harness.account}") for seconds in range(100, 108)]

        with ThreadPoolExecutor(_THREADS) as threads:
            outcomes = [outcome for found in threads.map(harness.apply, messages) for outcome in found]

        assert sorted(outcome.result for outcome in outcomes) == [Result.APPLIED] + [Result.REJECTED] * 7
        assert {outcome.code for outcome in outcomes if outcome.code} == {"SameIdOtherContent"}
        [booked] = harness.usages()
        assert harness.balance().debt_seconds == booked["used_seconds"]
        assert len(harness.letters()) == 7

    def test_one_of_eight_spends_gets_the_last_seconds(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100))

        with ThreadPoolExecutor(_THREADS) as threads:
            found = list(threads.map(lambda _: harness.results(spend(harness.account, 60)), range(_THREADS)))

        assert sorted(result for results in found for result in results) == [Result.APPLIED] + [Result.REFUSED] * 7
        assert harness.balance().available_seconds == 40
        refused = [fact["data"]["available_seconds"] for fact in harness.facts("spend.refused")]
        assert refused == [40] * 7

    def test_the_same_spend_from_eight_threads_has_one_answer(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100))
        request = spend(harness.account, 100)

        with ThreadPoolExecutor(_THREADS) as threads:
            outcomes = [
                outcome for found in threads.map(lambda _: harness.apply(request), range(8)) for outcome in found
            ]

        assert sorted(outcome.result for outcome in outcomes) == [Result.APPLIED] + [Result.REPEATED] * 7
        assert len({outcome.message_id for outcome in outcomes}) == 1
        assert all(outcome.answer == outcomes[0].answer for outcome in outcomes)
        assert len({fact["id"] for fact in harness.facts("spend.accepted")}) == 1

    def test_overlapping_deliveries_of_every_kind_take_effect_once(self, own_harness: MinutesHarness) -> None:
        accounts = [f"account-{number}" for number in range(6)]
        given = [grant(account, 1_000, kind="bonus") for account in accounts]
        used = [usage(account, 90) for account in accounts for _ in range(5)]
        requests = [spend(account, 50) for account in accounts for _ in range(4)]
        own_harness.apply(*given)
        worker = usage_worker(own_harness)

        def take_shuffled(seed: int) -> None:
            chance = Random(seed)
            shuffled: list[Json] = [*given, *used, *requests]
            chance.shuffle(shuffled)
            # Three quarters each, so that every two threads share some and not all.
            arrays = [shuffled[start : start + 7] for start in range(0, len(shuffled) * 3 // 4, 7)]
            for start in range(0, len(arrays), 3):
                worker([delivery(*array) for array in arrays[start : start + 3]])

        with ThreadPoolExecutor(_THREADS) as threads:
            list(threads.map(take_shuffled, range(_THREADS)))
        outcomes = own_harness.apply(*given, *used, *requests)

        assert {outcome.result for outcome in outcomes} <= {Result.REPEATED, Result.APPLIED}
        assert [row["used_seconds"] for row in own_harness.select("SELECT used_seconds FROM usage")].count(90) == 30
        packages = own_harness.select("SELECT left_seconds FROM package")
        assert [row["left_seconds"] for row in packages] == [1_000 - 5 * 90 - 4 * 50] * 6
        assert own_harness.select("SELECT * FROM dead_letter") == []


class TestArrays:
    def test_a_poisonous_element_does_not_fail_its_delivery(self, harness: MinutesHarness) -> None:
        good = usage(harness.account, 100)
        from_the_future = usage(harness.account, 100) | {"time": "2999-01-01T00:00:00Z"}

        usage_worker(harness)([delivery(from_the_future, {"of": harness.account}, good)])

        assert [row["used_seconds"] for row in harness.usages()] == [100]
        assert {letter["code"] for letter in harness.letters()} == {"FromTheFuture", "UnknownType"}
