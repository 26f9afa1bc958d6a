"""Notices: what the account was told, and how it wants to hear of things."""

from datetime import datetime, time
from typing import Annotated

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from domain.access.scope import Scope
from domain.notices.delivery import Channel, NoticeState
from domain.notices.notice import NoticeKind
from messages.errors import Unavailable
from messages.notices.requests import NoticePreferencesSetRequested, PreferencesData
from store.engine import Session
from store.minutes.read_account import require_account
from store.notices.read import account_choices, list_notices
from web.api.v1.ask import ask
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Answer, At
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.reading import read

family = Family("Notices", "What an account is told, and how.")

KINDS = tuple(kind for kind in NoticeKind if not kind.is_receipt)
"""Those that can be switched off."""


class NoticeAnswer(Answer):
    """Something that the account was told, or is to be told."""

    id: int
    kind: NoticeKind
    subject: Annotated[str, Field(description="What it is about, such as the id of an order")]
    state: NoticeState
    owed_at: At
    due_at: Annotated[datetime, Field(description="When it goes out")]
    ended_at: datetime | None


class NoticeList(Answer):
    """A page of notices, the newest first."""

    items: list[NoticeAnswer]
    next_cursor: str | None


class ChoiceAnswer(Answer):
    """Whether notices of a kind are wanted by a channel."""

    kind: NoticeKind
    channel: Channel
    is_wanted: bool


class PreferencesAnswer(Answer):
    """How the account wants to hear of things; what is not listed, such as receipts, always goes out."""

    wishes: list[ChoiceAnswer]
    quiet_from: Annotated[str, Field(description="By the clocks where the account lives", examples=["22:00"])]
    quiet_until: Annotated[str, Field(description="The same as quiet_from: no quiet hours", examples=["08:00"])]


class Preferences(PreferencesData):
    """How an account wants to hear of things; what is left out stays as it was."""


EXAMPLE = {
    "id": 311,
    "kind": "low_balance",
    "subject": "balance-41",
    "state": "sent",
    "owed_at": "2026-11-27T18:20:00Z",
    "due_at": "2026-11-27T18:20:00Z",
    "ended_at": "2026-11-27T18:20:03Z",
}

PREFERENCES = {
    "wishes": [{"kind": "low_balance", "channel": "mail", "is_wanted": True}],
    "quiet_from": "22:00",
    "quiet_until": "08:00",
}


@family.add(
    "GET",
    "/notices",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=NoticeList,
    example={"items": [EXAMPLE], "next_cursor": None},
)
def list_own_notices(
    request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> NoticeList:
    """List what the account was told, the newest first."""

    def find(inner: str | None) -> tuple[list[NoticeAnswer], str | None]:
        found = read(
            caller.context,
            lambda session: list_notices(session, account_id=caller.account_id, limit=limit, cursor=inner),
        )
        return [NoticeAnswer.model_validate(line) for line in found.lines], found.next_cursor

    items, next_cursor = page(request, cursor, find)
    return NoticeList(items=items, next_cursor=next_cursor)


@family.add("GET", "/notice-preferences", Scope.ACCOUNT_READ, answers=PreferencesAnswer, example=PREFERENCES)
def get_notice_preferences(caller: CallerOf) -> PreferencesAnswer:
    """Read how the account wants to hear of things."""
    return _preferences(caller)


@family.add(
    "PUT",
    "/notice-preferences",
    Scope.ACCOUNT_WRITE,
    answers=PreferencesAnswer,
    example=PREFERENCES,
    asked={"wishes": [{"kind": "low_balance", "channel": "mail", "is_wanted": False}]},
)
async def set_notice_preferences(request: Request, caller: CallerOf, wanted: Preferences) -> PreferencesAnswer:
    """Set how the account wants to hear of things; what is left out stays as it was."""
    data = wanted.model_dump(exclude_none=True)
    if await ask(request, caller, NoticePreferencesSetRequested, data) is None:
        raise Unavailable("the preferences could not be set within the time for a request")
    return await run_in_threadpool(_preferences, caller)


def _preferences(caller: Caller) -> PreferencesAnswer:
    def work(session: Session) -> PreferencesAnswer:
        require_account(session, caller.account_id)
        chosen = account_choices(session, caller.account_id)
        return PreferencesAnswer(
            wishes=[
                ChoiceAnswer(kind=kind, channel=channel, is_wanted=chosen.wants(kind, channel))
                for kind in KINDS
                for channel in Channel
            ],
            quiet_from=_text(chosen.quiet_from),
            quiet_until=_text(chosen.quiet_until),
        )

    return read(caller.context, work)


def _text(at: time) -> str:
    return at.strftime("%H:%M")
