"""Buying: intent, call, result; and money becomes minutes once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.gateway.errors import CallRefused
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.webhook import Hint, Subject
from messages.errors import MessageRejected, Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.workers.payments.harness import Crash, PaymentHarness, fresh_till, stock
from workers.payments.reconcile import import_recent, poll_open_payments


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Engine:
    """The shared database, with products on offer."""
    stock(shared_engine)
    return shared_engine


@pytest.fixture
def till(shop: Engine) -> Iterator[PaymentHarness]:
    """An account and a gateway of its own."""
    return fresh_till(shop)


class TestPurchase:
    def test_answers_with_where_to_pay(self, till: PaymentHarness) -> None:
        answer = till.buy(locale="ru-RU")

        assert answer["url"].startswith("http://127.0.0.1/pay/co_")
        assert (answer["amount_minor"], answer["currency"]) == (69_900, "RUB")
        [fact] = till.desk.facts("purchase.link_ready")
        assert fact["data"]["order_id"] == answer["order_id"]
        assert till.order(answer["order_id"])["title"] == "Стандартный"

    def test_grants_nothing_before_the_money_is_there(self, till: PaymentHarness) -> None:
        till.buy()

        assert till.desk.packages() == []

    def test_grants_when_the_webhook_comes(self, till: PaymentHarness) -> None:
        order_id, payment_ref = till.bought()

        [package] = till.desk.packages()
        order = till.order(order_id)
        assert (package["kind"], package["granted_seconds"], package["expires_at"]) == ("purchased", 18_000, None)
        assert (order["status"], order["package_id"], order["payment_ref"]) == ("paid", str(package["id"]), payment_ref)
        [fact] = till.desk.facts("purchase.completed")
        assert fact["data"]["granted_seconds"] == 18_000
        assert till.desk.facts("balance.changed")[-1]["data"]["available_seconds"] == 18_000

    def test_grants_once_whatever_is_repeated(self, till: PaymentHarness) -> None:
        order_id = till.buy()["order_id"]
        till.memory.pay(till.order(order_id)["checkout_ref"])
        [hint] = till.memory.hints

        heard = [till.hear(hint) for _ in range(3)]
        import_recent(till.payments)

        assert heard == ["applied"] * 3
        assert len(till.desk.packages()) == 1
        assert len(till.desk.facts("purchase.completed")) == 1

    def test_grants_once_for_two_events_that_tell_of_one_payment(self, till: PaymentHarness) -> None:
        order_id = till.buy()["order_id"]
        checkout_ref = till.order(order_id)["checkout_ref"]
        till.memory.pay(checkout_ref)
        till.memory.hints.append(Hint(till.memory.name, "evt_other", Subject.CHECKOUT, checkout_ref, "completed", True))

        till.hear_all()

        assert len(till.desk.packages()) == 1

    def test_pays_debt_first(self, till: PaymentHarness) -> None:
        till.use(600)

        till.bought()

        [package] = till.desk.packages()
        assert (package["left_seconds"], till.desk.row()["debt_seconds"]) == (17_400, 0)

    def test_lets_the_package_end_after_its_days(self, till: PaymentHarness) -> None:
        till.bought("month")

        [package] = till.desk.packages()
        assert (package["expires_at"] - package["activated_at"]).days == 30

    def test_takes_the_money_itself_where_approval_is_not_payment(self, till: PaymentHarness) -> None:
        till.memory.takes_itself = False

        order_id, _ = till.bought()

        assert till.order(order_id)["status"] == "paid"
        assert len(till.desk.packages()) == 1

    @pytest.mark.parametrize("state", [PaymentStatus.FAILED, PaymentStatus.EXPIRED])
    def test_late_money_is_real(self, till: PaymentHarness, state: PaymentStatus) -> None:
        order_id = till.buy()["order_id"]
        till.memory.fail(till.order(order_id)["checkout_ref"], state)
        till.hear_all()
        assert till.order(order_id)["status"] == state

        till.memory.pay(till.order(order_id)["checkout_ref"])
        till.hear_all()

        assert till.order(order_id)["status"] == "paid"
        assert len(till.desk.packages()) == 1
        assert len(till.desk.facts("purchase.failed")) == 1


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
    def test_are_answers_and_change_nothing(self, till: PaymentHarness, product: str, data: dict, code: str) -> None:
        answer = till.buy(product, **data)

        assert answer["code"] == code
        assert till.desk.select("SELECT * FROM orders WHERE account_id = :account") == []
        [fact] = till.desk.facts("purchase.failed")
        assert (fact["data"]["code"], fact["data"]["may_be_repeated"]) == (code, False)

    def test_same_id_with_other_content_is_rejected(self, till: PaymentHarness) -> None:
        till.buy(key=f"{till.account}-k")

        with pytest.raises(MessageRejected, match="used before with other content"):
            till.buy("month", key=f"{till.account}-k")


class TestFaults:
    def test_the_same_message_goes_on_where_it_stood(self, till: PaymentHarness) -> None:
        till.memory.faults.plan("create_checkout", Fault.ERROR_AFTER_COMMIT)
        event = till.event_of_purchase(f"{till.account}-again")
        with pytest.raises(Unavailable):
            till.handle(event)

        answer = till.handle(event)

        [order] = till.desk.select("SELECT * FROM orders WHERE account_id = :account")
        assert answer["url"] == order["redirect_url"]
        assert till.memory.calls["create_checkout"] == 2
        assert len(till.memory.checkouts()) == 1

    def test_is_given_up_after_days_when_its_approved_money_is_never_given(
        self, till: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(checkout_ref: str, key: str) -> GatewayPayment:
            raise CallRefused("PAYER_ACTION_REQUIRED", f"{checkout_ref} waits for its buyer, {key}")

        till.memory.takes_itself = False
        monkeypatch.setattr(till.memory, "complete_checkout", refuse)
        order_id = till.buy()["order_id"]
        till.memory.pay(till.order(order_id)["checkout_ref"])
        till.hear_all()
        before = till.order(order_id)["status"]

        till.offset = timedelta(days=5)
        poll_open_payments(till.payments)

        after = till.order(order_id)
        assert (before, after["status"], after["failure"]) == ("approved", "expired", "abandoned")

    @pytest.mark.parametrize("transactions", range(1, 6))
    @pytest.mark.parametrize("is_after_commit", [True, False])
    def test_a_crash_between_any_two_steps_loses_and_doubles_nothing(
        self, till: PaymentHarness, transactions: int, is_after_commit: bool
    ) -> None:
        till.memory.takes_itself = False
        till.plug.transactions, till.plug.is_after_commit = transactions, is_after_commit
        for _ in range(2):
            try:
                till.bought()
                break
            except Crash:
                continue
        till.plug.transactions = 0

        for order in till.desk.select("SELECT id FROM orders WHERE account_id = :account"):
            poll_open_payments(till.payments, open_for=till.clock() - till.clock())
            till.memory.pay(till.order(order["id"])["checkout_ref"])
        poll_open_payments(till.payments, open_for=till.clock() - till.clock())
        till.hear_all()

        orders = till.desk.select("SELECT * FROM orders WHERE account_id = :account")
        assert {order["status"] for order in orders} == {"paid"}
        assert len(till.desk.packages()) == len(orders)
        assert sum(till.memory.books_of(order["checkout_ref"])[0] for order in orders) == 69_900 * len(orders)

    def test_a_lost_webhook_is_made_up_for(self, till: PaymentHarness) -> None:
        order_id = till.buy()["order_id"]
        till.memory.pay(till.order(order_id)["checkout_ref"])
        till.memory.hints.clear()

        poll_open_payments(till.payments, open_for=till.clock() - till.clock())

        assert till.order(order_id)["status"] == "paid"

    def test_a_webhook_of_an_unknown_order_is_kept_and_tried_again(self, till: PaymentHarness) -> None:
        hint = Hint(till.memory.name, "evt_early", Subject.CHECKOUT, "co_1", "completed", True)

        first = till.hear(hint)
        order_id = till.buy()["order_id"]
        till.memory.pay(till.order(order_id)["checkout_ref"])
        till.memory.hints.clear()
        poll_open_payments(till.payments, open_for=till.clock() - till.clock())

        assert first == "unmatched"
        [webhook] = till.desk.select("SELECT state FROM webhook WHERE gateway = :gateway", gateway=till.memory.name)
        assert webhook["state"] == "applied"
        assert len(till.desk.packages()) == 1
