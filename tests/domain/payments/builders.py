"""Orders, payments and what was bought, with everything filled in that a test is not about."""

from datetime import UTC, datetime, timedelta

from domain.gateway.decline import Decline
from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from domain.payments.bought import Bought
from domain.payments.dispute import Dispute
from domain.payments.order import Order, PurchaseKind
from domain.payments.refund import Refund, RefundOrigin, RefundStatus

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)

PRICE = Money(69_900, "RUB")
PART = Money(100, "RUB")


def order(
    state: PaymentStatus = PaymentStatus.PENDING,
    *,
    price: Money = PRICE,
    payment_ref: str | None = None,
    checkout_ref: str | None = "co_1",
) -> Order:
    """An order of five hours."""
    return Order(
        id="order-1",
        account_id="account",
        product_id="standard",
        gateway="stripe",
        kind=PurchaseKind.FIRST,
        price=price,
        list_price=price,
        granted_seconds=18_000,
        valid_days=None,
        status=state,
        saves_method=False,
        title="Standard",
        return_url="https://screph.example/paid",
        cancel_url="https://screph.example/not-paid",
        locale=None,
        country=None,
        message_id=1,
        created_at=NOON - DAY,
        updated_at=NOON - DAY,
        checkout_ref=checkout_ref,
        payment_ref=payment_ref,
        paid_at=NOON - DAY if state is PaymentStatus.PAID else None,
    )


def payment(
    state: PaymentStatus, *, price: Money = PRICE, payment_ref: str | None = "pi_1", decline: Decline | None = None
) -> GatewayPayment:
    """What a gateway says of the payment of that order."""
    return GatewayPayment(
        checkout_ref="co_1",
        payment_ref=payment_ref,
        order_id="order-1",
        status=state,
        price=price,
        refunded=Money(0, price.currency),
        at=NOON,
        decline=decline,
    )


def refund(
    status: RefundStatus = RefundStatus.FROZEN,
    *,
    amount: Money = PART,
    void_seconds: int = 60,
    is_waived: bool = False,
    needs_review: bool = False,
) -> Refund:
    """A refund of that order; one that has succeeded did so a day before noon."""
    succeeded_at = NOON - DAY if status is RefundStatus.SUCCEEDED else None
    return Refund(
        id="refund-1",
        order_id="order-1",
        gateway="stripe",
        refund_ref=None,
        origin=RefundOrigin.OURS,
        status=status,
        amount=amount,
        void_seconds=void_seconds,
        is_waived=is_waived,
        is_full=False,
        reason="asked for",
        requested_by="olga",
        message_id=2,
        created_at=NOON - DAY,
        updated_at=NOON - DAY,
        needs_review=needs_review,
        succeeded_at=succeeded_at,
        recorded_at=succeeded_at,
    )


def dispute(status: str = "open") -> Dispute:
    """A dispute about that order."""
    return Dispute(
        order_id="order-1",
        gateway="stripe",
        dispute_ref="dp_1",
        status=DisputeStatus(status),
        amount=PRICE,
        reason="fraudulent",
        message_id=3,
        opened_at=NOON - DAY,
        recorded_at=NOON - DAY,
        closed_at=None if status == "open" else NOON,
    )


def bought(
    price_minor: int = 1_000,
    paid_seconds: int = 1_000,
    *,
    consumed_seconds: int = 0,
    left_seconds: int | None = None,
    bonus_left_seconds: int = 0,
    refunded_minor: int = 0,
    pending_minor: int = 0,
    currency: str = "RUB",
    is_disputed: bool = False,
) -> Bought:
    """What was paid for at noon; unless said otherwise, what is not consumed is left."""
    return Bought(
        price=Money(price_minor, currency),
        paid_seconds=paid_seconds,
        consumed_seconds=consumed_seconds,
        left_seconds=paid_seconds - consumed_seconds if left_seconds is None else left_seconds,
        bonus_left_seconds=bonus_left_seconds,
        refunded=Money(refunded_minor, currency),
        pending=Money(pending_minor, currency),
        paid_at=NOON,
        is_disputed=is_disputed,
    )
