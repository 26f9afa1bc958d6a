"""Calls that brought no money, as payments."""

from dataclasses import dataclass
from datetime import datetime

from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from gateways.paypal.declines import OUR_FAULT, PAYER_MUST_ACT, decline
from gateways.paypal.objects import Body, link
from gateways.paypal.refusals import UNFINISHED, issue_of, refuse
from gateways.transport import Answer


@dataclass(frozen=True, slots=True)
class Wish:
    """Money that was asked for; `checkout_ref` is None for a charge without the buyer."""

    sentence: str
    checkout_ref: str | None
    order_id: str | None
    price: Money


def declined(answer: Answer, wish: Wish, *, now: datetime, order: Body) -> GatewayPayment:
    """
    Return the payment of a call that PayPal said no to.

    Args:
        answer: no success.
        wish: what was asked for.
        now: the moment of the payment.
        order: as it was before, for its link to the buyer's page.

    Raises:
        CallRefused: it is no decline: the call or our account is wrong.
        UnableToReach: an earlier call for the same is not finished.
    """
    code = issue_of(answer)
    is_charge = wish.checkout_ref is None
    # A charge that meets an unknown object means a saved method that is gone.
    is_about_buyer = answer.status == 422 or code == "CONSENT_NEEDED" or (answer.status == 404 and is_charge)
    if not is_about_buyer or code in OUR_FAULT or code in UNFINISHED:
        refuse(answer, wish.sentence)
    if code in PAYER_MUST_ACT:
        return waiting(wish, code, now=now, address=_page(answer.body) or _page(order))
    return _without_money(wish, PaymentStatus.FAILED, code, now)


def waiting(wish: Wish, code: str, *, now: datetime, address: str | None) -> GatewayPayment:
    """Return the payment of a call that only the buyer can bring to its end."""
    return _without_money(wish, PaymentStatus.ACTION_REQUIRED, code, now, address)


def _without_money(
    wish: Wish, state: PaymentStatus, code: str, now: datetime, address: str | None = None
) -> GatewayPayment:
    return GatewayPayment(
        checkout_ref=wish.checkout_ref,
        payment_ref=None,
        order_id=wish.order_id,
        status=state,
        price=wish.price,
        refunded=Money(0, wish.price.currency),
        at=now,
        action_url=address,
        decline=decline(code),
    )


def _page(body: Body) -> str | None:
    return link(body, "payer-action", "redirect", "approve")
