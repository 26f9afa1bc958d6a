"""Dead letters: lists, one letter, and what is decided about it; no queue of the broker is read or changed."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

import orjson
from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field
from starlette.background import BackgroundTask

from domain.access.role import Permission
from messages.queues import QUEUES
from store.cursor import WrongCursor
from store.read_letters import (
    MOST_AT_ONCE,
    Letter,
    WantedLetters,
    count_by_code,
    count_letters,
    find_letter,
    letter_ids,
    list_letters,
)
from web.admin.lists import address_with
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.reading import read
from workers.access.operator_sessions import note_act
from workers.dead_letters import UnableToResolve, acting, discard, replay, resolve_many, resubmit

router = AdminRouter()

STATES = (("waiting", "waiting"), ("replayed", "sent again"), ("discarded", "discarded"), ("any", "any"))

SHOWN_BYTES = 20_000

Reason = Annotated[str, Form(max_length=500)]


class Asked(BaseModel):
    """What the address asks for; what is empty does not matter."""

    state: str = Field(default="waiting", max_length=20)
    queue: str = Field(default="", max_length=100)
    code: str = Field(default="", max_length=100)
    type: str = Field(default="", max_length=100)
    source: str = Field(default="", max_length=300)
    since: str = Field(default="", max_length=30)
    until: str = Field(default="", max_length=30)
    cursor: str | None = Field(default=None, max_length=2_000)

    @property
    def filters(self) -> dict[str, str]:
        """Those that are set, by their names in the address."""
        return {name: value for name, value in self.model_dump(exclude={"cursor"}).items() if value}

    @property
    def wanted(self) -> WantedLetters:
        """The letters that are meant."""
        return WantedLetters(
            state=None if self.state == "any" or self.state not in dict(STATES) else self.state,
            queue=self.queue or None,
            code=self.code or None,
            type=self.type or None,
            source=self.source or None,
            since=_moment(self.since),
            until=_moment(self.until),
        )


class Pressed(Asked):
    """What a press on the preview asks for: what to do, and what the preview has shown."""

    does: str = Field(default="", max_length=20)
    expected: int = -1
    up_to: int = 0
    reason: str = Field(default="", max_length=500)

    @property
    def asked(self) -> Asked:
        """The filters alone."""
        return Asked(**{name: getattr(self, name) for name in Asked.model_fields})


@router.page("/letters", Permission.QUEUES_READ)
def letters(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """List dead letters."""
    wanted = asked.wanted
    try:
        lines, following = read(
            admin_of(request).context, lambda session: list_letters(session, wanted, cursor=asked.cursor)
        )
    except WrongCursor:
        return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "letters.html",
        signed,
        lines=lines,
        asked=asked,
        older=address_with("/letters", asked.filters, following),
        newest=f"/letters?{urlencode(asked.filters)}" if asked.cursor else None,
        preview=f"/letters/many?{urlencode(asked.filters)}",
        states=STATES,
        queues=[("", "any"), *((queue, queue) for queue in QUEUES)],
    )


@router.page("/letters/many", Permission.LETTERS_RESOLVE)
def many(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show what sending again or discarding all that are meant would do, before anything is done."""
    return _preview(request, signed, asked)


@router.action("/letters/many", Permission.LETTERS_RESOLVE)
def resolve_those(request: Request, signed: SignedIn, pressed: Annotated[Pressed, Form()]) -> Response:
    """Send again or discard those that the preview showed; it is done in the background, some at a time."""
    context, asked, does, reason = admin_of(request).context, pressed.asked, pressed.does, pressed.reason
    if does not in ("replay", "discard"):
        return _preview(request, signed, asked, fault="Say whether they are to be sent again or discarded.")
    if does == "discard" and not reason.strip():
        return _preview(request, signed, asked, fault="Discarding wants a reason, for whoever asks later.")
    ids = read(context, lambda session: letter_ids(session, asked.wanted, up_to=pressed.up_to))
    if len(ids) != pressed.expected:
        return _preview(request, signed, asked, fault="Meanwhile others have decided about some. Look again.")
    act = signed.act(f"letters.{does}", reason=reason or None, detail={"letters": len(ids), **asked.filters})
    work = BackgroundTask(resolve_many, context, ids, act, discards=does == "discard")
    return RedirectResponse(f"/letters?{urlencode(asked.filters)}", status_code=303, background=work)


@router.page("/letters/{number}", Permission.QUEUES_READ)
def letter(request: Request, number: int, signed: SignedIn) -> Response:
    """Show one letter."""
    return _letter(request, signed, number)


@router.action("/letters/{number}/replay", Permission.LETTERS_RESOLVE)
def send_again(
    request: Request, number: int, signed: SignedIn, exchange: Annotated[str, Form(max_length=255)] = ""
) -> Response:
    """Publish a letter again with the bytes it came with."""
    act = signed.act("letter.replay", f"letter:{number}")
    try:
        replay(acting(admin_of(request).context, act), number, by=signed.actor.name, exchange=exchange or None)
    except UnableToResolve as error:
        return _letter(request, signed, number, fault=str(error))
    return RedirectResponse(f"/letters/{number}", status_code=303)


@router.action("/letters/{number}/discard", Permission.LETTERS_RESOLVE)
def discard_it(request: Request, number: int, signed: SignedIn, reason: Reason = "") -> Response:
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
    number: int,
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
        exchanges=[("", "the one it came through"), *((one, one) for one in QUEUES[found.line.queue].exchanges)],
        fate=_fate(found),
        edited=edited,
        fault=fault,
        done=done,
    )


def _preview(request: Request, signed: Signed, asked: Asked, *, fault: str | None = None) -> Response:
    wanted = asked.wanted
    total, by_code, ids = read(
        admin_of(request).context,
        lambda session: (count_letters(session, wanted), count_by_code(session, wanted), letter_ids(session, wanted)),
    )
    return show(
        request,
        "letters_many.html",
        signed,
        status=200 if fault is None else 409,
        asked=asked,
        total=total,
        by_code=by_code,
        meant=len(ids),
        up_to=max(ids, default=0),
        most=MOST_AT_ONCE,
        back=f"/letters?{urlencode(asked.filters)}",
        fault=fault,
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


def _moment(given: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
