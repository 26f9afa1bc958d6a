"""Review items: what reconciliation cannot repair by itself, for a person."""

from enum import StrEnum


class ReviewKind(StrEnum):
    """What a review item is about; README.md, "Review"."""

    ORDER = "order"
    REFUND = "refund"
    WEBHOOK = "webhook"
    TOTALS = "totals"
    PAID_LATE = "paid_late"
    POLL = "poll"
    GRANTS = "grants"
    USAGE = "usage"


ALSO = "; also: "
"""Stands between the sentences of what has more than one thing to review."""


def with_sentence(said: str | None, sentence: str) -> str:
    """
    Return what a person is told, with one sentence more; unchanged where it was told already, reviewed since or not.

    Args:
        said: so far; the code of a failure, which is one word, gives way to a sentence.
        sentence: one, or several that were told of the same thing before.
    """
    told = said.split(ALSO) if said is not None and " " in said else []
    return ALSO.join([*told, *(new for new in sentence.split(ALSO) if new not in told)])
