"""Redeeming without a purchase: a code gives minutes at once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from domain.ids import package_id_of_message
from domain.minutes.standing import refuse_standing
from domain.promotions.bonus import Bonus, BonusReason
from domain.promotions.promotion import CodeKind, Promotion
from domain.promotions.redeem import UNKNOWN, redeem_alone
from domain.promotions.redemption import Redemption, RedemptionRole, RedemptionStatus
from domain.promotions.tries import WINDOW
from domain.refusal import Refusal
from messages.promotions.codes import PromotionRedeemRequested
from messages.read import Event
from store.catalogue.read import find_product
from store.engine import Session
from store.minutes.book import open_book
from store.minutes.save import save
from store.promotions.buyer import find_account
from store.promotions.code import FoundCode
from store.promotions.redemption import add_redemption
from workers.context import Context
from workers.facts import Facts
from workers.once import answer_once
from workers.promotions.announce import emit_redeemed, emit_refused
from workers.promotions.bonus import give_bonus
from workers.promotions.reserve import take_uses
from workers.promotions.terms import find_buyer, find_written
from workers.promotions.tries import Try, check_tries, note_refusal


@dataclass(frozen=True, slots=True)
class Gift:
    """What a code gives at once, and until when."""

    found: FoundCode
    seconds: int
    expires_at: datetime | None


def find_gift(context: Context, account_id: str, code: str, *, address: str | None) -> Gift | Refusal:
    """
    Return what a code would give without a purchase, or why nothing; nothing is given.

    Where no code may be tried now, none is found. A refusal counts as no try here: a quote that follows counts it.

    Args:
        context: its clock.
        account_id: Screph's id; an account that nobody knows yet has used nothing.
        code: as it was typed.
        address: where the request came from, if that is one person's.
    """
    at = context.clock()

    def look(session: Session) -> Gift | Refusal:
        account = find_account(session, account_id, since=at - WINDOW).number
        if account and (refusal := check_tries(session, Try(account, address, at))) is not None:
            return refusal
        return _gift(session, code, account_id, account, at)

    return context.transact(look)


def redeem_code(context: Context, event: Event) -> dict[str, Any]:
    """
    Give what a code gives that needs no purchase.

    Returns:
        `package_id`, `granted_seconds` and `expires_at`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, PromotionRedeemRequested)

    def redeem(session: Session, message_id: int) -> dict[str, Any] | Refusal:
        facts = Facts(context.clock())
        facts.name_cause(envelope)
        done = _redeem(session, envelope, message_id, facts)
        if isinstance(done, Refusal):
            emit_refused(facts, envelope, done)
            save(session, (), facts)
        return done

    return answer_once(context, event, redeem)


def _redeem(
    session: Session, request: PromotionRedeemRequested, message_id: int, facts: Facts
) -> dict[str, Any] | Refusal:
    book = open_book(session, request.subject)
    if (barred := refuse_standing(book.standing)) is not None:
        return barred
    attempt = Try(book.account_number, request.data.address, facts.at)
    gift: Gift | Refusal | None = check_tries(session, attempt)
    if gift is None:
        gift = _gift(session, request.data.code, request.subject, book.account_number, facts.at)
    if isinstance(gift, Refusal):
        note_refusal(session, attempt, gift)
        return gift
    use = Redemption(
        code=gift.found.number,
        promotion=gift.found.promotion_number,
        account=book.account_number,
        role=RedemptionRole.BONUS,
        status=RedemptionStatus.CONFIRMED,
        day=facts.at.date(),
        message_id=message_id,
        redeemed_at=facts.at,
        seconds=gift.seconds,
        package_id=package_id_of_message(request.source, request.id),
        confirmed_at=facts.at,
    )
    promotion = gift.found.code.promotion
    refusal = take_uses(session, [(use, promotion.limits)])
    if refusal is not None:
        note_refusal(session, attempt, refusal)
        return refusal
    add_redemption(session, use)
    assert use.package_id is not None
    bonus = Bonus(use.package_id, BonusReason.CODE, promotion.id, gift.seconds, gift.expires_at)
    give_bonus(book, bonus, facts, message_id=message_id)
    emit_redeemed(session, use, facts)
    facts.emit_balances([book])
    save(session, [book], facts)
    return {"package_id": use.package_id, "granted_seconds": gift.seconds, "expires_at": gift.expires_at}


def _gift(session: Session, code: str, account_id: str, account: int, at: datetime) -> Gift | Refusal:
    [found] = find_written(session, [code], at=at)
    if found is None:
        return UNKNOWN
    buyer, used = find_buyer(session, [found], account_id, account)
    seconds, valid_days = _given(session, found.code.promotion)
    uses = replace(found.uses, of_person=used.get(found.promotion_number, 0))
    answer = redeem_alone(found.code, buyer, seconds, uses, at=at)
    if isinstance(answer, Refusal):
        return answer
    return Gift(found, answer, None if valid_days is None else at + timedelta(days=valid_days))


def _given(session: Session, promotion: Promotion) -> tuple[int, int | None]:
    """Return how many seconds a promotion gives without a purchase, and for how many days."""
    if promotion.kind is not CodeKind.FREE_PACKAGE:
        return promotion.seconds, promotion.valid_days
    assert promotion.product_id is not None
    product = find_product(session, promotion.product_id)
    assert product is not None
    return product.granted_seconds, promotion.valid_days or product.valid_days
