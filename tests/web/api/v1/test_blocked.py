"""A blocked account over HTTP: whatever costs money or minutes is refused by one code, in the caller's language."""

from typing import Any

import pytest
from sqlalchemy import text

from store.transaction import transaction
from tests.web.api.screph.client import ShippedClient
from tests.web.api.v1.client import Client
from tests.workers.events import grant
from tests.workers.payments.harness import PaymentHarness

DOORS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "order": ("POST", "/orders", {"product_id": "standard"}),
    "subscription": ("POST", "/subscriptions", {"product_id": "monthly"}),
    "auto top-up": ("PUT", "/topup", {"is_on": True, "threshold_seconds": 600, "product_id": "standard"}),
    "code": ("POST", "/promotions/redemptions", {"code": "SUMMER10"}),
}


def block(harness: PaymentHarness) -> None:
    """Block the account."""
    with transaction(harness.engine) as session:
        session.execute(text("UPDATE account SET blocked_at = now() WHERE id = :id"), {"id": harness.account})


class TestBlocked:
    @pytest.mark.parametrize("door", DOORS)
    def test_is_refused_at_every_door(self, harness: PaymentHarness, buyer: Client, door: str) -> None:
        method, path, body = DOORS[door]
        block(harness)

        headers = {"Idempotency-Key": "key-1", "Accept-Language": "de"}
        answer = buyer.session.request(method, f"{buyer.url}{path}", json=body, headers=headers, timeout=10)

        assert (answer.status_code, answer.json()["code"]) == (409, "account_blocked"), answer.text
        assert answer.json()["title"].startswith("Das Konto ist gesperrt")
        assert harness.orders() == []

    def test_is_said_by_the_account(self, harness: PaymentHarness, buyer: Client) -> None:
        block(harness)

        assert buyer.get("/account").json()["is_blocked"] is True


class TestShippedProgram:
    def test_hears_it_in_russian_and_still_sees_its_minutes(
        self, harness: PaymentHarness, api_url: str, buyer: Client
    ) -> None:
        harness.minutes.apply(grant(harness.account, 600))
        block(harness)
        program = ShippedClient(api_url, str(buyer.session.headers["Authorization"]).split()[1])

        refused = program.post({"minutes_to_spend": 1})

        assert (refused.status_code, refused.json()) == (
            400,
            {"error": "Аккаунт заблокирован. Обратитесь в поддержку."},
        )
        assert program.profile()["total_minutes_remaining"] == 10
