"""A gateway in the process: the port itself, with real books and real idempotency, for thousands of histories."""

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from domain.gateway.decline import Decline, Retry
from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.errors import CallRefused, GatewayError, NotFound, UnableToReach, Unreadable
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus
from domain.gateway.recent import ListedObject, UnreadObject
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.gateway.requests import CheckoutRequest, RefundRequest
from domain.gateway.webhook import Hint, Subject
from domain.money import Money
from tests.doubles.faults import Broken, Faults, suffer
from tests.doubles.idempotency import KeyUsedOtherwise, Remembered
from tests.doubles.memory_methods import MemoryMethods, Vault


@dataclass(slots=True)
class Books:
    """What the gateway has of one checkout; `payer` says whose card its buyer has taken, if that is known."""

    payment: GatewayPayment
    is_disputed: bool = False
    payer: str | None = None


class MemoryGateway(MemoryMethods):
    """
    A gateway as the port describes it.

    Hints of what has changed gather in `hints`, for a test to deliver twice, late, in another order, or not
    at all. `payer` says whose card all buyers take from now on; None: everybody takes a card that nobody has
    used before. With `takes_itself` False capturing after the approval of the buyer is up to us, as with PayPal.
    """

    key_lifetime = timedelta(hours=20)
    refund_window: timedelta | None = None
    forgets_checkouts = False
    reports_disputes = True
    has_disputes = True

    def __init__(self, name: str = "memory", *, takes_itself: bool = True) -> None:
        self.name = name
        self.takes_itself = takes_itself
        self.faults = Faults()
        self.hints: deque[Hint] = deque()
        self.hold_refunds = False
        self.captures_slowly = False
        self.buyer_email: str | None = None
        """What buyers give as their mail address on the page."""
        self.calls: Counter[str] = Counter()
        self.strange: set[str] = set()
        """Refs of objects that cannot be read."""
        self.unanswered: set[str] = set()
        """Refs of listed objects about which it gives no answer."""
        self.ends_lists_early = False
        self.vault = Vault()
        self._hangs = False
        self._late: deque[Callable[[], object]] = deque()
        self._books: dict[str, Books] = {}
        self._refunds: dict[str, GatewayRefund] = {}
        self._disputes: dict[str, GatewayDispute] = {}
        self._remembered = Remembered()
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    # ---- what the product calls

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a checkout."""

        def work() -> Checkout:
            ref = self._ref("co")
            nothing = Money(0, request.price.currency)
            self._books[ref] = Books(
                GatewayPayment(ref, None, request.order_id, PaymentStatus.PENDING, request.price, nothing, self._now())
            )
            return Checkout(ref, f"http://127.0.0.1/pay/{ref}", None)

        return self._call("create_checkout", key, request, work)

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Capture the money of an approved checkout."""

        def work() -> GatewayPayment:
            books = self._found(checkout_ref)
            if books.payment.status is PaymentStatus.APPROVED and self.captures_slowly:
                self.pay_slowly(checkout_ref)
            elif books.payment.status is PaymentStatus.APPROVED:
                self._capture(books)
            return books.payment

        return self._call("complete_checkout", key, checkout_ref, work)

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back."""

        def work() -> GatewayRefund:
            books = self._paid(request.payment_ref)
            gone_minor = books.payment.refunded.minor + self._pending(request.payment_ref)
            if gone_minor + request.amount.minor > books.payment.price.minor:
                raise CallRefused("too_much", "more than was paid")
            return self._begin_refund(request.payment_ref, request.amount, request.refund_id)

        return self._call("refund", key, request, work)

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Fetch a payment."""
        return self._call("fetch", None, ref, lambda: self._found(ref).payment)

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Fetch a refund."""

        def work() -> GatewayRefund:
            if ref not in self._refunds:
                raise NotFound("no_such_refund", "unknown")
            return self._refunds[ref]

        return self._call("fetch", None, ref, work)

    def list_refunds(self, payment_ref: str) -> Iterator[GatewayRefund]:
        """Go through all refunds of a payment."""

        def work() -> list[GatewayRefund]:
            self._found(payment_ref)
            return [refund for refund in self._refunds.values() if refund.payment_ref == payment_ref]

        yield from self._call("list_refunds", None, payment_ref, work)

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Fetch a dispute."""

        def work() -> GatewayDispute:
            if ref not in self._disputes:
                raise NotFound("no_such_dispute", "unknown")
            return self._disputes[ref]

        return self._call("fetch", None, ref, work)

    def list_recent(self, since: datetime, until: datetime) -> Iterator[ListedObject]:
        """Go through everything; a period of a test is short."""
        if self._hangs:
            raise UnableToReach(f"{self.name} does not answer")
        with self._lock:
            payments = [(Subject.PAYMENT, books.payment) for books in self._books.values()]
            refunds = [(Subject.REFUND, refund) for refund in self._refunds.values()]
            disputes = [(Subject.DISPUTE, dispute) for dispute in self._disputes.values()]
        for subject, item in (*payments, *refunds, *disputes):
            refs = {item.checkout_ref, item.payment_ref} if isinstance(item, GatewayPayment) else {item.ref}
            if self.strange & refs:
                yield UnreadObject(subject, min(self.strange & refs), "it is strange")
            elif self.unanswered & refs:
                yield UnreadObject(subject, min(self.unanswered & refs), "no answer", is_unanswered=True)
            elif since <= item.at <= until + timedelta(days=1):
                yield item
        if self.ends_lists_early:
            raise UnableToReach(f"{self.name} ends its list early")

    # ---- what buyers, staff and banks do

    def pay(self, checkout_ref: str) -> None:
        """Let the buyer pay, or approve."""
        with self._lock:
            books = self._found(checkout_ref)
            if books.payment.status is PaymentStatus.PAID or books.payment.is_under_way:
                return
            # Money that is captured later comes from this card, whoever else has paid meanwhile.
            books.payer = self.payer
            if self.takes_itself:
                self._capture(books)
            else:
                books.payment = replace(books.payment, status=PaymentStatus.APPROVED)
                self._hint(Subject.CHECKOUT, checkout_ref, "approved")

    def pay_slowly(self, checkout_ref: str) -> None:
        """Let the buyer pay in a way that takes days, unless it is paid."""
        with self._lock:
            books = self._found(checkout_ref)
            if books.payment.status is PaymentStatus.PAID or books.payment.is_under_way:
                return
            if books.payment.status is not PaymentStatus.APPROVED:
                books.payer = self.payer
            books.payment = replace(books.payment, status=PaymentStatus.PENDING, is_under_way=True, decline=None)
            self._hint(Subject.CHECKOUT, checkout_ref, "processing")

    def end_slow(self, checkout_ref: str, *, succeeded: bool) -> None:
        """Let money that is under way come, or fail."""
        with self._lock:
            books = self._found(checkout_ref)
            books.payment = replace(books.payment, is_under_way=False)
            if succeeded:
                self._capture(books)
            else:
                self.fail(checkout_ref, PaymentStatus.FAILED)

    def fail(self, checkout_ref: str, state: PaymentStatus) -> None:
        """Let the payment fail, expire or wait for the buyer, unless it is paid."""
        with self._lock:
            books = self._found(checkout_ref)
            if books.payment.status is PaymentStatus.PAID or books.payment.is_under_way:
                return
            decline = Decline(Retry.LATER, "insufficient_funds") if state is PaymentStatus.FAILED else None
            books.payment = replace(books.payment, status=state, decline=decline)
            self._hint(Subject.CHECKOUT, checkout_ref, str(state))

    def refund_from_dashboard(self, payment_ref: str, minor: int) -> str | None:
        """Let staff give money back without us; None: there is not so much left."""
        with self._lock:
            books = self._found(payment_ref)
            if books.payment.status is not PaymentStatus.PAID:
                return None
            if books.payment.refunded.minor + self._pending(payment_ref) + minor > books.payment.price.minor:
                return None
            return self._begin_refund(payment_ref, Money(minor, books.payment.price.currency), None).ref

    def end_refund(self, ref: str, *, succeeded: bool) -> None:
        """Let a refund that is pending succeed or fail; one that has ended may end otherwise still."""
        with self._lock:
            refund = self._refunds[ref]
            if refund.status is GatewayRefundStatus.PENDING:
                self._end_refund(refund, GatewayRefundStatus.SUCCEEDED if succeeded else GatewayRefundStatus.FAILED)
            elif refund.status is GatewayRefundStatus.SUCCEEDED and not succeeded:
                self._count(refund, -refund.amount.minor)
                self._end_refund(refund, GatewayRefundStatus.FAILED)
            elif refund.status is GatewayRefundStatus.FAILED and succeeded and self._has_left(refund):
                self._end_refund(refund, GatewayRefundStatus.SUCCEEDED)

    def open_dispute(self, payment_ref: str, minor: int | None = None, *, is_inquiry: bool = False) -> str:
        """Let the payer's bank ask for the money back, or for a part, or only ask."""
        with self._lock:
            books = self._paid(payment_ref)
            ref = f"dp_{next(self._numbers)}"
            books.is_disputed = not is_inquiry
            price = books.payment.price
            amount = price if minor is None else Money(minor, price.currency)
            self._disputes[ref] = GatewayDispute(
                ref, payment_ref, DisputeStatus.OPEN, amount, "fraudulent", self._now(), is_inquiry
            )
            self._hint(Subject.DISPUTE, ref, "dispute opened")
            return ref

    def escalate_inquiry(self, ref: str) -> None:
        """Let an inquiry become a chargeback."""
        with self._lock:
            self._disputes[ref] = replace(self._disputes[ref], is_inquiry=False)
            self._hint(Subject.DISPUTE, ref, "dispute updated")

    def change_dispute(self, ref: str, minor: int) -> None:
        """Let the payer's bank ask for another amount."""
        with self._lock:
            dispute = self._disputes[ref]
            self._disputes[ref] = replace(dispute, amount=Money(minor, dispute.amount.currency), at=self._now())
            self._hint(Subject.DISPUTE, ref, "dispute updated")

    def close_dispute(self, ref: str, *, won: bool) -> None:
        """Let the banks decide."""
        with self._lock:
            state = DisputeStatus.WON if won else DisputeStatus.LOST
            self._disputes[ref] = replace(self._disputes[ref], status=state, at=self._now())
            self._hint(Subject.DISPUTE, ref, "dispute closed")

    def reopen_dispute(self, ref: str) -> None:
        """Let the banks look at a dispute again."""
        with self._lock:
            self._disputes[ref] = replace(self._disputes[ref], status=DisputeStatus.OPEN, at=self._now())
            self._hint(Subject.DISPUTE, ref, "dispute updated")

    def payment_ref_of(self, checkout_ref: str) -> str | None:
        """Return the payment of a checkout, once there is one."""
        return self._books[checkout_ref].payment.payment_ref

    def pending_refunds(self) -> list[str]:
        """Return refunds that wait for their end."""
        return [ref for ref, refund in self._refunds.items() if refund.status is GatewayRefundStatus.PENDING]

    def waiting(self) -> list[Callable[..., None]]:
        """Return what ends each refund that waits, and money that takes days, given `succeeded`."""
        slow = [ref for ref, books in self._books.items() if books.payment.is_under_way]
        return [
            *(partial(self.end_refund, ref) for ref in self.pending_refunds()),
            *(partial(self.end_slow, ref) for ref in slow),
        ]

    def given_back(self) -> list[Callable[..., None]]:
        """Return what ends each succeeded refund again."""
        done = [ref for ref, refund in self._refunds.items() if refund.status is GatewayRefundStatus.SUCCEEDED]
        return [partial(self.end_refund, ref) for ref in done]

    def failed(self) -> list[Callable[..., None]]:
        """Return what ends each failed refund again."""
        over = [ref for ref, refund in self._refunds.items() if refund.status is GatewayRefundStatus.FAILED]
        return [partial(self.end_refund, ref) for ref in over]

    def take_hints(self) -> list[Hint]:
        """Return the hints that wait, and forget them."""
        taken = list(self.hints)
        self.hints.clear()
        return taken

    def let_days_pass(self) -> None:
        """Forget nothing: everything here is kept for ever."""

    def forget_keys(self) -> None:
        """Forget the keys of calls, as a gateway does after a day."""
        self._remembered = Remembered()

    def checkouts(self) -> list[str]:
        """Return every checkout that was ever opened."""
        return list(self._books)

    def books_of(self, checkout_ref: str) -> tuple[int, int]:
        """Return what was captured and what was refunded, in minor units."""
        payment = self._books[checkout_ref].payment
        return (payment.price.minor if payment.status is PaymentStatus.PAID else 0, payment.refunded.minor)

    def books(self) -> dict[str, tuple[int, int]]:
        """Return captured and refunded minor units by currency."""
        captured, refunded = Counter[str](), Counter[str]()
        for ref, books in self._books.items():
            minor = self.books_of(ref)
            captured[books.payment.price.currency] += minor[0]
            refunded[books.payment.price.currency] += minor[1]
        return {currency: (minor, refunded[currency]) for currency, minor in captured.items() if minor}

    def forget_payments(self) -> None:
        """Know nothing of what was paid so far, as after a move to another shop."""
        with self._lock:
            self._books.clear()
            self.vault.charges.clear()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Answer nobody for as long as the block lasts; what was asked for is done by `let_arrive`."""
        self._hangs = True
        try:
            yield
        finally:
            self._hangs = False

    def let_arrive(self) -> None:
        """Do what was asked for while nobody was answered; those who asked have long given up."""
        with self._lock:
            while self._late:
                with suppress(GatewayError, KeyUsedOtherwise):
                    self._late.popleft()()

    # ---- within

    def _call(self, operation, key, content, work):  # type: ignore[no-untyped-def]
        with self._lock:
            self.calls[operation] += 1
            if self._hangs:
                self._late.append(lambda: self._remembered.once(key, content, work))
                raise UnableToReach(f"{self.name} does not answer")
            if content in self.strange:
                raise Unreadable(f"{content} is strange")
            planned = self.faults.next(operation)
            try:
                return suffer(planned, lambda: self._remembered.once(key, content, work))
            except Broken as error:
                is_unknown = error.status == 404 and error.is_json
                raise NotFound("unknown", str(error)) if is_unknown else UnableToReach(str(error)) from error
            except KeyUsedOtherwise as error:
                raise UnableToReach(f"idempotency_error: {error}") from error

    def sell_for_another_shop(self, order_id: str | None = None, minor: int = 10_000, currency: str = "RUB") -> str:
        """Let the account take money for another shop; return its payment."""
        with self._lock:
            ref = self._ref("co")
            price = Money(minor, currency)
            payment = GatewayPayment(ref, None, order_id, PaymentStatus.PENDING, price, Money(0, currency), self._now())
            self._books[ref] = Books(payment, payer=self.payer)
            self._capture(self._books[ref])
            return str(self._books[ref].payment.payment_ref)

    def pay_wrongly(self, checkout_ref: str, amount: Money) -> None:
        """Let the buyer pay another amount than was asked for."""
        with self._lock:
            books = self._found(checkout_ref)
            books.payment = replace(books.payment, price=amount, refunded=Money(0, amount.currency))
            self._capture(books)

    def spoil_amount(self, checkout_ref: str) -> None:
        """Give a payment an amount that no code expects."""
        with self._lock:
            books = self._found(checkout_ref)
            books.payment = replace(books.payment, price=None)  # type: ignore[arg-type]

    def pay_again(self, checkout_ref: str) -> str:
        """Let the buyer pay a second time for the order of a checkout; return the second payment."""
        with self._lock:
            paid = self._found(checkout_ref).payment
            return self.sell_for_another_shop(paid.order_id, paid.price.minor, paid.price.currency)

    def _add_books(self, ref: str, payment: GatewayPayment) -> None:
        self._books[ref] = Books(payment)

    def _ref(self, kind: str) -> str:
        # With the gateway's name, for tests that share a database look things up by their references.
        return f"{kind}_{self.name}_{next(self._numbers)}"

    def _found(self, ref: str) -> Books:
        for books in self._books.values():
            if ref in (books.payment.checkout_ref, books.payment.payment_ref):
                return books
        raise NotFound("no_such_payment", "unknown")

    def _paid(self, payment_ref: str) -> Books:
        books = self._found(payment_ref)
        if books.payment.status is not PaymentStatus.PAID:
            raise CallRefused("not_paid", "nothing was paid")
        return books

    def _capture(self, books: Books) -> None:
        ref = self._ref("pi")
        books.payment = replace(
            books.payment,
            status=PaymentStatus.PAID,
            payment_ref=ref,
            at=self._now(),
            decline=None,
            fingerprint=books.payer or f"card of {ref}",
            buyer_email=self.buyer_email,
        )
        self._hint(Subject.PAYMENT, ref, "paid")

    def _begin_refund(self, payment_ref: str, amount: Money, refund_id: str | None) -> GatewayRefund:
        ref = f"re_{next(self._numbers)}"
        refund = GatewayRefund(ref, payment_ref, refund_id, GatewayRefundStatus.PENDING, amount, self._now())
        self._refunds[ref] = refund
        if self.hold_refunds:
            return refund
        return self._end_refund(refund, GatewayRefundStatus.SUCCEEDED)

    def _end_refund(self, refund: GatewayRefund, state: GatewayRefundStatus) -> GatewayRefund:
        ended = replace(
            refund, status=state, failure="failed" if state is GatewayRefundStatus.FAILED else None, at=self._now()
        )
        self._refunds[refund.ref] = ended
        if state is GatewayRefundStatus.SUCCEEDED:
            self._count(refund, refund.amount.minor)
        self._hint(Subject.REFUND, refund.ref, f"refund {state}")
        return ended

    def _count(self, refund: GatewayRefund, minor: int) -> None:
        books = self._found(refund.payment_ref)
        total = books.payment.refunded.minor + minor
        books.payment = replace(books.payment, refunded=Money(total, refund.amount.currency))

    def _has_left(self, refund: GatewayRefund) -> bool:
        payment = self._found(refund.payment_ref).payment
        gone_minor = payment.refunded.minor + self._pending(refund.payment_ref)
        return gone_minor + refund.amount.minor <= payment.price.minor

    def _pending(self, payment_ref: str) -> int:
        return sum(
            refund.amount.minor
            for refund in self._refunds.values()
            if refund.payment_ref == payment_ref and refund.status is GatewayRefundStatus.PENDING
        )

    def _hint(self, subject: Subject, ref: str, event: str) -> None:
        self.hints.append(Hint(self.name, f"evt_{next(self._numbers)}", subject, ref, event, True))

    def _now(self) -> datetime:
        return datetime.now(UTC)
