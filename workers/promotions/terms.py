"""Terms: what the codes that a buyer names change about a purchase; nothing is reserved or locked here."""

from collections.abc import Mapping, Sequence
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
from store.promotions.code import FoundCode, find_codes
from store.promotions.redemption import counts_of_person

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
    codes = find_written(session, wanted.codes, at=wanted.at)
    known = [found for found in codes if found is not None]
    buyer, used = find_buyer(session, known, wanted.account_id, wanted.account)
    for found in codes:
        term = _term(wanted, found, buyer, used)
        if isinstance(term, Refusal):
            return term
        if any(other.role is term.role for other in terms):
            kind = "discount" if term.role is RedemptionRole.DISCOUNT else "bonus"
            return Refusal("OneOfAKind", f"a purchase takes one {kind} code")
        terms.append(term)
    prices = [term.given.price for term in terms if term.role is RedemptionRole.DISCOUNT]
    return Terms(prices[0] if prices else wanted.purchase.price, tuple(terms))


def find_written(session: Session, texts: Sequence[str], *, at: datetime) -> list[FoundCode | None]:
    """Return the codes that somebody has typed, in their order; None: there is none of such a text."""
    forms = [_folded(text) for text in texts]
    written = {form for form in forms if form is not None}
    found = find_codes(session, written, at=at) if written else {}
    return [None if form is None else found.get(form) for form in forms]


def find_buyer(
    session: Session, codes: Sequence[FoundCode], account_id: str, account: int
) -> tuple[Buyer, Mapping[int, int]]:
    """Return a buyer as far as conditions of codes ask for it, and how often the person has used their promotions."""
    conditions = [found.code.promotion.conditions for found in codes]
    asks_for_history = any(one.is_for_first_purchase or one.buyers is not Buyers.ALL for one in conditions)
    limited = [found.promotion_number for found in codes if found.code.promotion.limits.uses_each is not None]
    if not asks_for_history and not limited:
        return Buyer(account_id), {}
    accounts = accounts_of_person(session, account)
    used = counts_of_person(session, limited, accounts) if limited else {}
    return (find_history(session, account_id, account, accounts) if asks_for_history else Buyer(account_id)), used


def _folded(text: str) -> str | None:
    try:
        return fold(text)
    except UnableToRead:
        return None


def _term(wanted: Wanted, found: FoundCode | None, buyer: Buyer, used: Mapping[int, int]) -> Term | Refusal:
    code: PromoCode | None = None
    uses = Uses()
    if found is not None:
        code = found.code
        uses = replace(found.uses, of_person=used.get(found.promotion_number, 0))
    given = redeem(code, buyer, wanted.purchase, uses, at=wanted.at)
    if isinstance(given, Refusal):
        return given
    assert found is not None
    is_discount = found.code.promotion.is_discount
    return Term(found, RedemptionRole.DISCOUNT if is_discount else RedemptionRole.BONUS, given)
