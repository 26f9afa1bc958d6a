"""The inbox: a key is claimed once, by whoever commits first."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from store.engine import Engine
from store.inbox import (
    NO_ACCOUNT,
    Answer,
    Arrival,
    Claims,
    Key,
    Known,
    claim_across_accounts,
    claim_in_books,
    claim_messages,
    find_known,
    save_answers,
)
from store.reading import reading
from store.transaction import transaction
from tests.store.blocking import wait_until_blocked

KEY = Key("screph", "1")
OTHER = Key("screph", "2")


def arrival(key: Key, *, fill: int = 7) -> Arrival:
    """A message with this key; `fill` stands for its content."""
    return Arrival(key, "screph.usage.reported.v1", bytes([fill]) * 32)


def claimed(engine: Engine, *keys: Key, fill: int = 7) -> Claims:
    """Claim in a transaction of one's own."""
    with transaction(engine) as session:
        return claim_messages(session, [arrival(key, fill=fill) for key in keys])


def claimed_across(engine: Engine, account: int) -> int | None:
    """Claim for one account what no other may have, in a transaction of one's own."""
    with transaction(engine) as session:
        return claim_across_accounts(session, [replace(arrival(KEY), account=account)]).get(KEY)


def found(engine: Engine, keys: Iterable[Key]) -> dict[Key, Known]:
    """What is known of messages."""
    with reading(engine) as session:
        return find_known(session, list(keys))


class TestClaim:
    def test_what_is_new_is_fresh_and_gets_an_id(self, engine: Engine) -> None:
        claims = claimed(engine, KEY, OTHER)

        assert set(claims.fresh) == {KEY, OTHER}
        assert len(set(claims.fresh.values())) == 2
        assert claims.known == {}

    def test_what_came_before_is_known_with_its_first_content(self, engine: Engine) -> None:
        first = claimed(engine, KEY).fresh[KEY]

        claims = claimed(engine, KEY, OTHER, fill=8)

        assert set(claims.fresh) == {OTHER}
        assert claims.known == {KEY: Known(first, NO_ACCOUNT, bytes([7]) * 16, "applied", None)}

    def test_source_and_id_make_the_key_together(self, engine: Engine) -> None:
        claimed(engine, Key("a", "bc"))

        claims = claimed(engine, Key("ab", "c"), Key("a", "BC"), Key("bc", "a"), Key("a", "bc "))

        assert len(claims.fresh) == 4

    @pytest.mark.parametrize("awkward", ["'", '"', "\\", "{}", ":id", "%s", "é", "e\u0301", "😀", "\u2028", "x" * 128])
    def test_a_key_of_any_characters_is_found_again(self, engine: Engine, awkward: str) -> None:
        key = Key(awkward, awkward)
        first = claimed(engine, key).fresh[key]

        assert claimed(engine, key).known[key].message_id == first

    def test_nothing_is_claimed_of_nothing(self, engine: Engine) -> None:
        assert claimed(engine) == Claims({}, {})
        assert found(engine, []) == {}

    def test_a_rollback_makes_it_claimable_again(self, engine: Engine) -> None:
        with pytest.raises(ZeroDivisionError), transaction(engine) as session:
            claim_messages(session, [arrival(KEY)])
            raise ZeroDivisionError

        assert set(claimed(engine, KEY).fresh) == {KEY}

    def test_whoever_comes_second_waits_and_learns_the_outcome(self, engine: Engine) -> None:
        with ThreadPoolExecutor(1) as other:
            with transaction(engine) as session:
                first = claim_messages(session, [arrival(KEY)]).fresh[KEY]
                second = other.submit(claimed, engine, KEY)
                wait_until_blocked(engine)
                save_answers(session, {first: Answer({"spent_seconds": 5}, is_refusal=False)})
            claims = second.result(timeout=5)

        assert claims.fresh == {}
        assert claims.known[KEY].message_id == first
        assert claims.known[KEY].answer == {"spent_seconds": 5}

    def test_whoever_comes_second_gets_it_when_the_first_fails(self, engine: Engine) -> None:
        with ThreadPoolExecutor(1) as other:
            with pytest.raises(ZeroDivisionError), transaction(engine) as session:
                claim_messages(session, [arrival(KEY)])
                second = other.submit(claimed, engine, KEY)
                wait_until_blocked(engine)
                raise ZeroDivisionError
            claims = second.result(timeout=5)

        assert set(claims.fresh) == {KEY}

    def test_the_same_keys_in_opposite_order_wait_in_no_circle(self, engine: Engine) -> None:
        keys = [Key("screph", str(number)) for number in range(2_000)]
        start = Barrier(2)

        def claim_them(order: list[Key]) -> Claims:
            start.wait(timeout=5)
            return claimed(engine, *order)

        with ThreadPoolExecutor(2) as threads:
            one, two = threads.map(claim_them, (keys, keys[::-1]))

        assert sorted([len(one.fresh), len(two.fresh)]) == [0, 2_000]
        assert set(one.known or two.known) == set(keys)


