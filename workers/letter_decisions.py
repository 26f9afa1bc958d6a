"""Decisions about many dead letters: written down with what the preview showed, then carried out some at a time."""

from collections import Counter
from typing import Any

from domain.refusal import Refusal
from messages.letters import MOST_AT_ONCE, LetterDecisionsRunRequested, LettersDecisionRequested
from messages.queues import INTERNAL
from messages.read import Event
from messages.registry import QUEUE_OF
from messages.write import write
from store.dead_letters import UnableToResolve, discard_dead_letter, get_dead_letter, replay_dead_letter
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.letter_decisions import (
    NewDecision,
    OpenDecision,
    add_decision,
    decision_about,
    lock_next_decision,
    save_progress,
)
from store.outbox import Outgoing, put_outgoing
from store.wanted_letters import WantedLetters, letter_ids
from workers.claims import claim
from workers.context import Context

AT_ONCE, PAUSE_SECONDS = 100, 0.2
"""Letters of one transaction, and the pause after it: neither the outbox nor the queues are to be flooded."""


def decide_letters(context: Context, event: Event) -> dict[str, Any]:
    """
    Write down what an operator has decided about many letters; workers begin to carry it out at once.

    The letters are those that wait now, and they are as many as the preview has shown, or nothing is decided.

    Returns:
        `decision` and the number of `letters`; or `code` and `reason` of a refusal. A repeat gets the first answer.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, LettersDecisionRequested)

    def once(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        decided = _decide(session, context, envelope, claimed)
        answer = {"code": decided.code, "reason": decided.reason} if isinstance(decided, Refusal) else decided
        save_answers(session, {claimed: Answer(answer, is_refusal="code" in answer)})
        return answer

    return context.transact(once)


def _decide(
    session: Session, context: Context, envelope: LettersDecisionRequested, message_id: int
) -> dict[str, Any] | Refusal:
    data, at = envelope.data, context.clock()
    found = letter_ids(session, WantedLetters(**dict(data.wanted)), limit=MOST_AT_ONCE, up_to=data.up_to)
    if len(found) != data.expected:
        return Refusal("LettersChanged", f"{len(found)} letters wait now, not {data.expected}; others have decided")
    if (other := decision_about(session, found)) is not None:
        return Refusal("LettersInWork", f"decision {other} is about some of them and is not carried out yet")
    wanted = data.wanted.model_dump(mode="json", exclude_none=True)
    number = add_decision(
        session, NewDecision(data.does, wanted, found, data.reason, data.decided_by), message_id, at=at
    )
    name = f"letters:{number}"
    _, body = write(LetterDecisionsRunRequested, {}, at=at, message_id=name)
    put_outgoing(session, Outgoing(INTERNAL, QUEUE_OF[LetterDecisionsRunRequested], name, body))
    return {"decision": number, "letters": len(found)}


def run_letter_decisions(context: Context) -> Counter[str]:
    """
    Go on with every decision that is not carried out yet.

    Any number of workers may do so at once, and each may die: what is done with some letters and the note how far the
    decision is are one transaction. A letter about which somebody has decided meanwhile is left as it is, and so is one
    of which a person must say through which exchange it came.

    Returns:
        How many letters were `decided` about, how many `left`, and how many decisions `ended`.

    Raises:
        GiveBack: the process is ending while the store is away.
        Unavailable: the store is away; repeating is harmless.
    """
    counts: Counter[str] = Counter()
    while not context.stopping.is_set():
        some = context.transact(lambda session: _carry_out_some(session, context))
        if some is None:
            break
        counts += some
        context.stopping.wait(PAUSE_SECONDS)
    return counts


def _carry_out_some(session: Session, context: Context) -> Counter[str] | None:
    decision = lock_next_decision(session)
    if decision is None:
        return None
    letters = decision.next_letters(AT_ONCE)
    done = sum(_is_decided(session, context, decision, letter_id) for letter_id in letters)
    looked_at = decision.looked_at + len(letters)
    save_progress(session, decision, looked_at=looked_at, done=decision.done + done, at=context.clock())
    ended = int(looked_at == len(decision.letters))
    return Counter(decided=done, left=len(letters) - done, ended=ended)


def _is_decided(session: Session, context: Context, decision: OpenDecision, letter_id: int) -> bool:
    if get_dead_letter(session, letter_id, to_change=True).state != "waiting":
        return False
    by, now = decision.decided_by, context.clock()
    try:
        with session.begin_nested():
            if decision.does == "discard":
                discard_dead_letter(session, letter_id, reason=decision.reason, by=by, now=now)
            else:
                replay_dead_letter(session, letter_id, by=by, now=now)
    except UnableToResolve:
        # Only a person can say how; it stays in the list.
        return False
    return True
