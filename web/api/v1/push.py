"""Web push: the browsers of an account that take it."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from domain.access.scope import Scope
from messages.errors import Unavailable
from messages.notices.requests import PushSubscribed, PushSubscribedData, PushUnsubscribed
from store.notices.read import PushLine, list_push_subscriptions
from web.api.v1.ask import ask
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Answer, At, Number
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.problems import problem
from web.reading import read

family = Family("Web push", "The browsers of an account that take web push.")


class PushAnswer(Answer):
    """A browser that takes web push; its whole address is a secret of the browser's."""

    id: int
    host: Annotated[str, Field(description="Whose push service it is", examples=["fcm.googleapis.com"])]
    created_at: At


class PushList(Answer):
    """The browsers that take web push, the newest first."""

    items: list[PushAnswer]


class NewPush(PushSubscribedData):
    """A browser's `PushSubscription.toJSON()`, without its time of expiry."""


EXAMPLE = {"id": 12, "host": "fcm.googleapis.com", "created_at": "2026-11-28T09:00:00Z"}


@family.add("GET", "/push-subscriptions", Scope.ACCOUNT_READ, answers=PushList, example={"items": [EXAMPLE]})
def list_push(caller: CallerOf) -> PushList:
    """List the browsers that take web push."""
    return PushList(items=[_answer(line) for line in _lines(caller)])


@family.add(
    "POST",
    "/push-subscriptions",
    Scope.ACCOUNT_WRITE,
    status=201,
    needs_key=True,
    asked={
        "endpoint": "https://fcm.googleapis.com/fcm/send/abc",
        "keys": {
            "p256dh": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
            "auth": "tBHItJI5svbpez7KI4CCXg",
        },
    },
    answers=PushAnswer,
    example=EXAMPLE,
)
async def create_push(request: Request, caller: CallerOf, wanted: NewPush, key: IdempotencyKey) -> PushAnswer:
    """Let a browser take web push; one that another account had is this one's now."""
    if await ask(request, caller, PushSubscribed, wanted.model_dump(), key=key) is None:
        raise Unavailable("the browser could not be saved within the time for a request")
    lines = await run_in_threadpool(_lines, caller)
    made = next((line for line in lines if line.endpoint == wanted.endpoint), None)
    if made is None:
        raise problem("not_found", "the browser was saved with this key, and takes no push any more")
    return _answer(made)


@family.add(
    "DELETE",
    "/push-subscriptions/{push_id}",
    Scope.ACCOUNT_WRITE,
    status=204,
    problems=("not_found",),
)
async def delete_push(request: Request, caller: CallerOf, push_id: Number) -> Response:
    """Let a browser take no web push any more."""
    lines = await run_in_threadpool(_lines, caller)
    found = next((line for line in lines if line.id == push_id), None)
    if found is None:
        raise problem("not_found", f"the account has no browser {push_id}")
    if await ask(request, caller, PushUnsubscribed, {"endpoint": found.endpoint}) is None:
        raise Unavailable("the browser could not be forgotten within the time for a request")
    return Response(status_code=204)


def _lines(caller: Caller) -> list[PushLine]:
    return read(caller.context, lambda session: list_push_subscriptions(session, caller.account_id))


def _answer(line: PushLine) -> PushAnswer:
    return PushAnswer(id=line.id, host=urlsplit(line.endpoint).hostname or "", created_at=line.created_at)
