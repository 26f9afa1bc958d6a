"""Nobody reaches what is somebody else's: every operation × two accounts × every kind of token."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import requests

from domain.access.scope import Scope, TokenKind
from store.engine import Engine
from tests.asgi.running import running
from tests.doubles.memory import MemoryGateway
from tests.workers.events import grant, registered, usage
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.api.app import create_api
from web.api.openapi.document import operations
from web.api.reference import reference
from web.api.v1.settings import ApiSettings, Limits
from workers.access.token import WantedToken, create_token, revoke_token

FOR_WIDGETS = {"get_account", "stream_balance"}

PUSH = {"endpoint": "https://fcm.googleapis.com/fcm/send/of-the-owner", "keys": {"p256dh": "BAbc", "auth": "x-_9"}}

DEAD = ("none", "mistyped", "revoked", "expired")

EACH = [(name.split(" ")[0], name.split(" ")[1], operation) for name, operation in operations(reference())]

each_operation = pytest.mark.parametrize(("method", "path", "operation"), EACH, ids=[f"{m}-{p}" for m, p, _ in EACH])


@dataclass(frozen=True, slots=True)
class World:
    """An API, the tokens of everybody, and the ids of what the owner has."""

    url: str
    owner: str
    stranger: str
    tokens: dict[str, str | None]
    ids: dict[str, str]
    secrets: dict[str, str]

    def call(self, who: str, method: str, path: str, operation: dict[str, Any], *, account: str) -> requests.Response:
        """Call an operation about what the owner has, by somebody's token, for one account."""
        for name, value in (self.ids | {"account_id": account}).items():
            path = path.replace(f"{{{name}}}", value)
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if self.tokens[who] is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        with requests.request(
            method, self.url + path, json=body, headers=headers, timeout=15, stream="events" in path
        ) as answer:
            # A stream that was let in has no end; its status is what counts.
            if "events" not in path:
                assert answer.content is not None
            return answer

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands in an answer about what the owner has."""
        return (self.owner, *(one for name, one in self.ids.items() if name not in ("product_id", "push_id", "number")))


@pytest.fixture(scope="module")
def world(engine: Engine) -> Iterator[World]:
    """Everybody and everything."""
    memory = MemoryGateway("memory")
    memory.name = f"memory{id(memory)}"
    harness = SubscriptionHarness(engine, memory, memory)
    owner, stranger = harness.account, f"{harness.account}-stranger"
    harness.minutes.apply(registered(owner), registered(stranger), grant(owner, 900))
    harness.minutes.apply(usage(owner, 300, event_id=f"usage-of-{owner}"))
    subscription_id = harness.subscribed("monthly")
    limits = Limits(reads=dict.fromkeys(TokenKind, 10**6), writes=dict.fromkeys(TokenKind, 10**6))
    context = harness.context

    def token(kind: TokenKind, of: str, *scopes: Scope, lifetime: timedelta | None = None) -> str:
        return create_token(context, WantedToken(kind, of, scopes, lifetime)).text

    revoked = create_token(context, WantedToken(TokenKind.USER, owner))
    revoke_token(context, revoked.number)
    expired = token(TokenKind.USER, owner, lifetime=timedelta(seconds=1))
    harness.offset += timedelta(seconds=2)
    tokens = {
        "owner": token(TokenKind.USER, owner),
        "stranger": token(TokenKind.USER, stranger),
        "widget": token(TokenKind.WIDGET, owner),
        "server": token(TokenKind.SERVER, "screph-1"),
        "none": None,
        "mistyped": token(TokenKind.USER, owner)[:-1] + "!",
        "revoked": revoked.text,
        "expired": expired,
    }
    with running(create_api(context, ApiSettings(limits=limits))) as url:
        mine = {"Authorization": f"Bearer {tokens['owner']}", "Idempotency-Key": "push"}
        pushed = requests.post(f"{url}/api/v1/push-subscriptions", json=PUSH, headers=mine, timeout=10)
        listed = requests.get(f"{url}/api/v1/tokens", headers=mine, timeout=10).json()["items"]
        ids = {
            "order_id": harness.orders()[0]["id"],
            "subscription_id": subscription_id,
            "usage_id": f"usage-of-{owner}",
            "push_id": str(pushed.json()["id"]),
            "number": str(listed[-1]["number"]),
            "product_id": "standard",
        }
        [method] = harness.minutes.select(
            "SELECT token FROM saved_method WHERE account = (SELECT number FROM account WHERE id = :account)"
        )
        secrets = {"card": method["token"], "push": PUSH["keys"]["auth"]}  # type: ignore[index]
        secrets |= {f"token of {who}": text for who, text in tokens.items() if text is not None}
        yield World(url, owner, stranger, tokens, ids, secrets)


def is_of_an_object(path: str) -> bool:
    """Tell whether an operation is about one thing that somebody owns."""
    return any(f"{{{name}}}" in path for name in ("order_id", "subscription_id", "usage_id", "push_id", "number"))


class TestStrangers:
    @each_operation
    @pytest.mark.parametrize("who", DEAD)
    def test_without_a_token_that_works_get_nothing(
        self, world: World, method: str, path: str, operation: dict[str, Any], who: str
    ) -> None:
        answer = world.call(who, method, path, operation, account=world.owner)

        assert answer.status_code == 401

    @each_operation
    def test_with_a_widgets_token_get_the_balance_alone(
        self, world: World, method: str, path: str, operation: dict[str, Any]
    ) -> None:
        answer = world.call("widget", method, path, operation, account=world.owner)

        assert answer.status_code == (200 if operation["operationId"] in FOR_WIDGETS else 403)

    @each_operation
    def test_with_a_token_of_their_own_get_nothing_of_the_owners(
        self, world: World, method: str, path: str, operation: dict[str, Any]
    ) -> None:
        answer = world.call("stranger", method, path, operation, account=world.owner)

        if "{account_id}" in path or operation["x-scope"] == "usage:write":
            assert answer.status_code == 403
        elif is_of_an_object(path):
            assert answer.status_code == 404
        else:
            assert answer.status_code in (200, 201, 202, 204, 400, 404, 409, 422)
        if "events" not in path:
            # The path of the request is in a problem's `instance`; nothing else of the owner's may be.
            text = answer.text.replace(answer.request.path_url, "")
            assert [mark for mark in world.marks if f'"{mark}"' in text] == []

    @each_operation
    def test_that_are_servers_name_the_account_that_it_is_of(
        self, world: World, method: str, path: str, operation: dict[str, Any]
    ) -> None:
        answer = world.call("server", method, path, operation, account=world.stranger)

        if "{account_id}" not in path:
            anybody = operation["x-scope"] in ("catalogue:read", "usage:write")
            assert (answer.status_code == 403) is not anybody
        elif is_of_an_object(path):
            assert answer.status_code == 404

    @each_operation
    @pytest.mark.parametrize("who", ["owner", "server"])
    def test_and_owners_are_told_nothing_that_pays_or_signs_in(
        self, world: World, method: str, path: str, operation: dict[str, Any], who: str
    ) -> None:
        if method.lower() != "get" or "events" in path:
            return

        answer = world.call(who, method, path, operation, account=world.owner)

        assert [name for name, secret in world.secrets.items() if secret in answer.text] == []

    def test_have_taken_nothing(self, world: World) -> None:
        mine = {"Authorization": f"Bearer {world.tokens['owner']}"}

        def read(path: str) -> Any:
            return requests.get(f"{world.url}/api/v1{path}", headers=mine, timeout=10).json()

        assert read(f"/subscriptions/{world.ids['subscription_id']}")["cancel_at_period_end"] is False
        assert read(f"/orders/{world.ids['order_id']}")["refunds"] == []
        assert [one["id"] for one in read("/push-subscriptions")["items"]] == [int(world.ids["push_id"])]
        assert [one["revoked_at"] for one in read("/tokens")["items"]].count(None) == len(read("/tokens")["items"]) - 1
