"""Usage: what was used is booked, in full or, where it was asked for, all or nothing."""

from datetime import datetime
from typing import Any

from domain.ids import fact_id_of_answer
from domain.minutes.balance import available_seconds
from domain.minutes.book import Book
from domain.minutes.burn import Burning, burn
from domain.minutes.debt import Shortfall, shortfall
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.forgive import forgivable_seconds, with_forgiven
from domain.minutes.judge import Judgement
from domain.minutes.rules import Rules
from domain.minutes.standing import refuse_standing
from messages.minutes.facts import SpendAccepted, SpendRefused
from messages.minutes.requests import SpendRequested, UsageReported
from store.inbox import Answer
from store.minutes.save import Usage
from workers.facts import Facts
from workers.judged import judge_event
from workers.minutes.booked import Booked

NO_SHORTFALL = Shortfall(0, 0)


def report_usage(book: Book, event: UsageReported, message_id: int, facts: Facts, rules: Rules) -> Booked:
    """
    Book usage that has happened: burnt as far as packages cover it, the rest forgiven or owed.

    Raises:
        MessageRejected: it is from the future.

    Source: domain/minutes/README.md, "Usage".
    """
    judged = judge_event(event, rules, now=facts.at)
    burning = burn(event.data.used_seconds, book.packages.values(), at=judged.at, policy=rules.policy)
    uncovered = burning.uncovered_seconds
    rest = _shortfall(book, uncovered, judged, facts, rules) if uncovered else NO_SHORTFALL
    _write_entries(book, message_id, burning, rest, min(judged.at, facts.at))
    return Booked(_usage(book, event, message_id, judged, rest, rules))


def request_spend(book: Book, event: SpendRequested, message_id: int, facts: Facts, rules: Rules) -> Booked:
    """
    Book usage that asks first, if packages cover all of it and the account may spend, and answer.

    Raises:
        MessageRejected: it is from the future.

    Source: domain/minutes/README.md, "Usage".
    """
    judged = judge_event(event, rules, now=facts.at)
    used_seconds = event.data.used_seconds
    burning = burn(used_seconds, book.packages.values(), at=judged.at, policy=rules.policy)
    barred = refuse_standing(book.standing)
    is_refusal = barred is not None or burning.uncovered_seconds > 0
    said: dict[str, Any] = {"request_source": event.source, "request_id": event.id}
    usage = None
    if is_refusal:
        said["requested_seconds"] = used_seconds
        said["available_seconds"] = used_seconds - burning.uncovered_seconds
        if barred is not None:
            said["code"] = barred.code
    else:
        available = available_seconds(book.packages.values(), at=judged.at)
        _write_entries(book, message_id, burning, NO_SHORTFALL, min(judged.at, facts.at))
        last = book.packages[burning.burns[-1].package_id]
        # All that whoever waits wants to show; so a repeat can be shown the same.
        said |= {
            "spent_seconds": used_seconds,
            "available_seconds": available - used_seconds,
            "package_id": last.id,
            "package_left_seconds": last.left_seconds,
        }
        usage = _usage(book, event, message_id, judged, NO_SHORTFALL, rules)
    emit_spend_answer(facts, event, said, is_refusal=is_refusal)
    return Booked(usage, Answer(said, is_refusal))


def emit_spend_answer(facts: Facts, event: SpendRequested, said: dict[str, Any], *, is_refusal: bool) -> None:
    """Add the answer to a request; repeated it has the same id, so a listener may drop it."""
    fact_id = fact_id_of_answer(event.source, event.id)
    facts.emit(SpendRefused if is_refusal else SpendAccepted, event.subject, said, fact_id=fact_id)


def _shortfall(book: Book, uncovered_seconds: int, judged: Judgement, facts: Facts, rules: Rules) -> Shortfall:
    """Forgive or owe what no package covered, and count what is forgiven on the day of the usage."""
    forgivable = forgivable_seconds(book.forgiven, judged_at=judged.at, rules=rules)
    rest = shortfall(
        uncovered_seconds, forgive_below_seconds=rules.forgive_below_seconds, forgivable_seconds=forgivable
    )
    if rest.forgiven_seconds:
        book.forgiven = with_forgiven(
            book.forgiven, rest.forgiven_seconds, judged_at=judged.at, now=facts.at, rules=rules
        )
    return rest


def _write_entries(book: Book, message_id: int, burning: Burning, rest: Shortfall, counts_from: datetime) -> None:
    for burnt in burning.burns:
        seconds, package_id, rival_id = -burnt.seconds, burnt.package_id, burnt.rival_id
        book.write(Entry(EntryKind.BURN, seconds, counts_from, message_id, package_id, message_id, rival_id))
    if rest.debt_seconds:
        book.write(Entry(EntryKind.DEBT, rest.debt_seconds, counts_from, message_id, None, message_id))
    if rest.forgiven_seconds:
        book.write(Entry(EntryKind.FORGIVEN, rest.forgiven_seconds, counts_from, message_id, None, message_id))


def _usage(
    book: Book, event: UsageReported | SpendRequested, message_id: int, judged: Judgement, rest: Shortfall, rules: Rules
) -> Usage:
    data = event.data
    return Usage(
        id=message_id,
        account=book.account_number,
        used_seconds=data.used_seconds,
        debt_seconds=rest.debt_seconds,
        forgiven_seconds=rest.forgiven_seconds,
        occurred_at=event.time,
        policy=rules.policy,
        judged_at=judged.at if judged.is_late else None,
        session_id=data.session_id,
        feature=data.feature,
        metadata=data.metadata,
    )
