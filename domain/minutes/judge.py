"""Judging: at which moment a usage counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FUTURE_TOLERANCE = timedelta(minutes=5)
"""How far a producer's clock may run ahead of ours."""


class UnableToJudge(ValueError):
    """The usage is stamped too far in the future."""


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Judgement:
    """The moment at which eligibility is judged, and whether the usage came late."""

    at: datetime
    is_late: bool


def judge(occurred_at: datetime, *, now: datetime, late_window: timedelta) -> Judgement:
    """
    Decide the moment at which a usage is judged.

    Args:
        occurred_at: aware UTC moment the producer gave.
        now: aware UTC moment of booking.
        late_window: how long after the fact usage is still judged when it occurred.

    Returns:
        `occurred_at`, or, once the window has closed, `now` marked late.

    Raises:
        UnableToJudge: `occurred_at` is more than five minutes after `now`.

    Source: domain/minutes/README.md, "Usage".
    """
    if occurred_at - now > FUTURE_TOLERANCE:
        raise UnableToJudge(
            f"time {occurred_at.isoformat()} is more than 5 minutes in the future (it is {now.isoformat()}); "
            "set the producer's clock"
        )
    if now - occurred_at > late_window:
        return Judgement(at=now, is_late=True)
    return Judgement(at=occurred_at, is_late=False)
