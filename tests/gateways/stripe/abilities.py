"""What Stripe can do, for the contract."""

import time

import pytest
import stripe

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from tests.doubles.delivery import Webhook
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.stripe.events import signed
from tests.gateways.contract.abilities import Abilities
from tests.gateways.folders import folder_of


def _signed_long_ago(_: StripeDouble, webhook: Webhook) -> Webhook:
    return signed(webhook.event, webhook.body, at=int(time.time()) - 5 * 86_400)


def _without_pauses(patch: pytest.MonkeyPatch) -> None:
    # Between its tries the SDK would wait for half a second and more.
    patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)


ABILITIES = Abilities(
    name="stripe",
    folder=folder_of("stripe"),
    new_double=StripeDouble,
    price=Money(29_900, "RUB"),
    # Of UGX and ISK it wants hundredths, and of KWD the last digit to be 0.
    taken=(Money(1_000, "USD"), Money(500, "JPY"), Money(1_250, "KWD"), Money(700, "ISK"), Money(5_000, "UGX")),
    refused=(Money(1_251, "KWD"), Money(150, "MGA"), Money(1_250, "IQD"), Money(10_000, "CLF")),
    declines={Retry.LATER: "insufficient_funds", Retry.NEW_METHOD: "expired_card", Retry.NEVER: "fraudulent"},
    # While the page is open the buyer may take another card.
    page_decline=("insufficient_funds", PaymentStatus.PENDING),
    asks_buyer=("authentication_required", PaymentStatus.ACTION_REQUIRED),
    waits_for_buyer=PaymentStatus.ACTION_REQUIRED,
    unknown_ref="pi_0123456789abcdef",
    foreign_reader={"WEBHOOK_SECRETS": "whsec_of_another_installation"},
    signed_long_ago=_signed_long_ago,
    tells_email=True,
    cancels_charges=True,
    finds_charges_by="find_charge",
    signed_by=("stripe-signature",),
    tries=3,
    # A refund there has an amount alone: the currency is the payment's.
    checks_refund_currency=False,
    without_pauses=_without_pauses,
)
