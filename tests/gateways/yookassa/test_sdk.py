"""A second opinion: YooKassa's own SDK takes the double for YooKassa."""

import json
from collections.abc import Iterator

import pytest
import yookassa
from yookassa.domain.exceptions import BadRequestError
from yookassa.domain.notification import WebhookNotificationFactory

from tests.doubles.yookassa.double import YooKassaDouble

PAYMENT = {
    "amount": {"value": "199.00", "currency": "RUB"},
    "capture": True,
    "confirmation": {"type": "redirect", "return_url": "https://shop.example/paid"},
    "description": "300 minutes",
    "metadata": {"order_id": "o-1"},
    "save_payment_method": True,
}


@pytest.fixture
def sdk(double: YooKassaDouble) -> Iterator[None]:
    """Let the SDK, whose settings are those of the whole process, speak to the double for one test."""
    before = {name: value for name, value in vars(yookassa.Configuration).items() if not name.startswith("__")}
    values = double.settings()
    yookassa.Configuration.configure(values["SHOP_ID"], values["SECRET_KEY"], api_url=values["API_BASE"])
    yield
    for name, value in before.items():
        setattr(yookassa.Configuration, name, value)


@pytest.mark.usefixtures("sdk")
class TestTheSdk:
    def test_makes_pays_and_refunds(self, double: YooKassaDouble) -> None:
        opened = yookassa.Payment.create(PAYMENT, "co-1")
        double.pay(opened.id)

        refund = yookassa.Refund.create(
            {"payment_id": opened.id, "amount": {"value": "50.00", "currency": "RUB"}}, "rf-1"
        )

        payment = yookassa.Payment.find_one(opened.id)
        assert opened.confirmation.confirmation_url == f"{double.url}/_pay/{opened.id}"
        assert (payment.status, payment.paid, payment.metadata["order_id"]) == ("succeeded", True, "o-1")
        assert (payment.payment_method.saved, payment.payment_method.card.last4) == (True, "4444")
        assert (str(payment.refunded_amount.value), refund.status) == ("50.00", "succeeded")
        assert yookassa.Refund.find_one(refund.id).payment_id == opened.id
        assert [one.id for one in yookassa.Payment.list({"limit": 5}).items] == [opened.id]

    def test_reads_what_is_declined(self, double: YooKassaDouble) -> None:
        opened = yookassa.Payment.create(PAYMENT, "co-1")
        double.decline(opened.id, "card_expired")

        assert yookassa.Payment.find_one(opened.id).cancellation_details.reason == "card_expired"

    def test_reads_errors(self) -> None:
        yookassa.Payment.create(PAYMENT, "co-1")

        with pytest.raises(BadRequestError) as refused:
            yookassa.Payment.create(PAYMENT | {"description": "600 minutes"}, "co-1")

        assert refused.value.content["description"] == "Idempotence key duplicated"

    def test_reads_notifications(self, double: YooKassaDouble) -> None:
        opened = yookassa.Payment.create(PAYMENT, "co-1")
        double.pay(opened.id)
        double.refund_from_dashboard(opened.id)

        events = [WebhookNotificationFactory().create(json.loads(sent.body)) for sent in double.deliveries.sent]

        assert [event.event for event in events] == ["payment.succeeded", "refund.succeeded"]
        assert [event.object.status for event in events] == ["succeeded", "succeeded"]
