"""Codes of a start: they make the first periods of a subscription cheaper, or give minutes besides the first."""

from dataclasses import replace

from domain.promotions.redemption import RedemptionRole
from domain.refusal import Refusal
from domain.subscriptions.subscription import Subscription
from messages.subscriptions.requests import SubscriptionStartRequested
from store.minutes.book import lock_account
from workers.payments.codes import reserve_codes
from workers.promotions.terms import Terms, Wanted, purchase_of
from workers.subscriptions.request import Request

StartCodes = tuple[Wanted, Terms]
"""What the buyer's codes were wanted for, and what they change."""

NOT_WITH_TRIAL = Refusal("NotWithTrial", "no code counts where a trial begins; it comes without money already")


def reserve_start_codes(
    request: Request, subscription: Subscription, *, has_trial: bool
) -> StartCodes | Refusal | None:
    """
    Count the uses of the codes that a start names, and return what they change; None: it names none.

    A subscription is never free, for its method comes from a payment: its gateway's minimum is the least.
    """
    envelope = request.event.envelope
    assert isinstance(envelope, SubscriptionStartRequested)
    if not envelope.data.codes:
        return None
    if has_trial:
        return NOT_WITH_TRIAL
    gateway = request.context.gateway(subscription.gateway)
    price, seconds = subscription.price, subscription.granted_seconds
    wanted = Wanted(
        account_id=subscription.account_id,
        account=lock_account(request.session, subscription.account_id),
        codes=envelope.data.codes,
        purchase=purchase_of(gateway, subscription.product_id, price, seconds, may_be_free=False),
        at=request.facts.at,
        address=envelope.data.address,
    )
    terms = reserve_codes(request.session, wanted)
    return terms if isinstance(terms, Refusal) else (wanted, terms)


def with_discount(subscription: Subscription, terms: Terms) -> Subscription:
    """Return a subscription whose renewals cost less for as many periods as the code says; the first is its order's."""
    discount = terms.of(RedemptionRole.DISCOUNT)
    if discount is None:
        return subscription
    return replace(
        subscription,
        discount_periods_left=discount.found.code.promotion.periods - 1,
        discounted_price_minor=terms.price.minor,
    )
