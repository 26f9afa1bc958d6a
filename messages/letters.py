"""Messages about dead letters: an operator has decided about many at once, and our own reminder to carry it out."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import Envelope
from messages.fields import Data, Moment, PersonName, Reason, RowId, Text500

MOST_AT_ONCE = 5_000
"""Letters that one decision is about."""


class WantedLettersData(Data):
    """Which of the letters that wait are meant: those that meet every criterion that is given."""

    queue: Text500 | None = None
    code: Text500 | None = None
    type: Annotated[Text500 | None, Field(description="It stands somewhere in the bytes")] = None
    source: Text500 | None = None
    since: Annotated[Moment | None, Field(description="Seen last from then on …")] = None
    until: Annotated[Moment | None, Field(description="… and first before then")] = None


class LettersDecisionData(Data):
    """What is done with which letters, as the preview showed them, who says so, and why."""

    does: Literal["replay", "discard"]
    wanted: WantedLettersData
    up_to: Annotated[RowId, Field(description="None that came later is meant")]
    expected: Annotated[int, Field(strict=True, gt=0, le=MOST_AT_ONCE, description="How many were shown")]
    reason: Reason
    decided_by: PersonName


class LettersDecisionRequested(Envelope):
    """Many dead letters are to be sent again, or discarded; workers carry it out, some at a time."""

    type: Literal["screph.letters.decision_requested.v1"]
    data: LettersDecisionData


class DecisionsRunData(Data):
    """Nothing: the work is whatever is not carried out yet."""


class LetterDecisionsRunRequested(Envelope):
    """Decisions about many dead letters that are not carried out yet are to be gone on with."""

    type: Literal["screph.letter_decisions_run.requested.v1"]
    data: DecisionsRunData
