"""Disputes at the sandbox: a payer's bank wants a payment back."""

from datetime import datetime

from domain.gateway.dispute import DisputeStatus
from gateways.sandbox.server.payments import find_payment, paid_ref
from gateways.sandbox.server.records import DisputeRecord
from gateways.sandbox.server.state import Refusal, SandboxState, new_ref
from gateways.sandbox.server.views import is_disputed, refunded_minor, view


def open_dispute(state: SandboxState, payment_ref: str, amount_minor: int | None = None) -> DisputeRecord:
    """
    Let the payer's bank want back what is left of a payment, or a part of that.

    Raises:
        Refusal: nothing was paid, there is not so much left, or it is disputed already.
    """
    with state.change() as now:
        payment = find_payment(state, payment_ref)
        payment_ref = paid_ref(payment)
        if is_disputed(state.records, payment_ref):
            raise Refusal(422, "payment_disputed", "the payment is disputed already")
        left_minor = payment.amount_minor - refunded_minor(state.records, payment)
        if amount_minor is not None and amount_minor > left_minor:
            raise Refusal(
                422, "amount_too_large", f"{amount_minor} is disputed and {left_minor} is left of the payment"
            )
        dispute = DisputeRecord(
            ref=new_ref("sbx_dp"),
            payment_ref=payment_ref,
            amount_minor=left_minor if amount_minor is None else amount_minor,
            currency=payment.currency,
            changed_at=now.isoformat(),
            reason="unauthorised",
        )
        state.records.disputes[dispute.ref] = dispute
        _emit(state, dispute, now)
        return dispute


def close_dispute(state: SandboxState, ref: str, *, won: bool) -> DisputeRecord:
    """
    Decide a dispute; the shop has won it or lost it.

    Raises:
        Refusal: it is decided already.
    """
    with state.change() as now:
        dispute = find_dispute(state, ref)
        if dispute.state is not DisputeStatus.OPEN:
            raise Refusal(422, "dispute_closed", "the dispute is closed already")
        dispute.state = DisputeStatus.WON if won else DisputeStatus.LOST
        dispute.changed_at = now.isoformat()
        _emit(state, dispute, now)
        return dispute


def find_dispute(state: SandboxState, ref: str) -> DisputeRecord:
    """Return a dispute; raises `Refusal` if there is none."""
    with state.lock:
        if found := state.records.disputes.get(ref):
            return found
        raise Refusal(404, "not_found", "there is no such dispute")


def _emit(state: SandboxState, dispute: DisputeRecord, now: datetime) -> None:
    state.emit(f"dispute.{dispute.state}", dispute.ref, view(state.records, dispute), now)
