"""Reading for the guard: what was bought lately, and what is outstanding. Nothing here writes or locks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session

from domain.minutes.package import PackageKind
from domain.money import Money
from domain.payments.order import PurchaseKind
from domain.promotions.code import UnableToRead, fold
from domain.promotions.promotion import PromoCode
from domain.promotions.redeem import Buyer, Purchase
from domain.promotions.simulate import PastPurchase
from store.promotions.code import find_code
from store.promotions.worth import worth_of

MAX_PURCHASES = 100_000
"""So many of the newest purchases are simulated at the most."""

CREATED_BEFORE = timedelta(days=7)
"""An order that is paid by a slow means was created at most so long before."""


class UnknownCode(LookupError):
    """No code is written like this."""


@dataclass(frozen=True, slots=True)
class OpenPackages:
    """Minutes of one kind that were given and can still be used: packages, their rest, and when the first one ends."""

    kind: PackageKind
    packages: int
    left_seconds: int
    first_ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reserved:
    """What checkouts that are under way have reserved, in one currency; `currency` is None for seconds alone."""

    currency: str | None
    uses: int
    discount_minor: int
    bonus_seconds: int


@dataclass(frozen=True, slots=True)
class Liability:
    """What is outstanding of all that was given, what those seconds are worth by currency, and what is reserved."""

    packages: tuple[OpenPackages, ...]
    worth: tuple[Money, ...]
    reserved: tuple[Reserved, ...]


def promo_code(session: Session, typed: str, *, at: datetime) -> PromoCode:
    """
    Return the code that somebody has typed.

    Raises:
        UnknownCode: there is none.
    """
    try:
        found = find_code(session, fold(typed), at=at)
    except UnableToRead as error:
        raise UnknownCode(str(error)) from error
    if found is None:
        raise UnknownCode(f"there is no code {typed}")
    return found.code


def past_purchases(session: Session, *, since: datetime) -> list[PastPurchase]:
    """
    Return what was bought since a moment, in the order in which it was paid: what a code could have been used for.

    Renewals and top-ups take no code, and test accounts do not count. Prices are those before any discount. What a
    gateway charges at the least is left out, so a discount may come out a few minor units larger than it would be.
    """
    given = {"since": since, "created": since - CREATED_BEFORE, "most": MAX_PURCHASES}
    return [
        PastPurchase(
            row.order_id,
            Buyer(row.account_id, is_new=row.kind == PurchaseKind.FIRST, last_bought_at=row.last_bought_at),
            Purchase(
                row.product_id,
                Money(row.list_price_minor, row.currency),
                row.granted_seconds,
                minimum_minor=1,
                may_be_free=row.subscription_id is None,
            ),
            row.paid_at,
        )
        for row in session.execute(_PURCHASES, given)
    ]


def liability(session: Session, *, at: datetime) -> Liability:
    """Return what can still be used of what was given, and what is reserved; it reads what is live, however old."""
    packages = tuple(
        OpenPackages(PackageKind(row.kind), row.packages, int(row.left_seconds), row.first_ends_at)
        for row in session.execute(_PACKAGES, {"at": at})
    )
    reserved = tuple(
        Reserved(row.currency, row.uses, int(row.discount_minor), int(row.seconds))
        for row in session.execute(_RESERVED)
    )
    left_seconds = sum(each.left_seconds for each in packages)
    return Liability(packages, worth_of(session, left_seconds, at=at), reserved)


# The newest ones, should there be too many; then in the order in which they were paid.
_PURCHASES = text("""
    SELECT * FROM (
        SELECT orders.id AS order_id, account.id AS account_id, product.id AS product_id, orders.kind, orders.currency,
               orders.list_price_minor, orders.granted_seconds, orders.subscription_id, orders.paid_at,
               (SELECT max(earlier.paid_at) FROM orders AS earlier
                WHERE earlier.account = orders.account AND earlier.status = 'paid'
                  AND earlier.paid_at < orders.paid_at) AS last_bought_at
        FROM orders
        JOIN account ON account.number = orders.account
        JOIN product ON product.number = orders.product
        WHERE orders.status = 'paid' AND orders.created_at >= :created AND orders.paid_at >= :since
          AND orders.kind IN ('first', 'repeat') AND orders.list_price_minor > 0 AND NOT account.is_test
        ORDER BY orders.created_at DESC
        LIMIT :most
    ) AS newest
    ORDER BY paid_at, order_id
""")

_PACKAGES = text("""
    SELECT package.kind, count(*) AS packages, sum(package.left_seconds) AS left_seconds,
           min(package.expires_at) AS first_ends_at
    FROM package JOIN account ON account.number = package.account
    WHERE package.has_left AND package.kind IN ('promo', 'bonus', 'support')
      AND (package.expires_at IS NULL OR package.expires_at > :at) AND NOT account.is_test
    GROUP BY package.kind
    ORDER BY package.kind
""")

_RESERVED = text("""
    SELECT currency, count(*) AS uses, sum(discount_minor) AS discount_minor, sum(seconds) AS seconds
    FROM redemption WHERE status = 'reserved'
    GROUP BY currency ORDER BY currency
""")
