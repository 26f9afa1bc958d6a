"""Dead letters: lists, one letter, and what is decided about it; no queue of the broker is read or changed."""

from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.act import Act
from domain.access.role import Permission
from messages.queues import QUEUES
from store.cursor import WrongCursor
from store.read_decisions import list_decisions
from store.read_letters import (
    Letter,
    find_letter,
    list_letters,
)
from web.admin.letters_wanted import STATES, Asked
from web.admin.lists import address_with
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.saved import saved_of
from web.admin.show import show
from web.reading import read
from workers.access.operator_sessions import note_act
from workers.dead_letters import UnableToResolve, acting, discard, replay, resubmit

router = AdminRouter()

SHOWN_BYTES = 20_000

Reason = Annotated[str, Form(max_length=500)]

Number = Annotated[int, Path(ge=0, lt=2**63)]


@router.page("/letters", Permission.QUEUES_READ)
def letters(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """List dead letters."""
    wanted = asked.wanted
    try:
        (lines, following), decisions = read(
            admin_of(request).context,
            lambda session: (list_letters(session, wanted, cursor=asked.cursor), list_decisions(session, limit=5)),
        )
    except WrongCursor:
        return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "letters.html",
        signed,
        saved=saved_of(request, signed),
        lines=lines,
        decisions=decisions,
        asked=asked,
        older=address_with("/letters", asked.filters, following),
        newest=f"/letters?{urlencode(asked.filters)}" if asked.cursor else None,
        preview=f"/letters/many?{urlencode(asked.filters)}",
        states=STATES,
        queues=[("", "any"), *((queue, queue) for queue in QUEUES)],
    )


@router.page("/letters/{number}", Permission.QUEUES_READ)
def letter(request: Request, number: Number, signed: SignedIn) -> Response:
    """Show one letter."""
    return _letter(request, signed, number)


@router.action("/letters/{number}/replay", Permission.LETTERS_RESOLVE)
def send_again(request: Request, number: Number, signed: SignedIn) -> Response:
    """Publish a letter again with the bytes it came with, through the exchange it came through."""
    return _replay(request, signed, number, signed.act("letter.replay", f"letter:{number}"), None)


@router.action("/letters/{number}/replay-through", Permission.LETTERS_EDIT)
def send_through(
    request: Request,
    number: Number,
    signed: SignedIn,
    exchange: Annotated[str, Form(max_length=255)] = "",
    reason: Reason = "",
) -> Response:
    """
    Publish a letter again through an exchange that a person names.

    What a message may do depends on it, so whoever may name one can make a recorder's message grant minutes.
    """
    if not reason.strip():
        return _letter(request, signed, number, fault="Say why; the reason stands in the audit log.")
    act = signed.act("letter.replay", f"letter:{number}", reason=reason.strip(), detail={"exchange": exchange})
    return _replay(request, signed, number, act, exchange)


@router.action("/letters/{number}/discard", Permission.LETTERS_RESOLVE)
def discard_it(request: Request, number: Number, signed: SignedIn, reason: Reason = "") -> Response:
    """Decide that a letter is never applied."""
    act = signed.act("letter.discard", f"letter:{number}", reason=reason)
    try:
        discard(acting(admin_of(request).context, act), number, reason=reason, by=signed.actor.name)
    except UnableToResolve as error:
        return _letter(request, signed, number, fault=str(error))
    return RedirectResponse(f"/letters/{number}", status_code=303)


@router.action("/letters/{number}/edit", Permission.LETTERS_EDIT)
def send_corrected(
    request: Request,
    number: Number,
    signed: SignedIn,
    body: Annotated[str, Form(max_length=60_000)] = "",
    reason: Reason = "",
) -> Response:
    """Send a corrected message in place of a letter."""
    act = signed.act("letter.edit", f"letter:{number}", reason=reason)
    context = acting(admin_of(request).context, act)
    try:
        message_id = resubmit(context, number, body.encode(), reason=reason, by=signed.actor.name)
    except UnableToResolve as error:
        return _letter(request, signed, number, fault=str(error), edited=body)
    return _letter(request, signed, number, done=f"Sent as a new message, {message_id}.")


def _replay(request: Request, signed: Signed, number: int, act: Act, exchange: str | None) -> Response:
    try:
        replay(acting(admin_of(request).context, act), number, by=signed.actor.name, exchange=exchange)
    except UnableToResolve as error:
        return _letter(request, signed, number, fault=str(error))
    return RedirectResponse(f"/letters/{number}", status_code=303)


def _letter(
    request: Request,
    signed: Signed,
    number: int,
    *,
    fault: str | None = None,
    done: str | None = None,
    edited: str | None = None,
) -> Response:
    found = read(admin_of(request).context, lambda session: find_letter(session, number))
    if found is None:
        return show(request, "not_found.html", signed, status=404)
    # Bytes may name people: who looks at them is noted like any look at personal data.
    sees_all = signed.may(Permission.LETTERS_RESOLVE)
    if sees_all:
        note_act(admin_of(request).context, signed.act("letter.view", f"letter:{number}"))
    event = _event(found.body)
    return show(
        request,
        "letter.html",
        signed,
        status=200 if fault is None else 409,
        letter=found,
        event=event,
        account=event.get("subject") if isinstance(event, dict) else None,
        pretty=_pretty(event) if sees_all and event is not None else None,
        hexadecimal=_hex(found.body) if sees_all else None,
        headers=_pretty(found.headers | found.properties) if sees_all else None,
        size=len(found.body),
        exchanges=[(one, one) for one in QUEUES[found.line.queue].exchanges],
        fate=_fate(found),
        edited=edited,
        fault=fault,
        done=done,
    )


def _fate(letter: Letter) -> tuple[str, str]:
    """Return in words what became of a letter, and its tone."""
    if letter.applied:
        one = letter.applied[0]
        said = f"{one.outcome} at {one.received_at:%Y-%m-%d %H:%M:%S} UTC"
        return f"Its message was {said}" + (f" for account {one.account_id}" if one.account_id else ""), "good"
    if letter.is_in_outbox:
        return "Its replay waits in the outbox", "info"
    if letter.again is not None:
        return f"Its message was dead-lettered again: letter {letter.again}", "bad"
    if letter.line.state == "replayed":
        return "It was sent again, and is under way or names no message", "info"
    return "Its message has had no effect", "warn"


def _event(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _pretty(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode()[:SHOWN_BYTES]


def _hex(body: bytes) -> str:
    """Return bytes as people read them: sixteen a line, with what is text beside them."""
    lines = []
    for start in range(0, min(len(body), 2_048), 16):
        some = body[start : start + 16]
        written = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in some)
        lines.append(f"{start:06x}  {some.hex(' '):<47}  {written}")
    return "\n".join(lines)
