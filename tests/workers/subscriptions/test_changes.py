"""Changes of the product in states that nobody thinks of: cancelled, disputed, changed before, at other prices now."""

from dataclasses import replace

import pytest

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money
from domain.periods import PeriodUnit
from store.catalogue.product import save_products
from store.transaction import transaction
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.subscriptions.harness import HOUR, PLANS, SubscriptionHarness
from workers.subscriptions.change_quote import ChangeQuote, quote_changes

SMALL, LARGE, *_ = PLANS
HUGE = Product(
    "huge",
    ProductKind.SUBSCRIPTION,
    60_000,
    None,
    prices={"RUB": Money(99_900, "RUB")},
    wordings={"en": Wording("Huge")},
    period=PeriodUnit.MONTH,
)


def sell(harness: SubscriptionHarness, *products: Product) -> None:
    """Let the catalogue have products as they are here."""
    with transaction(harness.engine) as session:
        save_products(session, products)


class TestOneThatIsCancelled:
    @pytest.mark.parametrize(("present", "wanted"), [("small", "large"), ("large", "small")])
    def test_is_not_changed_before_that_is_taken_back(
        self, harness: SubscriptionHarness, present: str, wanted: str
    ) -> None:
        subscription_id = harness.subscribed(present)
        money = harness.money()
        harness.cancel()

        answer = harness.change(wanted)
        quotes = quote_changes(harness.context, harness.account, subscription_id, (SMALL, LARGE))

        assert answer["code"] == "Cancelled"
        assert not any(isinstance(quote, ChangeQuote) for quote in quotes.values())
        assert (harness.money(), harness.owed("subscription_changed")) == (money, [])
        harness.resume()
        assert "code" not in harness.change(wanted)


class TestChangeAtOnce:
    def test_takes_the_place_of_one_that_waits(self, harness: SubscriptionHarness) -> None:
        sell(harness, HUGE)
        harness.subscribed("large")
        harness.change("small")

        harness.change("huge")
        assert harness.row()["next_product_id"] is None
        harness.until(harness.row()["period_end"] - HOUR)

        assert harness.row()["title"] == "Huge"
        assert harness.money() == (2 * 99_900, 0)

    def test_that_is_declined_leaves_the_one_that_waits(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        sell(harness, HUGE)
        harness.subscribed("large")
        harness.change("small")
        double.state.next_declines += ["insufficient_funds"]

        assert harness.change("huge")["code"] == "Declined"

        assert harness.row()["next_product_id"] == "small"


class TestSecondChangeAtOnce:
    def test_counts_what_the_first_one_was_paid_with(self, harness: SubscriptionHarness) -> None:
        sell(harness, HUGE)
        subscription_id = harness.subscribed()
        harness.change("large")

        [quote] = quote_changes(harness.context, harness.account, subscription_id, [HUGE]).values()
        answer = harness.change("huge")

        assert isinstance(quote, ChangeQuote)
        assert quote.charged.minor == answer["charged_minor"] == 50_000
        assert harness.money() == (99_900, 0)

    def test_counts_only_what_is_unused(self, harness: SubscriptionHarness) -> None:
        sell(harness, HUGE)
        harness.subscribed()
        harness.change("large")
        harness.use(4_500)

        assert harness.change("huge")["worth_minor"] == 49_900 * 3 // 4

    def test_counts_nothing_that_was_given_back(self, harness: SubscriptionHarness) -> None:
        sell(harness, HUGE)
        harness.subscribed()
        harness.change("large")
        harness.refund(harness.paid()[-1]["id"], 10_000)
        harness.deliver()

        # A third of the money was given back, and a third of the minutes with it.
        assert harness.change("huge")["worth_minor"] == 49_900 * 2 // 3


class TestTakingBack:
    @pytest.mark.parametrize(
        "now", [replace(LARGE, prices={"RUB": Money(59_900, "RUB")}), replace(LARGE, is_active=False)]
    )
    def test_keeps_the_price_that_was_agreed(self, harness: SubscriptionHarness, now: Product) -> None:
        subscription_id = harness.subscribed("large")
        harness.change("small")
        sell(harness, now)

        quote = quote_changes(harness.context, harness.account, subscription_id, [SMALL])["large"]
        answer = harness.change("large", expected_minor=49_900)

        assert isinstance(quote, ChangeQuote)
        assert (quote.takes_back, quote.charged.minor) == (True, 49_900)
        assert "code" not in answer
        harness.until(harness.row()["period_end"] - HOUR)
        assert harness.money() == (2 * 49_900, 0)

    def test_is_not_offered_where_nothing_waits(self, harness: SubscriptionHarness) -> None:
        subscription_id = harness.subscribed("large")
        sell(harness, dearer := replace(LARGE, prices={"RUB": Money(59_900, "RUB")}))

        [quote] = quote_changes(harness.context, harness.account, subscription_id, [dearer]).values()

        assert not isinstance(quote, ChangeQuote)


class TestDisputed:
    def test_is_not_charged_for_a_change(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        subscription_id = harness.subscribed()
        ref = double.open_dispute(str(harness.paid()[0]["payment_ref"]))
        harness.report_dispute(harness.paid()[0]["id"], "open", ref)

        [quote] = quote_changes(harness.context, harness.account, subscription_id, [LARGE]).values()

        assert harness.change("large")["code"] == "Disputed"
        assert isinstance(quote, ChangeQuote)
        assert quote.starts_at == harness.row()["period_end"]
        assert harness.money() == (19_900, 0)
        assert harness.change("large", when="period_end")["next_product_id"] == "large"
