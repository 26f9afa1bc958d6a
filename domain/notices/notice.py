"""Notices: their kinds, and by which rules each goes out."""

from enum import StrEnum

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
from domain.notices.promotion_content import BonusGranted, FriendJoined


class NoticeKind(StrEnum):
    """What an account hears of."""

    PURCHASE_RECEIPT = "purchase_receipt"
    REFUND = "refund"
    DISPUTE = "dispute"
    PACKAGE_STARTING = "package_starting"
    PACKAGE_EXPIRING = "package_expiring"
    PACKAGE_EXPIRED = "package_expired"
    LOW_BALANCE = "low_balance"
    OUT_OF_MINUTES = "out_of_minutes"
    SUBSCRIPTION_STARTED = "subscription_started"
    RENEWAL_COMING = "renewal_coming"
    RENEWED = "renewed"
    PAYMENT_FAILED = "payment_failed"
    ACTION_NEEDED = "action_needed"
    CARD_EXPIRING = "card_expiring"
    SUBSCRIPTION_CHANGED = "subscription_changed"
    SUBSCRIPTION_CANCELLED = "subscription_cancelled"
    SUBSCRIPTION_ENDED = "subscription_ended"
    TOPUP_DONE = "topup_done"
    TOPUP_FAILED = "topup_failed"
    BONUS_GRANTED = "bonus_granted"
    FRIEND_JOINED = "friend_joined"
    SIGN_IN_CODE = "sign_in_code"

    @property
    def is_about_money(self) -> bool:
        """Tell whether it goes out in quiet hours, too: money has moved, or what will be charged has changed."""
        return self in _ABOUT_MONEY

    @property
    def is_receipt(self) -> bool:
        """Tell whether it says what was paid or given back; nobody can unsubscribe from that."""
        return self in _RECEIPTS

    @property
    def is_asked_for(self) -> bool:
        """Tell whether its account waits for it just now: it goes out by mail alone, at any hour, and always."""
        return self is NoticeKind.SIGN_IN_CODE


_RECEIPTS = frozenset({NoticeKind.PURCHASE_RECEIPT, NoticeKind.REFUND, NoticeKind.RENEWED, NoticeKind.TOPUP_DONE})
_ABOUT_MONEY = _RECEIPTS | {
    NoticeKind.DISPUTE,
    NoticeKind.SUBSCRIPTION_STARTED,
    NoticeKind.PAYMENT_FAILED,
    NoticeKind.ACTION_NEEDED,
    NoticeKind.SUBSCRIPTION_CHANGED,
    NoticeKind.SUBSCRIPTION_CANCELLED,
    NoticeKind.TOPUP_FAILED,
}


NoticeContent = (
    PurchaseReceipt
    | RefundNotice
    | DisputeNotice
    | PackageStarting
    | PackageExpiring
    | PackageExpired
    | LowBalance
    | OutOfMinutes
    | SubscriptionStarted
    | RenewalComing
    | Renewed
    | PaymentFailed
    | ActionNeeded
    | CardExpiring
    | SubscriptionChanged
    | SubscriptionCancelled
    | SubscriptionEnded
    | TopupDone
    | TopupFailed
    | BonusGranted
    | FriendJoined
    | SignInCode
)

CONTENT: dict[NoticeKind, type[NoticeContent]] = {
    NoticeKind.PURCHASE_RECEIPT: PurchaseReceipt,
    NoticeKind.REFUND: RefundNotice,
    NoticeKind.DISPUTE: DisputeNotice,
    NoticeKind.PACKAGE_STARTING: PackageStarting,
    NoticeKind.PACKAGE_EXPIRING: PackageExpiring,
    NoticeKind.PACKAGE_EXPIRED: PackageExpired,
    NoticeKind.LOW_BALANCE: LowBalance,
    NoticeKind.OUT_OF_MINUTES: OutOfMinutes,
    NoticeKind.SUBSCRIPTION_STARTED: SubscriptionStarted,
    NoticeKind.RENEWAL_COMING: RenewalComing,
    NoticeKind.RENEWED: Renewed,
    NoticeKind.PAYMENT_FAILED: PaymentFailed,
    NoticeKind.ACTION_NEEDED: ActionNeeded,
    NoticeKind.CARD_EXPIRING: CardExpiring,
    NoticeKind.SUBSCRIPTION_CHANGED: SubscriptionChanged,
    NoticeKind.SUBSCRIPTION_CANCELLED: SubscriptionCancelled,
    NoticeKind.SUBSCRIPTION_ENDED: SubscriptionEnded,
    NoticeKind.TOPUP_DONE: TopupDone,
    NoticeKind.TOPUP_FAILED: TopupFailed,
    NoticeKind.BONUS_GRANTED: BonusGranted,
    NoticeKind.FRIEND_JOINED: FriendJoined,
    NoticeKind.SIGN_IN_CODE: SignInCode,
}
"""kind -> what a notice of it says; a template may use these fields and no other."""
