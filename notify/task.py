"""Tasks: the page of the portal where a person does what a notice is about."""

from domain.gateway.decline import Retry
from domain.notices.content import (
    ActionNeeded,
    DisputeNotice,
    PurchaseReceipt,
    RefundNotice,
    RenewalComing,
    Renewed,
    TopupDone,
    TopupFailed,
)
from domain.notices.notice import NoticeContent, NoticeKind

BUY, PACKAGES, SUBSCRIPTION = "/buy", "/packages", "/subscription"
METHOD = "/subscription/method"
ENTER_CODE = "/enter/code"
SETTINGS = "/settings/notices"
HISTORY = "/history"

_PAGES = {
    NoticeKind.BONUS_GRANTED: PACKAGES,
    NoticeKind.FRIEND_JOINED: PACKAGES,
    NoticeKind.PACKAGE_STARTING: PACKAGES,
    NoticeKind.PACKAGE_EXPIRING: PACKAGES,
    NoticeKind.PACKAGE_EXPIRED: BUY,
    NoticeKind.LOW_BALANCE: BUY,
    NoticeKind.OUT_OF_MINUTES: BUY,
    NoticeKind.SUBSCRIPTION_STARTED: SUBSCRIPTION,
    NoticeKind.RENEWAL_COMING: SUBSCRIPTION,
    NoticeKind.PAYMENT_FAILED: METHOD,
    NoticeKind.CARD_EXPIRING: METHOD,
    NoticeKind.SUBSCRIPTION_CHANGED: SUBSCRIPTION,
    NoticeKind.SUBSCRIPTION_CANCELLED: SUBSCRIPTION,
    NoticeKind.SUBSCRIPTION_ENDED: BUY,
    NoticeKind.TOPUP_FAILED: METHOD,
    NoticeKind.SIGN_IN_CODE: ENTER_CODE,
}


def task_path(kind: NoticeKind, content: NoticeContent) -> str:
    """
    Return the path of the page that the one button of a notice leads to.

    Args:
        kind: which notice.
        content: what it says; a receipt names its order, and an action its cause.
    """
    match content:
        case PurchaseReceipt() | RefundNotice() | DisputeNotice() | Renewed() | TopupDone():
            return f"/receipts/{content.order_id}"
        case ActionNeeded():
            return SUBSCRIPTION if content.retry is Retry.CUSTOMER_ACTION else METHOD
        case RenewalComing() if content.lacks_method:
            return METHOD
        case TopupFailed() if content.is_burst:
            return HISTORY
        case TopupFailed() if content.retry is None:
            return BUY
        case _:
            return _PAGES[kind]
