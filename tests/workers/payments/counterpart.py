"""A gateway at its other end, as random histories need it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from domain.gateway.payment import PaymentStatus
from domain.gateway.webhook import Hint
from tests.doubles.faults import Faults

End = Callable[..., object]
"""Ends something at the gateway, given `succeeded`."""


class Counterpart(Protocol):
    """
    A gateway as a history needs it: control of its buyers, its staff and its banks, and its books.

    What cannot be done there, such as paying twice, does nothing.
    """

    faults: Faults
    hold_refunds: bool

    @property
    def reports_disputes(self) -> bool:
        """Whether disputes come by webhook; else an operator reports what a letter says."""

    def hanging(self) -> AbstractContextManager[None]:
        """Let no call be answered in time for as long as the block lasts."""

    def let_arrive(self) -> None:
        """Let the calls be done that were not answered, long after those who made them have given up."""

    def take_hints(self) -> list[Hint]:
        """Return the hints of webhooks since the last time."""

    def pay(self, checkout_ref: str) -> object:
        """Let the buyer pay, or approve."""

    def pay_slowly(self, checkout_ref: str) -> object:
        """Let the buyer pay in a way that takes days, where there is such a thing; else as `pay`."""

    def fail(self, checkout_ref: str, state: PaymentStatus) -> object:
        """Let the payment fail, expire, or wait for the buyer."""

    def waiting(self) -> Sequence[End]:
        """Return what waits for its end: refunds, and money that takes days."""

    def given_back(self) -> Sequence[End]:
        """Return refunds that have succeeded and may fail still."""

    def refund_from_dashboard(self, payment_ref: str, minor: int) -> object:
        """Let staff give money back without us."""

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the payment of a checkout, heard of or not; None: there is none yet."""

    def failed(self) -> Sequence[End]:
        """Return refunds that have failed and may succeed still."""

    def open_dispute(self, payment_ref: str, minor: int | None) -> str | None:
        """Let the payer's bank ask for the money back, or for a part of it; None: it cannot."""

    def close_dispute(self, ref: str, *, won: bool) -> object:
        """Let the banks decide."""

    def let_days_pass(self) -> None:
        """Let the gateway forget what it does not keep for some days."""

    def books_of(self, checkout_ref: str) -> tuple[int, int]:
        """Return what was captured and what was refunded, in minor units."""

    def books(self) -> dict[str, tuple[int, int]]:
        """Return what was captured and what was refunded of everything, in minor units by currency."""
