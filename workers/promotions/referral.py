"""Referrals: a friend's purchase makes one pending, time qualifies it, and money that is given back reverses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.ids import fact_id_of_referral, package_id_of_referral
from domain.minutes.book import Book
from domain.notices.notice import NoticeKind
from domain.notices.promotion_content import FriendJoined
from domain.promotions.bonus import Bonus, BonusReason
from domain.promotions.referral import (
    Change,
    FriendPurchase,
    Referral,
    ReferralStatus,
    after_purchase,
    after_window,
    referrer_reward_seconds,
)
from messages.promotions.referrals import ReferralQualified, ReferralReversed
from store.engine import Session
from store.identity import accounts_of_person
from store.minutes.book import add_packages, open_books
from store.minutes.save import save
from store.promotions.purchase import PurchaseState, find_purchase, may_be_given, purchases_before
from store.promotions.referral import (
    DuePosition,
    count_rewarded,
    find_due_referrals,
    find_referral,
    save_referral,
)
from workers.context import Context
from workers.due_run import Counts
from workers.facts import Facts
from workers.promotions.bonus import give_bonus, void_bonus
from workers.promotions.cause import claim_bonus

CHUNK = 200

REFERRER, FRIEND = "referrer", "friend"


@dataclass(frozen=True, slots=True)
class OpenReferral:
    """A referral with the open books of both sides, in a transaction."""

    referral: Referral
    referrer: Book
    friend: Book
    facts: Facts
    session: Session

    def package_id(self, side: str) -> str:
        """Return the id of the package that one side is given."""
        return package_id_of_referral(self.referral.id, side)


def open_referral(session: Session, books: Mapping[str, Book], friend_id: str, facts: Facts) -> OpenReferral:
    """
    Read the referral by which a friend came, with the books of both sides open.

    Args:
        session: of the transaction.
        books: of both sides, by account.
        friend_id: Screph's id of the friend's account.
        facts: of the transaction.
    """
    referral = find_referral(session, friend_id=friend_id)
    assert referral is not None, "an account that was attributed stays so"
    return OpenReferral(referral, books[referral.referrer_id], books[friend_id], facts, session)


def follow_friend(opened: OpenReferral, purchase: PurchaseState, persons: Sequence[int]) -> None:
    """
    Let a referral follow a purchase of the friend.

    Args:
        opened: the referral.
        purchase: as it is now.
        persons: the numbers of all accounts of the friend's person.
    """
    bought = _friend_purchase(opened.session, purchase, persons)
    is_same_person = opened.referrer.account_number in persons
    change = after_purchase(opened.referral, bought, is_same_person=is_same_person)
    if change is not None:
        _make(opened, change, order_id=purchase.order_id)


def qualify_due(context: Context) -> Counts:
    """
    Decide the referrals whose time has come, each in a transaction of its own.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    counts = dict.fromkeys((ReferralStatus.QUALIFIED, ReferralStatus.REVERSED, ReferralStatus.REFUSED), 0)
    after: DuePosition | None = None
    while found := _next(context, after):
        after = found[-1]
        for position in found:
            status = _decide(context, position.id)
            if status is not None:
                counts[status] += 1
    return {str(status): count for status, count in counts.items()}


def _next(context: Context, after: DuePosition | None) -> list[DuePosition]:
    at = context.clock()
    return context.transact(lambda session: find_due_referrals(session, at=at, after=after, limit=CHUNK))


def _decide(context: Context, referral_id: str) -> ReferralStatus | None:
    def work(session: Session) -> ReferralStatus | None:
        facts = Facts(context.clock())
        named = find_referral(session, referral_id=referral_id)
        assert named is not None
        books = open_books(session, {named.referrer_id, named.friend_id})
        opened = open_referral(session, books, named.friend_id, facts)
        order_id = opened.referral.order_id
        assert order_id is not None
        purchase = find_purchase(session, order_id)
        assert purchase is not None, "what a referral is pending for was paid, and stays so"
        persons = accounts_of_person(session, opened.friend.account_number)
        bought = _friend_purchase(session, purchase, persons)
        is_same_person = opened.referrer.account_number in persons
        change = after_window(opened.referral, bought, is_same_person=is_same_person, at=facts.at)
        if change is None:
            return None
        _make(opened, change, order_id=order_id)
        facts.emit_balances(books.values())
        save(session, books.values(), facts)
        return change.status

    return context.transact(work)


def _friend_purchase(session: Session, purchase: PurchaseState, persons: Sequence[int]) -> FriendPurchase:
    before = purchases_before(session, persons, at=purchase.paid_at, order_id=purchase.order_id)
    return FriendPurchase(
        purchase.order_id,
        purchase.paid_at,
        is_first=before.number == 0,
        is_given_back=purchase.is_given_back,
        is_contested=purchase.is_contested,
    )


