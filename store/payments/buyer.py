"""Buyers as the gateways know them."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.gateway.requests import Buyer
from store.numbers import number_of
from store.records import table_of
from store.tables import AccountRow, GatewayCustomerRow

_ACCOUNTS = table_of(AccountRow)
_CUSTOMERS = table_of(GatewayCustomerRow)


@dataclass(frozen=True, slots=True)
class KnownBuyer:
    """What is known of a buyer: as an account, and as the customer of one gateway."""

    email: str | None = None
    locale: str | None = None
    currency: str | None = None
    customer: str | None = None

    def for_call(self, account_id: str, locale: str | None = None) -> Buyer:
        """Return what a call says of the buyer; a language that was asked for comes before the account's."""
        return Buyer(account_id, self.email, self.customer, locale or self.locale)


def save_customer(session: Session, account_id: str, gateway: str, customer: str) -> None:
    """Save a gateway's own id of an account; the first one stays."""
    account = number_of(_CUSTOMERS.c.account, account_id)
    session.execute(
        insert(_CUSTOMERS).values(account=account, gateway=gateway, customer=customer).on_conflict_do_nothing()
    )


def find_buyer(session: Session, account_id: str, gateway: str) -> KnownBuyer:
    """Return what is known of a buyer; nothing, if there is no such account."""
    row = session.execute(_FIND, {"of_id": account_id, "of_gateway": gateway}).one_or_none()
    return KnownBuyer() if row is None else KnownBuyer(row.email, row.locale, row.currency, row.customer)


_OF_BUYER = and_(_CUSTOMERS.c.account == _ACCOUNTS.c.number, _CUSTOMERS.c.gateway == bindparam("of_gateway"))
_FIND = (
    select(_ACCOUNTS.c.email, _ACCOUNTS.c.locale, _ACCOUNTS.c.currency, _CUSTOMERS.c.customer)
    .select_from(_ACCOUNTS.outerjoin(_CUSTOMERS, _OF_BUYER))
    .where(_ACCOUNTS.c.id == bindparam("of_id"))
)
