"""Saved methods of the gateway in the process: setups, charges without the buyer, and what banks say to those."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from domain.gateway.decline import Decline, Retry
from domain.gateway.errors import CallRefused, NotFound
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.requests import ChargeRequest, SetupRequest
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.gateway.webhook import Subject
from domain.money import Money


@dataclass(slots=True)
class Vault:
    """What a gateway knows of saved methods; `declines` are what the next charges get, `is_slow` leaves them pending."""

    methods: dict[str, SavedMethod] = field(default_factory=dict)
    setups: dict[str, GatewaySetup] = field(default_factory=dict)
    charges: dict[str, str] = field(default_factory=dict)
    """charge -> the order that it is for"""
    fingerprints: dict[str, str] = field(default_factory=dict)
    """token of a method -> what tells its card again"""
    declines: deque[Decline] = field(default_factory=deque)
    is_slow: bool = False


class MemoryMethods:
    """The part of `MemoryGateway` that saves and charges methods."""

    vault: Vault
    payer: str | None = None
    currencies: frozenset[str] | None = None
    """Those in which it takes payments; None: all."""
    lists_charges: bool = True
    """Whether it has a list in which a lost charge would be."""

    def takes(self, price: Money) -> bool:
        """Tell whether it takes payments in a currency."""
        return self.currencies is None or price.currency in self.currencies

    def minimum_minor(self, currency: str) -> int:
        """Take any amount."""
        return 1

    def step_minor(self, currency: str) -> int:
        """Take any amount."""
        return 1

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge a saved method."""

        def work() -> GatewayPayment:
            nothing = Money(0, request.price.currency)
            ref = f"ch_{next(self._numbers)}"
            payment = GatewayPayment(
                None, ref, request.order_id, PaymentStatus.PENDING, request.price, nothing, self._now()
            )
            if request.method.token not in self.vault.methods:
                decline = Decline(Retry.NEW_METHOD, "method_removed")
                payment = replace(payment, status=PaymentStatus.FAILED, decline=decline)
            elif self.vault.declines:
                decline = self.vault.declines.popleft()
                needs_buyer = decline.retry is Retry.CUSTOMER_ACTION
                status = PaymentStatus.ACTION_REQUIRED if needs_buyer else PaymentStatus.FAILED
                payment = replace(payment, status=status, decline=decline)
            elif self.vault.is_slow:
                payment = replace(payment, is_under_way=True)
            else:
                fingerprint = self.vault.fingerprints.get(request.method.token)
                payment = replace(payment, status=PaymentStatus.PAID, fingerprint=fingerprint)
            self._add_books(ref, payment)
            self.vault.charges[ref] = request.order_id
            return payment

        return self._call("charge", key, request, work)

    def find_charge(self, request: ChargeRequest, since: datetime) -> GatewayPayment | None:
        """Look for the payment of a charge; attempts before it have failed, and say nothing about it."""

        def work() -> GatewayPayment | None:
            if not self.lists_charges:
                raise CallRefused("no_list", "there is no list")
            mine = [
                self._found(ref).payment for ref, order_id in self.vault.charges.items() if order_id == request.order_id
            ]
            return next((one for one in mine if one.at >= since and one.status is not PaymentStatus.FAILED), None)

        return self._call("find_charge", None, request.order_id, work)

    def cancel_charge(self, payment_ref: str, key: str) -> GatewayPayment:
        """Cancel a charge that waits for the buyer."""

        def work() -> GatewayPayment:
            books = self._found(payment_ref)
            if books.payment.status is PaymentStatus.ACTION_REQUIRED:
                books.payment = replace(books.payment, status=PaymentStatus.FAILED)
            return books.payment

        return self._call("cancel", key, payment_ref, work)

    def create_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Open a page that saves a method."""

        def work() -> Checkout:
            ref = f"set_{next(self._numbers)}"
            self.vault.setups[ref] = GatewaySetup(ref, request.setup_id, SetupStatus.PENDING, self._now())
            return Checkout(ref, f"http://127.0.0.1/save/{ref}", None)

        return self._call("create_setup", key, request, work)

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """Save the method of an approved setup where that is up to us."""

        def work() -> GatewaySetup:
            setup = self._setup(setup_ref)
            if setup.status is SetupStatus.APPROVED:
                setup = self._save(setup)
            return setup

        return self._call("complete_setup", key, setup_ref, work)

    def fetch_setup(self, ref: str) -> GatewaySetup:
        """Fetch a setup."""
        return self._call("fetch", None, ref, lambda: self._setup(ref))

    def forget_method(self, method: SavedMethod) -> None:
        """Forget a method."""

        def work() -> None:
            self.vault.methods.pop(method.token, None)

        return self._call("forget_method", None, method, work)

    def finish_setup(self, ref: str) -> None:
        """Let the buyer agree that a method is saved."""
        with self._lock:
            setup = self._setup(ref)
            if setup.status is SetupStatus.PENDING and self.takes_itself:
                self._save(setup)
            elif setup.status is SetupStatus.PENDING:
                self.vault.setups[ref] = replace(setup, status=SetupStatus.APPROVED)
            self._hint(Subject.METHOD, ref, "setup")

    def fail_setup(self, ref: str, code: str) -> None:
        """Let the buyer's bank refuse."""
        with self._lock:
            self.vault.setups[ref] = replace(self._setup(ref), status=SetupStatus.FAILED, failure=code)
            self._hint(Subject.METHOD, ref, "setup failed")

    def retry_setup(self, ref: str) -> None:
        """Let the buyer try again on the page of a setup that had failed, with a good card."""
        with self._lock:
            self._save(self._setup(ref))
            self._hint(Subject.METHOD, ref, "setup")

    def add_method(self, expires_on: date | None = None) -> SavedMethod:
        """Save a method without any page."""
        with self._lock:
            method = SavedMethod(f"pm_{next(self._numbers)}", None, "Card *4242", expires_on)
            self.vault.methods[method.token] = method
            self.vault.fingerprints[method.token] = self.payer or f"card of {method.token}"
            return method

    def end_slow_charge(self, payment_ref: str, *, decline: Decline | None = None) -> None:
        """Let a charge that is pending be paid or declined."""
        with self._lock:
            books = self._found(payment_ref)
            status = PaymentStatus.FAILED if decline else PaymentStatus.PAID
            books.payment = replace(books.payment, status=status, decline=decline, is_under_way=False, at=self._now())
            self._hint(Subject.PAYMENT, payment_ref, str(status))

    def _save(self, setup: GatewaySetup) -> GatewaySetup:
        method = self.add_method(date(2031, 12, 31))
        fingerprint = self.vault.fingerprints[method.token]
        saved = replace(setup, status=SetupStatus.SAVED, failure=None, method=method, fingerprint=fingerprint)
        self.vault.setups[setup.ref] = saved
        return saved

    def _setup(self, ref: str) -> GatewaySetup:
        if ref not in self.vault.setups:
            raise NotFound("no_such_setup", "unknown")
        return self.vault.setups[ref]
