"""Strangers name certificates of PayPal's that are not there: few are fetched, and nobody else waits."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx

from gateways.paypal.certificate_source import MOST_AT_ONCE, MOST_WAITING
from gateways.paypal.certificates import Certificates
from gateways.paypal.webhooks import PaypalWebhookReader
from gateways.stripe.webhooks import StripeWebhookReader
from tests.doubles.paypal.signing import new_signer
from tests.doubles.stripe.events import SECRET, signed
from tests.relay.webhook_endpoint import RecordingPublisher, RunningEndpoint, running_endpoint
from tests.servers.waiting import wait_until

MADE_UP = 130
HANGS_S = 30
WEBHOOK_ID = "5GP028458E2496506"
KNOWN = "https://api-m.paypal.com/v1/notifications/certs/CERT-known"
STRIPES = b"""{"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "livemode": false,
 "data": {"object": {"id": "pi_1", "object": "payment_intent"}}}"""
PAYPALS = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "3C679366HH908993F"}}'


class HangingSource:
    """A source that knows one certificate, and answers for no other until it may."""

    def __init__(self, pem: bytes) -> None:
        self.pem = pem
        self.requested: list[str] = []
        self.may_end = threading.Event()

    def __call__(self, address: str) -> bytes:
        """Return the certificate, or hang."""
        if address == KNOWN:
            return self.pem
        self.requested.append(address)
        self.may_end.wait(HANGS_S)
        return b"nothing of the kind"


class TestMadeUpCertificates:
    def test_are_fetched_few_at_once_and_hold_up_nobody(self) -> None:
        signer = new_signer()
        source = HangingSource(signer.pem)
        readers = {
            "paypal": PaypalWebhookReader(WEBHOOK_ID, Certificates(source)),
            "stripe": StripeWebhookReader([SECRET]),
        }
        with (
            running_endpoint(RecordingPublisher, readers, requests_per_second=1_000) as endpoint,
            ThreadPoolExecutor(MADE_UP) as strangers,
        ):
            assert _from_paypal(endpoint, signer.headers(PAYPALS, WEBHOOK_ID, address=KNOWN)) == 200
            calls = [
                strangers.submit(_from_paypal, endpoint, signer.headers(PAYPALS, WEBHOOK_ID, address=f"{KNOWN}-{n}"))
                for n in range(MADE_UP)
            ]
            stripes = [_from_stripe(endpoint) for _ in range(20)]
            known = _from_paypal(endpoint, signer.headers(PAYPALS, WEBHOOK_ID, address=KNOWN))
            wait_until(
                lambda: sum(call.done() for call in calls) == MADE_UP - MOST_AT_ONCE,
                "all strangers but those whose fetch hangs are answered",
                limit_s=HANGS_S,
            )
            fetched, is_hanging = len(source.requested), sum(not call.done() for call in calls)
            source.may_end.set()
            answers = [call.result(30) for call in calls]

        assert set(stripes) == {200}
        assert known == 200
        # The fetches would have ended by themselves after HANGS_S, so nobody has waited for one.
        assert is_hanging == fetched == MOST_AT_ONCE
        assert set(answers) == {503}

    def test_one_name_is_fetched_once_and_not_again_at_once(self) -> None:
        signer = new_signer()
        source = HangingSource(signer.pem)
        readers = {"paypal": PaypalWebhookReader(WEBHOOK_ID, Certificates(source))}
        headers = signer.headers(PAYPALS, WEBHOOK_ID, address=f"{KNOWN}-made-up")
        with running_endpoint(RecordingPublisher, readers) as endpoint, ThreadPoolExecutor(40) as strangers:
            calls = [strangers.submit(_from_paypal, endpoint, headers) for _ in range(40)]
            while sum(call.done() for call in calls) < 40 - MOST_WAITING - 1:
                time.sleep(0.01)
            source.may_end.set()
            answers = [call.result(30) for call in calls] + [_from_paypal(endpoint, headers) for _ in range(5)]

        assert set(answers) == {503}
        assert len(source.requested) == 1


def _from_paypal(endpoint: RunningEndpoint, headers: dict[str, str]) -> int:
    return endpoint.post(PAYPALS, path="/webhooks/paypal", headers=headers).status_code


def _from_stripe(endpoint: RunningEndpoint) -> int:
    answer: httpx.Response = endpoint.post(STRIPES, path="/webhooks/stripe", headers=signed("", STRIPES).headers)
    return answer.status_code
