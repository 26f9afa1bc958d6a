"""Checkouts: a payment on YooKassa's page, from its opening to its end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from domain.gateway.decline import Decline, Retry
from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus, SavedMethod
from domain.money import Money
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import CHECKOUT_REQUEST, PRICE, a_key, paid


class TestOpening:
    def test_gives_the_page_and_a_payment_that_waits(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())

        payment = gateway.fetch_payment(checkout.ref)
        assert checkout.redirect_url == payment.action_url == f"{double.url}/_pay/{checkout.ref}"
        assert (payment.status, payment.checkout_ref, payment.payment_ref) == (
            PaymentStatus.PENDING,
            checkout.ref,
            None,
        )
        assert (payment.order_id, payment.price, payment.refunded) == ("o-1", PRICE, Money(0, "RUB"))
        assert abs(payment.at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_the_same_key_opens_one_payment(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        key = a_key()

        first, second = gateway.create_checkout(CHECKOUT_REQUEST, key), gateway.create_checkout(CHECKOUT_REQUEST, key)

        assert first == second
        assert double.count("create_checkout") == 2

    def test_the_same_key_with_another_price_is_unclear(self, gateway: YooKassaGateway) -> None:
        key = a_key()
        gateway.create_checkout(CHECKOUT_REQUEST, key)

        with pytest.raises(UnableToReach, match="Idempotence"):
            gateway.create_checkout(replace(CHECKOUT_REQUEST, price=Money(100, "RUB")), key)

    def test_the_same_key_with_another_body_finds_what_was_opened(self, gateway: YooKassaGateway) -> None:
        key = a_key()
        opened = gateway.create_checkout(CHECKOUT_REQUEST, key)

        again = gateway.create_checkout(replace(CHECKOUT_REQUEST, title="300 Minuten"), key)

        assert again == opened

    def test_another_currency_is_refused_without_a_call(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        with pytest.raises(CallRefused, match="RUB"):
            gateway.create_checkout(replace(CHECKOUT_REQUEST, price=Money(500, "USD")), a_key())

        assert double.count("create_checkout") == 0

    def test_a_long_title_is_cut_to_what_fits(self, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(replace(CHECKOUT_REQUEST, title="м" * 300), a_key())

        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.PENDING

    @pytest.mark.parametrize("minor", [1, 99, 100, 101, 123_456_789_01])
    def test_the_price_comes_back_to_the_last_kopeck(self, gateway: YooKassaGateway, minor: int) -> None:
        checkout = gateway.create_checkout(replace(CHECKOUT_REQUEST, price=Money(minor, "RUB")), a_key())

        assert gateway.fetch_payment(checkout.ref).price == Money(minor, "RUB")

    def test_a_long_account_id_is_left_out_and_not_cut(self, gateway: YooKassaGateway) -> None:
        buyer = replace(CHECKOUT_REQUEST.buyer, account_id="a" * 201)

        checkout = gateway.create_checkout(replace(CHECKOUT_REQUEST, buyer=buyer, saves_method=True), a_key())

        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.PENDING


class TestPaying:
    def test_makes_it_paid_with_one_id_for_both(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        double.pay(checkout.ref)

        payment = gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is PaymentStatus.PAID
        assert payment.checkout_ref == payment.payment_ref == double.payment_ref_of(checkout.ref) == checkout.ref
        assert (payment.method, payment.action_url, payment.decline) == (None, None, None)
        assert double.books() == {"RUB": (19_900, 0)}

    def test_saves_the_method_only_if_asked(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway, saves_method=True)

        assert payment.payment_ref is not None
        assert payment.method == SavedMethod(payment.payment_ref, None, "MasterCard *4444", date(2030, 12, 31))
        assert paid(double, gateway).method is None

    def test_the_page_sends_the_buyer_back(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())

        answer = httpx.post(checkout.redirect_url, follow_redirects=False, trust_env=False)

        assert (answer.status_code, answer.headers["location"]) == (303, CHECKOUT_REQUEST.return_url)
        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.PAID


class TestEndingWithoutMoney:
    def test_a_declined_card_fails_with_its_reason(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        double.decline(checkout.ref, "fraud_suspected")

        payment = gateway.fetch_payment(checkout.ref)

        assert (payment.status, payment.payment_ref) == (PaymentStatus.FAILED, None)
        assert payment.decline == Decline(Retry.NEVER, "fraud_suspected")

    def test_running_out_of_time_is_expired_and_no_decline(
        self, double: YooKassaDouble, gateway: YooKassaGateway
    ) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        double.expire(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)

        assert (payment.status, payment.decline, payment.payment_ref) == (PaymentStatus.EXPIRED, None, None)
        assert double.payment_ref_of(checkout.ref) is None

    def test_unfinished_3d_secure_just_waits(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        double.need_action(checkout.ref)

        payment = gateway.fetch_payment(checkout.ref)

        assert (payment.status, payment.method) == (PaymentStatus.PENDING, None)
        assert payment.action_url == checkout.redirect_url


class TestFetching:
    @pytest.mark.parametrize("ref", ["2203aa1d-000f-5000-8000-17102541fd31", "../refunds", "a/b", "", "?x=1", "ё"])
    def test_what_is_not_there_is_not_found(self, gateway: YooKassaGateway, ref: str) -> None:
        with pytest.raises(NotFound):
            gateway.fetch_payment(ref)
        with pytest.raises(NotFound):
            gateway.fetch_refund(ref)

    def test_there_are_no_disputes(self, gateway: YooKassaGateway) -> None:
        with pytest.raises(CallRefused) as refused:
            gateway.fetch_dispute("d-1")

        assert refused.value.code == "NoDisputes"
