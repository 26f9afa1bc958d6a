"""A batch of events in one transaction: open the books, claim, decide, save with the facts."""

from collections.abc import Callable, Sequence
from itertools import groupby

from domain.minutes.book import Book
from messages.errors import MessageRejected
from messages.minutes.requests import SpendRequested, UsageReversed
from messages.read import Event
from store.engine import Session
from store.inbox import Claims, Key, Known, claim_in_books
from store.minutes.book import open_books
from store.minutes.save import Message, save
from workers.claims import arrival_of, other_content
from workers.consume import TooEarly
from workers.context import Context
from workers.facts import Facts
from workers.minutes.booked import Booked
from workers.minutes.usage import emit_spend_answer
from workers.outcome import Outcome, Result

BookEvent = Callable[[Session, Book, Event, int, Facts], Booked]
"""
Lets one event, by the id of its message, take effect in the open book of its account.

It raises `MessageRejected` or `TooEarly`; then nothing was written.
"""


def apply_batch(context: Context, events: Sequence[Event], book_event: BookEvent) -> list[Outcome]:
    """
    Apply events in their order and return what became of each.

    One transaction, unless corrections are among the events: those look at what is
    stored, so what comes before them is stored first.

    Args:
        context: what handlers need.
        events: each about an account.
        book_event: what one event does; which type is which capability's is the queue's business.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    outcomes: list[Outcome] = []
    for _, run in groupby(events, key=_is_correction):
        batch = list(run)
        outcomes += context.transact(
            lambda session, batch=batch: _Batch(session, batch, Facts(context.clock()), book_event).apply(  # type: ignore[misc]
                lock_wait_ms=context.lock_wait_ms
            )
        )
    return outcomes


def _is_correction(event: Event) -> bool:
    return isinstance(event.envelope, UsageReversed)


class _Batch:
    """One transaction's work."""

    def __init__(self, session: Session, events: Sequence[Event], facts: Facts, book_event: BookEvent) -> None:
        self.session = session
        self.events = events
        self.facts = facts
        self.book_event = book_event
        self.outcomes: list[Outcome | None] = [None] * len(events)
        self.messages: list[Message] = []

    def apply(self, *, lock_wait_ms: int | None) -> list[Outcome]:
        firsts: dict[Key, tuple[int, Event]] = {}
        for position, event in enumerate(self.events):
            firsts.setdefault(_key(event), (position, event))
        account_ids = {event.envelope.subject for _, event in firsts.values()}
        books = open_books(self.session, account_ids, lock_wait_ms=lock_wait_ms)
        arrivals = [arrival_of(event, books[event.envelope.subject].account_number) for _, event in firsts.values()]
        # Most messages cause one line of the ledger.
        claims = claim_in_books(self.session, arrivals, lines=len(arrivals))
        for arrival, (position, event) in zip(arrivals, firsts.values(), strict=True):
            if arrival.key in claims.fresh:
                message = Message(claims.fresh[arrival.key], arrival)
                self._book(position, event, message, books[event.envelope.subject])
        self.facts.emit_balances(books.values())
        self._answer_repeats(firsts, claims)
        save(self.session, books.values(), self.facts, messages=self.messages, entry_ids=claims.entry_ids)
        return [outcome for outcome in self.outcomes if outcome is not None]

    def _book(self, position: int, event: Event, message: Message, book: Book) -> None:
        self.facts.name_cause(event.envelope)
        try:
            message.usage, message.answer = self.book_event(self.session, book, event, message.id, self.facts)
        except MessageRejected as error:
            self._reject(position, error.code, error.reason)
        except TooEarly as error:
            self._note(position, event, Result.TOO_EARLY, reason=str(error))
        else:
            self.messages.append(message)
            answer = message.answer
            result = Result.REFUSED if answer and answer.is_refusal else Result.APPLIED
            self._note(position, event, result, message_id=message.id, answer=answer.said if answer else None)

    def _answer_repeats(self, firsts: dict[Key, tuple[int, Event]], claims: Claims) -> None:
        for position, event in enumerate(self.events):
            if self.outcomes[position] is not None:
                continue
            key = _key(event)
            if key in claims.known:
                self._repeat(position, event, claims.known[key])
            else:
                self._repeat_within(position, event, *firsts[key])

    def _repeat(self, position: int, event: Event, known: Known) -> None:
        if not known.has_content(event.sha256):
            self._reject_other_content(position, event)
            return
        if isinstance(event.envelope, SpendRequested) and known.answer:
            # Whoever asks again has not heard the answer.
            emit_spend_answer(self.facts, event.envelope, known.answer, is_refusal=known.outcome == "refused")
        self._note(
            position,
            event,
            Result.REPEATED,
            message_id=known.message_id,
            reason=f"{known.outcome} before",
            answer=known.answer,
        )

    def _repeat_within(self, position: int, event: Event, first_position: int, first: Event) -> None:
        """Give a repeat inside this batch the outcome of the first event with its key."""
        outcome = self.outcomes[first_position]
        assert outcome is not None
        is_same = event.sha256 == first.sha256
        match outcome.result:
            case Result.APPLIED | Result.REFUSED if is_same:
                self._note(
                    position,
                    event,
                    Result.REPEATED,
                    message_id=outcome.message_id,
                    reason=f"{outcome.result} before",
                    answer=outcome.answer,
                )
            case Result.APPLIED | Result.REFUSED:
                self._reject_other_content(position, event)
            case Result.REJECTED if is_same:
                self._reject(position, outcome.code or "Invalid", outcome.reason)
            case _:
                # The first took no effect, so this is not a repeat of anything; it gets its turn alone.
                self._note(position, event, Result.TOO_EARLY, reason="the one before it took no effect")

    def _reject_other_content(self, position: int, event: Event) -> None:
        error = other_content(event)
        self._reject(position, error.code, error.reason)

    def _reject(self, position: int, code: str, reason: str) -> None:
        envelope = self.events[position].envelope
        self.outcomes[position] = Outcome(Result.REJECTED, envelope.source, envelope.id, reason=reason, code=code)

    def _note(
        self,
        position: int,
        event: Event,
        result: Result,
        *,
        message_id: int | None = None,
        reason: str = "",
        answer: dict[str, object] | None = None,
    ) -> None:
        envelope = event.envelope
        self.outcomes[position] = Outcome(result, envelope.source, envelope.id, message_id, reason, answer=answer or {})


def _key(event: Event) -> Key:
    return Key(event.envelope.source, event.envelope.id)
