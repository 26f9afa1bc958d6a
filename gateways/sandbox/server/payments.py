"""Payments at the sandbox: checkouts, charges of saved methods, and what the buyer does."""

import hashlib
from datetime import date, datetime, timedelta

from domain.gateway.payment import PaymentStatus
from gateways.sandbox.server.bodies import NewCharge, NewCheckout
from gateways.sandbox.server.records import MethodRecord, PaymentRecord
from gateways.sandbox.server.state import Refusal, SandboxState, moment_of, new_ref
from gateways.sandbox.server.views import view

CHECKOUT_LIFETIME = timedelta(hours=1)

OPEN = (PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED)


def create_checkout(state: SandboxState, body: NewCheckout) -> PaymentRecord:
    """Open a hosted checkout."""
    with state.change() as now:
        payment = PaymentRecord(
            checkout_ref=new_ref("sbx_co"),
            payment_ref=None,
            created_at=now.isoformat(),
            changed_at=now.isoformat(),
            expires_at=(now + CHECKOUT_LIFETIME).isoformat(),
            **body.model_dump(),
        )
        state.records.payments[payment.ref] = payment
        return payment


def charge(state: SandboxState, body: NewCharge) -> PaymentRecord:
    """Charge a saved method; the payment's state says what its bank has decided."""
    with state.change() as now:
        payment = PaymentRecord(
            checkout_ref=None,
            payment_ref=new_ref("sbx_pay"),
            created_at=now.isoformat(),
            changed_at=now.isoformat(),
            **body.model_dump(exclude={"attempt"}),
        )
        state.records.payments[payment.ref] = payment
        method = state.records.methods.get(body.method)
        code = method.decline_code if method else "method_removed"
        if state.next_declines:
            code = state.next_declines.pop(0)
        if code == "authentication_required":
            _move(state, payment, PaymentStatus.ACTION_REQUIRED, now, code=code)
        else:
            payment.fingerprint = method.fingerprint if method else None
            _move(state, payment, PaymentStatus.FAILED if code else PaymentStatus.PAID, now, code=code)
        return payment


def find_payment(state: SandboxState, ref: str) -> PaymentRecord:
    """
    Return a payment by its `checkout_ref` or `payment_ref`; one whose time is over expires now.

    Raises:
        Refusal: there is none.
    """
    with state.lock:
        payments = state.records.payments
        payment = payments.get(ref) or next((one for one in payments.values() if one.payment_ref == ref), None)
        if payment is None:
            raise Refusal(404, "not_found", "there is no such payment")
        if payment.expires_at and payment.state in OPEN and moment_of(payment.expires_at) <= state.clock():
            with state.change() as now:
                _move(state, payment, PaymentStatus.EXPIRED, now)
        return payment


def expire_overdue(state: SandboxState) -> None:
    """Let every payment expire whose time is over."""
    for ref in list(state.records.payments):
        find_payment(state, ref)


def paid_ref(payment: PaymentRecord) -> str:
    """
    Return the `payment_ref` of a payment.

    Raises:
        Refusal: it is not paid.
    """
    if payment.state is not PaymentStatus.PAID or payment.payment_ref is None:
        raise Refusal(422, "payment_not_paid", "there is no money in it: the payment is not paid")
    return payment.payment_ref


def pay(state: SandboxState, ref: str) -> PaymentRecord:
    """Pay; the buyer's card is saved if the shop asked for that."""
    return _by_buyer(state, ref, PaymentStatus.PAID)


def decline(state: SandboxState, ref: str, code: str) -> PaymentRecord:
    """Try to pay with a card that is declined; that ends the payment."""
    return _by_buyer(state, ref, PaymentStatus.FAILED, code=code)


def need_action(state: SandboxState, ref: str) -> PaymentRecord:
    """Begin 3-D Secure; `pay` or `decline` ends it."""
    return _by_buyer(state, ref, PaymentStatus.ACTION_REQUIRED)


def expire(state: SandboxState, ref: str) -> PaymentRecord:
    """Let the checkout expire now."""
    return _by_buyer(state, ref, PaymentStatus.EXPIRED)


def cancel_charge(state: SandboxState, ref: str) -> PaymentRecord:
    """Cancel a charge that waits for the buyer; one that is done stays as it is."""
    with state.change() as now:
        payment = find_payment(state, ref)
        if payment.state is PaymentStatus.ACTION_REQUIRED and payment.checkout_ref is None:
            _move(state, payment, PaymentStatus.FAILED, now, code="authentication_required")
        return payment


def save_card(state: SandboxState, account_id: str, now: datetime) -> str:
    """Save a card of an account; return its token."""
    method = MethodRecord(
        token=new_ref("sbx_pm"),
        customer="sbx_cus_" + hashlib.sha256(account_id.encode()).hexdigest()[:16],
        label="Sandbox card *4242",
        expires_on=date(now.year + 3, 12, 31).isoformat(),
        fingerprint=_fingerprint(state, account_id),
    )
    state.records.methods[method.token] = method
    state.emit("method.saved", method.token, {"object": "method", "token": method.token}, now)
    return method.token


def set_behaviour(state: SandboxState, token: str, code: str | None) -> MethodRecord:
    """
    Let the bank of a saved card decline it from now on with a code, or with None accept it.

    Raises:
        Refusal: there is no such card.
    """
    with state.change():
        method = state.records.methods.get(token)
        if method is None:
            raise Refusal(404, "not_found", "there is no such saved method")
        method.decline_code = code
        return method


def _by_buyer(state: SandboxState, ref: str, to: PaymentStatus, *, code: str | None = None) -> PaymentRecord:
    with state.change() as now:
        payment = find_payment(state, ref)
        if payment.state not in OPEN:
            raise Refusal(409, "payment_over", f"the payment is {payment.state} already")
        payment.fingerprint = _fingerprint(state, payment.account_id)
        _move(state, payment, to, now, code=code)
        return payment


def _fingerprint(state: SandboxState, account_id: str) -> str:
    return "sbx_fp_" + hashlib.sha256((state.payer or account_id).encode()).hexdigest()[:16]


def _move(
    state: SandboxState, payment: PaymentRecord, to: PaymentStatus, now: datetime, *, code: str | None = None
) -> None:
    payment.state, payment.decline_code, payment.changed_at = to, code, now.isoformat()
    if to is not PaymentStatus.EXPIRED and payment.payment_ref is None:
        payment.payment_ref = new_ref("sbx_pay")
    if to is PaymentStatus.PAID and payment.saves_method:
        payment.method = save_card(state, payment.account_id, now)
    subject = "checkout" if payment.checkout_ref else "payment"
    state.emit(f"{subject}.{to}", payment.ref, view(state.records, payment), now)
