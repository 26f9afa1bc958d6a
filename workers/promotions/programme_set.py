"""Setting programmes: operators make them, and switch them off and on."""

from typing import Any

from domain.promotions.programme import Programme, Trigger
from domain.refusal import Refusal
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.promotions.programme import add_programme, switch_programme
from workers.claims import claim
from workers.context import Context
from workers.promotions.conditions import check_conditions


def create_programme(context: Context, event: Event) -> dict[str, Any]:
    """
    Make a programme; it counts what is bought from its start on, which is now unless it says otherwise.

    Returns:
        `programme_id`, or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    envelope = event.envelope
    assert isinstance(envelope, ProgrammeCreateRequested)
    data = envelope.data

    def work(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        at, trigger = context.clock(), Trigger(data.trigger)
        purchases = data.purchases
        if purchases is None:
            # Whoever has never bought gets no birthday present: accounts cost nothing.
            purchases = 1 if trigger is Trigger.BIRTHDAY else 0
        programme = Programme(
            number=0,
            id=data.programme_id,
            trigger=trigger,
            seconds=data.seconds,
            valid_days=data.valid_days,
            purchases=purchases,
            after_days=data.after_days or 0,
            product_ids=frozenset(data.product_ids or ()),
            starts_at=data.starts_at or at,
            ends_at=data.ends_at,
            uses_limit=data.uses_limit,
            budget_seconds=data.budget_seconds,
        )
        answer: dict[str, Any] = {"programme_id": programme.id}
        refusal = check_conditions(session, programme.product_ids, programme.ends_at, at=at)
        if refusal is None and not add_programme(session, programme, message_id=claimed, by=data.created_by, at=at):
            refusal = Refusal("ProgrammeExists", f"there is a programme {programme.id} already")
        if refusal is not None:
            answer = {"code": refusal.code, "reason": refusal.reason}
        save_answers(session, {claimed: Answer(answer, is_refusal=refusal is not None)})
        return answer

    return context.transact(work)


def switch(context: Context, event: Event) -> dict[str, Any]:
    """
    Switch a programme off, or on again; what it has given stays.

    Returns:
        `programme_id` and `is_on`, or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    envelope = event.envelope
    assert isinstance(envelope, ProgrammeSwitchRequested)
    data = envelope.data

    def work(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        answer: dict[str, Any] = {"programme_id": data.programme_id, "is_on": data.is_on}
        is_known = switch_programme(
            session, data.programme_id, is_on=data.is_on, by=data.changed_by, why=data.reason, at=context.clock()
        )
        if not is_known:
            answer = {"code": "UnknownProgramme", "reason": f"there is no programme {data.programme_id}"}
        save_answers(session, {claimed: Answer(answer, is_refusal=not is_known)})
        return answer

    return context.transact(work)
