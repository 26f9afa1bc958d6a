"""Judging events: at which moment one counts, and that none is from the future."""

from datetime import datetime

from domain.minutes.judge import Judgement, UnableToJudge, judge
from domain.minutes.rules import Rules
from messages.envelope import Envelope
from messages.errors import MessageRejected


def judge_event(event: Envelope, rules: Rules, *, now: datetime) -> Judgement:
    """
    Return the moment at which an event counts.

    Raises:
        MessageRejected: it is stamped too far in the future.
    """
    try:
        return judge(event.time, now=now, late_window=rules.late_window)
    except UnableToJudge as error:
        raise MessageRejected("FromTheFuture", str(error)) from error
