"""The reason of a notice is checked again before it is sent: one that has lost it is not sent."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.minutes.balance_level import LOW_BALANCE_SECONDS
from domain.minutes.forecast import Forecast, Outlook
from domain.minutes.package import Package, PackageState
from domain.notices.access_content import SignInCode
from domain.notices.content import (
    ActionNeeded,
    CardExpiring,
    LowBalance,
    OutOfMinutes,
    PackageExpired,
    PackageExpiring,
    PackageStarting,
    PaymentFailed,
    PurchaseReceipt,
    RenewalComing,
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionStarted,
    TopupFailed,
)
from domain.notices.json_form import content_of
from domain.notices.notice import NoticeContent
from domain.notices.owed import Notice, Recipient
from domain.subscriptions.subscription import Subscription
from store.catalogue.read import find_product
from store.engine import Session
from store.minutes.read import account_balance, account_forecast
from store.notices.reason import find_package, low_balance_seconds
from store.payments.method import find_method, find_methods
from store.subscriptions.subscription import find_subscription
from store.subscriptions.topup import find_topup
from workers.context import Context
from workers.notices.subscription_reason import AboutSubscription, as_it_comes, as_paid, why_lost

STALE_AFTER = timedelta(days=3)
"""A notice that is not about money and comes so long after what it is about helps nobody any more."""

LAST_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dropped:
    """Why a notice is not sent any more."""

    why: str


def check_reason(session: Session, context: Context, notice: Notice, recipient: Recipient) -> NoticeContent | Dropped:
    """
    Return what a notice says now, or why it is not sent.

    Args:
        session: any.
        context: its clock says what now is.
        notice: as it was owed.
        recipient: the account now.
    """
    now = context.clock()
    if recipient.is_closed:
        return Dropped("the account is closed")
    content = content_of(notice.kind, notice.content)
    if not notice.kind.is_about_money and now - _happened_at(notice, content) > STALE_AFTER:
        return Dropped("it comes too late")
    match content:
        case PackageExpiring():
            return _expiring(find_package(session, notice.account_id, content.package_id), content, now)
        case PackageStarting():
            return _starting(find_package(session, notice.account_id, content.package_id), content, now)
        case LowBalance():
            return _low_balance(session, context, notice, content)
        case OutOfMinutes():
            return content if _available(session, context, notice) == 0 else Dropped("there are minutes again")
        case ActionNeeded() | PaymentFailed() | RenewalComing() | SubscriptionCancelled() | SubscriptionChanged():
            return _of_subscription(session, context, content)
        case PurchaseReceipt() if content.subscription_id is not None:
            return _receipt(session, context, content.subscription_id, content)
        case SubscriptionStarted():
            is_by_hand = _is_paid_by_hand(context, find_subscription(session, content.subscription_id))
            return replace(content, is_paid_by_hand=is_by_hand)
        case SignInCode() if content.expires_at <= now:
            return Dropped("the code is over")
        case CardExpiring() | TopupFailed():
            return _without_buyer(session, notice.account_id, content, now)
        case _:
            return content


def _happened_at(notice: Notice, content: NoticeContent) -> datetime:
    """Return when what a notice is about has happened: where nothing ran for long, that was before it was owed."""
    told_at = notice.not_before or notice.owed_at
    match content:
        case PackageStarting():
            return min(told_at, content.starts_at)
        case PackageExpired():
            return min(told_at, content.expired_at)
        case OutOfMinutes():
            return min(told_at, content.ran_out_at)
        case SubscriptionEnded():
            return min(told_at, content.ended_at)
        case _:
            return told_at


def _of_subscription(session: Session, context: Context, content: AboutSubscription) -> NoticeContent | Dropped:
    subscription = find_subscription(session, content.subscription_id)
    why = why_lost(subscription, content, now=context.clock())
    if subscription is None or why is not None:
        return Dropped(why or "there is no such subscription")
    if not isinstance(content, RenewalComing):
        return content
    if _is_paid_by_hand(context, subscription):
        return Dropped("its gateway charges nobody without the buyer, who hears of the renewal when it is due")
    next_id = subscription.next_product_id
    product = find_product(session, next_id) if next_id else None
    methods = find_methods(session, subscription.account_id, gateway=subscription.gateway)
    return as_it_comes(subscription, product, next(iter(methods), None), content)


def _without_buyer(
    session: Session, account_id: str, content: CardExpiring | TopupFailed, now: datetime
) -> NoticeContent | Dropped:
    """Check what is about charges without the buyer, other than those of a subscription."""
    if isinstance(content, CardExpiring):
        return _card(session, account_id, content, now)
    topup = find_topup(session, account_id)
    is_on_again = topup is not None and topup.is_on
    return Dropped("automatic top-up is switched on again") if is_on_again else content


def _card(session: Session, account_id: str, content: CardExpiring, now: datetime) -> NoticeContent | Dropped:
    if content.expires_on < now.date():
        return Dropped("the card has expired already")
    if content.method_id is None:
        # A release before has owed it.
        return content
    method = find_method(session, content.method_id)
    if method is None or not method.is_usable:
        return Dropped("the card is not charged any more")
    if method.expires_on != content.expires_on:
        return Dropped("the card has another last day now")
    first = next(iter(find_methods(session, account_id, gateway=method.gateway)), None)
    is_first = first is not None and first.id == method.id
    return content if is_first or content.pays_topup else Dropped("another method is charged first now")


def _receipt(session: Session, context: Context, subscription_id: str, content: PurchaseReceipt) -> NoticeContent:
    subscription = find_subscription(session, subscription_id)
    told = as_paid(subscription, content)
    if not _is_paid_by_hand(context, subscription):
        return told
    # Without a next payment it has ended, or will.
    return replace(told, renews_at=None, is_paid_by_hand=told.renews_at is not None)


def _is_paid_by_hand(context: Context, subscription: Subscription | None) -> bool:
    return subscription is not None and subscription.gateway in context.shop.without_renewals


def _expiring(package: Package | None, content: PackageExpiring, now: datetime) -> NoticeContent | Dropped:
    if package is None or package.state is PackageState.VOIDED or package.left_seconds <= 0:
        return Dropped("nothing is left in the package")
    if package.expires_at != content.expires_at or package.expires_at is None:
        return Dropped("the package ends at another moment now")
    if now >= package.expires_at:
        return Dropped("the package has ended already")
    if content.days > 1 and package.expires_at - now <= LAST_DAY:
        return Dropped("the notice of the last day is due")
    return replace(content, left_seconds=package.left_seconds)


def _starting(package: Package | None, content: PackageStarting, now: datetime) -> NoticeContent | Dropped:
    if package is None or package.state is PackageState.VOIDED or package.left_seconds <= 0:
        return Dropped("nothing is left in the package")
    return Dropped("the package has ended already") if package.has_ended(now) else content


def _low_balance(session: Session, context: Context, notice: Notice, content: LowBalance) -> NoticeContent | Dropped:
    available = _available(session, context, notice)
    chosen = low_balance_seconds(session, notice.account_id)
    threshold = LOW_BALANCE_SECONDS if chosen is None else chosen
    if available == 0:
        return Dropped("the last minute is used, which has a notice of its own")
    if available >= threshold:
        return Dropped("the balance is not low any more")
    found = account_forecast(session, notice.account_id, now=context.clock(), policy=context.rules.policy)
    return _with_forecast(replace(content, available_seconds=available), found)


def _with_forecast(content: LowBalance, found: Forecast) -> LowBalance:
    """Add what is known of how long the balance lasts, as of the moment when it is told."""
    match found.outlook:
        case Outlook.RUNS_OUT if found.latest is not None:
            return replace(content, empty_from=found.earliest, empty_until=found.latest)
        case Outlook.EXPIRES_UNUSED:
            return replace(content, unused_seconds=found.unused_seconds, unused_on=found.unused_on)
        case Outlook.RUNS_OUT | Outlook.NOT_ENOUGH_DATA | Outlook.EMPTY:
            return content


def _available(session: Session, context: Context, notice: Notice) -> int:
    now, policy = context.clock(), context.rules.policy
    return account_balance(session, notice.account_id, at=None, now=now, policy=policy).available_seconds
