"""Terms: what the codes that a buyer names change about a purchase; nothing is reserved or locked here."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.gateway.port import Gateway
from domain.money import Money
from domain.promotions.code import UnableToRead, fold
from domain.promotions.promotion import Buyers, PromoCode, Uses
from domain.promotions.redeem import Buyer, Purchase, Redeemed, redeem
from domain.promotions.redemption import RedemptionRole
from domain.refusal import Refusal
from store.engine import Session
from store.identity import accounts_of_person
from store.promotions.buyer import find_history
from store.promotions.code import FoundCode, find_code
from store.promotions.redemption import count_of_person

MAX_CODES = 2
"""Of one order: one discount and one bonus."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    The codes that a buyer names, and for what.

    `account` is the store's number of the account `account_id`. `address` is what the buyer's request came from, where
    it is known.
    """

    account_id: str
    account: int
    codes: tuple[str, ...]
    purchase: Purchase
    at: datetime
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """What one code gives for a purchase."""

    found: FoundCode
    role: RedemptionRole
    given: Redeemed


@dataclass(frozen=True, slots=True)
class Terms:
    """What a purchase costs with its codes, and what comes besides."""

    price: Money
    terms: tuple[Term, ...] = ()

    def of(self, role: RedemptionRole) -> Term | None:
        """Return what the code with a role gives."""
        return next((term for term in self.terms if term.role is role), None)


def purchase_of(gateway: Gateway, product_id: str, price: Money, seconds: int, **more: Any) -> Purchase:
    """Return a purchase as codes see it, with what its gateway can charge; `more` are fields of `Purchase`."""
    currency = price.currency
    minimum_minor, step_minor = gateway.minimum_minor(currency), gateway.step_minor(currency)
    return Purchase(product_id, price, seconds, minimum_minor=minimum_minor, step_minor=step_minor, **more)


def find_terms(session: Session, wanted: Wanted) -> Terms | Refusal:
    """
    Return what the codes change, or the first reason why one of them gives nothing.

    Percent and amounts apply to the list price and a bonus to what is bought, so their order changes nothing.
    """
    terms: list[Term] = []
    for text in wanted.codes:
        term = _term(session, wanted, text)
        if isinstance(term, Refusal):
            return term
        if any(other.role is term.role for other in terms):
            kind = "discount" if term.role is RedemptionRole.DISCOUNT else "bonus"
            return Refusal("OneOfAKind", f"a purchase takes one {kind} code")
        terms.append(term)
    prices = [term.given.price for term in terms if term.role is RedemptionRole.DISCOUNT]
    return Terms(prices[0] if prices else wanted.purchase.price, tuple(terms))


def find_written(session: Session, text: str, *, at: datetime) -> FoundCode | None:
    """Return the code that somebody has typed, if there is one."""
    try:
        return find_code(session, fold(text), at=at)
    except UnableToRead:
        return None


def find_buyer(session: Session, found: FoundCode, account_id: str, account: int) -> tuple[Buyer, int]:
    """Return a buyer as far as the code's conditions ask for it, and how often the person has used its promotion."""
    promotion = found.code.promotion
    conditions, buyer, used = promotion.conditions, Buyer(account_id), 0
    asks_for_history = conditions.is_for_first_purchase or conditions.buyers is not Buyers.ALL
    if not asks_for_history and promotion.limits.uses_each is None:
        return buyer, used
    accounts = accounts_of_person(session, account)
    if promotion.limits.uses_each is not None:
        used = count_of_person(session, found.promotion_number, accounts)
    return (find_history(session, account_id, account, accounts) if asks_for_history else buyer), used


def _term(session: Session, wanted: Wanted, text: str) -> Term | Refusal:
    found = find_written(session, text, at=wanted.at)
    code: PromoCode | None = None
    buyer, uses = Buyer(wanted.account_id), Uses()
    if found is not None:
        code = found.code
        buyer, used = find_buyer(session, found, wanted.account_id, wanted.account)
        uses = replace(found.uses, of_person=used)
    given = redeem(code, buyer, wanted.purchase, uses, at=wanted.at)
    if isinstance(given, Refusal):
        return given
    assert found is not None
    is_discount = found.code.promotion.is_discount
    return Term(found, RedemptionRole.DISCOUNT if is_discount else RedemptionRole.BONUS, given)
