"""Ending work on a case: movements become entries, and everything is written with its facts, once."""

from collections.abc import Iterable, Sequence

from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import PackageState
from domain.payments.movement import Movement, MovementKind, PackageChange
from store.engine import Session
from store.payments.case import Case, save_cases
from workers.claims import claim_gateway_event
from workers.facts import Facts

APPLIED = "screph.refund.applied.v1"
"""Only refunds move seconds for causes of their own."""


def move(session: Session, case: Case, movements: Iterable[Movement], facts: Facts, *, message_id: int) -> None:
    """
    Write the movements of a decision into the book.

    Args:
        session: of the transaction.
        case: of a paid order.
        movements: in their order.
        facts: their moment is that of the entries.
        message_id: the cause of those that name no cause of their own.
    """
    for one in movements:
        cause = message_id
        if one.own_cause is not None:
            cause = claim_gateway_event(session, case.book, case.order.gateway, one.own_cause, APPLIED) or message_id
        seconds = one.seconds if one.kind is MovementKind.UNFREEZE else -one.seconds
        package_id = case.bonus_package_id if one.is_bonus else case.package_id
        case.book.write(Entry(EntryKind(one.kind), seconds, facts.at, cause, package_id))


def change_package(case: Case, change: PackageChange) -> None:
    """Freeze, free or void the package as a whole."""
    case.book.set_state(case.package_id, PackageState(change))


def freeze_if_disputed(case: Case) -> None:
    """Freeze the empty package of a disputed order, so that what is given back to it stays frozen."""
    package = case.package
    is_disputed = any(one.is_open for one in case.disputes.values())
    if is_disputed and package.state is PackageState.ACTIVE and not package.left_seconds:
        change_package(case, PackageChange.FREEZE)


def close_case(session: Session, case: Case, facts: Facts) -> None:
    """Emit the new balance, if it changed, and write everything; the case is used up with that."""
    close_cases(session, [case], facts)


def close_cases(session: Session, cases: Sequence[Case], facts: Facts) -> None:
    """Do the same for some cases, each of another account."""
    facts.emit_balances(case.book for case in cases)
    save_cases(session, cases, facts)
