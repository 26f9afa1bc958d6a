"""A user's rows of the old backend: which packages they become, and what is odd about them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.payments.imported import left_of_each
from domain.payments.order import PurchaseKind
from messages.fields import MAX_GRANT_SECONDS
from store.django_source import PACKAGES, TRANSACTIONS, Row, numbered
from store.inbox import Key
from workers.catalogue.imported import ImportedOffer, price_of
from workers.import_report import ImportReport
from workers.old_values import is_true, moment_of, whole_number
from workers.payments.imported import ImportedPackage, Payment, paid_key, unpaid_key

NOT_PAID = ("pending", "failed", "refunded")
"""What a transaction may be besides completed; all of it is counted."""


@dataclass(frozen=True, slots=True)
class Group:
    """
    What a user has by one offer: the packages that it becomes, and keys by which more could have come along before.

    Minutes of one row may belong to a payment today that belonged to none at an earlier import, or the other way round.
    """

    packages: tuple[ImportedPackage, ...]
    other_keys: tuple[Key, ...]


class UserRows:
    """
    Reads what users own and have paid.

    Args:
        offers: that were imported, by their numbers there.
        report: gets what is odd, and counts.
        now: of the import.
    """

    def __init__(self, offers: Mapping[int, ImportedOffer], report: ImportReport, *, now: datetime) -> None:
        self._offers = offers
        self._report = report
        self._now = now
        self._refs: set[str] = set()

    def groups(self, account_id: str, packages: Sequence[Row], transactions: Sequence[Row]) -> Iterator[Group]:
        """Yield what an account has, offer by offer."""
        paid, unpaid = self._paid(transactions), numbered(transactions, "package_purchased_id")
        owned, left = numbered(packages, "package_id"), self._left_by_offer(packages)
        for offer in sorted(unpaid.keys() | owned.keys(), key=str):
            bought = paid.get(offer, [])
            rows = sorted(owned.get(offer, []), key=lambda row: row["id"])
            found = tuple(self._of_offer(account_id, offer, bought, rows, left.get(offer, 0)))
            keys = {one.key for one in found}
            others = [paid_key(_ref_of(row)) for row in unpaid.get(offer, [])]
            others += [unpaid_key(_name_of(rows))] if rows else []
            yield Group(found, tuple(key for key in others if key not in keys))

    def _paid(self, transactions: Sequence[Row]) -> dict[Any, list[tuple[Row, datetime, bool, Payment]]]:
        dated = [(row, *self._dated(TRANSACTIONS, row, "created_at")) for row in transactions]
        kind = PurchaseKind.FIRST
        paid: dict[Any, list[tuple[Row, datetime, bool, Payment]]] = {}
        for row, at, is_known in sorted(dated, key=lambda one: (one[1], one[0]["id"])):
            payment = self._payment(row, kind)
            if payment is not None:
                paid.setdefault(row["package_purchased_id"], []).append((row, at, is_known, payment))
                kind = PurchaseKind.REPEAT
        return paid

    def _payment(self, row: Row, kind: PurchaseKind) -> Payment | None:
        """Return what paid, or note why it did not or cannot be brought along."""
        status = row["status"]
        if status in NOT_PAID:
            self._report.counts[f"transactions {status}"] += 1
            return None
        offer = self._offers.get(row["package_purchased_id"])
        price, ref = price_of(row["amount"], str(row["currency"])), _ref_of(row)
        reason = None
        if status != "completed":
            reason = f"nobody knows what status {status!r} means"
        elif offer is None:
            reason = "nobody knows what it paid for"
        elif price is None:
            reason = f"{row['amount']} {row['currency']} is no amount of money"
        elif ref in self._refs:
            reason = f"another transaction has its id {ref!r}"
        if reason is not None or offer is None or price is None:
            self._report.note(TRANSACTIONS, row["id"], str(reason))
            return None
        self._refs.add(ref)
        return Payment(ref, offer.product, offer.name, price, kind)

    def _left_by_offer(self, rows: Sequence[Row]) -> dict[Any, int]:
        """Return the minutes that can be spent, by their offers; and note the rows with others."""
        left: dict[Any, int] = {}
        for row in rows:
            minutes, is_active = whole_number(row["minutes_remaining"]), is_true(row["is_active"])
            if minutes is None or minutes < 0 or 60 * minutes > MAX_GRANT_SECONDS:
                self._report.note(PACKAGES, row["id"], f"it has {row['minutes_remaining']} min, which no package can")
                self._report.minutes_odd += max(0, minutes or 0) if is_active else 0
            elif minutes and not is_active:
                said = f"it is switched off, with {minutes} min that nobody could spend"
                self._report.note(PACKAGES, row["id"], said)
            elif minutes:
                left[row["package_id"]] = left.get(row["package_id"], 0) + minutes
            else:
                self._report.counts["empty packages"] += 1
        return left

    def _of_offer(
        self,
        account_id: str,
        offer: Any,
        bought: Sequence[tuple[Row, datetime, bool, Payment]],
        rows: Sequence[Row],
        left_minutes: int,
    ) -> Iterator[ImportedPackage]:
        granted = [self._offers[offer].granted_seconds for _ in bought]
        shares, beyond = left_of_each(granted, 60 * left_minutes)
        for (row, at, is_known, payment), seconds, share in zip(bought, granted, shares, strict=True):
            yield ImportedPackage(account_id, f"transaction/{row['id']}", seconds, share, at, is_known, payment)
        if beyond:
            # More is left than was paid for: given by hand, or its payment is not known.
            at, is_known = self._dated(PACKAGES, rows[0], "purchase_date")
            yield ImportedPackage(account_id, _name_of(rows), beyond, beyond, at, is_known)

    def _dated(self, table: str, row: Row, name: str) -> tuple[datetime, bool]:
        """Return when something was, and whether that is known; else now, so that its minutes can be spent."""
        at = moment_of(row[name], now=self._now)
        if at is None:
            self._report.note(table, row["id"], f"its {name} {row[name]} is no moment of the past; it counts from now")
        return at or self._now, at is not None


def without_granted_before(
    groups: Sequence[Group], find: Callable[[Sequence[Key]], Mapping[Key, Any]], report: ImportReport
) -> list[ImportedPackage]:
    """
    Return the packages that can be imported without granting minutes twice; and note the others.

    Where minutes of a row came along before under another key, what has no key yet may be the same minutes again.

    Args:
        groups: of all users of a batch.
        find: returns those of some keys that are known.
        report: gets what is left out.
    """
    gone = find([key for group in groups for key in group.other_keys])
    moved = [group for group in groups if any(key in gone for key in group.other_keys)]
    known = find([one.key for group in moved for one in group.packages])
    left_out = {one.key for group in moved for one in group.packages if one.left_seconds and one.key not in known}
    for group in moved:
        for key in group.other_keys:
            if key in gone:
                report.note("packages", key.event_id, "it was imported before and is no longer so in the old database")
        for one in group.packages:
            if one.key in left_out:
                report.minutes_odd += one.left_seconds // 60
                report.note("packages", one.name, "its minutes may have been imported before, in another package")
    return [one for group in groups for one in group.packages if one.key not in left_out]


def _ref_of(row: Row) -> str:
    """Return what names a payment at its gateway; where that is not known, what names it in the old database."""
    ref = str(row["transaction_id_gateway"] or "")
    return ref if ref and ref.isprintable() else f"transaction-{row['id']}"


def _name_of(rows: Sequence[Row]) -> str:
    # The oldest of all rows, empty ones too, so that it stays the same while minutes are spent.
    return f"userpackage/{rows[0]['id']}"
