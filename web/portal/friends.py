"""Inviting friends: an account's own link, what came of it, and the page to which such a link leads."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from messages.errors import MessageRejected
from messages.promotions.referrals import ReferralAttributionRequested, ReferralCodeRequested
from store.cursor import WrongCursor
from store.promotions.read_referrals import invitation_code, list_referrals
from store.reading import reading
from web.portal.show import show
from web.portal.visitor import NotSignedIn, OwnForm, SignedIn, portal_of, reader_of, signed_in
from workers.submit import Submission, submit

SOURCE = "portal"

PAGE = 20

router = APIRouter()


@router.get("/friends")
def friends(
    request: Request, signed: SignedIn, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """Show the account's link once it has one, and how those who came by it are doing, without names."""
    context, account_id = portal_of(request).context, signed.visitor.account_id
    with reading(context.engine) as session:
        code = invitation_code(session, account_id)
        try:
            lines, older = list_referrals(session, account_id=account_id, limit=PAGE, cursor=cursor)
        except WrongCursor:
            lines, older = list_referrals(session, account_id=account_id, limit=PAGE, cursor=None)
    return show(
        request,
        "friends.html",
        signed.reader,
        signed=signed,
        link=None if code is None else f"{portal_of(request).address}/invited/{code}",
        lines=[line for line in lines if line.referrer_id == account_id],
        older=older,
        is_newest=cursor is None,
    )


@router.post("/friends")
def make_link(request: Request, signed: OwnForm) -> Response:
    """Make the account's link; it is made once and stays, however often the button is pressed."""
    account_id = signed.visitor.account_id
    asking = Submission(ReferralCodeRequested, account_id, {}, SOURCE, f"referral-code-{account_id}")
    submit(portal_of(request).context, asking)
    return RedirectResponse("/friends", status_code=303)


@router.get("/invited/{code}")
def invited(request: Request, code: str) -> Response:
    """Say who is asked to come; whoever is signed in may take the invitation."""
    try:
        signed = signed_in(request)
    except NotSignedIn:
        return show(request, "invited.html", reader_of(request), code=code, refusal=None, form_id="")
    return show(request, "invited.html", signed.reader, signed=signed, code=code, refusal=None, form_id=str(uuid4()))


@router.post("/invited/{code}")
def accept(request: Request, code: str, signed: OwnForm, form_id: Annotated[str, Form(max_length=64)]) -> Response:
    """Take an invitation; it counts once, and never for oneself."""
    message = Submission(ReferralAttributionRequested, signed.visitor.account_id, {"code": code[:64]}, SOURCE, form_id)
    try:
        answer = submit(portal_of(request).context, message).answer
    except MessageRejected:
        answer = {"code": "UnknownCode"}
    if "code" in answer:
        page = {"code": code, "refusal": answer["code"], "form_id": str(uuid4())}
        return show(request, "invited.html", signed.reader, status=409, signed=signed, **page)
    return RedirectResponse("/buy", status_code=303)
