"""History: every line of the ledger, newest first, and why each package was taken from."""

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from types import MappingProxyType
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from domain.minutes.entry import EntryKind
from store.cursor import WrongCursor
from store.minutes.read import StatementLine, account_statement
from store.payments.read_receipts import package_names
from store.reading import reading
from web.portal.show import show
from web.portal.statement import change_of, why_of, words_of
from web.portal.visitor import SignedIn, portal_of

PAGE = 30

router = APIRouter()


Only = Literal["", "in", "out"]
"""Which lines are shown: all of them, what was added, what was used or lost."""

LOOKED_AT: Mapping[Only, int] = MappingProxyType({"": PAGE, "in": 300, "out": 2 * PAGE})
"""How many lines one page looks at; of an account that uses much, what was added stands far apart."""


@router.get("/history")
def history(
    request: Request,
    signed: SignedIn,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    only: Annotated[Only, Query()] = "",
) -> Response:
    """Show a page of the ledger, by day; each costs the same, so one with a choice may be short or empty."""
    account_id = signed.visitor.account_id
    with reading(portal_of(request).context.engine) as session:
        try:
            statement = account_statement(session, account_id, limit=LOOKED_AT[only], cursor=cursor)
        except WrongCursor:
            # An old bookmark, or somebody's own idea of an address: the newest page is what they wanted.
            statement = account_statement(session, account_id, limit=LOOKED_AT[only])
        chosen = tuple(line for line in statement.lines if _is_chosen(line, only))
        named = {line.package_id for line in chosen if line.package_id is not None}
        packages = package_names(session, named, language=signed.reader.language)
    return show(
        request,
        "history.html",
        signed.reader,
        signed=signed,
        days=by_day(without_refund_steps(chosen), signed.reader.zone),
        only=only,
        packages=packages,
        older=statement.cursor,
        is_newest=cursor is None,
        words_of=words_of,
        change_of=change_of,
        why_of=why_of,
    )


def _is_chosen(line: StatementLine, only: Only) -> bool:
    return not only or (change_of(line) > 0) == (only == "in")


def without_refund_steps(lines: tuple[StatementLine, ...]) -> tuple[StatementLine, ...]:
    """
    Return lines without those by which a refund froze minutes and freed them to take them back.

    A buyer asks what a refund took, which its last line says. A freeze that still stands, or was freed for good, stays;
    so does one whose other lines are on another page.
    """
    taken = {(line.effective_at, line.package_id, line.seconds) for line in lines if line.kind is EntryKind.VOID}
    hidden: set[int] = set()
    frozen: list[StatementLine] = []
    for line in lines:
        if line.kind is EntryKind.FREEZE:
            frozen.append(line)
        elif line.kind is EntryKind.UNFREEZE and (line.effective_at, line.package_id, -line.seconds) in taken:
            before = [one for one in frozen if (one.package_id, one.seconds) == (line.package_id, -line.seconds)]
            if before:
                frozen.remove(before[-1])
                hidden |= {before[-1].id, line.id}
    return tuple(line for line in lines if line.id not in hidden)


def by_day(lines: tuple[StatementLine, ...], zone: str | None) -> list[tuple[date, list[StatementLine]]]:
    """
    Return lines, oldest first as they come, newest first and by the day from which they count, in a zone.

    That is the time which stands beside them; what was reported late was booked on another day.
    """
    local = ZoneInfo(zone or "UTC")
    newest_first = sorted(lines, key=lambda line: (line.effective_at, line.id), reverse=True)
    return [
        (day, list(of_day))
        for day, of_day in groupby(newest_first, key=lambda line: line.effective_at.astimezone(local).date())
    ]
