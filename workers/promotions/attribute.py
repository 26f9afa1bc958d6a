"""Inviting: an account has a code, and who comes by it is attributed to it, once."""

import secrets
from typing import Any

from domain.ids import referral_id_of_friend
from domain.promotions.code import UnableToRead, fold, generated
from domain.promotions.redeem import UNKNOWN
from domain.promotions.referral import ReferralStatus, ReferralTerms, refuse_attribution
from domain.refusal import Refusal
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralTermsSetRequested,
)
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.book import lock_account, open_books
from store.promotions.purchase import may_be_given
from store.promotions.referral import (
    add_code,
    add_referral,
    add_terms,
    find_acquaintance,
    find_code,
    find_inviting_account,
    find_terms,
    lock_attributions,
)
from workers.claims import claim
from workers.context import Context


def set_terms(context: Context, event: Event) -> dict[str, Any]:
    """
    Set what referrals give from now on; those that have begun keep what they were promised.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    envelope = event.envelope
    assert isinstance(envelope, ReferralTermsSetRequested)
    data = envelope.data

    def work(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        terms = ReferralTerms(
            0,
            data.referrer_seconds,
            data.friend_seconds,
            data.monthly_limit,
            data.window_days,
            data.valid_days,
            data.is_open,
        )
        add_terms(session, terms, message_id=claimed, by=data.created_by, at=context.clock())
        return _saved(session, claimed, data.model_dump(exclude={"created_by"}))

    return context.transact(work)


def give_code(context: Context, event: Event) -> dict[str, Any]:
    """
    Return the code and the link of an account; it is made the first time, and stays.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    envelope = event.envelope
    assert isinstance(envelope, ReferralCodeRequested)

    def work(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        account = lock_account(session, envelope.subject)
        code = find_code(session, account)
        while code is None:
            made = generated(secrets.choice)
            code = made if add_code(session, account, made, fold(made), at=context.clock()) else None
        link = f"{context.channels.portal_url}/invited/{code}"
        return _saved(session, claimed, {"account_id": envelope.subject, "code": code, "link": link})

    return context.transact(work)


def attribute(context: Context, event: Event) -> dict[str, Any]:
    """
    Attribute a friend to whoever has invited them, or refuse it.

    Returns:
        `referral_id`, and what both will be given; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    return context.transact(lambda session: _attribute(session, context, event))


def _attribute(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, ReferralAttributionRequested)
    friend_id, referrer_id, at = envelope.subject, envelope.data.referrer, context.clock()
    if referrer_id is not None:
        # Screph may know an account before we do. Both are locked in the order in which everybody locks them.
        open_books(session, {friend_id, referrer_id})
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    lock_attributions(session)
    friend, referrer = lock_account(session, friend_id), _referrer(session, envelope)
    terms = find_terms(session)
    refusal: Refusal | None = UNKNOWN
    if referrer is not None:
        known = find_acquaintance(session, referrer=referrer, friend=friend, at=at)
        refusal = refuse_attribution(terms, known)
    if refusal is not None:
        return _saved(session, claimed, {"code": refusal.code, "reason": refusal.reason}, is_refusal=True)
    assert terms is not None
    referral_id = referral_id_of_friend(friend_id)
    add_referral(
        session,
        {
            "id": referral_id,
            "referrer": referrer,
            "friend": friend,
            "terms": terms.number,
            "status": ReferralStatus.ATTRIBUTED,
            "message_id": claimed,
            "attributed_at": at,
        },
    )
    promised = {"referrer_seconds": terms.referrer_seconds, "friend_seconds": terms.friend_seconds}
    return _saved(session, claimed, {"referral_id": referral_id, **promised, "window_days": terms.window_days})


def _referrer(session: Session, envelope: ReferralAttributionRequested) -> int | None:
    """Return the number of the account that has invited; None: there is none that may."""
    if envelope.data.referrer is not None:
        number = lock_account(session, envelope.data.referrer)
        return number if may_be_given(session, number) else None
    try:
        return find_inviting_account(session, fold(envelope.data.code or ""))
    except UnableToRead:
        return None


def _saved(session: Session, message_id: int, answer: dict[str, Any], *, is_refusal: bool = False) -> dict[str, Any]:
    save_answers(session, {message_id: Answer(answer, is_refusal=is_refusal)})
    return answer
