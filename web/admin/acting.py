"""Acting: what a form asks for becomes a message, and its answer a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Form

from domain.access.act import Act
from messages.errors import MessageRejected
from workers.context import Context
from workers.operate import Check, operate
from workers.submit import Submission

FormId = Annotated[str, Form(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
"""Made with each form, and the id of its message: sent twice, it has one effect."""

Why = Annotated[str, Form(max_length=500)]
"""Why something is done, for whoever asks later."""


@dataclass(frozen=True, slots=True)
class Done:
    """
    What became of a form; `fault` says in a sentence why nothing did, `code` is its kind. `answer` is the message's.
    """

    fault: str | None = None
    code: str | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The status of the page that says so."""
        return 200 if self.fault is None else 409


def new_form_id() -> str:
    """Return an id for a form that is about to be shown."""
    return str(uuid4())


def perform(context: Context, act: Act, submission: Submission, *, check: Check | None = None) -> Done:
    """
    Hand in what a form asks for, with its line in the audit log; `check` is that of `operate`.

    Raises:
        Unavailable: a gateway or the store gave no answer; the same form may be sent again.
    """
    if not (act.reason or "").strip():
        return Done("Say why; the reason stands in the audit log.", "NoReason")
    try:
        answer = operate(context, act, submission, check=check).answer
    except MessageRejected as error:
        return Done(f"{error.reason}.", error.code)
    if "code" in answer:
        return Done(f"{answer.get('reason', answer['code'])}.", answer["code"])
    return Done(answer=answer)
