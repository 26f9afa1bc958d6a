"""
The four gateways as the contract sees them: what each can do, and each of them open.

All that gateways may rightly differ in stands in one table, `ABILITIES`; the tests beside it
know no gateway by its name.
"""

import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol, cast

import gateways.paypal
import gateways.sandbox
import gateways.stripe
import gateways.yookassa
from domain.gateway.decline import Retry
from domain.gateway.dispute import GatewayDispute
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.port import Gateway
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest
from domain.gateway.webhook import Hint, Subject, WebhookReader
from domain.money import Money
from gateways.folder import GatewayFolder
from gateways.settings import GatewaySettings
from tests.doubles.delivery import Deliverer, Webhook
from tests.doubles.faults import Fault, Faults
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.sandbox.double import SandboxDouble
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.yookassa.double import YooKassaDouble

BUYER = Buyer("account-1", "buyer@example.com", locale="ru")
PEER = "127.0.0.1"
"""Where every webhook of a double comes from."""


class Double(Protocol):
    """What every double offers."""

    faults: Faults
    deliveries: Deliverer
    hold_refunds: bool

    def settings(self) -> dict[str, str]: ...
    def pay(self, checkout_ref: str) -> str: ...
    def decline(self, checkout_ref: str, code: str) -> None: ...
    def need_action(self, checkout_ref: str) -> None: ...
    def expire(self, checkout_ref: str) -> None: ...
    def payment_ref_of(self, checkout_ref: str) -> str | None: ...
    def refund_from_dashboard(self, payment_ref: str, minor: int | None = None) -> str: ...
    def settle_refund(self, refund_ref: str, *, succeeded: bool) -> None: ...
    def books(self) -> dict[str, tuple[int, int]]: ...
    def count(self, operation: str) -> int: ...


class Disputing(Protocol):
    """What a double offers whose gateway tells of disputes."""

    def open_dispute(self, payment_ref: str) -> str: ...
    def close_dispute(self, dispute_ref: str, *, won: bool) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)  # each is itself alone, and so a key
class Abilities:
    """
    One gateway, and what it can do.

    Args:
        name: as the adapter calls it.
        folder: its package.
        new_double: makes a double that does not serve yet.
        price: what is paid where a test does not mind the currency; it has two decimals.
        taken: further prices that it takes: currencies without decimals, with three, and of its own counting.
        refused: prices that it cannot take.
        declines: a code of its own for every answer to a decline that ends a charge.
        page_decline: a code of the buyer's card on the page, and the state after it.
        asks_buyer: a code that a charge without the buyer gets when it needs them, and the state after it.
        waits_for_buyer: the state of a checkout whose 3-D Secure was begun.
        once_paid: the state after the buyer has paid, before we complete; `APPROVED` where the money is ours to take.
        completes_by: the operation that completing a checkout is.
        lists_by: the operation that a list of what happened lately begins with.
        signed_by: the headers by which its webhooks are signed; none: the peer's address is all there is.
        tries: how often one call is made until it gives up; the SDK of Stripe asks again by itself.
        unknown_ref: could be an id of its, and is none.
        tells_disputes: its API knows disputes.
        checks_refund_currency: a refund in another currency than the payment's is refused.
        foreign_reader: settings by which the reader is another installation's.
        money_secret: the setting that opens the API, if it has one.
    """

    name: str
    folder: GatewayFolder
    new_double: Callable[[], AbstractContextManager[Double]]
    price: Money
    taken: tuple[Money, ...]
    refused: tuple[Money, ...]
    declines: Mapping[Retry, str]
    page_decline: tuple[str, PaymentStatus]
    asks_buyer: tuple[str, PaymentStatus]
    waits_for_buyer: PaymentStatus
    unknown_ref: str
    foreign_reader: Mapping[str, str]
    once_paid: PaymentStatus = PaymentStatus.PAID
    completes_by: str = "fetch"
    lists_by: str = "list"
    tries: int = 1
    tells_disputes: bool = True
    checks_refund_currency: bool = True
    signed_by: tuple[str, ...] = ()
    money_secret: str | None = "SECRET_KEY"


