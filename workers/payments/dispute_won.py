"""Disputes that end otherwise than before, or oddly: won after all, all is given back; else a person decides."""

from dataclasses import replace

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.ids import package_id_of_won_dispute
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind
from domain.minutes.reverse import reverse
from domain.money import Money
from domain.payments.bought import disputed_minor
from domain.payments.dispute import Dispute
from domain.payments.dispute_decision import DisputeChange, lost_minor_of, win_after_all
from domain.payments.order_update import put_to_review
from store.engine import Session
from store.minutes.book import add_packages
from store.minutes.usage import find_usage, mark_reversed
from store.payments.case import Case
from workers.claims import claim_gateway_event
from workers.facts import Facts
from workers.minutes.grant import write_grant
from workers.payments.announce import emit_dispute_closed
from workers.payments.codes import settle_codes_of

APPLIED = "screph.dispute.applied.v1"


def restore_dispute(session: Session, case: Case, dispute: Dispute, facts: Facts) -> None:
    """Win a lost dispute: its voided seconds come back as a support package, and its debt is cancelled."""
    gateway, ref = dispute.gateway, dispute.dispute_ref
    message_id = claim_gateway_event(session, case.book, gateway, f"won-after-all:{ref}", APPLIED)
    if message_id is None:
        return
    won = win_after_all(dispute, at=facts.at)
    case.disputes[ref] = won
    if dispute.taken_seconds:
        package = new_package(
            package_id_of_won_dispute(gateway, ref),
            case.order.account_id,
            kind=PackageKind.SUPPORT,
            activated_at=facts.at,
        )
        write_grant(facts, case.book, package, dispute.taken_seconds, message_id)
    _cancel_debt(session, case, dispute, facts, message_id)
    emit_dispute_closed(facts, case.order, DisputeChange(won), is_won=True)
    settle_codes_of(session, case, facts)


def review_lost_again(case: Case, dispute: Dispute, facts: Facts) -> None:
    """Put an order before a person whose dispute was won here and is lost at its gateway."""
    sentence = f"dispute {dispute.dispute_ref} was won, and its gateway says now that it is lost"
    case.order = put_to_review(case.order, sentence, at=facts.at)


def review_open_again(case: Case, dispute: Dispute, facts: Facts) -> None:
    """Put an order before a person whose dispute gave back what it had taken, and is open again at its gateway."""
    sentence = (
        f"dispute {dispute.dispute_ref} was lost and then won, its minutes were given back, "
        "and its gateway says now that it is open again"
    )
    case.order = put_to_review(case.order, sentence, at=facts.at)


def review_lost_inquiry(case: Case, reported: GatewayDispute, facts: Facts) -> None:
    """Put an order before a person if an inquiry has ended for its buyer, and no refund or loss is known for it."""
    gone_minor = case.bought.refunded.minor + lost_minor_of(case.bought)
    if reported.status is DisputeStatus.LOST and gone_minor < disputed_minor(reported.amount, case.bought):
        sentence = f"inquiry {reported.ref} ended with {reported.amount} for its buyer, and no refund of it is known"
        case.order = put_to_review(case.order, sentence, at=facts.at)


def review_other_loss(case: Case, dispute: Dispute, amount: Money, facts: Facts) -> None:
    """Put an order before a person whose lost dispute has taken another amount than it was when it was lost here."""
    sentence = f"dispute {dispute.dispute_ref} was lost with {dispute.amount}, and its gateway says now {amount}"
    case.order = put_to_review(case.order, sentence, at=facts.at)


def _cancel_debt(session: Session, case: Case, dispute: Dispute, facts: Facts, message_id: int) -> None:
    """Take back the usage as which the loss was booked, also what a later package has paid of it."""
    usage = find_usage(session, source=f"gateway/{dispute.gateway}", event_id=f"lost:{dispute.dispute_ref}")
    if usage is None or usage.reversed_by is not None:
        return
    add_packages(session, case.book, {entry.package_id for entry in usage.entries if entry.package_id})
    undone = reverse(usage.entries, case.book.packages, usage_id=usage.id, message_id=message_id, now=facts.at)
    case.book.write_all(undone.entries)
    mark_reversed(session, usage, by=message_id)


def with_taken_seconds(change: DisputeChange) -> DisputeChange:
    """Note in a dispute what its loss has voided and what is owed, so that it can be given back and is taken once."""
    dispute = replace(change.dispute, voided_seconds=change.voided_seconds, owed_seconds=change.owed_seconds)
    return replace(change, dispute=dispute)
