"""The sequence of Screph's program, over a real socket: profile, spend, profile, too much, wrong input, an outage."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from domain.access.scope import Scope, TokenKind
from store.catalogue.product import save_products
from store.engine import Engine
from store.transaction import transaction
from tests.asgi.running import running
from tests.servers.databases import name_in, open_session, url_of
from tests.web.api.screph.client import ShippedClient
from tests.workers.events import DAY, NOW, grant
from tests.workers.minutes.harness import MinutesHarness, audited
from tests.workers.payments.harness import PRODUCTS, PaymentHarness
from web.api.app import create_api
from workers.access.token import WantedToken, create_token
from workers.context import Context


@pytest.fixture
def harness(engine: Engine) -> MinutesHarness:
    """An account of its own."""
    return MinutesHarness(engine)


def signed_in(
    harness: MinutesHarness, url: str, *grants: dict[str, Any], kind: TokenKind = TokenKind.USER
) -> ShippedClient:
    """The program of a user who was granted packages."""
    harness.apply(*(grants or [grant(harness.account, 600)]))
    scopes = (Scope.ACCOUNT_READ, Scope.MINUTES_SPEND)
    return ShippedClient(url, create_token(Context(harness.engine), WantedToken(kind, harness.account, scopes)).text)


class TestSequence:
    def test_is_the_programs_own(self, harness: MinutesHarness, api: str) -> None:
        account = harness.account
        gift = grant(account, 5 * 60, kind="promo", activated_at=NOW)
        client = signed_in(harness, api, gift, grant(account, 10 * 60, activated_at=NOW - DAY))

        before = client.profile()
        spent = client.spend(7)
        after = client.profile()
        too_much = client.spend(9)
        rest = client.spend(8)
        nothing = client.spend(1)

        [first, second] = before["active_packages"]
        assert before["total_minutes_remaining"] == 15
        assert (first["minutes_remaining"], second["minutes_remaining"]) == (5, 10)
        assert spent == {
            "message": "Списано 7 мин.",
            "package_updated": second | {"minutes_remaining": 8},
            "total_minutes_remaining": 8,
        }
        assert (after["total_minutes_remaining"], after["active_packages"]) == (8, [second | {"minutes_remaining": 8}])
        assert too_much == {"status": 400, "error": "Недостаточно минут. Доступно: 8 мин."}
        assert rest["package_updated"] == second | {"minutes_remaining": 0, "is_active": False}
        assert nothing == {"status": 400, "error": "У вас нет доступных минут."}
        assert client.profile()["active_packages"] == []
        assert [usage["used_seconds"] for usage in harness.usages()] == [420, 480]

    def test_has_names_and_types_that_never_change(self, harness: MinutesHarness, api: str) -> None:
        client = signed_in(harness, api, grant(harness.account, 659, kind="promo", activated_at=NOW))

        profile = client.profile()

        number = harness.row()["number"]
        [row] = harness.packages()
        assert profile == {
            "user": {"id": number, "username": harness.account, "email": ""},
            "active_packages": [
                {
                    "id": row["number"],
                    "user": number,
                    "package": {
                        "id": 0,
                        "name": "Подарочные минуты",
                        "description": "",
                        "minutes_amount": 10,
                        "price": "0.00",
                        "is_active": False,
                    },
                    "purchase_date": "2026-11-23T12:00:00Z",
                    "minutes_remaining": 10,
                    "is_active": True,
                }
            ],
            "total_minutes_remaining": 10,
        }

    def test_names_the_offer_that_a_package_was_bought_by(self, engine: Engine, api: str) -> None:
        shop = PaymentHarness(engine)
        with transaction(engine) as session:
            save_products(session, PRODUCTS)
        shop.bought("standard")

        [package] = signed_in(shop.minutes, api, grant(shop.account, 59)).profile()["active_packages"]

        [product] = shop.minutes.select("SELECT number FROM product WHERE id = 'standard'")
        assert package["package"] == {
            "id": product["number"],
            "name": "Стандартный",
            "description": "",
            "minutes_amount": 300,
            "price": "699.00",
            "is_active": True,
        }

    def test_shows_only_what_can_be_spent_now(self, harness: MinutesHarness, api: str) -> None:
        now = datetime.now(UTC)
        ended = grant(harness.account, 600, activated_at=now - 2 * DAY, expires_at=now - DAY)
        to_come = grant(harness.account, 600, activated_at=now + DAY)
        scraps = grant(harness.account, 59, activated_at=now - DAY)

        profile = signed_in(harness, api, ended, to_come, scraps).profile()

        assert (profile["active_packages"], profile["total_minutes_remaining"]) == ([], 0)

    @pytest.mark.parametrize("minutes", [0, -1, 1.5, 5.0, "5", True, None, [5], {}, 10**30])
    def test_refuses_what_is_not_a_positive_integer(self, harness: MinutesHarness, api: str, minutes: object) -> None:
        client = signed_in(harness, api)

        refused = client.spend(minutes)

        assert refused == {"status": 400, "error": "Количество минут должно быть положительным целым числом."}
        assert client.profile()["total_minutes_remaining"] == 10

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff", b'{"minutes_to_spend": NaN}', b"{}"])
    def test_refuses_a_body_that_is_no_request(self, harness: MinutesHarness, api: str, body: bytes) -> None:
        client = signed_in(harness, api)

        answer = requests.post(
            f"{api}/api/v1/spend_minutes/", data=body, headers={"Authorization": f"Token {client.token}"}, timeout=10
        )

        assert (answer.status_code, list(answer.json())) == (400, ["error"])

    def test_refuses_more_than_a_month_at_once(self, harness: MinutesHarness, api: str) -> None:
        assert signed_in(harness, api).spend(44_641)["error"] == "За один раз можно списать не больше 44640 мин."

    def test_refuses_a_body_that_is_too_large(self, harness: MinutesHarness, api: str) -> None:
        answer = signed_in(harness, api).post({"minutes_to_spend": 1, "more": "x" * 5_000})

        assert (answer.status_code, list(answer.json())) == (413, ["error"])

    @pytest.mark.parametrize("path", ["profile", "profile/", "spend_minutes", "spend_minutes/"])
    def test_never_redirects(self, harness: MinutesHarness, api: str, path: str) -> None:
        client = signed_in(harness, api)
        method = "GET" if path.startswith("profile") else "POST"

        answer = requests.request(
            method,
            f"{api}/api/v1/{path}",
            json={"minutes_to_spend": 1},
            headers={"Authorization": f"Bearer {client.token}"},
            allow_redirects=False,
            timeout=10,
        )

        assert answer.status_code == 200

    @pytest.mark.parametrize("token", ["", "nonsense", "f" * 40])
    def test_is_refused_without_a_token_that_works(self, api: str, token: str) -> None:
        client = ShippedClient(api, token)

        assert [client.profile()["status"], client.spend(1)["status"]] == [401, 401]

    def test_is_refused_to_a_token_of_a_server(self, harness: MinutesHarness, api: str) -> None:
        issued = create_token(Context(harness.engine), WantedToken(TokenKind.SERVER, "screph"))

        assert ShippedClient(api, issued.text).profile()["status"] == 403

    def test_is_refused_to_a_token_that_may_only_read(self, harness: MinutesHarness, api: str) -> None:
        signed_in(harness, api)
        wanted = WantedToken(TokenKind.USER, harness.account, (Scope.ACCOUNT_READ,))
        client = ShippedClient(api, create_token(Context(harness.engine), wanted).text)

        assert client.profile()["total_minutes_remaining"] == 10
        assert client.spend(1)["error"] == "Этот токен не разрешает такое действие."


class TestUser:
    def test_keeps_the_number_and_name_of_the_old_backend(self, engine: Engine, api: str) -> None:
        harness = MinutesHarness(engine, account="4711")
        known = {"username": "anna", "email": "anna@example.org"}
        harness.apply({**grant("4711", 60), "type": "screph.account.registered.v1", "data": known}, grant("4711", 60))

        profile = signed_in(harness, api).profile()

        assert profile["user"] == {"id": 4711, **known}
        assert {package["user"] for package in profile["active_packages"]} == {4711}


class TestIdempotencyKey:
    def test_gives_a_repeat_the_first_answer_whatever_came_between(self, harness: MinutesHarness, api: str) -> None:
        client = signed_in(harness, api)

        first = client.post({"minutes_to_spend": 2}, Idempotency_Key="one")
        client.spend(3)
        again = client.post({"minutes_to_spend": 2}, Idempotency_Key='"one"')

        assert (again.status_code, again.content) == (200, first.content)
        assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
        assert client.profile()["total_minutes_remaining"] == 5

    def test_gives_a_repeat_the_first_refusal(self, harness: MinutesHarness, api: str) -> None:
        client = signed_in(harness, api)
        refused = client.spend(11, Idempotency_Key="one")

        harness.apply(grant(harness.account, 600))

        assert client.spend(11, Idempotency_Key="one") == refused

    def test_refuses_the_same_key_for_another_number(self, harness: MinutesHarness, api: str) -> None:
        client = signed_in(harness, api)
        client.spend(1, Idempotency_Key="x" * 255)

        assert client.spend(2, Idempotency_Key="x" * 255)["status"] == 422
        assert client.profile()["total_minutes_remaining"] == 9

    @pytest.mark.parametrize("key", ['""', "x" * 256, "tab\there"])
    def test_refuses_a_key_that_is_none(self, harness: MinutesHarness, api: str, key: str) -> None:
        assert signed_in(harness, api).spend(1, Idempotency_Key=key)["status"] == 400

    def test_is_of_its_token_alone(self, harness: MinutesHarness, engine: Engine, api: str) -> None:
        other = MinutesHarness(engine)
        clients = signed_in(harness, api), signed_in(other, api)

        spent = [client.spend(1, Idempotency_Key="one") for client in clients]

        assert [answer["total_minutes_remaining"] for answer in spent] == [9, 9]


class TestAtOnce:
    def test_spends_each_call_once_and_never_more_than_there_is(self, engine: Engine, api: str) -> None:
        harness = MinutesHarness(engine)
        client = signed_in(harness, api, grant(harness.account, 20 * 60))

        with ThreadPoolExecutor(16) as callers:
            answers = [done.result() for done in [callers.submit(client.spend, 1) for _ in range(30)]]

        spent = [answer for answer in answers if "error" not in answer]
        assert sorted(answer["total_minutes_remaining"] for answer in spent) == list(range(20))
        assert {answer["error"] for answer in answers if "error" in answer} == {"У вас нет доступных минут."}

    def test_gives_calls_with_one_key_one_effect(self, engine: Engine, api: str) -> None:
        harness = MinutesHarness(engine)
        client = signed_in(harness, api)

        with ThreadPoolExecutor(8) as callers:
            calls = [callers.submit(client.spend, 2, Idempotency_Key="one") for _ in range(8)]
            answers = [call.result()["total_minutes_remaining"] for call in calls]

        assert answers == [8] * 8
        assert client.profile()["total_minutes_remaining"] == 8

    def test_shows_a_spend_in_the_profile_that_is_read_next(self, engine: Engine, api: str) -> None:
        clients = [signed_in(MinutesHarness(engine), api) for _ in range(6)]

        def spend_and_look(client: ShippedClient) -> list[tuple[int, int]]:
            pairs = [(client.spend(1), client.profile()) for _ in range(5)]
            return [(spent["total_minutes_remaining"], seen["total_minutes_remaining"]) for spent, seen in pairs]

        with ThreadPoolExecutor(6) as callers:
            seen = list(callers.map(spend_and_look, clients))

        assert seen == [[(left, left) for left in (9, 8, 7, 6, 5)]] * 6


class TestOutage:
    @pytest.fixture
    def alone(self, database_url: str) -> Iterator[Engine]:
        """The engine of a database that can be taken away."""
        with audited(database_url) as opened:
            yield opened

    def test_is_answered_in_time_and_over_at_once(self, alone: Engine, database_url: str) -> None:
        harness = MinutesHarness(alone)
        with running(create_api(Context(alone))) as url:
            client = signed_in(harness, url)
            assert client.spend(1)["total_minutes_remaining"] == 9

            set_away(database_url, is_away=True)
            began = time.monotonic()
            away = [client.profile(), client.spend(1)]
            waited = time.monotonic() - began
            set_away(database_url, is_away=False)
            back = client.profile()

        assert [answer["status"] for answer in away] == [503, 503]
        assert {answer["error"] for answer in away} == {
            "Сервис временно недоступен. Повторите попытку через несколько секунд."
        }
        assert timedelta(seconds=waited) < timedelta(seconds=12)
        assert back["total_minutes_remaining"] == 9

    def test_is_told_to_all_who_wait_and_spends_nothing_twice(self, alone: Engine, database_url: str) -> None:
        with running(create_api(Context(alone))) as url, ThreadPoolExecutor(12) as callers:
            clients = [signed_in(MinutesHarness(alone), url) for _ in range(12)]
            for client in clients:
                client.profile()

            set_away(database_url, is_away=True)
            calls = [callers.submit(client.spend, 1, Idempotency_Key="one") for client in clients]
            answers = [call.result() for call in calls]
            set_away(database_url, is_away=False)
            again = [client.spend(1, Idempotency_Key="one")["total_minutes_remaining"] for client in clients]

        assert {answer["status"] for answer in answers} == {503}
        assert again == [9] * 12


def set_away(url: str, *, is_away: bool) -> None:
    """Take a database away from everybody, or give it back."""
    name = name_in(url)
    with open_session(url_of("postgres", url)) as session, session.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {"false" if is_away else "true"}')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
