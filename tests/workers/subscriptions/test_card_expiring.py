"""Cards that end soon: whoever is charged by one hears of it once, and nobody else does."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from messages.queues import RENEWAL
from messages.subscriptions.reminders import CardWarningsRequested
from store.engine import Engine
from store.transaction import transaction
from tests.workers.payments.harness import fill_catalogue
from tests.workers.subscriptions.harness import SubscriptionHarness
from tests.workers.subscriptions.topup_harness import TopupHarness
from workers.queues import renewal


@pytest.fixture
def harness(shared_engine: Engine) -> TopupHarness:
    """An account of its own with a saved method."""
    fill_catalogue(shared_engine)
    return TopupHarness(shared_engine)


def expire(harness: TopupHarness, *, days: int) -> date:
    """Let the account's card end in some days; return its last day."""
    last_day = harness.payments.clock().date() + timedelta(days=days)
    harness.execute(
        f"UPDATE saved_method SET expires_on = '{last_day}'"
        " WHERE account = (SELECT number FROM account WHERE id = :account)"
    )
    return last_day


def warned(harness: TopupHarness) -> list[str]:
    """Let the daily tick do its work; return the subjects of which the account hears, in all."""
    event = harness.payments.event(CardWarningsRequested, {}, RENEWAL)
    renewal.handle(harness.payments.context, [event])
    return [one["data"]["subject"] for one in harness.internal("notice.owed", kind="card_expiring")]


class TestCardExpiring:
    @pytest.mark.parametrize(("days", "is_warned"), [(-1, False), (0, True), (30, True), (31, False)])
    def test_is_told_within_thirty_days(self, harness: TopupHarness, days: int, is_warned: bool) -> None:
        harness.set()
        last_day = expire(harness, days=days)

        assert warned(harness) == ([f"{harness.method_id}-{last_day}"] if is_warned else [])

    def test_is_told_once_for_each_last_day(self, harness: TopupHarness) -> None:
        harness.set()
        first = expire(harness, days=5)
        assert len(warned(harness)) == len(warned(harness)) == 1

        # The bank has replaced the card by one that ends soon as well.
        second = expire(harness, days=20)

        assert warned(harness) == [f"{harness.method_id}-{day}" for day in (first, second)]

    def test_is_not_told_where_nothing_is_charged(self, harness: TopupHarness) -> None:
        expire(harness, days=5)

        assert warned(harness) == []

    def test_is_told_of_the_card_that_was_chosen_for_topping_up(self, harness: TopupHarness) -> None:
        harness.set(method_id=harness.method_id)
        harness.add_method()
        expire(harness, days=5)

        assert [subject.split("-")[0] for subject in warned(harness)] == [str(harness.method_id)]
        [notice] = harness.internal("notice.owed", kind="card_expiring")
        assert (notice["data"]["content"]["pays_subscription"], notice["data"]["content"]["pays_topup"]) == (
            False,
            True,
        )

    def test_is_told_of_the_card_that_is_charged_first(self, harness: TopupHarness) -> None:
        harness.set()
        newer = harness.add_method()
        expire(harness, days=5)

        assert [subject.split("-")[0] for subject in warned(harness)] == [str(newer)]


class TestTheCardOfASubscription:
    @pytest.mark.parametrize("end", ["it goes on", "it ends with its period", "its buyer pays by hand"])
    def test_is_told_of_where_it_will_be_charged(self, subscribed: SubscriptionHarness, end: str) -> None:
        if end == "it ends with its period":
            subscribed.cancel()
        if end == "its buyer pays by hand":
            shop = replace(subscribed.context.shop, without_renewals=frozenset({"memory"}))
            subscribed.context = replace(subscribed.context, shop=shop)
        last_day = subscribed.clock().date() + timedelta(days=5)
        with transaction(subscribed.engine) as session:
            session.execute(text(f"UPDATE saved_method SET expires_on = '{last_day}'"))

        renewal.handle(subscribed.context, [subscribed.event(CardWarningsRequested, {}, RENEWAL)])

        told = [(one["content"]["pays_subscription"], one["content"]["pays_topup"]) for one in owed_cards(subscribed)]
        assert told == ([(True, False)] if end == "it goes on" else [])


def owed_cards(harness: SubscriptionHarness) -> list[dict[str, Any]]:
    """The notices of cards that the account is owed."""
    return harness.owed("card_expiring")
