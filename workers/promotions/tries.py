"""Tries: codes that are refused are counted, so that nobody finds one by trying."""

from dataclasses import dataclass
from datetime import datetime

from domain.promotions.tries import TOO_MANY_TRIES, WINDOW, may_try
from domain.refusal import Refusal
from store.engine import Session
from store.promotions.tries import add_try, count_tries


@dataclass(frozen=True, slots=True)
class Try:
    """Who tries a code: the store's number of the account, and what the request came from, where that is known."""

    account: int
    address: str | None
    at: datetime


def check_tries(session: Session, attempt: Try) -> Refusal | None:
    """Return why no further code may be tried now, if so; None: it may."""
    of_account, of_address = count_tries(session, attempt.account, attempt.address, since=attempt.at - WINDOW)
    is_allowed = may_try(refused_of_account=of_account, refused_of_address=of_address)
    return None if is_allowed else TOO_MANY_TRIES


def note_refusal(session: Session, attempt: Try, refusal: Refusal) -> None:
    """Count a refusal; one for too many of them counts no more, or nobody would ever be let in again."""
    if refusal is not TOO_MANY_TRIES:
        add_try(session, attempt.account, attempt.address, at=attempt.at)
