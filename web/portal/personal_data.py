"""What is stored of a person, for themselves: downloaded as one document, or erased with their account."""

from typing import Annotated
from uuid import uuid4

import orjson
from fastapi import APIRouter, Form, Request, Response

from messages.access.standing import AccountCloseRequested
from messages.errors import MessageRejected
from store.access.read_person import personal_data
from store.minutes.read import account_balance
from store.reading import reading
from store.subscriptions.read import live_subscription
from web.portal.show import show
from web.portal.visitor import OwnerOnly, OwnForm, Signed, SignedIn, delete_cookie, portal_of, reader_of
from workers.submit import Submission, submit

router = APIRouter()

SOURCE = "portal"
REASON = "its owner has closed it in the portal"


@router.get("/settings/data")
def data(request: Request, signed: SignedIn) -> Response:
    """Say what can be downloaded, and what closing the account would do."""
    return _page(request, signed)


@router.get("/settings/data.json")
def download(request: Request, signed: OwnerOnly) -> Response:
    """Return all that is stored of the person who is signed in."""
    context = portal_of(request).context
    with reading(context.engine) as session:
        found = personal_data(session, signed.visitor.account_id, at=context.clock())
    return Response(
        orjson.dumps(found, option=orjson.OPT_INDENT_2, default=str),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="screph-data.json"'},
    )


@router.post("/settings/close")
def ask_close(request: Request, signed: OwnForm, is_sure: Annotated[bool, Form()] = False) -> Response:
    """Show the last step before the account is closed; nothing happens yet."""
    return _page(request, signed, is_last_step=is_sure, is_unsure=not is_sure, status=200 if is_sure else 409)


@router.post("/settings/close/confirm")
def close(request: Request, signed: OwnForm, form_id: Annotated[str, Form(max_length=64)]) -> Response:
    """Close the account for ever, and sign out."""
    portal = portal_of(request)
    message = Submission(AccountCloseRequested, signed.visitor.account_id, {"reason": REASON}, SOURCE, form_id)
    try:
        submit(portal.context, message)
    except MessageRejected:
        return _page(request, signed, is_unsure=True, status=400)
    answer = show(request, "closed.html", reader_of(request))
    delete_cookie(portal, answer, "session")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _page(
    request: Request, signed: Signed, *, is_last_step: bool = False, is_unsure: bool = False, status: int = 200
) -> Response:
    context, account_id = portal_of(request).context, signed.visitor.account_id
    with reading(context.engine) as session:
        balance = account_balance(session, account_id, at=None, now=context.clock(), policy=context.rules.policy)
        subscription = live_subscription(session, account_id)
    return show(
        request,
        "data.html",
        signed.reader,
        status=status,
        signed=signed,
        available_seconds=balance.available_seconds,
        subscription=subscription,
        is_last_step=is_last_step,
        is_unsure=is_unsure,
        form_id=str(uuid4()),
    )
