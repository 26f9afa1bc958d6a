"""Notices: which kinds are wanted by which channel, quiet hours, and below what the balance counts as low."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.notices.delivery import Channel
from domain.notices.notice import NoticeKind
from messages.errors import MessageRejected
from messages.notices.requests import NoticePreferencesSetRequested
from store.notices.read import account_choices, list_push_subscriptions
from store.reading import reading
from web.portal.show import show
from web.portal.visitor import OwnForm, SignedIn, portal_of
from workers.submit import Submission, submit

SOURCE = "portal"
"""Who speaks in messages that a buyer sends by a form."""

KINDS = tuple(kind for kind in NoticeKind if not (kind.is_receipt or kind.is_asked_for))
"""Those that can be switched off."""

router = APIRouter()


@router.get("/settings/notices")
def choices(request: Request, signed: SignedIn, saved: bool = False) -> Response:
    """Show what is chosen."""
    with reading(portal_of(request).context.engine) as session:
        chosen = account_choices(session, signed.visitor.account_id)
        browsers = list_push_subscriptions(session, signed.visitor.account_id)
    return show(
        request,
        "notices.html",
        signed.reader,
        signed=signed,
        chosen=chosen,
        kinds=KINDS,
        channels=tuple(Channel),
        form_id=str(uuid4()),
        is_saved=saved,
        push_key=portal_of(request).push_key,
        browsers=browsers,
    )


@router.post("/settings/notices")
def choose(
    request: Request,
    signed: OwnForm,
    form_id: Annotated[str, Form(max_length=64)],
    wanted: Annotated[list[str] | None, Form()] = None,
    quiet_from: Annotated[str, Form(max_length=8)] = "",
    quiet_until: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Save what was chosen; a form that is sent twice is saved once."""
    ticked = set(wanted or ())
    wishes = [
        {"kind": str(kind), "channel": str(channel), "is_wanted": f"{kind}.{channel}" in ticked}
        for kind in KINDS
        for channel in Channel
    ]
    data = {"wishes": wishes, "quiet_from": quiet_from[:5] or None, "quiet_until": quiet_until[:5] or None}
    message = Submission(NoticePreferencesSetRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        submit(portal_of(request).context, message)
    except MessageRejected:
        # The fields of the form are times and ticks; what else comes was made by hand.
        return RedirectResponse("/settings/notices", status_code=303)
    return RedirectResponse("/settings/notices?saved=true", status_code=303)
