"""Importing the users of Screph's old backend: batch by batch, each in one transaction; again it changes nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.minutes.book import Book
from domain.payments.imported import left_of_each
from domain.payments.order import PurchaseKind
from messages.fields import MAX_GRANT_SECONDS
from store.access.imported import describe_imported, save_imported_tokens
from store.django_source import OFFERS, PACKAGES, TOKENS, TRANSACTIONS, DjangoSource, Row, numbered
from store.engine import Session
from store.minutes.book import open_books
from workers.access.imported import in_utc, token_row, user_row
from workers.catalogue.imported import ImportedOffer, import_offer, price_of
from workers.context import Context
from workers.facts import Facts
from workers.payments.imported import ImportedPackage, Payment, import_packages

BATCH = 500
"""Users in one transaction."""


@dataclass(frozen=True, slots=True)
class Oddity:
    """A row that was not imported as it is, and why."""

    table: str
    id: Any
    reason: str


@dataclass(slots=True)
class ImportReport:
    """
    What an import did, or would do. Minutes are those that users can spend.

    `minutes_before` were added up by the old database itself; `minutes_after` are in our store, as it says after each
    batch; `minutes_odd` are those of odd rows. Together the last two are the first, or something is wrong.
    """

    counts: Counter[str] = field(default_factory=Counter)
    oddities: list[Oddity] = field(default_factory=list)
    minutes_before: int = 0
    minutes_after: int = 0
    minutes_odd: int = 0

    @property
    def adds_up(self) -> bool:
        """Tell whether every minute is accounted for."""
        return self.minutes_before == self.minutes_after + self.minutes_odd

    def note(self, table: str, row_id: Any, reason: str) -> None:
        """Note a row that is odd."""
        self.oddities.append(Oddity(table, row_id, reason))


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
            report.note(name, row["key"][-4:] if name == TOKENS else row["id"], "it belongs to no user")
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
            user, odd = user_row(row)
            said.append(user)
            for reason in odd:
                self.report.note("users", row["id"], reason)
        self.report.counts["users described"] += describe_imported(self.session, said, at=self.facts.at)

    def _tokens(self, users: Sequence[Row], rows: Sequence[Row]) -> None:
        active = {row["id"] for row in users if row["is_active"]}
        said = []
        for row in rows:
            token, odd = token_row(row, is_active=row["user_id"] in active)
            if token is not None:
                said.append(token)
            elif odd is not None:
                self.report.note(TOKENS, f"…{row['key'][-4:]}", odd)
        self.report.counts["tokens"] += len(said)
        self.report.counts["new tokens"] += save_imported_tokens(self.session, said)

    def _minutes(self, books: Mapping[str, Book], users: Sequence[Row], tables: Mapping[str, list[Row]]) -> None:
        packages, transactions = numbered(tables[PACKAGES], "user_id"), numbered(tables[TRANSACTIONS], "user_id")
        wanted = [
            one
            for row in users
            for one in self._packages_of(str(row["id"]), packages.get(row["id"], []), transactions.get(row["id"], []))
        ]
        done = import_packages(self.session, books, wanted, self.facts)
        self.report.counts["packages"] += len(wanted)
        self.report.counts["new packages"] += done.new
        self.report.counts["orders"] += sum(one.payment is not None for one in wanted)
        self.report.minutes_after += done.left_seconds // 60
        for one in done.changed:
            self.report.minutes_odd += one.left_seconds // 60
            self.report.note("packages", one.name, "it was imported before and has changed in the old database since")

    def _packages_of(
        self, account_id: str, packages: Sequence[Row], transactions: Sequence[Row]
    ) -> Iterator[ImportedPackage]:
        bought: dict[int, list[tuple[Row, Payment]]] = {}
        kind = PurchaseKind.FIRST
        for row in sorted(transactions, key=lambda row: (in_utc(row["created_at"]), row["id"])):
            payment = self._payment(row, kind)
            if payment is not None:
                bought.setdefault(row["package_purchased_id"], []).append((row, payment))
                kind = PurchaseKind.REPEAT
        left = self._left_by_offer(packages)
        for offer in sorted(bought.keys() | left.keys()):
            yield from self._of_offer(account_id, offer, bought.get(offer, []), left.get(offer, []))

    def _payment(self, row: Row, kind: PurchaseKind) -> Payment | None:
        """Return what paid, or note why it did not or cannot be brought along."""
        if row["status"] != "completed":
            self.report.counts[f"transactions {row['status']}"] += 1
            return None
        offer = self.offers.get(row["package_purchased_id"])
        price = price_of(row["amount"], row["currency"])
        if offer is None or price is None:
            reason = "nobody knows what it paid for" if offer is None else f"{row['amount']} is no amount of money"
            self.report.note(TRANSACTIONS, row["id"], reason)
            return None
        ref = row["transaction_id_gateway"] or f"transaction-{row['id']}"
        return Payment(ref, offer.product, offer.name, price, kind)

    def _left_by_offer(self, rows: Sequence[Row]) -> dict[int, list[Row]]:
        """Return packages with minutes that can be spent, by their offers; and note the others."""
        usable = []
        for row in rows:
            minutes = row["minutes_remaining"]
            if minutes < 0 or 60 * minutes > MAX_GRANT_SECONDS:
                self.report.note(PACKAGES, row["id"], f"it has {minutes} min, which no package can")
                self.report.minutes_odd += minutes if minutes > 0 and row["is_active"] else 0
            elif minutes and not row["is_active"]:
                self.report.note(PACKAGES, row["id"], f"it is switched off, with {minutes} min that nobody could spend")
            elif minutes:
                usable.append(row)
            else:
                self.report.counts["empty packages"] += 1
        return numbered(usable, "package_id")

    def _of_offer(
        self, account_id: str, offer: int, bought: Sequence[tuple[Row, Payment]], rows: Sequence[Row]
    ) -> Iterator[ImportedPackage]:
        granted = [self.offers[offer].granted_seconds for _ in bought]
        left = 60 * sum(row["minutes_remaining"] for row in rows)
        shares, beyond = left_of_each(granted, left)
        for (row, payment), seconds, share in zip(bought, granted, shares, strict=True):
            at = in_utc(row["created_at"])
            yield ImportedPackage(account_id, f"transaction/{row['id']}", seconds, share, at, payment)
        if beyond:
            # More is left than was paid for: given by hand, or its payment is not known.
            row = rows[0]
            at = in_utc(row["purchase_date"])
            yield ImportedPackage(account_id, f"userpackage/{row['id']}", beyond, beyond, at)
