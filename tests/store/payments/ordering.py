"""Orders, payments and refunds in the store, with everything filled in that a test is not about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from domain.catalogue.product import Product, ProductKind
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from domain.payments.order import Order
from domain.payments.refund import Refund, RefundStatus
from store.catalogue.product import save_products
from store.engine import Engine, Session
from store.payments.order import add_order, find_order, save_gateway_update
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
        price=PRICE,
        granted_seconds=18_000,
        valid_days=None,
        status=PaymentStatus.PENDING,
        saves_method=False,
        title="Standard",
        return_url="https://screph.example/paid",
        cancel_url="https://screph.example/not-paid",
        locale=None,
        created_at=NOW,
        message_id=1,
    )
    return replace(plain, **more)


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
        origin="ours",
        status=RefundStatus.FROZEN,
        amount=Money(1_000, "RUB"),
        void_seconds=60,
        is_waived=False,
        is_full=False,
        reason="asked for",
        requested_by="olga",
        failure=None,
        needs_review=False,
        message_id=2,
        called_at=None,
        created_at=NOW,
    )
    return replace(plain, **more)


def stocked(engine: Engine, *orders: Order) -> Engine:
    """Put accounts `a` and `b`, a product and some orders into the store."""
    with transaction(engine) as session:
        session.execute(text("INSERT INTO account (id) VALUES ('a'), ('b')"))
        save_products(session, [Product("standard", ProductKind.ONE_OFF, 18_000, None)])
        for each in orders:
            add_order(session, each)
    return engine


def settle(session: Session, order_id: str, status: PaymentStatus, **more: Any) -> None:
    """Keep news of an order; a paid one gets package `<order>-package`."""
    kept = find_order(session, order_id, locks=True)
    assert kept is not None
    package_id = f"{order_id}-package" if status is PaymentStatus.PAID else None
    news: dict[str, Any] = {"status": status, "payment": payment(status), "at": NOW, "package_id": package_id}
    save_gateway_update(session, kept, **news | more)


def found(engine: Engine, order_id: str = "o") -> Order:
    """An order as it is kept."""
    with reading(engine) as session:
        kept = find_order(session, order_id)
    assert kept is not None
    return kept


def select(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with reading(engine) as session:
        return [tuple(row) for row in session.execute(text(query))]
