"""What holds for every operation: who may call, how often, in which language no is said, and ids of requests."""

from collections.abc import Callable

import pytest

from domain.access.scope import Scope, TokenKind
from tests.asgi.running import running
from tests.web.api.v1.client import Client
from tests.workers.payments.harness import PaymentHarness
from web.api.app import create_api
from web.api.v1.settings import ApiSettings, Limits
from workers.access.token import WantedToken, create_token


class TestPermission:
    def test_is_needed(self, api_url: str) -> None:
        answer = Client(api_url, None).get("/account")

        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_of_a_buyer_is_for_their_own_account_alone(self, harness: PaymentHarness, buyer: Client) -> None:
        assert buyer.get(f"/accounts/{harness.account}").status_code == 403

    def test_of_a_server_names_an_account(self, server: Client) -> None:
        assert server.get("/account").status_code == 403

    def test_of_a_widget_is_for_the_balance_alone(
        self, harness: PaymentHarness, of_kind: Callable[[TokenKind, str], Client]
    ) -> None:
        widget = of_kind(TokenKind.WIDGET, harness.account)

        answers = [widget.get(path).status_code for path in ("/account", "/packages", "/statement", "/profile/")]

        assert answers == [200, 403, 403, 403]

    def test_needs_the_scope(self, harness: PaymentHarness, api_url: str) -> None:
        wanted = WantedToken(TokenKind.USER, harness.account, (Scope.MINUTES_SPEND,))
        client = Client(api_url, create_token(harness.context, wanted).text)

        answer = client.get("/account")

        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


class TestLimits:
    def test_are_said_with_each_answer(self, buyer: Client) -> None:
        answer = buyer.get("/account")

        assert answer.headers["RateLimit-Policy"] == '"reads";q=120;w=60'
        assert answer.headers["RateLimit"].startswith('"reads";r=119;t=')

    def test_count_by_token_and_say_when_to_come_again(self, harness: PaymentHarness) -> None:
        limits = Limits(reads=dict.fromkeys(TokenKind, 3), writes=dict.fromkeys(TokenKind, 1))
        tokens = [create_token(harness.context, WantedToken(TokenKind.USER, harness.account)).text for _ in range(2)]
        with running(create_api(harness.context, ApiSettings(limits=limits))) as url:
            one, other = (Client(url, token) for token in tokens)
            statuses = [one.get("/account").status_code for _ in range(4)]
            refused, others, old = one.get("/account"), other.get("/account"), one.get("/profile/")

        assert statuses == [200, 200, 200, 429]
        assert (refused.json()["code"], refused.headers["RateLimit"][:14]) == ("rate_limited", '"reads";r=0;t=')
        assert 0 < int(refused.headers["Retry-After"]) <= 20
        assert others.status_code == 200
        # Screph's program would lock its user out.
        assert old.status_code == 200


class TestProblems:
    def test_name_the_request(self, buyer: Client) -> None:
        given = buyer.get("/nothing", **{"X-Request-Id": "my-request-0001"})
        made, forged = buyer.get("/nothing"), buyer.get("/nothing", **{"X-Request-Id": "a b"})

        assert given.headers["X-Request-Id"] == given.json()["request_id"] == "my-request-0001"
        assert len(made.json()["request_id"]) == 36
        assert forged.headers["X-Request-Id"] != "a b"
        assert buyer.get("/account").headers["X-Request-Id"]

    @pytest.mark.parametrize(
        ("language", "title"),
        [
            ("de-AT,de;q=0.9", "Dieses Konto ist nicht bekannt."),
            ("ru", "Такой аккаунт неизвестен."),
            ("es", "No se conoce esta cuenta."),
            ("fr, en;q=0.5", "This account is not known."),
            ("xx", "This account is not known."),
        ],
    )
    def test_are_said_in_the_callers_language(self, server: Client, language: str, title: str) -> None:
        said = server.get("/accounts/nobody", **{"Accept-Language": language}).json()

        assert (said["title"], said["type"]) == (title, "/docs/problems#unknown_account")
        assert "nobody" in said["detail"] or said["detail"] == title
