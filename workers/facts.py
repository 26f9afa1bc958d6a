"""Facts: messages that go out once a transaction is committed, collected while it runs."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from boot.traces import traceparent_now
from domain.ids import fact_id_of_balance, message_id_of_topup, notice_id
from domain.minutes.balance import available_seconds
from domain.minutes.balance_level import BalanceLevel
from domain.minutes.book import Book
from domain.minutes.low_balance import level_after
from domain.notices.content import LowBalance, OutOfMinutes
from domain.notices.json_form import json_of
from domain.notices.notice import CONTENT, NoticeContent, NoticeKind
from messages.envelope import AboutAccount, type_of
from messages.minutes.facts import BalanceChanged
from messages.notices.reminders import NoticeOwed
from messages.queues import FACTS, INTERNAL
from messages.registry import QUEUE_OF
from messages.subscriptions.topup import TopupDue
from messages.write import with_traceparent, write
from store.outbox import Outgoing


class Facts:
    """
    The facts of one transaction, in the order in which they were emitted; `save()` writes them to the outbox.

    `at` is the aware UTC moment that they name.
    """

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._outgoing: list[Outgoing] = []
        self._traceparents: dict[str, str] = {}
        self._trace = traceparent_now()
        self._last_ends: dict[str, datetime] = {}

    def __iter__(self) -> Iterator[Outgoing]:
        return iter(self._outgoing)

    def __len__(self) -> int:
        return len(self._outgoing)

    def name_cause(self, cause: AboutAccount) -> None:
        """Note the message that is handled now: facts about its account carry its trace from here on."""
        if (traceparent := traceparent_now(cause.traceparent)) is not None:
            self._traceparents[cause.subject] = traceparent

    def note_end(self, account_id: str, ended_at: datetime) -> None:
        """Note that minutes of an account have ended at a moment; if none are left, they ran out then."""
        self._last_ends[account_id] = max(ended_at, self._last_ends.get(account_id, ended_at))

    def emit(
        self, model: type[AboutAccount], account_id: str, data: dict[str, Any], *, fact_id: str | None = None
    ) -> None:
        """
        Add a fact about an account.

        Args:
            model: its contract.
            account_id: Screph's id of the account.
            data: its payload, as the contract says.
            fact_id: the same for the same fact, where it may be emitted again; random if left out.
        """
        message_id, body = write(model, data, at=self.at, subject=account_id, message_id=fact_id)
        traceparent = self._traceparents.get(account_id, self._trace)
        self._outgoing.append(Outgoing(FACTS, type_of(model), message_id, body, traceparent))

    def emit_internal(self, model: type[AboutAccount], account_id: str, data: dict[str, Any], message_id: str) -> None:
        """
        Add a message to our own workers about an account; it comes to the queue of its contract after the commit.

        Args:
            model: its contract.
            account_id: Screph's id of the account.
            data: its payload, as the contract says.
            message_id: the same for the same cause, so that a repeat is known.
        """
        _, body = write(model, data, at=self.at, subject=account_id, message_id=message_id)
        traceparent = self._traceparents.get(account_id, self._trace)
        # The relay leaves bytes for our own queues as they are: a replay goes out as it came in.
        body = with_traceparent(body, traceparent)
        self._outgoing.append(Outgoing(INTERNAL, QUEUE_OF[model], message_id, body, traceparent))

    def owe(
        self,
        kind: NoticeKind,
        account_id: str,
        subject: str,
        data: NoticeContent,
        *,
        not_before: datetime | None = None,
    ) -> None:
        """
        Owe an account a notice, for what this transaction changes; at most once for the account, kind and subject.

        Args:
            kind: what it is about.
            account_id: Screph's id of the account.
            subject: what it is about in particular, up to 128 characters: the id of an order, of a package with the
                days that are left, or whatever else makes it once.
            data: what it says, of the class that `CONTENT` has for the kind.
            not_before: aware UTC moment; sent as soon as may be if left out.

        Source: domain/notices/README.md, "Owed once".
        """
        assert isinstance(data, CONTENT[kind]), f"{kind} says what {CONTENT[kind].__name__} has"
        owed: dict[str, Any] = {"kind": kind, "subject": subject, "content": json_of(data)}
        if not_before is not None:
            owed["not_before"] = not_before
        self.emit_internal(NoticeOwed, account_id, owed, notice_id(account_id, kind, subject))

    def emit_balances(self, books: Iterable[Book]) -> None:
        """Add a snapshot of the balance for every book that has changed, and what follows from a low one."""
        for book in books:
            if book.has_changed:
                sequence = book.sequence + 1
                left_seconds = self.emit_balance(book)
                # Most balances are far from low, and this is done for every one that changes.
                if left_seconds < book.low_balance_seconds or book.balance_level is not BalanceLevel.ENOUGH:
                    self._note_level(book, left_seconds)
                if book.topup_below_seconds is not None and left_seconds - book.debt_seconds < book.topup_below_seconds:
                    book.needs_topup = True
                    self.emit_internal(TopupDue, book.account_id, {}, message_id_of_topup(book.account_id, sequence))

    def emit_balance(self, book: Book) -> int:
        """Add a snapshot of the balance of a book that has changed, and return the seconds that can be spent."""
        sequence = book.sequence + 1
        left_seconds = available_seconds(book.packages.values(), at=self.at)
        snapshot = {"sequence": sequence, "available_seconds": left_seconds, "debt_seconds": book.debt_seconds}
        self.emit(BalanceChanged, book.account_id, snapshot, fact_id=fact_id_of_balance(book.account_id, sequence))
        return left_seconds

    def _note_level(self, book: Book, left_seconds: int) -> None:
        level, is_owed = level_after(book, available_seconds=left_seconds)
        if level is not book.balance_level:
            book.set_level(level)
        if not is_owed:
            return
        subject = str(book.sequence + 1)
        if level is BalanceLevel.OUT:
            ran_out_at = self._last_ends.get(book.account_id, self.at)
            out = OutOfMinutes(ran_out_at=ran_out_at, debt_seconds=book.debt_seconds)
            self.owe(NoticeKind.OUT_OF_MINUTES, book.account_id, subject, out)
        else:
            low = LowBalance(available_seconds=left_seconds, threshold_seconds=book.low_balance_seconds)
            self.owe(NoticeKind.LOW_BALANCE, book.account_id, subject, low)
