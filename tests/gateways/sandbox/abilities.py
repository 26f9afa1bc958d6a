"""What the sandbox can do, for the contract."""

import time

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from gateways.sandbox.signature import HEADER, sign
from tests.doubles.delivery import Webhook
from tests.doubles.sandbox.double import SECRET, SandboxDouble
from tests.gateways.contract.abilities import Abilities
from tests.gateways.folders import folder_of


def _signed_long_ago(_: SandboxDouble, webhook: Webhook) -> Webhook:
    signature = sign(SECRET, webhook.body, at=int(time.time()) - 5 * 86_400)
    return Webhook(webhook.event, webhook.body, {HEADER: signature})


ABILITIES = Abilities(
    name="sandbox",
    folder=folder_of("sandbox"),
    new_double=SandboxDouble,
    price=Money(29_900, "RUB"),
    taken=(Money(1, "USD"), Money(500, "JPY"), Money(1_251, "KWD")),
    refused=(),
    declines={Retry.LATER: "insufficient_funds", Retry.NEW_METHOD: "card_expired", Retry.NEVER: "fraud_suspected"},
    page_decline=("insufficient_funds", PaymentStatus.FAILED),
    asks_buyer=("authentication_required", PaymentStatus.ACTION_REQUIRED),
    waits_for_buyer=PaymentStatus.ACTION_REQUIRED,
    unknown_ref="sbx_pay_0123456789abcdef",
    foreign_reader={"WEBHOOK_SECRET": "of-another-installation"},
    signed_long_ago=_signed_long_ago,
    lists_by="fetch",
    finds_charges_by="fetch",
    cancels_charges=True,
    signed_by=(HEADER,),
    money_secret=None,
)
