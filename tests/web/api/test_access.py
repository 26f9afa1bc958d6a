"""Who calls: both schemes, tokens that have ended, scopes, and a database that takes no writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import pytest
import requests
from fastapi import Depends, FastAPI

from asgi.problem_details import use_problem_details
from domain.access.scope import Scope, TokenKind
from store.access.read import BearerToken
from store.engine import Engine, open_engine
from tests.asgi.running import running
from tests.servers.waiting import wait_until
from tests.workers.events import grant
from tests.workers.minutes.harness import MinutesHarness
from web.api.access import Callers
from workers.access.token import WantedToken, create_token, revoke_token
from workers.context import Context


@contextmanager
def whose_tokens(engine: Engine) -> Iterator[str]:
    """Serve an application that says whose token it was sent."""
    app = FastAPI()
    use_problem_details(app)
    caller = Callers(Context(engine)).with_scope(Scope.MINUTES_SPEND)

    @app.get("/healthz")
    def health() -> str:
        return "alive"

    @app.get("/whose")
    def whose(token: Annotated[BearerToken, Depends(caller)]) -> str | None:
        return token.account_id

    with running(app) as address:
        yield address


@pytest.fixture(scope="module")
def url(engine: Engine) -> Iterator[str]:
    """The address of one on the shared database."""
    with whose_tokens(engine) as address:
        yield address


@pytest.fixture
def account(engine: Engine) -> str:
    """An account of its own."""
    harness = MinutesHarness(engine)
    harness.apply(grant(harness.account, 600))
    return harness.account


def asked(url: str, authorization: str | None) -> requests.Response:
    """Ask whose a token is."""
    headers = {} if authorization is None else {"Authorization": authorization}
    return requests.get(f"{url}/whose", headers=headers, timeout=5)


class TestCaller:
    @pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer"])
    def test_is_known_by_both_schemes(self, engine: Engine, url: str, account: str, scheme: str) -> None:
        issued = create_token(Context(engine), WantedToken(TokenKind.USER, account))

        answer = asked(url, f"{scheme} {issued.text}")

        assert (answer.status_code, answer.json()) == (200, account)

    @pytest.mark.parametrize("sent", [None, "", "Token", "Basic YTpi", "Token scr_u_1", "Token " + "a" * 40])
    def test_is_nobody_without_a_token_that_works(self, url: str, sent: str | None) -> None:
        answer = asked(url, sent)

        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_is_refused_what_its_token_does_not_allow(self, engine: Engine, url: str, account: str) -> None:
        issued = create_token(Context(engine), WantedToken(TokenKind.USER, account, (Scope.ACCOUNT_READ,)))

        answer = asked(url, f"Bearer {issued.text}")

        assert (answer.status_code, answer.json()["detail"]) == (403, "this token does not allow minutes:spend")

    def test_is_nobody_soon_after_its_token_is_revoked(self, engine: Engine, url: str, account: str) -> None:
        issued = create_token(Context(engine), WantedToken(TokenKind.USER, account))
        assert asked(url, f"Bearer {issued.text}").status_code == 200

        revoke_token(Context(engine), issued.number)

        wait_until(lambda: asked(url, f"Bearer {issued.text}").status_code == 401, "it is refused", limit_s=5.5)

    def test_is_nobody_when_its_token_is_over(self, engine: Engine, url: str, account: str) -> None:
        issued = create_token(Context(engine), WantedToken(TokenKind.USER, account, (), timedelta(milliseconds=1)))

        assert asked(url, f"Bearer {issued.text}").status_code == 401

    def test_is_known_also_where_nothing_can_be_written(self, engine: Engine, database: str, account: str) -> None:
        issued = create_token(Context(engine), WantedToken(TokenKind.USER, account))
        read_only = open_engine(f"{database}?options=-c%20default_transaction_read_only%3Don")

        with whose_tokens(read_only) as url:
            answer = asked(url, f"Bearer {issued.text}")

        assert (answer.status_code, answer.json()) == (200, account)
        read_only.dispose()
