"""Many dead letters: a preview, a decision about those that it showed, and how far workers have carried it out."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from domain.access.role import Permission
from messages.letters import MOST_AT_ONCE, LettersDecisionRequested
from store.read_decisions import find_decision, results_of
from store.read_letters import count_by_code, count_letters, letter_ids
from web.admin.acting import FormId, new_form_id, perform
from web.admin.letters import Number
from web.admin.letters_wanted import Asked
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.reading import read
from workers.submit import Submission

router = AdminRouter()


class Pressed(Asked):
    """What a press on the preview asks for: what to do, and what the preview has shown."""

    form_id: FormId
    does: str = Field(default="", max_length=20)
    expected: int = -1
    up_to: int = 0
    reason: str = Field(default="", max_length=500)

    @property
    def asked(self) -> Asked:
        """The filters alone."""
        return Asked(**{name: getattr(self, name) for name in Asked.model_fields})


@router.page("/letters/many", Permission.LETTERS_RESOLVE)
def many(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show what sending again or discarding all that are meant would do, before anything is done."""
    return _preview(request, signed, asked)


@router.action("/letters/many", Permission.LETTERS_RESOLVE)
def resolve_those(request: Request, signed: SignedIn, pressed: Annotated[Pressed, Form()]) -> Response:
    """Send again or discard those that the preview showed; workers carry it out, whether or not the page stays open."""
    asked, reason = pressed.asked, pressed.reason.strip()
    if pressed.does not in ("replay", "discard"):
        return _preview(request, signed, asked, fault="Say whether they are to be sent again or discarded.")
    wanted = {name: getattr(asked.wanted, name) for name in ("queue", "code", "type", "source", "since", "until")}
    data = {
        "does": pressed.does,
        "wanted": {name: value for name, value in wanted.items() if value is not None},
        "up_to": pressed.up_to,
        "expected": pressed.expected,
        "reason": reason,
        "decided_by": signed.actor.name,
    }
    act = signed.act(f"letters.{pressed.does}", reason=reason, detail={"letters": pressed.expected, **asked.filters})
    submission = Submission(LettersDecisionRequested, None, data, "", pressed.form_id)
    done = perform(admin_of(request).context, act, submission)
    if done.fault is not None:
        return _preview(request, signed, asked, fault=done.fault)
    return RedirectResponse(f"/letters/decisions/{done.answer['decision']}", status_code=303)


@router.page("/letters/decisions/{number}", Permission.QUEUES_READ)
def decision(request: Request, number: Number, signed: SignedIn) -> Response:
    """Show how far a decision about many letters is carried out, and what has come of it."""
    found, results = read(
        admin_of(request).context, lambda session: (find_decision(session, number), results_of(session, number))
    )
    if found is None:
        return show(request, "not_found.html", signed, status=404)
    return show(request, "letters_decision.html", signed, decision=found, results=results)


def _preview(request: Request, signed: Signed, asked: Asked, *, fault: str | None = None) -> Response:
    # Whatever the list shows: only what waits can be decided about.
    wanted = replace(asked.wanted, state="waiting")
    total, by_code, ids = read(
        admin_of(request).context,
        lambda session: (
            count_letters(session, wanted),
            count_by_code(session, wanted),
            letter_ids(session, wanted, limit=MOST_AT_ONCE),
        ),
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
        form_id=new_form_id(),
    )
