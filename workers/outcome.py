"""What became of one message, for whoever asked and for the logs."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from messages.read import Event


class Result(StrEnum):
    """The five things that can become of a message."""

    APPLIED = "applied"
    REFUSED = "refused"
    REPEATED = "repeated"
    REJECTED = "rejected"
    TOO_EARLY = "too_early"


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one message.

    A repeat carries the first answer in `answer`; a rejected one the sentence in `reason` and is in
    the dead letters; one that came too early names what it waits for and is tried again.
    """

    result: Result
    source: str | None = None
    event_id: str | None = None
    message_id: int | None = None
    reason: str = ""
    code: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)


def answered(event: Event, answer: dict[str, Any]) -> Outcome:
    """Return the outcome of a message that got an answer; one with a `code` is a refusal."""
    result = Result.REFUSED if "code" in answer else Result.APPLIED
    return Outcome(result, event.envelope.source, event.envelope.id, answer=answer)
