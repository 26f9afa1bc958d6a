"""The guard: promotions that are used much faster than ever are switched off, and people hear of it."""

import logging
from collections import Counter

from domain.promotions.guard import ALARMING_USES, is_surge
from messages.envelope import type_of
from messages.promotions.guard import PromotionPaused
from messages.queues import FACTS
from messages.write import write
from store.engine import Session
from store.outbox import Outgoing, put_outgoing
from store.promotions.guard import find_busy, pause_promotion
from workers.context import Context

log = logging.getLogger(__name__)

GUARD = "guard"
"""Who has paused it, as `billing promotions codes show` says."""


def guard_promotions(context: Context) -> Counter[str]:
    """
    Switch off each promotion that must have leaked.

    Returns:
        How many are `busy`, and how many were `paused`.

    Raises:
        Unavailable: the store is away; repeating is harmless.

    Source: domain/promotions/README.md, "Guard".
    """
    return context.transact(lambda session: _guard(session, context))


def _guard(session: Session, context: Context) -> Counter[str]:
    now, done = context.clock(), Counter[str]()
    for pace in find_busy(session, at_least=ALARMING_USES, at=now):
        done["busy"] += 1
        if not is_surge(pace.uses_last_hour, pace.past_hours):
            continue
        busiest = max(pace.past_hours)
        reason = f"used {pace.uses_last_hour} times within an hour; its busiest hour before had {busiest}"
        if pause_promotion(session, pace.number, by=GUARD, reason=reason, at=now):
            log.error("promotion %s is switched off: %s", pace.promotion_id, reason)
            done["paused"] += 1
            data = {
                "promotion_id": pace.promotion_id,
                "uses_last_hour": pace.uses_last_hour,
                "busiest_hour_before": busiest,
                "paused_at": now,
            }
            message_id, body = write(PromotionPaused, data, at=now)
            put_outgoing(session, Outgoing(FACTS, type_of(PromotionPaused), message_id, body))
    return done
