"""How an order changes: each function returns the order as it is afterwards, and the caller saves it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus
from domain.gateway.requests import Buyer
from domain.payments.order import Order, PurchaseKind, snapshot_of
from domain.payments.payment_decision import PaymentDecision
from domain.payments.review import with_sentence

ABANDONED = "abandoned"
"""Failure of an order that expired because nobody paid it for days."""

ABANDONED_AFTER = timedelta(days=4)
"""When an order expires that the gateway still calls pending; late money would still count."""


def begin_call(order: Order, buyer: Buyer, *, at: datetime) -> Order:
    """
    Note that the gateway is called for a checkout; a repeated call keeps the first moment and the first buyer.

    A key stands for one content. A repeat with a mail address that became known meanwhile would be refused, and
    nobody would learn what became of the first call.
    """
    return replace(
        order,
        called_at=order.called_at or at,
        polled_at=at,
        buyer_snapshot=order.buyer_snapshot or snapshot_of(buyer),
    )


def with_checkout(order: Order, checkout: Checkout, *, at: datetime) -> Order:
    """Add the hosted checkout that was opened for an order."""
    return replace(
        order,
        checkout_ref=checkout.ref,
        redirect_url=checkout.redirect_url,
        checkout_expires_at=checkout.expires_at,
        link_ready_at=order.link_ready_at or at,
        updated_at=at,
    )


def apply_update(
    order: Order, payment: GatewayPayment, decision: PaymentDecision, *, at: datetime, package_id: str | None = None
) -> Order:
    """
    Return the order after a gateway update that was decided about.

    Refs stay as they were first reported, except that the payment that paid replaces one that failed before. A
    paid order needs no review any more; before that, what a person has to review stays.

    Args:
        order: as it is stored, under its account's lock.
        payment: as the gateway has it now.
        decision: of `decide_payment`.
        at: our moment, aware UTC.
        package_id: of the package that is granted, where it is paid.
    """
    is_now_paid = decision.status is PaymentStatus.PAID and not order.is_paid
    refs = (payment.payment_ref, order.payment_ref) if is_now_paid else (order.payment_ref, payment.payment_ref)
    changed = _with_status(order, decision.status, failure=decision.reason, at=at)
    return replace(
        changed,
        checkout_ref=order.checkout_ref or payment.checkout_ref,
        payment_ref=refs[0] or refs[1],
        package_id=order.package_id or package_id,
        fee=order.fee or payment.fee,
        buyer_snapshot=_with_gateway_email(order, payment) if is_now_paid else order.buyer_snapshot,
        paid_at=(order.paid_at or payment.at) if decision.status is PaymentStatus.PAID else None,
    )


def end_unpaid(order: Order, status: PaymentStatus, failure: str, *, at: datetime) -> Order:
    """Return an open order that failed or expired without a payment that the gateway knows."""
    return _with_status(order, status, failure=failure, at=at)


def with_fee(order: Order, payment: GatewayPayment) -> Order:
    """Add the gateway's fee to a paid order where it became known only after the payment."""
    if order.is_paid and order.fee is None and payment.fee is not None and payment.payment_ref == order.payment_ref:
        return replace(order, fee=payment.fee)
    return order


def with_money_under_way(order: Order, payment: GatewayPayment, *, at: datetime) -> Order:
    """Note on an open order that the buyer has paid and the gateway waits for the money: it is not abandoned."""
    if not (order.is_open and payment.is_under_way and order.under_way_since is None):
        return order
    return replace(
        order,
        under_way_since=at,
        opened_at=order.opened_at or at,
        payment_ref=order.payment_ref or payment.payment_ref,
        updated_at=at,
    )


def is_abandoned(order: Order, *, at: datetime) -> bool:
    """Tell whether an order expires that its gateway calls unpaid: it is days old, and no money is under way."""
    began_at = order.called_at if order.attempt and order.called_at else order.created_at
    return order.is_open and order.under_way_since is None and at - began_at > ABANDONED_AFTER


def put_to_review(order: Order, sentence: str, *, at: datetime, payment_ref: str | None = None) -> Order:
    """
    Put an order before a person; `payment_ref` names the money that it is about.

    What was put before a person already, reviewed since or not, is not put there again. What differs in several ways
    says each of them, in the order in which they were found.
    """
    said = with_sentence(order.failure, sentence)
    if order.failure == said:
        return order
    return replace(order, needs_review=True, failure=said, updated_at=at, payment_ref=order.payment_ref or payment_ref)


def end_review(order: Order, *, at: datetime) -> Order:
    """Return an order that needs no review any more; its sentence stays, unless the order is paid and all is well."""
    if not order.needs_review:
        return order
    return replace(order, needs_review=False, failure=None if order.is_paid else order.failure, updated_at=at)


def kind_of_purchase(order: Order, *, has_bought_before: bool) -> PurchaseKind:
    """
    Return the kind of a purchase, by what was bought before; renewals and top-ups stay what they are.

    It is asked when the order is opened, and again when it is paid: of two open orders only the one that is paid
    first is a first purchase. A later refund changes nothing.

    Args:
        order: that is being opened or paid, under its account's lock.
        has_bought_before: the account has another order that is paid and not refunded in full.

    Source: README.md, "Kinds of purchase".
    """
    if order.kind in (PurchaseKind.RENEWAL, PurchaseKind.TOP_UP):
        return order.kind
    return PurchaseKind.REPEAT if has_bought_before else PurchaseKind.FIRST


def _with_gateway_email(order: Order, payment: GatewayPayment) -> Mapping[str, str | None] | None:
    snapshot = order.buyer_snapshot or snapshot_of(Buyer(order.account_id))
    if payment.buyer_email is None or snapshot["email"] is not None:
        return order.buyer_snapshot
    return {**snapshot, "gateway_email": payment.buyer_email}


def _with_status(order: Order, status: PaymentStatus, *, failure: str | None, at: datetime) -> Order:
    is_paid = status is PaymentStatus.PAID
    if is_paid:
        why = None
    elif order.needs_review:
        why = order.failure
    else:
        why = failure or order.failure
    shows_the_buyer = status in (PaymentStatus.ACTION_REQUIRED, PaymentStatus.APPROVED)
    return replace(
        order,
        status=status,
        failure=why,
        needs_review=order.needs_review and not is_paid,
        updated_at=order.updated_at if status is order.status else at,
        opened_at=order.opened_at or (at if shows_the_buyer else None),
        failed_at=order.failed_at or (at if status is PaymentStatus.FAILED else None),
        expired_at=order.expired_at or (at if status is PaymentStatus.EXPIRED else None),
        recorded_at=order.recorded_at or (at if is_paid else None),
    )
