"""What decides about a refund, read without a lock: a quote changes nothing and waits for nobody."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.minutes.package import PackageState
from domain.payments.bought import Bought, PackageSeconds, bought_of
from store.payments.dispute import find_disputes
from store.payments.order import find_order
from store.payments.refund import find_refunds
from store.records import table_of
from store.tables import PackageRow

_PACKAGES = table_of(PackageRow)


@dataclass(frozen=True, slots=True)
class RefundBasis:
    """What decides about a refund; `bought` is none while the order is not paid."""

    gateway: str
    status: PaymentStatus
    bought: Bought | None


def find_refund_basis(session: Session, order_id: str) -> RefundBasis | None:
    """Return what decides about a refund of an order, as it is now; None: no such order."""
    order = find_order(session, order_id)
    if order is None:
        return None
    package = session.execute(
        select(
            _PACKAGES.c.left_seconds, _PACKAGES.c.consumed_seconds, _PACKAGES.c.frozen_seconds, _PACKAGES.c.state
        ).where(_PACKAGES.c.id == order.package_id)
    ).one_or_none()
    if package is None:
        return RefundBasis(order.gateway, order.status, None)
    seconds = PackageSeconds(
        left_seconds=package.left_seconds,
        consumed_seconds=package.consumed_seconds,
        frozen_seconds=package.frozen_seconds,
        is_frozen=package.state == PackageState.FROZEN,
        is_voided=package.state == PackageState.VOIDED,
    )
    bought = bought_of(order, seconds, find_refunds(session, order_id), find_disputes(session, order_id))
    return RefundBasis(order.gateway, order.status, bought)
