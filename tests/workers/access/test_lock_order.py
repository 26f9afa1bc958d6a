"""Operators are locked before what is theirs: whoever signs in and whoever invites them again wait in no circle."""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import argon2
import pyotp
import pytest
from sqlalchemy import text

from domain.access.act import actor_of_command
from domain.access.oidc import Identity, OidcPurpose
from domain.access.role import Role
from oidc.provider import Provider, ProviderSettings
from store.access.identity import OidcRequest
from store.access.operator import Operator, find_operator, lock_operators
from store.engine import Engine, Session
from store.reading import reading
from store.transaction import transaction
from tests.servers.waiting import wait_until
from tests.workers.events import NOW
from workers.access import factor
from workers.access.factor import Proof
from workers.access.oidc import Trusted
from workers.access.oidc_entry import FactorWanted, enter, enter_with_factor
from workers.access.operator_identities import connect_identity, prove_by_provider
from workers.access.operator_sessions import Given, Place, operator_of, prove, sign_in_operator
from workers.access.operators import invite_operator, join
from workers.context import Context

COMMAND = actor_of_command("test")
PASSWORD = "eleven grey herons waltz quietly"
PLACE = Place(None, None)
PROVIDER = Provider(ProviderSettings("Example", "http://127.0.0.1:9", "billing", "secret", frozenset()))
THEIRS = ("oidc_request", "operator_identity", "operator_session", "passkey", "recovery_code")
"""Tables whose rows are an operator's."""


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords without the time that guessing shall cost."""
    monkeypatch.setattr(factor, "_hasher", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass(frozen=True)
class Joined:
    """An operator who has joined and is signed in, with their recovery codes."""

    context: Context
    name: str
    token: str
    codes: tuple[str, ...]

    @property
    def operator(self) -> Operator:
        with reading(self.context.engine) as session:
            found = find_operator(session, self.name)
        assert found is not None
        return found

    def trusted(self, purpose: OidcPurpose) -> Trusted:
        """An answer of the provider about them, for their session."""
        signed = operator_of(self.context, self.token)
        assert signed is not None
        request = OidcRequest(b"s" * 32, purpose, b"b" * 32, NOW, NOW, operator_session=signed.session_id)
        return Trusted(request, Identity(f"sub-{self.name}", self.name, False, False, NOW))


@pytest.fixture
def anna(shared_engine: Engine) -> Joined:
    """Somebody who has joined."""
    context, name = Context(shared_engine, clock=lambda: NOW), f"anna-{uuid.uuid4().hex[:10]}@example.com"
    token = invite_operator(context, COMMAND, name, Role.OWNER)
    with reading(shared_engine) as session:
        invited = find_operator(session, name)
    assert invited is not None
    assert invited.totp_secret is not None
    code = pyotp.TOTP(invited.totp_secret).at(NOW)
    joined = join(context, token, password=PASSWORD, proof=Proof(code), address=None)
    codes = joined.recovery_codes  # type: ignore[union-attr]
    signed = sign_in_operator(context, Given(name, PASSWORD, Proof(codes[0]), None, None))
    assert isinstance(signed, str)
    return Joined(context, name, signed, codes)


def by_factor_of_ours(anna: Joined) -> Callable[[], object]:
    """Somebody whom the provider has named types the code that is waited for."""
    wanted = enter(anna.context, PROVIDER, anna.trusted(OidcPurpose.SIGN_IN), PLACE)
    assert isinstance(wanted, FactorWanted)
    return lambda: enter_with_factor(anna.context, PROVIDER, wanted.waiting, Proof(anna.codes[1]), PLACE)


def by_password(anna: Joined) -> Callable[[], object]:
    """Somebody signs in with a password and a code."""
    return lambda: sign_in_operator(anna.context, Given(anna.name, PASSWORD, Proof(anna.codes[1]), None, None))


def by_proof(anna: Joined) -> Callable[[], object]:
    """Somebody who is signed in proves who they are."""
    signed = operator_of(anna.context, anna.token)
    assert signed is not None
    return lambda: prove(anna.context, signed, Proof(anna.codes[1]), address=None)


def by_provider(anna: Joined) -> Callable[[], object]:
    """Somebody who is signed in proves at the provider who they are."""
    trusted = anna.trusted(OidcPurpose.PROVE)
    return lambda: prove_by_provider(anna.context, PROVIDER, trusted, PLACE)


def by_connecting(anna: Joined) -> Callable[[], object]:
    """Somebody who is signed in connects their account at the provider."""
    trusted = anna.trusted(OidcPurpose.CONNECT)
    return lambda: connect_identity(anna.context, PROVIDER, trusted, PLACE)


@pytest.mark.parametrize("way", [by_factor_of_ours, by_password, by_proof, by_provider, by_connecting])
def test_whoever_waits_for_an_operator_holds_nothing_of_theirs(
    anna: Joined, way: Callable[[Joined], Callable[[], object]]
) -> None:
    work, number = way(anna), anna.operator.number
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(work()))

    with transaction(anna.context.engine) as inviting:
        lock_operators(inviting)
        thread.start()
        wait_until(lambda: _is_waiting(anna.context.engine), "somebody waits for the operator", limit_s=20)
        for table in THEIRS:
            # What whoever invites them again removes next; that row being held, both would wait for ever.
            inviting.execute(
                text(f"SELECT FROM {table} WHERE operator = :number FOR UPDATE NOWAIT"), {"number": number}
            )
    thread.join(20)

    assert len(results) == 1


def _is_waiting(engine: Engine) -> bool:
    with Session(engine) as session:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(session.execute(text(waiting)).scalar_one())
