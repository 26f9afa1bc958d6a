"""Saving a method without paying: intent, call, result; webhooks and polls; choosing and forgetting."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from domain.gateway.errors import CallRefused
from gateways.paypal import open_gateway
from gateways.settings import GatewaySettings
from messages.errors import MessageRejected, Unavailable
from messages.payments.methods import MethodForgetRequested, MethodPreferRequested, SetupRequested, SetupReturned
from messages.queues import PURCHASE
from store.engine import Engine
from store.payments.method import find_expiring_methods
from store.reading import reading
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.stripe.double import StripeDouble
from tests.gateways.stripe.samples import gateway_at, lowered, reader_of
from tests.workers.payments.harness import Crash, PaymentHarness
from tests.workers.payments.test_saved_methods import hear_all as hear_paypal
from workers.payments.reconcile import poll_open_payments

NOW = timedelta(0)


def ask(harness: PaymentHarness, *, key: str | None = None, **data: Any) -> dict[str, Any]:
    """Ask for a setup and return the answer."""
    return harness.handle(harness.event(SetupRequested, data, PURCHASE, key=key))


def setups(harness: PaymentHarness) -> list[dict[str, Any]]:
    """The rows of the account's setups."""
    return harness.minutes.select(
        "SELECT method_setup.* FROM method_setup JOIN account ON number = account WHERE account.id = :account"
    )


def methods(harness: PaymentHarness) -> list[dict[str, Any]]:
    """The rows of the account's methods, in the order in which they are tried."""
    return harness.minutes.select(
        "SELECT saved_method.* FROM saved_method JOIN account ON number = account WHERE account.id = :account"
        " ORDER BY preferred_at DESC, saved_method.id DESC"
    )


def saved(harness: PaymentHarness) -> int:
    """Save a method by a setup; return its number."""
    ask(harness)
    harness.memory.finish_setup(setups(harness)[-1]["setup_ref"])
    harness.hear_all()
    return int(methods(harness)[0]["id"])


