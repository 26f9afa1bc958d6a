"""An order: one wish to buy, and how far its payment is."""

from dataclasses import dataclass
from datetime import datetime

from domain.gateway.payment import PaymentStatus
from domain.money import Money

RANK = {
    PaymentStatus.PENDING: 0,
    PaymentStatus.ACTION_REQUIRED: 1,
    PaymentStatus.APPROVED: 2,
    PaymentStatus.FAILED: 3,
    PaymentStatus.EXPIRED: 3,
    PaymentStatus.PAID: 4,
}
"""States only move to a higher rank, so late and repeated news change nothing. Source: README.md, "States"."""

OPEN = frozenset({PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED, PaymentStatus.APPROVED})
"""The states in which the buyer's money may still come in the ordinary way."""


@dataclass(frozen=True, slots=True)
class Order:
    """
    One purchase of one product through one gateway.

    `granted_seconds` are what the price pays for. `checkout_ref` and `payment_ref` are the gateway's
    ids. `called_at` is when the gateway was first asked with the present key; after its
    lifetime a person or a look-up must tell what came of it (`needs_review`).
    """

    id: str
    account_id: str
    product_id: str
    gateway: str
    price: Money
    granted_seconds: int
    valid_days: int | None
    status: PaymentStatus
    saves_method: bool
    title: str
    return_url: str
    cancel_url: str
    locale: str | None
    created_at: datetime
    message_id: int
    checkout_ref: str | None = None
    payment_ref: str | None = None
    redirect_url: str | None = None
    checkout_expires_at: datetime | None = None
    called_at: datetime | None = None
    paid_at: datetime | None = None
    failure: str | None = None
    needs_review: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether money may still come in the ordinary way."""
        return self.status in OPEN


def advances(present: PaymentStatus, news: PaymentStatus) -> bool:
    """
    Tell whether news move an order on.

    Forward only; `failed` and `expired` may still become `paid`, for late money is real; `paid` is
    the end.

    Source: SEMANTICS.md, "Purchases and payments".
    """
    return RANK[news] > RANK[present]
