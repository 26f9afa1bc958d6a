"""Buying: intent, call, result; and money becomes minutes once."""

from datetime import timedelta

import pytest

from domain.gateway.errors import CallRefused
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.webhook import Hint, Subject
from messages.errors import MessageRejected, Unavailable
from tests.doubles.faults import Fault
from tests.workers.payments.harness import Crash, PaymentHarness
from workers.payments.reconcile import import_recent, poll_open_payments


class TestPurchase:
    def test_answers_with_where_to_pay(self, harness: PaymentHarness) -> None:
        answer = harness.buy(locale="ru-RU")

        assert answer["url"].startswith("http://127.0.0.1/pay/co_")
        assert (answer["amount_minor"], answer["currency"]) == (69_900, "RUB")
        [fact] = harness.minutes.facts("purchase.link_ready")
        assert fact["data"]["order_id"] == answer["order_id"]
        assert harness.order(answer["order_id"])["title"] == "Стандартный"

    def test_grants_nothing_before_the_money_is_there(self, harness: PaymentHarness) -> None:
        harness.buy()

        assert harness.minutes.packages() == []

    def test_grants_when_the_webhook_comes(self, harness: PaymentHarness) -> None:
        order_id, payment_ref = harness.bought()

        [package] = harness.minutes.packages()
        order = harness.order(order_id)
        assert (package["kind"], package["granted_seconds"], package["expires_at"]) == ("purchased", 18_000, None)
        assert (order["status"], order["package_id"], order["payment_ref"]) == ("paid", str(package["id"]), payment_ref)
        [fact] = harness.minutes.facts("purchase.completed")
        assert fact["data"]["granted_seconds"] == 18_000
        assert harness.minutes.facts("balance.changed")[-1]["data"]["available_seconds"] == 18_000

    def test_grants_once_whatever_is_repeated(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        [hint] = harness.memory.hints

        heard = [harness.hear(hint) for _ in range(3)]
        import_recent(harness.context)

        assert heard == ["applied"] * 3
        assert len(harness.minutes.packages()) == 1
        assert len(harness.minutes.facts("purchase.completed")) == 1

    def test_grants_once_for_two_events_about_one_payment(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        harness.memory.pay(checkout_ref)
        harness.memory.hints.append(
            Hint(harness.memory.name, "evt_other", Subject.CHECKOUT, checkout_ref, "completed", True)
        )

        harness.hear_all()

        assert len(harness.minutes.packages()) == 1

    def test_pays_debt_first(self, harness: PaymentHarness) -> None:
        harness.use(600)

        harness.bought()

        [package] = harness.minutes.packages()
        assert (package["left_seconds"], harness.minutes.row()["debt_seconds"]) == (17_400, 0)

    def test_lets_the_package_end_after_its_days(self, harness: PaymentHarness) -> None:
        harness.bought("month")

        [package] = harness.minutes.packages()
        assert (package["expires_at"] - package["activated_at"]).days == 30

    def test_takes_the_money_itself_where_approval_is_not_payment(self, harness: PaymentHarness) -> None:
        harness.memory.takes_itself = False

        order_id, _ = harness.bought()

        assert harness.order(order_id)["status"] == "paid"
        assert len(harness.minutes.packages()) == 1

    @pytest.mark.parametrize("state", [PaymentStatus.FAILED, PaymentStatus.EXPIRED])
    def test_late_money_is_real(self, harness: PaymentHarness, state: PaymentStatus) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.fail(harness.order(order_id)["checkout_ref"], state)
        harness.hear_all()
        assert harness.order(order_id)["status"] == state

        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.hear_all()

        assert harness.order(order_id)["status"] == "paid"
        assert len(harness.minutes.packages()) == 1
        assert len(harness.minutes.facts("purchase.failed")) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("product", "data", "code"),
        [
            ("nothing", {}, "UnknownProduct"),
            ("old", {}, "UnknownProduct"),
            ("monthly", {}, "Subscription"),
            ("standard", {"currency": "USD"}, "NoPrice"),
            ("standard", {"gateway": "elsewhere"}, "NoGateway"),
        ],
    )
    def test_are_answers_and_change_nothing(self, harness: PaymentHarness, product: str, data: dict, code: str) -> None:
        answer = harness.buy(product, **data)

        assert answer["code"] == code
        assert harness.orders() == []
        [fact] = harness.minutes.facts("purchase.failed")
        assert (fact["data"]["code"], fact["data"]["may_be_repeated"]) == (code, False)

    def test_same_id_with_other_content_is_rejected(self, harness: PaymentHarness) -> None:
        harness.buy(key=f"{harness.account}-k")

        with pytest.raises(MessageRejected, match="used before with other content"):
            harness.buy("month", key=f"{harness.account}-k")


class TestFaults:
    def test_the_same_message_goes_on_where_it_stood(self, harness: PaymentHarness) -> None:
        harness.memory.faults.plan("create_checkout", Fault.ERROR_AFTER_COMMIT)
        event = harness.event_of_purchase(f"{harness.account}-again")
        with pytest.raises(Unavailable):
            harness.handle(event)

        answer = harness.handle(event)

        [order] = harness.orders()
        assert answer["url"] == order["redirect_url"]
        assert harness.memory.calls["create_checkout"] == 2
        assert len(harness.memory.checkouts()) == 1

    def test_expires_after_days_when_its_approved_money_is_never_given(
        self, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(checkout_ref: str, key: str) -> GatewayPayment:
            raise CallRefused("PAYER_ACTION_REQUIRED", f"{checkout_ref} waits for its buyer, {key}")

        harness.memory.takes_itself = False
        monkeypatch.setattr(harness.memory, "complete_checkout", refuse)
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.hear_all()
        before = harness.order(order_id)["status"]

        harness.offset = timedelta(days=5)
        poll_open_payments(harness.context)

        after = harness.order(order_id)
        assert (before, after["status"], after["failure"]) == ("approved", "expired", "abandoned")

    @pytest.mark.parametrize("transactions", range(1, 6))
    @pytest.mark.parametrize("is_after_commit", [True, False])
    def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(
        self, harness: PaymentHarness, transactions: int, is_after_commit: bool
    ) -> None:
        harness.memory.takes_itself = False
        harness.plug.transactions, harness.plug.is_after_commit = transactions, is_after_commit
        for _ in range(2):
            try:
                harness.bought()
                break
            except Crash:
                continue
        harness.plug.transactions = 0

        for order in harness.orders():
            poll_open_payments(harness.context, open_for=harness.clock() - harness.clock())
            harness.memory.pay(harness.order(order["id"])["checkout_ref"])
        poll_open_payments(harness.context, open_for=harness.clock() - harness.clock())
        harness.hear_all()

        orders = harness.orders()
        assert {order["status"] for order in orders} == {"paid"}
        assert len(harness.minutes.packages()) == len(orders)
        assert sum(harness.memory.books_of(order["checkout_ref"])[0] for order in orders) == 69_900 * len(orders)

    def test_a_lost_webhook_is_recovered_by_polling(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.memory.hints.clear()

        poll_open_payments(harness.context, open_for=harness.clock() - harness.clock())

        assert harness.order(order_id)["status"] == "paid"

    def test_a_webhook_of_an_unknown_order_is_saved_and_tried_again(self, harness: PaymentHarness) -> None:
        name = harness.memory.name
        hint = Hint(name, "evt_early", Subject.CHECKOUT, f"co_{name}_1", "completed", True)

        first = harness.hear(hint)
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.memory.hints.clear()
        poll_open_payments(harness.context, open_for=harness.clock() - harness.clock())

        assert first == "unmatched"
        [webhook] = harness.minutes.select(
            "SELECT state FROM webhook WHERE gateway = :gateway", gateway=harness.memory.name
        )
        assert webhook["state"] == "applied"
        assert len(harness.minutes.packages()) == 1