class TestSetup:
    def test_answers_with_where_the_buyer_saves_a_method(self, harness: PaymentHarness) -> None:
        answer = ask(harness)

        assert answer["url"].startswith("http://127.0.0.1/save/set_")
        assert (answer["status"], answer["gateway"]) == ("pending", harness.memory.name)
        [fact] = harness.minutes.facts("method.link_ready")
        assert (fact["data"]["setup_id"], fact["data"]["url"]) == (answer["setup_id"], answer["url"])
        assert methods(harness) == []

    @pytest.mark.parametrize("takes_itself", [True, False])
    def test_saves_the_method_when_the_webhook_comes(self, harness: PaymentHarness, takes_itself: bool) -> None:
        harness.memory.takes_itself = takes_itself
        ask(harness)
        harness.memory.finish_setup(setups(harness)[0]["setup_ref"])
        [hint] = harness.memory.hints

        assert [harness.hear(hint) for _ in range(3)] == ["applied"] * 3

        [method] = methods(harness)
        [setup] = setups(harness)
        assert (method["label"], method["expires_on"], method["ended_at"]) == ("Card *4242", date(2031, 12, 31), None)
        assert (setup["status"], setup["failure"]) == ("saved", None)
        assert setup["ended_at"] is not None
        [fact] = harness.minutes.facts("method.saved")
        assert fact["data"] == {
            "method_id": method["id"],
            "gateway": harness.memory.name,
            "label": "Card *4242",
            "expires_on": "2031-12-31",
        }

    def test_is_one_for_one_message(self, harness: PaymentHarness) -> None:
        event = harness.event(SetupRequested, {}, PURCHASE, key=f"save-of-{harness.account}")

        assert harness.handle(event) == harness.handle(event)

        assert len(setups(harness)) == 1
        assert harness.memory.calls["create_setup"] == 1
        with pytest.raises(MessageRejected):
            ask(harness, key=f"save-of-{harness.account}", currency="EUR")

    def test_that_nobody_can_make_is_refused(self, harness: PaymentHarness) -> None:
        answer = ask(harness, gateway="nowhere")

        assert answer["code"] == "NoGateway"
        [fact] = harness.minutes.facts("method.setup_failed")
        assert fact["data"]["code"] == "NoGateway"
        assert setups(harness) == []

    def test_that_the_gateway_refuses_has_failed(
        self, harness: PaymentHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise CallRefused("not_enabled", "saving is not allowed")

        monkeypatch.setattr(harness.memory, "create_setup", refuse)

        answer = ask(harness)

        assert (answer["status"], answer["code"]) == ("failed", "not_enabled")
        [fact] = harness.minutes.facts("method.setup_failed")
        assert fact["data"]["code"] == "not_enabled"

    def test_that_the_bank_refuses_has_failed_and_may_be_saved_late(self, harness: PaymentHarness) -> None:
        ask(harness)
        ref = setups(harness)[0]["setup_ref"]
        harness.memory.fail_setup(ref, "card_declined")
        harness.hear_all()
        assert (setups(harness)[0]["status"], setups(harness)[0]["failure"]) == ("failed", "card_declined")

        harness.memory.retry_setup(ref)
        harness.hear_all()

        assert (setups(harness)[0]["status"], setups(harness)[0]["failure"]) == ("saved", None)
        assert len(methods(harness)) == 1

    def test_is_polled_where_no_webhook_comes(self, harness: PaymentHarness) -> None:
        harness.memory.takes_itself = False
        ask(harness)
        harness.memory.finish_setup(setups(harness)[0]["setup_ref"])
        harness.memory.take_hints()

        poll_open_payments(harness.context, open_for=NOW)

        assert len(methods(harness)) == 1
        assert setups(harness)[0]["status"] == "saved"

    def test_is_asked_for_when_the_buyer_is_back(self, harness: PaymentHarness) -> None:
        setup_id = ask(harness)["setup_id"]
        harness.memory.finish_setup(setups(harness)[0]["setup_ref"])

        answer = harness.handle(harness.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))

        assert answer["status"] == "saved"
        assert len(methods(harness)) == 1

    def test_of_another_account_is_not_asked_for(self, harness: PaymentHarness, shop: Engine) -> None:
        setup_id = ask(harness)["setup_id"]
        other = PaymentHarness(shop, harness.memory)

        answer = other.handle(other.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))

        assert answer["code"] == "NoSuchSetup"

    def test_that_nobody_finishes_expires(self, harness: PaymentHarness) -> None:
        ask(harness)
        poll_open_payments(harness.context, open_for=NOW)
        assert setups(harness)[0]["status"] == "pending"

        harness.offset += timedelta(days=3, minutes=1)
        poll_open_payments(harness.context, open_for=NOW)

        assert (setups(harness)[0]["status"], setups(harness)[0]["failure"]) == ("expired", "abandoned")
        [fact] = harness.minutes.facts("method.setup_failed")
        assert fact["data"]["code"] == "abandoned"

    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.UNKNOWN])
    def test_that_was_not_answered_goes_on_by_the_poll(self, harness: PaymentHarness, fault: Fault) -> None:
        harness.memory.faults.plan("create_setup", fault)
        with pytest.raises(Unavailable):
            ask(harness)

        poll_open_payments(harness.context, open_for=NOW)

        assert setups(harness)[0]["setup_ref"] is not None
        assert len(harness.memory.vault.setups) == 1
        assert len(harness.minutes.facts("method.link_ready")) == 1

    @pytest.mark.parametrize("is_after_commit", [True, False])
    @pytest.mark.parametrize("number", range(1, 8))
    def test_that_is_killed_anywhere_is_done_once(
        self, harness: PaymentHarness, number: int, is_after_commit: bool
    ) -> None:
        harness.memory.takes_itself = False
        event = harness.event(SetupRequested, {}, PURCHASE)
        harness.plug.transactions, harness.plug.is_after_commit = number, is_after_commit
        for _ in range(3):
            try:
                harness.handle(event)
                if not harness.memory.calls["complete_setup"]:
                    harness.memory.finish_setup(setups(harness)[0]["setup_ref"])
                poll_open_payments(harness.context, open_for=NOW)
            except Crash:
                harness.plug.transactions = 0

        assert len(harness.memory.vault.setups) == 1
        assert [row["status"] for row in setups(harness)] == ["saved"]
        assert len(methods(harness)) == len(harness.memory.vault.methods) == 1
        assert len(harness.minutes.facts("method.saved")) == 1
        assert len(harness.minutes.facts("method.link_ready")) == 1


