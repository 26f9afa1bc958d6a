"""What decides about a refund, read without a lock: a quote changes nothing and waits for nobody."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.minutes.package import PackageState
from domain.payments.bought import NO_BONUS, Bought, PackageSeconds, bought_of
from store.payments.dispute import find_disputes
from store.payments.order import find_order
from store.payments.refund import find_refunds
from store.records import table_of
from store.tables import PackageRow

_PACKAGES = table_of(PackageRow)
_SECONDS = select(_PACKAGES.c.left_seconds, _PACKAGES.c.consumed_seconds, _PACKAGES.c.frozen_seconds, _PACKAGES.c.state)


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
    package, bonus = _seconds_of(session, order.package_id), _seconds_of(session, order.bonus_package_id)
    if package is None:
        return RefundBasis(order.gateway, order.status, None)
    refunds, disputes = find_refunds(session, order_id), find_disputes(session, order_id)
    return RefundBasis(
        order.gateway, order.status, bought_of(order, package, refunds, disputes, bonus=bonus or NO_BONUS)
    )


def _seconds_of(session: Session, package_id: str | None) -> PackageSeconds | None:
    if package_id is None:
        return None
    row = session.execute(_SECONDS.where(_PACKAGES.c.id == package_id)).one_or_none()
    return (
        None
        if row is None
        else PackageSeconds(
            left_seconds=row.left_seconds,
            consumed_seconds=row.consumed_seconds,
            frozen_seconds=row.frozen_seconds,
            is_frozen=row.state == PackageState.FROZEN,
            is_voided=row.state == PackageState.VOIDED,
        )
    )
