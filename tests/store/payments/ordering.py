"""Orders, payments and refunds in the store, with everything filled in that a test is not about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from domain.catalogue.product import Product, ProductKind
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.ids import package_id_of_order
from domain.money import Money
from domain.payments.order import Order, PurchaseKind
from domain.payments.order_update import apply_update, put_to_review
from domain.payments.payment_decision import PaymentDecision, Step
from domain.payments.refund import Refund, RefundOrigin, RefundStatus
from store.catalogue.product import save_products
from store.engine import Engine, Session
from store.payments.order import add_order, find_order, lock_order, save_order
from store.reading import reading
from store.transaction import transaction

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PRICE = Money(69_900, "RUB")


def order(order_id: str = "o", **more: Any) -> Order:
    """An order as it is before the gateway is asked."""
    plain = Order(
        id=order_id,
        account_id="a",
        product_id="standard",
        gateway="stripe",
        kind=PurchaseKind.FIRST,
        price=PRICE,
        list_price=PRICE,
        granted_seconds=18_000,
        valid_days=None,
        status=PaymentStatus.PENDING,
        saves_method=False,
        title="Standard",
        return_url="https://screph.example/paid",
        cancel_url="https://screph.example/not-paid",
        locale=None,
        country=None,
        message_id=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(plain, **{"list_price": more.get("price", PRICE), **more})


def payment(status: PaymentStatus = PaymentStatus.PAID, **more: Any) -> GatewayPayment:
    """What a gateway says of a payment."""
    plain = GatewayPayment("co_1", "pi_1", None, status, PRICE, Money(0, "RUB"), NOW + MINUTE)
    return replace(plain, **more)


def refund(refund_id: str = "r", **more: Any) -> Refund:
    """A refund of order `o` as it begins."""
    plain = Refund(
        id=refund_id,
        order_id="o",
        gateway="stripe",
        refund_ref=None,
        origin=RefundOrigin.OURS,
        status=RefundStatus.FROZEN,
        amount=Money(1_000, "RUB"),
        void_seconds=60,
        is_waived=False,
        is_full=False,
        reason="asked for",
        requested_by="olga",
        message_id=2,
        created_at=NOW,
        updated_at=NOW,
    )
    changed = replace(plain, **more)
    if changed.has_succeeded:
        changed = replace(changed, succeeded_at=changed.succeeded_at or NOW, recorded_at=changed.recorded_at or NOW)
    return changed


def filled(engine: Engine, *orders: Order) -> Engine:
    """Put accounts `a` and `b`, a product and some orders into the store."""
    with transaction(engine) as session:
        session.execute(text("INSERT INTO account (id) VALUES ('a'), ('b')"))
        save_products(session, [Product("standard", ProductKind.ONE_OFF, 18_000, None)])
        for each in orders:
            add_order(session, each)
    return engine


def update(session: Session, order_id: str, status: PaymentStatus, **more: Any) -> None:
    """
    Apply an update of a gateway to an order and save it; a paid one gets the package of its own.

    Args:
        session: of the transaction.
        order_id: of the order.
        status: the new one.
        more: `payment`, `at` and `failure`, where a test is about them.
    """
    before = lock_order(session, order_id)
    assert before is not None
    package_id = grant(session, before) if status is PaymentStatus.PAID else None
    reported = more.get("payment", payment(status))
    decision = PaymentDecision(Step.NOTE, status, more.get("failure"))
    after = apply_update(before, reported, decision, at=more.get("at", NOW), package_id=package_id)
    save_order(session, after, before=before)


def grant(session: Session, granting: Order) -> str:
    """Store the package that an order grants, and return its id."""
    session.execute(
        text(
            "INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)"
            " SELECT :id, number, 'purchased', 20, :at, :seconds, :seconds FROM account WHERE id = :account"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "id": package_id_of_order(granting.id),
            "at": NOW,
            "seconds": granting.granted_seconds,
            "account": granting.account_id,
        },
    )
    return package_id_of_order(granting.id)


def review(session: Session, order_id: str, sentence: str, *, at: datetime) -> None:
    """Put an order before a person."""
    before = lock_order(session, order_id)
    assert before is not None
    save_order(session, put_to_review(before, sentence, at=at), before=before)


def found(engine: Engine, order_id: str = "o") -> Order:
    """An order as it is stored."""
    with reading(engine) as session:
        stored = find_order(session, order_id)
    assert stored is not None
    return stored


def select(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(text(query))]
