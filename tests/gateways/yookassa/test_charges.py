"""Charges of a saved method, without the buyer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.decline import Decline, Retry
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import PaymentStatus, SavedMethod
from domain.money import Money
from gateways.yookassa.adapter import YooKassaGateway
from gateways.yookassa.declines import RETRIES, decline_of
from tests.doubles.faults import Fault
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import PRICE, a_key, charge_request, paid, saved_method


class TestCharging:
    def test_takes_the_money_at_once(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        method = saved_method(double, gateway)

        payment = gateway.charge_saved_method(charge_request(method), a_key("ch"))

        assert (payment.status, payment.order_id, payment.price) == (PaymentStatus.PAID, "o-2", PRICE)
        assert payment.checkout_ref == payment.payment_ref
        assert payment.payment_ref != method.token
        assert payment.method == method
        assert double.books() == {"RUB": (39_800, 0)}

    def test_the_same_key_charges_once(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        charge, key = charge_request(saved_method(double, gateway)), a_key("ch")

        first, second = gateway.charge_saved_method(charge, key), gateway.charge_saved_method(charge, key)

        assert first == second
        assert double.books() == {"RUB": (39_800, 0)}

    def test_a_second_attempt_is_another_call(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        charge, key = charge_request(saved_method(double, gateway)), a_key("ch")
        gateway.charge_saved_method(charge, key)

        with pytest.raises(UnableToReach):
            gateway.charge_saved_method(replace(charge, attempt=2), key)

        assert double.books() == {"RUB": (39_800, 0)}

    def test_the_same_key_with_another_body_finds_the_money(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        charge, key = charge_request(saved_method(double, gateway)), a_key("ch")
        made = gateway.charge_saved_method(charge, key)

        again = gateway.charge_saved_method(replace(charge, title="300 Minuten"), key)

        assert again == made
        assert double.books() == {"RUB": (39_800, 0)}

    def test_one_that_is_not_done_yet_waits_and_is_paid_later(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        method = saved_method(double, gateway)
        double.hold_charges = True

        waiting = gateway.charge_saved_method(charge_request(method), a_key("ch"))
        assert waiting.checkout_ref is not None
        double.pay(waiting.checkout_ref)

        assert (waiting.status, waiting.payment_ref) == (PaymentStatus.PENDING, None)
        assert gateway.fetch_payment(waiting.checkout_ref).status is PaymentStatus.PAID

    def test_another_currency_is_refused(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        method = saved_method(double, gateway)

        with pytest.raises(CallRefused):
            gateway.charge_saved_method(charge_request(method, price=Money(100, "EUR")), a_key("ch"))

        assert double.count("charge") == 0


class TestADecline:
    @pytest.mark.parametrize(
        ("code", "retry"),
        [
            ("insufficient_funds", Retry.LATER),
            ("3d_secure_failed", Retry.CUSTOMER_ACTION),
            ("card_expired", Retry.NEW_METHOD),
            ("fraud_suspected", Retry.NEVER),
            ("a_reason_of_next_year", Retry.LATER),
        ],
    )
    def test_is_a_payment_that_failed_with_the_raw_reason(
        self, double: YooKassaDouble, gateway: YooKassaGateway, code: str, retry: Retry
    ) -> None:
        method = saved_method(double, gateway)
        double.faults.plan("charge", Fault.DECLINE, code=code)

        payment = gateway.charge_saved_method(charge_request(method), a_key("ch"))

        assert (payment.status, payment.payment_ref) == (PaymentStatus.FAILED, None)
        assert payment.decline == Decline(retry, code)
        assert double.books() == {"RUB": (19_900, 0)}

    def test_of_a_revoked_method_asks_for_a_new_one(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        method = saved_method(double, gateway)
        double.revoke_method(method.token)

        payment = gateway.charge_saved_method(charge_request(method), a_key("ch"))

        assert payment.decline == Decline(Retry.NEW_METHOD, "permission_revoked")

    def test_of_a_token_that_is_not_known_asks_for_a_new_one(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        unsaved = paid(double, gateway).payment_ref
        assert unsaved is not None

        payment = gateway.charge_saved_method(charge_request(SavedMethod(unsaved, None, "Mir *1026")), a_key("ch"))

        assert (payment.status, payment.order_id) == (PaymentStatus.FAILED, "o-2")
        assert payment.decline == Decline(Retry.NEW_METHOD, "payment_method_not_found")

    def test_every_reason_in_the_table_has_its_class(self) -> None:
        counted = {retry: sum(one is retry for one in RETRIES.values()) for retry in Retry}

        assert counted == {Retry.LATER: 7, Retry.CUSTOMER_ACTION: 3, Retry.NEW_METHOD: 7, Retry.NEVER: 1}
        assert decline_of("") == Decline(Retry.LATER, "")


class TestAChargeThatIsLookedFor:
    def test_is_found_whatever_its_amount(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        request = charge_request(saved_method(double, gateway))
        made = gateway.charge_saved_method(request, a_key("ch"))
        assert made.payment_ref is not None
        double.spoil(made.payment_ref, amount={"value": "1.00", "currency": "RUB"})

        found = gateway.find_charge(request, made.at - timedelta(hours=1))

        assert found is not None
        assert (found.payment_ref, found.price) == (made.payment_ref, Money(100, "RUB"))
