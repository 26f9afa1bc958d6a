"""Webhooks: read, repeated, forged, and from somewhere else."""

import pytest

from domain.gateway.errors import ForeignAddress, Unverified
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund
from tests.gateways.contract.desk import (
    PEER,
    Desk,
    a_key,
    lowered,
    paid_ref,
    settings_of,
)
from tests.gateways.contract.marks import (
    SIGNING,
    UNSIGNED,
)


class TestWebhook:
    def test_leads_to_the_payment_and_to_the_refund(self, desk: Desk) -> None:
        payment = desk.paid(saves_method=True)
        refund = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        hints = desk.hints()
        seen = [desk.looked_up(hint) for hint in hints]

        assert {one.order_id for one in seen if isinstance(one, GatewayPayment)} == {payment.order_id}
        assert {one.status for one in seen if isinstance(one, GatewayPayment)} == {PaymentStatus.PAID}
        assert {one.ref: one.refund_id for one in seen if isinstance(one, GatewayRefund)} == {
            refund.ref: refund.refund_id
        }

    def test_tells_that_the_buyer_has_paid_before_we_ask(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.pay(checkout.ref)

        seen = [desk.looked_up(hint) for hint in desk.hints()]

        assert {(one.checkout_ref, one.status) for one in seen if isinstance(one, GatewayPayment)} == {
            (checkout.ref, desk.able.once_paid)
        }

    def test_of_a_declined_checkout_leads_to_it(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.decline(checkout.ref, desk.able.page_decline[0])

        seen = [desk.looked_up(hint) for hint in desk.hints()]

        assert {one.checkout_ref for one in seen if isinstance(one, GatewayPayment)} == {checkout.ref}
        assert PaymentStatus.PAID not in {one.status for one in seen}

    def test_leads_to_a_refund_by_hand_and_to_a_charge(self, desk: Desk) -> None:
        payment = desk.gateway.charge_saved_method(desk.charge(desk.saved_method()), a_key("ch"))
        ref = desk.double.refund_from_dashboard(paid_ref(payment))

        seen = [desk.looked_up(hint) for hint in desk.hints()]

        assert {one.payment_ref for one in seen if isinstance(one, GatewayPayment)} == {payment.payment_ref}
        assert {one.ref for one in seen if isinstance(one, GatewayRefund)} == {ref}

    def test_names_itself_and_is_the_same_whenever_it_comes(self, desk: Desk) -> None:
        payment = desk.paid(saves_method=True)
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        first, again = desk.hints(), desk.hints()

        assert first == again
        assert all(0 < len(hint.dedupe_key) <= 128 for hint in first)
        assert {hint.gateway for hint in first} == {desk.able.name}
        assert {hint.is_signed for hint in first} == {bool(desk.able.signed_by)}
        keys = [hint.dedupe_key for hint in first]
        assert len(set(keys)) == len(keys)

    def test_is_read_without_any_secret_that_could_move_money(self, desk: Desk) -> None:
        values = {name: value for name, value in desk.double.settings().items() if name != desk.able.money_secret}
        desk.paid()

        reader = desk.able.opening.open_reader(settings_of(desk.able, values))

        assert [desk.read(webhook, reader=reader) for webhook in desk.webhooks()] == [
            desk.read(webhook) for webhook in desk.webhooks()
        ]
        assert desk.hints()

    def test_of_another_installation_is_not_believed(self, desk: Desk) -> None:
        settings = settings_of(desk.able, desk.double.settings() | dict(desk.able.foreign_reader))
        stranger = desk.able.opening.open_reader(settings)
        desk.paid()

        for webhook in desk.webhooks():
            with pytest.raises(Unverified):
                desk.read(webhook, reader=stranger)
        assert desk.hints()

    @pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"\xff\xfe", b"{}", b"[" * 50_000])
    def test_that_says_nothing_is_not_believed(self, desk: Desk, body: bytes) -> None:
        desk.paid()

        with pytest.raises(Unverified):
            desk.read(desk.webhooks()[0], body=body)


@SIGNING
class TestForgedWebhook:
    @pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.75, 1.0])
    def test_with_one_byte_changed_is_not_believed(self, desk: Desk, place: float) -> None:
        desk.paid()

        for webhook in desk.webhooks():
            at = round(place * (len(webhook.body) - 1))
            forged = webhook.body[:at] + bytes([webhook.body[at] ^ 1]) + webhook.body[at + 1 :]
            with pytest.raises(Unverified):
                desk.read(webhook, body=forged)
        assert desk.hints()

    def test_with_the_signature_of_another_one_is_not_believed(self, desk: Desk) -> None:
        payment = desk.paid()
        desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        first, *_, last = desk.webhooks()

        with pytest.raises(Unverified):
            desk.read(first, headers=lowered(last.headers))

    def test_without_its_headers_is_not_believed(self, desk: Desk) -> None:
        desk.paid()

        for webhook in desk.webhooks():
            headers = lowered(webhook.headers)
            for name in desk.able.signed_by:
                with pytest.raises(Unverified):
                    desk.read(webhook, headers={key: text for key, text in headers.items() if key != name})
        assert desk.hints()


@UNSIGNED
class TestForeignWebhook:
    @pytest.mark.parametrize("peer", ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::1", "", "127.0.0.1, 203.0.113.7"])
    def test_is_not_believed_whatever_its_headers_say(self, desk: Desk, peer: str) -> None:
        desk.paid()

        for webhook in desk.webhooks():
            with pytest.raises(ForeignAddress):
                desk.read(webhook, peer=peer, headers={"x-forwarded-for": PEER, "x-real-ip": PEER})
        assert desk.hints()
