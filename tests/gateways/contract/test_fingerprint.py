"""What tells the same card or wallet again."""

from dataclasses import replace

from tests.gateways.contract.harness import BUYER, GatewayHarness, a_key, paid_ref


class TestFingerprint:
    def test_is_there_once_it_is_paid(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()

        waiting = harness.gateway.fetch_payment(checkout.ref)
        harness.double.pay(checkout.ref)
        paid = harness.gateway.complete_checkout(checkout.ref, a_key("cp"))

        assert waiting.fingerprint is None
        assert paid.fingerprint
        assert len(paid.fingerprint) <= 64
        assert harness.gateway.fetch_payment(paid_ref(paid)).fingerprint == paid.fingerprint

    def test_is_one_for_two_buyers_with_the_same_card(self, harness: GatewayHarness) -> None:
        harness.double.payer = "Anna"

        first = harness.paid()
        second = harness.paid(buyer=replace(BUYER, account_id="account-2", email="other@example.com"))

        assert second.fingerprint == first.fingerprint

    def test_differs_between_cards(self, harness: GatewayHarness) -> None:
        first = harness.paid()
        second = harness.paid(buyer=replace(BUYER, account_id="account-2"))

        assert second.fingerprint != first.fingerprint

    def test_is_that_of_the_checkout_when_its_method_is_charged(self, harness: GatewayHarness) -> None:
        first = harness.paid(saves_method=True)
        assert first.method is not None

        charged = harness.gateway.charge_saved_method(harness.charge_request(first.method), a_key("ch"))

        assert charged.fingerprint == first.fingerprint

    def test_of_a_method_saved_without_a_payment_is_that_of_its_payments(self, harness: GatewayHarness) -> None:
        harness.double.payer = "Anna"
        setup = harness.set_up()
        assert setup.method is not None

        charged = harness.gateway.charge_saved_method(harness.charge_request(setup.method), a_key("ch"))

        assert setup.fingerprint
        assert setup.fingerprint == charged.fingerprint == harness.paid().fingerprint
