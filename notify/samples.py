"""Samples: one notice of each kind, to look at and to test with."""

from datetime import UTC, date, datetime, timedelta

from domain.gateway.decline import Retry
from domain.money import Money
from domain.notices.access_content import SignInCode
from domain.notices.content import (
    ActionNeeded,
    CardExpiring,
    DisputeNotice,
    LowBalance,
    OutOfMinutes,
    PackageExpired,
    PackageExpiring,
    PackageStarting,
    PaymentFailed,
    PurchaseReceipt,
    RefundNotice,
    RenewalComing,
    Renewed,
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionStarted,
    TopupDone,
    TopupFailed,
)
from domain.notices.notice import NoticeContent, NoticeKind
from domain.notices.promotion_content import BonusGranted, FriendJoined

NOW = datetime(2026, 11, 27, 11, 1, tzinfo=UTC)
HOUR, DAY, MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)
ORDER = "9c2f7a10-5f0e-5d6b-8a41-3e1d2b7c9f06"
CARD = "Visa •• 4242"

_TITLES = {
    "de": ("Standardpaket", "Monatsabo", "Jahresabo"),
    "en": ("Standard", "Monthly", "Yearly"),
    "es": ("Estándar", "Mensual", "Anual"),
    "ru": ("Стандартный", "Месячная", "Годовая"),
}
_PRICES = {
    "de": (Money(399, "EUR"), Money(999, "EUR")),
    "en": (Money(499, "USD"), Money(1_199, "USD")),
    "es": (Money(399, "EUR"), Money(999, "EUR")),
    "ru": (Money(29_900, "RUB"), Money(69_900, "RUB")),
}


def sample(kind: NoticeKind, language: str) -> NoticeContent:
    """Return a notice as an account with a language would get it; all its fields are filled."""
    once, monthly, yearly = _TITLES[language]
    price, monthly_price = _PRICES[language]
    samples = _of_orders(once, price) | _of_minutes() | _of_subscriptions(monthly, yearly, monthly_price)
    return samples[kind]


def _of_orders(title: str, price: Money) -> dict[NoticeKind, NoticeContent]:
    half = Money(price.minor // 2, price.currency)
    list_price = Money(price.minor * 5 // 4, price.currency)
    return {
        NoticeKind.PURCHASE_RECEIPT: PurchaseReceipt(
            order_id=ORDER,
            title=title,
            gateway="stripe",
            price=price,
            list_price=list_price,
            granted_seconds=18_000,
            paid_at=NOW,
            expires_at=NOW + 12 * MONTH,
        ),
        NoticeKind.REFUND: RefundNotice("5e0c9a", ORDER, title, "paypal", half, 9_000, NOW),
        NoticeKind.DISPUTE: DisputeNotice(ORDER, "PP-D-4012", title, "paypal", price, 11_520, NOW),
        NoticeKind.TOPUP_DONE: TopupDone(
            ORDER, title, "yookassa" if price.currency == "RUB" else "stripe", price, 18_000, NOW, 18_540
        ),
        NoticeKind.TOPUP_FAILED: TopupFailed(title, NOW, price, Retry.NEW_METHOD),
    }


def _of_minutes() -> dict[NoticeKind, NoticeContent]:
    package = "3fd1b6d2"
    return {
        NoticeKind.SIGN_IN_CODE: SignInCode("048213", NOW + timedelta(minutes=10)),
        NoticeKind.FRIEND_JOINED: FriendJoined(package, 1_800, NOW + MONTH / 2),
        NoticeKind.BONUS_GRANTED: BonusGranted(package, "code", 1_800, NOW + MONTH),
        NoticeKind.PACKAGE_STARTING: PackageStarting(package, "bonus", 2_400, NOW, NOW + MONTH),
        NoticeKind.PACKAGE_EXPIRING: PackageExpiring(package, "purchased", 18_720, NOW + 7 * DAY, 7),
        NoticeKind.PACKAGE_EXPIRED: PackageExpired(package, "promo", 2_400, NOW),
        NoticeKind.LOW_BALANCE: LowBalance(577, 600, date(2026, 11, 28), date(2026, 12, 2), 120, date(2026, 12, 3)),
        NoticeKind.OUT_OF_MINUTES: OutOfMinutes(NOW, 754),
    }


def _of_subscriptions(title: str, yearly: str, price: Money) -> dict[NoticeKind, NoticeContent]:
    one = "7b1e4c"
    return {
        NoticeKind.SUBSCRIPTION_STARTED: SubscriptionStarted(
            one, title, price, "month", 72_000, NOW + 14 * DAY, NOW + 14 * DAY, 3_600
        ),
        NoticeKind.RENEWAL_COMING: RenewalComing(one, title, price, "month", NOW + 3 * DAY, CARD),
        NoticeKind.RENEWED: Renewed(
            one,
            ORDER,
            title,
            "stripe",
            price,
            granted_seconds=72_000,
            paid_at=NOW,
            period_start=NOW + 6 * HOUR,
            period_end=NOW + MONTH + 6 * HOUR,
        ),
        NoticeKind.PAYMENT_FAILED: PaymentFailed(one, title, price, NOW, Retry.LATER, NOW + 3 * DAY, NOW + 16 * DAY),
        NoticeKind.ACTION_NEEDED: ActionNeeded(one, title, price, Retry.CUSTOMER_ACTION, NOW + 16 * DAY),
        NoticeKind.CARD_EXPIRING: CardExpiring(CARD, "stripe", date(2026, 12, 31)),
        NoticeKind.SUBSCRIPTION_CHANGED: SubscriptionChanged(
            one, title, yearly, Money(price.minor * 10, price.currency), "year", NOW + 12 * DAY
        ),
        NoticeKind.SUBSCRIPTION_CANCELLED: SubscriptionCancelled(one, title, NOW + 12 * DAY),
        NoticeKind.SUBSCRIPTION_ENDED: SubscriptionEnded(one, title, NOW, is_unpaid=True),
    }