ABILITIES = (
    Abilities(
        name="sandbox",
        folder=gateways.sandbox,
        new_double=SandboxDouble,
        price=Money(29_900, "RUB"),
        taken=(Money(1, "USD"), Money(500, "JPY"), Money(1_251, "KWD")),
        refused=(),
        declines={Retry.LATER: "insufficient_funds", Retry.NEW_METHOD: "card_expired", Retry.NEVER: "fraud_suspected"},
        page_decline=("insufficient_funds", PaymentStatus.FAILED),
        asks_buyer=("authentication_required", PaymentStatus.ACTION_REQUIRED),
        waits_for_buyer=PaymentStatus.ACTION_REQUIRED,
        unknown_ref="sbx_pay_0123456789abcdef",
        lists_by="fetch",
        signed_by=("sandbox-signature",),
        foreign_reader={"WEBHOOK_SECRET": "of-another-installation"},
        money_secret=None,
    ),
    Abilities(
        name="stripe",
        folder=gateways.stripe,
        new_double=StripeDouble,
        price=Money(29_900, "RUB"),
        # Of UGX and ISK it wants hundredths, and of KWD the last digit to be 0.
        taken=(Money(1_000, "USD"), Money(500, "JPY"), Money(1_250, "KWD"), Money(700, "ISK"), Money(5_000, "UGX")),
        refused=(Money(1_251, "KWD"), Money(150, "MGA"), Money(1_250, "IQD"), Money(10_000, "CLF")),
        declines={Retry.LATER: "insufficient_funds", Retry.NEW_METHOD: "expired_card", Retry.NEVER: "fraudulent"},
        # While the page is open the buyer may take another card.
        page_decline=("insufficient_funds", PaymentStatus.PENDING),
        asks_buyer=("authentication_required", PaymentStatus.ACTION_REQUIRED),
        waits_for_buyer=PaymentStatus.ACTION_REQUIRED,
        unknown_ref="pi_0123456789abcdef",
        signed_by=("stripe-signature",),
        foreign_reader={"WEBHOOK_SECRETS": "whsec_of_another_installation"},
        tries=3,
        # A refund there has an amount alone: the currency is the payment's.
        checks_refund_currency=False,
    ),
    Abilities(
        name="paypal",
        folder=gateways.paypal,
        new_double=PaypalDouble,
        price=Money(1_000, "USD"),
        # Of HUF it takes whole ones, which are hundreds of our minor units.
        taken=(Money(1, "EUR"), Money(500, "JPY"), Money(129_900, "HUF")),
        refused=(Money(129_950, "HUF"), Money(1_250, "KWD"), Money(29_900, "RUB")),
        declines={
            Retry.LATER: "PAYMENT_DENIED",
            Retry.NEW_METHOD: "CARD_EXPIRED",
            Retry.NEVER: "TRANSACTION_REFUSED",
        },
        page_decline=("INSTRUMENT_DECLINED", PaymentStatus.FAILED),
        asks_buyer=("PAYER_ACTION_REQUIRED", PaymentStatus.ACTION_REQUIRED),
        waits_for_buyer=PaymentStatus.ACTION_REQUIRED,
        unknown_ref="5O190127TN364715T",
        signed_by=tuple(
            f"paypal-{name}"
            for name in ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")
        ),
        foreign_reader={"WEBHOOK_ID": "1JE4291016473214C"},
        once_paid=PaymentStatus.APPROVED,
        completes_by="complete_checkout",
        money_secret="CLIENT_SECRET",
    ),
    Abilities(
        name="yookassa",
        folder=gateways.yookassa,
        new_double=YooKassaDouble,
        price=Money(19_900, "RUB"),
        # A shop has one currency.
        taken=(Money(1, "RUB"),),
        refused=(Money(1_000, "USD"), Money(500, "JPY"), Money(1_250, "KWD")),
        declines={Retry.LATER: "insufficient_funds", Retry.NEW_METHOD: "card_expired", Retry.NEVER: "fraud_suspected"},
        page_decline=("insufficient_funds", PaymentStatus.FAILED),
        asks_buyer=("3d_secure_failed", PaymentStatus.FAILED),
        # It says nothing about 3-D Secure; the payment just waits.
        waits_for_buyer=PaymentStatus.PENDING,
        unknown_ref="2203aa1d-000f-5000-8000-17102541fd31",
        foreign_reader={"NETWORKS": "185.71.76.0/27"},
        tells_disputes=False,
    ),
)


