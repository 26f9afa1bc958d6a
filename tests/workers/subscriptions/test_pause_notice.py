"""A pause that ends by itself: its buyer hears of the charge that follows it, some days before."""

from datetime import datetime

from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness


class TestAPause:
    def test_that_ends_by_itself_is_followed_by_a_charge_of_which_its_buyer_hears(
        self, subscribed: SubscriptionHarness
    ) -> None:
        goes_on = (subscribed.clock() + 90 * DAY).replace(microsecond=0)

        subscribed.pause(until=goes_on.isoformat())

        coming = subscribed.owed("renewal_coming")[-1]
        assert datetime.fromisoformat(coming["content"]["charged_at"]) == goes_on
        assert datetime.fromisoformat(coming["not_before"]) == goes_on - 3 * DAY

    def test_within_the_period_leaves_the_notice_of_the_renewal_as_it_was(
        self, subscribed: SubscriptionHarness
    ) -> None:
        subscribed.pause(until=(subscribed.clock() + DAY).isoformat())

        assert len({one["subject"] for one in subscribed.owed("renewal_coming")}) == 1

    def test_that_ends_soon_or_never_needs_no_notice(self, subscribed: SubscriptionHarness) -> None:
        end = subscribed.row()["period_end"]
        subscribed.until(end - DAY)
        before = len(subscribed.owed("renewal_coming"))

        subscribed.pause(until=(end + DAY).isoformat())
        subscribed.resume()
        subscribed.pause()

        assert len(subscribed.owed("renewal_coming")) == before

    def test_of_a_daily_one_is_told_of_as_well(self, subscribed: SubscriptionHarness) -> None:
        subscribed.cancel("now")
        subscribed.subscribed("daily")
        goes_on = (subscribed.clock() + 30 * DAY).replace(microsecond=0)

        subscribed.pause(until=goes_on.isoformat())

        coming = subscribed.owed("renewal_coming")[-1]
        assert datetime.fromisoformat(coming["not_before"]) == goes_on - DAY
        assert subscribed.row()["period_end"] < goes_on - HOUR
