"""A batch of events in one transaction: claim, load, decide, save, emit."""

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from domain.minutes.rules import Rules
from messages.errors import MessageRejected
from messages.minutes.requests import SpendRequested, UsageReversed
from messages.queues import MINUTE_USAGE
from messages.read import Event, Unreadable
from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import Engine, Session
from store.inbox import Arrival, Claims, Key, Known, claim_messages, release_claims, save_answers
from store.minutes.book import open_books
from store.minutes.save import save
from store.transaction import transaction
from workers.minutes.booking import Booking, TooEarly
from workers.outcome import Outcome, Result

log = logging.getLogger(__name__)


Item = Event | Unreadable


def apply(engine: Engine, items: Sequence[Item], *, rules: Rules, now: datetime) -> list[Outcome]:
    """
    Apply events in their order and return what became of each.

    This is what the actor calls and what a command or a request calls that must wait for the
    answer. One transaction, unless corrections are among the events: those look at what is
    kept, so what comes before them is kept first.

    Args:
        engine: the store.
        items: as `messages.read.read` returns them; what is unreadable is set aside.
        rules: the installation's settings.
        now: aware UTC moment of booking.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    outcomes: list[Outcome] = []
    for _, run in groupby(items, key=_is_correction):
        with transaction(engine) as session:
            outcomes += _Batch(session, list(run), rules, now).apply()
    return outcomes


def _is_correction(item: Item) -> bool:
    return isinstance(item, Event) and isinstance(item.envelope, UsageReversed)


class _Batch:
    """One transaction's work: claim, load, decide, keep, tell."""

    def __init__(self, session: Session, items: Sequence[Item], rules: Rules, now: datetime) -> None:
        self.session = session
        self.items = items
        self.booking = Booking(session, rules, now)
        self.outcomes: list[Outcome | None] = [None] * len(items)
        self.letters: list[DeadLetter] = []
        self.released: list[int] = []

    def apply(self) -> list[Outcome]:
        firsts = self._sort_out()
        claims = claim_messages(
            self.session,
            (Arrival(key, event.envelope.type, event.sha256) for key, (_, event) in firsts.items()),
        )
        self._book(firsts, claims)
        self._answer_repeats(firsts, claims)
        save_dead_letters(self.session, self.letters)
        return [outcome for outcome in self.outcomes if outcome is not None]

    def _sort_out(self) -> dict[Key, tuple[int, Event]]:
        """Set the unreadable aside and return the first event of each key with its position."""
        firsts: dict[Key, tuple[int, Event]] = {}
        for position, item in enumerate(self.items):
            if isinstance(item, Unreadable):
                self._reject(position, item.code, item.reason)
            else:
                firsts.setdefault(_key(item), (position, item))
        return firsts

    def _book(self, firsts: dict[Key, tuple[int, Event]], claims: Claims) -> None:
        fresh = [
            (position, event, claims.fresh[key]) for key, (position, event) in firsts.items() if key in claims.fresh
        ]
        if not fresh:
            return
        books = open_books(self.session, {event.envelope.subject for _, event, _ in fresh})
        for position, event, message_id in fresh:
            try:
                self.booking.book(event.envelope, message_id, books[event.envelope.subject])
            except MessageRejected as error:
                self.released.append(message_id)
                self._reject(position, error.code, error.reason)
            except TooEarly as error:
                self.released.append(message_id)
                self._note(position, event, Result.TOO_EARLY, reason=str(error))
            else:
                answer = self.booking.answers.get(message_id)
                result = Result.REFUSED if answer and answer.is_refusal else Result.APPLIED
                self._note(position, event, result, message_id=message_id, answer=answer.said if answer else None)
        release_claims(self.session, self.released)
        save_answers(self.session, self.booking.answers)
        self.booking.tell_balances(books.values())
        save(self.session, books.values(), usages=self.booking.usages, facts=self.booking.facts)

    def _answer_repeats(self, firsts: dict[Key, tuple[int, Event]], claims: Claims) -> None:
        retold = Booking(self.session, self.booking.rules, self.booking.now)
        for position, item in enumerate(self.items):
            if self.outcomes[position] is not None or isinstance(item, Unreadable):
                continue
            key = _key(item)
            if key in claims.known:
                self._repeat(position, item, claims.known[key], retold)
            else:
                self._repeat_within(position, item, *firsts[key])
        save(self.session, (), facts=retold.facts)

    def _repeat(self, position: int, event: Event, known: Known, retold: Booking) -> None:
        if known.sha256 != event.sha256:
            self._reject_other_content(position, event)
            return
        if isinstance(event.envelope, SpendRequested) and known.answer:
            # Whoever asks again has not heard the answer.
            retold.tell_answer(event.envelope, known.answer, is_refusal=known.outcome == "refused")
        self._note(
            position,
            event,
            Result.REPEATED,
            message_id=known.message_id,
            reason=f"{known.outcome} before",
            answer=known.answer,
        )

    def _repeat_within(self, position: int, event: Event, first_position: int, first: Event) -> None:
        """A repeat inside this batch fares as the first of its key did."""
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
        self._reject(
            position,
            "SameIdOtherContent",
            f"id {event.envelope.id} of {event.envelope.source} was used before with other content; "
            "a different event needs a different id",
        )

    def _reject(self, position: int, code: str, reason: str) -> None:
        item = self.items[position]
        if isinstance(item, Unreadable):
            source, event_id = item.source, item.message_id
        else:
            source, event_id = item.envelope.source, item.envelope.id
        self.letters.append(DeadLetter("quarantined", MINUTE_USAGE, code, reason, item.body, source, event_id))
        self.outcomes[position] = Outcome(Result.REJECTED, source, event_id, reason=reason, code=code)

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
