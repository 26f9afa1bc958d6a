"""Unapplied payments: money that came for an order and bought nothing."""

from dataclasses import dataclass

from domain.money import Money


@dataclass(frozen=True, slots=True)
class UnappliedPayment:
    """A second payment of a paid order, or one of another amount than its price; `refunded` is the gateway's."""

    gateway: str
    payment_ref: str
    order_id: str
    amount: Money
    refunded: Money

    @property
    def is_given_back(self) -> bool:
        """Tell whether all of it went back."""
        return self.refunded.minor >= self.amount.minor
