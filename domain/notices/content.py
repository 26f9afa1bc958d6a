"""What notices say: for each kind the fields that its templates may use."""

from dataclasses import dataclass
from datetime import date, datetime

from domain.gateway.decline import Retry
from domain.money import Money


@dataclass(frozen=True, slots=True)
class PurchaseReceipt:
    """
    An order is paid. `title` is the product's as it was bought; `expires_at` None: the minutes never expire.

    With `subscription_id` it has paid for the first `period` of that subscription; `is_start`: which began with it.
    `renews_at` is the end of that period when it is owed; when it is sent, the moment of the next charge, if any.
    `is_paid_by_hand`: it goes on, and its gateway lets nobody charge without the buyer.
    """

    order_id: str
    title: str
    gateway: str
    price: Money
    list_price: Money
    granted_seconds: int
    paid_at: datetime
    expires_at: datetime | None = None
    subscription_id: str | None = None
    period: str | None = None
    renews_at: datetime | None = None
    is_start: bool = False
    is_paid_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """Money was given back; `voided_seconds` went with it."""

    refund_id: str
    order_id: str
    title: str
    gateway: str
    amount: Money
    voided_seconds: int
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeNotice:
    """The payer's bank wants money back; `frozen_seconds` rest until it has decided."""

    order_id: str
    dispute_ref: str
    title: str
    gateway: str
    amount: Money
    frozen_seconds: int
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class PackageStarting:
    """A package that was granted for later can be used from now on. `package_kind` is purchased, promo and so on."""

    package_id: str
    package_kind: str
    granted_seconds: int
    starts_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PackageExpiring:
    """A package ends in `days` days, 7 or 1, and something is left in it."""

    package_id: str
    package_kind: str
    left_seconds: int
    expires_at: datetime
    days: int


@dataclass(frozen=True, slots=True)
class PackageExpired:
    """A package has ended, and `unused_seconds` > 0 were left in it."""

    package_id: str
    package_kind: str
    unused_seconds: int
    expired_at: datetime


@dataclass(frozen=True, slots=True)
class LowBalance:
    """
    The balance has fallen below the account's threshold.

    At the pace of the last weeks it lasts until some day from `empty_from` to `empty_until`, or `unused_seconds` of it
    expire unused on `unused_on`. Nothing of the four is there when too little is known; the days are the account's.
    """

    available_seconds: int
    threshold_seconds: int
    empty_from: date | None = None
    empty_until: date | None = None
    unused_seconds: int | None = None
    unused_on: date | None = None


@dataclass(frozen=True, slots=True)
class OutOfMinutes:
    """The last minute is used; what was used beyond it is owed."""

    ran_out_at: datetime
    debt_seconds: int


@dataclass(frozen=True, slots=True)
class SubscriptionStarted:
    """
    A subscription has begun. `period` is day, week, month or year, and each has `granted_seconds`.

    One with a trial is charged at its end for the first time; `trial_seconds` can be used until then.
    `is_paid_by_hand`: its gateway lets nobody charge without the buyer, who is asked to pay when it is due.
    """

    subscription_id: str
    title: str
    price: Money
    period: str
    granted_seconds: int
    renews_at: datetime
    trial_ends_at: datetime | None = None
    trial_seconds: int | None = None
    is_paid_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class RenewalComing:
    """
    A subscription will be charged at `charged_at`. `method_label` is such as `Visa •• 4242`.

    `ends_trial`: that is the end of its trial, and the first time. `ends_pause`: it is paused until then, or a little
    before. `lacks_method`: nothing is saved that could be charged.
    """

    subscription_id: str
    title: str
    price: Money
    period: str
    charged_at: datetime
    method_label: str | None = None
    ends_trial: bool = False
    ends_pause: bool = False
    lacks_method: bool = False


@dataclass(frozen=True, slots=True)
class Renewed:
    """
    A subscription was charged and its minutes are granted, for the period from one moment up to another.

    With `old_title` it was of another product before; `credit`, the worth of what was unused of that, and discounts
    make `price` less than `list_price`. `has_ended`: the money came after its end, and buys this period alone.
    """

    subscription_id: str
    order_id: str
    title: str
    gateway: str
    price: Money
    granted_seconds: int
    paid_at: datetime
    period_start: datetime
    period_end: datetime
    list_price: Money | None = None
    credit: Money | None = None
    old_title: str | None = None
    has_ended: bool = False


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """
    A renewal was not paid. `retry` says what may help.

    It is tried again at `next_attempt_at`, unless nobody will; unpaid, the subscription ends at `ends_at`.
    """

    subscription_id: str
    title: str
    price: Money
    failed_at: datetime
    retry: Retry
    next_attempt_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActionNeeded:
    """
    A renewal waits for the buyer, who confirms it or names another method, as `retry` says, best up to `until`.

    `is_paid_by_hand`: nothing was declined; its gateway lets nobody charge without the buyer.
    """

    subscription_id: str
    title: str
    price: Money
    retry: Retry
    until: datetime | None = None
    is_paid_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class CardExpiring:
    """
    A card that is charged without its buyer is good up to and with the day `expires_on`.

    It pays for a subscription, for auto top-up, or for both. `method_id` is its number.
    """

    method_label: str
    gateway: str
    expires_on: date
    pays_subscription: bool = True
    pays_topup: bool = False
    method_id: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionChanged:
    """
    A subscription is, or will be from `effective_at` on, another one at another price.

    With `method_label` and `gateway` it is the same one, and this saved method is charged from then on;
    `is_paid_by_hand`: the gateway lets nobody charge without the buyer, so each renewal waits for them.
    """

    subscription_id: str
    old_title: str
    title: str
    price: Money
    period: str
    effective_at: datetime
    method_label: str | None = None
    gateway: str | None = None
    is_paid_by_hand: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionCancelled:
    """A subscription will not be charged any more; what is paid for, or its trial, is good until `ends_at`."""

    subscription_id: str
    title: str
    ends_at: datetime
    is_on_trial: bool = False


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """A subscription is over; `is_unpaid`: because its last renewal was never paid."""

    subscription_id: str
    title: str
    ended_at: datetime
    is_unpaid: bool


@dataclass(frozen=True, slots=True)
class TopupDone:
    """Minutes were bought automatically, because the balance had fallen below the account's threshold."""

    order_id: str
    title: str
    gateway: str
    price: Money
    granted_seconds: int
    paid_at: datetime
    available_seconds: int


@dataclass(frozen=True, slots=True)
class TopupFailed:
    """
    Auto top-up is off until the account switches it on again, because minutes could not be bought.

    `price` and `retry` are there where money was asked for; without `retry`, the product is not on sale any more.
    `is_burst`: minutes were bought, too often within an hour.
    """

    title: str
    failed_at: datetime
    price: Money | None = None
    retry: Retry | None = None
    is_burst: bool = False
