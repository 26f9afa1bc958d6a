"""Low balance: heard of once on the way down, and again after a grant."""

from datetime import UTC, datetime

import pytest

from domain.minutes.balance_level import BalanceLevel
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.low_balance import level_after
from domain.minutes.package import Package, PackageKind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ENOUGH, LOW, OUT = BalanceLevel.ENOUGH, BalanceLevel.LOW, BalanceLevel.OUT


def changed_book(level: BalanceLevel, *kinds: EntryKind, by_time: bool = False) -> Book:
    """A book with entries of some kinds, whose account has heard of a level."""
    package = Package("p-1", "ann", PackageKind.PURCHASED, 100, NOW, None, 10_000, 9_000, 1_000)
    book = Book("ann", packages={"p-1": package}, balance_level=level, changed_by_time=by_time)
    for kind in kinds:
        if kind is EntryKind.DEBT:
            book.write(Entry(kind, 60, NOW, 1, None, 1))
        else:
            book.write(Entry(kind, 60 if kind in (EntryKind.GRANT, EntryKind.GIVE_BACK) else -60, NOW, 1, "p-1", 1))
    return book


class TestAStart:
    @pytest.mark.parametrize(("available", "level"), [(3_600, ENOUGH), (300, LOW)])
    def test_of_a_package_that_was_granted_for_later_arms_as_a_grant_does(
        self, available: int, level: BalanceLevel
    ) -> None:
        assert level_after(changed_book(OUT, by_time=True), available_seconds=available) == (level, False)


class TestLevelAfter:
    @pytest.mark.parametrize(
        ("present", "available", "level", "is_owed"),
        [
            (ENOUGH, 600, ENOUGH, False),
            (ENOUGH, 599, LOW, True),
            (ENOUGH, 1, LOW, True),
            # Over the threshold and to the ground in one go: the graver one alone.
            (ENOUGH, 0, OUT, True),
            (LOW, 599, LOW, False),
            (LOW, 0, OUT, True),
            (OUT, 0, OUT, False),
            # Back up without a grant, by a correction: not armed.
            (LOW, 700, LOW, False),
            (OUT, 300, OUT, False),
        ],
    )
    def test_of_usage(self, present: BalanceLevel, available: int, level: BalanceLevel, is_owed: bool) -> None:
        book = changed_book(present, EntryKind.BURN)

        assert level_after(book, available_seconds=available) == (level, is_owed)

    @pytest.mark.parametrize(
        ("present", "available", "level"),
        [(OUT, 3_600, ENOUGH), (LOW, 600, ENOUGH), (OUT, 300, LOW), (ENOUGH, 300, LOW), (ENOUGH, 0, OUT)],
    )
    def test_of_a_grant_is_where_it_leads_and_says_nothing(
        self, present: BalanceLevel, available: int, level: BalanceLevel
    ) -> None:
        book = changed_book(present, EntryKind.BURN, EntryKind.GRANT)

        assert level_after(book, available_seconds=available) == (level, False)

    @pytest.mark.parametrize(
        ("available", "level", "is_owed"),
        # The usage in the same batch took 60 seconds.
        [(540, LOW, True), (539, LOW, False), (600, ENOUGH, False), (0, OUT, True)],
    )
    def test_of_usage_after_a_grant_in_the_same_batch(self, available: int, level: BalanceLevel, is_owed: bool) -> None:
        book = changed_book(OUT, EntryKind.GRANT, EntryKind.BURN)

        assert level_after(book, available_seconds=available) == (level, is_owed)

    def test_of_a_grant_that_pays_a_debt_says_nothing(self) -> None:
        book = changed_book(OUT, EntryKind.GRANT, EntryKind.SETTLE, EntryKind.BURN)

        assert level_after(book, available_seconds=530) == (LOW, False)

    def test_of_a_package_that_has_ended_is_owed(self) -> None:
        assert level_after(changed_book(ENOUGH, by_time=True), available_seconds=0) == (OUT, True)

    @pytest.mark.parametrize("kind", [EntryKind.FREEZE, EntryKind.VOID])
    def test_of_a_refund_or_dispute_stays_for_the_next_usage(self, kind: EntryKind) -> None:
        assert level_after(changed_book(ENOUGH, kind), available_seconds=100) == (ENOUGH, False)
        assert level_after(changed_book(ENOUGH, EntryKind.BURN), available_seconds=90) == (LOW, True)

    def test_of_an_account_that_never_had_minutes_is_not_owed(self) -> None:
        assert level_after(changed_book(ENOUGH, EntryKind.DEBT), available_seconds=0) == (ENOUGH, False)

    def test_is_by_the_threshold_of_the_account(self) -> None:
        book = changed_book(ENOUGH, EntryKind.BURN)
        book.low_balance_seconds = 3_600

        assert level_after(book, available_seconds=3_599) == (LOW, True)

    def test_with_a_threshold_of_nothing_is_out_alone(self) -> None:
        book = changed_book(ENOUGH, EntryKind.BURN)
        book.low_balance_seconds = 0

        assert level_after(book, available_seconds=1) == (ENOUGH, False)
        assert level_after(book, available_seconds=0) == (OUT, True)
