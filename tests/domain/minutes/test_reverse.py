"""README.md, "Reversal": everything goes back where it came from, the last taken first."""

import pytest

from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import Package, PackageState
from domain.minutes.reverse import Reversal, reverse
from tests.domain.minutes.builders import DAY, INSTANT, NOON, entry, package

BURN, SETTLE, GIVE_BACK, EXPIRE = EntryKind.BURN, EntryKind.SETTLE, EntryKind.GIVE_BACK, EntryKind.EXPIRE
DEBT, DEBT_SETTLED, DEBT_CANCELLED = EntryKind.DEBT, EntryKind.DEBT_SETTLED, EntryKind.DEBT_CANCELLED
FORGIVEN, VOID, FREEZE = EntryKind.FORGIVEN, EntryKind.VOID, EntryKind.FREEZE


def undo(booked: list[Entry], *packages: Package) -> Reversal:
    """Reverse usage 7 by message 9 at noon."""
    return reverse(booked, {each.id: each for each in packages}, usage_id=7, message_id=9, now=NOON)


def lines(reversal: Reversal) -> list[tuple[EntryKind, int, str | None]]:
    """What the entries say, without what they have in common."""
    return [(line.kind, line.seconds, line.package_id) for line in reversal.entries]


class TestReverse:
    def test_gives_back_to_the_same_package(self) -> None:
        reversal = undo([entry(BURN, -60, "a")], package("a", 0, consumed_seconds=60))

        assert lines(reversal) == [(GIVE_BACK, 60, "a")]
        assert reversal.given_back_seconds == 60
        assert reversal.expired_again_seconds == reversal.cancelled_debt_seconds == 0

    def test_gives_back_in_reverse_order(self) -> None:
        booked = [entry(BURN, -10, "a"), entry(BURN, -20, "b"), entry(BURN, -30, "c")]
        packages = [package(name, 0, consumed_seconds=60) for name in "abc"]

        reversal = undo(booked, *packages)

        assert lines(reversal) == [(GIVE_BACK, 30, "c"), (GIVE_BACK, 20, "b"), (GIVE_BACK, 10, "a")]
        assert reversal.given_back_seconds == 60

    def test_says_of_every_line_who_caused_it_when_and_for_which_usage(self) -> None:
        booked = [entry(BURN, -60, "a", usage_id=7), entry(DEBT, 90, usage_id=7), entry(FORGIVEN, 9, usage_id=7)]

        reversal = undo(booked, package("a", 0, consumed_seconds=60))

        assert len(reversal.entries) == 3
        assert {(line.message_id, line.usage_id, line.effective_at) for line in reversal.entries} == {(9, 7, NOON)}

    def test_of_nothing_is_nothing(self) -> None:
        assert undo([]) == Reversal((), 0, 0, 0)

    def test_gives_back_to_fifty_packages_at_once(self) -> None:
        names = [f"{number:02}" for number in range(50)]
        packages = [package(name, 0, consumed_seconds=2) for name in names]

        reversal = undo([entry(BURN, -2, name) for name in names], *packages)

        assert lines(reversal) == [(GIVE_BACK, 2, name) for name in reversed(names)]

    def test_leaves_other_usage_of_the_package_alone(self) -> None:
        book = Book("account", packages={"a": package("a", 400, consumed_seconds=200)})

        book.write_all(undo([entry(BURN, -60, "a")], book.packages["a"]).entries)

        assert (book.packages["a"].left_seconds, book.packages["a"].consumed_seconds) == (460, 140)


