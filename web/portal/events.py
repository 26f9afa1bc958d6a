"""`/events`: what changes on the pages of somebody who is signed in, while they are open."""

from collections.abc import Iterator
from typing import Any, cast

import orjson
from fastapi import APIRouter, Request, Response

from web.live.live import Live
from web.live.stream import EventStream, Render, event
from web.live.watch import Permit, Watch
from web.look.pages import Pages, Reader
from web.portal.home import tone_of
from web.portal.visitor import SignedIn

router = APIRouter()


@router.get("/events")
async def events(request: Request, signed: SignedIn) -> Response:
    """Stream the balance as the home page shows it, and that something else about the account has changed."""
    if signed.visitor.is_read_only:
        # A stream would go on for longer than they may look; 204 tells the browser not to ask again.
        return Response(status_code=204)
    visitor, live = signed.visitor, cast(Live, request.app.state.live)
    watching = live.watch(visitor.account_id, Permit("session", visitor.session_id))
    return EventStream(watching, _as_shown(request.app.state.pages, signed.reader, is_blocked=visitor.is_blocked))


def _as_shown(pages: Pages, reader: Reader, *, is_blocked: bool) -> Render:
    last: str | None = None
    touches = 0

    def render(watch: Watch) -> Iterator[bytes]:
        nonlocal last, touches
        if watch.balance is not None and watch.balance.version != last:
            is_first, last = last is None, watch.balance.version
            seconds = watch.balance.available_seconds
            shown = {"available_seconds": seconds, "tone": tone_of(seconds), "is_blocked": is_blocked}
            html = pages.render("portal/balance.html", reader, **shown)
            yield _event("balance", {"html": html.strip(), "is_first": is_first}, event_id=last)
        elif watch.touches != touches:
            yield _event("touched", {})
        touches = watch.touches

    return render


def _event(name: str, data: dict[str, Any], **more: Any) -> bytes:
    return event(name, orjson.dumps(data), **more)
