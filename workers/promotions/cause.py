"""Causes: what programmes and referrals do to an account is claimed in the inbox, as gateway updates are."""

from hashlib import sha256

from domain.minutes.book import Book
from messages.write import SOURCE
from store.engine import Session
from store.inbox import Arrival, Key, claim_messages

APPLIED = "screph.bonus.applied.v1"


def claim_bonus(session: Session, book: Book, what: str, package_id: str) -> int:
    """
    Claim that a bonus is given or voided, and return the id by which entries name it as their cause.

    One reminder may give several to one account, or to many; so it is not the reminder that is their cause.

    Args:
        session: the transaction of the book.
        book: of the account, open.
        what: `given` or `voided`; each happens to a package once.
        package_id: of the bonus.
    """
    key = Key(SOURCE, f"{what}:{package_id}")
    arrival = Arrival(key, APPLIED, sha256(f"{what}\0{package_id}".encode()).digest(), book.account_number)
    claims = claim_messages(session, [arrival])
    return claims.fresh[key] if key in claims.fresh else claims.known[key].message_id
