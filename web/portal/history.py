"""History: every line of the ledger, newest first, and why each package was taken from."""

from datetime import date
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from store.cursor import WrongCursor
from store.minutes.read import StatementLine, account_statement
from store.payments.read_receipts import package_names
from store.reading import reading
from web.portal.show import show
from web.portal.statement import change_of, why_of, words_of
from web.portal.visitor import SignedIn, portal_of

PAGE = 30

router = APIRouter()


@router.get("/history")
def history(
    request: Request, signed: SignedIn, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """Show a page of the ledger, by day."""
    account_id = signed.visitor.account_id
    with reading(portal_of(request).context.engine) as session:
        try:
            statement = account_statement(session, account_id, limit=PAGE, cursor=cursor)
        except WrongCursor:
            # An old bookmark, or somebody's own idea of an address: the newest page is what they wanted.
            statement = account_statement(session, account_id, limit=PAGE)
        named = {line.package_id for line in statement.lines if line.package_id is not None}
        packages = package_names(session, named)
    return show(
        request,
        "history.html",
        signed.reader,
        signed=signed,
        days=by_day(statement.lines, signed.reader.zone),
        packages=packages,
        older=statement.cursor,
        is_newest=cursor is None,
        words_of=words_of,
        change_of=change_of,
        why_of=why_of,
    )


def by_day(lines: tuple[StatementLine, ...], zone: str | None) -> list[tuple[date, list[StatementLine]]]:
    """Return lines, oldest first as they come, newest first and by the day on which they were booked, in a zone."""
    local = ZoneInfo(zone or "UTC")
    newest_first = reversed(lines)
    return [
        (day, list(of_day))
        for day, of_day in groupby(newest_first, key=lambda line: line.booked_at.astimezone(local).date())
    ]
