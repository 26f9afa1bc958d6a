"""A book is always the sum of the entries that were written into it."""

import pytest

from domain.minutes.book import Book
from domain.minutes.entry import EntryKind
from domain.minutes.package import UnableToPost
from tests.domain.minutes.builders import entry, package

GRANT, BURN, DEBT = EntryKind.GRANT, EntryKind.BURN, EntryKind.DEBT


class TestBook:
    def test_that_was_only_opened_has_not_changed(self) -> None:
        book = Book("account", packages={"p": package("p")}, debts={1: 60}, debt_seconds=60)

        assert not book.has_changed
        assert book.changed_packages == book.new_packages == set()

    def test_has_changed_when_time_has_ended_a_package(self) -> None:
        book = Book("account", changed_by_time=True)

        assert book.has_changed

    def test_lets_an_entry_take_effect_on_its_package_alone(self) -> None:
        book = Book("account", packages={"a": package("a", 600), "b": package("b", 600)})

        book.write(entry(BURN, -60, "a", usage_id=1))

        assert book.packages == {"a": package("a", 540, consumed_seconds=60), "b": package("b", 600)}
        assert book.changed_packages == {"a"}
        assert book.has_changed

    def test_keeps_entries_in_the_order_in_which_they_were_written(self) -> None:
        book = Book("account", packages={"a": package("a"), "b": package("b")})
        written = [entry(BURN, -1, "b"), entry(DEBT, 60, usage_id=1), entry(BURN, -2, "a"), entry(BURN, -3, "b")]

        book.write_all(written)

        assert book.entries == written

    def test_tells_a_new_package_from_a_changed_one(self) -> None:
        book = Book("account", packages={"old": package("old")})
        book.add(package("new", 0))

        book.write_all([entry(GRANT, 600, "new"), entry(BURN, -1, "new"), entry(BURN, -1, "old")])

        assert book.new_packages == {"new"}
        assert book.changed_packages == {"old"}

    def test_writes_nothing_that_a_package_does_not_have(self) -> None:
        book = Book("account", packages={"p": package("p", 60)})

        with pytest.raises(UnableToPost):
            book.write(entry(BURN, -61, "p", usage_id=1))

        assert book.packages == {"p": package("p", 60)}
        assert book.entries == []
        assert not book.has_changed

    def test_does_not_know_a_package_it_was_not_given(self) -> None:
        book = Book("account")

        with pytest.raises(KeyError, match="stranger"):
            book.write(entry(BURN, -1, "stranger"))

        assert not book.has_changed

    def test_burns_fifty_times_to_the_last_second(self) -> None:
        book = Book("account", packages={"p": package("p", 50)})

        book.write_all(entry(BURN, -1, "p", usage_id=usage_id) for usage_id in range(50))

        assert book.packages["p"] == package("p", 0, consumed_seconds=50)
        with pytest.raises(UnableToPost):
            book.write(entry(BURN, -1, "p", usage_id=51))


class TestBookOfDebts:
    def test_adds_up_what_is_owed(self) -> None:
        book = Book("account")

        book.write_all([entry(DEBT, 60, usage_id=1), entry(DEBT, 90, usage_id=2)])

        assert book.debts == {1: 60, 2: 90}
        assert book.debt_seconds == 150

    @pytest.mark.parametrize("kind", [EntryKind.DEBT_SETTLED, EntryKind.DEBT_CANCELLED])
    def test_forgets_a_debt_that_is_paid_or_cancelled(self, kind: EntryKind) -> None:
        book = Book("account", debts={1: 60, 2: 90}, debt_seconds=150)

        book.write(entry(kind, -60, usage_id=1))

        assert book.debts == {2: 90}
        assert book.debt_seconds == 90

    def test_keeps_the_place_of_a_debt_that_is_paid_in_part(self) -> None:
        book = Book("account", debts={1: 60, 2: 90}, debt_seconds=150)

        book.write(entry(EntryKind.DEBT_SETTLED, -59, usage_id=1))

        assert list(book.debts.items()) == [(1, 1), (2, 90)]

    @pytest.mark.parametrize("seconds", [59, -59])
    def test_does_not_owe_what_was_forgiven(self, seconds: int) -> None:
        book = Book("account", debts={1: 60}, debt_seconds=60)

        book.write(entry(EntryKind.FORGIVEN, seconds, usage_id=1))

        assert book.debts == {1: 60}
        assert book.debt_seconds == 60
        assert len(book.entries) == 1

    def test_does_not_touch_packages(self) -> None:
        book = Book("account", packages={"p": package("p")})

        book.write(entry(DEBT, 60, usage_id=1))

        assert book.packages == {"p": package("p")}
        assert book.changed_packages == set()

    @pytest.mark.parametrize(
        "misfit", [entry(BURN, -60, usage_id=1), entry(GRANT, 60), entry(DEBT, 60)], ids=["burn", "grant", "debt"]
    )
    def test_refuses_an_entry_without_the_package_or_usage_that_its_kind_needs(self, misfit) -> None:
        book = Book("account")

        with pytest.raises(UnableToPost):
            book.write(misfit)

    def test_refuses_to_settle_more_than_is_owed(self) -> None:
        book = Book("account", debts={1: 60}, debt_seconds=60)

        with pytest.raises(UnableToPost):
            book.write(entry(EntryKind.DEBT_SETTLED, -61, usage_id=1))
