"""The double itself, as far as other tests trust it: over HTTP, without our adapter."""

import re
import threading
from collections.abc import Iterator

import httpx
import pytest

from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble

ORDER = {
    "intent": "CAPTURE",
    "purchase_units": [{"custom_id": "o1", "amount": {"currency_code": "USD", "value": "10.00"}}],
    "payment_source": {
        "paypal": {
            "experience_context": {
                "return_url": "https://screph.example/paid?o=1",
                "cancel_url": "https://screph.example/no",
            }
        }
    },
}


@pytest.fixture
def client(double: PaypalDouble) -> Iterator[httpx.Client]:
    """Return a client that has an access token."""
    with httpx.Client(base_url=double.url, trust_env=False) as client:
        form = {"grant_type": "client_credentials"}
        answer = client.post("/v1/oauth2/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def control(client: httpx.Client, name: str, **arguments: object) -> httpx.Response:
    """Do what a test in Python would do."""
    return client.post(f"/_control/{name}", json=arguments)


class TestApi:
    def test_wants_a_token(self, double: PaypalDouble) -> None:
        answer = httpx.post(f"{double.url}/v2/checkout/orders", json=ORDER, trust_env=False)

        assert (answer.status_code, answer.json()["name"]) == (401, "AUTHENTICATION_FAILURE")

    def test_gives_no_token_for_wrong_credentials(self, double: PaypalDouble) -> None:
        form = {"grant_type": "client_credentials"}
        answer = httpx.post(f"{double.url}/v1/oauth2/token", data=form, auth=(CLIENT_ID, "wrong"), trust_env=False)

        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize(
        ("change", "issue"),
        [
            ({"note": "unknown"}, "INVALID_PARAMETER_VALUE"),
            ({"intent": "AUTHORIZE"}, "INVALID_PARAMETER_VALUE"),
            ({"purchase_units": [{"custom_id": "o1"}]}, "MISSING_REQUIRED_PARAMETER"),
            ({"purchase_units": [{"amount": {"currency_code": "USD", "value": 10}}]}, "INVALID_PARAMETER_VALUE"),
        ],
    )
    def test_refuses_what_paypal_would_not_take(
        self, client: httpx.Client, change: dict[str, object], issue: str
    ) -> None:
        answer = client.post("/v2/checkout/orders", json=ORDER | change)

        assert (answer.status_code, answer.json()["details"][0]["issue"]) == (400, issue)

    @pytest.mark.parametrize(
        ("currency", "value", "issue"),
        [
            ("RUB", "10.00", "INVALID_CURRENCY_CODE"),
            ("JPY", "10.00", "DECIMAL_PRECISION"),
            ("HUF", "10.5", "DECIMAL_PRECISION"),
            ("USD", "10.001", "DECIMAL_PRECISION"),
            ("USD", "0.00", "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ],
    )
    def test_refuses_money_that_paypal_would_not_take(
        self, client: httpx.Client, currency: str, value: str, issue: str
    ) -> None:
        unit = {"amount": {"currency_code": currency, "value": value}}

        answer = client.post("/v2/checkout/orders", json=ORDER | {"purchase_units": [unit]})

        assert (answer.status_code, answer.json()["details"][0]["issue"]) == (422, issue)

    def test_answers_in_full_only_when_asked(self, client: httpx.Client) -> None:
        short = client.post("/v2/checkout/orders", json=ORDER)
        full = client.post("/v2/checkout/orders", json=ORDER, headers={"Prefer": "return=representation"})

        assert set(short.json()) == {"id", "status", "links"}
        assert full.json()["purchase_units"][0]["custom_id"] == "o1"

    def test_remembers_keys_and_answers_with_the_latest(self, client: httpx.Client, double: PaypalDouble) -> None:
        keyed = {"PayPal-Request-Id": "co-1"}
        first = client.post("/v2/checkout/orders", json=ORDER, headers=keyed)
        double.pay(first.json()["id"])

        again = client.post("/v2/checkout/orders", json=ORDER, headers=keyed)
        other = client.post(
            "/v2/checkout/orders",
            json=ORDER
            | {
                "intent": "CAPTURE",
                "purchase_units": [{"custom_id": "o2", "amount": {"currency_code": "USD", "value": "10.00"}}],
            },
            headers=keyed,
        )

        assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
        assert (again.json()["id"], again.json()["status"]) == (first.json()["id"], "APPROVED")

    def test_captures_only_what_is_approved(self, client: httpx.Client) -> None:
        ref = client.post("/v2/checkout/orders", json=ORDER).json()["id"]

        answer = client.post(f"/v2/checkout/orders/{ref}/capture", json={})

        assert (answer.status_code, answer.json()["details"][0]["issue"]) == (422, "ORDER_NOT_APPROVED")


class TestHostedPage:
    def test_shows_the_order_and_sends_the_buyer_back(self, client: httpx.Client, double: PaypalDouble) -> None:
        order = client.post("/v2/checkout/orders", json=ORDER).json()
        page = client.get(next(link["href"] for link in order["links"] if link["rel"] == "payer-action"))
        action = re.search(r'action="(/_pay/\w+)"', page.text)
        assert "10.00 USD" in page.text
        assert action is not None

        answer = client.post(action[1])

        assert (answer.status_code, answer.headers["location"].partition("&")[0]) == (
            303,
            "https://screph.example/paid?o=1",
        )
        assert double.state.orders[order["id"]].status == "APPROVED"


class TestControls:
    def test_do_over_http_what_they_do_in_python(self, client: httpx.Client, double: PaypalDouble) -> None:
        ref = client.post("/v2/checkout/orders", json=ORDER).json()["id"]

        assert control(client, "pay", checkout_ref=ref).json() == {"result": ""}
        client.post(f"/v2/checkout/orders/{ref}/capture", json={})
        payment_ref = control(client, "payment_ref_of", checkout_ref=ref).json()["result"]
        control(client, "refund_from_dashboard", payment_ref=payment_ref, minor=300)
        control(client, "hold_refunds", value=True)

        assert control(client, "books").json() == {"result": {"USD": [1000, 300]}}
        assert double.hold_refunds is True

    def test_plan_faults(self, client: httpx.Client) -> None:
        control(client, "plan", operation="create_checkout", fault="error_before")

        assert client.post("/v2/checkout/orders", json=ORDER).status_code == 500
        assert client.post("/v2/checkout/orders", json=ORDER).status_code == 201

    @pytest.mark.parametrize(
        ("name", "arguments", "status"),
        [
            ("nonsense", {}, 404),
            ("pay", {}, 400),
            ("pay", {"checkout_ref": "X", "more": 1}, 400),
            ("__exit__", {}, 404),
        ],
    )
    def test_say_what_is_wrong(
        self, client: httpx.Client, name: str, arguments: dict[str, object], status: int
    ) -> None:
        answer = control(client, name, **arguments)

        assert answer.status_code == status
        assert answer.json()["error"]


class TestThreads:
    def test_take_money_once_for_one_key(self, client: httpx.Client, double: PaypalDouble) -> None:
        ref = client.post("/v2/checkout/orders", json=ORDER).json()["id"]
        double.pay(ref)
        statuses: list[int] = []

        def capture() -> None:
            answer = client.post(f"/v2/checkout/orders/{ref}/capture", json={}, headers={"PayPal-Request-Id": "cp-1"})
            statuses.append(answer.status_code)

        threads = [threading.Thread(target=capture) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert sorted(statuses) == [200] * 7 + [201]
        assert double.books() == {"USD": (1000, 0)}
