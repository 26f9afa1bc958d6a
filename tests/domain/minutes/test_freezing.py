"""README.md, "Entries": freezing, unfreezing, and the state of a package as a whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.minutes.balance import available_seconds
from domain.minutes.book import Book
from domain.minutes.burn import burn
from domain.minutes.entry import EntryKind
from domain.minutes.package import Package, PackageState, UnableToPost, post
from tests.domain.minutes.builders import NOON, entry, package

FREEZE, UNFREEZE, VOID, GRANT, BURN = (
    EntryKind.FREEZE,
    EntryKind.UNFREEZE,
    EntryKind.VOID,
    EntryKind.GRANT,
    EntryKind.BURN,
)
ACTIVE, FROZEN, VOIDED = PackageState.ACTIVE, PackageState.FROZEN, PackageState.VOIDED

# The same examples in every run: a red test is red for everybody, and a green one stays green.
bounded = settings(max_examples=150, derandomize=True, deadline=None, database=None)


def frozen(left_seconds: int, frozen_seconds: int) -> Package:
    """A package of which some is frozen."""
    return post(package("p", left_seconds + frozen_seconds), entry(FREEZE, -frozen_seconds, "p"))


def seconds_of(each: Package) -> tuple[int, int, int]:
    """What is left, frozen and voided."""
    return each.left_seconds, each.frozen_seconds, each.voided_seconds


class TestUnfreeze:
    def test_moves_frozen_seconds_back_to_what_is_left(self) -> None:
        after = post(frozen(500, 100), entry(UNFREEZE, 40, "p"))

        assert seconds_of(after) == (540, 60, 0)

    def test_of_everything_leaves_the_package_as_it_was(self) -> None:
        assert post(frozen(500, 100), entry(UNFREEZE, 100, "p")) == package("p", 600)

    @pytest.mark.parametrize("seconds", [101, 600, 10**9])
    def test_gives_no_second_more_than_is_frozen(self, seconds: int) -> None:
        with pytest.raises(UnableToPost, match=f"unfreeze of {seconds} s does not fit package p"):
            post(frozen(500, 100), entry(UNFREEZE, seconds, "p"))

    def test_of_what_is_not_frozen_is_refused(self) -> None:
        with pytest.raises(UnableToPost):
            post(package("p"), entry(UNFREEZE, 1, "p"))

    @pytest.mark.parametrize("seconds", [0, -1, -100])
    def test_only_gives(self, seconds: int) -> None:
        with pytest.raises(UnableToPost):
            post(frozen(500, 100), entry(UNFREEZE, seconds, "p"))

    def test_and_void_take_frozen_seconds_for_good(self) -> None:
        book = Book("account", packages={"p": frozen(500, 100)})

        book.write_all([entry(UNFREEZE, 100, "p"), entry(VOID, -100, "p")])

        assert seconds_of(book.packages["p"]) == (500, 0, 100)

    def test_needs_a_package(self) -> None:
        with pytest.raises(UnableToPost):
            Book("account").write(entry(UNFREEZE, 60, usage_id=1))

    def test_makes_spendable_what_was_not(self) -> None:
        before = frozen(0, 100)

        after = post(before, entry(UNFREEZE, 100, "p"))

        assert burn(100, [before], at=NOON).uncovered_seconds == 100
        assert burn(100, [after], at=NOON).uncovered_seconds == 0

    @bounded
    @given(st.lists(st.tuples(st.sampled_from([FREEZE, UNFREEZE, VOID]), st.integers(1, 60)), max_size=20))
    def test_and_its_kin_lose_and_make_no_second(self, story: list[tuple[EntryKind, int]]) -> None:
        each = package("p", 100)
        for kind, seconds in story:
            before = each
            try:
                each = post(each, entry(kind, seconds if kind is UNFREEZE else -seconds, "p"))
            except UnableToPost:
                assert seconds > (before.frozen_seconds if kind is UNFREEZE else before.left_seconds)

            assert sum(seconds_of(each)) == each.granted_seconds == 100
            assert min(seconds_of(each)) >= 0


class TestSetState:
    @pytest.mark.parametrize("state", [FROZEN, VOIDED])
    def test_changes_the_state_and_no_second(self, state: PackageState) -> None:
        book = Book("account", packages={"p": package("p"), "other": package("other")})

        book.set_state("p", state)

        assert book.packages == {"p": package("p", state=state), "other": package("other")}
        assert book.changed_packages == book.packages_with_new_state == {"p"}
        assert book.entries == []
        assert book.has_changed

    def test_to_what_it_is_changes_nothing(self) -> None:
        book = Book("account", packages={"p": package("p")})

        book.set_state("p", ACTIVE)

        assert not book.has_changed
        assert book.changed_packages == book.packages_with_new_state == set()

    def test_there_and_back_stays_all_the_same(self) -> None:
        book = Book("account", packages={"p": package("p")})

        book.set_state("p", FROZEN)
        book.set_state("p", ACTIVE)

        assert book.packages == {"p": package("p")}
        assert book.packages_with_new_state == {"p"}

    @pytest.mark.parametrize("state", [FROZEN, VOIDED])
    def test_stops_spending_whatever_is_left(self, state: PackageState) -> None:
        book = Book("account", packages={"p": package("p", 600)})

        book.set_state("p", state)

        assert burn(60, book.packages.values(), at=NOON).burns == ()
        assert available_seconds(book.packages.values(), at=NOON) == 0

    @pytest.mark.parametrize("state", PackageState)
    def test_stays_by_entries_that_follow(self, state: PackageState) -> None:
        book = Book("account", packages={"p": package("p", 600)})
        book.set_state("p", state)

        book.write_all([entry(FREEZE, -100, "p"), entry(UNFREEZE, 40, "p"), entry(VOID, -10, "p")])

        assert book.packages["p"].state is state
        assert seconds_of(book.packages["p"]) == (530, 60, 10)

    def test_of_a_new_package_stays_as_new_and_as_restated(self) -> None:
        book = Book("account")
        book.add(package("new", 0))
        book.write(entry(GRANT, 60, "new"))

        book.set_state("new", FROZEN)

        assert book.new_packages == book.packages_with_new_state == {"new"}
        assert book.packages["new"].state is FROZEN

    def test_does_not_know_a_package_it_was_not_given(self) -> None:
        with pytest.raises(KeyError, match="stranger"):
            Book("account").set_state("stranger", FROZEN)
