import json
import time

import pytest

from domain.gateway.errors import Unverified
from domain.gateway.webhook import Subject
from gateways.stripe.events import SUBJECTS, object_of
from gateways.stripe.webhooks import StripeWebhookReader
from tests.doubles.stripe.events import SECRET, signed
from tests.gateways.stripe.samples import lowered, paid, reader_of

NOW = 1_795_379_978


def event(kind="payment_intent.succeeded", about=None, **more):
    body = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": NOW,
        "data": {"object": about or {"id": "pi_1", "object": "payment_intent", "amount": 1}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": "req_1", "idempotency_key": None},
        "type": kind,
    }
    return json.dumps(body | more, indent=2).encode()


def read(body, *, at=NOW, secret=SECRET, now=NOW, altered=None, **more):
    webhook = signed("", body, secret=secret, at=at)
    reader = StripeWebhookReader([SECRET], clock=lambda: now, **more)
    return reader.read(lowered(webhook), webhook.body if altered is None else altered, "203.0.113.7")


class TestRead:
    @pytest.mark.parametrize(("kind", "subject"), sorted(SUBJECTS.items()))
    def test_says_what_an_event_is_about(self, kind, subject):
        hint = read(event(kind, {"id": "xx_1", "object": object_of(kind, subject), "metadata": {"setup_id": "s1"}}))

        assert (hint.gateway, hint.dedupe_key, hint.subject) == ("stripe", "evt_1", subject)
        assert (hint.ref, hint.event, hint.is_signed) == ("xx_1", kind, True)

    @pytest.mark.parametrize(
        "kind", ["customer.created", "charge.refunded", "payment_intent.created", "a.kind.of.tomorrow"]
    )
    def test_leaves_out_other_events(self, kind):
        assert read(event(kind, {"id": "cus_1", "object": "customer"})) is None

    def test_reads_whatever_the_double_sends(self, gateway, double):
        payment = paid(gateway, double, saves_method=True)
        refund_ref = double.refund_from_dashboard(payment.payment_ref, 100)
        dispute_ref = double.open_dispute(payment.payment_ref)
        reader = reader_of(double)

        hints = [reader.read(lowered(webhook), webhook.body, "127.0.0.1") for webhook in double.deliveries.sent]

        assert {(hint.subject, hint.ref) for hint in hints if hint} == {
            (Subject.CHECKOUT, payment.checkout_ref),
            (Subject.PAYMENT, payment.payment_ref),
            (Subject.REFUND, refund_ref),
            (Subject.DISPUTE, dispute_ref),
        }
        assert None in hints
        keys = [hint.dedupe_key for hint in hints if hint]
        assert len(keys) == len(set(keys))

    def test_a_repeated_webhook_has_the_same_key(self):
        first, second = read(event(), at=NOW - 200), read(event(), at=NOW)

        assert first.dedupe_key == second.dedupe_key

    @pytest.mark.parametrize("at", [NOW - 300, NOW, NOW + 300])
    def test_takes_clocks_that_differ_a_little(self, at):
        assert read(event(), at=at) is not None

    @pytest.mark.parametrize(("at", "word"), [(NOW - 301, "ago"), (NOW + 301, "ahead")])
    def test_refuses_stale_ones_and_ones_of_the_future(self, at, word):
        with pytest.raises(Unverified, match=f"more than 300 seconds {word}"):
            read(event(), at=at)

    def test_refuses_another_secret(self):
        with pytest.raises(Unverified, match="fits none of our secrets"):
            read(event(), secret="whsec_of_somebody_else")

    @pytest.mark.parametrize(
        "altered",
        [
            event().replace(b"pi_1", b"pi_2"),
            json.dumps(json.loads(event())).encode(),
            event() + b"\n",
            b"",
            b"\xff\xfe",
        ],
    )
    def test_refuses_a_body_that_is_not_byte_for_byte_what_was_signed(self, altered):
        with pytest.raises(Unverified):
            read(event(), altered=altered)

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "t=,v1=",
            f"t={NOW}",
            f"t={NOW},v0={'0' * 64}",
            f"t={NOW},v1={'0' * 64}",
            f"v1={'0' * 64}",
            "t=x,v1=y",
            f"t={NOW},v1=\u00e9",
        ],
    )
    def test_refuses_forged_and_broken_signatures(self, header):
        headers = {} if header is None else {"stripe-signature": header}

        with pytest.raises(Unverified):
            StripeWebhookReader([SECRET], clock=lambda: NOW).read(headers, event(), "127.0.0.1")

    def test_a_time_that_was_put_before_the_signed_one_helps_nobody(self):
        webhook = signed("", event(), at=NOW - 4000)
        forged = f"t={NOW}," + webhook.headers["Stripe-Signature"]

        with pytest.raises(Unverified):
            StripeWebhookReader([SECRET], clock=lambda: NOW).read({"stripe-signature": forged}, event(), "127.0.0.1")

    def test_takes_any_of_its_secrets_while_they_are_changed(self):
        reader = StripeWebhookReader(["whsec_old", "whsec_new"], clock=lambda: NOW)

        for secret in ("whsec_old", "whsec_new"):
            assert reader.read(lowered(signed("", event(), secret=secret, at=NOW)), event(), "127.0.0.1")
        with pytest.raises(Unverified):
            reader.read(lowered(signed("", event(), at=NOW)), event(), "127.0.0.1")

    @pytest.mark.parametrize(("is_live", "livemode"), [(True, False), (False, True), (True, None)])
    def test_refuses_the_other_mode(self, is_live, livemode):
        with pytest.raises(Unverified, match="mode"):
            read(event(livemode=livemode), is_live=is_live)

    @pytest.mark.parametrize("is_live", [True, False])
    def test_takes_its_own_mode(self, is_live):
        assert read(event(livemode=is_live), is_live=is_live)

    @pytest.mark.parametrize(
        "body",
        [
            b"not json",
            b"[]",
            b"7",
            b"null",
            b'{"object": "v2.core.event", "id": "evt_1"}',
            event(id=None),
            event(id="evt_" + "1" * 200),
            event(data=None),
            event(data={"object": {"object": "payment_intent"}}),
            event(data={"object": {"object": "payment_intent", "id": "../../v1/refunds"}}),
            event(about={"id": "ch_1", "object": "charge"}),
        ],
    )
    def test_refuses_what_is_signed_and_no_event(self, body):
        with pytest.raises(Unverified):
            read(body)

    def test_no_secret_and_nothing_of_the_body_comes_into_an_error(self):
        with pytest.raises(Unverified) as raised:
            read(event(about={"id": "pi_1", "email": "buyer@example.com"}), secret="whsec_other")

        assert "buyer" not in str(raised.value)
        assert SECRET not in str(raised.value)
        assert raised.value.__cause__ is None

    @pytest.mark.parametrize("secrets", [[], [""], ["whsec_a", "  "]])
    def test_an_empty_secret_is_not_taken(self, secrets):
        with pytest.raises(ValueError, match="empty"):
            StripeWebhookReader(secrets)

    def test_uses_the_real_clock_by_default(self):
        reader = StripeWebhookReader([SECRET])

        assert reader.read(lowered(signed("", event(), at=int(time.time()))), event(), "127.0.0.1")
        with pytest.raises(Unverified):
            reader.read(lowered(signed("", event(), at=int(time.time()) - 400)), event(), "127.0.0.1")
