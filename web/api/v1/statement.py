"""The statement: every line of an account's ledger, and why each package was taken from."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field

from domain.access.scope import Scope
from domain.minutes.entry import EntryKind
from domain.minutes.reason import Because, Reason
from store.minutes.read import StatementLine, account_statement
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Answer, At
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.reading import read

family = Family("Statement", "Every line of an account's ledger, explained.")


class UsageName(Answer):
    """Which usage a line belongs to; with both, `GET /usages/{usage_id}?source=` explains it."""

    id: Annotated[str, Field(description="As its producer named it")]
    source: str | None


class ReasonAnswer(Answer):
    """Why a package was taken from and not another."""

    because: Annotated[Because, Field(description="The key of the burn order that decided")]
    rival_id: Annotated[str | None, Field(description="The package that would have been next")]


class Line(Answer):
    """A line of the ledger; with a package its seconds are the package's, without one they are what is owed."""

    id: int
    kind: EntryKind
    seconds: Annotated[int, Field(description="Signed", examples=[-600])]
    booked_at: At
    effective_at: Annotated[datetime, Field(description="From when on it counts for a balance in the past")]
    package_id: str | None
    left_seconds: Annotated[int | None, Field(description="Left in its package after it")]
    debt_seconds: Annotated[int, Field(description="Owed after it")]
    usage: UsageName | None
    is_late: Annotated[bool, Field(description="Reported after the late window had closed")]
    reason: ReasonAnswer | None


class StatementAnswer(Answer):
    """A page of the ledger, the newest line first."""

    items: list[Line]
    next_cursor: str | None


EXAMPLE = {
    "id": 1021,
    "kind": "burn",
    "seconds": -600,
    "booked_at": "2026-11-28T09:00:01Z",
    "effective_at": "2026-11-28T08:59:30Z",
    "package_id": "0f3a1d52-7c58-5b1d-9f0e-6a6b6d0c7c11",
    "left_seconds": 16_320,
    "debt_seconds": 0,
    "usage": {"id": "session-77-3", "source": "recorder-1"},
    "is_late": False,
    "reason": {"because": "only_one", "rival_id": None},
}


@family.add(
    "GET",
    "/statement",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=StatementAnswer,
    example={"items": [EXAMPLE], "next_cursor": None},
)
def list_statement(
    request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> StatementAnswer:
    """List the lines of the ledger, the newest first."""

    def find(inner: str | None) -> tuple[list[Line], str | None]:
        found = read(
            caller.context, lambda session: account_statement(session, caller.account_id, limit=limit, cursor=inner)
        )
        return [_line(one) for one in reversed(found.lines)], found.cursor

    items, next_cursor = page(request, cursor, find)
    return StatementAnswer(items=items, next_cursor=next_cursor)


def reason_answer(reason: Reason | None) -> ReasonAnswer | None:
    """Return why a package was taken from, as answers have it."""
    if reason is None:
        return None
    return ReasonAnswer(because=reason.because, rival_id=None if reason.rival is None else reason.rival.id)


def _line(line: StatementLine) -> Line:
    usage = None if line.usage is None else UsageName(id=line.usage, source=line.usage_source)
    named = ("id", "kind", "seconds", "booked_at", "effective_at", "package_id", "left_seconds", "debt_seconds")
    values = {name: getattr(line, name) for name in named}
    return Line(usage=usage, is_late=line.is_late, reason=reason_answer(line.reason), **values)