def settings_of(able: Abilities, values: Mapping[str, str]) -> GatewaySettings:
    """Return settings as `boot.settings` would make them."""
    return GatewaySettings(f"{able.name.upper()}_", values)


@dataclass(slots=True)
class GatewayHarness:
    """
    One gateway, open, with its double behind it, for one test.

    Other tests have used the double before: what it has of them is left out here.
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
        """Read every webhook since the test began; leave out those that are nothing to us."""
        return [hint for hint in map(self.read, self.webhooks()) if hint is not None]

    def looked_up(self, hint: Hint) -> GatewayPayment | GatewayRefund | GatewayDispute:
        """Fetch what a hint is about."""
        match hint.subject:
            case Subject.CHECKOUT | Subject.PAYMENT:
                return self.gateway.fetch_payment(hint.ref)
            case Subject.REFUND:
                return self.gateway.fetch_refund(hint.ref)
            case Subject.DISPUTE:
                return self.gateway.fetch_dispute(hint.ref)
            case Subject.METHOD:
                raise AssertionError(f"{hint.event} leads to nothing that can be fetched")

    def break_next(self, operation: str, fault: Fault, *, code: str = "") -> None:
        """Let the next call of an operation go wrong, however often it is made again by itself."""
        times = 1 if fault is Fault.DECLINE else self.able.tries
        self.double.faults.plan(operation, fault, times=times, code=code)

    @property
    def disputing(self) -> Disputing:
        """The double of a gateway that tells of disputes."""
        return cast(Disputing, self.double)

    def purchase(
        self, *, price: Money | None = None, saves_method: bool = False, buyer: Buyer = BUYER
    ) -> CheckoutRequest:
        """Return a purchase of an order that nobody else has."""
        return CheckoutRequest(
            order_id=str(uuid.uuid4()),
            price=price or self.able.price,
            title="60 минут <b>& more</b>",
            buyer=buyer,
            return_url="https://shop.example/paid?order=1&x=2",
            cancel_url="https://shop.example/cancelled",
            saves_method=saves_method,
        )

    def checkout(self, **wanted: object) -> Checkout:
        """Open a checkout."""
        return self.gateway.create_checkout(self.purchase(**wanted), a_key("co"))  # type: ignore[arg-type]

    def paid(self, **wanted: object) -> GatewayPayment:
        """Let a buyer buy, until the money is there."""
        checkout = self.checkout(**wanted)
        self.double.pay(checkout.ref)
        return self.gateway.complete_checkout(checkout.ref, a_key("cp"))

    def saved_method(self) -> SavedMethod:
        """Let a buyer buy and save the method, and forget what that moved."""
        method = self.paid(saves_method=True).method
        assert method is not None
        self.forget()
        return method

    def charge(self, method: SavedMethod, **changes: object) -> ChargeRequest:
        """Return a charge of a saved method."""
        charge = ChargeRequest(str(uuid.uuid4()), 1, self.able.price, "60 минут", BUYER, method)
        return replace(charge, **changes)  # type: ignore[arg-type]

    def refund_order(self, payment: GatewayPayment, minor: int | None = None) -> RefundRequest:
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
