"""Passkeys: what counts as an answer, and what does not, whoever sends it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text as sql

from domain.access.act import actor_of_command
from domain.access.passkey import (
    CHALLENGE_LIFETIME,
    MAX_CHALLENGES_OF_ADDRESS,
    MAX_PASSKEYS,
    Fault,
    Holder,
    Purpose,
    Site,
    account_holder,
)
from domain.access.role import Role
from store.access.operator import find_operator
from store.access.passkey import find_passkey
from store.engine import Engine
from store.reading import reading
from tests.servers.find import FoundPostgres
from tests.web.authenticator import Authenticator
from tests.workers.events import NOW, registered
from tests.workers.minutes.harness import MinutesHarness, audited
from workers.access.buyer_passkeys import add_buyer_passkey, begin_buyer_passkey, session_bound, sign_in_by_passkey
from workers.access.operators import invite_operator
from workers.access.passkey import Answer, ask_for_answer, begin_passkey, holder_of_answer, keep_passkey
from workers.access.sessions import visitor_of
from workers.context import Context

SITE = Site("my.screph.example", "https://my.screph.example", "Screph")
ELSEWHERE = Site("evil.example", "https://evil.example", "Screph")
BROWSER = "a browser's cookie"


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of a database that the tests of this file share."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield engine
    postgres_server.drop_database(url)


@pytest.fixture
def clock() -> Clock:
    """The clock of a test."""
    return Clock()


@pytest.fixture
def context(engine: Engine, clock: Clock) -> Context:
    """What handlers need."""
    return Context(engine, clock=clock)


@pytest.fixture
def account(engine: Engine) -> str:
    """An account that is known."""
    harness = MinutesHarness(engine)
    harness.apply(registered(harness.account))
    return harness.account


@pytest.fixture
def key() -> Authenticator:
    """Somebody's device, whose counter counts."""
    return Authenticator(SITE.origin, sign_count=1)


def made(context: Context, account: str, key: Authenticator, *, name: str = "Laptop", **changed: Any) -> int | Fault:
    """Let a device make a passkey for an account."""
    options = begin_buyer_passkey(context, account, SITE, user_name="anna@example.org", session_id=7)
    assert not isinstance(options, Fault)
    return add_buyer_passkey(context, account, Answer(key.create(options, **changed), SITE, session_bound(7)), name)


def asked(context: Context, *, purpose: Purpose = Purpose.SIGN_IN, address: str | None = None) -> str:
    """Ask for a challenge."""
    options = ask_for_answer(context, SITE, purpose=purpose, bound_to=BROWSER, address=address)
    assert not isinstance(options, Fault)
    return options


def signed_in(context: Context, text: str, *, site: Site = SITE, bound_to: str = BROWSER) -> str | Fault:
    """Answer it."""
    return sign_in_by_passkey(context, Answer(text, site, bound_to), device="a test")


