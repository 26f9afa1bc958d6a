"""What PayPal can do, for the contract."""

import json
from datetime import UTC, datetime, timedelta

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.gateway.setup import SetupStatus
from domain.money import Money
from tests.doubles.delivery import Webhook
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.contract.abilities import Abilities
from tests.gateways.folders import folder_of

LOOK_ALIKES = (
    "api.paypal.com.evil.example",
    "api-paypal.com",
    "evil.example/api.paypal.com",
    "api.paypal.com@evil.example",
    "xn--pypal-4ve.com",
)


def _signed_long_ago(double: PaypalDouble, webhook: Webhook) -> Webhook:
    return double.webhook(json.loads(webhook.body), sent_at=datetime.now(UTC) - timedelta(days=5))


ABILITIES = Abilities(
    name="paypal",
    folder=folder_of("paypal"),
    new_double=PaypalDouble,
    price=Money(1_000, "USD"),
    # Of HUF it takes whole ones, which are hundreds of our minor units.
    taken=(Money(1, "EUR"), Money(500, "JPY"), Money(129_900, "HUF")),
    refused=(Money(129_950, "HUF"), Money(1_250, "KWD"), Money(29_900, "RUB")),
    declines={Retry.LATER: "PAYMENT_DENIED", Retry.NEW_METHOD: "CARD_EXPIRED", Retry.NEVER: "TRANSACTION_REFUSED"},
    page_decline=("INSTRUMENT_DECLINED", PaymentStatus.FAILED),
    asks_buyer=("PAYER_ACTION_REQUIRED", PaymentStatus.ACTION_REQUIRED),
    waits_for_buyer=PaymentStatus.ACTION_REQUIRED,
    unknown_ref="5O190127TN364715T",
    foreign_reader={"WEBHOOK_ID": "1JE4291016473214C"},
    signed_long_ago=_signed_long_ago,
    once_paid=PaymentStatus.APPROVED,
    once_agreed=SetupStatus.APPROVED,
    tells_email=True,
    # It sends no event when the buyer agrees, only when we have saved the wallet.
    tells_of_setups=False,
    lists_charges=False,
    completes_by="complete_checkout",
    signed_by=tuple(
        f"paypal-{name}"
        for name in ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")
    ),
    look_alikes=tuple(
        {"paypal-cert-url": f"https://{host}/v1/notifications/certs/CERT-360caa42"} for host in LOOK_ALIKES
    ),
    money_secret="CLIENT_SECRET",
)
