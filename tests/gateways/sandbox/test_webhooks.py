"""The sandbox's webhooks: what is believed, and what is not."""

import json

import pytest

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Hint, Subject
from gateways.sandbox import open_webhook_reader
from gateways.sandbox.signature import HEADER, sign
from gateways.sandbox.webhooks import SandboxWebhookReader
from gateways.settings import GatewaySettings
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import charge_request, gateway_of, paid

NOW = 1_795_000_000
BODY = b'{"id": "sbx_evt_1", "type": "checkout.paid", "ref": "sbx_co_1", "object": {}}'


def _read(body: bytes = BODY, header: str | None = None, *, secret: str = "right", at: int = NOW) -> Hint | None:
    reader = SandboxWebhookReader(secret, clock=lambda: NOW)
    return reader.read({HEADER: sign("right", body, at=at) if header is None else header}, body, "127.0.0.1")


class TestBelieved:
    def test_a_signed_event_is_a_hint(self) -> None:
        assert _read() == Hint("sandbox", "sbx_evt_1", Subject.CHECKOUT, "sbx_co_1", "checkout.paid", is_signed=True)

    @pytest.mark.parametrize("at", [NOW - 300, NOW + 300])
    def test_up_to_five_minutes_away(self, at: int) -> None:
        assert _read(at=at) is not None

    def test_one_of_several_signatures_is_enough(self) -> None:
        good = sign("right", BODY, at=NOW)

        assert _read(header=good.replace("v1=", "v1=00,v1=")) is not None

    def test_an_unknown_event_is_nothing_to_us(self) -> None:
        assert _read(b'{"id": "1", "type": "weather.changed", "ref": "r"}') is None

    def test_what_the_double_sends_is_believed_and_names_what_changed(self) -> None:
        with SandboxDouble() as double:
            gateway = gateway_of(double)
            payment = paid(double, gateway, saves_method=True)
            assert payment.method is not None
            charged = gateway.charge_saved_method(charge_request(payment.method), "ch-1")
            refund_ref = double.refund_from_dashboard(payment.payment_ref or "", 1)
            dispute_ref = double.open_dispute(charged.payment_ref or "")
            reader = open_webhook_reader(GatewaySettings("SANDBOX_", double.settings()))

            hints = [reader.read(one.headers, one.body, "") for one in double.deliveries.sent]

        assert [hint and (hint.subject, hint.ref) for hint in hints] == [
            None,  # method.saved
            (Subject.CHECKOUT, payment.checkout_ref),
            (Subject.PAYMENT, charged.payment_ref),
            (Subject.REFUND, refund_ref),
            (Subject.DISPUTE, dispute_ref),
        ]
        assert len({hint.dedupe_key for hint in hints if hint}) == 4


class TestNotBelieved:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "t=,v1=",
            f"t={NOW}",
            f"v1={'0' * 64}",
            f"t={NOW},v1={'0' * 64}",
            sign("wrong", BODY, at=NOW),
            f"t={NOW},t={NOW}," + sign("right", BODY, at=NOW).partition(",")[2],
            sign("right", BODY, at=NOW).replace(f"t={NOW}", f"t={NOW + 1}"),
            sign("right", BODY, at=NOW).replace("v1=", "v0="),
            f"t=٣,v1={'0' * 64}",
            f"t={NOW},v1=ключ",
            f"t={'9' * 400},v1=00",
        ],
    )
    def test_a_forged_header(self, header: str) -> None:
        with pytest.raises(Unverified):
            _read(header=header)

    def test_another_secret(self) -> None:
        with pytest.raises(Unverified):
            _read(secret="left")

    @pytest.mark.parametrize("at", [NOW - 301, NOW + 301])
    def test_a_stale_one_and_one_from_the_future(self, at: int) -> None:
        with pytest.raises(Unverified):
            _read(at=at)

    @pytest.mark.parametrize("body", [json.dumps(json.loads(BODY), indent=1).encode(), BODY + b" ", BODY[:-1]])
    def test_an_altered_body(self, body: bytes) -> None:
        with pytest.raises(Unverified):
            _read(body, header=sign("right", BODY, at=NOW))

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"not json",
            b"\xff",
            b'{"id": 1, "type": "checkout.paid", "ref": "r"}',
            b'{"id": "1"}',
            b'{"id": "", "type": "checkout.paid", "ref": "r"}',
            b"[" * 100_000,
        ],
    )
    def test_a_signed_body_that_is_no_event(self, body: bytes) -> None:
        with pytest.raises(Unverified):
            _read(body)