class TestAdding:
    def test_lets_its_account_in_and_says_when_it_was_used(
        self, context: Context, account: str, key: Authenticator
    ) -> None:
        number = made(context, account, key)

        token = signed_in(context, key.get(asked(context)))

        assert isinstance(number, int)
        assert not isinstance(token, Fault)
        visitor = visitor_of(context, token)
        assert visitor is not None
        assert visitor.account_id == account

    def test_asks_for_a_passkey_that_verifies_its_person_and_is_found_without_a_name(
        self, context: Context, account: str
    ) -> None:
        options = begin_buyer_passkey(context, account, SITE, user_name="anna@example.org", session_id=7)

        said = json.loads(str(options))
        assert said["rp"] == {"id": "my.screph.example", "name": "Screph"}
        assert said["authenticatorSelection"]["residentKey"] == "required"
        assert said["authenticatorSelection"]["userVerification"] == "required"
        assert said["attestation"] == "none"

    def test_of_one_that_is_there_is_refused(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)

        assert made(context, account, key) is Fault.KNOWN

    def test_names_those_that_are_there_so_that_no_device_makes_a_second(
        self, context: Context, account: str, key: Authenticator
    ) -> None:
        made(context, account, key)

        options = begin_buyer_passkey(context, account, SITE, user_name="anna", session_id=7)

        [excluded] = json.loads(str(options))["excludeCredentials"]
        assert excluded["id"] == json.loads(key.get(asked(context)))["id"]

    @pytest.mark.parametrize("changed", [{"origin": ELSEWHERE.origin}, {"type": "webauthn.get"}])
    def test_on_another_page_is_refused(
        self, context: Context, account: str, key: Authenticator, changed: dict[str, Any]
    ) -> None:
        assert made(context, account, key, **changed) is Fault.WRONG

    def test_without_somebody_verified_is_refused(self, context: Context, account: str) -> None:
        assert made(context, account, Authenticator(SITE.origin, is_verified=False)) is Fault.WRONG

    def test_answers_once_and_for_its_own_account_and_browser(
        self, context: Context, account: str, key: Authenticator
    ) -> None:
        other = MinutesHarness(context.engine)
        other.apply(registered(other.account))

        def begun() -> str:
            return key.create(str(begin_buyer_passkey(context, account, SITE, user_name="anna", session_id=7)))

        def add(account: str, text: str, session_id: int = 7) -> int | Fault:
            return add_buyer_passkey(context, account, Answer(text, SITE, session_bound(session_id)), "x")

        assert add(other.account, begun()) is Fault.NONE_OF_OURS
        assert add(account, begun(), session_id=8) is Fault.NONE_OF_OURS
        text = begun()
        assert isinstance(add(account, text), int)
        assert add(account, text) is Fault.NONE_OF_OURS

    def test_stops_at_the_limit(self, context: Context, account: str) -> None:
        for _ in range(MAX_PASSKEYS):
            assert isinstance(made(context, account, Authenticator(SITE.origin)), int)

        assert begin_buyer_passkey(context, account, SITE, user_name="a", session_id=7) is Fault.TOO_MANY

    def test_keeps_a_name_that_can_be_shown(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key, name="\x00 Blue\nkey " + "y" * 100)

        [row] = MinutesHarness(context.engine).select(
            "SELECT passkey.name FROM passkey JOIN account ON account.number = passkey.account WHERE account.id = :id",
            id=account,
        )
        assert row["name"] == "Blue key " + "y" * 51