class TestReversingDebt:
    def test_cancels_what_is_owed(self) -> None:
        reversal = undo([entry(DEBT, 100)])

        assert lines(reversal) == [(DEBT_CANCELLED, -100, None)]
        assert reversal.cancelled_debt_seconds == 100
        assert reversal.given_back_seconds == 0

    def test_gives_back_what_a_later_package_has_paid(self) -> None:
        booked = [entry(BURN, -60, "a"), entry(DEBT, 100), entry(SETTLE, -100, "b"), entry(DEBT_SETTLED, -100)]
        packages = [package("a", 0, consumed_seconds=60), package("b", 500, consumed_seconds=100)]

        reversal = undo(booked, *packages)

        assert lines(reversal) == [(GIVE_BACK, 100, "b"), (GIVE_BACK, 60, "a")]
        assert reversal.given_back_seconds == 160
        assert reversal.cancelled_debt_seconds == 0

    def test_cancels_only_what_is_still_owed(self) -> None:
        booked = [entry(DEBT, 100), entry(SETTLE, -40, "b"), entry(DEBT_SETTLED, -40)]

        reversal = undo(booked, package("b", 0, consumed_seconds=40))

        assert sorted(lines(reversal)) == [(DEBT_CANCELLED, -60, None), (GIVE_BACK, 40, "b")]
        assert reversal.cancelled_debt_seconds == 60

    def test_gives_back_every_settlement_the_last_first(self) -> None:
        booked = [
            entry(DEBT, 100),
            entry(SETTLE, -40, "a"),
            entry(DEBT_SETTLED, -40),
            entry(SETTLE, -60, "b"),
            entry(DEBT_SETTLED, -60),
        ]
        packages = [package("a", 0, consumed_seconds=40), package("b", 0, consumed_seconds=60)]

        reversal = undo(booked, *packages)

        assert lines(reversal) == [(GIVE_BACK, 60, "b"), (GIVE_BACK, 40, "a")]

    def test_takes_back_what_was_forgiven(self) -> None:
        reversal = undo([entry(BURN, -60, "a"), entry(FORGIVEN, 59)], package("a", 0, consumed_seconds=60))

        assert sorted(lines(reversal)) == [(FORGIVEN, -59, None), (GIVE_BACK, 60, "a")]
        assert reversal.cancelled_debt_seconds == 0


class TestReversingIntoAPackageThatIsOver:
    def test_lets_the_seconds_expire_again_at_once(self) -> None:
        ended = package("a", 0, consumed_seconds=60, expires_at=NOON - DAY / 2)

        reversal = undo([entry(BURN, -60, "a")], ended)

        assert lines(reversal) == [(GIVE_BACK, 60, "a"), (EXPIRE, -60, "a")]
        assert reversal.given_back_seconds == reversal.expired_again_seconds == 60

    def test_counts_the_instant_of_expiry_as_over(self) -> None:
        ending_now = package("a", 0, consumed_seconds=60, expires_at=NOON)

        assert undo([entry(BURN, -60, "a")], ending_now).expired_again_seconds == 60

    def test_does_not_count_the_instant_before_expiry_as_over(self) -> None:
        still_live = package("a", 0, consumed_seconds=60, expires_at=NOON + INSTANT)

        reversal = undo([entry(BURN, -60, "a")], still_live)

        assert lines(reversal) == [(GIVE_BACK, 60, "a")]
        assert reversal.expired_again_seconds == 0

    def test_lets_a_settlement_expire_again_as_well(self) -> None:
        ended = package("a", 0, consumed_seconds=60, expires_at=NOON)

        reversal = undo([entry(DEBT, 60), entry(SETTLE, -60, "a"), entry(DEBT_SETTLED, -60)], ended)

        assert lines(reversal) == [(GIVE_BACK, 60, "a"), (EXPIRE, -60, "a")]

    def test_expires_only_what_was_given_back_and_not_the_rest(self) -> None:
        # Its late window may still be open: the rest is the sweep's.
        ended = package("a", 500, consumed_seconds=60, expires_at=NOON)
        book = Book("account", packages={"a": ended})

        book.write_all(undo([entry(BURN, -60, "a")], ended).entries)

        assert (book.packages["a"].left_seconds, book.packages["a"].expired_seconds) == (500, 60)

    def test_expires_only_in_the_packages_that_have_ended(self) -> None:
        ended = package("a", 0, consumed_seconds=10, expires_at=NOON)
        live = package("b", 0, consumed_seconds=20)

        reversal = undo([entry(BURN, -10, "a"), entry(BURN, -20, "b")], ended, live)

        assert reversal.given_back_seconds == 30
        assert reversal.expired_again_seconds == 10

    @pytest.mark.parametrize("expires_at", [None, NOON - INSTANT])
    @pytest.mark.parametrize(("state", "kind"), [(PackageState.VOIDED, VOID), (PackageState.FROZEN, FREEZE)])
    def test_voids_or_freezes_the_seconds_again(self, state: PackageState, kind: EntryKind, expires_at) -> None:
        over = package("a", 0, consumed_seconds=60, state=state, expires_at=expires_at)

        reversal = undo([entry(BURN, -60, "a")], over)

        assert lines(reversal) == [(GIVE_BACK, 60, "a"), (kind, -60, "a")]
        assert reversal.expired_again_seconds == 0
