"""`billing subscriptions`: one is started, paid, changed, paused, resumed and cancelled by commands."""

import re
from datetime import timedelta

from tests.cli.counter import Counter
from tests.cli.payments.test_methods import saved
from tests.gateways.sandbox.samples import gateway_of
from tests.journeys.billing import Billing
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
        less = "the price of 499.00 RUB less 199.00 RUB for 1 h 40 m that were not used"
        assert f"charged now: 300.00 RUB, {less} (order " in changed.stdout
        self.assert_page_of_change(billing, first=started["order_id"])
        paused = billing.json("subscriptions", "pause", line["id"][:8])
        assert paused["status"] == "paused"
        assert billing.json("subscriptions", "resume", "anna")["status"] == "active"
        cancelled = billing("subscriptions", "cancel", "anna", "--reason", "too dear", "--by", "olga")
        assert "ends at" in cancelled.stdout

        page = billing.json("subscriptions", "show", "anna")
        assert (page["subscription"]["cancelled_by"], len(page["orders"])) == ("olga", 2)
        shown = billing("subscriptions", "show", "anna").stdout
        assert "olga: too dear" in shown

    def assert_page_of_change(self, billing: Billing, *, first: str) -> None:
        """The page of an order that was charged for a change says what it cost and why."""
        [order, _] = billing.json("orders", "list")["orders"]
        page = billing("orders", "show", order["id"]).stdout
        assert "large (Large), 5 h 00 m for a month\n" in page
        assert f"less           199.00 RUB for 1 h 40 m that were not used, of order {first}\n" in page
        assert "purchase       change of a subscription\n" in page
        assert re.search(r"checkout       (none, saved method \d+ is charged|\S{10,})\n", page)
        assert "none yet" not in page
        assert "period         20" in page

    def test_that_is_paused_ends_at_once_when_it_is_cancelled(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing
        started = billing.json("subscriptions", "start", "anna", "small", "--currency", "RUB")
        harness.buyer_pays(started["order_id"])
        billing("subscriptions", "pause", "anna")

        cancelled = billing("subscriptions", "cancel", "anna")
        paid = billing("subscriptions", "pay", "anna")

        assert " is cancelled since " in cancelled.stdout
        assert "it was paused, so it has ended at once" in cancelled.stdout
        assert (paid.returncode, paid.stdout) == (
            1,
            "refused: Ended: this subscription has ended; another one can be started\n",
        )

    def test_are_charged_by_another_method(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing
        started = billing.json("subscriptions", "start", "anna", "small", "--currency", "RUB")
        harness.buyer_pays(started["order_id"])
        [first] = billing.json("methods", "list", "anna")["methods"]
        second = saved(counter)

        same = billing("subscriptions", "change", "anna", "--method", str(second))
        assert (same.returncode, "is charged by" in same.stdout) == (1, True)
        assert billing("subscriptions", "change", "anna").returncode == 2
        assert billing("subscriptions", "change", "anna", "large", "--method", str(second)).returncode == 2
        changed = billing(
            "subscriptions", "change", "anna", "--method", str(first["id"]), "--by", "olga", "--reason", "old"
        )

        assert changed.returncode == 0
        assert f"by {first['label']} through sandbox" in changed.stdout
        page = billing.json("subscriptions", "show", "anna")
        assert page["method"] == {"id": first["id"], "label": first["label"]}
        [kept] = page["method_changes"]
        assert (kept["changed_by"], kept["reason"], kept["gateway"]) == ("olga", "old", "sandbox")
        shown = billing("subscriptions", "show", "anna").stdout
        assert f"{first['label']} (method {first['id']})" in shown
        assert "olga" in shown

    def test_that_cannot_be_are_refused_with_the_reason(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing

        refused = billing("subscriptions", "start", "anna", "standard")
        assert (refused.returncode, "bought once" in refused.stdout) == (1, True)
        assert billing("subscriptions", "pause", "anna").returncode == 2
        started = billing.json("subscriptions", "start", "anna", "small", "--currency", "RUB")
        harness.buyer_pays(started["order_id"])

        assert billing("subscriptions", "pay", "anna").returncode == 1
        assert billing("subscriptions", "start", "anna", "large").returncode == 1


class TestTrials:
    def test_begin_on_a_page_and_are_shown(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing

        started = billing("subscriptions", "start", "anna", "tried", "--currency", "RUB")
        first, link = started.stdout.splitlines()
        assert "14 days free with 30 m, then 199.00 RUB; it begins when a method is saved at" in first
        assert link.startswith(f"{counter.sandbox.url}/save/")
        [setup] = harness.minutes.select("SELECT id FROM method_setup")
        harness.buyer_saves(setup["id"])

        [line] = billing.json("subscriptions", "list")["subscriptions"]
        assert line["status"] == "active"
        assert line["trial_ends_at"] == line["period_end"] == line["next_attempt_at"]
        assert "trial " in billing("subscriptions", "list").stdout
        shown = billing("subscriptions", "show", "anna").stdout
        assert "14 days free with 30 m" in shown
        assert "trial ends" in shown
        assert "trial of a" in billing("statement", "anna").stdout
        assert billing.json("statement", "anna")["lines"][0]["is_trial"] is True

    def test_begin_once_and_say_so_before(self, counter: Counter) -> None:
        harness, billing = buyer(counter), counter.billing
        harness.on_trial()
        billing("subscriptions", "cancel", "anna", "--now")

        again = billing("subscriptions", "start", "anna", "tried", "--currency", "RUB").stdout

        assert again.startswith("without a trial (TrialUsed)\n")
        assert "199.00 RUB, to be paid at" in again
