"""Webhooks: read, repeated, forged, and from somewhere else."""

import pytest

from domain.gateway.errors import ForeignAddress, Unverified
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund
from tests.gateways.contract.abilities import settings_of
from tests.gateways.contract.harness import PEER, GatewayHarness, a_key, lowered, paid_ref
from tests.gateways.contract.marks import (
    SIGNING,
    UNSIGNED,
)


class TestWebhook:
    def test_leads_to_the_payment_and_to_the_refund(self, harness: GatewayHarness) -> None:
        payment = harness.paid(saves_method=True)
        refund = harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))

        hints = harness.hints()
        seen = [harness.fetch(hint) for hint in hints]

        assert {one.order_id for one in seen if isinstance(one, GatewayPayment)} == {payment.order_id}
        assert {one.status for one in seen if isinstance(one, GatewayPayment)} == {PaymentStatus.PAID}
        assert {one.ref: one.refund_id for one in seen if isinstance(one, GatewayRefund)} == {
            refund.ref: refund.refund_id
        }

    def test_says_that_the_buyer_has_paid_before_we_ask(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()
        harness.double.pay(checkout.ref)

        seen = [harness.fetch(hint) for hint in harness.hints()]

        assert {(one.checkout_ref, one.status) for one in seen if isinstance(one, GatewayPayment)} == {
            (checkout.ref, harness.able.once_paid)
        }

    def test_of_a_declined_checkout_leads_to_it(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()
        harness.double.decline(checkout.ref, harness.able.page_decline[0])

        seen = [harness.fetch(hint) for hint in harness.hints()]

        assert {one.checkout_ref for one in seen if isinstance(one, GatewayPayment)} == {checkout.ref}
        assert PaymentStatus.PAID not in {one.status for one in seen}

    def test_leads_to_a_refund_by_hand_and_to_a_charge(self, harness: GatewayHarness) -> None:
        payment = harness.gateway.charge_saved_method(harness.charge_request(harness.saved_method()), a_key("ch"))
        ref = harness.double.refund_from_dashboard(paid_ref(payment))

        seen = [harness.fetch(hint) for hint in harness.hints()]

        assert {one.payment_ref for one in seen if isinstance(one, GatewayPayment)} == {payment.payment_ref}
        assert {one.ref for one in seen if isinstance(one, GatewayRefund)} == {ref}

    def test_names_itself_and_is_the_same_whenever_it_comes(self, harness: GatewayHarness) -> None:
        payment = harness.paid(saves_method=True)
        harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))
        harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))

        first, again = harness.hints(), harness.hints()

        assert first == again
        assert all(0 < len(hint.dedupe_key) <= 128 for hint in first)
        assert {hint.gateway for hint in first} == {harness.able.name}
        assert {hint.is_signed for hint in first} == {bool(harness.able.signed_by)}
        keys = [hint.dedupe_key for hint in first]
        assert len(set(keys)) == len(keys)

    def test_is_read_without_any_secret_that_could_move_money(self, harness: GatewayHarness) -> None:
        values = {name: value for name, value in harness.double.settings().items() if name != harness.able.money_secret}
        harness.paid()

        reader = harness.able.folder.open_webhook_reader(settings_of(harness.able, values))

        assert [harness.read(webhook, reader=reader) for webhook in harness.webhooks()] == [
            harness.read(webhook) for webhook in harness.webhooks()
        ]
        assert harness.hints()

    def test_of_another_installation_is_not_believed(self, harness: GatewayHarness) -> None:
        settings = settings_of(harness.able, harness.double.settings() | dict(harness.able.foreign_reader))
        stranger = harness.able.folder.open_webhook_reader(settings)
        harness.paid()

        for webhook in harness.webhooks():
            with pytest.raises(Unverified):
                harness.read(webhook, reader=stranger)
        assert harness.hints()

    @pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff\xfe", b"{}", b"[" * 50_000])
    def test_that_says_nothing_is_not_believed(self, harness: GatewayHarness, body: bytes) -> None:
        harness.paid()

        with pytest.raises(Unverified):
            harness.read(harness.webhooks()[0], body=body)


@SIGNING
class TestForgedWebhook:
    @pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.75, 1.0])
    def test_with_one_byte_changed_is_not_believed(self, harness: GatewayHarness, place: float) -> None:
        harness.paid()

        for webhook in harness.webhooks():
            at = round(place * (len(webhook.body) - 1))
            forged = webhook.body[:at] + bytes([webhook.body[at] ^ 1]) + webhook.body[at + 1 :]
            with pytest.raises(Unverified):
                harness.read(webhook, body=forged)
        assert harness.hints()

    def test_with_the_signature_of_another_one_is_not_believed(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))
        first, *_, last = harness.webhooks()

        with pytest.raises(Unverified):
            harness.read(first, headers=lowered(last.headers))

    def test_without_its_headers_is_not_believed(self, harness: GatewayHarness) -> None:
        harness.paid()

        for webhook in harness.webhooks():
            headers = lowered(webhook.headers)
            for name in harness.able.signed_by:
                with pytest.raises(Unverified):
                    harness.read(webhook, headers={key: text for key, text in headers.items() if key != name})
        assert harness.hints()


@UNSIGNED
class TestForeignWebhook:
    @pytest.mark.parametrize("peer", ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "", "127.0.0.1, 203.0.113.7"])
    def test_is_not_believed_whatever_its_headers_say(self, harness: GatewayHarness, peer: str) -> None:
        harness.paid()

        for webhook in harness.webhooks():
            with pytest.raises(ForeignAddress):
                harness.read(webhook, peer=peer, headers={"x-forwarded-for": PEER, "x-real-ip": PEER})
        assert harness.hints()
