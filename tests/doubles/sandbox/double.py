"""The sandbox as a double: the product's own server, with faults and controls beside it."""

import time
from collections import Counter
from typing import Any, Self

from gateways.sandbox.server import disputes, payments, refunds, setups, views
from gateways.sandbox.server.app import create_app
from gateways.sandbox.server.bodies import NewRefund
from gateways.sandbox.server.state import SandboxState
from gateways.sandbox.signature import HEADER, sign
from tests.doubles.delivery import Deliverer, Webhook
from tests.doubles.faults import Fault, Faults
from tests.doubles.sandbox.control import add_controls
from tests.doubles.sandbox.misbehaviour import add_faults
from tests.doubles.server import Served

SECRET = "whs-of-the-sandbox-double"


class SandboxDouble:
    """The sandbox on a port of 127.0.0.1, for as long as the block lasts."""

    def __init__(self, *, webhook_url: str | None = None, port: int = 0, host: str = "127.0.0.1") -> None:
        self.faults = Faults()
        self.deliveries = Deliverer(webhook_url)
        self.state = SandboxState(self._send)
        self._counts: Counter[str] = Counter()
        app = create_app(self.state)
        add_controls(app, self)
        add_faults(app, self.faults, self._counts, on_decline=self._decline_next_charge)
        self._served = Served(app, port=port, host=host)

    def __enter__(self) -> Self:
        """Begin to serve."""
        self._served.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """End serving and delivering."""
        self._served.__exit__()
        self.deliveries.close()

    @property
    def url(self) -> str:
        """The API's base."""
        return self._served.url

    def settings(self) -> dict[str, str]:
        """Return the values by which the product finds this double."""
        return {"URL": self.url, "WEBHOOK_SECRET": SECRET} | (
            {"WEBHOOK_URL": self.deliveries.url} if self.deliveries.url else {}
        )

    @property
    def payer(self) -> str | None:
        """Whose card all buyers take from now on; None: each account has its own."""
        return self.state.payer

    @payer.setter
    def payer(self, payer: str | None) -> None:
        self.state.payer = payer

    def pay(self, checkout_ref: str) -> str:
        """Let the buyer pay; return the payment's ref."""
        payment_ref = payments.pay(self.state, checkout_ref).payment_ref
        assert payment_ref is not None
        return payment_ref

    def decline(self, checkout_ref: str, code: str) -> None:
        """Let the buyer's card be declined; that ends the checkout."""
        payments.decline(self.state, checkout_ref, code)

    def need_action(self, checkout_ref: str) -> None:
        """Begin 3-D Secure."""
        payments.need_action(self.state, checkout_ref)

    def expire(self, checkout_ref: str) -> None:
        """Let the checkout expire."""
        payments.expire(self.state, checkout_ref)

    def finish_setup(self, setup_ref: str) -> None:
        """Let the buyer save a card."""
        setups.finish_setup(self.state, setup_ref)

    def fail_setup(self, setup_ref: str, code: str) -> None:
        """Let the buyer's bank refuse that the card is saved."""
        setups.fail_setup(self.state, setup_ref, code)

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the payment's ref, once there is one."""
        return payments.find_payment(self.state, checkout_ref).payment_ref

    def refund_from_dashboard(self, payment_ref: str, minor: int | None = None) -> str:
        """Refund without the shop; return the refund's ref."""
        return refunds.create_refund(self.state, NewRefund(payment_ref=payment_ref, amount_minor=minor)).ref

    @property
    def hold_refunds(self) -> bool:
        """Whether refunds stay pending until the test ends them."""
        return self.state.holds_refunds

    @hold_refunds.setter
    def hold_refunds(self, holds: bool) -> None:
        self.state.holds_refunds = holds

    def end_refund(self, refund_ref: str, *, succeeded: bool) -> None:
        """Decide about a refund."""
        refunds.end_refund(self.state, refund_ref, succeeded=succeeded)

    def open_dispute(self, payment_ref: str, minor: int | None = None) -> str:
        """Let the payer's bank want the money back, or a part; return the dispute's ref."""
        return disputes.open_dispute(self.state, payment_ref, minor).ref

    def close_dispute(self, dispute_ref: str, *, won: bool) -> None:
        """Decide a dispute."""
        disputes.close_dispute(self.state, dispute_ref, won=won)

    def books(self) -> dict[str, tuple[int, int]]:
        """Return, by currency, what was captured and what was refunded, in minor units."""
        with self.state.lock:
            return views.books(self.state.records)

    def count(self, operation: str) -> int:
        """Return how many calls of an operation came."""
        with self.state.lock:
            return self._counts[operation]

    def plan(self, operation: str, fault: str, **more: Any) -> None:
        """Plan a fault by its name, for callers over HTTP."""
        self.faults.plan(operation, Fault(fault), **more)

    def _decline_next_charge(self, code: str) -> None:
        with self.state.lock:
            self.state.next_declines.append(code)

    def _send(self, event_type: str, body: bytes) -> None:
        signature = sign(SECRET, body, at=int(time.time()))
        self.deliveries.send(Webhook(event_type, body, {HEADER: signature, "content-type": "application/json"}))
