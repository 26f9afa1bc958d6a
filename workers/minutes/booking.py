"""What each message does to an open book: decided by the domain, written as entries, told as facts."""

from dataclasses import dataclass, field
from typing import Any

from domain.ids import fact_id_of_answer, package_id_of_message
from domain.minutes.book import Book
from domain.minutes.burn import Burning, burn
from domain.minutes.debt import Shortfall, shortfall
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import UnableToGrant, new_package
from domain.minutes.judge import Judgement, UnableToJudge, judge
from domain.minutes.package import Package, PackageKind
from domain.minutes.reverse import reverse
from domain.minutes.rules import Rules
from messages.access.requests import AccountRegistered
from messages.envelope import AboutAccount
from messages.errors import MessageRejected
from messages.minutes.facts import SpendAccepted, SpendRefused, UsageReversedFact
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from store.access.account import describe_account
from store.engine import Session
from store.inbox import Answer
from store.minutes.book import add_packages
from store.minutes.save import Usage
from store.minutes.usage import find_usage, mark_reversed
from workers.consume import TooEarly
from workers.facts import Facts
from workers.minutes.grant import write_grant


@dataclass(slots=True)
class Booking:
    """
    The work on some books within one transaction.

    `usages`, `facts` and `answers` (by message id) collect what is to be saved beside the entries,
    which are in the books.
    """

    session: Session
    rules: Rules
    facts: Facts
    usages: list[Usage] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)

    def book(self, event: AboutAccount, message_id: int, book: Book) -> None:
        """
        Let one message take effect in the book of its account.

        Raises:
            MessageRejected: it is wrong in a way that only its account could show; nothing was written.
            TooEarly: it is about a usage that is not known yet; nothing was written.
        """
        match event:
            case UsageReported():
                self._report(event, message_id, book)
            case SpendRequested():
                self._spend(event, message_id, book)
            case UsageReversed():
                self._reverse(event, message_id, book)
            case PackageGrantRequested():
                self._grant(event, message_id, book)
            case AccountRegistered():
                # News from the future would outweigh all true news until then.
                self._judged(event)
                describe_account(self.session, book.account_id, event.data.model_dump(), at=event.time)
            case _:
                raise MessageRejected("UnknownType", f"nothing is known about booking {event.type}")

    def _report(self, event: UsageReported, message_id: int, book: Book) -> None:
        judged = self._judged(event)
        used_seconds = event.data.used_seconds
        burning = burn(used_seconds, book.packages.values(), at=judged.at, policy=self.rules.policy)
        rest = shortfall(burning.uncovered_seconds, forgive_below_seconds=self.rules.forgive_below_seconds)
        self._write_usage(event, message_id, book, judged, burning, rest)

    def _spend(self, event: SpendRequested, message_id: int, book: Book) -> None:
        judged = self._judged(event)
        used_seconds = event.data.used_seconds
        burning = burn(used_seconds, book.packages.values(), at=judged.at, policy=self.rules.policy)
        is_refusal = burning.uncovered_seconds > 0
        said: dict[str, Any] = {"request_source": event.source, "request_id": event.id}
        if is_refusal:
            said["requested_seconds"] = used_seconds
            said["available_seconds"] = used_seconds - burning.uncovered_seconds
        else:
            said["spent_seconds"] = used_seconds
            self._write_usage(event, message_id, book, judged, burning, Shortfall(0, 0))
        self.answers[message_id] = Answer(said, is_refusal)
        emit_answer(self.facts, event, said, is_refusal=is_refusal)

    def _write_usage(
        self,
        event: UsageReported | SpendRequested,
        message_id: int,
        book: Book,
        judged: Judgement,
        burning: Burning,
        rest: Shortfall,
    ) -> None:
        counts_from = min(judged.at, self.facts.at)
        for burnt in burning.burns:
            book.write(Entry(EntryKind.BURN, -burnt.seconds, counts_from, message_id, burnt.package_id, message_id))
        if rest.debt_seconds:
            book.write(Entry(EntryKind.DEBT, rest.debt_seconds, counts_from, message_id, None, message_id))
        if rest.forgiven_seconds:
            book.write(Entry(EntryKind.FORGIVEN, rest.forgiven_seconds, counts_from, message_id, None, message_id))
        data = event.data
        self.usages.append(
            Usage(
                id=message_id,
                account_id=book.account_id,
                used_seconds=data.used_seconds,
                burnt_seconds=data.used_seconds - burning.uncovered_seconds,
                debt_seconds=rest.debt_seconds,
                forgiven_seconds=rest.forgiven_seconds,
                occurred_at=event.time,
                judged_at=judged.at,
                policy=self.rules.policy,
                is_late=judged.is_late,
                is_requested=isinstance(event, SpendRequested),
                session_id=data.session_id,
                feature=data.feature,
                metadata=data.metadata,
            )
        )

    def _judged(self, event: AboutAccount) -> Judgement:
        try:
            return judge(event.time, now=self.facts.at, late_window=self.rules.late_window)
        except UnableToJudge as error:
            raise MessageRejected("FromTheFuture", str(error)) from error

    def _grant(self, event: PackageGrantRequested, message_id: int, book: Book) -> None:
        data = event.data
        try:
            package = new_package(
                package_id_of_message(event.source, event.id),
                book.account_id,
                kind=PackageKind(data.kind),
                activated_at=data.activated_at or event.time,
                expires_at=data.expires_at,
                priority=data.priority,
            )
        except UnableToGrant as error:
            raise MessageRejected("EmptyPeriod", str(error)) from error
        write_grant(self.facts, book, package, data.granted_seconds, message_id)
        if data.reason:
            self.answers[message_id] = Answer({"reason": data.reason}, is_refusal=False)

    def _reverse(self, event: UsageReversed, message_id: int, book: Book) -> None:
        source, event_id = event.data.usage_source or event.source, event.data.usage_id
        usage = find_usage(self.session, source=source, event_id=event_id)
        if usage is None:
            raise TooEarly(f"usage {event_id} of {source} is not known (yet)")
        if usage.account_id != book.account_id:
            raise MessageRejected("OtherAccount", f"usage {event_id} belongs to another account than {book.account_id}")
        if usage.reversed_by is not None:
            raise MessageRejected("AlreadyReversed", f"usage {event_id} of {source} is reversed already")
        add_packages(self.session, book, {entry.package_id for entry in usage.entries if entry.package_id})
        undone = reverse(usage.entries, book.packages, usage_id=usage.id, message_id=message_id, now=self.facts.at)
        book.write_all(undone.entries)
        mark_reversed(self.session, usage.id, by=message_id)
        support = self._compensate(event, message_id, book, undone.expired_again_seconds)
        said = {
            "usage_id": event_id,
            "usage_source": source,
            "reason": event.data.reason,
            "given_back_seconds": undone.given_back_seconds,
            "expired_again_seconds": undone.expired_again_seconds,
            "cancelled_debt_seconds": undone.cancelled_debt_seconds,
            "support_package_id": support.id if support else None,
            # As it will be read again: a repeat gets this very answer.
            "reversed_at": self.facts.at.isoformat().replace("+00:00", "Z"),
        }
        self.answers[message_id] = Answer(said, is_refusal=False)
        self.facts.emit(UsageReversedFact, book.account_id, said)

    def _compensate(
        self, event: UsageReversed, message_id: int, book: Book, expired_again_seconds: int
    ) -> Package | None:
        if not (event.data.our_fault and expired_again_seconds):
            return None
        package = new_package(
            package_id_of_message(event.source, event.id),
            book.account_id,
            kind=PackageKind.SUPPORT,
            activated_at=self.facts.at,
        )
        write_grant(self.facts, book, package, expired_again_seconds, message_id)
        return package


def emit_answer(facts: Facts, event: SpendRequested, said: dict[str, Any], *, is_refusal: bool) -> None:
    """Add the answer to a request; repeated it has the same id, so a listener may drop it."""
    fact_id = fact_id_of_answer(event.source, event.id)
    facts.emit(SpendRefused if is_refusal else SpendAccepted, event.subject, said, fact_id=fact_id)
