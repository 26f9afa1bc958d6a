"""What Screph's log says of a day: stored, the highest revision of it, to be compared."""

from datetime import datetime, timedelta

from domain.minutes.book import Book
from domain.statistics.period import day_of
from messages.errors import MessageRejected
from messages.statistics.requests import UsageDayReported
from store.engine import Session
from store.inbox import Answer
from store.statistics.snapshot import KEPT_DAYS
from store.statistics.usage_day import UsageDay, save_usage_day


def report_day(
    session: Session, book: Book, event: UsageDayReported, message: tuple[int, datetime], zone: str
) -> Answer:
    """
    Save what the log says of an account's day, with its book open.

    Args:
        session: the transaction of the book.
        book: of the account.
        event: the report.
        message: its id in the inbox, and now.
        zone: by whose days the figures count.

    Returns:
        The answer: the revision that counts now; a refusal where this one is not higher and says something else.

    Raises:
        MessageRejected: its days are another zone's, or the day has not begun, or is too long ago to be compared.
    """
    data, (message_id, at) = event.data, message
    if data.time_zone != zone:
        raise MessageRejected("OtherTimeZone", f"days count by {zone} here (BUSINESS_ZONE), not by {data.time_zone}")
    today = day_of(at, zone)
    if data.day > today:
        raise MessageRejected("FutureDay", f"{data.day} has not begun in {zone}")
    if today - data.day > timedelta(days=KEPT_DAYS):
        # It would differ from nothing, which nobody could ever repair.
        raise MessageRejected("OldDay", f"what was used on {data.day}, more than {KEPT_DAYS} days ago, is not kept")
    sessions = {one.session_id: one.seconds for one in data.session_list} or None
    wanted = UsageDay(data.day, book.account_number, data.revision, data.seconds, data.sessions, zone, sessions)
    counts = save_usage_day(session, wanted, message_id=message_id, at=at)
    if counts.says_the_same(wanted):
        return Answer({"revision": counts.revision}, is_refusal=False)
    reason = f"revision {counts.revision} of {data.day} is here already; a correction needs a higher one"
    said = {"code": "OldRevision", "reason": reason, "revision": counts.revision}
    return Answer(said, is_refusal=True)
