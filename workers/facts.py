"""Facts: messages that go out once a transaction is committed, collected while it runs."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from domain.ids import fact_id_of_balance
from domain.minutes.balance import available_seconds
from domain.minutes.book import Book
from messages.envelope import AboutAccount, type_of
from messages.minutes.facts import BalanceChanged
from messages.queues import FACTS
from messages.write import write
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

    def __iter__(self) -> Iterator[Outgoing]:
        return iter(self._outgoing)

    def __len__(self) -> int:
        return len(self._outgoing)

    def name_cause(self, cause: AboutAccount) -> None:
        """Note the message that is handled now: facts about its account carry its trace from here on."""
        if cause.traceparent is not None:
            self._traceparents[cause.subject] = cause.traceparent

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
        traceparent = self._traceparents.get(account_id)
        self._outgoing.append(Outgoing(FACTS, type_of(model), message_id, body, traceparent))

    def emit_balances(self, books: Iterable[Book]) -> None:
        """Add a snapshot of the balance for every book that has changed."""
        for book in books:
            if book.has_changed:
                sequence = book.sequence + 1
                snapshot = {
                    "sequence": sequence,
                    "available_seconds": available_seconds(book.packages.values(), at=self.at),
                    "debt_seconds": book.debt_seconds,
                }
                fact_id = fact_id_of_balance(book.account_id, sequence)
                self.emit(BalanceChanged, book.account_id, snapshot, fact_id=fact_id)
