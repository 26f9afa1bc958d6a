"""Giving money back at the sandbox: refunds and disputes."""

from datetime import datetime

from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from gateways.sandbox.bodies import NewRefund
from gateways.sandbox.paying import find_payment
from gateways.sandbox.records import DisputeRecord, PaymentRecord, RefundRecord
from gateways.sandbox.state import Refusal, SandboxState, moment_of, new_ref
from gateways.sandbox.views import money_left, refunded_minor, view


def refund(state: SandboxState, wanted: NewRefund) -> RefundRecord:
    """
    Give money back, all that is left or a part.

    Raises:
        Refusal: there is no such money, or it is disputed.
    """
    with state.change() as now:
        payment = find_payment(state, wanted.payment_ref)
        payment_ref = _paid(payment)
        if wanted.currency not in (None, payment.currency):
            raise Refusal(422, "currency_differs", f"the payment was made in {payment.currency}")
        if any(one.state is not DisputeStatus.WON for one in _disputes_of(state, payment_ref)):
            raise Refusal(422, "payment_disputed", "a payment that is disputed, or lost so, is not refunded")
        left = money_left(state.records, payment)
        amount = left if wanted.amount_minor is None else wanted.amount_minor
        if not 0 < amount <= left:
            raise Refusal(422, "amount_too_large", f"{amount} is asked for and {left} is left of the payment")
        given = RefundRecord(
            ref=new_ref("sbx_re"),
            payment_ref=payment_ref,
            refund_id=wanted.refund_id,
            amount_minor=amount,
            currency=payment.currency,
            created_at=now.isoformat(),
            changed_at=now.isoformat(),
            state=GatewayRefundStatus.PENDING if state.holds_refunds else GatewayRefundStatus.SUCCEEDED,
        )
        state.records.refunds[given.ref] = given
        _tell(state, "refund", given, now)
        return given


def settle_refund(state: SandboxState, ref: str, *, succeeded: bool) -> RefundRecord:
    """Decide about a refund; one that succeeded may still fail later, as cards have it."""
    with state.change() as now:
        given = find_refund(state, ref)
        given.state = GatewayRefundStatus.SUCCEEDED if succeeded else GatewayRefundStatus.FAILED
        given.failure = None if succeeded else "bank_refused"
        given.changed_at = now.isoformat()
        _tell(state, "refund", given, now)
        return given


def open_dispute(state: SandboxState, payment_ref: str) -> DisputeRecord:
    """
    Let the payer's bank want back what is left of a payment.

    Raises:
        Refusal: nothing was paid, or it is disputed already.
    """
    with state.change() as now:
        payment = find_payment(state, payment_ref)
        payment_ref = _paid(payment)
        if any(one.state is not DisputeStatus.WON for one in _disputes_of(state, payment_ref)):
            raise Refusal(422, "payment_disputed", "the payment is disputed already")
        dispute = DisputeRecord(
            ref=new_ref("sbx_dp"),
            payment_ref=payment_ref,
            amount_minor=payment.amount_minor - refunded_minor(state.records, payment),
            currency=payment.currency,
            changed_at=now.isoformat(),
            reason="unauthorised",
        )
        state.records.disputes[dispute.ref] = dispute
        _tell(state, "dispute", dispute, now)
        return dispute


def close_dispute(state: SandboxState, ref: str, *, won: bool) -> DisputeRecord:
    """
    Decide a dispute; won is what the shop has won.

    Raises:
        Refusal: it is decided already.
    """
    with state.change() as now:
        dispute = find_dispute(state, ref)
        if dispute.state is not DisputeStatus.OPEN:
            raise Refusal(422, "dispute_closed", "the dispute is closed already")
        dispute.state = DisputeStatus.WON if won else DisputeStatus.LOST
        dispute.changed_at = now.isoformat()
        _tell(state, "dispute", dispute, now)
        return dispute


def find_refund(state: SandboxState, ref: str) -> RefundRecord:
    """Return a refund; raises `Refusal` if there is none."""
    with state.lock:
        if found := state.records.refunds.get(ref):
            return found
        raise Refusal(404, "not_found", "there is no such refund")


def find_dispute(state: SandboxState, ref: str) -> DisputeRecord:
    """Return a dispute; raises `Refusal` if there is none."""
    with state.lock:
        if found := state.records.disputes.get(ref):
            return found
        raise Refusal(404, "not_found", "there is no such dispute")


def changed(state: SandboxState, since: datetime, until: datetime) -> list[PaymentRecord | RefundRecord]:
    """Return the payments and refunds that began or last changed in a period, both ends included."""
    with state.lock:
        begun: list[PaymentRecord | RefundRecord] = [find_payment(state, ref) for ref in state.records.payments]
        begun += state.records.refunds.values()
        return [
            one for one in begun if any(since <= moment_of(text) <= until for text in (one.created_at, one.changed_at))
        ]


def books(state: SandboxState) -> dict[str, tuple[int, int]]:
    """Return, by currency, what was taken and what of it was given back, in minor units."""
    with state.lock:
        totals: dict[str, tuple[int, int]] = {}
        for one in state.records.payments.values():
            if one.state is PaymentStatus.PAID:
                taken, given = totals.get(one.currency, (0, 0))
                totals[one.currency] = (taken + one.amount_minor, given + refunded_minor(state.records, one))
        return totals


def _paid(payment: PaymentRecord) -> str:
    if payment.state is not PaymentStatus.PAID or payment.payment_ref is None:
        raise Refusal(422, "payment_not_paid", "there is no money in it: the payment is not paid")
    return payment.payment_ref


def _disputes_of(state: SandboxState, payment_ref: str) -> list[DisputeRecord]:
    return [one for one in state.records.disputes.values() if one.payment_ref == payment_ref]


def _tell(state: SandboxState, subject: str, record: RefundRecord | DisputeRecord, now: datetime) -> None:
    state.tell(f"{subject}.{record.state}", record.ref, view(state.records, record), now)
