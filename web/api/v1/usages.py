"""Usages: what one usage took from where and why; and usage reported by producers that have no message broker."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from broker.middleware import GiveBack
from domain.access.scope import Scope
from domain.minutes.entry import EntryKind
from messages.errors import MessageRejected, Unavailable
from messages.fields import AccountId, Data, Metadata, Moment, Text128, UsageSeconds
from messages.minutes.requests import UsageReported
from store.minutes.explain import Explanation, UnknownUsage, explain_usage
from web.api.v1.ask import rejected, source_of
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Answer, At, ResourceId, Seconds
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.packages import PackageAnswer, package_answer
from web.api.v1.problems import problem
from web.api.v1.statement import ReasonAnswer, reason_answer
from web.reading import read
from workers.outcome import Result
from workers.submit import Submission

family = Family("Usages", "What was used, and where its seconds came from.")


class NewUsage(Data):
    """Usage that has already happened; it is booked in full, if need be as debt."""

    account_id: AccountId
    seconds: Annotated[UsageSeconds, Field(examples=[600])]
    occurred_at: Annotated[
        Moment | None, Field(description="When; without it, now", examples=["2026-11-28T08:59:30Z"])
    ] = None
    session_id: Text128 | None = None
    feature: Text128 | None = None
    metadata: Metadata | None = None


class BookedUsage(Answer):
    """A usage that is booked; with both names it can be explained or reversed."""

    id: str
    source: str
    account_id: str


class UsageLine(Answer):
    """A line of the ledger that belongs to a usage."""

    id: int
    kind: EntryKind
    seconds: Annotated[int, Field(description="Signed", examples=[-600])]
    booked_at: At
    package_id: str | None
    reason: ReasonAnswer | None


class UsageAnswer(Answer):
    """A usage, explained to the second."""

    id: str
    source: str
    account_id: str
    occurred_at: At
    judged_at: At
    received_at: At
    is_late: Annotated[bool, Field(description="Reported after the late window had closed, so judged when booked")]
    is_requested: Annotated[bool, Field(description="It asked first, all or nothing")]
    used_seconds: Seconds
    burnt_seconds: Seconds
    debt_seconds: Seconds
    forgiven_seconds: Seconds
    policy: Annotated[str, Field(description="The burn order that was in force", examples=["oldest_first"])]
    session_id: str | None
    feature: str | None
    lines: list[UsageLine]
    packages: list[PackageAnswer]
    reversed_at: Annotated[datetime | None, Field(description="When it was taken back")]


BOOKED = {"id": "call-77-3", "source": "api/report_usage/screph-1", "account_id": "u-4711"}

EXAMPLE = BOOKED | {
    "occurred_at": "2026-11-28T08:59:30Z",
    "judged_at": "2026-11-28T08:59:30Z",
    "received_at": "2026-11-28T09:00:01Z",
    "is_late": False,
    "is_requested": False,
    "used_seconds": 600,
    "burnt_seconds": 600,
    "debt_seconds": 0,
    "forgiven_seconds": 0,
    "policy": "oldest_first",
    "session_id": None,
    "feature": None,
    "lines": [
        {
            "id": 1021,
            "kind": "burn",
            "seconds": -600,
            "booked_at": "2026-11-28T09:00:01Z",
            "package_id": "0f3a1d52-7c58-5b1d-9f0e-6a6b6d0c7c11",
            "reason": {"because": "only_one", "rival_id": None},
        }
    ],
    "packages": [],
    "reversed_at": None,
}


@family.add(
    "GET",
    "/usages/{usage_id}",
    Scope.ACCOUNT_READ,
    problems=("not_found",),
    answers=UsageAnswer,
    example=EXAMPLE,
)
def get_usage(
    caller: CallerOf,
    usage_id: ResourceId,
    source: Annotated[
        str | None, Query(max_length=128, description="Who reported it, as the statement says; needed for rare ones")
    ] = None,
) -> UsageAnswer:
    """Explain a usage: what it took from which package, and why."""
    unknown = problem("not_found", f"the account has no usage {usage_id}; name its source as the statement has it")
    if source is not None and not source.isprintable():
        raise unknown
    try:
        found = read(caller.context, lambda session: explain_usage(session, usage_id, source=source))
    except UnknownUsage as error:
        raise unknown from error
    if found.usage.account_id != caller.account_id:
        raise unknown
    return _answer(found)


@family.add(
    "POST",
    "/usages",
    Scope.USAGE_WRITE,
    audience="servers",
    status=201,
    problems=("from_the_future",),
    needs_key=True,
    asked={"account_id": "u-4711", "seconds": 600, "occurred_at": "2026-11-28T08:59:30Z", "feature": "record"},
    answers=BookedUsage,
    example=BOOKED,
)
async def report_usage(request: Request, caller: CallerOf, wanted: NewUsage, key: IdempotencyKey) -> BookedUsage:
    """
    Report usage.

    For producers that have no message broker. The key names the usage for ever: sent again it is booked once.
    """
    data = wanted.model_dump(include={"seconds", "session_id", "feature", "metadata"})
    source = source_of(caller)
    submission = Submission(UsageReported, wanted.account_id, data, source, key, wanted.occurred_at)
    try:
        outcome = await caller.api.usages.submit(submission)
    except MessageRejected as error:
        raise rejected(error) from error
    except GiveBack as error:
        raise Unavailable("the process is ending") from error
    if outcome.result is Result.REPEATED:
        request.state.answer_headers["Idempotent-Replayed"] = "true"
    return BookedUsage(id=key, source=source, account_id=wanted.account_id)


def _answer(found: Explanation) -> UsageAnswer:
    usage = found.usage
    same = UsageAnswer.model_fields.keys() - {"id", "lines", "packages", "reversed_at"}
    return UsageAnswer(
        id=usage.event_id,
        lines=[
            UsageLine(
                reason=reason_answer(line.reason),
                **{name: getattr(line, name) for name in ("id", "kind", "seconds", "booked_at", "package_id")},
            )
            for line in found.lines
        ],
        packages=[package_answer(package) for package in found.packages],
        reversed_at=found.reversal and found.reversal.received_at,
        **{name: getattr(usage, name) for name in same},
    )
