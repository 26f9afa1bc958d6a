"""Codes in the store: found by the form in which they are compared, and made one by one or in batches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.promotions.promotion import PromoCode, Uses
from store.numbers import id_of, number_of
from store.promotions.promotion import COLUMNS, promotion_of, uses_of
from store.records import table_of
from store.tables import AccountRow, PromoCodeRow, PromotionRow

_ACCOUNTS = table_of(AccountRow)
_CODES = table_of(PromoCodeRow)
_PROMOTIONS = table_of(PromotionRow)


@dataclass(frozen=True, slots=True)
class FoundCode:
    """A code with the store's numbers of it and of its promotion, and how often they are used; nobody's own uses."""

    number: int
    promotion_number: int
    code: PromoCode
    uses: Uses


class CodeNames(NamedTuple):
    """What a fact says of a use: its code as it was made, its promotion and its account."""

    text: str
    promotion_id: str
    account_id: str


def find_names(session: Session, code: int, account: int) -> CodeNames:
    """Return the names behind the numbers of a code and an account."""
    row = session.execute(_NAMES, {"of_code": code, "of_account": account}).one()
    return CodeNames(row.text, row.promotion_id, row.account_id)


def find_code(session: Session, folded: str, *, at: datetime) -> FoundCode | None:
    """
    Return a code by its folded form; nothing is locked.

    Args:
        session: any.
        folded: as `fold` returns it.
        at: aware UTC; uses of today are of its day.
    """
    return find_codes(session, [folded], at=at).get(folded)


def find_codes(session: Session, folded: Collection[str], *, at: datetime) -> dict[str, FoundCode]:
    """Return those codes that there are, by their folded forms; else as `find_code`."""
    rows = session.execute(_FIND, {"folded": list(folded)})
    return {
        row.folded: FoundCode(
            number=row.code_number,
            promotion_number=row.promotion_number,
            code=PromoCode(row.code_text, promotion_of(row), row.account_id, row.code_limit),
            uses=uses_of(row, of_code=row.code_used, at=at),
        )
        for row in rows
    }


def add_code(session: Session, promotion: int, code: PromoCode, folded: str, *, at: datetime) -> bool:
    """Write a code with a name; return False if there is one that looks the same."""
    account = None if code.account_id is None else number_of(_CODES.c.account, code.account_id)
    values = {
        "promotion": promotion,
        "text": code.text,
        "folded": folded,
        "account": account,
        "uses_limit": code.uses_limit,
        "created_at": at,
    }
    statement = insert(_CODES).values(values).on_conflict_do_nothing().returning(_CODES.c.number)
    return session.execute(statement).first() is not None


def add_codes(session: Session, promotion: int, codes: Sequence[tuple[str, str]], *, batch: int, at: datetime) -> int:
    """
    Write codes for one use each, and return how many were new.

    Args:
        session: of a transaction.
        promotion: its number.
        codes: each as it is shown and as it is compared.
        batch: the number of the batch in its promotion.
        at: aware UTC.
    """
    texts, folded = func.unnest(_TEXTS, _FOLDED).table_valued("text", "folded").render_derived().c
    rows = select(bindparam("promotion"), texts, folded, 1, bindparam("batch"), bindparam("at"))
    into = ["promotion", "text", "folded", "uses_limit", "batch", "created_at"]
    statement = insert(_CODES).from_select(into, rows).on_conflict_do_nothing().returning(_CODES.c.number)
    given = {
        "texts": [text for text, _ in codes],
        "folded": [form for _, form in codes],
        "promotion": promotion,
        "batch": batch,
        "at": at,
    }
    return len(session.execute(statement, given).all())


_TEXTS = bindparam("texts", type_=ARRAY(Text))
_FOLDED = bindparam("folded", type_=ARRAY(Text))
_FIND = (
    select(
        *COLUMNS,
        _CODES.c.number.label("code_number"),
        _CODES.c.text.label("code_text"),
        _CODES.c.folded,
        _CODES.c.uses_limit.label("code_limit"),
        _CODES.c.used.label("code_used"),
        id_of(_CODES.c.account),
    )
    .select_from(_CODES)
    .join(_PROMOTIONS, _PROMOTIONS.c.number == _CODES.c.promotion)
    .where(_CODES.c.folded == any_(_FOLDED))
)
_NAMES = (
    select(_CODES.c.text, _PROMOTIONS.c.id.label("promotion_id"), _ACCOUNTS.c.id.label("account_id"))
    .select_from(_CODES)
    .join(_PROMOTIONS, _PROMOTIONS.c.number == _CODES.c.promotion)
    .join(_ACCOUNTS, _ACCOUNTS.c.number == bindparam("of_account"))
    .where(_CODES.c.number == bindparam("of_code"))
)
