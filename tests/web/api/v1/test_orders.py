"""Buying over HTTP: one order for one key, where its buyer pays, slow gateways, and money back."""

import uuid

import pytest

from tests.doubles.faults import Fault
from tests.web.api.v1.client import Client, items
from tests.web.api.v1.conftest import PORTAL
from tests.workers.payments.harness import PaymentHarness, fresh_harness
from tests.workers.promotions.harness import PromotionHarness


def bought(harness: PaymentHarness, buyer: Client) -> str:
    """Buy a product over HTTP and pay for it."""
    order_id = str(buyer.post("/orders", {"product_id": "standard"}).json()["id"])
    harness.memory.pay(harness.order(order_id)["checkout_ref"])
    harness.hear_all()
    return order_id


class TestCreating:
    def test_answers_where_the_buyer_pays(self, harness: PaymentHarness, buyer: Client) -> None:
        answer = buyer.post("/orders", {"product_id": "standard"})

        assert answer.status_code == 201, answer.text
        said = answer.json()
        [order] = harness.orders()
        assert said["redirect_url"] == order["redirect_url"]
        assert (said["status"], said["price"]) == ("pending", {"amount_minor": 69_900, "currency": "RUB"})
        assert order["return_url"] == f"{PORTAL}/return/{said['id']}"
        assert answer.headers["Location"] == f"/api/v1/orders/{said['id']}"
        assert buyer.get(f"/orders/{said['id']}").json() == said

    def test_with_one_key_is_one_order(self, harness: PaymentHarness, buyer: Client) -> None:
        key = str(uuid.uuid4())

        answers = [buyer.post("/orders", {"product_id": "standard"}, key=one) for one in (key, f'"{key}"', key)]

        assert {answer.json()["id"] for answer in answers} == {harness.orders()[0]["id"]}
        assert len(harness.orders()) == 1
        assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]

    def test_with_a_key_of_another_request_is_refused(self, harness: PaymentHarness, buyer: Client) -> None:
        buyer.post("/orders", {"product_id": "standard"}, key="one")

        answer = buyer.post("/orders", {"product_id": "month"}, key="one")

        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert len(harness.orders()) == 1

    @pytest.mark.parametrize(
        ("key", "code"),
        [(None, "idempotency_key_missing"), ('""', "idempotency_key_invalid"), ("x" * 256, "idempotency_key_invalid")],
    )
    def test_wants_a_key(self, harness: PaymentHarness, buyer: Client, key: str | None, code: str) -> None:
        answer = buyer.post("/orders", {"product_id": "standard"}, key=key)

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert harness.orders() == []

    def test_keys_of_accounts_are_their_own(self, harness: PaymentHarness, buyer: Client, server: Client) -> None:
        other = fresh_harness(harness.engine)

        mine = buyer.post("/orders", {"product_id": "standard"}, key="k")
        theirs = server.post(f"/accounts/{other.account}/orders", {"product_id": "standard"}, key="k")

        assert (mine.status_code, theirs.status_code) == (201, 201)
        assert mine.json()["id"] != theirs.json()["id"]

    @pytest.mark.parametrize(
        ("wanted", "status", "code"),
        [
            ({"product_id": "old"}, 409, "unknown_product"),
            ({"product_id": "monthly"}, 409, "subscription"),
            ({"product_id": "standard", "currency": "USD"}, 409, "no_price"),
            ({"product_id": "standard", "codes": ["NOPE"]}, 409, "unknown_code"),
            ({"product_id": "standard", "return_url": "https://evil.example/x"}, 422, "return_url_not_allowed"),
            ({"product_id": "standard", "return_url": f"{PORTAL}\\@evil.example"}, 422, "return_url_not_allowed"),
            ({"product_id": "standard", "colour": "red"}, 422, "invalid"),
            ({}, 422, "invalid"),
        ],
    )
    def test_says_why_not(
        self, harness: PaymentHarness, buyer: Client, wanted: dict[str, object], status: int, code: str
    ) -> None:
        answer = buyer.post("/orders", wanted)

        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert harness.orders() == []

    def test_of_a_gateway_that_gives_no_answer_is_202_and_goes_on(self, harness: PaymentHarness, buyer: Client) -> None:
        harness.memory.faults.plan("create_checkout", Fault.ERROR_AFTER_COMMIT)

        first = buyer.post("/orders", {"product_id": "standard"}, key="slow")
        second = buyer.post("/orders", {"product_id": "standard"}, key="slow")

        assert (first.status_code, first.json()["redirect_url"]) == (202, None)
        assert (second.status_code, second.json()["id"]) == (201, first.json()["id"])
        assert second.json()["redirect_url"]
        assert len(harness.orders()) == 1

    def test_uses_codes(self, harness: PaymentHarness, buyer: Client) -> None:
        code = PromotionHarness(harness.engine, harness).create(share=2_000)["text"]

        quoted = buyer.post("/promotions/quotes", {"product_id": "standard", "codes": [code]}, key=None)
        said = buyer.post("/orders", {"product_id": "standard", "codes": [code]}).json()

        assert quoted.json()["price"] == said["price"] == {"amount_minor": 55_920, "currency": "RUB"}
        assert said["list_price"]["amount_minor"] == 69_900

    def test_that_is_too_large_is_refused_as_a_problem(self, buyer: Client) -> None:
        answer = buyer.post("/orders", {"product_id": "x" * 70_000})

        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")

    def test_that_is_no_json_is_refused_as_a_problem(self, buyer: Client) -> None:
        answers = [
            buyer.session.post(f"{buyer.url}/orders", data=body, headers={"Content-Type": kind, "Idempotency-Key": "k"})
            for body, kind in ((b"{", "application/json"), (b"a=b", "text/plain"), (b"\xff", "application/json"))
        ]

        assert [answer.status_code // 100 for answer in answers] == [4, 4, 4]
        assert all(answer.headers["Content-Type"] == "application/problem+json" for answer in answers)


class TestReading:
    def test_lists_the_newest_first(self, harness: PaymentHarness, buyer: Client) -> None:
        made = [buyer.post("/orders", {"product_id": "standard"}).json()["id"] for _ in range(3)]

        first = buyer.get("/orders?limit=2")
        rest = buyer.get(f"/orders?limit=2&cursor={first.json()['next_cursor']}")

        assert [order["id"] for order in (*items(first), *items(rest))] == made[::-1]

    def test_says_what_was_granted(self, harness: PaymentHarness, buyer: Client) -> None:
        order_id = bought(harness, buyer)

        said = buyer.get(f"/orders/{order_id}").json()

        assert (said["status"], said["redirect_url"]) == ("paid", None)
        assert said["package_id"] == items(buyer.get("/packages"))[0]["id"]
        assert items(buyer.get("/packages"))[0]["title"] == "Стандартный"

    @pytest.mark.parametrize("order_id", ["nothing", "%00", "00000000-0000-0000-0000-000000000000", "' OR 1=1"])
    def test_of_what_is_not_there_finds_nothing(self, buyer: Client, order_id: str) -> None:
        assert buyer.get(f"/orders/{order_id}").status_code in (404, 422)


class TestRefunds:
    def test_are_quoted_and_then_given(self, harness: PaymentHarness, buyer: Client) -> None:
        order_id = bought(harness, buyer)

        quoted = buyer.get(f"/orders/{order_id}/refund-quote").json()
        wanted = {"expected_minor": quoted["amount"]["amount_minor"], "reason": "by mistake"}
        answer = buyer.post(f"/orders/{order_id}/refunds", wanted, key="back")
        again = buyer.post(f"/orders/{order_id}/refunds", wanted, key="back")

        assert quoted["refundable"] == {"amount_minor": 69_900, "currency": "RUB"}
        assert (quoted["void_seconds"], quoted["is_full"]) == (18_000, True)
        assert (answer.status_code, answer.json()["status"]) == (201, "succeeded")
        assert (again.status_code, again.json()) == (201, answer.json())
        assert [refund["id"] for refund in buyer.get(f"/orders/{order_id}").json()["refunds"]] == [answer.json()["id"]]
        assert buyer.get("/account").json()["available_seconds"] == 0

    def test_are_refused_when_the_quote_has_changed(self, harness: PaymentHarness, buyer: Client) -> None:
        order_id = bought(harness, buyer)

        answer = buyer.post(f"/orders/{order_id}/refunds", {"expected_minor": 1_000, "reason": "why not"})

        assert (answer.status_code, answer.json()["code"]) == (409, "expected_other")
        assert buyer.get(f"/orders/{order_id}").json()["refunds"] == []

    def test_of_what_was_not_paid_are_refused(self, buyer: Client) -> None:
        order_id = buyer.post("/orders", {"product_id": "standard"}).json()["id"]

        quoted = buyer.get(f"/orders/{order_id}/refund-quote")
        answer = buyer.post(f"/orders/{order_id}/refunds", {"reason": "why not"})

        assert [(one.status_code, one.json()["code"]) for one in (quoted, answer)] == [(409, "not_paid")] * 2

    def test_of_somebody_elses_order_find_nothing(self, harness: PaymentHarness, buyer: Client, server: Client) -> None:
        other = fresh_harness(harness.engine)
        order_id = server.post(f"/accounts/{other.account}/orders", {"product_id": "standard"}).json()["id"]

        answers = [
            buyer.get(f"/orders/{order_id}"),
            buyer.get(f"/orders/{order_id}/refund-quote"),
            buyer.post(f"/orders/{order_id}/refunds", {"reason": "mine now"}),
        ]

        assert [answer.json()["code"] for answer in answers] == ["unknown_order"] * 3
