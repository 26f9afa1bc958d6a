"""
What gateways may rightly differ in.

Each gateway fills in one `Abilities`, in `tests/gateways/<name>/abilities.py`; the tests of the contract
know no gateway by its name.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import pytest

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.gateway.setup import SetupStatus
from domain.money import Money
from gateways.folder import GatewayFolder
from gateways.settings import GatewaySettings
from tests.doubles.delivery import Deliverer, Webhook
from tests.doubles.faults import Faults


@runtime_checkable
class Double(Protocol):
    """What every double offers; `payer` says whose card or wallet all buyers take from now on, None: each their own."""

    faults: Faults
    deliveries: Deliverer
    hold_refunds: bool
    payer: str | None

    @property
    def url(self) -> str: ...
    def settings(self) -> dict[str, str]: ...
    def pay(self, checkout_ref: str) -> str: ...
    def decline(self, checkout_ref: str, code: str) -> None: ...
    def need_action(self, checkout_ref: str) -> None: ...
    def expire(self, checkout_ref: str) -> None: ...
    def finish_setup(self, setup_ref: str) -> None: ...
    def fail_setup(self, setup_ref: str, code: str) -> None: ...
    def payment_ref_of(self, checkout_ref: str) -> str | None: ...
    def refund_from_dashboard(self, payment_ref: str, minor: int | None = None) -> str: ...
    def end_refund(self, refund_ref: str, *, succeeded: bool) -> None: ...
    def books(self) -> dict[str, tuple[int, int]]: ...
    def count(self, operation: str) -> int: ...


class Disputing(Protocol):
    """What a double offers besides, if its gateway has disputes."""

    def open_dispute(self, payment_ref: str, minor: int | None = None) -> str: ...
    def close_dispute(self, dispute_ref: str, *, won: bool) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)  # each is itself alone, and so a key
class Abilities:
    """
    One gateway, and what it can do.

    Args:
        name: as the adapter calls it.
        folder: its package.
        new_double: makes a double that does not serve yet.
        price: what is paid where a test does not mind the currency; it has two decimals.
        taken: further prices that it takes: currencies without decimals, with three, and of its own counting.
        refused: prices that it cannot take.
        declines: a code of its own for every answer to a decline that ends a charge.
        page_decline: a code of the buyer's card on the page, and the status after it.
        asks_buyer: a code that a charge without the buyer gets when it needs them, and the status after it.
        waits_for_buyer: the status of a checkout whose 3-D Secure was begun.
        unknown_ref: could be an id of its, and is none.
        foreign_reader: settings by which the reader is another installation's.
        signed_long_ago: from the double and a webhook of it: the same, signed five days ago; None if it signs nothing.
        once_paid: the status after the buyer has paid, before we complete; `APPROVED` where capturing is up to us.
        once_agreed: the status of a setup after the buyer has agreed; `APPROVED` where saving is up to us.
        tells_email: whether a paid payment has the mail address that its buyer gave the gateway.
        tells_of_setups: whether a webhook says that a setup is saved before we ask.
        cancels_charges: whether cancelling an open charge is a call of its own, and not only a look at it.
        lists_charges: whether a list tells if a charge whose answer was lost has arrived.
        finds_charges_by: the operation that looking into that list is.
        completes_by: the operation that completing a checkout is.
        lists_by: the operation that a list of what happened lately begins with.
        look_alikes: headers with the address of a certificate on a host that only looks like the gateway's.
        signed_by: the headers by which its webhooks are signed; none: the peer's address is all there is.
        tries: how often one call is made until it fails; the SDK of Stripe repeats calls by itself.
        has_disputes: its API knows disputes.
        checks_refund_currency: a refund in another currency than the payment's is refused.
        money_secret: the setting that opens the API, if it has one.
        without_pauses: takes away the pauses that the adapter makes before it repeats a call.
    """

    name: str
    folder: GatewayFolder
    new_double: Callable[[], AbstractContextManager[Double]]
    price: Money
    taken: tuple[Money, ...]
    refused: tuple[Money, ...]
    declines: Mapping[Retry, str]
    page_decline: tuple[str, PaymentStatus]
    asks_buyer: tuple[str, PaymentStatus]
    waits_for_buyer: PaymentStatus
    unknown_ref: str
    foreign_reader: Mapping[str, str]
    signed_long_ago: Callable[[Any, Webhook], Webhook] | None = None
    once_paid: PaymentStatus = PaymentStatus.PAID
    once_agreed: SetupStatus = SetupStatus.SAVED
    tells_email: bool = False
    tells_of_setups: bool = True
    cancels_charges: bool = False
    lists_charges: bool = True
    finds_charges_by: str = "list"
    completes_by: str = "fetch"
    lists_by: str = "list"
    signed_by: tuple[str, ...] = ()
    look_alikes: tuple[Mapping[str, str], ...] = ()
    tries: int = 1
    has_disputes: bool = True
    checks_refund_currency: bool = True
    money_secret: str | None = "SECRET_KEY"
    without_pauses: Callable[[pytest.MonkeyPatch], object] = lambda _: None


def settings_of(able: Abilities, values: Mapping[str, str]) -> GatewaySettings:
    """Return settings as `boot.settings` would make them."""
    return GatewaySettings(f"{able.name.upper()}_", values)
