"""Notices on devices: a browser says that it takes web push, again at each start, and that it does no more."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from messages.errors import MessageRejected
from messages.notices.requests import PushSubscribed, PushUnsubscribed
from store.notices.read import list_push_subscriptions
from store.reading import reading
from web.portal.visitor import OwnForm, portal_of
from workers.submit import Submission, submit

SOURCE = "portal"

router = APIRouter()

Endpoint = Annotated[str, Form(max_length=2_048)]
Key = Annotated[str, Form(max_length=200)]


@router.post("/push")
def subscribe(request: Request, signed: OwnForm, endpoint: Endpoint, p256dh: Key, auth: Key) -> Response:
    """Note that a browser takes web push; one that another account had is this one's now."""
    if _is_known(request, signed.visitor.account_id, endpoint):
        return Response(status_code=204)
    data = {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}}
    message = Submission(PushSubscribed, signed.visitor.account_id, data, SOURCE, str(uuid4()))
    try:
        submit(portal_of(request).context, message)
    except MessageRejected:
        # An address or keys that are none; push services that are not on the list are left out when something is sent.
        return Response(status_code=422)
    return Response(status_code=204)


@router.post("/push/end")
def unsubscribe(request: Request, signed: OwnForm, endpoint: Endpoint) -> Response:
    """Note that this browser takes no web push any more."""
    return Response(status_code=204 if _end(request, signed.visitor.account_id, endpoint) else 422)


@router.post("/push/{push_id}/end")
def end(request: Request, signed: OwnForm, push_id: int) -> Response:
    """Note that a browser of the list takes no web push any more."""
    account_id = signed.visitor.account_id
    with reading(portal_of(request).context.engine) as session:
        lines = list_push_subscriptions(session, account_id)
    for line in lines:
        if line.id == push_id:
            _end(request, account_id, line.endpoint)
    return RedirectResponse("/settings/notices#push", status_code=303)


def _end(request: Request, account_id: str, endpoint: str) -> bool:
    message = Submission(PushUnsubscribed, account_id, {"endpoint": endpoint}, SOURCE, str(uuid4()))
    try:
        submit(portal_of(request).context, message)
    except MessageRejected:
        return False
    return True


def _is_known(request: Request, account_id: str, endpoint: str) -> bool:
    # It is said again at each start, and mostly nothing has changed.
    with reading(portal_of(request).context.engine) as session:
        return any(line.endpoint == endpoint for line in list_push_subscriptions(session, account_id))