class TestAnswer:
    @pytest.mark.parametrize(
        "changed",
        [
            {"origin": ELSEWHERE.origin},
            {"origin": "http://my.screph.example"},
            {"type": "webauthn.create"},
        ],
    )
    def test_of_another_page_is_wrong(
        self, context: Context, account: str, key: Authenticator, changed: dict[str, Any]
    ) -> None:
        made(context, account, key)

        assert signed_in(context, key.get(asked(context), **changed)) is Fault.WRONG

    def test_for_another_site_is_wrong(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        options = json.loads(asked(context)) | {"rpId": ELSEWHERE.id}

        assert signed_in(context, key.get(json.dumps(options))) is Fault.WRONG

    def test_to_a_challenge_that_nobody_gave_out_counts_for_nothing(
        self, context: Context, account: str, key: Authenticator
    ) -> None:
        made(context, account, key)
        text = key.get(asked(context), challenge="A" * 43)

        assert signed_in(context, text) is Fault.NONE_OF_OURS

    def test_counts_once(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        text = key.get(asked(context))

        assert not isinstance(signed_in(context, text), Fault)
        assert signed_in(context, text) is Fault.NONE_OF_OURS

    def test_that_is_wrong_uses_the_challenge_up(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        options = asked(context)

        assert signed_in(context, key.get(options, origin=ELSEWHERE.origin)) is Fault.WRONG
        assert signed_in(context, key.get(options)) is Fault.NONE_OF_OURS

    def test_comes_from_the_browser_that_has_asked(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)

        assert signed_in(context, key.get(asked(context)), bound_to="another") is Fault.NONE_OF_OURS

    def test_comes_within_five_minutes(self, context: Context, clock: Clock, account: str, key: Authenticator) -> None:
        made(context, account, key)
        text, late = key.get(asked(context)), key.get(asked(context))

        clock.at += CHALLENGE_LIFETIME - timedelta(seconds=1)
        assert not isinstance(signed_in(context, text), Fault)
        clock.at += timedelta(seconds=1)
        assert signed_in(context, late) is Fault.NONE_OF_OURS

    def test_counts_for_what_was_asked(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)

        assert signed_in(context, key.get(asked(context, purpose=Purpose.PROVE))) is Fault.NONE_OF_OURS

    def test_of_a_passkey_that_nobody_has_counts_for_nothing(self, context: Context) -> None:
        stranger = Authenticator(SITE.origin, handle=b"account/1")

        assert signed_in(context, stranger.get(asked(context))) is Fault.NONE_OF_OURS

    def test_of_another_key_under_a_known_id_is_wrong(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        forged = Authenticator(SITE.origin, sign_count=9, credential_id=key.credential_id, handle=key.handle)

        assert signed_in(context, forged.get(asked(context))) is Fault.WRONG

    def test_that_names_another_holder_is_wrong(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        key.handle = b"account/999999"

        assert signed_in(context, key.get(asked(context))) is Fault.WRONG

    def test_without_somebody_verified_is_wrong(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        key.is_verified = False

        assert signed_in(context, key.get(asked(context))) is Fault.WRONG

    def test_whose_counter_has_gone_back_is_wrong(
        self, context: Context, account: str, key: Authenticator, caplog: pytest.LogCaptureFixture
    ) -> None:
        made(context, account, key)
        copied = replace(key)
        assert not isinstance(signed_in(context, key.get(asked(context))), Fault)

        assert signed_in(context, copied.get(asked(context))) is Fault.WRONG
        assert "was refused" in caplog.text

    def test_of_a_device_that_does_not_count_is_right_each_time(self, context: Context, account: str) -> None:
        key = Authenticator(SITE.origin)
        made(context, account, key)

        for _ in range(2):
            assert not isinstance(signed_in(context, key.get(asked(context))), Fault)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "null",
            "[]",
            "{}",
            '{"response": {"clientDataJSON": "é"}}',
            '{"response": {"clientDataJSON": "bnVsbA"}}',
            "[" * 7_000,
            '{"response": 1}',
        ],
    )
    def test_that_is_none_counts_for_nothing(self, context: Context, text: str) -> None:
        assert signed_in(context, text) is Fault.NONE_OF_OURS

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("rawId", 1),
            ("rawId", "é"),
            ("type", "password"),
            ("signature", "AAAA"),
            ("signature", None),
            ("authenticatorData", "AAAA"),
            ("authenticatorData", ["x"]),
            ("userHandle", {"x": 1}),
            ("userHandle", "é"),
        ],
    )
    def test_that_is_broken_is_wrong(
        self, context: Context, account: str, key: Authenticator, field: str, value: Any
    ) -> None:
        made(context, account, key)
        answer = json.loads(key.get(asked(context)))
        (answer if field in answer else answer["response"])[field] = value

        assert isinstance(signed_in(context, json.dumps(answer)), Fault)

    def test_of_a_closed_account_lets_nobody_in(self, context: Context, account: str, key: Authenticator) -> None:
        made(context, account, key)
        _close(context, account)

        assert signed_in(context, key.get(asked(context))) is Fault.NONE_OF_OURS


class TestChallenges:
    def test_of_one_address_are_few(self, context: Context, clock: Clock) -> None:
        for _ in range(MAX_CHALLENGES_OF_ADDRESS):
            asked(context, address="192.0.2.1")

        refused = ask_for_answer(context, SITE, purpose=Purpose.SIGN_IN, bound_to=BROWSER, address="192.0.2.1")
        assert refused is Fault.TOO_MANY
        asked(context, address="192.0.2.2")
        clock.at += CHALLENGE_LIFETIME + timedelta(seconds=1)
        asked(context, address="192.0.2.1")

    def test_hold_no_secret_in_the_database(self, context: Context) -> None:
        challenge = json.loads(asked(context))["challenge"]

        rows = MinutesHarness(context.engine).select("SELECT passkey_challenge::text AS row FROM passkey_challenge")
        assert rows
        assert all(challenge not in row["row"] for row in rows)


class TestOperators:
    def test_sign_in_at_the_portal_by_none_of_theirs(self, context: Context, key: Authenticator) -> None:
        invite_operator(context, actor_of_command("root"), "olga", Role.VIEWER)

        def add(session: Any) -> Holder:
            operator = find_operator(session, "olga")
            assert operator is not None
            holder = Holder("operator", operator.number)
            options = begin_passkey(session, SITE, holder, user_name="olga", bound_to=BROWSER, at=NOW)
            kept = keep_passkey(session, holder, Answer(key.create(str(options)), SITE, BROWSER), name="k", at=NOW)
            assert isinstance(kept, int)
            return holder

        holder = context.transact(add)

        assert signed_in(context, key.get(asked(context))) is Fault.NONE_OF_OURS
        answer = Answer(key.get(asked(context)), SITE, BROWSER)
        assert (
            context.transact(
                lambda session: holder_of_answer(session, answer, Purpose.SIGN_IN, kind="operator", at=NOW)
            )
            == holder
        )
        with reading(context.engine) as session:
            passkey = find_passkey(session, key.credential_id)
        assert passkey is not None
        assert passkey.holder == holder != account_holder(holder.number)


def _close(context: Context, account: str) -> None:
    closed = sql("UPDATE account SET closed_at = now() WHERE id = :id")
    context.transact(lambda session: session.execute(closed, {"id": account}))
