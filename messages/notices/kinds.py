"""The words for kinds and channels of notices on the wire; the same as in `domain/notices/`."""

from typing import Literal

NoticeKindName = Literal[
    "purchase_receipt",
    "refund",
    "dispute",
    "package_starting",
    "package_expiring",
    "package_expired",
    "low_balance",
    "out_of_minutes",
    "subscription_started",
    "renewal_coming",
    "renewed",
    "payment_failed",
    "action_needed",
    "card_expiring",
    "subscription_changed",
    "subscription_cancelled",
    "subscription_ended",
    "topup_done",
    "topup_failed",
    "bonus_granted",
    "friend_joined",
    "sign_in_code",
]

ChannelName = Literal["mail", "push"]
