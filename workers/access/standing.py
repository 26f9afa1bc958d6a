"""Standing: an account is blocked, or freed again; who wanted it and why stays with it."""

from domain.minutes.book import Book
from domain.minutes.standing import Standing, refuse_block, refuse_unblock
from messages.access.standing import AccountBlocked, AccountBlockRequested, AccountUnblocked, AccountUnblockRequested
from store.engine import Session
from store.inbox import Answer
from store.minutes.standing import StandingChange, change_standing
from workers.facts import Facts


def block_account(session: Session, book: Book, event: AccountBlockRequested, message_id: int, facts: Facts) -> Answer:
    """Block the account of a book: it may neither buy nor spend on request; refused where it is blocked or closed."""
    refusal = refuse_block(book.standing)
    if refusal is not None:
        return Answer({"code": refusal.code, "reason": refusal.reason}, is_refusal=True)
    return _change(session, book, event, message_id, facts)


def unblock_account(
    session: Session, book: Book, event: AccountUnblockRequested, message_id: int, facts: Facts
) -> Answer:
    """Free the account of a book; refused where it is not blocked, or closed."""
    refusal = refuse_unblock(book.standing)
    if refusal is not None:
        return Answer({"code": refusal.code, "reason": refusal.reason}, is_refusal=True)
    return _change(session, book, event, message_id, facts)


def _change(
    session: Session,
    book: Book,
    event: AccountBlockRequested | AccountUnblockRequested,
    message_id: int,
    facts: Facts,
) -> Answer:
    is_block = isinstance(event, AccountBlockRequested)
    standing = Standing.BLOCKED if is_block else Standing.OPEN
    change = StandingChange(book.account_number, standing, event.source, event.data.reason, message_id, facts.at)
    change_standing(session, change)
    # Whatever of the account comes next in this batch is judged by it.
    book.standing = standing
    said = {"requested_by": event.source, "reason": event.data.reason, "at": facts.at}
    facts.emit(AccountBlocked if is_block else AccountUnblocked, book.account_id, said)
    return Answer({"standing": str(standing), "reason": event.data.reason}, is_refusal=False)
