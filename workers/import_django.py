"""Importing the users of Screph's old backend: batch by batch, each in one transaction; again it changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.minutes.book import Book
from store.access.imported import describe_imported, save_imported_tokens
from store.django_source import OFFERS, PACKAGES, TOKENS, TRANSACTIONS, DjangoSource, Row, numbered
from store.engine import Session
from store.inbox import find_known
from store.minutes.book import open_books
from workers.access.imported import token_row, user_row
from workers.catalogue.imported import ImportedOffer, import_offer
from workers.context import Context
from workers.facts import Facts
from workers.import_report import ImportReport, Oddity
from workers.old_values import is_true
from workers.payments.imported import import_packages
from workers.payments.imported_rows import UserRows, without_granted_before

__all__ = ["ImportReport", "Oddity", "import_django"]

BATCH = 500
"""Users in one transaction."""


class _DryRun(Exception):
    """Everything is found out, and nothing is to stay."""


def import_django(context: Context, source: DjangoSource, *, is_dry: bool = False) -> ImportReport:
    """
    Import offers, users, tokens, packages and payments of the old backend.

    Interrupted, it is begun again: what is there already is left as it is.

    Args:
        context: what handlers need.
        source: the old database.
        is_dry: find out everything and write nothing.

    Raises:
        Unavailable: the store is away; what was committed stays.
        UnableToReadSource: the old database is away, or not one of the old backend.
    """
    report = ImportReport(minutes_before=source.minutes_left())
    offers: dict[int, ImportedOffer] = {}
    rows = source.offers()

    def import_all(session: Session, done: ImportReport) -> None:
        offers.update(_import_offers(session, rows, done))

    _transact(context, report, import_all, is_dry=is_dry)
    if is_dry:
        # Their numbers went with the transaction, so each batch makes them anew.
        offers.clear()
    for users in source.user_batches(BATCH):
        first_id, last_id = users[0]["id"], users[-1]["id"]
        tables = {name: source.of_users(name, first_id, last_id) for name in (TOKENS, PACKAGES, TRANSACTIONS)}

        def import_batch(session: Session, done: ImportReport, users: list[Row] = users, tables: Any = tables) -> None:
            known = offers or _import_offers(session, rows, ImportReport())
            _Batch(session, Facts(context.clock()), known, done).apply(users, tables)

        _transact(context, report, import_batch, is_dry=is_dry)
    for name in (TOKENS, PACKAGES, TRANSACTIONS):
        for row in source.orphans(name):
            report.note(name, _end_of(row["key"]) if name == TOKENS else row["id"], "it belongs to no user")
    return report


def _transact(
    context: Context, report: ImportReport, work: Callable[[Session, ImportReport], None], *, is_dry: bool
) -> None:
    """Do work in one transaction, and add what it found to the report once it is done, however often it was tried."""
    found = ImportReport()

    def once(session: Session) -> None:
        nonlocal found
        found = ImportReport()
        work(session, found)
        if is_dry:
            raise _DryRun

    try:
        context.transact(once)
    except _DryRun:
        pass
    report.counts += found.counts
    report.oddities += found.oddities
    report.minutes_after += found.minutes_after
    report.minutes_odd += found.minutes_odd


def _import_offers(session: Session, rows: Sequence[Row], report: ImportReport) -> dict[int, ImportedOffer]:
    offers = {}
    for row in rows:
        offer, odd = import_offer(session, row)
        if odd is not None:
            report.note(OFFERS, row["id"], odd)
        if offer is not None:
            offers[row["id"]] = offer
            report.counts["offers"] += 1
    return offers


class _Batch:
    """The users of one transaction, with everything that is theirs."""

    def __init__(
        self, session: Session, facts: Facts, offers: Mapping[int, ImportedOffer], report: ImportReport
    ) -> None:
        self.session = session
        self.facts = facts
        self.offers = offers
        self.report = report

    def apply(self, users: Sequence[Row], tables: Mapping[str, list[Row]]) -> None:
        """Import the users of a batch."""
        books = open_books(self.session, {str(row["id"]) for row in users})
        self._describe(users)
        self._tokens(users, tables[TOKENS])
        self._minutes(books, users, tables)
        self.report.counts["users"] += len(users)

    def _describe(self, users: Sequence[Row]) -> None:
        said = []
        for row in users:
            user, odd = user_row(row, now=self.facts.at)
            said.append(user)
            for reason in odd:
                self.report.note("users", row["id"], reason)
        self.report.counts["users described"] += describe_imported(self.session, said, at=self.facts.at)

    def _tokens(self, users: Sequence[Row], rows: Sequence[Row]) -> None:
        # A model of the project's own may not switch anybody off.
        active = {row["id"] for row in users if is_true(row.get("is_active", True))}
        said = []
        for row in rows:
            token, odd = token_row(row, is_active=row["user_id"] in active, now=self.facts.at)
            if token is not None:
                said.append(token)
            elif odd is not None:
                self.report.note(TOKENS, _end_of(row["key"]), odd)
        self.report.counts["tokens"] += len(said)
        self.report.counts["new tokens"] += save_imported_tokens(self.session, said)

    def _minutes(self, books: Mapping[str, Book], users: Sequence[Row], tables: Mapping[str, list[Row]]) -> None:
        packages, transactions = numbered(tables[PACKAGES], "user_id"), numbered(tables[TRANSACTIONS], "user_id")
        rows = UserRows(self.offers, self.report, now=self.facts.at)
        groups = [
            group
            for row in users
            for group in rows.groups(str(row["id"]), packages.get(row["id"], []), transactions.get(row["id"], []))
        ]
        wanted = without_granted_before(groups, lambda keys: find_known(self.session, keys), self.report)
        done = import_packages(self.session, books, wanted, self.facts)
        self.report.counts["packages"] += len(wanted)
        self.report.counts["new packages"] += done.new
        self.report.counts["orders"] += sum(one.payment is not None for one in wanted)
        self.report.minutes_after += done.left_seconds // 60
        for one in done.changed:
            self.report.minutes_odd += one.left_seconds // 60
            self.report.note("packages", one.name, "it was imported before and has changed in the old database since")


def _end_of(key: Any) -> str:
    """Return what may be shown of a token."""
    return f"…{str(key)[-4:]}"
