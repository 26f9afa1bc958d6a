"""A shop for the demonstration: the sandbox gateway, the relay of webhooks, and one buyer, all in this process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from asgi.serving import serve_until
from boot.wiring import Wiring
from broker.shared_publisher import SharedPublisher
from demo.catalogue import PRODUCTS
from gateways.sandbox.adapter import SandboxGateway
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.server.app import create_app as sandbox_app
from gateways.sandbox.server.sending import WebhookSender
from gateways.sandbox.server.state import SandboxState
from gateways.sandbox.webhooks import SandboxWebhookReader
from gateways.transport import Transport
from messages.envelope import AboutAccount
from messages.payments.requests import PurchaseRequested, RefundRequested
from messages.subscriptions.requests import SubscriptionStartRequested
from relay.webhooks import create_app as webhooks_app
from store.payments.order import find_order
from store.reading import reading
from workers.catalogue.product import write_products
from workers.context import Context
from workers.submit import Submission, submit

SECRET = "demonstration"
COPIES = 3
WAIT_SECONDS = 30


class UnableToShow(RuntimeError):
    """Something of the demonstration did not happen in time."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The sandbox while it runs: the gateway, and the bank behind it."""

    gateway: SandboxGateway
    state: SandboxState

    def decline_next(self, code: str) -> None:
        """Let the bank decline the next charge of a saved card, and no other."""
        with self.state.lock:
            self.state.next_declines.append(code)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that is open: buy, subscribe, pay, and give back."""

    context: Context

    def buy(self, account_id: str, product_id: str) -> dict[str, Any]:
        """Ask for a purchase and return its answer with the address where the buyer pays."""
        return self._ask(PurchaseRequested, account_id, {"product_id": product_id, "currency": "RUB"})

    def subscribe(self, account_id: str, product_id: str) -> dict[str, Any]:
        """Ask for a subscription and return its answer with the address where the buyer pays the first period."""
        return self._ask(SubscriptionStartRequested, account_id, {"product_id": product_id, "currency": "RUB"})

    def pay(self, url: str) -> None:
        """Click the button of the hosted page, as the buyer would."""
        # The answer sends the browser back to the shop, where nobody is in a demonstration.
        answer = httpx.post(f"{url}/pay", timeout=10, trust_env=False, follow_redirects=False)
        if answer.status_code != 303:
            raise UnableToShow(f"the hosted page answered {answer.status_code}")

    def wait_until_paid(self, order_id: str) -> str:
        """Wait for the webhook to have its effect, and return the gateway's id of the payment."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            with reading(self.context.engine) as session:
                order = find_order(session, order_id)
            if order is not None and order.paid_at is not None:
                return str(order.payment_ref)
            time.sleep(0.02)
        raise UnableToShow(f"order {order_id} was not paid within {WAIT_SECONDS} s")

    def refund(self, account_id: str, order_id: str, amount_minor: int) -> dict[str, Any]:
        """Give a part of the money back and return what it took."""
        data = {
            "order_id": order_id,
            "amount_minor": amount_minor,
            "reason": "the demonstration",
            "requested_by": "demo",
        }
        return self._ask(RefundRequested, account_id, data)

    def _ask(self, model: type[AboutAccount], account_id: str, data: dict[str, Any]) -> dict[str, Any]:
        return submit(self.context, Submission(model, account_id, data, "demo")).answer


@contextmanager
def sandbox_open(wiring: Wiring) -> Iterator[Sandbox]:
    """
    Run the sandbox and the relay for a while; every webhook is sent three times, as gateways sometimes do.

    Raises:
        UnableToShow: a part does not listen in time.
    """
    ending = threading.Event()
    relay_port, sandbox_port = _free_port(), _free_port()
    with (
        SharedPublisher(wiring.publisher) as publishing,
        WebhookSender(f"http://127.0.0.1:{relay_port}/webhooks/sandbox", SECRET) as sender,
    ):

        def send(kind: str, body: bytes) -> None:
            for _ in range(COPIES):
                sender.send(kind, body)

        state = SandboxState(send, clock=wiring.clock)
        apps = {
            relay_port: webhooks_app({"sandbox": SandboxWebhookReader(SECRET)}, publishing),
            sandbox_port: sandbox_app(state),
        }
        threads = [
            threading.Thread(
                target=serve_until,
                args=(app,),
                kwargs={"host": "127.0.0.1", "port": port, "stopping": ending},
                daemon=True,
            )
            for port, app in apps.items()
        ]
        for thread in threads:
            thread.start()
        for port in apps:
            _wait_for(port)
        url = f"http://127.0.0.1:{sandbox_port}"
        try:
            yield Sandbox(SandboxGateway(SandboxClient(Transport(url)), page_url=url), state)
        finally:
            ending.set()
            for thread in threads:
                thread.join(WAIT_SECONDS)


def write_catalogue(context: Context) -> None:
    """Fill the catalogue."""
    write_products(context, PRODUCTS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise UnableToShow(f"nobody listens at port {port}") from error
            time.sleep(0.02)
