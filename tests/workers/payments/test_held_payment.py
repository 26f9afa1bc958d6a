"""A payment that PayPal holds or denies while its buyer complains: its dispute is the matter, and nothing beside it."""

from datetime import timedelta

from domain.gateway.webhook import Subject
from store.engine import Engine
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.contract.abilities import settings_of
from tests.workers.payments.harness import PaymentHarness
from tests.workers.payments.test_reversal import PAYPAL, hear
from workers.payments.reconcile import import_recent


def test_is_put_before_a_person_only_as_long_as_no_dispute_is_known(shop: Engine) -> None:
    with PaypalDouble() as double:
        harness = PaymentHarness(shop, PAYPAL.folder.open_gateway(settings_of(PAYPAL, double.settings())))
        order_id = harness.buy("standard", currency="JPY")["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        double.pay(checkout_ref)
        hear(harness, Subject.CHECKOUT, checkout_ref)
        payment_ref = str(double.payment_ref_of(checkout_ref))
        harness.offset = timedelta(hours=1)

        for status, said in (("PENDING", "is pending"), ("DENIED", "is failed")):
            with double.state.lock:
                double.state.captures[payment_ref].status = status
            import_recent(harness.context)
            [(kind, sentence)] = harness.items()
            assert kind == "gateway not read to its end"
            assert f"{payment_ref} of order {order_id} counts here, and {said} at the gateway" in sentence

        double.open_dispute(payment_ref)
        import_recent(harness.context)

        assert harness.items() == []
        assert harness.minutes.packages()[0]["state"] == "frozen"
