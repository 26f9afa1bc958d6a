"""Movements: the seconds of a package that a refund or a dispute freezes, unfreezes or voids."""

from dataclasses import dataclass
from enum import StrEnum


class MovementKind(StrEnum):
    """What happens to the seconds; the ledger's entries have the same names."""

    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    VOID = "void"


class PackageChange(StrEnum):
    """What a package becomes as a whole; the names are those of its states."""

    FREEZE = "frozen"
    FREE = "active"
    VOID = "voided"


@dataclass(frozen=True, slots=True)
class Movement:
    """
    Seconds > 0 of an order's package or, with `is_bonus`, of the bonus that it granted besides.

    `own_cause` names another cause than the message of the refund or the dispute, where the audit wants that what one
    message freezes and unfreezes adds up to zero.
    """

    kind: MovementKind
    seconds: int
    own_cause: str | None = None
    is_bonus: bool = False


def movements(*wanted: Movement) -> tuple[Movement, ...]:
    """Return the movements that move something."""
    return tuple(one for one in wanted if one.seconds > 0)
