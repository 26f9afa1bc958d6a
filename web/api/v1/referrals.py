"""Referrals: the account's own invitation, what came of it, and taking somebody else's."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field

from domain.access.scope import Scope
from domain.promotions.referral import ReferralStatus
from messages.errors import Unavailable
from messages.fields import Data, Text64
from messages.promotions.referrals import ReferralAttributionRequested, ReferralCodeRequested
from store.promotions.read_referrals import ReferralLine, list_referrals
from web.api.v1.ask import ask
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Answer, At, Seconds
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.reading import read

family = Family("Referrals", "Inviting friends, and being invited.")


class InvitationAnswer(Answer):
    """An account's own code, and the link that leads friends to it."""

    code: Annotated[str, Field(examples=["K7QM2XWTB9RD"])]
    link: Annotated[str, Field(examples=["https://my.screph.example/invited/K7QM2XWTB9RD"])]


class ReferralAnswer(Answer):
    """A friend who came by the account's invitation; who it is, is theirs to say."""

    id: str
    status: Annotated[ReferralStatus, Field(description="`qualified` when the first purchase has stood for a while")]
    attributed_at: At
    due_at: Annotated[datetime | None, Field(description="When it will count")]
    qualified_at: datetime | None
    referrer_seconds: Annotated[int, Field(description="What the account was given", examples=[3600])]


class ReferralList(Answer):
    """A page of referrals, the newest first."""

    items: list[ReferralAnswer]
    next_cursor: str | None


class WantedReferral(Data):
    """The code of whoever has invited the account."""

    code: Annotated[Text64, Field(examples=["K7QM2XWTB9RD"])]


class AttributedReferral(Answer):
    """An invitation that was taken, and what both will be given."""

    referral_id: str
    referrer_seconds: Seconds
    friend_seconds: Seconds
    window_days: Annotated[int, Field(description="For so long a purchase has to stand", examples=[14])]


INVITATION = {"code": "K7QM2XWTB9RD", "link": "https://my.screph.example/invited/K7QM2XWTB9RD"}

REFERRAL = {
    "id": "8f0a7c1e-2b3d-5a7b-9c9e-2f47b0c55a60",
    "status": "attributed",
    "attributed_at": "2026-11-20T09:00:00Z",
    "due_at": None,
    "qualified_at": None,
    "referrer_seconds": 0,
}

ATTRIBUTED = {"referral_id": REFERRAL["id"], "referrer_seconds": 3_600, "friend_seconds": 1_800, "window_days": 14}


@family.add("GET", "/referrals/code", Scope.ACCOUNT_READ, answers=InvitationAnswer, example=INVITATION)
async def get_referral_code(request: Request, caller: CallerOf) -> InvitationAnswer:
    """Read the account's own code; it is made once, and stays."""
    # Asking again gives the same one, so the id of the message need not be a request's.
    key = f"code-{caller.account_id}"
    answer = await ask(request, caller, ReferralCodeRequested, {}, key=key)
    request.state.answer_headers.pop("Idempotent-Replayed", None)
    if answer is None:
        raise Unavailable("the code could not be read within the time for a request")
    return InvitationAnswer.model_validate(answer)


@family.add(
    "GET",
    "/referrals",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=ReferralList,
    example={"items": [REFERRAL], "next_cursor": None},
)
def list_own_referrals(
    request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ReferralList:
    """List friends who came by the account's invitation, the newest first."""

    def find(inner: str | None) -> tuple[list[ReferralAnswer], str | None]:
        lines, following = read(
            caller.context,
            lambda session: list_referrals(session, account_id=caller.account_id, limit=limit, cursor=inner),
        )
        return [_answer(line) for line in lines if line.referrer_id == caller.account_id], following

    items, next_cursor = page(request, cursor, find)
    return ReferralList(items=items, next_cursor=next_cursor)


@family.add(
    "POST",
    "/referrals",
    Scope.ACCOUNT_WRITE,
    status=201,
    problems=("unknown_code", "not_inviting", "own_invitation", "invited_already", "not_new", "circle"),
    needs_key=True,
    answers=AttributedReferral,
    asked={"code": "K7QM2XWTB9RD"},
    example=ATTRIBUTED,
)
async def accept_referral(
    request: Request, caller: CallerOf, wanted: WantedReferral, key: IdempotencyKey
) -> AttributedReferral:
    """Take somebody's invitation; it counts once, and never for oneself."""
    answer = await ask(request, caller, ReferralAttributionRequested, {"code": wanted.code}, key=key)
    if answer is None:
        raise Unavailable("the invitation could not be taken within the time for a request")
    return AttributedReferral.model_validate(answer)


def _answer(line: ReferralLine) -> ReferralAnswer:
    return ReferralAnswer(**{name: getattr(line, name) for name in ReferralAnswer.model_fields})
