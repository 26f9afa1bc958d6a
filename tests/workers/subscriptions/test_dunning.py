"""Renewals that fail: what is tried when, what waits for the buyer, and when it is over."""

from datetime import timedelta

from domain.gateway.payment import PaymentStatus
from gateways.sandbox.server import payments
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness


def declined(harness: SubscriptionHarness, double: SandboxDouble, *codes: str) -> None:
    """Subscribe, and let the first tries of the renewal be declined."""
    harness.subscribed()
    double.state.next_declines += list(codes)
    harness.until(harness.row()["period_end"] - 6 * HOUR)


class TestLater:
    def test_is_tried_on_four_days_and_then_ends(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, *["insufficient_funds"] * 9)
        first, days = harness.row()["first_failed_at"], []
        for day in range(1, 16):
            before = len(harness.attempts())
            harness.until(first + day * DAY)
            days += [day] * (len(harness.attempts()) - before)
            if harness.status() == "unpaid":
                break

        assert (days, harness.status(), harness.row()["needs_buyer"]) == ([1, 3, 5, 7], "unpaid", True)
        harness.until(first + 14 * DAY)
        assert harness.status() == "cancelled"
        assert harness.kinds() == ["started", *["past_due"] * 5, "ended"]
        assert harness.money() == (19_900, 0)

    def test_is_over_when_its_days_are_over_however_late_that_is_seen(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        declined(harness, double, "fraud_suspected")
        first = harness.row()["first_failed_at"]

        harness.until(first + 60 * DAY)

        assert (harness.status(), harness.row()["ended_at"]) == ("cancelled", first + 14 * DAY)


class TestAVagueCode:
    def test_is_tried_twice_more_and_then_waits_for_the_buyer(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        declined(harness, double, *["nobody_knows"] * 5)
        first = harness.row()["first_failed_at"]

        for day in (1, 3, 5):
            harness.until(first + day * DAY)

        assert (harness.status(), harness.row()["needs_buyer"]) == ("past_due", True)
        assert len(harness.attempts()) == 4


class TestNever:
    def test_stops_at_once(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, "fraud_suspected")

        assert (harness.status(), harness.row()["next_attempt_at"]) == ("unpaid", None)
        harness.pass_time(6 * DAY)
        assert len(harness.attempts()) == 2


class TestCustomerAction:
    def test_waits_for_the_buyer_who_pays_the_same_renewal(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        declined(harness, double, "authentication_required")
        end = harness.row()["period_end"]
        assert (harness.status(), harness.row()["needs_buyer"]) == ("past_due", True)

        harness.pass_time(DAY)
        answer = harness.pay_by_hand()
        again = harness.pay_by_hand()
        harness.buyer_pays(answer["order_id"])

        assert answer["url"] == again["url"]
        assert harness.status() == "active"
        assert [order["id"] for order in harness.paid()][1:] == [answer["order_id"]]
        assert harness.row()["period_start"] == end
        assert harness.money() == (2 * 19_900, 0)

    def test_nobody_pays_by_hand_what_is_not_owed(self, harness: SubscriptionHarness) -> None:
        harness.subscribed()

        assert harness.pay_by_hand()["code"] == "NothingOwed"

    def test_ends_when_the_buyer_does_nothing(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, "authentication_required")

        harness.pass_time(8 * DAY)
        assert harness.status() == "unpaid"
        harness.pass_time(7 * DAY)

        assert harness.status() == "cancelled"
        assert len(harness.attempts()) == 2

    def test_can_still_be_paid_when_it_is_unpaid(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, "authentication_required")
        harness.pass_time(8 * DAY)

        harness.buyer_pays(harness.pay_by_hand()["order_id"])

        assert harness.status() == "active"


class TestCheckoutBesideDunning:
    def test_keeps_the_next_charge_waiting(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, "insufficient_funds")
        first = harness.row()["first_failed_at"]
        harness.until(first + DAY - HOUR / 2)
        answer = harness.pay_by_hand()

        harness.until(first + DAY)
        assert len(harness.paid()) == 1
        harness.buyer_pays(answer["order_id"])

        assert harness.money() == (2 * 19_900, 0)
        assert harness.status() == "active"

    def test_is_charged_when_the_buyer_stays_away(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, "insufficient_funds")
        first = harness.row()["first_failed_at"]
        harness.until(first + DAY - HOUR / 2)
        answer = harness.pay_by_hand()
        double.expire(harness.order(answer["order_id"])["checkout_ref"])
        harness.hear_of(harness.order(answer["order_id"])["checkout_ref"])

        harness.until(first + DAY)

        assert harness.status() == "active"
        assert [outcome for _, outcome, *_ in harness.attempts()] == ["paid", "declined", "paid"]

    def test_paid_late_beside_a_charge_is_put_before_a_person(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        declined(harness, double, "insufficient_funds")
        answer = harness.pay_by_hand()
        checkout = harness.order(answer["order_id"])["checkout_ref"]
        harness.pass_time(3 * DAY)
        harness.pass_time(HOUR)
        assert harness.status() == "active"

        # The sandbox was asked and called it over; a bank may still pay it.
        page = double.state.records.payments[checkout]
        page.state, page.expires_at = PaymentStatus.PENDING, None
        payments.pay(double.state, checkout)
        harness.hear_of(checkout)

        assert len(harness.paid()) == 2
        assert [kind for kind, _ in harness.items()] == ["order needs review"]


class TestNewMethod:
    def test_waits_for_the_buyer_without_another_one(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        declined(harness, double, "card_expired")

        assert (harness.status(), harness.row()["needs_buyer"]) == ("past_due", True)

    def test_is_tried_by_the_next_one_at_once(self, harness: SubscriptionHarness, double: SandboxDouble) -> None:
        order_id = harness.buy("standard", currency="RUB", save_method=True)["order_id"]
        harness.buyer_pays(order_id)
        declined(harness, double, "card_expired")

        harness.run()

        assert harness.status() == "active"
        assert [outcome for _, outcome, *_ in harness.attempts()][-2:] == ["declined", "paid"]

    def test_that_is_saved_meanwhile_is_charged_at_once(
        self, harness: SubscriptionHarness, double: SandboxDouble
    ) -> None:
        declined(harness, double, "card_expired")
        harness.pass_time(timedelta(hours=2))

        harness.buyer_pays(harness.buy("standard", currency="RUB", save_method=True)["order_id"])
        harness.run()

        assert harness.status() == "active"
