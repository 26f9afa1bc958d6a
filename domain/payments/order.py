"""An order: one purchase of one product, and the status of its payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.gateway.payment import PaymentStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from domain.periods import PeriodUnit

RANK = {
    PaymentStatus.PENDING: 0,
    PaymentStatus.ACTION_REQUIRED: 1,
    PaymentStatus.APPROVED: 2,
    PaymentStatus.FAILED: 3,
    PaymentStatus.EXPIRED: 3,
    PaymentStatus.PAID: 4,
}
"""An order only moves to a higher rank, so late and repeated updates change nothing. Source: README.md, "States"."""

OPEN_STATUSES = frozenset({PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED, PaymentStatus.APPROVED})
"""The states in which the buyer's money may still come in the ordinary way."""

NO_GATEWAY = "none"
"""The gateway of an order that costs nothing: nobody is called for it. Source: README.md, "Free orders"."""


class PurchaseKind(StrEnum):
    """What kind of purchase an order is; README.md, "Kinds of purchase"."""

    FIRST = "first"
    REPEAT = "repeat"
    RENEWAL = "renewal"
    TOP_UP = "top_up"


@dataclass(frozen=True, slots=True)
class Order:
    """
    One purchase of one product through one gateway.

    `granted_seconds` are what the price pays for; `list_price` is the price before discounts. `checkout_ref` and
    `payment_ref` are the gateway's ids. `called_at` is when the gateway was first called with the present key; after
    the key's lifetime only a person or a poll can find out what came of it (`needs_review`). `buyer_snapshot` is what
    that first call said of the buyer; if that was no mail address, a paid order has there the one that the buyer gave
    the gateway, as `gateway_email`. `under_way_since` is when the gateway first reported that the buyer has paid and
    the money takes days. `paid_at` is the gateway's moment of the payment, `recorded_at` ours.

    An order of a subscription pays for `period`, and once it is paid for all from `period_start` to `period_end`; a
    renewal names them before. `attempt` numbers the tries to get the money of an order that is charged: with
    `method_id` the present one is a charge of that saved method, without it a hosted checkout; 0: an ordinary purchase.
    The refs are those of the present attempt. `withdrawn_at`: from then on its charge is not called for; a call that
    is under way by then may still take the money. The seconds `replaces_seconds` of the order `replaces_order_id`,
    which its price was reduced for, are voided when it is paid; there, `replaced_seconds` count as used.

    `discount_code` and `bonus_code` are the numbers of the codes that its buyer used. Paid, it also grants
    `bonus_seconds` as the package `bonus_package_id`, which ends after `bonus_valid_days`.

    Source: README.md, "Moments", "Charges", "Bonus".
    """

    id: str
    account_id: str
    product_id: str
    gateway: str
    kind: PurchaseKind
    price: Money
    list_price: Money
    granted_seconds: int
    valid_days: int | None
    status: PaymentStatus
    saves_method: bool
    title: str
    return_url: str
    cancel_url: str
    locale: str | None
    country: str | None
    message_id: int
    created_at: datetime
    updated_at: datetime
    checkout_ref: str | None = None
    payment_ref: str | None = None
    redirect_url: str | None = None
    checkout_expires_at: datetime | None = None
    package_id: str | None = None
    fee: Money | None = None
    failure: str | None = None
    needs_review: bool = False
    called_at: datetime | None = None
    polled_at: datetime | None = None
    link_ready_at: datetime | None = None
    opened_at: datetime | None = None
    under_way_since: datetime | None = None
    failed_at: datetime | None = None
    expired_at: datetime | None = None
    paid_at: datetime | None = None
    recorded_at: datetime | None = None
    buyer_snapshot: Mapping[str, str | None] | None = None
    subscription_id: str | None = None
    period: PeriodUnit | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    attempt: int = 0
    method_id: int | None = None
    withdrawn_at: datetime | None = None
    replaces_order_id: str | None = None
    replaces_seconds: int = 0
    replaced_seconds: int = 0
    discount_code: int | None = None
    bonus_code: int | None = None
    bonus_seconds: int = 0
    bonus_valid_days: int | None = None
    bonus_package_id: str | None = None

    @property
    def is_free(self) -> bool:
        """Tell whether it costs nothing, so that no gateway is called."""
        return self.gateway == NO_GATEWAY

    @property
    def is_open(self) -> bool:
        """Tell whether money may still come in the ordinary way."""
        return self.status in OPEN_STATUSES

    @property
    def is_charge(self) -> bool:
        """Tell whether its present attempt is a charge of a saved method, without the buyer."""
        return self.method_id is not None

    @property
    def is_paid(self) -> bool:
        """Tell whether the money has come."""
        return self.status is PaymentStatus.PAID


def advances(present: PaymentStatus, reported: PaymentStatus) -> bool:
    """
    Tell whether a reported state moves an order on.

    Forward only; `failed` and `expired` may still become `paid`, because late money is real; `paid` is the end.

    Source: README.md, "States".
    """
    return RANK[reported] > RANK[present]


def call_key(call: str, order: Order) -> str:
    """Return the key of a call for an order, such as `co-…`; each attempt has its own, or it would only be repeated."""
    return f"{call}-{order.id}-{order.attempt}" if order.attempt else f"{call}-{order.id}"


def buyer_in(account_id: str, snapshot: Mapping[str, str | None]) -> Buyer:
    """Return the buyer as a snapshot has them."""
    return Buyer(account_id, snapshot["email"], snapshot["customer"], snapshot["locale"])


def snapshot_of(buyer: Buyer) -> dict[str, str | None]:
    """Return what a call says of the buyer, to be stored with the order or the refund."""
    return {"email": buyer.email, "customer": buyer.gateway_customer, "locale": buyer.locale}
