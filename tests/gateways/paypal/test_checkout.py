"""Hosted checkouts: opened, approved by the buyer, captured by us."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.client import PaypalClient
from gateways.transport import Answer, Transport
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.gateways.paypal.samples import PRICE, a_key, checkout_request, paid


class Overtaken(Transport):
    """A transport before whose first capture somebody else does something."""

    def __init__(self, base_url: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(base_url)
        self._meanwhile: Callable[[], object] | None = meanwhile

    def call(self, method: str, path: str, **rest: Any) -> Answer:
        """Make one call, perhaps too late."""
        if path.endswith("/capture") and self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        return super().call(method, path, **rest)


class TestCreateCheckout:
    def test_opens_an_order_that_knows_ours(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request = checkout_request()

        checkout = gateway.create_checkout(request, a_key())

        assert checkout.redirect_url == f"{double.url}/checkoutnow?token={checkout.ref}"
        payment = gateway.fetch_payment(checkout.ref)
        assert (payment.status, payment.order_id, payment.price) == (PaymentStatus.PENDING, request.order_id, PRICE)
        assert (payment.payment_ref, payment.refunded) == (None, Money(0, "USD"))
        assert not payment.is_under_way

    def test_returns_the_same_checkout_for_the_same_key(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request, same = checkout_request(), a_key()

        first = gateway.create_checkout(request, same)
        second = gateway.create_checkout(request, same)

        assert first == second
        assert len(double.state.orders) == 1

    def test_is_unclear_when_a_key_comes_with_another_request(self, gateway: PaypalGateway) -> None:
        same = a_key()
        gateway.create_checkout(checkout_request(), same)

        with pytest.raises(UnableToReach, match="PAYPAL_REQUEST_ID_PREVIOUSLY_USED"):
            gateway.create_checkout(checkout_request(), same)

    def test_passes_the_key_on_exactly(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        ours = a_key()

        gateway.create_checkout(checkout_request(), ours)

        assert double.exchanges[-1].call.headers["paypal-request-id"] == ours

    @pytest.mark.parametrize(
        ("locale", "sent"),
        [("de", "de"), ("pt_BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW"), ("x", None), ("German", None), (None, None)],
    )
    def test_sends_only_a_locale_that_paypal_takes(
        self, gateway: PaypalGateway, double: PaypalDouble, locale: str | None, sent: str | None
    ) -> None:
        gateway.create_checkout(checkout_request(locale=locale), a_key())

        context = double.exchanges[-1].call.body["payment_source"]["paypal"]["experience_context"]
        assert context.get("locale") == sent

    @pytest.mark.parametrize(("title", "sent"), [("x" * 200, "x" * 127), ("  ", None)])
    def test_fits_the_title_to_paypal(
        self, gateway: PaypalGateway, double: PaypalDouble, title: str, sent: str | None
    ) -> None:
        gateway.create_checkout(checkout_request(title=title), a_key())

        assert double.exchanges[-1].call.body["purchase_units"][0].get("description") == sent

    def test_asks_to_save_the_method_only_when_requested(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        gateway.create_checkout(checkout_request(), a_key())
        gateway.create_checkout(checkout_request(saves_method=True, gateway_customer="208743798"), a_key())

        without, with_vault = [one.call.body["payment_source"]["paypal"] for one in double.exchanges[-2:]]
        assert "attributes" not in without
        assert with_vault["attributes"]["vault"]["usage_pattern"] == "RECURRING_PREPAID"
        assert with_vault["attributes"]["customer"] == {"id": "208743798"}

    def test_sends_no_mail_address(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        gateway.create_checkout(checkout_request(saves_method=True), a_key())

        assert b"buyer@example.com" not in double.exchanges[-1].call.raw


class TestCompleteCheckout:
    def test_captures_what_the_buyer_approved(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        assert double.pay(checkout.ref) == ""
        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.APPROVED

        payment = gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert (payment.status, payment.price) == (PaymentStatus.PAID, PRICE)
        assert payment.checkout_ref == checkout.ref
        assert payment.payment_ref == double.payment_ref_of(checkout.ref) is not None
        assert double.books() == {"USD": (1000, 0)}

    def test_does_nothing_before_the_buyer_approved(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())

        payment = gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is PaymentStatus.PENDING
        assert double.count("complete_checkout") == 0

    def test_takes_the_money_once_however_often_it_is_called(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        double.pay(checkout.ref)

        first = gateway.complete_checkout(checkout.ref, a_key("cp"))
        second = gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert first == second
        assert double.books() == {"USD": (1000, 0)}

    def test_reads_the_order_again_when_another_was_quicker(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        double.pay(checkout.ref)
        overtaken = Overtaken(double.url, lambda: gateway.complete_checkout(checkout.ref, a_key("cp")))
        slower = PaypalGateway(PaypalClient(overtaken, CLIENT_ID, CLIENT_SECRET))

        payment = slower.complete_checkout(checkout.ref, a_key("cp"))

        refused = [one for one in double.exchanges if one.reply.status == 422]
        assert [one.reply.body["details"][0]["issue"] for one in refused] == ["ORDER_ALREADY_CAPTURED"]
        assert payment.status is PaymentStatus.PAID
        assert double.books() == {"USD": (1000, 0)}
        slower.close()

    @pytest.mark.parametrize(
        ("code", "retry"),
        [
            ("INSTRUMENT_DECLINED", Retry.CUSTOMER_ACTION),
            ("TRANSACTION_REFUSED", Retry.NEVER),
            ("SOMETHING_NEW", Retry.LATER),
        ],
    )
    def test_returns_a_decline(self, gateway: PaypalGateway, double: PaypalDouble, code: str, retry: Retry) -> None:
        request = checkout_request()
        checkout = gateway.create_checkout(request, a_key())
        double.decline(checkout.ref, code)

        payment = gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is PaymentStatus.FAILED
        assert payment.decline is not None
        assert (payment.decline.code, payment.decline.retry) == (code, retry)
        assert (payment.checkout_ref, payment.order_id, payment.price) == (checkout.ref, request.order_id, PRICE)

    def test_takes_other_means_after_a_decline(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout, same = gateway.create_checkout(checkout_request(), a_key()), a_key("cp")
        double.decline(checkout.ref, "INSTRUMENT_DECLINED")
        assert gateway.complete_checkout(checkout.ref, same).status is PaymentStatus.FAILED
        double.pay(checkout.ref)

        assert gateway.complete_checkout(checkout.ref, same).status is PaymentStatus.PAID

    def test_sends_the_buyer_back_when_paypal_wants_them(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        double.need_action(checkout.ref)

        payment = gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert payment.status is PaymentStatus.ACTION_REQUIRED
        assert payment.action_url == checkout.redirect_url
        assert payment.decline is not None
        assert payment.decline.retry is Retry.CUSTOMER_ACTION

    def test_is_unclear_for_a_second_payment_of_one_order(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        request = checkout_request()
        for _ in range(2):
            checkout = gateway.create_checkout(request, a_key())
            double.pay(checkout.ref)
        first, second = list(double.state.orders)
        gateway.complete_checkout(first, a_key("cp"))

        with pytest.raises(UnableToReach, match="DUPLICATE_INVOICE_ID"):
            gateway.complete_checkout(second, a_key("cp"))

        assert double.books() == {"USD": (1000, 0)}

    def test_waits_for_a_capture_that_is_pending(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.hold_captures = True

        payment = paid(gateway, double)

        assert (payment.status, payment.is_under_way) == (PaymentStatus.PENDING, True)
        assert payment.payment_ref is not None
        double.end_capture(payment.payment_ref, succeeded=True)
        assert gateway.fetch_payment(payment.payment_ref).status is PaymentStatus.PAID

    def test_returns_a_pending_capture_that_failed(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.hold_captures = True
        payment = paid(gateway, double)
        assert payment.payment_ref is not None

        double.end_capture(payment.payment_ref, succeeded=False)

        failed = gateway.fetch_payment(payment.payment_ref)
        assert failed.status is PaymentStatus.FAILED
        assert failed.decline is not None
        assert failed.decline.code == "DECLINED"
        assert double.books() == {}

    def test_knows_no_order_of_others(self, gateway: PaypalGateway) -> None:
        with pytest.raises(NotFound):
            gateway.complete_checkout("5O190127TN364715T", a_key("cp"))


class TestExpired:
    def test_is_found_by_fetching(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        double.expire(checkout.ref)

        assert gateway.fetch_payment(checkout.ref).status is PaymentStatus.EXPIRED
        assert double.deliveries.sent == []

    def test_is_announced_by_a_webhook_when_the_buyer_had_approved(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        checkout = gateway.create_checkout(checkout_request(), a_key())
        double.pay(checkout.ref)

        double.expire(checkout.ref)

        assert double.deliveries.sent[-1].event == "CHECKOUT.PAYMENT-APPROVAL.REVERSED"
        assert gateway.complete_checkout(checkout.ref, a_key("cp")).status is PaymentStatus.EXPIRED


class TestSavedMethod:
    def test_comes_with_the_payment(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        payment = paid(gateway, double, saves_method=True)

        assert payment.method is not None
        assert payment.method.token in double.state.tokens
        assert payment.method.gateway_customer == payment.gateway_customer is not None
        assert payment.method.label == "PayPal b***@example.com"

    def test_may_come_later(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        double.vault_later = True
        payment = paid(gateway, double, saves_method=True)
        assert (payment.status, payment.method) == (PaymentStatus.PAID, None)
        assert payment.gateway_customer is not None
        assert payment.checkout_ref is not None

        token = double.finish_vault(payment.checkout_ref)

        assert double.deliveries.sent[-1].event == "VAULT.PAYMENT-TOKEN.CREATED"
        method = gateway.fetch_payment(payment.checkout_ref).method
        assert method is not None
        assert method.token == token
