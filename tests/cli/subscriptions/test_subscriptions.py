"""`billing subscriptions`: one is started, paid, changed, paused, resumed and cancelled by commands."""

from datetime import timedelta

from tests.cli.counter import Counter
from tests.gateways.sandbox.samples import gateway_of
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.subscriptions.harness import SubscriptionHarness


def buyer(counter: Counter) -> SubscriptionHarness:
    """An account that can be seen and paid for without a command."""
    harness = SubscriptionHarness(counter.engine, gateway_of(counter.sandbox), counter.sandbox)
    harness.offset, harness.minutes = timedelta(0), MinutesHarness(counter.engine, account="anna")
    return harness


class TestSubscriptions:
    def test_have_a_life_by_commands(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing
        assert billing("subscriptions", "show", "anna").returncode == 2

        started = billing.json("subscriptions", "start", "anna", "small", "--currency", "RUB")
        assert started["url"].startswith(counter.sandbox.url)
        harness.buyer_pays(started["order_id"])
        [line] = billing.json("subscriptions", "list")["subscriptions"]
        assert (line["status"], line["price"], line["period"]) == ("active", "199.00", "month")

        changed = billing("subscriptions", "change", "anna", "large")
        assert (changed.returncode, " is active " in changed.stdout) == (0, True)
        paused = billing.json("subscriptions", "pause", line["id"][:8])
        assert paused["status"] == "paused"
        assert billing.json("subscriptions", "resume", "anna")["status"] == "active"
        cancelled = billing("subscriptions", "cancel", "anna", "--reason", "too dear", "--by", "olga")
        assert "ends at" in cancelled.stdout

        page = billing.json("subscriptions", "show", "anna")
        assert (page["subscription"]["cancelled_by"], len(page["orders"])) == ("olga", 2)
        shown = billing("subscriptions", "show", "anna").stdout
        assert "olga: too dear" in shown

    def test_that_cannot_be_are_refused_with_the_reason(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing

        refused = billing("subscriptions", "start", "anna", "standard")
        assert (refused.returncode, "bought once" in refused.stdout) == (1, True)
        assert billing("subscriptions", "pause", "anna").returncode == 2
        started = billing.json("subscriptions", "start", "anna", "small", "--currency", "RUB")
        harness.buyer_pays(started["order_id"])

        assert billing("subscriptions", "pay", "anna").returncode == 1
        assert billing("subscriptions", "start", "anna", "large").returncode == 1
