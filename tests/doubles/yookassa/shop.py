"""One shop at YooKassa: its payments, its refunds, its saved methods, and what it reports of them."""

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.money import Money
from tests.doubles import clock
from tests.doubles.yookassa.objects import (
    Refused,
    amount_json,
    card_json,
    invalid,
    moment_text,
    money_in,
    payment_json,
    refund_json,
)
from tests.doubles.yookassa.schemas import CHARGE, PAGE_PAYMENT, REFUND, first_fault


class UnableToPlay(Exception):
    """The buyer or the dashboard cannot do this with the object as it stands."""


@dataclass(slots=True)
class Paying:
    """A payment as JSON, and what of its request the JSON does not show."""

    body: dict[str, Any]
    captures: bool
    saves: bool
    return_url: str | None = None
    method_id: str | None = None


@dataclass(slots=True)
class Shop:
    """
    The shop's state; every method holds its lock.

    Args:
        currency: its one currency.
        emit: is given each event and its object.
        page: makes the address of a payment's page of its id.
        wants_receipts: payments and partial refunds must have one.
        payer: whose card all buyers take from now on; None: everybody takes a card that nobody has used before.
    """

    currency: str
    emit: Callable[[str, dict[str, Any]], None]
    page: Callable[[str], str]
    wants_receipts: bool = False
    hold_refunds: bool = False
    hold_charges: bool = False
    clock_shift: timedelta = timedelta(0)
    payments: dict[str, Paying] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    payer: str | None = None
    cards: dict[str, str] = field(default_factory=dict)
    """The first digits of a card, by its payer or by the method that it was first used as."""
    setups: dict[str, dict[str, Any]] = field(default_factory=dict)
    setup_returns: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    lock: Any = field(default_factory=threading.RLock)

    def open_payment(self, request: Any, decline: str | None = None) -> dict[str, Any]:
        """Answer `POST /payments`."""
        is_charge = isinstance(request, dict) and "payment_method_id" in request
        if fault := first_fault(CHARGE if is_charge else PAGE_PAYMENT, request):
            raise invalid(fault[1], fault[0])
        self._require_receipt(request, is_due=self.wants_receipts)
        if request["amount"]["currency"] != self.currency:
            raise invalid("Incorrect currency of payment", "amount.currency")
        with self.lock:
            if is_charge and request["payment_method_id"] not in self.methods:
                sentence = "This payment_method_id doesn't exist. Specify the id of the saved payment_method"
                raise invalid(sentence, "payment_method_id")
            paying = self._opened(request)
            if is_charge:
                self._charge(paying, decline)
            elif decline:
                self._cancel(paying, decline)
            return copy.deepcopy(paying.body)

    def open_refund(self, request: Any, decline: str | None = None) -> dict[str, Any]:
        """Answer `POST /refunds`."""
        if fault := first_fault(REFUND, request):
            raise invalid(fault[1], fault[0])
        with self.lock:
            paying = self.payments.get(request["payment_id"])
            if paying is None:
                raise invalid("Payment doesn't exist or forbidden", "payment_id")
            amount = money_in(request["amount"])
            is_partial = amount != money_in(paying.body["amount"])
            self._require_receipt(request, is_due=self.wants_receipts and is_partial)
            refund = self._refund(paying, amount, request.get("metadata", {}))
            if decline:
                self._settle(refund, decline)
            elif not self.hold_refunds:
                self._settle(refund, None)
            return copy.deepcopy(refund)

    def found(self, kind: str, ref: str) -> dict[str, Any]:
        """Answer `GET /payments/{id}`, `GET /refunds/{id}` and `GET /payment_methods/{id}`."""
        with self.lock:
            paid = {one: paying.body for one, paying in self.payments.items()}
            body = {"refunds": self.refunds, "payment_methods": self.setups, "payments": paid}[kind].get(ref)
            if body is None:
                raise Refused(404, "not_found", f"{kind} not found", "id")
            return copy.deepcopy(body)

    def everything(self, kind: str) -> list[dict[str, Any]]:
        """Return all payments or all refunds, newest first."""
        with self.lock:
            bodies = list(self.refunds.values()) if kind == "refunds" else [one.body for one in self.payments.values()]
            return copy.deepcopy(sorted(bodies, key=lambda body: str(body["created_at"]), reverse=True))

    def pay(self, ref: str) -> str:
        """Let the buyer pay."""
        with self.lock:
            self._succeed(self._waiting(ref))
            return ref

    def cancel(self, ref: str, reason: str, party: str = "payment_network") -> None:
        """Let a payment end without money."""
        with self.lock:
            self._cancel(self._waiting(ref), reason, party)

    def start_confirming(self, ref: str) -> None:
        """Let the buyer give a card and not finish 3-D Secure: the API still says `pending`."""
        with self.lock:
            self._waiting(ref).body["payment_method"] = self.card(ref, is_saved=False)

    def refund_by_hand(self, ref: str, minor: int | None) -> str:
        """Give money back in the dashboard."""
        with self.lock:
            paying = self.payments.get(ref)
            if paying is None:
                raise UnableToPlay(f"there is no payment {ref}")
            left = self._left_minor(paying)
            refund = self._refund(paying, Money(left if minor is None else minor, self.currency), {})
            self._settle(refund, None)
            return str(refund["id"])

    def end_refund(self, ref: str, *, succeeded: bool) -> None:
        """End a refund that was held."""
        with self.lock:
            refund = self.refunds.get(ref)
            if refund is None or refund["status"] != "pending":
                raise UnableToPlay(f"there is no refund {ref} that waits")
            self._settle(refund, None if succeeded else "insufficient_funds")

    def card(self, method_id: str, *, is_saved: bool) -> dict[str, Any]:
        """Return the card that a buyer takes; a method that has one keeps it."""
        if method_id not in self.cards:
            unused = f"{550_000 + len(self.cards)}"
            self.cards[method_id] = self.cards.setdefault(self.payer or method_id, unused)
        return card_json(method_id, first6=self.cards[method_id], is_saved=is_saved)

    def sums(self) -> dict[str, tuple[int, int]]:
        """Return captured and refunded minor units by currency."""
        with self.lock:
            captured = [one.body["amount"] for one in self.payments.values() if one.body["status"] == "succeeded"]
            refunded = [one["amount"] for one in self.refunds.values() if one["status"] == "succeeded"]
            total = sum(money_in(amount).minor for amount in captured), sum(money_in(one).minor for one in refunded)
            return {self.currency: total} if captured else {}

    def _opened(self, request: dict[str, Any]) -> Paying:
        body = payment_json(request, at=self._now())
        confirmation = request.get("confirmation")
        if confirmation:
            body["confirmation"] = {"type": "redirect", "confirmation_url": self.page(body["id"])}
        self.payments[body["id"]] = paying = Paying(
            body,
            captures=request.get("capture", False),
            saves=request.get("save_payment_method", False),
            return_url=confirmation["return_url"] if confirmation else None,
            method_id=request.get("payment_method_id"),
        )
        return paying

    def _charge(self, paying: Paying, decline: str | None) -> None:
        if decline or paying.method_id in self.revoked:
            self._cancel(paying, decline or "permission_revoked")
        elif not self.hold_charges:
            self._succeed(paying)

    def _succeed(self, paying: Paying) -> None:
        body = paying.body
        body.pop("confirmation", None)
        is_saved = paying.saves or paying.method_id is not None
        body["payment_method"] = self.card(paying.method_id or body["id"], is_saved=is_saved)
        body["paid"] = True
        if not paying.captures:
            body["status"] = "waiting_for_capture"
            self.emit("payment.waiting_for_capture", body)
            return
        if is_saved:
            self.methods.add(body["payment_method"]["id"])
        body |= {"status": "succeeded", "captured_at": self._now(), "refundable": True}
        body["refunded_amount"] = amount_json(Money(0, self.currency))
        self.emit("payment.succeeded", body)

    def _cancel(self, paying: Paying, reason: str, party: str = "payment_network") -> None:
        paying.body.pop("confirmation", None)
        paying.body["status"] = "canceled"
        paying.body["cancellation_details"] = {"party": party, "reason": reason}
        self.emit("payment.canceled", paying.body)

    def _refund(self, paying: Paying, amount: Money, metadata: dict[str, str]) -> dict[str, Any]:
        if paying.body["status"] != "succeeded":
            raise invalid("The payment is not paid, there is nothing to refund", "payment_id")
        if amount.currency != self.currency:
            raise invalid("Incorrect currency of refund", "amount.currency")
        if not 0 < amount.minor <= self._left_minor(paying):
            raise invalid("The refund is larger than what is left of the payment", "amount.value")
        refund = refund_json(paying.body["id"], amount, metadata, at=self._now())
        self.refunds[refund["id"]] = refund
        return refund

    def _settle(self, refund: dict[str, Any], failure: str | None) -> None:
        if failure:
            # YooKassa has no event for this: only who asks will know.
            refund["status"] = "canceled"
            refund["cancellation_details"] = {"party": "yoo_money", "reason": failure}
            return
        refund["status"] = "succeeded"
        payment = self.payments[refund["payment_id"]].body
        given_back = money_in(payment["refunded_amount"]).minor + money_in(refund["amount"]).minor
        payment["refunded_amount"] = amount_json(Money(given_back, self.currency))
        payment["refundable"] = given_back < money_in(payment["amount"]).minor
        self.emit("refund.succeeded", refund)

    def _left_minor(self, paying: Paying) -> int:
        taken = [
            money_in(one["amount"]).minor
            for one in self.refunds.values()
            if one["payment_id"] == paying.body["id"] and one["status"] != "canceled"
        ]
        return money_in(paying.body["amount"]).minor - sum(taken)

    def _waiting(self, ref: str) -> Paying:
        paying = self.payments.get(ref)
        if paying is None or paying.body["status"] != "pending":
            raise UnableToPlay(f"there is no payment {ref} that waits")
        return paying

    def _require_receipt(self, request: dict[str, Any], *, is_due: bool) -> None:
        receipt = request.get("receipt")
        if receipt is None:
            if is_due:
                raise invalid("Receipt is missing or illegal", "receipt")
            return
        total = sum(money_in(item["amount"]).minor for item in receipt["items"])
        if total != money_in(request["amount"]).minor:
            raise invalid("Receipt amount doesn't match the amount", "receipt.items")

    def _now(self) -> str:
        return moment_text(clock.now() + self.clock_shift)
