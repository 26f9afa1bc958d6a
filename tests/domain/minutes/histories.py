"""Random lives of one account: what may happen to it, and what the papers say it then does."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st

from domain.minutes.book import Book
from domain.minutes.burn import Burning, BurnPolicy, burn
from domain.minutes.debt import settle, shortfall
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.expire import expiring_seconds
from domain.minutes.forgive import forgivable_seconds, with_forgiven
from domain.minutes.grant import new_package
from domain.minutes.judge import judge
from domain.minutes.package import Package, PackageKind, PackageState
from domain.minutes.reverse import Reversal, reverse
from domain.minutes.rules import Rules
from tests.domain.minutes.builders import HOUR, NOON


@dataclass(frozen=True)
class Grant:
    """A package, activated some hours from now (or before) and lasting some hours (or for ever)."""

    kind: PackageKind
    seconds: int
    priority: int | None
    starts_in_hours: int
    lasts_hours: int | None


@dataclass(frozen=True)
class Report:
    """Usage that occurred some hours ago."""

    seconds: int
    hours_ago: int


@dataclass(frozen=True)
class Reverse:
    """A correction of one of the usages so far, if any is left."""

    which: int


@dataclass(frozen=True)
class Stop:
    """One of the packages so far is frozen or voided."""

    which: int
    state: PackageState


@dataclass(frozen=True)
class Sweep:
    """The expiry sweep runs."""


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    hours: int


Step = Grant | Report | Reverse | Stop | Sweep | Wait

_seconds = st.integers(1, 600)
_which = st.integers(0, 9)

lasting_grants = st.builds(
    Grant,
    kind=st.sampled_from(PackageKind),
    seconds=_seconds,
    priority=st.none() | st.integers(0, 2),
    starts_in_hours=st.integers(-48, 0),
    lasts_hours=st.none(),
)
grants = st.builds(
    Grant,
    kind=st.sampled_from(PackageKind),
    seconds=_seconds,
    priority=st.none() | st.integers(0, 2),
    starts_in_hours=st.integers(-48, 4),
    lasts_hours=st.none() | st.integers(1, 120),
)
reports = st.builds(Report, seconds=_seconds, hours_ago=st.integers(0, 100))
reverses = st.builds(Reverse, which=_which)
stops = st.builds(Stop, which=_which, state=st.sampled_from([PackageState.FROZEN, PackageState.VOIDED]))
waits = st.builds(Wait, hours=st.sampled_from([1, 24, 72, 73]))

lives = st.lists(st.one_of(grants, reports, reverses, stops, st.just(Sweep()), waits), max_size=25)
lives_in_which_nothing_ends = st.lists(st.one_of(lasting_grants, reports, reports, waits), max_size=25)


@dataclass(frozen=True)
class Used:
    """One usage as it was booked, and the packages as they stood just before."""

    seconds: int
    judged_at: datetime
    packages_before: tuple[Package, ...]
    burning: Burning
    debt_seconds: int
    forgiven_seconds: int


@dataclass
class Life:
    """An account's book, written as the papers say; every number is a message of its own."""

    policy: BurnPolicy = BurnPolicy.OLDEST_FIRST
    rules: Rules = field(default_factory=Rules)
    now: datetime = NOON
    book: Book = field(default_factory=lambda: Book("account"))
    usages: dict[int, Used] = field(default_factory=dict)
    reversals: dict[int, Reversal] = field(default_factory=dict)
    _number: int = 0

    def live(self, step: Step) -> None:
        """Let one step happen."""
        self._number += 1
        match step:
            case Grant():
                self._grant(step)
            case Report():
                self._report(step)
            case Reverse():
                open_usages = sorted(self.usages.keys() - self.reversals.keys())
                if open_usages:
                    self.reverse(open_usages[step.which % len(open_usages)])
            case Stop():
                self._stop(step)
            case Sweep():
                self.sweep()
            case Wait():
                self.now += step.hours * HOUR

    def reverse(self, usage_id: int) -> None:
        """Correct one usage."""
        booked = [entry for entry in self.book.entries if entry.usage_id == usage_id]
        self.reversals[usage_id] = reverse(
            booked, self.book.packages, usage_id=usage_id, message_id=self._number, now=self.now
        )
        self.book.write_all(self.reversals[usage_id].entries)
        self._count_forgiven(-self.reversals[usage_id].unforgiven_seconds, self.usages[usage_id].judged_at)

    def _grant(self, step: Grant) -> None:
        starts_at = self.now + step.starts_in_hours * HOUR
        ends_at = None if step.lasts_hours is None else starts_at + timedelta(hours=step.lasts_hours)
        package = new_package(
            f"{self._number:02}",
            "account",
            kind=step.kind,
            activated_at=starts_at,
            expires_at=ends_at,
            priority=step.priority,
        )
        self.book.add(package)
        self._write(EntryKind.GRANT, step.seconds, package.id)
        if step.kind is PackageKind.PURCHASED:
            for paid in settle(step.seconds, self.book.debts):
                self._write(EntryKind.SETTLE, -paid.seconds, package.id, paid.usage_id)
                self._write(EntryKind.DEBT_SETTLED, -paid.seconds, None, paid.usage_id)

    def _report(self, step: Report) -> None:
        packages = tuple(self.book.packages.values())
        at = judge(self.now - step.hours_ago * HOUR, now=self.now, late_window=self.rules.late_window).at
        burning = burn(step.seconds, packages, at=at, policy=self.policy)
        rest = shortfall(
            burning.uncovered_seconds,
            forgive_below_seconds=self.rules.forgive_below_seconds,
            forgivable_seconds=forgivable_seconds(self.book.forgiven, judged_at=at, rules=self.rules),
        )
        for burnt in burning.burns:
            self._write(EntryKind.BURN, -burnt.seconds, burnt.package_id, self._number)
        if rest.debt_seconds:
            self._write(EntryKind.DEBT, rest.debt_seconds, None, self._number)
        if rest.forgiven_seconds:
            self._write(EntryKind.FORGIVEN, rest.forgiven_seconds, None, self._number)
            self._count_forgiven(rest.forgiven_seconds, at)
        self.usages[self._number] = Used(step.seconds, at, packages, burning, rest.debt_seconds, rest.forgiven_seconds)

    def _count_forgiven(self, seconds: int, judged_at: datetime) -> None:
        if seconds:
            self.book.forgiven = with_forgiven(
                self.book.forgiven, seconds, judged_at=judged_at, now=self.now, rules=self.rules
            )

    def _stop(self, step: Stop) -> None:
        active = [each for each in self.book.packages.values() if each.state is PackageState.ACTIVE]
        if not active:
            return
        package = active[step.which % len(active)]
        kind = EntryKind.VOID if step.state is PackageState.VOIDED else EntryKind.FREEZE
        if package.left_seconds:
            self._write(kind, -package.left_seconds, package.id)
        self.book.packages[package.id] = replace(self.book.packages[package.id], state=step.state)

    def sweep(self) -> None:
        for package in list(self.book.packages.values()):
            seconds = expiring_seconds(package, now=self.now, late_window=self.rules.late_window)
            if seconds:
                self._write(EntryKind.EXPIRE, -seconds, package.id)

    def _write(self, kind: EntryKind, seconds: int, package_id: str | None, usage_id: int | None = None) -> None:
        self.book.write(Entry(kind, seconds, self.now, self._number, package_id, usage_id))
