"""Unsubscribing by the link of a mail: a page with a button for people, and one click for mail programs (RFC 8058)."""

from fastapi import APIRouter, Request, Response

from domain.notices.unsubscribe import UnableToVerify, Unsubscription, read_token
from web.portal.show import show
from web.portal.visitor import portal_of, reader_of
from workers.notices.preferences import unsubscribe

router = APIRouter()


@router.get("/unsubscribe/{token}")
def ask(request: Request, token: str) -> Response:
    """Show the button; a program that follows links unsubscribes nobody."""
    try:
        said = read_token(token, secret=portal_of(request).context.channels.unsubscribe_secret)
    except UnableToVerify:
        return _wrong(request)
    return _page(request, said, is_done=False)


@router.post("/unsubscribe/{token}")
def leave_out(request: Request, token: str) -> Response:
    """
    Unsubscribe, whoever sends it.

    A mail program sends this from its own servers, with no cookie and from no page of ours; what the link may do is in
    its signature.
    """
    try:
        said = unsubscribe(portal_of(request).context, token)
    except UnableToVerify:
        return _wrong(request)
    return _page(request, said, is_done=True)


def _page(request: Request, said: Unsubscription, *, is_done: bool) -> Response:
    answer = show(request, "unsubscribe.html", reader_of(request), kind=said.kind, is_done=is_done)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _wrong(request: Request) -> Response:
    return show(request, "unsubscribe.html", reader_of(request), status=404, kind=None, is_done=False)
