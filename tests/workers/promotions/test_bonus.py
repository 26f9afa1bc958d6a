"""Bonuses: given with their fact and their notice, and taken back as far as they are left."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.identity import identity_of_mail
from domain.ids import package_id_of_message
from domain.minutes.book import Book
from domain.promotions.bonus import Bonus, BonusReason
from store.identity import accounts_of_person
from store.minutes.book import add_packages, lock_account, open_book
from store.minutes.save import save
from store.transaction import transaction
from tests.workers.events import NOW, registered, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.facts import Facts
from workers.promotions.bonus import give_bonus, void_bonus


def bonus(harness: MinutesHarness, reason: BonusReason = BonusReason.CODE) -> Bonus:
    """Half an hour for a month."""
    package_id = package_id_of_message("test", harness.account)
    return Bonus(package_id, reason, "spring", 1_800, NOW + timedelta(days=30))


def change(harness: MinutesHarness, work: Callable[[Book, Facts, int], int | None]) -> int | None:
    """Change the account's book in a transaction; its cause is a message that was applied."""
    harness.apply(registered(harness.account))
    [cause] = harness.select(
        "SELECT id FROM inbox WHERE account = (SELECT number FROM account WHERE id = :account) LIMIT 1"
    )
    with transaction(harness.engine) as session:
        book, facts = open_book(session, harness.account), Facts(NOW - timedelta(hours=1))
        add_packages(session, book, [bonus(harness).package_id])
        done = work(book, facts, cause["id"])
        facts.emit_balances([book])
        save(session, [book], facts)
    return done


def give(harness: MinutesHarness, reason: BonusReason = BonusReason.CODE) -> None:
    """Give the bonus."""
    change(harness, lambda book, facts, cause: give_bonus(book, bonus(harness, reason), facts, message_id=cause))


class TestGiving:
    @pytest.mark.parametrize(("reason", "kind"), [(BonusReason.CODE, "bonus"), (BonusReason.COMPENSATION, "support")])
    def test_grants_a_package_that_is_burnt_first(
        self, harness: MinutesHarness, reason: BonusReason, kind: str
    ) -> None:
        give(harness, reason)

        [package] = harness.packages()
        assert (package["kind"], package["priority"], package["left_seconds"]) == (kind, 10, 1_800)
        assert package["expires_at"] == NOW + timedelta(days=30)

    def test_says_so_in_a_fact_and_owes_a_notice(self, harness: MinutesHarness) -> None:
        give(harness)

        [fact] = harness.facts("bonus.granted")
        assert fact["data"]["reason"] == "code"
        assert fact["data"]["origin_id"] == "spring"
        assert fact["data"]["granted_seconds"] == 1_800
        [owed] = harness.select(
            "SELECT convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'subject' AS subject FROM outbox"
            " WHERE convert_from(body, 'UTF8')::jsonb ->> 'subject' = :account"
            " AND convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'kind' = 'bonus_granted'"
        )
        assert owed["subject"] == fact["data"]["package_id"]


class TestVoiding:
    def test_takes_what_is_left_and_leaves_what_was_used(self, harness: MinutesHarness) -> None:
        give(harness)
        harness.apply(usage(harness.account, 600))

        voided = change(
            harness,
            lambda book, facts, cause: void_bonus(book, bonus(harness).package_id, facts, message_id=cause),
        )

        [package] = harness.packages()
        assert voided == package["voided_seconds"] == 1_200
        assert (package["consumed_seconds"], package["state"]) == (600, "voided")

    def test_twice_takes_nothing_more(self, harness: MinutesHarness) -> None:
        give(harness)

        def void(book: Book, facts: Facts, cause: int) -> int:
            return void_bonus(book, bonus(harness).package_id, facts, message_id=cause)

        assert [change(harness, void), change(harness, void)] == [1_800, 0]


class TestPersons:
    def test_with_one_mailbox_are_one(self, harness: MinutesHarness) -> None:
        other = MinutesHarness(harness.engine)
        harness.apply(registered(harness.account, email=f"{harness.account}+sale@example.org"))
        other.apply(registered(other.account, email=f"{harness.account.upper()}@example.org"))

        with transaction(harness.engine) as session:
            mine, others = lock_account(session, harness.account), lock_account(session, other.account)
            assert accounts_of_person(session, mine) == accounts_of_person(session, others) == sorted([mine, others])

    def test_keep_an_address_that_they_had_once(self, harness: MinutesHarness) -> None:
        address = f"{harness.account}@example.org"
        harness.apply(registered(harness.account, email=address))
        harness.apply(registered(harness.account, email=f"new-{address}", at=NOW + timedelta(seconds=1)))

        rows = harness.select(
            "SELECT value::text FROM identity JOIN account ON account.number = identity.account"
            " WHERE account.id = :account"
        )
        assert {row["value"] for row in rows} == {
            identity_of_mail(address).value,
            identity_of_mail(f"new-{address}").value,
        }
