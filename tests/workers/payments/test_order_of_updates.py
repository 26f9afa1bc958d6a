"""News that comes out of order, from the future, or again: what is true stays true."""

from tests.workers.events import DAY, HOUR, NOW, registered, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result


class TestOrderOfNews:
    def test_a_repeated_correction_gets_the_first_answer(self, desk: MinutesHarness) -> None:
        used = usage(desk.account, 60)
        undone = reversal(desk.account, used["id"])
        first = desk.apply(used, undone)[-1]

        [again] = desk.apply(undone)

        assert again.answer == first.answer

    def test_the_referrer_is_kept_from_older_news(self, desk: MinutesHarness) -> None:
        desk.apply(registered(desk.account, locale="ru", at=NOW))

        desk.apply(registered(desk.account, referrer="friend", at=NOW - HOUR))

        assert desk.row()["referrer"] == "friend"

    def test_news_from_the_future_do_not_stand_in_the_way_of_true_ones(self, desk: MinutesHarness) -> None:
        results = desk.results(registered(desk.account, locale="xx", at=NOW + 9_000 * DAY))

        desk.apply(registered(desk.account, locale="ru", at=NOW))

        assert (results, desk.row()["locale"]) == ([Result.REJECTED], "ru")
