"""`billing reconcile`: what the gateways know and we do not, and what a person must review."""

import json

from tests.cli.counter import Counter
from tests.journeys.billing import Billing


class TestReconcile:
    def test_finds_nothing_where_all_is_well(self, counter: Counter) -> None:
        counter.bought()

        done = counter.billing("reconcile", "--open", "--recent", "--sums", "--json")

        assert done.returncode == 0
        assert json.loads(done.stdout) == {"polled": {"open": 0, "recent": 1, "sums": 0}, "needs_review": []}

    def test_repairs_a_lost_webhook(self, counter: Counter) -> None:
        order_id = counter.harness.buy(currency="RUB")["order_id"]
        counter.sandbox.pay(counter.checkout_of(order_id))
        counter.execute("UPDATE orders SET updated_at = updated_at - interval '1 hour', polled_at = NULL")

        done = counter.billing("reconcile", "--open")

        assert done.returncode == 0
        assert "open payments polled: 1" in done.stdout
        assert counter.harness.order(order_id)["status"] == "paid"

    def test_without_an_option_only_shows_what_needs_review(self, counter: Counter) -> None:
        order_id = counter.harness.buy(currency="RUB")["order_id"]
        counter.execute("UPDATE orders SET needs_review = true, failure = 'a [strange] sum'")
        calls = counter.sandbox.count("fetch")

        done = counter.billing("reconcile", "--json")
        page = counter.billing("reconcile")

        assert (done.returncode, page.returncode) == (1, 1)
        [item] = json.loads(done.stdout)["needs_review"]
        assert (item["kind"], item["ref"], item["sentence"]) == (
            "order needs review",
            order_id,
            "a [strange] sum",
        )
        assert "[strange]" in page.stdout
        assert counter.sandbox.count("fetch") == calls

    def test_says_so_when_a_gateway_does_not_answer(self, counter: Counter) -> None:
        counter.sandbox.plan("fetch", "error_before")

        done = counter.billing("reconcile", "--recent")

        assert "sandbox" in done.stderr
        assert "could not be imported" in done.stderr

    def test_wants_a_gateway_to_poll(self, alone: Billing) -> None:
        assert alone.json("reconcile") == {"polled": {}, "needs_review": []}
        done = alone("reconcile", "--sums")
        assert done.returncode == 2
        assert "GATEWAYS names no gateway" in done.stderr
