"""README.md, "Entries": what each entry does to its package, and that no second is lost."""

from dataclasses import replace

import pytest

from domain.minutes.entry import EntryKind
from domain.minutes.package import Package, UnableToPost, post
from tests.domain.minutes.builders import DAY, INSTANT, NOON, entry, package


def buckets(package: Package) -> dict[str, int]:
    """Where the granted seconds are, without what is zero."""
    names = ("granted", "left", "consumed", "held", "frozen", "expired", "voided")
    return {name: seconds for name in names if (seconds := getattr(package, f"{name}_seconds"))}


class TestPost:
    @pytest.mark.parametrize(
        ("kind", "seconds", "expected"),
        [
            (EntryKind.GRANT, 50, {"granted": 650, "left": 350, "consumed": 300}),
            (EntryKind.BURN, -50, {"granted": 600, "left": 250, "consumed": 350}),
            (EntryKind.SETTLE, -50, {"granted": 600, "left": 250, "consumed": 350}),
            (EntryKind.GIVE_BACK, 50, {"granted": 600, "left": 350, "consumed": 250}),
            (EntryKind.EXPIRE, -50, {"granted": 600, "left": 250, "consumed": 300, "expired": 50}),
            (EntryKind.VOID, -50, {"granted": 600, "left": 250, "consumed": 300, "voided": 50}),
            (EntryKind.FREEZE, -50, {"granted": 600, "left": 250, "consumed": 300, "frozen": 50}),
        ],
    )
    def test_moves_seconds_as_the_table_says(self, kind: EntryKind, seconds: int, expected: dict[str, int]) -> None:
        before = package("p", 300, consumed_seconds=300)

        after = post(before, entry(kind, seconds, "p"))

        assert buckets(after) == expected

    @pytest.mark.parametrize(
        "kind", [EntryKind.BURN, EntryKind.SETTLE, EntryKind.EXPIRE, EntryKind.VOID, EntryKind.FREEZE]
    )
    def test_takes_exactly_what_is_left_and_not_a_second_more(self, kind: EntryKind) -> None:
        before = package("p", 60)

        assert post(before, entry(kind, -60, "p")).left_seconds == 0
        with pytest.raises(UnableToPost, match=f"{kind} of -61 s does not fit package p, which has 60 s left"):
            post(before, entry(kind, -61, "p"))

    def test_gives_back_what_was_consumed_and_not_a_second_more(self) -> None:
        before = package("p", 0, consumed_seconds=60)

        assert post(before, entry(EntryKind.GIVE_BACK, 60, "p")).consumed_seconds == 0
        with pytest.raises(UnableToPost, match="give_back of 61 s does not fit package p, which has 0 s"):
            post(before, entry(EntryKind.GIVE_BACK, 61, "p"))

    def test_does_not_give_back_the_same_seconds_twice(self) -> None:
        once = post(package("p", 0, consumed_seconds=60), entry(EntryKind.GIVE_BACK, 60, "p"))

        with pytest.raises(UnableToPost):
            post(once, entry(EntryKind.GIVE_BACK, 60, "p"))

    @pytest.mark.parametrize(
        "kind", [EntryKind.DEBT, EntryKind.DEBT_SETTLED, EntryKind.DEBT_CANCELLED, EntryKind.FORGIVEN]
    )
    def test_refuses_what_is_no_entry_of_a_package(self, kind: EntryKind) -> None:
        with pytest.raises(UnableToPost, match=f"^{kind} is not an entry of a package"):
            post(package("p"), entry(kind, 1, "p"))

    @pytest.mark.parametrize("kind", [EntryKind.EXPIRE, EntryKind.VOID, EntryKind.FREEZE])
    def test_does_not_take_more_back_than_has_expired_or_was_voided_or_frozen(self, kind: EntryKind) -> None:
        with pytest.raises(UnableToPost):
            post(package("p"), entry(kind, 1, "p"))

    def test_does_not_grant_less_than_nothing(self) -> None:
        with pytest.raises(UnableToPost):
            post(package("p"), entry(EntryKind.GRANT, -1, "p"))

    def test_leaves_the_package_it_was_given_as_it_was(self) -> None:
        before = package("p", 60)

        post(before, entry(EntryKind.BURN, -60, "p"))

        assert before == package("p", 60)

    def test_changes_nothing_but_seconds(self) -> None:
        before = package("p", 60, expires_at=NOON + DAY)

        after = post(before, entry(EntryKind.BURN, -60, "p"))

        assert replace(after, left_seconds=60, consumed_seconds=0) == before


class TestPackage:
    def test_is_eligible_in_its_half_open_period(self) -> None:
        live = package(activated_at=NOON, expires_at=NOON + DAY)
        moments = [NOON - INSTANT, NOON, NOON + DAY - INSTANT, NOON + DAY]

        assert [live.is_eligible(at) for at in moments] == [False, True, True, False]

    def test_is_eligible_exactly_when_its_period_says_so(self) -> None:
        live = package(activated_at=NOON, expires_at=NOON + DAY)
        moments = [NOON - INSTANT, NOON, NOON + INSTANT, NOON + DAY - INSTANT, NOON + DAY, NOON + 2 * DAY]

        assert [live.is_eligible(at) for at in moments] == [live.period.contains(at) for at in moments]

    def test_has_ended_at_the_instant_of_expiry(self) -> None:
        live = package(expires_at=NOON)

        assert [live.has_ended(NOON - INSTANT), live.has_ended(NOON)] == [False, True]

    def test_is_not_changed_in_place_by_an_entry(self) -> None:
        before = package("p", 100)

        after = post(before, entry(EntryKind.BURN, -40, "p"))

        assert (before.left_seconds, after.left_seconds) == (100, 60)
