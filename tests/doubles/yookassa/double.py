"""A double of YooKassa on 127.0.0.1, with a shop, a buyer and a dashboard to play with."""

import json
from datetime import timedelta
from typing import Any, Self

from tests.doubles.delivery import Deliverer, Webhook
from tests.doubles.faults import Fault, Faults
from tests.doubles.server import Served
from tests.doubles.yookassa import setups
from tests.doubles.yookassa.app import SECRET_KEY, Counts, application
from tests.doubles.yookassa.objects import SHOP_ID
from tests.doubles.yookassa.shop import Shop

_SWITCHES = ("hold_refunds", "hold_charges", "forwarded_for", "unfinished_posts")


class YooKassaDouble:
    """
    One shop at YooKassa.

    Its notifications come from 127.0.0.1, as everything here does. `forwarded_for`, when set, is what
    they say in `X-Forwarded-For`, as if a proxy before us had seen them come from there.

    Args:
        webhook_url: where notifications are sent; none are sent without it, all are refund.
        port: 0 for a free one.
        host: where it listens.
        currency: the shop's.
        wants_receipts: the shop has receipts of 54-FZ made for it.
    """

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        currency: str = "RUB",
        wants_receipts: bool = False,
    ) -> None:
        self.faults = Faults()
        self.deliveries = Deliverer(webhook_url)
        self.forwarded_for: str | None = None
        self._counts = Counts()
        self._shop = Shop(currency, self._emit, lambda ref: f"{self.url}/_pay/{ref}", wants_receipts)
        app = application(self._shop, faults=self.faults, counts=self._counts, controls=self._controls())
        self._served = Served(app, port=port, host=host)

    def __enter__(self) -> Self:
        """Start serving."""
        self._served.__enter__()
        return self

    def __exit__(self, *reason: object) -> None:
        """End serving and delivering."""
        self._served.__exit__(*reason)
        self.deliveries.close()

    @property
    def url(self) -> str:
        """Where it serves; its API is below `/v3`."""
        return self._served.url

    @property
    def hold_refunds(self) -> bool:
        """Tell whether refunds of the API stay pending until `end_refund`."""
        return self._shop.hold_refunds

    @hold_refunds.setter
    def hold_refunds(self, holds: bool) -> None:
        self._shop.hold_refunds = holds

    @property
    def hold_charges(self) -> bool:
        """Tell whether charges of saved methods stay pending until `pay` or `decline`."""
        return self._shop.hold_charges

    @hold_charges.setter
    def hold_charges(self, holds: bool) -> None:
        self._shop.hold_charges = holds

    @property
    def payer(self) -> str | None:
        """Whose card all buyers take from now on."""
        return self._shop.payer

    @payer.setter
    def payer(self, payer: str | None) -> None:
        self._shop.payer = payer

    @property
    def unfinished_posts(self) -> int:
        """Tell how many of the next POSTs are answered with 202, with nothing done."""
        return self._counts.unfinished

    @unfinished_posts.setter
    def unfinished_posts(self, number: int) -> None:
        self._counts.unfinished = number

    @property
    def clock_shift(self) -> timedelta:
        """Tell how far the shop's clock is from ours."""
        return self._shop.clock_shift

    @clock_shift.setter
    def clock_shift(self, shift: timedelta) -> None:
        self._shop.clock_shift = shift

    def settings(self) -> dict[str, str]:
        """Return the values of `YOOKASSA_…` that lead here."""
        receipts = {"RECEIPTS": "yookassa", "VAT_CODE": "1"} if self._shop.wants_receipts else {}
        return {
            "SHOP_ID": SHOP_ID,
            "SECRET_KEY": SECRET_KEY,
            "API_BASE": f"{self.url}/v3",
            "CURRENCY": self._shop.currency,
            "NETWORKS": "127.0.0.0/8",
        } | receipts

    def pay(self, checkout_ref: str) -> str:
        """Let the buyer pay, or a held charge succeed; returns the payment's id, which is the same one."""
        return self._shop.pay(checkout_ref)

    def decline(self, checkout_ref: str, code: str) -> None:
        """Let the buyer's card be declined: the payment is canceled, and paying needs a new one."""
        self._shop.cancel(checkout_ref, code)

    def need_action(self, checkout_ref: str) -> None:
        """Let the buyer not finish 3-D Secure; YooKassa says nothing about it, the payment just waits."""
        self._shop.start_confirming(checkout_ref)

    def expire(self, checkout_ref: str) -> None:
        """Let the time to pay run out."""
        self._shop.cancel(checkout_ref, "expired_on_confirmation", "yoo_money")

    def finish_setup(self, setup_ref: str) -> None:
        """Let the buyer save a card."""
        setups.finish_setup(self._shop, setup_ref)

    def fail_setup(self, setup_ref: str, code: str) -> None:
        """Let the card not be saved; YooKassa says no reason, so the code is left out."""
        setups.fail_setup(self._shop, setup_ref)

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the payment's id if it is paid."""
        paying = self._shop.payments.get(checkout_ref)
        return checkout_ref if paying and paying.body["status"] == "succeeded" else None

    def revoke_method(self, token: str) -> None:
        """Let the buyer forbid charges of a saved method; YooKassa reports it only when it is charged."""
        self._shop.revoked.add(token)

    def refund_from_dashboard(self, payment_ref: str, minor: int | None = None) -> str:
        """Give money back by hand, all that is left or some; it has none of our metadata."""
        return self._shop.refund_by_hand(payment_ref, minor)

    def end_refund(self, refund_ref: str, *, succeeded: bool) -> None:
        """End a refund that was held; no notification reports one that failed."""
        self._shop.end_refund(refund_ref, succeeded=succeeded)

    def books(self) -> dict[str, tuple[int, int]]:
        """Return captured and refunded minor units by currency."""
        return self._shop.sums()

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return all `payments` or all `refunds` as the API would show them, newest first."""
        return self._shop.everything(kind)

    def count(self, operation: str) -> int:
        """Return how many calls of the API an operation has seen."""
        return self._counts.seen[operation]

    def spoil(self, ref: str, **values: Any) -> None:
        """Give a payment values that nobody foresaw."""
        with self._shop.lock:
            self._shop.payments[ref].body.update(values)

    def _emit(self, event: str, body: dict[str, Any]) -> None:
        text = json.dumps({"type": "notification", "event": event, "object": body}, ensure_ascii=False)
        headers = {"content-type": "application/json"}
        if self.forwarded_for:
            headers["x-forwarded-for"] = self.forwarded_for
        self.deliveries.send(Webhook(event, text.encode(), headers))

    def _controls(self) -> dict[str, Any]:
        def plan(operation: str, fault: str, **how: Any) -> None:
            self.faults.plan(operation, Fault(fault), **how)

        def switch(**values: Any) -> None:
            for name, value in values.items():
                if name not in _SWITCHES:
                    raise KeyError(name)
                setattr(self, name, value)

        names = [
            *("settings", "pay", "decline", "need_action", "expire", "payment_ref_of", "revoke_method"),
            *("finish_setup", "fail_setup", "refund_from_dashboard", "end_refund", "books", "count"),
        ]
        return {name: getattr(self, name) for name in names} | {"plan": plan, "set": switch}
