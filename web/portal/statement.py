"""Lines of the ledger in words: what happened, and why this package."""

from domain.minutes.entry import EntryKind
from domain.minutes.reason import Because
from i18n.formats import Formats
from store.minutes.read import StatementLine


def words_of(line: StatementLine, formats: Formats) -> str:
    """Return what a line of the ledger is called."""
    _ = formats.gettext
    if line.is_trial:
        return _("Trial minutes")
    return {
        EntryKind.GRANT: _("Added"),
        EntryKind.BURN: _("Used"),
        EntryKind.SETTLE: _("Paid what was owed"),
        EntryKind.GIVE_BACK: _("Given back"),
        EntryKind.EXPIRE: _("Expired"),
        EntryKind.VOID: _("Taken back"),
        EntryKind.FREEZE: _("Frozen"),
        EntryKind.UNFREEZE: _("Free again"),
        EntryKind.DEBT: _("Used, still owed"),
        EntryKind.DEBT_SETTLED: _("No longer owed"),
        EntryKind.DEBT_CANCELLED: _("Debt cancelled"),
        EntryKind.FORGIVEN: _("Used, free of charge"),
    }[line.kind]


def change_of(line: StatementLine) -> int:
    """Return the seconds by which a line changes what its account has; what is owed is taken, what is settled given."""
    return line.seconds if line.package_id is not None else -line.seconds


def why_of(line: StatementLine, formats: Formats) -> str | None:
    """Return why a package was taken from; None where nothing was chosen."""
    _ = formats.gettext
    if line.reason is None:
        return None
    return {
        Because.ONLY_ONE: _("It was the only package with minutes left."),
        Because.PRIORITY: _("Bonus minutes are used before bought ones."),
        Because.OLDER: _("The oldest package is used first."),
        Because.EXPIRES_SOONER: _("The package that expires first is used first."),
        Because.ID: _("Two packages were equal, so one was simply taken."),
    }[line.reason.because]
