"""Refunds at the sandbox: money goes back, at once or later."""

from datetime import datetime

from domain.gateway.refund import GatewayRefundStatus
from gateways.sandbox.server.bodies import NewRefund
from gateways.sandbox.server.payments import find_payment, paid_ref
from gateways.sandbox.server.records import RefundRecord
from gateways.sandbox.server.state import Refusal, SandboxState, new_ref
from gateways.sandbox.server.views import is_disputed, money_left, view


def create_refund(state: SandboxState, body: NewRefund) -> RefundRecord:
    """
    Give money back, all that is left or a part.

    Raises:
        Refusal: there is no such money, or it is disputed.
    """
    with state.change() as now:
        payment = find_payment(state, body.payment_ref)
        payment_ref = paid_ref(payment)
        if body.currency not in (None, payment.currency):
            raise Refusal(422, "currency_differs", f"the payment was made in {payment.currency}")
        if is_disputed(state.records, payment_ref):
            raise Refusal(422, "payment_disputed", "a payment that is disputed, or lost so, is not refunded")
        left = money_left(state.records, payment)
        amount = left if body.amount_minor is None else body.amount_minor
        if not 0 < amount <= left:
            raise Refusal(422, "amount_too_large", f"{amount} is asked for and {left} is left of the payment")
        refund = RefundRecord(
            ref=new_ref("sbx_re"),
            payment_ref=payment_ref,
            refund_id=body.refund_id,
            amount_minor=amount,
            currency=payment.currency,
            created_at=now.isoformat(),
            changed_at=now.isoformat(),
            state=GatewayRefundStatus.PENDING if state.holds_refunds else GatewayRefundStatus.SUCCEEDED,
        )
        state.records.refunds[refund.ref] = refund
        _emit(state, refund, now)
        return refund


def end_refund(state: SandboxState, ref: str, *, succeeded: bool) -> RefundRecord:
    """Decide about a refund; one that succeeded may still fail later, as cards have it."""
    with state.change() as now:
        refund = find_refund(state, ref)
        refund.state = GatewayRefundStatus.SUCCEEDED if succeeded else GatewayRefundStatus.FAILED
        refund.failure = None if succeeded else "bank_refused"
        refund.changed_at = now.isoformat()
        _emit(state, refund, now)
        return refund


def find_refund(state: SandboxState, ref: str) -> RefundRecord:
    """Return a refund; raises `Refusal` if there is none."""
    with state.lock:
        if found := state.records.refunds.get(ref):
            return found
        raise Refusal(404, "not_found", "there is no such refund")


def refunds_of(state: SandboxState, ref: str) -> list[RefundRecord]:
    """Return the refunds of a payment, the oldest first; raises `Refusal` if there is no such payment."""
    with state.lock:
        payment = find_payment(state, ref)
        return [one for one in state.records.refunds.values() if one.payment_ref == payment.payment_ref]


def _emit(state: SandboxState, refund: RefundRecord, now: datetime) -> None:
    state.emit(f"refund.{refund.state}", refund.ref, view(state.records, refund), now)
