"""`billing promotions simulate | liability`: what a code would have cost, and what is outstanding."""

from tests.cli.counter import Counter
from tests.workers.promotions.harness import PromotionHarness


class TestSimulate:
    def test_says_who_would_have_used_a_code_and_what_it_may_cost(self, counter: Counter) -> None:
        order = counter.bought()
        promotion = PromotionHarness(counter.engine, counter.harness)
        promotion.create(uses=10, code="autumn-10")
        assert promotion.pause()["is_paused"]

        found = counter.billing.json("promotions", "simulate", "AUTUMN10")
        shown = counter.billing("promotions", "simulate", "autumn-10").stdout

        [use] = found["uses"]
        assert (found["purchases"], use["order_id"], use["account_id"]) == (1, order, counter.harness.account)
        assert found["discounts_minor"] == {"RUB": use["discount_minor"]}
        assert found["worst_minor"] == {"RUB": 10 * use["discount_minor"]}
        assert "1 of 1 purchase of 30 days would have used it, by 1 account\n" in shown
        assert f"less           {use['discount']} RUB" in shown

    def test_of_an_unknown_code_says_so(self, counter: Counter) -> None:
        done = counter.billing("promotions", "simulate", "NOBODYS")

        assert (done.returncode, done.stderr) == (2, "billing: there is no code NOBODYS\n")


class TestLiability:
    def test_is_what_can_still_be_used_of_what_was_given(self, counter: Counter) -> None:
        counter.bought()
        assert counter.billing("grant", "bob", "--minutes", "5", "--kind", "bonus").returncode == 0
        assert counter.billing("grant", "bob", "--minutes", "9", "--kind", "purchased").returncode == 0

        found = counter.billing.json("promotions", "liability")
        shown = counter.billing("promotions", "liability").stdout

        [package] = found["packages"]
        assert (package["kind"], package["packages"], package["left_seconds"]) == ("bonus", 1, 300)
        assert [one["currency"] for one in found["worth"]] == ["RUB"]
        assert found["reserved"] == []
        assert "worth " in shown
