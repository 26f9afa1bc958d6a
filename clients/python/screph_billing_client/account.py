"""What a program can read and do for one account."""

import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from screph_billing_client.answers import (
    Balance,
    Json,
    Order,
    Package,
    Product,
    read_balance,
    read_order,
    read_package,
    read_product,
)
from screph_billing_client.calls import Calls

LONGEST_WAIT_SECONDS = 25


class Account:
    """
    One account, by its own token or by a server's.

    Args:
        calls: of the token.
        path: below `/api/v1`, in front of everything; empty for a buyer's own token.
    """

    def __init__(self, calls: Calls, path: str = "") -> None:
        self._calls = calls
        self._path = path
        self._account = path or "/account"

    def balance(self, *, at: datetime | None = None, with_packages: bool = False) -> Balance:
        """
        Read the balance, now or at any moment.

        Args:
            at: aware; a moment of the past or to come.
            with_packages: in burn order.
        """
        include = "packages" if with_packages else None
        return read_balance(self._calls.get(self._account, at=at and at.isoformat(), include=include))

    def wait_for_change(self, last: Balance, *, seconds: int = LONGEST_WAIT_SECONDS) -> Balance:
        """Return the balance once it is another than the last one, or after so many seconds; 25 at the most."""
        wait = min(seconds, LONGEST_WAIT_SECONDS)
        ends_at = time.monotonic() + wait
        while True:
            left = max(0, round(ends_at - time.monotonic()))
            # One request may not last longer than the time for one attempt.
            found = read_balance(self._calls.get(self._account, wait=min(left, 8), after=str(last.sequence)))
            if left == 0 or (found.sequence, found.available_seconds) != (last.sequence, last.available_seconds):
                return found

    def packages(self) -> Iterator[Package]:
        """Go through the packages, the newest first."""
        return (read_package(one) for one in self._calls.pages(f"{self._path}/packages"))

    def statement(self) -> Iterator[Json]:
        """Go through the lines of the ledger, the newest first."""
        return self._calls.pages(f"{self._path}/statement")

    def explain(self, usage_id: str, *, source: str | None = None) -> Json:
        """Return what a usage took from which package, and why."""
        return self._calls.get(f"{self._path}/usages/{quote(usage_id, safe='')}", source=source)

    def products(self, *, currency: str | None = None, locale: str | None = None) -> list[Product]:
        """Return what can be bought."""
        found = self._calls.get("/products", currency=currency, locale=locale)
        return [read_product(one) for one in found["items"]]

    def buy(
        self, product_id: str, *, key: str | None = None, currency: str | None = None, codes: list[str] | None = None
    ) -> Order:
        """
        Open an order; its `redirect_url` is where the buyer pays, and None while the gateway has not answered yet.

        Args:
            product_id: of `products()`.
            key: the same for the same wish, so that a second press buys nothing.
            currency: ISO 4217.
            codes: promo codes.
        """
        wanted = {"product_id": product_id, "currency": currency, "codes": codes}
        return read_order(self._calls.post(f"{self._path}/orders", wanted, key=key))

    def order(self, order_id: str) -> Order:
        """Read an order."""
        return read_order(self._calls.get(f"{self._path}/orders/{quote(order_id, safe='')}"))

    def orders(self) -> Iterator[Order]:
        """Go through the orders, the newest first."""
        return (read_order(one) for one in self._calls.pages(f"{self._path}/orders"))

    def wait_for_payment(self, order_id: str, *, seconds: float = 600.0, look_every_seconds: float = 2.0) -> Order:
        """Return an order once it is paid or cannot be paid any more, or as it is after so many seconds."""
        ends_at = time.monotonic() + seconds
        while True:
            found = self.order(order_id)
            if not found.is_open or time.monotonic() >= ends_at:
                return found
            time.sleep(look_every_seconds)

    def redeem(self, code: str, *, key: str | None = None) -> Json:
        """Use a promo code that needs no purchase."""
        return self._calls.post(f"{self._path}/promotions/redemptions", {"code": code}, key=key)

    def portal_link(self, task: str = "home") -> str:
        """Return an address that opens the portal, signed in; once, within a minute. Open it at once."""
        return str(self._calls.post(f"{self._path}/portal-sessions", {"task": task})["url"])
