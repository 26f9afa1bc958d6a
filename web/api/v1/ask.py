"""Asking workers: a request becomes the message that it stands for, and is handled by the very code of the queue."""

import asyncio
from collections.abc import Mapping
from contextvars import copy_context
from typing import Any
from uuid import uuid4

from fastapi import Request

from asgi.problem_details import Problem
from broker.middleware import GiveBack
from messages.envelope import Envelope
from messages.errors import MessageRejected, Unavailable
from store.read import is_known
from web.api.v1.caller import Caller
from web.api.v1.idempotency import in_progress
from web.api.v1.problems import problem, refuse
from web.reading import read
from workers.submit import Submission, submit

BUDGET_SECONDS = 8.0
"""How long a request waits for a gateway; Screph's program gives up after 10 s."""


def source_of(caller: Caller) -> str:
    """Return who speaks in the messages of a caller; a key counts for one operation of one owner."""
    return f"api/{caller.operation}/{caller.owner}"


async def ask(
    request: Request,
    caller: Caller,
    model: type[Envelope],
    data: Mapping[str, Any],
    *,
    key: str | None = None,
) -> dict[str, Any] | None:
    """
    Return the answer to what a request wants; None: there is none yet, and the work goes on.

    Args:
        request: whose answer says whether this is a repeat.
        caller: for whose account it is.
        model: of the message.
        data: its payload.
        key: its id; None for what is idempotent by itself.

    Raises:
        Problem: it is refused, or wrong.
        Unavailable: the store gave no answer; the same request with the same key is harmless.
    """
    answer = await ask_whole(request, caller, model, data, key=key)
    if answer is not None and "code" in answer and "reason" in answer:
        refuse(answer["code"], answer["reason"])
    return answer


async def ask_whole(
    request: Request,
    caller: Caller,
    model: type[Envelope],
    data: Mapping[str, Any],
    *,
    key: str | None,
) -> dict[str, Any] | None:
    """Return the answer as `ask` does, refusals included."""
    submission = Submission(model, caller.account_id, data, source_of(caller), key or str(uuid4()))
    with in_progress(caller.api, submission.source, submission.id):
        # In the context of the request: what is logged and traced there names it.
        inside = copy_context().run
        work = asyncio.get_running_loop().run_in_executor(caller.api.selling, inside, _work, caller, submission)
        # It goes on when nobody waits any more: what has been begun at a gateway is ended by whoever began it.
        work.add_done_callback(_note_late)
        try:
            is_repeat, answer = await asyncio.wait_for(asyncio.shield(work), BUDGET_SECONDS)
        except TimeoutError:
            return None
    if is_repeat:
        request.state.answer_headers["Idempotent-Replayed"] = "true"
    return answer


def _note_late(work: asyncio.Future[tuple[bool, dict[str, Any]]]) -> None:
    # Looking at its error is enough: who waits gets it, and who does not asks again.
    if not work.cancelled():
        work.exception()


def _work(caller: Caller, submission: Submission) -> tuple[bool, dict[str, Any]]:
    context = caller.context
    is_repeat = read(context, lambda session: is_known(session, submission.source, submission.id))
    try:
        return is_repeat, submit(context, submission).answer
    except MessageRejected as error:
        raise rejected(error) from error
    except GiveBack as error:
        raise Unavailable("the process is ending") from error


def rejected(error: MessageRejected) -> Problem:
    """Return the problem that a message has which is wrong in itself."""
    match error.code:
        case "SameIdOtherContent":
            return problem("idempotency_key_reused")
        case "OtherAccount":
            # Of what belongs to somebody else nothing is said, not even that it is there.
            return problem("not_found")
        case "UnknownOrder":
            return problem("unknown_order")
        case "FromTheFuture":
            return problem("from_the_future", error.reason)
        case _:
            return problem("invalid", error.reason)