class TestMethods:
    def test_are_tried_the_newest_first(self, harness: PaymentHarness) -> None:
        first, second = saved(harness), saved(harness)

        assert [row["id"] for row in methods(harness)] == [second, first]

    def test_that_are_preferred_are_tried_first(self, harness: PaymentHarness) -> None:
        first, second = saved(harness), saved(harness)

        answer = harness.handle(harness.event(MethodPreferRequested, {"method_id": first}, PURCHASE))

        assert answer == {"method_id": first}
        assert [row["id"] for row in methods(harness)] == [first, second]

    def test_that_are_forgotten_are_gone_there_too(self, harness: PaymentHarness) -> None:
        method_id = saved(harness)
        event = harness.event(MethodForgetRequested, {"method_id": method_id}, PURCHASE)

        assert harness.handle(event) == harness.handle(event) == {"method_id": method_id}

        [row] = methods(harness)
        assert (row["end_reason"], row["released_at"] is not None) == ("forgotten", True)
        assert harness.memory.vault.methods == {}
        [fact] = harness.minutes.facts("method.ended")
        assert fact["data"]["reason"] == "forgotten"

    def test_that_the_gateway_could_not_forget_are_forgotten_by_the_poll(self, harness: PaymentHarness) -> None:
        method_id = saved(harness)
        harness.memory.faults.plan("forget_method", Fault.ERROR_BEFORE)
        with pytest.raises(Unavailable):
            harness.handle(harness.event(MethodForgetRequested, {"method_id": method_id}, PURCHASE))
        assert methods(harness)[0]["end_reason"] == "forgotten"

        poll_open_payments(harness.context, open_for=NOW)

        assert methods(harness)[0]["released_at"] is not None
        assert harness.memory.vault.methods == {}

    def test_stay_forgotten_when_the_setup_is_heard_of_again(self, harness: PaymentHarness) -> None:
        ask(harness)
        harness.memory.finish_setup(setups(harness)[0]["setup_ref"])
        [hint] = harness.memory.hints
        harness.hear_all()
        method_id = methods(harness)[0]["id"]
        harness.handle(harness.event(MethodForgetRequested, {"method_id": method_id}, PURCHASE))

        harness.hear(hint)

        assert [row["end_reason"] for row in methods(harness)] == ["forgotten"]

    @pytest.mark.parametrize("model", [MethodPreferRequested, MethodForgetRequested])
    def test_of_another_account_are_left_alone(
        self, harness: PaymentHarness, shop: Engine, model: type[MethodForgetRequested]
    ) -> None:
        method_id = saved(harness)
        other = PaymentHarness(shop, harness.memory)

        answer = other.handle(other.event(model, {"method_id": method_id}, PURCHASE))

        assert answer["code"] == "NoSuchMethod"
        assert methods(harness)[0]["ended_at"] is None

    def test_that_expire_soon_are_found(self, harness: PaymentHarness) -> None:
        method_id = saved(harness)

        with reading(harness.engine) as session:
            found = find_expiring_methods(session, since=date(2031, 12, 2), until=date(2031, 12, 31))
            none = find_expiring_methods(session, since=date(2031, 11, 1), until=date(2031, 12, 30))

        assert method_id in {one.id for one in found}
        assert method_id not in {one.id for one in none}


