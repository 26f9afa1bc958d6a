"""Payments of calls that brought no money: declined, or waiting for the buyer."""

from dataclasses import dataclass
from datetime import datetime

from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from gateways.paypal.declines import OUR_FAULT, PAYER_MUST_ACT, decline_of
from gateways.paypal.errors import error_of, is_unclear, issue_of
from gateways.paypal.objects import Body, link
from gateways.transport import Answer


@dataclass(frozen=True, slots=True)
class CaptureAttempt:
    """A call that was to capture money; `checkout_ref` is None for a charge without the buyer."""

    action: str
    checkout_ref: str | None
    order_id: str | None
    price: Money


def payment_of_refusal(answer: Answer, attempt: CaptureAttempt, *, now: datetime, order: Body) -> GatewayPayment:
    """
    Return the payment of a call that PayPal refused.

    Args:
        answer: no success.
        attempt: the call.
        now: the moment of the payment.
        order: as it was before, for its link to the buyer's page.

    Raises:
        CallRefused: it is not a decline: the call or our account is wrong.
        UnableToReach: our credentials are refused, or it was asked for before and may be done.
    """
    code = issue_of(answer)
    is_charge = attempt.checkout_ref is None
    # A charge that meets an unknown object means that the saved method is gone.
    is_about_buyer = answer.status == 422 or (answer.status == 404 and is_charge)
    is_decline = code == "CONSENT_NEEDED" or (is_about_buyer and code not in OUR_FAULT and not is_unclear(answer))
    if not is_decline:
        raise error_of(answer, attempt.action)
    if code in PAYER_MUST_ACT:
        return payment_waiting_for_buyer(attempt, code, now=now, address=_page(answer.body) or _page(order))
    return _without_money(attempt, PaymentStatus.FAILED, code, now)


def payment_waiting_for_buyer(
    attempt: CaptureAttempt, code: str, *, now: datetime, address: str | None
) -> GatewayPayment:
    """Return the payment of a call that only the buyer can complete, at an address of PayPal's."""
    return _without_money(attempt, PaymentStatus.ACTION_REQUIRED, code, now, address)


def _without_money(
    attempt: CaptureAttempt, status: PaymentStatus, code: str, now: datetime, address: str | None = None
) -> GatewayPayment:
    return GatewayPayment(
        checkout_ref=attempt.checkout_ref,
        payment_ref=None,
        order_id=attempt.order_id,
        status=status,
        price=attempt.price,
        refunded=Money(0, attempt.price.currency),
        at=now,
        action_url=address,
        decline=decline_of(code),
    )


def _page(body: Body) -> str | None:
    return link(body, "payer-action", "redirect", "approve")
