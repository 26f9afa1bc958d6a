"""A batch of events in one transaction: claim, load, decide, save, emit."""

from collections.abc import Sequence
from itertools import groupby

from messages.errors import MessageRejected
from messages.minutes.requests import SpendRequested, UsageReversed
from messages.read import Event
from store.engine import Session
from store.inbox import Arrival, Claims, Key, Known, claim_messages, release_claims, save_answers
from store.minutes.book import open_books
from store.minutes.save import save
from workers.consume import TooEarly
from workers.context import Context
from workers.facts import Facts
from workers.minutes.booking import Booking, emit_answer
from workers.outcome import Outcome, Result


def apply_batch(context: Context, events: Sequence[Event]) -> list[Outcome]:
    """
    Apply events in their order and return what became of each.

    One transaction, unless corrections are among the events: those look at what is
    stored, so what comes before them is stored first.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    outcomes: list[Outcome] = []
    for _, run in groupby(events, key=_is_correction):
        batch = list(run)
        outcomes += context.transact(lambda session, batch=batch: _Batch(session, batch, context).apply())  # type: ignore[misc]
    return outcomes


def _is_correction(event: Event) -> bool:
    return isinstance(event.envelope, UsageReversed)


class _Batch:
    """One transaction's work: claim, load, decide, save, emit."""

    def __init__(self, session: Session, events: Sequence[Event], context: Context) -> None:
        self.session = session
        self.events = events
        self.facts = Facts(context.clock())
        self.booking = Booking(session, context.rules, self.facts)
        self.outcomes: list[Outcome | None] = [None] * len(events)
        self.released: list[int] = []

    def apply(self) -> list[Outcome]:
        firsts: dict[Key, tuple[int, Event]] = {}
        for position, event in enumerate(self.events):
            firsts.setdefault(_key(event), (position, event))
        claims = claim_messages(
            self.session,
            (Arrival(key, event.envelope.type, event.sha256) for key, (_, event) in firsts.items()),
        )
        self._book(firsts, claims)
        self._answer_repeats(firsts, claims)
        return [outcome for outcome in self.outcomes if outcome is not None]

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
        self.facts.emit_balances(books.values())
        save(self.session, books.values(), self.facts, usages=self.booking.usages)

    def _answer_repeats(self, firsts: dict[Key, tuple[int, Event]], claims: Claims) -> None:
        repeated = Facts(self.facts.at)
        for position, event in enumerate(self.events):
            if self.outcomes[position] is not None:
                continue
            key = _key(event)
            if key in claims.known:
                self._repeat(position, event, claims.known[key], repeated)
            else:
                self._repeat_within(position, event, *firsts[key])
        save(self.session, (), repeated)

    def _repeat(self, position: int, event: Event, known: Known, repeated: Facts) -> None:
        if known.sha256 != event.sha256:
            self._reject_other_content(position, event)
            return
        if isinstance(event.envelope, SpendRequested) and known.answer:
            # Whoever asks again has not heard the answer.
            emit_answer(repeated, event.envelope, known.answer, is_refusal=known.outcome == "refused")
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
