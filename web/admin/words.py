"""Words of the admin pages: mail addresses as each role may see them, tones of states, and what has just been done."""

from types import MappingProxyType

from domain.access.role import Permission
from domain.minutes.entry import EntryKind
from web.admin.operator import Signed

SANDBOX = "sandbox"
"""The gateway that sells for no money; statistics leave it out."""

HIDDEN = "•••"

TONES = MappingProxyType(
    {
        "paid": "good",
        "succeeded": "good",
        "active": "good",
        "completed": "good",
        "sent": "good",
        "won": "good",
        "done": "good",
        "failed": "bad",
        "lost": "bad",
        "past_due": "bad",
        "pending": "warn",
        "action_required": "warn",
        "approved": "info",
        "frozen": "warn",
        "unknown": "warn",
        "waiting": "warn",
        "paused": "warn",
        "open": "warn",
        "trial": "info",
        "trialing": "info",
        "running": "info",
    }
)
"""State -> tone; whatever is not named has none."""

ENTRIES = MappingProxyType(
    {
        EntryKind.GRANT: "added",
        EntryKind.BURN: "used",
        EntryKind.SETTLE: "paid what was owed",
        EntryKind.GIVE_BACK: "given back",
        EntryKind.EXPIRE: "expired",
        EntryKind.VOID: "taken back",
        EntryKind.FREEZE: "frozen",
        EntryKind.UNFREEZE: "free again",
        EntryKind.DEBT: "used, still owed",
        EntryKind.DEBT_SETTLED: "no longer owed",
        EntryKind.DEBT_CANCELLED: "debt cancelled",
        EntryKind.FORGIVEN: "used, free of charge",
    }
)
"""A line of the ledger -> what it says."""

DONE = MappingProxyType(
    {
        "granted": "The minutes are granted.",
        "reversed": "The usage is taken back.",
        "refunded": "The refund is on its way, or done; its state stands below.",
        "resolved": "The item is resolved.",
        "cancelled": "The subscription is cancelled.",
        "paused": "It is paused.",
        "resumed": "It goes on.",
        "revoked": "The token is revoked; within 5 seconds nobody takes it any more.",
        "asked": "The gateway was asked; what it says is applied.",
        "made": "It is made.",
        "batch": "The codes are made; take them out below.",
        "priced": "The price is changed; what was bought before keeps its own.",
        "worded": "The wording is changed.",
        "offered": "The product is on sale.",
        "withdrawn": "The product is not on sale any more; what was bought stays.",
        "approved": "The campaign is approved and begins.",
        "voided": "The campaign is being taken back.",
        "resent": "The notice goes out again.",
        "switched": "It is switched.",
        "blocked": "The account is blocked.",
        "request_asked": "It waits for a second person.",
        "request_approved": "It is approved and done.",
        "request_declined": "It is declined.",
        "closed": "The account is closed for ever.",
        "unblocked": "The account is not blocked any more.",
    }
)
"""What the page after an action says; the address names it, so nothing else can be said by it."""


def tone(state: object) -> str:
    """Return the tone in which a state is shown."""
    return TONES.get(str(state), "")


def entry(kind: str) -> str:
    """Return what a line of the ledger says, by its kind."""
    return ENTRIES[EntryKind(kind)]


def mail(signed: Signed, address: str | None) -> str:
    """Return a mail address as somebody may see it: whole, or its first letter and its host."""
    if address is None:
        return "unknown"
    if signed.may(Permission.PERSONAL_READ):
        return address
    name, _, host = address.partition("@")
    return f"{name[:1]}{HIDDEN}@{host}"


def said(done: str | None) -> str | None:
    """Return the sentence about what has just been done."""
    return DONE.get(done or "")
