"""One line of the ledger."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry says; domain/minutes/README.md, "Entries", has the table of signs."""

    GRANT = "grant"
    BURN = "burn"
    SETTLE = "settle"
    GIVE_BACK = "give_back"
    EXPIRE = "expire"
    VOID = "void"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    DEBT = "debt"
    DEBT_SETTLED = "debt_settled"
    DEBT_CANCELLED = "debt_cancelled"
    FORGIVEN = "forgiven"


DEBT_KINDS = frozenset({EntryKind.DEBT, EntryKind.DEBT_SETTLED, EntryKind.DEBT_CANCELLED})
"""What adds to or takes from an account's debt."""

USAGE_KINDS = DEBT_KINDS | {EntryKind.FORGIVEN}
"""What belongs to a usage and to no package."""


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Entry:
    """
    One line of the ledger: append-only, signed, and never without a cause.

    With `package_id`, `seconds` is what the entry adds to the package's left seconds.
    Without it, `seconds` is what the entry adds to the account's debt (or to what was
    forgiven). `usage_id` names the usage that a line belongs to, where there is one.
    `rival_id` names, for a burn, the package that would have been next. `message_id` is the message that caused
    the line. `effective_at` is the moment from
    which it counts when a past balance is asked for; it is never later than the moment
    the line is written.
    """

    kind: EntryKind
    seconds: int
    effective_at: datetime
    message_id: int
    package_id: str | None = None
    usage_id: int | None = None
    rival_id: str | None = None
