"""The facts of payments: what each of them says."""

from datetime import datetime

from domain.notices.content import DisputeNotice, PurchaseReceipt, RefundNotice
from domain.notices.notice import NoticeKind
from domain.payments.dispute import Dispute
from domain.payments.dispute_decision import DisputeChange
from domain.payments.order import Order, PurchaseKind
from domain.payments.refund import Refund
from domain.refusal import Refusal
from messages.envelope import AboutAccount, Envelope
from messages.payments.facts import (
    DisputeClosed,
    DisputeOpened,
    PurchaseCompleted,
    PurchaseFailed,
    PurchaseLinkReady,
    RefundCompleted,
    RefundFailed,
)
from messages.payments.requests import PurchaseRequested, RefundRequested
from messages.write import SOURCE
from workers.facts import Facts


def emit_link_ready(facts: Facts, order: Order, asked_by: Envelope | None) -> None:
    """Emit where an order is paid, to whoever asked for it by a message; None: a poll opened it after a crash."""
    data = {
        **requester(facts, asked_by, default_id=order.id),
        "order_id": order.id,
        "gateway": order.gateway,
        "product_id": order.product_id,
        "amount_minor": order.price.minor,
        "currency": order.price.currency,
        "url": order.redirect_url,
        "expires_at": order.checkout_expires_at,
    }
    facts.emit(PurchaseLinkReady, order.account_id, data)


def requester(facts: Facts, asked_by: Envelope | None, *, default_id: str) -> dict[str, str]:
    """Return who asked for a link, as its fact says it, and let the fact carry the trace of the message that asked."""
    if asked_by is None:
        return {"request_source": SOURCE, "request_id": default_id}
    if isinstance(asked_by, AboutAccount):
        facts.name_cause(asked_by)
    return {"request_source": asked_by.source, "request_id": asked_by.id}


def emit_purchase_completed(facts: Facts, order: Order) -> None:
    """Emit that an order is paid and its minutes are granted."""
    data = {
        "order_id": order.id,
        "gateway": order.gateway,
        "product_id": order.product_id,
        "amount_minor": order.price.minor,
        "currency": order.price.currency,
        "package_id": order.package_id,
        "granted_seconds": order.granted_seconds,
        "paid_at": order.paid_at,
    }
    facts.emit(PurchaseCompleted, order.account_id, data)


def owe_receipt(facts: Facts, order: Order, *, expires_at: datetime | None, is_start: bool) -> None:
    """
    Owe the buyer a receipt, which also says that a subscription has begun; renewals have one of their own.

    Args:
        facts: of the transaction in which the order became paid.
        order: as it is then.
        expires_at: the end of the minutes that it granted.
        is_start: its subscription begins with it.
    """
    if order.kind not in (PurchaseKind.FIRST, PurchaseKind.REPEAT):
        return
    receipt = PurchaseReceipt(
        order_id=order.id,
        title=order.title,
        gateway=order.gateway,
        price=order.price,
        list_price=order.list_price,
        granted_seconds=order.granted_seconds,
        paid_at=order.paid_at or facts.at,
        expires_at=expires_at,
        subscription_id=order.subscription_id,
        period=order.period,
        renews_at=order.period_end,
        is_start=is_start,
    )
    facts.owe(NoticeKind.PURCHASE_RECEIPT, order.account_id, order.id, receipt)


def emit_purchase_failed(facts: Facts, order: Order, code: str) -> None:
    """Emit that an order came to nothing; only in the transaction in which that is saved."""
    data = {
        "order_id": order.id,
        "product_id": order.product_id,
        "gateway": order.gateway,
        "code": code[:128],
        "may_be_repeated": True,
    }
    facts.emit(PurchaseFailed, order.account_id, data)


def emit_purchase_refused(
    facts: Facts, request: PurchaseRequested, refusal: Refusal, *, order_id: str, gateway: str | None
) -> None:
    """Emit that a purchase was refused; there is no order."""
    data = {
        "order_id": order_id,
        "product_id": request.data.product_id,
        "gateway": gateway or "none",
        "code": refusal.code,
        "may_be_repeated": False,
    }
    facts.emit(PurchaseFailed, request.subject, data)


def emit_refund_completed(facts: Facts, order: Order, refund: Refund) -> None:
    """Emit that money was given back, and owe the buyer a notice of it."""
    data = {
        "refund_id": refund.id,
        "order_id": order.id,
        "amount_minor": refund.amount.minor,
        "currency": refund.amount.currency,
        "voided_seconds": refund.taken_seconds,
        "origin": refund.origin,
    }
    facts.emit(RefundCompleted, order.account_id, data)
    notice = RefundNotice(
        refund_id=refund.id,
        order_id=order.id,
        title=order.title,
        gateway=order.gateway,
        amount=refund.amount,
        voided_seconds=refund.taken_seconds,
        refunded_at=refund.succeeded_at or facts.at,
    )
    facts.owe(NoticeKind.REFUND, order.account_id, refund.id, notice)


def emit_refund_failed(facts: Facts, order: Order, refund: Refund) -> None:
    """Emit that a refund gave no money back."""
    failure = refund.failure or "failed"
    data = {
        "order_id": order.id,
        "refund_id": refund.id,
        "code": failure[:128],
        "reason": f"the gateway said {failure}"[:500],
    }
    facts.emit(RefundFailed, order.account_id, data)


def emit_refund_refused(facts: Facts, request: RefundRequested, refusal: Refusal) -> None:
    """Emit that a refund was refused; nothing has changed."""
    data = {
        "order_id": request.data.order_id,
        "code": refusal.code,
        "reason": refusal.reason,
        "request_source": request.source,
        "request_id": request.id,
    }
    facts.emit(RefundFailed, request.subject, data)


def emit_dispute_opened(facts: Facts, order: Order, dispute: Dispute, *, frozen_seconds: int) -> None:
    """Emit that a payer's bank wants money back, and owe the buyer a notice of it."""
    data = {
        "order_id": order.id,
        "gateway": order.gateway,
        "dispute_ref": dispute.dispute_ref,
        "amount_minor": dispute.amount.minor,
        "currency": dispute.amount.currency,
        "reason": dispute.reason,
        "frozen_seconds": frozen_seconds,
    }
    facts.emit(DisputeOpened, order.account_id, data)
    notice = DisputeNotice(
        order_id=order.id,
        dispute_ref=dispute.dispute_ref,
        title=order.title,
        gateway=order.gateway,
        amount=dispute.amount,
        frozen_seconds=frozen_seconds,
        opened_at=dispute.opened_at,
    )
    facts.owe(NoticeKind.DISPUTE, order.account_id, f"{order.gateway}:{dispute.dispute_ref}"[:128], notice)


def emit_dispute_closed(facts: Facts, order: Order, change: DisputeChange, *, is_won: bool) -> None:
    """Emit how a dispute ended."""
    data = {
        "order_id": order.id,
        "gateway": order.gateway,
        "dispute_ref": change.dispute.dispute_ref,
        "is_won": is_won,
        "voided_seconds": change.voided_seconds + change.dispute.bonus_voided_seconds,
        "debt_seconds": change.owed_seconds,
    }
    facts.emit(DisputeClosed, order.account_id, data)
