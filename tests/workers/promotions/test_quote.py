"""Quotes: what codes would change, without changing anything."""

from domain.money import Money
from domain.refusal import Refusal
from store.reading import reading
from tests.workers.promotions.harness import PromotionHarness
from workers.promotions.quote import Asked, Quote, quote


def quoted(codes: PromotionHarness, product_id: str = "standard", *named: str) -> Quote | Refusal:
    """What the account would pay with codes; with the harness's own if none is named."""
    asked = Asked(codes.payments.account, product_id, named or (codes.code,))
    with reading(codes.engine) as session:
        return quote(session, codes.payments.context, asked, at=codes.payments.clock())


class TestQuote:
    def test_says_what_the_checkout_will_ask_for_and_counts_nothing(self, codes: PromotionHarness) -> None:
        codes.create()

        said = quoted(codes)

        assert said == Quote("standard", Money(69_900, "RUB"), Money(62_910, "RUB"), 18_000)
        assert codes.uses() == []
        assert codes.buy()["amount_minor"] == 62_910

    def test_says_what_comes_besides(self, codes: PromotionHarness) -> None:
        codes.create("bonus_percent", share=1_000, valid_days=30)

        said = quoted(codes)

        assert isinstance(said, Quote)
        assert (said.bonus_seconds, said.bonus_valid_days) == (1_800, 30)

    def test_of_a_subscription_is_never_below_what_its_gateway_charges(self, codes: PromotionHarness) -> None:
        codes.create(share=10_000, periods=3)

        said = quoted(codes, "monthly")

        assert isinstance(said, Quote)
        assert (said.price, said.periods) == (Money(1, "RUB"), 3)

    def test_refuses_as_the_checkout_would(self, codes: PromotionHarness) -> None:
        codes.create()
        codes.buy()

        said = quoted(codes)

        assert isinstance(said, Refusal)
        assert said.code == codes.buy()["code"] == "UsedByYou"

    def test_refuses_after_too_many_tries_and_counts_as_none(self, codes: PromotionHarness) -> None:
        codes.create()
        while codes.buy("NO-SUCH-CODE")["code"] != "TooManyTries":
            pass

        said = quoted(codes)

        assert isinstance(said, Refusal)
        assert said.code == codes.buy()["code"] == "TooManyTries"
        with codes.later(hours=25):
            assert isinstance(quoted(codes), Quote)
