"""A whole installation for the browser: `billing run` beside the doubles of the gateways."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from demo.catalogue import PRODUCTS
from domain.money import Money
from domain.notices.notice import NoticeKind
from domain.notices.unsubscribe import Unsubscription, write_token
from messages.promotions.referrals import ReferralTermsSetRequested
from store.catalogue.product import save_products
from store.engine import Engine, open_engine
from store.transaction import transaction
from tests.doubles.__main__ import DOUBLES
from tests.journeys.billing import Billing
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.web.portal.browser import Browser as HttpBrowser
from tests.web.portal.browser import is_listening
from tests.workers.events import registered
from tests.workers.minutes.harness import MinutesHarness
from web.portal.settings import Portal
from workers.access.sessions import make_entry_link
from workers.context import Context
from workers.submit import Submission, submit

CURRENCIES = {"stripe": "USD", "paypal": "EUR", "yookassa": "RUB", "sandbox": "KZT"}
"""gateway -> the currency that is paid there."""

ROUTES = "RUB=yookassa,EUR=paypal,KZT=sandbox,*=stripe"

UNSUBSCRIBE_SECRET = "of-the-tests-with-a-browser-0123456789"


TERMS = {
    "referrer_seconds": 1_800,
    "friend_seconds": 900,
    "monthly_limit": 5,
    "window_days": 14,
    "is_open": True,
    "created_by": "ann",
}


@dataclass(frozen=True, slots=True)
class Installation:
    """
    What runs, and the ways by which a test prepares an account; `doubles` are the gateways' by name.

    `api` is the API's address, `other_pages` the port of somebody else's pages, which may show a balance.
    """

    portal: Portal
    engine: Engine
    database_url: str
    billing: Billing
    doubles: dict[str, Any]
    mails: Path
    api: str
    other_pages: int

    @property
    def address(self) -> str:
        """The portal's address, without a slash at its end."""
        return self.portal.address

    def account(self, *, currency: str = "RUB", **more: Any) -> MinutesHarness:
        """Register a new account with a mail address."""
        harness = MinutesHarness(self.engine)
        data = {"email": f"{harness.account}@example.org", "locale": "en", "time_zone": "Europe/Berlin"}
        harness.apply(registered(harness.account, currency=currency, **data | more))
        return harness

    def subscribe(self, account: str, product: str = "monthly", *, currency: str = "KZT") -> None:
        """Subscribe an account at the sandbox, and pay the first period."""
        words = ("subscriptions", "start", account, product, "--currency", currency, "--gateway", "sandbox")
        self.pay(self.billing.json(*words)["order_id"], "sandbox")

    def entry(self, account: str, task: str = "/") -> str:
        """Return the path of a link that signs an account in, once."""
        return f"/enter/{make_entry_link(self.portal.context, account, task=task, asked_by='test')}"

    def unsubscribe_path(self, account: str) -> str:
        """Return the path to which a mail about a low balance leads."""
        told = Unsubscription(account, NoticeKind.LOW_BALANCE)
        return f"/unsubscribe/{write_token(told, secret=UNSUBSCRIBE_SECRET.encode())}"

    @contextmanager
    def signed_in(self, account: str) -> Iterator[HttpBrowser]:
        """Give a browser without pages, for what must have happened before a real one looks."""
        with HttpBrowser(self.portal) as browser:
            browser.sign_in(account)
            yield browser

    def checkout_ref(self, order_id: str) -> str:
        """Return the gateway's id of an order's checkout."""
        rows = MinutesHarness(self.engine).select("SELECT checkout_ref FROM orders WHERE id = :id", id=order_id)
        return str(rows[0]["checkout_ref"])

    def pay(self, order_id: str, gateway: str) -> None:
        """Pay an order, as its buyer does at the gateway, and wait until the product has heard of it."""
        self.doubles[gateway].pay(self.checkout_ref(order_id))
        harness = MinutesHarness(self.engine)

        def is_paid() -> bool:
            [row] = harness.select("SELECT status FROM orders WHERE id = :id", id=order_id)
            return bool(row["status"] == "paid")

        wait_until(is_paid, f"{order_id} is paid", limit_s=30)


@contextmanager
def installed(database_url: str, amqp_url: str, folder: Path) -> Iterator[Installation]:
    """Run everything until the context ends."""
    webhooks, page, api, others = (ReservedPort() for _ in range(4))
    address = f"http://127.0.0.1:{page.number}"
    engine = open_engine(database_url)
    with transaction(engine) as session:
        save_products(session, [_with_tenge(product) for product in PRODUCTS])
    with ExitStack() as running:
        settings: dict[str, str] = {}
        doubles: dict[str, Any] = {}
        for name, double in DOUBLES.items():
            url = f"http://127.0.0.1:{webhooks.number}/webhooks/{name}"
            doubles[name] = running.enter_context(double(webhook_url=url))
            settings |= {f"{name.upper()}_{key}": value for key, value in doubles[name].settings().items()}
        billing = Billing(
            settings
            | {
                "ENVIRONMENT": "development",
                "DATABASE_URL": database_url,
                "AMQP_URL": amqp_url,
                "GATEWAYS": ",".join(DOUBLES),
                "GATEWAY_ROUTES": ROUTES,
                "WEBHOOKS_PORT": str(webhooks.number),
                "WEB_API_PORT": str(api.number),
                "WEB_API_URL": f"http://127.0.0.1:{api.number}",
                "WEB_WIDGET_ORIGINS": f"http://127.0.0.1:{others.number}",
                "WEB_PORTAL_PORT": str(page.number),
                "WEB_ADMIN_PORT": "0",
                "PORTAL_URL": address,
                "UNSUBSCRIBE_SECRET": UNSUBSCRIBE_SECRET,
                "MAIL_FOLDER": str(folder),
                "LOG_LEVEL": "WARNING",
            }
        )
        for port in (webhooks, page, api, others):
            running.callback(port.release)
        running.enter_context(billing.running("run"))
        wait_until(lambda: is_listening(page.number) and is_listening(webhooks.number), "all listens", limit_s=90)
        portal = Portal(Context(engine), address)
        submit(portal.context, Submission(ReferralTermsSetRequested, None, TERMS, "test", "terms"))
        yield Installation(
            portal, engine, database_url, billing, doubles, folder, f"http://127.0.0.1:{api.number}", others.number
        )
    engine.dispose()


def mailed(folder: Path, account: str) -> list[str]:
    """Return the mails that went to an account, the oldest first."""
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime)
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in files]
    return [text for text in texts if f"{account}@example.org" in text]


def _with_tenge(product: Any) -> Any:
    # So that a currency of its own leads to the sandbox.
    return replace(product, prices={**product.prices, "KZT": Money(product.prices["RUB"].minor * 5, "KZT")})
