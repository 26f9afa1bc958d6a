"""PayPal, as far as we use it, on 127.0.0.1."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from tests.doubles.delivery import Deliverer, Webhook
from tests.doubles.faults import Faults
from tests.doubles.paypal import orders, refunds, vault
from tests.doubles.paypal.api import Api, Exchange
from tests.doubles.paypal.records import State, new_id, now_text
from tests.doubles.paypal.serving import app_of
from tests.doubles.paypal.signing import common_signer
from tests.doubles.server import Served

CLIENT_ID = "client-of-the-double"
CLIENT_SECRET = "secret-of-the-double"
WEBHOOK_ID = "5GP028458E2496506"


class PaypalDouble:
    """
    A double of PayPal; serves for as long as the block lasts.

    Args:
        webhook_url: where webhooks go; None: they are only recorded in `deliveries.sent`.
        port: 0: any free one.
        host: where it listens.
    """

    def __init__(self, *, webhook_url: str | None = None, port: int = 0, host: str = "127.0.0.1") -> None:
        self.faults = Faults()
        self.deliveries = Deliverer(webhook_url)
        self.signer = common_signer()
        self.webhook_id = WEBHOOK_ID
        self.state = State(self._emit)
        self.api = Api(self.state, self.faults, CLIENT_ID, CLIENT_SECRET)
        self._served = Served(app_of(self), port=port, host=host)

    def __enter__(self) -> Self:
        """Start serving."""
        self._served.__enter__()
        self.state.base = self._served.url
        return self

    def __exit__(self, *_: object) -> None:
        """End serving and delivering."""
        self._served.__exit__()
        self.deliveries.close()

    @property
    def url(self) -> str:
        """Where the API is."""
        return self.state.base

    @property
    def exchanges(self) -> list[Exchange]:
        """Every call of the API so far and its answer."""
        with self.state.lock:
            return list(self.api.exchanges)

    def settings(self) -> dict[str, str]:
        """Return the values of the gateway's settings that point here."""
        return {
            "CLIENT_ID": CLIENT_ID,
            "CLIENT_SECRET": CLIENT_SECRET,
            "API_BASE": self.url,
            "WEBHOOK_ID": self.webhook_id,
            "CERT_ORIGIN": self.url,
        }

    @property
    def hold_refunds(self) -> bool:
        """Whether refunds wait until they are settled."""
        return self.state.hold_refunds

    @hold_refunds.setter
    def hold_refunds(self, holds: bool) -> None:
        self.state.hold_refunds = holds

    @property
    def hold_captures(self) -> bool:
        """Whether captures wait (PENDING) until they are settled."""
        return self.state.hold_captures

    @hold_captures.setter
    def hold_captures(self, holds: bool) -> None:
        self.state.hold_captures = holds

    @property
    def vault_later(self) -> bool:
        """Whether wallets come into the vault only after the capture, by `finish_vault`."""
        return self.state.vault_later

    @vault_later.setter
    def vault_later(self, is_later: bool) -> None:
        self.state.vault_later = is_later

    @property
    def payer(self) -> str | None:
        """Whose wallet all buyers take from now on."""
        return self.state.payer

    @payer.setter
    def payer(self, payer: str | None) -> None:
        self.state.payer = payer

    def pay(self, checkout_ref: str) -> str:
        """Let the buyer approve on the hosted page; there is no capture yet, so the answer is empty."""
        with self.state.lock:
            orders.approve(self.state, checkout_ref)
        return ""

    def decline(self, checkout_ref: str, code: str = "INSTRUMENT_DECLINED") -> None:
        """Let the buyer approve with means that will be declined at the capture, until they pay otherwise."""
        with self.state.lock:
            orders.approve(self.state, checkout_ref, refusal=code)

    def need_action(self, checkout_ref: str) -> None:
        """Let the buyer approve and leave before the last step; the capture asks for the buyer then."""
        with self.state.lock:
            orders.approve(self.state, checkout_ref, refusal="PAYER_ACTION_REQUIRED")

    def expire(self, checkout_ref: str) -> None:
        """Let an order end without money."""
        with self.state.lock:
            orders.void(self.state, checkout_ref)

    def finish_setup(self, setup_ref: str) -> None:
        """Let the buyer allow that their wallet is saved; saving it is up to us."""
        with self.state.lock:
            vault.approve_setup(self.state, setup_ref)

    def fail_setup(self, setup_ref: str, code: str) -> None:
        """Let the buyer agree with a wallet that will not be saved."""
        with self.state.lock:
            vault.approve_setup(self.state, setup_ref, refusal=code)

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the capture of an order, if there is one."""
        with self.state.lock:
            captures = self.state.orders[checkout_ref].captures
            return captures[-1].id if captures else None

    def end_capture(self, payment_ref: str, *, succeeded: bool) -> None:
        """End the wait of a capture that is held."""
        with self.state.lock:
            orders.settle(self.state, payment_ref, succeeded=succeeded)

    def finish_vault(self, checkout_ref: str) -> str:
        """Put the buyer's wallet into the vault at last; returns the token."""
        with self.state.lock:
            return orders.store_in_vault(self.state, self.state.orders[checkout_ref])

    def forget_method(self, token: str) -> None:
        """Let the buyer take a wallet out of the vault."""
        with self.state.lock:
            vault.delete_method(self.state, token)

    def forget_order(self, checkout_ref: str) -> None:
        """Let PayPal forget an order; its money stays known."""
        with self.state.lock:
            self.state.orders.pop(checkout_ref)

    def refund_from_dashboard(self, payment_ref: str, minor: int | None = None) -> str:
        """Give money back by hand; None: all that is left."""
        with self.state.lock:
            return refunds.from_dashboard(self.state, payment_ref, minor)

    def end_refund(self, refund_ref: str, *, succeeded: bool) -> None:
        """End a refund that is held."""
        with self.state.lock:
            refunds.settle(self.state, refund_ref, succeeded=succeeded)

    def reverse(self, payment_ref: str) -> None:
        """Let PayPal take the money of a capture back without a refund."""
        with self.state.lock:
            refunds.reverse(self.state, payment_ref)

    def take_back_reversal(self, payment_ref: str) -> None:
        """Let PayPal give the money of a reversed capture again."""
        with self.state.lock:
            refunds.take_back_reversal(self.state, payment_ref)

    def report_refund(self, refund_ref: str) -> None:
        """Send the event of a refund that is pending or has failed."""
        with self.state.lock:
            refunds.report(self.state, refund_ref)

    def open_dispute(self, payment_ref: str, minor: int | None = None) -> str:
        """Let the buyer complain, about all of the money or about a part; returns the dispute."""
        with self.state.lock:
            return refunds.open_dispute(self.state, payment_ref, minor)

    def close_dispute(self, dispute_ref: str, *, won: bool) -> None:
        """Let PayPal decide a dispute."""
        with self.state.lock:
            refunds.close_dispute(self.state, dispute_ref, won=won)

    def forget_tokens(self) -> None:
        """Let every access token end before its time."""
        with self.state.lock:
            self.state.access_tokens.clear()

    def books(self) -> dict[str, tuple[int, int]]:
        """Return captured and refunded minor units by currency."""
        sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        with self.state.lock:
            for money in self.state.captures.values():
                if money.status in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "REVERSED"):
                    sums[money.money.currency][0] += money.money.minor
            for refund in self.state.refunds.values():
                if refund.status == "COMPLETED":
                    sums[refund.money.currency][1] += refund.money.minor
        return {currency: (captured, refunded) for currency, (captured, refunded) in sums.items()}

    def count(self, operation: str) -> int:
        """Return how many calls of an operation came (`token` and `list` too)."""
        with self.state.lock:
            return self.state.counts[operation]

    def webhook(self, event: dict[str, Any], *, sent_at: datetime | None = None) -> Webhook:
        """Return an event as a signed webhook."""
        body = json.dumps(event, separators=(",", ":")).encode()
        return Webhook(event["event_type"], body, self.signer.headers(body, self.webhook_id, sent_at=sent_at))

    def age_events(self, age: timedelta) -> None:
        """Let every event so far have happened earlier, as the feed lists it."""
        with self.state.lock:
            for event in self.state.events:
                created = datetime.fromisoformat(event["create_time"]) - age
                event["create_time"] = created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _emit(self, event_type: str, resource_type: str, resource: dict[str, Any]) -> None:
        event_id = f"WH-{new_id()}-{new_id()}"
        event = {
            "id": event_id,
            "event_version": "1.0",
            "create_time": now_text(),
            "resource_type": resource_type,
            "resource_version": "2.0",
            "event_type": event_type,
            "summary": f"{event_type} happened.",
            "resource": resource,
            "links": [
                {"href": f"{self.url}/v1/notifications/webhooks-events/{event_id}", "rel": "self", "method": "GET"}
            ],
        }
        self.state.events.append(event)
        self.deliveries.send(self.webhook(event))
