"""Account updates out of order, from the future, or repeated: the newest true one counts."""

from tests.workers.events import DAY, HOUR, NOW, registered, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result


class TestOrderOfUpdates:
    def test_a_repeated_correction_gets_the_first_answer(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 60)
        undone = reversal(harness.account, used["id"])
        first = harness.apply(used, undone)[-1]

        [again] = harness.apply(undone)

        assert again.answer == first.answer

    def test_the_referrer_is_protected_from_older_updates(self, harness: MinutesHarness) -> None:
        harness.apply(registered(harness.account, locale="ru", at=NOW))

        harness.apply(registered(harness.account, referrer="friend", at=NOW - HOUR))

        assert harness.row()["referrer"] == "friend"

    def test_updates_from_the_future_do_not_stand_in_the_way_of_true_ones(self, harness: MinutesHarness) -> None:
        results = harness.results(registered(harness.account, locale="xx", at=NOW + 9_000 * DAY))

        harness.apply(registered(harness.account, locale="ru", at=NOW))

        assert (results, harness.row()["locale"]) == ([Result.REJECTED], "ru")
