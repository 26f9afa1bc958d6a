"""Buyers as the gateways know them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, and_, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.gateway.requests import Buyer
from store.json_rows import json_rows
from store.numbers import number_of
from store.records import table_of
from store.tables import AccountRow, GatewayCustomerRow, OrderRow

_ACCOUNTS = table_of(AccountRow)
_ORDERS = table_of(OrderRow)
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


def save_customers(session: Session, customers: Iterable[tuple[str, str, str]]) -> None:
    """Save gateways' own ids of accounts, each with its account and its gateway; the first ones stay."""
    rows = [
        {"account": account_id, "gateway": gateway, "customer": customer} for account_id, gateway, customer in customers
    ]
    if rows:
        session.execute(_SAVE_MANY, {"customers": json_rows(rows)})


def find_buyer(session: Session, account_id: str, gateway: str) -> KnownBuyer:
    """Return what is known of a buyer; nothing, if there is no such account."""
    return find_buyers(session, [account_id], gateway).get(account_id, KnownBuyer())


def find_buyers(session: Session, account_ids: Collection[str], gateway: str) -> dict[str, KnownBuyer]:
    """Return what is known of buyers, by their accounts; those without one are left out."""
    rows = session.execute(_FIND, {"ids": list(account_ids), "of_gateway": gateway})
    return {row.id: KnownBuyer(row.email, row.locale, row.currency, row.customer) for row in rows}


def find_gateway_email(session: Session, order_id: str) -> str | None:
    """Return the mail address that the buyer of a paid order gave the gateway, if it is needed and not erased."""
    email = _ORDERS.c.buyer_snapshot["gateway_email"].astext
    found: str | None = session.execute(select(email).where(_ORDERS.c.id == order_id)).scalar_one_or_none()
    return found


_OF_BUYER = and_(_CUSTOMERS.c.account == _ACCOUNTS.c.number, _CUSTOMERS.c.gateway == bindparam("of_gateway"))
_FIND = (
    select(_ACCOUNTS.c.id, _ACCOUNTS.c.email, _ACCOUNTS.c.locale, _ACCOUNTS.c.currency, _CUSTOMERS.c.customer)
    .select_from(_ACCOUNTS.outerjoin(_CUSTOMERS, _OF_BUYER))
    .where(_ACCOUNTS.c.id == any_(bindparam("ids", type_=ARRAY(Text))))
)
# In one order for everybody who saves several, so that nobody waits in a circle.
_SAVE_MANY = text("""
    INSERT INTO gateway_customer (account, gateway, customer)
    SELECT account.number, given.gateway, given.customer
    FROM json_to_recordset(CAST(:customers AS json)) AS given (account text, gateway text, customer text)
         JOIN account ON account.id = given.account
    WHERE NOT EXISTS (SELECT FROM gateway_customer AS known
                      WHERE known.account = account.number AND known.gateway = given.gateway)
    ORDER BY account.number
    ON CONFLICT DO NOTHING
""")
