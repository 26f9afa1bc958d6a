"""Making promotions: their terms, their codes, one by one or in batches; switched off, and given out."""

import secrets
from typing import Any

from domain.promotions.code import UnableToRead, fold, generated
from domain.promotions.promotion import Buyers, CodeKind, Conditions, Limits, PromoCode, Promotion
from domain.refusal import Refusal
from messages.errors import MessageRejected
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionData,
    PromotionExportRequested,
    PromotionPauseRequested,
)
from messages.read import Event
from store.engine import Session
from store.minutes.book import lock_account
from store.promotions.batch import Export, add_batch, export_batch
from store.promotions.code import add_code, add_codes
from store.promotions.promotion import Made, add_promotion, lock_promotion, pause, resume
from workers.context import Context
from workers.once import answer_once
from workers.promotions.conditions import check_conditions

_UNKNOWN = Refusal("UnknownPromotion", "there is no promotion of this id")


def create_promotion(context: Context, event: Event) -> dict[str, Any]:
    """
    Write a promotion, with its code if it has one.

    Returns:
        `promotion_id` and `code`; or `code` and `reason` of a refusal: in that case there is no `promotion_id`.

    Raises:
        MessageRejected: its code cannot be one, or its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, PromotionCreateRequested)
    data = envelope.data
    try:
        folded = None if data.code is None else fold(data.code)
    except UnableToRead as error:
        raise MessageRejected("WrongCode", str(error)) from error
    promotion = promotion_of(data)

    def create(session: Session, message_id: int) -> dict[str, Any] | Refusal:
        conditions, free = promotion.conditions, {promotion.product_id} if promotion.product_id is not None else set()
        refusal = check_conditions(session, conditions.product_ids | free, conditions.ends_at, at=context.clock())
        if refusal is not None:
            return refusal
        if data.account_id is not None:
            # Whose code it is may be somebody whom nobody has heard of yet; without a row it would be everybody's.
            lock_account(session, data.account_id)
        savepoint = session.begin_nested()
        made = Made(message_id, data.created_by, context.clock())
        number = add_promotion(session, promotion, made)
        if number is None:
            savepoint.rollback()
            return Refusal("PromotionExists", f"there is a promotion {promotion.id} already")
        if data.code is not None and folded is not None:
            code = PromoCode(data.code, promotion, data.account_id)
            if not add_code(session, number, code, folded, at=made.at):
                savepoint.rollback()
                return Refusal("CodeExists", "there is a code already that looks the same")
        savepoint.commit()
        return {"promotion_id": promotion.id, "text": data.code}

    return answer_once(context, event, create)


def create_batch(context: Context, event: Event) -> dict[str, Any]:
    """
    Make codes for one use each that nobody can guess.

    Returns:
        `promotion_id`, `batch` and `codes`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, PromotionBatchRequested)
    data = envelope.data

    def create(session: Session, message_id: int) -> dict[str, Any] | Refusal:
        number = lock_promotion(session, data.promotion_id)
        if number is None:
            return _UNKNOWN
        made = Made(message_id, data.created_by, context.clock())
        batch = add_batch(session, number, data.codes, made)
        left = data.codes
        # One in 2^58 is there already; the next round replaces it.
        while left:
            texts = [generated(secrets.choice) for _ in range(left)]
            left -= add_codes(session, number, [(text, fold(text)) for text in texts], batch=batch, at=made.at)
        return {"promotion_id": data.promotion_id, "batch": batch, "codes": data.codes}

    return answer_once(context, event, create)


def export_codes(context: Context, event: Event) -> dict[str, Any]:
    """
    Note that the codes of a batch are taken out; whoever asks reads them afterwards.

    Returns:
        `promotion_id`, `batch` and `codes`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, PromotionExportRequested)
    data = envelope.data

    def export(session: Session, _: int) -> dict[str, Any] | Refusal:
        number = lock_promotion(session, data.promotion_id)
        if number is None:
            return _UNKNOWN
        before = export_batch(session, number, data.batch, by=data.exported_by, at=context.clock(), again=data.again)
        match before:
            case None:
                return Refusal("UnknownBatch", f"{data.promotion_id} has no batch {data.batch}")
            case Export(by=str()) if not data.again:
                return Refusal("ExportedBefore", f"{before.by} has exported it at {before.at:%Y-%m-%d %H:%M} UTC")
            case _:
                return {"promotion_id": data.promotion_id, "batch": data.batch, "codes": before.codes}

    return answer_once(context, event, export)


def pause_promotion(context: Context, event: Event) -> dict[str, Any]:
    """
    Switch all codes of a promotion off, or on again.

    Returns:
        `promotion_id` and `is_paused`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, PromotionPauseRequested)
    data = envelope.data

    def change(session: Session, _: int) -> dict[str, Any] | Refusal:
        if data.is_paused:
            is_there = pause(session, data.promotion_id, by=data.paused_by, reason=data.reason, at=context.clock())
        else:
            is_there = resume(session, data.promotion_id)
        return {"promotion_id": data.promotion_id, "is_paused": data.is_paused} if is_there else _UNKNOWN

    return answer_once(context, event, change)


def promotion_of(data: PromotionData) -> Promotion:
    """Return the promotion that a message describes."""
    return Promotion(
        id=data.promotion_id,
        kind=CodeKind(data.kind),
        share=data.share or 0,
        amounts_minor=data.amounts_minor or {},
        seconds=data.seconds or 0,
        product_id=data.free_product_id,
        periods=data.periods,
        valid_days=data.valid_days,
        needs_purchase=data.needs_purchase,
        conditions=Conditions(
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            product_ids=frozenset(data.product_ids),
            currencies=frozenset(data.currencies),
            minimum_minor=data.minimum_minor or {},
            is_for_first_purchase=data.first_purchase_only,
            buyers=Buyers(data.buyers),
            returning_after_days=data.returning_after_days,
        ),
        limits=Limits(
            uses=data.uses,
            uses_each=data.uses_each or None,
            uses_a_day=data.uses_a_day,
            budget_seconds=data.budget_seconds,
            budget_minor=data.budget_minor or {},
        ),
    )
