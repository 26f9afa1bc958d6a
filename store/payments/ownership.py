"""Which of a gateway's payments are ours: the account of a gateway may have other shops."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, Select, Text, any_, bindparam, select
from sqlmodel import Session

from store.records import table_of
from store.tables import OrderRow, UnappliedPaymentRow

_ORDERS = table_of(OrderRow)
_UNAPPLIED = table_of(UnappliedPaymentRow)
_REFS = bindparam("refs", type_=ARRAY(Text))
_GATEWAY = bindparam("of_gateway", type_=Text)

CHUNK = 1_000
"""So many refs are asked for at once: a week of a busy gateway has many."""


def find_own_payments(session: Session, gateway: str, refs: Sequence[str]) -> set[str]:
    """Return those of a gateway's payments that paid orders here."""
    return _found(session, _OWN, gateway, refs)


def find_unapplied_payments(session: Session, gateway: str, refs: Sequence[str]) -> set[str]:
    """Return those of a gateway's payments that came for orders here and bought nothing."""
    return _found(session, _BOUGHT_NOTHING, gateway, refs)


def _found(session: Session, statement: Select[tuple[str]], gateway: str, refs: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(refs), CHUNK):
        named = {"of_gateway": gateway, "refs": list(refs[start : start + CHUNK])}
        found |= set(session.execute(statement, named).scalars())
    return found


_OWN = select(_ORDERS.c.payment_ref).where(_ORDERS.c.gateway == _GATEWAY, _ORDERS.c.payment_ref == any_(_REFS))
_BOUGHT_NOTHING = select(_UNAPPLIED.c.payment_ref).where(
    _UNAPPLIED.c.gateway == _GATEWAY, _UNAPPLIED.c.payment_ref == any_(_REFS)
)
