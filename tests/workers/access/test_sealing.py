"""What a copy of the database, or a right to write into it, is not enough for: codes of an app, and lines of the log."""

import hmac
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pyotp
import pytest

from domain.access.act import Act, actor_of_command
from domain.access.role import Role
from store.audit.run import audit
from store.engine import Engine, open_engine
from tests.servers.databases import execute, select
from tests.workers.events import NOW
from workers.access.factor import Proof
from workers.access.operator_sessions import Given, NotSignedInBecause, note_act, sign_in_operator
from workers.access.operators import Joined, invitation_of, invite_operator, join
from workers.context import Context

OLD, NEW, OTHERS = ("an-old-secret-" + "0" * 32, "a-newer-secret-" + "1" * 32, "somebody-else-" + "2" * 32)
PASSWORD = "eleven grey herons waltz quietly"
BOSS = actor_of_command("root")


class Office:
    """An installation with some secrets; its clock goes on by itself, for a code counts once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.at = NOW
        self.context = Context(engine, clock=lambda: self.at)

    def join(self, name: str) -> str:
        """Let somebody join, and return the secret of their app."""
        token = invite_operator(self.context, BOSS, name, Role.OWNER)
        invitation = invitation_of(self.context, token)
        assert invitation is not None
        code = pyotp.TOTP(invitation.totp_secret).at(self.at)
        joined = join(self.context, token, password=PASSWORD, proof=Proof(code), address=None)
        assert isinstance(joined, Joined)
        return invitation.totp_secret

    def sign_in(self, name: str, secret: str) -> str | NotSignedInBecause:
        """Sign somebody in by the next code of their app."""
        self.at += timedelta(seconds=30)
        code = pyotp.TOTP(secret).at(self.at)
        return sign_in_operator(self.context, Given(name, PASSWORD, Proof(code), None, None))


@contextmanager
def office(database_url: str, *secrets: str) -> Iterator[Office]:
    """Open an installation on a database."""
    engine = open_engine(database_url, access_secrets=secrets)
    yield Office(engine)
    engine.dispose()


def stored(database_url: str) -> str:
    """What the database holds of the one operator's app."""
    [(secret,)] = select(database_url, "SELECT totp_secret FROM operator")
    return str(secret)


class TestApps:
    def test_are_hidden_and_their_codes_count(self, database_url: str) -> None:
        with office(database_url, OLD) as opened:
            secret = opened.join("hanna")

            assert stored(database_url).startswith("v1:")
            assert secret not in stored(database_url)
            assert not isinstance(opened.sign_in("hanna", secret), NotSignedInBecause)
            assert opened.sign_in("hanna", pyotp.random_base32()) is NotSignedInBecause.WRONG

    def test_of_before_are_hidden_when_their_owner_signs_in(self, database_url: str) -> None:
        with office(database_url) as opened:
            secret = opened.join("hugo")
        assert stored(database_url) == secret

        with office(database_url, OLD) as opened:
            opened.at += timedelta(minutes=1)
            assert not isinstance(opened.sign_in("hugo", secret), NotSignedInBecause)
        assert stored(database_url).startswith("v1:")

    @pytest.mark.parametrize(("secrets", "counts"), [((NEW, OLD), True), ((NEW,), False), ((), False)])
    def test_need_the_secret_that_hid_them(
        self, database_url: str, secrets: Sequence[str], counts: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        with office(database_url, OLD) as opened:
            secret = opened.join("hedy")

        with office(database_url, *secrets) as opened:
            opened.at += timedelta(minutes=1)
            assert isinstance(opened.sign_in("hedy", secret), NotSignedInBecause) != counts
        assert ("not among ACCESS_SECRETS" in caplog.text) != counts


class TestTheLog:
    def test_is_sealed_by_the_hmac_of_the_hash(self, database_url: str) -> None:
        with office(database_url, NEW, OLD) as opened:
            note_act(opened.context, Act(BOSS, "account.view", account_id="anna"))

        [(digest, seal)] = select(database_url, "SELECT hash, seal FROM audit_log")
        key = hmac.digest(NEW.encode(), b"screph billing: audit log", "sha256")
        assert bytes(seal) == hmac.digest(key, bytes(digest), "sha256")

    @pytest.mark.parametrize(
        ("later", "holds"),
        [((OLD,), True), ((NEW, OLD), True), ((), True), ((NEW,), False), ((OTHERS, NEW), False)],
    )
    def test_is_proved_by_whoever_knows_the_secrets(self, database_url: str, later: Sequence[str], holds: bool) -> None:
        with office(database_url) as opened:
            note_act(opened.context, Act(BOSS, "account.view", account_id="before there was a secret"))
        with office(database_url, OLD) as opened:
            note_act(opened.context, Act(BOSS, "account.view", account_id="anna"))

        with office(database_url, *later) as opened:
            broken = [check.invariant.name for check in audit(opened.engine).checks if not check.holds]
        assert broken == ([] if holds else ["audit-log-seals"])

    def test_shows_a_line_of_a_process_without_the_secrets(self, database_url: str) -> None:
        with office(database_url, OLD) as opened:
            note_act(opened.context, Act(BOSS, "account.view", account_id="anna"))
        with office(database_url) as opened:
            note_act(opened.context, Act(BOSS, "account.view", account_id="boris"))

        with office(database_url, OLD) as opened:
            [check] = [check for check in audit(opened.engine).checks if not check.holds]
        assert [row["id"] for row in check.rows] == [2]

    def test_of_which_a_seal_is_taken_away_is_found(self, database_url: str) -> None:
        with office(database_url, OLD) as opened:
            for account in ("anna", "boris"):
                note_act(opened.context, Act(BOSS, "account.view", account_id=account))
            execute(
                database_url,
                "ALTER TABLE audit_log DISABLE TRIGGER USER",
                "UPDATE audit_log SET seal = NULL WHERE id = 2",
            )

            assert [check.invariant.name for check in audit(opened.engine).checks if not check.holds] == [
                "audit-log-seals"
            ]
