"""A counter: where an operator sells by commands, with the sandbox behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from demo.catalogue import PRODUCTS
from store.catalogue.product import save_products
from store.engine import Engine
from store.transaction import transaction
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import gateway_of
from tests.journeys.billing import Billing
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness
from workers.payments.payment import apply_payment


@dataclass(frozen=True, slots=True)
class Counter:
    """Where an operator sells: the commands, the sandbox behind them, and the database below."""

    billing: Billing
    sandbox: SandboxDouble
    engine: Engine
    harness: PaymentHarness

    def open_order(self, *words: str) -> dict[str, Any]:
        """Ask for a link by command, and return what was printed."""
        answer: dict[str, Any] = self.billing.json("pay-link", "anna", "standard", *words)
        return answer

    def checkout_of(self, order_id: str) -> str:
        """Return the gateway's id of an order's checkout."""
        ref: str = self.harness.order(order_id)["checkout_ref"]
        return ref

    def bought(self) -> str:
        """Buy the product and pay, without a command; return the order."""
        order_id: str = self.harness.buy("standard", currency="RUB")["order_id"]
        self.sandbox.pay(self.checkout_of(order_id))
        self.hear(order_id)
        return order_id

    def hear(self, order_id: str) -> None:
        """Let the news of an order's payment arrive, as after a webhook."""
        payment = self.harness.gateway.fetch_payment(self.checkout_of(order_id))
        apply_payment(self.harness.context, "sandbox", payment)

    def available_seconds(self) -> int:
        """Return what the harness's account can spend."""
        return self.harness.minutes.balance(now=self.harness.clock()).available_seconds

    def dead_letters(self) -> int:
        """Return how many messages were set aside, whatever became of them since."""
        [row] = self.harness.minutes.select("SELECT count(*) AS letters FROM dead_letter")
        return int(row["letters"])

    def execute(self, statement: str) -> None:
        """Do something to the database that no command can."""
        with transaction(self.engine) as session:
            session.execute(text(statement))


@contextmanager
def opened_counter(database_url: str) -> Iterator[Counter]:
    """Open a counter on a database of its own, and audit that at the end."""
    with audited(database_url) as engine, SandboxDouble() as sandbox:
        with transaction(engine) as session:
            save_products(session, PRODUCTS)
        settings = {"GATEWAYS": "sandbox", "ENVIRONMENT": "development", "SANDBOX_URL": sandbox.url}
        billing = Billing({"DATABASE_URL": database_url, **settings})
        yield Counter(billing, sandbox, engine, PaymentHarness(engine, gateway_of(sandbox)))
