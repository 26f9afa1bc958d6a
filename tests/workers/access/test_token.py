"""Tokens: made, rotated, revoked and noted as used."""

from datetime import datetime, timedelta

import pytest

from domain.access.scope import Scope, TokenKind
from domain.access.token import UnableToIssue, hash_token, is_token
from store.access.read import BearerToken, UnknownToken, find_token, list_tokens
from store.reading import reading
from tests.workers.events import NOW, grant
from tests.workers.minutes.harness import MinutesHarness
from workers.access.token import IssuedToken, WantedToken, create_token, note_use, revoke_token, rotate_token
from workers.context import Context


def context_of(harness: MinutesHarness, now: datetime = NOW) -> Context:
    """What handlers need, at one moment."""
    return Context(harness.engine, clock=lambda: now)


def found(harness: MinutesHarness, issued: IssuedToken) -> BearerToken:
    """A token as a request would find it."""
    with reading(harness.engine) as session:
        token = find_token(session, hash_token(issued.text))
    assert token is not None
    return token


def of_account(harness: MinutesHarness, **more: object) -> IssuedToken:
    """A new token of the harness's account."""
    harness.apply(grant(harness.account, 600))
    return create_token(context_of(harness), WantedToken(TokenKind.USER, harness.account, **more))  # type: ignore[arg-type]


class TestCreate:
    def test_makes_a_token_of_an_account_that_is_found_by_its_hash_alone(self, harness: MinutesHarness) -> None:
        issued = of_account(harness)

        token = found(harness, issued)

        assert is_token(issued.text)
        assert (token.number, token.account_id, token.kind) == (issued.number, harness.account, TokenKind.USER)
        assert token.is_live(NOW)
        [row] = harness.select("SELECT * FROM token WHERE number = :number", number=issued.number)
        assert row["last_four"] == issued.text[-4:]
        assert issued.text not in str(row)

    def test_makes_one_of_a_server_with_less_and_an_end(self, harness: MinutesHarness) -> None:
        wanted = WantedToken(TokenKind.SERVER, "screph-1", (Scope.USAGE_WRITE,), timedelta(days=1))

        token = found(harness, create_token(context_of(harness), wanted))

        assert (token.account_id, token.scopes) == (None, {Scope.USAGE_WRITE})
        assert token.is_live(NOW + timedelta(hours=23))
        assert not token.is_live(NOW + timedelta(days=1))

    def test_refuses_an_account_that_nobody_knows(self, harness: MinutesHarness) -> None:
        with pytest.raises(UnableToIssue, match="no account nobody is known"):
            create_token(context_of(harness), WantedToken(TokenKind.USER, "nobody"))


class TestRotate:
    def test_lets_both_work_for_a_while(self, harness: MinutesHarness) -> None:
        first = of_account(harness, scopes=(Scope.ACCOUNT_READ,), lifetime=timedelta(days=30))
        later = NOW + timedelta(days=10)

        second = rotate_token(context_of(harness, later), first.number, overlap=timedelta(hours=24))

        old, new = found(harness, first), found(harness, second)
        assert (new.account_id, new.scopes) == (old.account_id, old.scopes)
        assert old.expires_at == later + timedelta(hours=24)
        assert new.expires_at == later + timedelta(days=30)

    def test_lets_no_token_live_longer(self, harness: MinutesHarness) -> None:
        first = of_account(harness, lifetime=timedelta(hours=2))

        rotate_token(context_of(harness), first.number, overlap=timedelta(hours=24))

        assert found(harness, first).expires_at == NOW + timedelta(hours=2)

    def test_refuses_one_that_has_ended(self, harness: MinutesHarness) -> None:
        ended, revoked = of_account(harness, lifetime=timedelta(hours=1)), of_account(harness)
        revoke_token(context_of(harness), revoked.number)

        for number in (ended.number, revoked.number, 2**31 - 1):
            with pytest.raises(UnknownToken, match="no token"):
                rotate_token(context_of(harness, NOW + timedelta(hours=1)), number, overlap=timedelta())


class TestRevoke:
    def test_ends_a_token_once(self, harness: MinutesHarness) -> None:
        issued = of_account(harness)

        revoke_token(context_of(harness), issued.number)
        revoke_token(context_of(harness, NOW + timedelta(hours=1)), issued.number)

        token = found(harness, issued)
        assert token.revoked_at == NOW
        assert not token.is_live(NOW)

    def test_refuses_a_number_that_no_token_has(self, harness: MinutesHarness) -> None:
        with pytest.raises(UnknownToken, match="no token 2147483647"):
            revoke_token(context_of(harness), 2**31 - 1)


class TestNoteUse:
    def test_writes_once_an_hour(self, harness: MinutesHarness) -> None:
        issued = of_account(harness)
        seen = []

        for minutes in (0, 59, 60):
            note_use(context_of(harness, NOW + timedelta(minutes=minutes)), issued.number)
            seen.append(found(harness, issued).last_used_at)

        assert seen == [NOW, NOW, NOW + timedelta(hours=1)]


class TestList:
    def test_goes_from_page_to_page_within_an_account(self, harness: MinutesHarness) -> None:
        numbers = [of_account(harness).number for _ in range(3)]

        with reading(harness.engine) as session:
            first = list_tokens(session, account_id=harness.account, limit=2)
            second = list_tokens(session, account_id=harness.account, limit=2, cursor=first.next_cursor)

        assert [line.number for line in (*first.lines, *second.lines)] == numbers[::-1]
        assert second.next_cursor is None
        assert {line.scopes for line in first.lines} == {
            "account:read account:write minutes:spend orders:write catalogue:read"
        }
