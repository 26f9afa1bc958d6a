"""The port over YooKassa's payments and refunds. Its facts and limits are in README.md of this folder."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from domain.gateway.decline import Decline, Retry
from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.recent import ListedObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.gateway.webhook import Subject
from domain.money import Money
from gateways.listing import read_each
from gateways.transport import Answer
from gateways.yookassa.amounts import MINIMUM_MINOR, require_currency
from gateways.yookassa.client import YooKassaClient, moment_text
from gateways.yookassa.errors import KeyUsedBefore, body_of, is_method_lost
from gateways.yookassa.receipts import ReceiptRules
from gateways.yookassa.requests import charge_body, checkout_body, refund_body, setup_body
from gateways.yookassa.responses import payment_of, refund_of, setup_of

KEYS_STORED_FOR = timedelta(hours=25)
"""An hour more than YooKassa says, for clocks that differ."""


class YooKassaGateway:
    """
    One shop at YooKassa behind the port `domain.gateway.port.Gateway`; threads may share it.

    Args:
        client: of the shop.
        currency: the shop's one currency.
        receipts: what receipts say, or None if the shop does not make them through YooKassa.
    """

    name = "yookassa"
    key_lifetime = timedelta(hours=20)
    """YooKassa stores keys for 24 hours."""
    refund_window = timedelta(days=1095)
    forgets_checkouts = False
    has_disputes = False

    def __init__(self, client: YooKassaClient, *, currency: str, receipts: ReceiptRules | None = None) -> None:
        self._client = client
        self._currency = currency
        self._receipts = receipts

    def takes(self, price: Money) -> bool:
        """Tell whether a price is in the shop's one currency."""
        return price.currency == self._currency

    def minimum_minor(self, currency: str) -> int:
        """Return the least that YooKassa charges in a currency."""
        return MINIMUM_MINOR

    def step_minor(self, currency: str) -> int:
        """Return what every amount in a currency is a multiple of."""
        return 1

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a payment on YooKassa's page."""
        require_currency(request.price, self._currency)
        answer = self._client.post("/payments", checkout_body(request, self._receipts), key)
        payment = self._opened_payment(answer, request.order_id, request.price)
        ref = payment.checkout_ref or ""
        if payment.status is PaymentStatus.PAID:
            # A repeated call, and the buyer was quicker: there is no page any more, only the way back.
            return Checkout(ref, request.return_url)
        if payment.status in (PaymentStatus.FAILED, PaymentStatus.EXPIRED):
            code = payment.decline.code if payment.decline else str(payment.status)
            raise CallRefused(code, f"POST /payments: YooKassa canceled the payment at once: {code}")
        if not payment.action_url:
            raise UnableToReach("POST /payments: YooKassa opened a payment without a page to pay on")
        return Checkout(ref, payment.action_url)

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Fetch the payment: YooKassa captures the money itself."""
        return self.fetch_payment(checkout_ref)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge a saved method."""
        require_currency(request.price, self._currency)
        answer = self._client.post("/payments", charge_body(request, self._receipts), key)
        if is_method_lost(answer):
            return _failed(request, Decline(Retry.NEW_METHOD, "payment_method_not_found"))
        return self._opened_payment(answer, request.order_id, request.price, attempt=request.attempt)

    def find_charge(self, request: ChargeRequest, since: datetime) -> GatewayPayment | None:
        """Look for the payment of a charge among all of the shop."""
        # Whatever its amount: what is found is judged, what is not found is charged again.
        return self._find_earlier_payment(request.order_id, request.attempt, since=since)

    def cancel_charge(self, payment_ref: str, key: str) -> GatewayPayment:
        """Fetch the payment: a charge ends by itself, and only what waits for a capture can be cancelled."""
        return self.fetch_payment(payment_ref)

    def create_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Open a page on which a card is saved for charges of nothing."""
        answer = self._client.post("/payment_methods", setup_body(request), key)
        body = body_of(answer, "POST /payment_methods")
        setup = setup_of(body, at=datetime.now(UTC))
        if setup.status is SetupStatus.SAVED:
            # A repeated call, and the buyer was quicker.
            return Checkout(setup.ref, request.return_url)
        address = (body.get("confirmation") or {}).get("confirmation_url")
        if setup.status is SetupStatus.FAILED:
            raise CallRefused(setup.failure or "failed", "POST /payment_methods: YooKassa did not save the method")
        if not address:
            raise UnableToReach("POST /payment_methods: YooKassa opened no page to save the method on")
        return Checkout(setup.ref, address)

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """Fetch the setup: YooKassa saves the method itself."""
        return self.fetch_setup(setup_ref)

    def fetch_setup(self, ref: str) -> GatewaySetup:
        """Fetch a payment method, which is setup and saved method in one."""
        return setup_of(self._client.fetch("/payment_methods", ref), at=datetime.now(UTC))

    def forget_method(self, method: SavedMethod) -> None:
        """Do nothing: YooKassa's API forgets no method; it is enough not to charge it."""

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back."""
        require_currency(request.amount, self._currency)
        answer = self._client.post("/refunds", refund_body(request, self._receipts), key)
        try:
            return refund_of(body_of(answer, "POST /refunds"))
        except KeyUsedBefore:
            made = self._find_earlier_refund(request)
            if made is None:
                raise
            return made

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Fetch a payment by its one id."""
        return payment_of(self._client.fetch("/payments", ref))

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Fetch a refund."""
        return refund_of(self._client.fetch("/refunds", ref))

    def list_refunds(self, payment_ref: str) -> Iterator[GatewayRefund]:
        """Go through all refunds of a payment."""
        # YooKassa lists nothing for a payment that it does not know.
        self._client.fetch("/payments", payment_ref)
        yield from map(refund_of, self._client.list_all("/refunds", {"payment_id": payment_ref}))

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Refuse: YooKassa reports disputes by mail only."""
        raise CallRefused("NoDisputes", "YooKassa has no disputes in its API; enter by hand what its mail says")

    def list_recent(self, since: datetime, until: datetime) -> Iterator[ListedObject]:
        """
        Go through payments and refunds that were made, or paid, in a period.

        A payment lives for about an hour before it is paid or canceled, so one that was made in the period
        and failed after it is listed as well. A refund that ends later is not listed again: fetch it.
        """
        # YooKassa knows milliseconds; the end is one later, so nothing between two of them is lost.
        start, end = moment_text(since), moment_text(until + timedelta(milliseconds=1))
        for field in ("created_at", "captured_at"):
            payments = self._client.list_all("/payments", {f"{field}.gte": start, f"{field}.lt": end})
            yield from read_each(Subject.PAYMENT, payments, payment_of)
        refunds = self._client.list_all("/refunds", {"created_at.gte": start, "created_at.lt": end})
        yield from read_each(Subject.REFUND, refunds, refund_of)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _opened_payment(
        self, answer: Answer, order_id: str, price: Money, *, attempt: int | None = None
    ) -> GatewayPayment:
        try:
            return payment_of(body_of(answer, "POST /payments"))
        except KeyUsedBefore:
            since = datetime.now(UTC) - KEYS_STORED_FOR
            made = self._find_earlier_payment(order_id, attempt, since=since)
            if made is None or made.price != price:
                raise
            return made

    def _find_earlier_payment(self, order_id: str, attempt: int | None, *, since: datetime) -> GatewayPayment | None:
        """Find the payment that an earlier call has made, with this key and another body, say."""
        wanted = {"order_id": order_id} | ({} if attempt is None else {"attempt": str(attempt)})
        for body in self._client.list_all("/payments", {"created_at.gte": moment_text(since)}):
            if body.get("metadata") == wanted:
                return payment_of(body)
        return None

    def _find_earlier_refund(self, request: RefundRequest) -> GatewayRefund | None:
        """Find the refund of an earlier call with this key and another body: another e-mail of the buyer, say."""
        for refund in self.list_refunds(request.payment_ref):
            if refund.refund_id == request.refund_id and refund.amount == request.amount:
                return refund
        return None


def _failed(request: ChargeRequest, decline: Decline) -> GatewayPayment:
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=None,
        order_id=request.order_id,
        status=PaymentStatus.FAILED,
        price=request.price,
        refunded=Money(0, request.price.currency),
        at=datetime.now(UTC),
        decline=decline,
    )
