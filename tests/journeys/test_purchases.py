"""A buyer at each gateway: the product's own processes beside the doubles, as deploy/development.env runs them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from demo.catalogue import PRODUCTS
from store.catalogue.product import save_products
from store.engine import open_engine
from store.transaction import transaction
from tests.journeys.billing import Billing
from tests.servers.databases import select
from tests.servers.find import FoundRabbit
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

CURRENCIES = {"stripe": "USD", "paypal": "EUR", "yookassa": "RUB", "sandbox": "RUB"}
STARTER_SECONDS = 6_000


@contextmanager
def doubles(webhooks: str) -> Iterator[dict[str, str]]:
    """Run the doubles as a developer does; give the settings that they print."""
    command = [sys.executable, "-m", "tests.doubles", "--first-port=0", f"--webhooks={webhooks}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        settings: dict[str, str] = {}
        while "SANDBOX_WEBHOOK_URL" not in settings:
            name, _, value = process.stdout.readline().rstrip("\n").partition("=")
            assert name, "the doubles ended"
            settings[name] = value
        yield settings
    finally:
        process.terminate()
        process.wait(10)


class TestBuyers:
    def test_have_their_minutes_from_every_gateway(self, database_url: str, rabbit_server: FoundRabbit) -> None:
        port = ReservedPort()
        with doubles(f"http://127.0.0.1:{port.number}/webhooks") as settings:
            billing = Billing(
                {
                    "DATABASE_URL": database_url,
                    "AMQP_URL": rabbit_server.url,
                    "WEBHOOKS_PORT": str(port.number),
                    "GATEWAY_ROUTES": "RUB=yookassa,EUR=paypal,*=stripe",
                    **settings,
                }
            )
            self.offer(database_url)
            with billing.running("run"):
                links = {name: self.link(billing, name) for name in CURRENCIES}
                for name, link in links.items():
                    self.pay(settings, name, self.checkout_ref(database_url, link["order_id"]))
                wait_until(
                    lambda: self.states(database_url) == dict.fromkeys(CURRENCIES, "paid"), "all is paid", limit_s=120
                )
                refund = billing.json("refund", links["stripe"]["order_id"], "--reason", "asked for", "--by", "olga")
            audit = billing("audit")
        port.release()

        left = dict(
            select(
                database_url,
                "SELECT account.id, sum(left_seconds)::int FROM package JOIN account ON account.number = package.account GROUP BY 1",
            )
        )
        assert left == dict.fromkeys(CURRENCIES, STARTER_SECONDS) | {"stripe": 0}
        assert refund["status"] == "succeeded"
        assert audit.returncode == 0, audit.stdout

    @staticmethod
    def offer(database_url: str) -> None:
        """Put the demonstration's products on offer."""
        engine = open_engine(database_url)
        with transaction(engine) as session:
            save_products(session, PRODUCTS)
        engine.dispose()

    @staticmethod
    def link(billing: Billing, gateway: str) -> dict[str, Any]:
        """Ask for the link of a purchase, by an account that is called like the gateway."""
        words = ("pay-link", gateway, "starter", "--currency", CURRENCIES[gateway], "--gateway", gateway)
        link: dict[str, Any] = billing.json(*words)
        assert httpx.get(link["url"], timeout=10, trust_env=False).status_code == 200
        return link

    @staticmethod
    def checkout_ref(database_url: str, order_id: str) -> str:
        """The gateway's id of an order's checkout."""
        [[ref]] = select(database_url, f"SELECT checkout_ref FROM orders WHERE id = '{order_id}'")
        return str(ref)

    @staticmethod
    def pay(settings: dict[str, str], gateway: str, checkout_ref: str) -> None:
        """Pay as the buyer does on the hosted page."""
        base = (settings.get(f"{gateway.upper()}_API_BASE") or settings["SANDBOX_URL"]).removesuffix("/v3")
        answer = httpx.post(f"{base}/_control/pay", json={"checkout_ref": checkout_ref}, timeout=10, trust_env=False)
        assert answer.status_code == 200, answer.text

    @staticmethod
    def states(database_url: str) -> dict[str, str]:
        """The state of each account's order."""
        return dict(select(database_url, "SELECT account.id, status FROM orders JOIN account ON number = account"))
