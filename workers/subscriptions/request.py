"""A request about a subscription: claimed once, decided under its account's lock, and answered for ever."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from domain.minutes.book import Book
from domain.minutes.standing import refuse_standing
from domain.refusal import Refusal
from domain.subscriptions.subscription import Subscription
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.save import save
from store.minutes.standing import find_standing
from store.payments.attempt import find_last_attempt
from store.payments.order import lock_order
from store.subscriptions.subscription import lock_subscription_of
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.subscriptions.follow import follow

NO_SUCH = Refusal("NoSubscription", "the account has no such subscription that has not ended")


@dataclass(slots=True)
class Request:
    """
    A claimed request, under its account's lock, until the end of the transaction; `message_id` is its number.

    `books` are those that it has changed.
    """

    session: Session
    context: Context
    event: Event
    message_id: int
    facts: Facts
    books: list[Book] = field(default_factory=list)

    def refuse_buying(self) -> Refusal | None:
        """Return why the account may not buy, so that nothing is started, changed or paid by hand; None: it may."""
        return refuse_standing(find_standing(self.session, self.event.envelope.subject))

    def lock(self, subscription_id: str | None) -> Subscription | None:
        """Return the subscription that it is about, locked; without an id the account's one that has not ended."""
        found = lock_subscription_of(self.session, self.event.envelope.subject, subscription_id)
        return None if found is None else self.catch_up(found)

    def catch_up(self, subscription: Subscription) -> Subscription:
        """Return a locked subscription as its order has made it, whether that was heard of yet or not."""
        order = lock_order(self.session, subscription.order_id) if subscription.order_id else None
        if order is None or order.is_open:
            return subscription
        return follow(self.session, subscription, order, find_last_attempt(self.session, order.id), self.facts)


Decide = Callable[[Request], dict[str, Any]]
"""Does what a request asks for, and returns its answer: one with a `code` is a refusal."""


def answer_once(context: Context, event: Event, decide: Decide) -> dict[str, Any]:
    """
    Do what a message asks for, once; a repeat gets the first answer.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """

    def work(session: Session) -> dict[str, Any]:
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        facts = Facts(context.clock())
        facts.name_cause(event.envelope)
        request = Request(session, context, event, claimed, facts)
        answer = decide(request)
        save(session, request.books, facts)
        save_answers(session, {claimed: Answer(answer, is_refusal="code" in answer)})
        return answer

    return context.transact(work)


def refused(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as an answer."""
    return {"code": refusal.code, "reason": refusal.reason}


def standing(subscription: Subscription) -> dict[str, Any]:
    """Return how a subscription stands, as an answer to whoever asked for something about it."""
    answer: dict[str, Any] = {
        "subscription_id": subscription.id,
        "status": str(subscription.status),
        "product_id": subscription.product_id,
        "gateway": subscription.gateway,
        "amount_minor": subscription.price.minor,
        "currency": subscription.price.currency,
        "cancel_at_period_end": subscription.cancel_at_period_end,
    }
    if subscription.awaits_trial:
        answer |= {"trial_days": subscription.trial_days, "trial_seconds": subscription.trial_seconds}
    moments = {
        "trial_ends_at": subscription.trial_ends_at if subscription.is_on_trial else None,
        "period_end": subscription.period_end,
        "next_attempt_at": subscription.next_attempt_at,
        "resumes_at": subscription.resumes_at,
        "ended_at": subscription.ended_at,
    }
    answer |= {name: at.isoformat() for name, at in moments.items() if at is not None}
    if subscription.next_product_id is not None:
        answer["next_product_id"] = subscription.next_product_id
    return answer
