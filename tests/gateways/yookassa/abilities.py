"""What YooKassa can do, for the contract."""

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.contract.abilities import Abilities
from tests.gateways.folders import folder_of

ABILITIES = Abilities(
    name="yookassa",
    folder=folder_of("yookassa"),
    new_double=YooKassaDouble,
    price=Money(19_900, "RUB"),
    # A shop has one currency.
    taken=(Money(1, "RUB"),),
    refused=(Money(1_000, "USD"), Money(500, "JPY"), Money(1_250, "KWD")),
    declines={Retry.LATER: "insufficient_funds", Retry.NEW_METHOD: "card_expired", Retry.NEVER: "fraud_suspected"},
    page_decline=("insufficient_funds", PaymentStatus.FAILED),
    asks_buyer=("3d_secure_failed", PaymentStatus.FAILED),
    # It says nothing about 3-D Secure; the payment just waits.
    waits_for_buyer=PaymentStatus.PENDING,
    unknown_ref="2203aa1d-000f-5000-8000-17102541fd31",
    foreign_reader={"NETWORKS": "185.71.76.0/27"},
    has_disputes=False,
)