class TestAccounts:
    def test_a_key_of_another_account_is_known_with_that_account(self, engine: Engine) -> None:
        with transaction(engine) as session:
            first = claim_messages(session, [replace(arrival(KEY), account=1)]).fresh[KEY]

        with transaction(engine) as session:
            claims = claim_messages(session, [replace(arrival(KEY), account=2)])

        assert claims.fresh == {}
        assert (claims.known[KEY].message_id, claims.known[KEY].account) == (first, 1)

    def test_in_open_books_a_key_of_another_account_is_known_as_well(self, engine: Engine) -> None:
        with transaction(engine) as session:
            first = claim_messages(session, [replace(arrival(KEY), account=1)]).fresh[KEY]

            mine = claim_in_books(session, [replace(arrival(KEY), account=1)], lines=0)
            theirs = claim_in_books(session, [replace(arrival(KEY), account=2), arrival(OTHER)], lines=2)

        assert mine.known[KEY].message_id == theirs.known[KEY].message_id == first
        assert set(theirs.fresh) == {OTHER}
        assert len(set(theirs.entry_ids)) == 2

    def test_claimed_for_two_accounts_at_once_only_one_gets_it(self, engine: Engine) -> None:
        with ThreadPoolExecutor(1) as other:
            with transaction(engine) as session:
                mine = claim_across_accounts(session, [replace(arrival(KEY), account=1)])
                second = other.submit(claimed_across, engine, 2)
                wait_until_blocked(engine)
            theirs = second.result(timeout=5)

        assert mine.keys() == {KEY}
        assert theirs is None

    def test_of_several_for_all_accounts_those_that_are_free_are_given(self, engine: Engine) -> None:
        first = claimed_across(engine, 1)

        with transaction(engine) as session:
            claims = claim_across_accounts(session, [replace(arrival(KEY), account=2), arrival(OTHER)])
            none = claim_across_accounts(session, [])

        assert first is not None
        assert claims.keys() == {OTHER}
        assert none == {}


class TestAnswers:
    def test_are_what_a_repeat_learns(self, engine: Engine) -> None:
        said = {"reason": "déjà vu 😀 'quoted' \\", "nested": {"seconds": [1, None, 2.5]}, "id": 2**53 + 1}
        with transaction(engine) as session:
            claims = claim_messages(session, [arrival(KEY), arrival(OTHER)])
            save_answers(
                session,
                {
                    claims.fresh[KEY]: Answer(said, is_refusal=False),
                    claims.fresh[OTHER]: Answer({"available_seconds": 0}, is_refusal=True),
                },
            )

        repeats = claimed(engine, KEY, OTHER).known

        assert (repeats[KEY].outcome, repeats[KEY].answer) == ("applied", said)
        assert (repeats[OTHER].outcome, repeats[OTHER].answer) == ("refused", {"available_seconds": 0})

    def test_leave_other_messages_alone(self, engine: Engine) -> None:
        claimed(engine, OTHER)

        with transaction(engine) as session:
            message_id = claim_messages(session, [arrival(KEY)]).fresh[KEY]
            save_answers(session, {message_id: Answer({"no": "way"}, is_refusal=True)})

        other = found(engine, [OTHER])[OTHER]
        assert (other.outcome, other.answer) == ("applied", None)

    def test_only_what_is_known_is_found(self, engine: Engine) -> None:
        claimed(engine, KEY)

        assert set(found(engine, [KEY, OTHER])) == {KEY}
