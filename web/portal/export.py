"""The history as a file for table programs."""

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from i18n.formats import Formats
from notify.names import Names
from store.minutes.read import StatementLine, account_statement
from store.payments.read_receipts import PackageName, package_names
from store.reading import reading
from web.csv_rows import BYTE_ORDER_MARK, MEDIA_TYPE, csv_text
from web.portal.statement import change_of, why_of, words_of
from web.portal.visitor import Signed, SignedIn, portal_of
from workers.context import Context

MAX_LINES = 100_000
"""Of one file, the newest first; older ones an operator can give out."""

PAGE = 1_000

router = APIRouter()


@router.get("/history.csv")
def export(request: Request, signed: SignedIn) -> Response:
    """Return every line of the account's ledger, the newest first, in the buyer's words and time zone."""
    context = portal_of(request).context
    formats = Formats(signed.reader.language, signed.reader.zone)
    name = f"screph-{context.clock():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_parts(context, signed, formats), media_type=MEDIA_TYPE, headers=headers)


def _parts(context: Context, signed: Signed, formats: Formats) -> Iterator[str]:
    """Give the file page by page: a ledger only grows at its new end, so pages fit together without one transaction."""
    _ = formats.gettext
    head = (_("When"), _("What"), _("Package"), _("Seconds"), _("Left in the package"), _("Owed"), _("Why"), _("Usage"))
    yield BYTE_ORDER_MARK + csv_text([head])
    cursor, given = None, 0
    while given < MAX_LINES:
        with reading(context.engine) as session:
            page = account_statement(session, signed.visitor.account_id, limit=PAGE, cursor=cursor)
            named = {line.package_id for line in page.lines if line.package_id is not None}
            packages = package_names(session, named, language=signed.reader.language)
        yield csv_text(_row(line, packages, formats) for line in reversed(page.lines))
        given, cursor = given + len(page.lines), page.cursor
        if cursor is None:
            break


def _row(line: StatementLine, packages: dict[str, PackageName], formats: Formats) -> tuple[str | int | None, ...]:
    package = packages.get(line.package_id or "")
    return (
        line.effective_at.astimezone(formats.zone).isoformat(sep=" ", timespec="seconds"),
        words_of(line, formats),
        None if package is None else package.title or Names(formats).package(package.kind),
        change_of(line),
        line.left_seconds,
        line.debt_seconds,
        why_of(line, formats),
        line.usage,
    )
