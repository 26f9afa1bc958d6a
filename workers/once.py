"""Once: a message that asks for something is claimed, and its repeat gets the first answer."""

from collections.abc import Callable
from typing import Any

from domain.refusal import Refusal
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from workers.claims import claim
from workers.context import Context

Do = Callable[[Session, int], dict[str, Any] | Refusal]
"""Does what a message asks for, in the transaction that claims it; gets the message's id."""


def answer_once(context: Context, event: Event, do: Do) -> dict[str, Any]:
    """
    Claim a message and do what it asks for in one transaction, and return the answer.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """

    def once(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        done = do(session, claimed)
        is_refusal = isinstance(done, Refusal)
        answer = {"code": done.code, "reason": done.reason} if isinstance(done, Refusal) else done
        save_answers(session, {claimed: Answer(answer, is_refusal=is_refusal)})
        return answer

    return context.transact(once)