class TestPaypal:
    @pytest.fixture
    def double(self) -> Iterator[PaypalDouble]:
        with PaypalDouble() as serving:
            yield serving

    @pytest.fixture
    def harness(self, shop: Engine, double: PaypalDouble) -> PaymentHarness:
        return PaymentHarness(shop, open_gateway(GatewaySettings("PAYPAL_", double.settings())))

    def test_saves_a_wallet_when_the_buyer_is_back(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        setup_id = ask(harness)["setup_id"]
        double.finish_setup(setups(harness)[0]["setup_ref"])

        harness.handle(harness.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))
        hear_paypal(harness, double)

        [method] = methods(harness)
        assert (method["token"], method["label"]) == (next(iter(double.state.tokens)), "PayPal b***@example.com")

    def test_saves_a_wallet_whose_setup_was_cut_off(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        setup_id = ask(harness)["setup_id"]
        double.finish_setup(setups(harness)[0]["setup_ref"])
        harness.plug.transactions = 5
        with pytest.raises(Crash):
            harness.handle(harness.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))

        hear_paypal(harness, double)
        poll_open_payments(harness.context, open_for=NOW)

        assert [row["token"] for row in methods(harness)] == list(double.state.tokens)
        assert len(harness.minutes.facts("method.saved")) == 1

    def test_loses_a_wallet_that_the_buyer_has_taken_back(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        setup_id = ask(harness)["setup_id"]
        double.finish_setup(setups(harness)[0]["setup_ref"])
        harness.handle(harness.event(SetupReturned, {"setup_id": setup_id}, PURCHASE))

        double.forget_method(methods(harness)[0]["token"])
        hear_paypal(harness, double)

        assert methods(harness)[0]["end_reason"] == "lost"
        [fact] = harness.minutes.facts("method.ended")
        assert fact["data"]["reason"] == "lost"

    def test_of_another_shop_is_foreign(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        with double.state.lock:
            double.state.emit(
                "VAULT.PAYMENT-TOKEN.CREATED", "payment_token", {"id": "8kk8451t", "customer": {"id": "x"}}
            )

        hear_paypal(harness, double)

        states = harness.minutes.select("SELECT state FROM webhook WHERE ref = '8kk8451t'")
        assert [row["state"] for row in states] == ["foreign"]


class TestStripe:
    @pytest.fixture
    def double(self) -> Iterator[StripeDouble]:
        with StripeDouble() as serving:
            yield serving

    @pytest.fixture
    def harness(self, shop: Engine, double: StripeDouble) -> PaymentHarness:
        return PaymentHarness(shop, gateway_at(double))

    def test_follows_a_card_until_it_is_detached(self, harness: PaymentHarness, double: StripeDouble) -> None:
        ask(harness)
        double.finish_setup(setups(harness)[0]["setup_ref"])
        hear_stripe(harness, double)
        [method] = methods(harness)
        assert (method["label"], method["expires_on"]) == ("Visa *4242", date(2032, 12, 31))

        double.replace_card(method["token"], exp_year=2040)
        hear_stripe(harness, double)
        assert methods(harness)[0]["expires_on"] == date(2040, 12, 31)

        double.detach(method["token"])
        hear_stripe(harness, double)
        assert methods(harness)[0]["end_reason"] == "lost"
        assert [fact["data"]["reason"] for fact in harness.minutes.facts("method.ended")] == ["lost"]

    def test_saves_a_bank_account_when_its_check_has_ended(self, harness: PaymentHarness, double: StripeDouble) -> None:
        ask(harness)
        ref = setups(harness)[0]["setup_ref"]
        double.begin_slow_setup(ref)
        hear_stripe(harness, double)
        assert (setups(harness)[0]["status"], methods(harness)) == ("pending", [])

        harness.offset += timedelta(days=3, minutes=1)
        poll_open_payments(harness.context, open_for=NOW)
        double.end_slow_setup(ref)
        hear_stripe(harness, double)

        assert (setups(harness)[0]["status"], setups(harness)[0]["setup_ref"]) == ("saved", ref)
        assert len(methods(harness)) == 1

    def test_of_another_shop_is_left_alone(self, harness: PaymentHarness, double: StripeDouble) -> None:
        double.save_card_for_another_shop()

        assert hear_stripe(harness, double) == []


def hear_stripe(harness: PaymentHarness, double: StripeDouble) -> list[str]:
    """Let everything arrive that Stripe has sent so far; return what became of what is of use."""
    reader = reader_of(double)
    hints = [reader.read(lowered(webhook), webhook.body, "127.0.0.1") for webhook in list(double.deliveries.sent)]
    return [harness.hear(hint) for hint in hints if hint is not None]
