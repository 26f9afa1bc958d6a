"""The account: what it can spend, until when, and what it owes; at any moment, past or future."""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from domain.access.scope import Scope
from domain.minutes.forecast import Outlook
from messages.fields import Moment
from store.engine import Session
from store.minutes.read import account_forecast
from store.minutes.read_account import AccountCard, account_card
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.events import wait_for_news
from web.api.v1.fields import Answer, At
from web.api.v1.operation import Family
from web.api.v1.packages import PackageAnswer, package_answer
from web.reading import read

family = Family("Account", "What an account can spend, until when, and what it owes.")

LITTLE_SECONDS, ALMOST_NOTHING_SECONDS = 600, 300
"""At and below which Screph's program shows a balance in orange, then in red."""

Level = Literal["good", "low", "critical"]
Part = Literal["packages", "forecast"]


class NextExpiry(Answer):
    """The next minutes that end."""

    at: At
    seconds: Annotated[int, Field(description="So many, if nothing is used until then", examples=[2400])]


class ForecastAnswer(Answer):
    """What will become of the minutes, in dates of the account's zone."""

    outlook: Outlook
    earliest: Annotated[date | None, Field(description="Used up on this day at the earliest", examples=["2026-12-14"])]
    latest: Annotated[date | None, Field(description="… and on this day at the latest", examples=["2026-12-18"])]
    unused_seconds: Annotated[int, Field(description="So many will expire unused", examples=[0])]
    unused_on: Annotated[date | None, Field(description="… on this day")]


class AccountAnswer(Answer):
    """An account at one moment."""

    account_id: Annotated[str, Field(description="Screph's own id of the user", examples=["u-4711"])]
    at: Annotated[datetime | None, Field(description="The moment that was asked about; null is now")]
    sequence: Annotated[int, Field(description="Grows with each change of the balance", examples=[42])]
    available_seconds: Annotated[int, Field(description="What can be spent", examples=[18720])]
    debt_seconds: Annotated[int, Field(description="Used and not covered; the next purchase pays it", examples=[0])]
    level: Annotated[Level, Field(description="`low` at 10 minutes and below, `critical` at 5 and below")]
    next_expiry: NextExpiry | None
    low_balance_seconds: Annotated[int | None, Field(description="Below so much a notice is sent")]
    locale: str | None
    currency: str | None
    time_zone: str | None
    is_blocked: Annotated[bool, Field(description="May neither buy nor spend on request")]
    packages: Annotated[list[PackageAnswer] | None, Field(description="In burn order; with `include=packages`")] = None
    forecast: Annotated[ForecastAnswer | None, Field(description="With `include=forecast`")] = None


EXAMPLE = {
    "account_id": "u-4711",
    "at": None,
    "sequence": 42,
    "available_seconds": 18_720,
    "debt_seconds": 0,
    "level": "good",
    "next_expiry": {"at": "2026-12-03T21:00:00Z", "seconds": 2_400},
    "low_balance_seconds": None,
    "locale": "ru",
    "currency": "RUB",
    "time_zone": "Europe/Moscow",
    "is_blocked": False,
    "packages": None,
    "forecast": None,
}


@family.add(
    "GET",
    "/account",
    Scope.ACCOUNT_READ,
    widgets=True,
    answers=AccountAnswer,
    example=EXAMPLE,
    more={304: "Nothing has changed since the answer with this ETag"},
    headers=("ETag",),
)
def get_account(
    request: Request,
    caller: CallerOf,
    _: Annotated[None, Depends(wait_for_news)],
    at: Annotated[
        Moment | None, Query(description="Any moment; without it, now", examples=["2026-12-01T00:00:00Z"])
    ] = None,
    include: Annotated[list[Part] | None, Query(description="What else to answer", max_length=2)] = None,
) -> Response:
    """
    Read the balance.

    The answer has an ETag; with it in `If-None-Match` an unchanged account is answered 304 and no body. With `wait` and
    `after` the answer waits for a change, for programs that cannot read a stream.
    """
    answer = _read(caller, at, set(include or ()))
    body = answer.model_dump_json().encode()
    # Of the whole answer, so what is not counted by `sequence` changes it as well: an end, another zone, a new day.
    tag = f'"b{answer.sequence}-{sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in _tags(request):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def level_of(available_seconds: int) -> Level:
    """Return how much that is, as Screph's program shows it."""
    if available_seconds > LITTLE_SECONDS:
        return "good"
    return "low" if available_seconds > ALMOST_NOTHING_SECONDS else "critical"


def _read(caller: Caller, at: datetime | None, parts: set[Part]) -> AccountAnswer:
    context = caller.context
    now, policy = context.clock(), context.rules.policy

    def work(session: Session) -> AccountAnswer:
        card = account_card(session, caller.account_id, at=at, now=now, policy=policy)
        forecast = None
        if "forecast" in parts:
            found = account_forecast(session, caller.account_id, now=now, policy=policy, known=caller.api.days_of_use)
            forecast = ForecastAnswer.model_validate(found)
        return _answer(card, at, with_packages="packages" in parts, forecast=forecast)

    return read(context, work)


def _answer(
    card: AccountCard, at: datetime | None, *, with_packages: bool, forecast: ForecastAnswer | None
) -> AccountAnswer:
    found = card.balance
    expiry = card.next_expiry
    return AccountAnswer(
        account_id=card.account_id,
        at=at and at.astimezone(UTC),
        sequence=card.sequence,
        available_seconds=found.available_seconds,
        debt_seconds=found.debt_seconds,
        level=level_of(found.available_seconds),
        next_expiry=expiry and NextExpiry(at=expiry.at, seconds=expiry.seconds),
        low_balance_seconds=card.low_balance_seconds,
        locale=card.locale,
        currency=card.currency,
        time_zone=card.time_zone,
        is_blocked=card.blocked_at is not None,
        packages=[package_answer(package) for package in found.packages] if with_packages else None,
        forecast=forecast,
    )


def _tags(request: Request) -> set[str]:
    given = request.headers.get("if-none-match", "")
    return {tag.strip().removeprefix("W/") for tag in given.split(",")}
