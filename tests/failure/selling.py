"""A shop beside an installation: it asks for purchases and refunds by message, and its buyers pay at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import httpx
from sqlalchemy import text

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from broker.shared_publisher import SharedPublisher
from domain.money import Money
from gateways.settings import GatewaySettings
from messages.envelope import Envelope
from messages.payments.reminders import OpenPaymentsPollRequested
from messages.payments.requests import PurchaseRequested, RefundRequested
from messages.queues import INTERNAL, PURCHASE, RECONCILIATION, SALES
from messages.write import write
from relay.webhooks import create_app
from store.engine import open_engine
from store.transaction import transaction
from tests.doubles.delivery import Deliverer
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.plain_http import NO_TLS
from tests.doubles.sandbox.double import SandboxDouble
from tests.doubles.server import Served
from tests.failure.installation import Installation
from tests.workers.payments.harness import fill_catalogue

PRICES = {"sandbox": Money(69_900, "RUB"), "paypal": Money(1_000, "JPY")}
"""What a purchase costs; PayPal takes no roubles."""

PART_MINOR = 20_000
"""What of it is asked back."""

DOUBLES: dict[str, type[SandboxDouble] | type[PaypalDouble]] = {"sandbox": SandboxDouble, "paypal": PaypalDouble}

BUYERS = "FROM orders JOIN account ON account.number = orders.account"

WEBHOOK_TRIES = 500
"""How often a webhook is sent, a fiftieth of a second after the last time; gateways have days for that."""


class Shop:
    """
    The shop and its buyers.

    Args:
        installation: what it sells through.
        double: the gateway, in whose name `name` buyers pay.
    """

    def __init__(self, installation: Installation, double: SandboxDouble | PaypalDouble, *, name: str) -> None:
        self.double = double
        self.name = name
        self._url = installation.rabbit.url
        self.engine = open_engine(installation.database_url)
        self._paid: set[str] = set()
        self._decided: set[str] = set()
        fill_catalogue(self.engine)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def settings(self) -> dict[str, str]:
        """Return the settings by which a process of the product finds the gateway."""
        own = {f"{self.name.upper()}_{name}": value for name, value in self.double.settings().items()}
        return {"GATEWAYS": self.name, "ENVIRONMENT": "development"} | own

    def send_webhooks_to(self, base: str) -> None:
        """Let the gateway's webhooks go to a relay from now on, each until it is taken."""
        self.double.deliveries.close()
        self.double.deliveries = self.deliverer(base)

    def lose_webhooks(self) -> None:
        """Let no webhook arrive from now on."""
        self.double.deliveries.url = None

    def deliverer(self, base: str) -> Deliverer:
        """Return one more sender of webhooks to a relay."""
        return Deliverer(f"{base}/webhooks/{self.name}", tries=WEBHOOK_TRIES, pause_s=0.02)

    def ask_for_purchases(self, accounts: Sequence[str]) -> None:
        """Ask for one purchase of each account."""
        wanted = {"product_id": "standard", "currency": PRICES[self.name].currency}
        self._publish(SALES, PURCHASE, PurchaseRequested, dict.fromkeys(accounts, wanted))

    def ask_for_refund(self, account: str) -> None:
        """Ask for a part of an account's money."""
        [[order_id]] = self.select(f"SELECT orders.id {BUYERS} WHERE account.id = :account", account=account)
        wanted = {"order_id": order_id, "amount_minor": PART_MINOR, "reason": "asked for", "requested_by": "olga"}
        self._publish(SALES, PURCHASE, RefundRequested, {account: wanted})

    def tick(self) -> str:
        """Remind of looking at open rows, as the scheduler does; return the message's id."""
        [message_id] = self._publish(INTERNAL, RECONCILIATION, OpenPaymentsPollRequested, {None: {}})
        return message_id

    def let_time_pass(self) -> None:
        """Let what is open be open for so long that a look takes it up."""
        with transaction(self.engine) as session:
            session.execute(text("UPDATE refund SET updated_at = updated_at - interval '11 minutes'"))
            session.execute(
                text("UPDATE orders SET polled_at = polled_at - interval '11 minutes' WHERE status <> 'paid'")
            )

    def pay_what_is_open(self) -> None:
        """Let every buyer pay, over HTTP, who has a link."""
        for [ref] in self.select(
            "SELECT checkout_ref FROM orders WHERE status = 'pending' AND checkout_ref IS NOT NULL"
        ):
            if ref not in self._paid:
                self._paid.add(ref)
                paying = {"checkout_ref": ref}
                httpx.post(
                    f"{self.double.url}/_control/pay", json=paying, trust_env=False, verify=NO_TLS
                ).raise_for_status()

    def have_paid(self, accounts: Sequence[str]) -> bool:
        """Let buyers pay, and tell whether those of some accounts have done so, whatever is known of it here."""
        self.pay_what_is_open()
        refs = dict(self.select(f"SELECT account.id, checkout_ref {BUYERS}"))
        return {refs.get(account) for account in accounts} <= self._paid

    def are_paid(self, accounts: Sequence[str]) -> bool:
        """Let buyers pay, and tell whether the orders of some accounts are paid and every webhook is applied."""
        self.pay_what_is_open()
        paid = {account for [account] in self.select(f"SELECT account.id {BUYERS} WHERE status = 'paid'")}
        return paid >= set(accounts) and not self.select("SELECT 1 FROM webhook WHERE state <> 'applied'")

    def decide_refunds(self) -> None:
        """Let the gateway decide the refunds that it holds: the money goes back."""
        for [ref] in self.select("SELECT refund_ref FROM refund WHERE refund_ref IS NOT NULL"):
            if ref not in self._decided:
                self._decided.add(ref)
                self.double.end_refund(ref, succeeded=True)

    def is_decided(self, account: str) -> bool:
        """Let the gateway decide, and tell whether it has about an account's refund, whatever is known of it here."""
        self.decide_refunds()
        return self._refund(account)[1] in self._decided

    def is_refunded(self, account: str) -> bool:
        """Tell whether an account has its refund."""
        return self._refund(account)[0] == "succeeded"

    def webhook_tries(self) -> dict[str, int]:
        """Return how often the webhook of each account's payment came to a worker."""
        return dict(self.select(f"SELECT account.id, tries {BUYERS} JOIN webhook ON checkout_ref = ref"))

    def select(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with transaction(self.engine) as session:
            return [tuple(row) for row in session.execute(text(query), values)]

    def _refund(self, account: str) -> tuple[str | None, str | None]:
        rows = self.select(
            f"SELECT refund.status, refund_ref {BUYERS} JOIN refund ON orders.id = order_id WHERE account.id = :account",
            account=account,
        )
        return (rows[0][0], rows[0][1]) if rows else (None, None)

    def _publish(self, exchange: str, queue: str, model: type[Envelope], data: dict[Any, dict[str, Any]]) -> list[str]:
        publications = []
        for account, one in data.items():
            message_id, body = write(model, one, at=datetime.now(UTC), subject=account, source="shop")
            publications.append(Publication(exchange, queue, message_id, body))
        publisher = ConfirmedPublisher(self._url)
        receipts = publisher.publish(publications, patience_seconds=30)
        publisher.close()
        assert set(receipts) == {Receipt.CONFIRMED}
        return [publication.message_id for publication in publications]


@contextmanager
def selling(installation: Installation, gateway: str = "sandbox") -> Iterator[Shop]:
    """Open a shop; its gateway's webhooks go nowhere yet."""
    with DOUBLES[gateway]() as double:
        shop = Shop(installation, double, name=gateway)
        yield shop
        shop.close()


@contextmanager
def relayed(installation: Installation, shop: Shop) -> Iterator[None]:
    """Let the gateway's webhooks come through the relay's own application, served here."""
    folder = import_module(f"gateways.{shop.name}")
    reader = folder.open_webhook_reader(GatewaySettings("", shop.double.settings()))
    with (
        SharedPublisher(lambda: ConfirmedPublisher(installation.rabbit.url)) as publishing,
        Served(create_app({shop.name: reader}, publishing)) as relay,
    ):
        shop.send_webhooks_to(relay.url)
        yield
