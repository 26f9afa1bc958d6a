"""Methods that buyers let us save, as PayPal reports them: with the payment, or some time after it."""

from collections.abc import Iterator

import pytest

from gateways.paypal import open_gateway, open_webhook_reader
from gateways.settings import GatewaySettings
from store.engine import Engine
from tests.doubles.paypal.double import PaypalDouble
from tests.workers.payments.harness import PaymentHarness, fill_catalogue


@pytest.fixture
def double() -> Iterator[PaypalDouble]:
    """A PayPal that nobody has called yet."""
    with PaypalDouble() as serving:
        yield serving


@pytest.fixture
def harness(shared_engine: Engine, double: PaypalDouble) -> PaymentHarness:
    """A harness that sells through the double."""
    fill_catalogue(shared_engine)
    return PaymentHarness(shared_engine, open_gateway(GatewaySettings("PAYPAL_", double.settings())))


class TestSavedMethod:
    def test_is_saved_with_the_payment(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        paid(harness, double, saves_method=True)

        assert len(methods(harness)) == 1

    def test_is_saved_when_it_comes_after_the_payment(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        double.vault_later = True
        checkout_ref = paid(harness, double, saves_method=True)
        assert methods(harness) == []

        token = double.finish_vault(checkout_ref)
        hear_all(harness, double)
        hear_all(harness, double)

        assert [row["token"] for row in methods(harness)] == [token]

    def test_is_not_saved_unless_the_buyer_asked_for_it(self, harness: PaymentHarness, double: PaypalDouble) -> None:
        checkout_ref = paid(harness, double, saves_method=False)

        double.finish_vault(checkout_ref)
        hear_all(harness, double)

        assert methods(harness) == []


def paid(harness: PaymentHarness, double: PaypalDouble, *, saves_method: bool) -> str:
    """Buy and pay, and hear of it; return the checkout."""
    order_id = harness.buy(currency="JPY", save_method=saves_method)["order_id"]
    checkout_ref = str(harness.order(order_id)["checkout_ref"])
    double.pay(checkout_ref)
    hear_all(harness, double)
    hear_all(harness, double)  # the first has taken the money, which PayPal reports again
    assert harness.order(order_id)["status"] == "paid"
    return checkout_ref


def hear_all(harness: PaymentHarness, double: PaypalDouble) -> None:
    """Let everything arrive that PayPal has sent so far, however often it did before."""
    settings = GatewaySettings("PAYPAL_", double.settings())
    reader = open_webhook_reader(settings)
    for webhook in list(double.deliveries.sent):
        headers = {name.lower(): value for name, value in webhook.headers.items()}
        hint = reader.read(headers, webhook.body, "127.0.0.1")
        if hint is not None:
            harness.hear(hint)


def methods(harness: PaymentHarness) -> list[dict[str, object]]:
    """The methods of the account."""
    return harness.minutes.select(
        "SELECT token, label FROM saved_method JOIN account ON number = account WHERE account.id = :account"
    )
