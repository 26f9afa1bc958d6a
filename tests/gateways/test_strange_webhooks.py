"""Bodies and headers that no gateway sends: each reader refuses them clearly, or has no use for them."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from domain.gateway.errors import Unverified
from gateways.paypal import open_webhook_reader as open_paypal
from gateways.sandbox.signature import HEADER, sign
from gateways.sandbox.webhooks import SandboxWebhookReader
from gateways.settings import GatewaySettings
from gateways.stripe.webhooks import StripeWebhookReader
from gateways.yookassa import open_webhook_reader as open_yookassa
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.stripe.events import SECRET, signed
from tests.gateways.contract.harness import lowered

Read = Callable[[bytes], object]

PEER = "185.71.76.1"

DEPTHS = [200, 900, 1_000, 5_000, 100_000]

EVENTS = [
    {"id": "e1", "event_type": "PAYMENT.CAPTURE.REFUNDED", "type": "payment_intent.succeeded", "livemode": False},
    {"id": "e1", "type": "notification", "event": "payment.succeeded"},
    {"id": "e1", "type": "checkout.paid", "ref": "r1"},
]


@pytest.fixture(scope="module")
def read() -> Iterator[dict[str, Read]]:
    """Return for each gateway what reads a body with a right signature, or from the right address."""
    with ExitStack() as running:
        paypal = running.enter_context(PaypalDouble())
        paypal_reader = open_paypal(GatewaySettings("PAYPAL_", paypal.settings()))
        stripe_reader = StripeWebhookReader([SECRET])
        sandbox_reader = SandboxWebhookReader("right")
        yookassa_reader = open_yookassa(GatewaySettings("YOOKASSA_", {}))

        def by_paypal(body: bytes) -> object:
            headers = paypal.signer.headers(body, paypal.webhook_id, address=paypal.signer.address)
            return paypal_reader.read(lowered(headers), body, PEER)

        yield {
            "paypal": by_paypal,
            "stripe": lambda body: stripe_reader.read(lowered(signed("", body).headers), body, PEER),
            "sandbox": lambda body: sandbox_reader.read({HEADER: sign("right", body, at=int(time.time()))}, body, PEER),
            "yookassa": lambda body: yookassa_reader.read({}, body, PEER),
        }


GATEWAYS = ["paypal", "stripe", "sandbox", "yookassa"]


def is_clear(read: Read, body: bytes) -> bool:
    """Whether a body is taken, ignored or refused; anything else is an error of ours."""
    try:
        read(body)
    except Unverified:
        return True
    return True


@pytest.mark.parametrize("name", GATEWAYS)
class TestDeepBodies:
    @pytest.mark.parametrize("depth", DEPTHS)
    @pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
    def test_are_no_error_of_ours(
        self, read: dict[str, Read], name: str, depth: int, opening: bytes, closing: bytes
    ) -> None:
        deep = opening * depth + b"1" + closing * depth

        assert is_clear(read[name], deep)
        for event in EVENTS:
            for field in ("resource", "object", "data", "id"):
                body = json.dumps(event | {field: "DEEP"}).encode().replace(b'"DEEP"', deep)
                assert is_clear(read[name], body)

    @pytest.mark.parametrize("strange", [b"", b"null", b"1", b'"x"', b"[]", b"{}", b"\xff", b"NaN", b"9" * 5_000])
    def test_nor_is_any_other_json(self, read: dict[str, Read], name: str, strange: bytes) -> None:
        assert is_clear(read[name], strange)
        for event in EVENTS:
            for field in ("id", "type", "event_type", "event", "resource", "object", "data", "ref"):
                body = json.dumps(event | {field: "STRANGE"}).encode().replace(b'"STRANGE"', strange or b"false")
                assert is_clear(read[name], body)


class TestStripesHeader:
    @pytest.mark.parametrize("moment", ["{now}=1", "{now}.0", "+{now}", " {now}", "", "1e9", "９", "9" * 5_000])
    def test_with_a_strange_moment_is_refused(self, moment: str) -> None:
        body, now = b'{"id": "evt_1"}', int(time.time())
        header = lowered(signed("", body).headers)["stripe-signature"]
        altered = header.replace(f"t={now}", "t=" + moment.format(now=now))

        with pytest.raises(Unverified):
            StripeWebhookReader([SECRET]).read({"stripe-signature": altered}, body, PEER)
