"""One gateway, open, with its double behind it, as a test of the contract drives it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import cast

from domain.gateway.dispute import GatewayDispute
from domain.gateway.payment import Checkout, GatewayPayment, SavedMethod
from domain.gateway.port import Gateway
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.setup import GatewaySetup
from domain.gateway.webhook import Hint, Subject, WebhookReader
from domain.money import Money
from tests.doubles.delivery import Webhook
from tests.doubles.faults import Fault
from tests.gateways.contract.abilities import Abilities, Disputing, Double

BUYER = Buyer("account-1", "buyer@example.com", locale="ru")
PEER = "127.0.0.1"
"""Where every webhook of a double comes from."""


@dataclass(slots=True)
class GatewayHarness:
    """
    One gateway, open, with its double behind it, for one test.

    Other tests have used the double before; what they have left there does not count here.
    """

    able: Abilities
    double: Double
    gateway: Gateway
    reader: WebhookReader
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _books_before: dict[str, tuple[int, int]] = field(init=False)
    _sent_before: int = field(init=False)

    def __post_init__(self) -> None:
        self.double.faults.clear()
        self.double.hold_refunds = False
        self.double.payer = None
        self.forget()

    def forget(self) -> None:
        """Leave out what has happened so far."""
        self._books_before = self.double.books()
        self._sent_before = len(self.double.deliveries.sent)

    def books(self) -> dict[str, tuple[int, int]]:
        """Return, by currency, what was captured and refunded since the test began; nothing where nothing moved."""
        moved = {}
        for currency, (captured, refunded) in self.double.books().items():
            before = self._books_before.get(currency, (0, 0))
            moved[currency] = (captured - before[0], refunded - before[1])
        return {currency: sums for currency, sums in moved.items() if sums != (0, 0)}

    def webhooks(self) -> list[Webhook]:
        """Return the webhooks that were sent since the test began."""
        return self.double.deliveries.sent[self._sent_before :]

    def read(self, webhook: Webhook, *, reader: WebhookReader | None = None, **changes: object) -> Hint | None:
        """Read a webhook as it came, or with another body, peer or headers."""
        seen = {"headers": lowered(webhook.headers), "body": webhook.body, "peer": PEER} | changes
        return (reader or self.reader).read(**seen)  # type: ignore[arg-type]

    def hints(self) -> list[Hint]:
        """Read every webhook since the test began; leave out those that we have no use for."""
        return [hint for hint in map(self.read, self.webhooks()) if hint is not None]

    def fetch(self, hint: Hint) -> GatewayPayment | GatewayRefund | GatewayDispute | GatewaySetup:
        """Fetch what a hint is about."""
        match hint.subject:
            case Subject.CHECKOUT | Subject.PAYMENT:
                return self.gateway.fetch_payment(hint.ref)
            case Subject.REFUND:
                return self.gateway.fetch_refund(hint.ref)
            case Subject.DISPUTE:
                return self.gateway.fetch_dispute(hint.ref)
            case Subject.METHOD:
                return self.gateway.fetch_setup(hint.ref)

    def break_next(self, operation: str, fault: Fault, *, code: str = "") -> None:
        """Let the next call of an operation go wrong, however often it is made again by itself."""
        times = 1 if fault in (Fault.DECLINE, Fault.BLOCKED) else self.able.tries
        self.double.faults.plan(operation, fault, times=times, code=code)

    @property
    def disputing(self) -> Disputing:
        """The double of a gateway that has disputes."""
        return cast(Disputing, self.double)

    def checkout_request(
        self, *, price: Money | None = None, saves_method: bool = False, buyer: Buyer = BUYER
    ) -> CheckoutRequest:
        """Return a checkout to open, for an order of its own."""
        return CheckoutRequest(
            order_id=str(uuid.uuid4()),
            price=price or self.able.price,
            title="60 минут <b>& more</b>",
            buyer=buyer,
            return_url="https://shop.example/paid?order=1&x=2",
            cancel_url="https://shop.example/cancelled",
            saves_method=saves_method,
        )

    def checkout(self, **changes: object) -> Checkout:
        """Open a checkout."""
        return self.gateway.create_checkout(self.checkout_request(**changes), a_key("co"))  # type: ignore[arg-type]

    def paid(self, **changes: object) -> GatewayPayment:
        """Let a buyer pay, until the money is captured."""
        checkout = self.checkout(**changes)
        self.double.pay(checkout.ref)
        return self.gateway.complete_checkout(checkout.ref, a_key("cp"))

    def saved_method(self) -> SavedMethod:
        """Let a buyer pay and save the method, and leave that out of the books."""
        method = self.paid(saves_method=True).method
        assert method is not None
        self.forget()
        return method

    def setup_request(self, *, buyer: Buyer = BUYER) -> SetupRequest:
        """Return a page to open that saves a method."""
        return SetupRequest(
            setup_id=str(uuid.uuid4()),
            currency=self.able.price.currency,
            buyer=buyer,
            return_url="https://shop.example/saved?setup=1&x=2",
            cancel_url="https://shop.example/cancelled",
        )

    def setup(self, **changes: object) -> Checkout:
        """Open a page that saves a method."""
        return self.gateway.create_setup(self.setup_request(**changes), a_key("su"))  # type: ignore[arg-type]

    def set_up(self, **changes: object) -> GatewaySetup:
        """Let a buyer save a method without paying."""
        setup = self.setup(**changes)
        self.double.finish_setup(setup.ref)
        return self.gateway.complete_setup(setup.ref, a_key("sc"))

    def charge_request(self, method: SavedMethod, **changes: object) -> ChargeRequest:
        """Return a charge of a saved method."""
        request = ChargeRequest(str(uuid.uuid4()), 1, self.able.price, "60 минут", BUYER, method)
        return replace(request, **changes)  # type: ignore[arg-type]

    def refund_request(self, payment: GatewayPayment, minor: int | None = None) -> RefundRequest:
        """Return a refund of a part of a payment, or of all of it at once."""
        amount = payment.price if minor is None else Money(minor, payment.price.currency)
        return RefundRequest(str(uuid.uuid4()), paid_ref(payment), amount, minor is None, "60 минут", BUYER)


def paid_ref(payment: GatewayPayment) -> str:
    """Return the ref of a payment that has one."""
    assert payment.payment_ref is not None
    return payment.payment_ref


def a_key(kind: str) -> str:
    """Return a new key, as long and with as many kinds of characters as one may have."""
    return f"{kind}-{uuid.uuid4()}_A.".ljust(64, "z")


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers as a reader takes them."""
    return {name.lower(): value for name, value in headers.items()}
