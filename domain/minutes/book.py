"""An account's book: its packages and debts, and the entries written since it was opened."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from domain.minutes.balance_level import LOW_BALANCE_SECONDS, BalanceLevel
from domain.minutes.entry import DEBT_KINDS, USAGE_KINDS, Entry
from domain.minutes.package import Package, PackageState, UnableToPost, post
from domain.minutes.standing import Standing


class UnableToSave(ValueError):
    """The book was saved before; saved again, its changes would be written twice."""


@dataclass(slots=True)
class Book:
    """
    What is known of one account while decisions are made about it.

    `write` is the only way in which a package or the debt changes, so that what is
    saved is always the sum of what was written. `packages` holds those with something
    left and those that a reversal needs; `debts` holds usage id -> seconds owed, in the
    order in which they were booked; `forgiven` holds UTC day -> seconds forgiven on it, for days to which a usage
    may still be judged. `sequence` is the number of the last change that was saved,
    `account_number` the store's own number of the account and `last_entry_id` its last saved entry. Below
    `low_balance_seconds` the balance counts as low; `balance_level` is what the account has heard of it last. Below
    `topup_below_seconds`, less debt, minutes are bought automatically; None: not now. `needs_topup`: it is below.
    `standing` says whether the account may buy and spend on request; `is_closed` is of the book alone.
    """

    account_id: str
    account_number: int = 0
    sequence: int = 0
    packages: dict[str, Package] = field(default_factory=dict)
    debts: dict[int, int] = field(default_factory=dict)
    debt_seconds: int = 0
    last_entry_id: int = 0
    forgiven: dict[str, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    new_packages: set[str] = field(default_factory=set)
    changed_packages: set[str] = field(default_factory=set)
    packages_with_new_state: set[str] = field(default_factory=set)
    changed_by_time: bool = False
    low_balance_seconds: int = LOW_BALANCE_SECONDS
    balance_level: BalanceLevel = BalanceLevel.ENOUGH
    has_new_level: bool = False
    topup_below_seconds: int | None = None
    needs_topup: bool = False
    is_closed: bool = False
    standing: Standing = Standing.OPEN

    @property
    def has_changed(self) -> bool:
        """Tell whether there is something to save and to emit."""
        return bool(self.entries or self.packages_with_new_state) or self.changed_by_time

    def close(self) -> None:
        """
        Note that the book is being saved; it can be saved once.

        Raises:
            UnableToSave: it was saved before.
        """
        if self.is_closed:
            raise UnableToSave(f"the book of {self.account_id} was saved before; open it again")
        self.is_closed = True

    def add(self, package: Package) -> None:
        """Add a package that does not exist yet; a `grant` entry then fills it."""
        self.packages[package.id] = package
        self.new_packages.add(package.id)

    def set_state(self, package_id: str, state: PackageState) -> None:
        """Freeze, void or free a package as a whole; its seconds move by entries of their own."""
        if self.packages[package_id].state is not state:
            self.packages[package_id] = replace(self.packages[package_id], state=state)
            self.changed_packages.add(package_id)
            self.packages_with_new_state.add(package_id)

    def set_level(self, level: BalanceLevel) -> None:
        """Note what the account hears, or may hear again, of its balance."""
        self.balance_level = level
        self.has_new_level = True

    def write(self, entry: Entry) -> None:
        """
        Add one entry and let it take effect.

        Raises:
            UnableToPost: the entry takes more than is there, or lacks the package or usage its kind needs.
            KeyError: the entry names a package that is not in this book.
        """
        if entry.package_id is not None:
            self.packages[entry.package_id] = post(self.packages[entry.package_id], entry)
            if entry.package_id not in self.new_packages:
                self.changed_packages.add(entry.package_id)
        elif entry.usage_id is None or entry.kind not in USAGE_KINDS:
            raise UnableToPost(f"{entry.kind} of {entry.seconds} s names neither a package nor what it needs")
        elif entry.kind in DEBT_KINDS:
            owed = self.debts.get(entry.usage_id, 0) + entry.seconds
            if owed < 0:
                raise UnableToPost(f"{entry.kind} of {entry.seconds} s is more than usage {entry.usage_id} owes")
            self.debt_seconds += entry.seconds
            if owed:
                self.debts[entry.usage_id] = owed
            else:
                self.debts.pop(entry.usage_id, None)
        self.entries.append(entry)

    def write_all(self, entries: Iterable[Entry]) -> None:
        """Add entries in their order."""
        for entry in entries:
            self.write(entry)