def _make(opened: OpenReferral, change: Change, *, order_id: str) -> None:
    """Make a change of a referral; the books are saved afterwards."""
    referral, at = opened.referral, opened.facts.at
    match change.status:
        case ReferralStatus.PENDING:
            assert change.due_at is not None
            save_referral(opened.session, referral.id, status=change.status, order_id=order_id, due_at=change.due_at)
            if reward_seconds := referral.terms.referrer_seconds:
                joined = FriendJoined(referral.id, reward_seconds, change.due_at)
                opened.facts.owe(NoticeKind.FRIEND_JOINED, referral.referrer_id, referral.id, joined)
        case ReferralStatus.QUALIFIED:
            _qualify(opened, order_id)
        case ReferralStatus.REFUSED:
            save_referral(opened.session, referral.id, status=change.status, ended_at=at, why=change.why)
        case ReferralStatus.REVERSED:
            _reverse(opened, change, order_id)
        case ReferralStatus.ATTRIBUTED:
            raise AssertionError("nothing becomes attributed again")


def _qualify(opened: OpenReferral, order_id: str) -> None:
    referral, facts = opened.referral, opened.facts
    month = facts.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rewarded = count_rewarded(opened.session, opened.referrer.account_number, since=month)
    referrer_seconds = referrer_reward_seconds(referral.terms, rewarded_this_month=rewarded)
    given = {
        REFERRER: _give(opened, opened.referrer, REFERRER, referrer_seconds),
        FRIEND: _give(opened, opened.friend, FRIEND, referral.terms.friend_seconds),
    }
    save_referral(
        opened.session,
        referral.id,
        status=ReferralStatus.QUALIFIED,
        qualified_at=facts.at,
        referrer_seconds=given[REFERRER],
        friend_seconds=given[FRIEND],
        referrer_package_id=opened.package_id(REFERRER) if given[REFERRER] else None,
        friend_package_id=opened.package_id(FRIEND) if given[FRIEND] else None,
    )
    data = {
        "referral_id": referral.id,
        "friend": referral.friend_id,
        "order_id": order_id,
        "referrer_seconds": given[REFERRER],
        "friend_seconds": given[FRIEND],
        "qualified_at": facts.at,
    }
    fact_id = fact_id_of_referral(referral.id, "qualified")
    facts.emit(ReferralQualified, referral.referrer_id, data, fact_id=fact_id)


def _give(opened: OpenReferral, book: Book, side: str, seconds: int) -> int:
    """Give one side its minutes, and return how many; a blocked or closed account is given none."""
    if not seconds or not may_be_given(opened.session, book.account_number):
        return 0
    reason = BonusReason.REFERRAL if side == REFERRER else BonusReason.INVITED
    expires_at = opened.referral.terms.expires_at(opened.facts.at)
    bonus = Bonus(opened.package_id(side), reason, opened.referral.id, seconds, expires_at)
    give_bonus(book, bonus, opened.facts, message_id=claim_bonus(opened.session, book, "given", bonus.package_id))
    return seconds


def _reverse(opened: OpenReferral, change: Change, order_id: str) -> None:
    referral, facts = opened.referral, opened.facts
    voided = {
        REFERRER: _void(opened, opened.referrer, REFERRER, referral.referrer_seconds),
        FRIEND: _void(opened, opened.friend, FRIEND, referral.friend_seconds),
    }
    save_referral(
        opened.session,
        referral.id,
        status=ReferralStatus.REVERSED,
        ended_at=facts.at,
        why=change.why,
        referrer_voided_seconds=voided[REFERRER],
        friend_voided_seconds=voided[FRIEND],
    )
    data = {
        "referral_id": referral.id,
        "friend": referral.friend_id,
        "order_id": order_id,
        "was_qualified": referral.status is ReferralStatus.QUALIFIED,
        "referrer_voided_seconds": voided[REFERRER],
        "friend_voided_seconds": voided[FRIEND],
    }
    fact_id = fact_id_of_referral(referral.id, "reversed")
    facts.emit(ReferralReversed, referral.referrer_id, data, fact_id=fact_id)


def _void(opened: OpenReferral, book: Book, side: str, given_seconds: int) -> int:
    if not given_seconds:
        return 0
    add_packages(opened.session, book, [opened.package_id(side)])
    message_id = claim_bonus(opened.session, book, "voided", opened.package_id(side))
    return void_bonus(book, opened.package_id(side), opened.facts, message_id=message_id)
