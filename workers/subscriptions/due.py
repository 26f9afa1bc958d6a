"""Due subscriptions: decided about one by one in the transaction that holds them; the calls come afterwards."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.gateway.decline import Retry
from domain.payments.order import Order
from domain.refusal import Refusal
from domain.subscriptions.cancel import NOBODY_PAID, end, end_of_time, resume
from domain.subscriptions.dun import UNKNOWN_FOR, Failure, give_up, without_outcome
from domain.subscriptions.renew import LOOKS_AFTER, DueStep, attempt_put_off, decide_due
from domain.subscriptions.subscription import DUNNED_FOR, UNPAID_FOR, Subscription, scheduled
from store.engine import Session
from store.payments.attempt import find_last_attempt
from store.subscriptions.subscription import find_last_call, lock_due
from workers.context import Context
from workers.payments.charge import Charge
from workers.payments.withdraw import withdraw
from workers.subscriptions.announce import SELF, emit_changed, emit_ended, emit_no_outcome, emit_past_due
from workers.subscriptions.case import DueCase
from workers.subscriptions.due_batch import DueBatch
from workers.subscriptions.follow import GIVEN_BACK, follow
from workers.subscriptions.missed_checkout import A_MOMENT, may_be_missed
from workers.subscriptions.renewal import begin_renewal
from workers.subscriptions.trial import look_for_method

ASKS_AGAIN_AFTER = timedelta(days=1)
"""How long a subscription rests whose account is blocked, or whose money is disputed."""

CHECKOUT_OPEN_FOR = timedelta(days=1)
"""How long a checkout keeps the next charge waiting where its gateway does not say when it expires."""

LOOKS_AT_CHECKOUTS_AFTER = timedelta(hours=6)
"""How often an open checkout is looked at; its webhook tells sooner."""


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What was decided about some subscriptions, and what is to be called now.

    `charges` begin, `unknown` are orders whose charge has no outcome yet, or whose checkout is over as far as is known
    here. `count` subscriptions were looked at.
    """

    count: int
    charges: tuple[Charge, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class Progress:
    """Which subscription is being decided about; None: none yet."""

    subscription_id: str | None = None


def take_due(session: Session, context: Context, gateway: str, *, limit: int, progress: Progress) -> Taken:
    """
    Decide about subscriptions whose time has come, and write what will be charged.

    Args:
        session: of the transaction; the calls are made after it.
        context: what handlers need.
        gateway: by which they are paid.
        limit: at most so many.
        progress: tells the caller, whatever happens, which one it was.
    """
    due = lock_due(session, gateway, at=context.clock(), limit=limit)
    if not due:
        return Taken(0)
    batch = DueBatch(session, context, gateway, due)
    charges, unknown = [], []
    for subscription in due:
        progress.subscription_id = subscription.id
        match _take(batch, subscription):
            case Charge() as charge:
                charges.append(charge)
            case str() as order_id:
                unknown.append(order_id)
            case None:
                pass
    batch.save()
    return Taken(len(due), tuple(charges), tuple(unknown))


def _take(batch: DueBatch, subscription: Subscription) -> Charge | str | None:
    facts = batch.facts
    order = batch.orders.get(subscription.order_id) if subscription.order_id else None
    if order is None and subscription.order_id is not None:
        # Somebody is just changing it; whatever comes of that is seen in a moment.
        batch.save_subscription(replace(subscription, due_at=facts.at + A_MOMENT), before=subscription)
        return None
    if order is not None and not order.is_open:
        # Its end may not have been heard of: nothing depends on a message.
        attempt = find_last_attempt(batch.session, order.id)
        subscription = follow(batch.session, subscription, order, attempt, facts)
        order = order if subscription.order_id == order.id else None
    case = DueCase(batch, subscription, batch.obstacles_of(subscription), order)
    wanted = None if subscription.has_ended else _decide(case)
    due_at = case.subscription.due_at
    if due_at is not None and due_at <= facts.at:
        # It would be taken again at once, and for ever.
        case.subscription = replace(case.subscription, due_at=facts.at + A_MOMENT)
    batch.save_subscription(case.subscription, before=subscription)
    return wanted


def _decide(case: DueCase) -> Charge | str | None:
    """Do what is due; return the charge to make, or the order whose gateway is to be asked about it."""
    now, order = case.facts.at, case.order
    if case.obstacles.is_closed or case.obstacles.is_given_back:
        _end(case, "the account is closed" if case.obstacles.is_closed else GIVEN_BACK)
        return None
    if order is not None and order.is_open and order.under_way_since is not None:
        # A bank takes days for it: whatever was charged beside, or given up, it would come all the same.
        case.subscription = replace(case.subscription, due_at=now + LOOKS_AT_CHECKOUTS_AFTER)
        return None
    match decide_due(_beside_order(case), at=now):
        case DueStep.END:
            _end_in_time(case)
        case DueStep.GIVE_UP if order is not None and _may_still_be_paid(order, at=now):
            # Its last try is not over: to give up now would be told to the buyer, and then perhaps untrue.
            return _wait_for_order(case, order)
        case DueStep.GIVE_UP:
            _give_up(case)
        case DueStep.RESUME:
            _resume(case)
        case DueStep.CHARGE if case.obstacles.is_blocked or case.obstacles.is_disputed:
            _rest(case)
        case DueStep.CHARGE if order is not None and order.is_open:
            return _wait_for_checkout(case, order)
        case DueStep.CHARGE:
            return begin_renewal(case)
        case DueStep.WAIT if order is not None and order.is_open:
            return _wait_for_order(case, order)
        case DueStep.WAIT:
            look_for_method(case)
    return None


def _beside_order(case: DueCase) -> Subscription:
    """Return the subscription as it is to be decided about: while a charge is under way, no other one is due."""
    is_charged = case.order is not None and case.order.is_open and case.order.is_charge
    return replace(case.subscription, next_attempt_at=None) if is_charged else case.subscription


def _may_still_be_paid(order: Order, *, at: datetime) -> bool:
    """Tell whether the last try for an order is not over, because its charge was asked for lately."""
    if not (order.is_open and order.is_charge) or order.called_at is None:
        return False
    return at < order.called_at + UNKNOWN_FOR


def _wait_for_order(case: DueCase, order: Order) -> str | None:
    """Look at an order that is under way some time later; return it where its charge may have to be repeated."""
    now = case.facts.at
    is_unknown = order.is_charge and order.payment_ref is None and order.checkout_ref is None
    if is_unknown and order.called_at is not None:
        _note_unknown(case, order, order.called_at)
    looks_at = now + (LOOKS_AFTER if order.is_charge else LOOKS_AT_CHECKOUTS_AFTER)
    due_at = scheduled(_beside_order(case), looks_at=looks_at).due_at
    is_ahead = due_at is not None and due_at > now
    case.subscription = replace(case.subscription, due_at=due_at if is_ahead else looks_at)
    # A charge through the gateway before is repeated by polls: that gateway must not hold up the threads of this one.
    return order.id if order.is_charge and order.gateway == case.subscription.gateway else None


def _note_unknown(case: DueCase, order: Order, called_at: datetime) -> None:
    before, period_end, now = case.subscription, case.subscription.period_end, case.facts.at
    assert period_end is not None
    # What a change would replace is paid for, and good until its end.
    since = called_at if order.replaces_order_id is None else max(called_at, period_end)
    case.subscription = without_outcome(before, since=since, at=now)
    if case.subscription.status is not before.status:
        emit_no_outcome(case.facts, case.subscription, order)


def _end(case: DueCase, why: str, *, ended_at: datetime | None = None) -> None:
    if case.order is not None:
        withdraw(case.session, case.order, case.facts)
    case.subscription = end(case.subscription, at=case.facts.at, by=SELF, why=why, ended_at=ended_at)
    emit_ended(case.facts, case.subscription)


def _end_in_time(case: DueCase) -> None:
    """End a subscription whose time is up, at the moment at which it was, whenever we see it."""
    called_at = find_last_call(case.session, case.subscription.id)
    _end(case, NOBODY_PAID, ended_at=end_of_time(case.subscription, called_at=called_at, at=case.facts.at))


def _give_up(case: DueCase) -> None:
    case.subscription = give_up(case.subscription, at=case.facts.at)
    attempt = find_last_attempt(case.session, case.order.id) if case.order else None
    retry, code = (attempt.retry, attempt.code) if attempt else (None, None)
    number = max(1, case.subscription.failed_attempts)
    failure = Failure(number, retry or Retry.LATER, code or "failed")
    emit_past_due(case.facts, case.subscription, case.order, failure)


def _resume(case: DueCase) -> None:
    resumed = resume(case.subscription, at=case.facts.at)
    assert not isinstance(resumed, Refusal)
    case.subscription = resumed
    emit_changed(case.facts, resumed, "resumed")


def _rest(case: DueCase) -> None:
    """Charge nothing while an account is blocked or its money is disputed; some weeks later it is over."""
    now, period_end = case.facts.at, case.subscription.period_end
    if period_end is not None and period_end + DUNNED_FOR + UNPAID_FOR <= now:
        _end(case, "the account is blocked, or its last payment is disputed")
        return
    case.subscription = attempt_put_off(case.subscription, until=now + ASKS_AGAIN_AFTER)


def _wait_for_checkout(case: DueCase, order: Order) -> str | None:
    """
    Leave a buyer alone who may be paying just now: a charge beside would take the money twice.

    Returns:
        The order, where its time is over and its gateway has not said that it expired: it is to be asked.
    """
    now = case.facts.at
    expires_at = order.checkout_expires_at or (order.called_at or now) + CHECKOUT_OPEN_FOR
    if expires_at > now:
        case.subscription = attempt_put_off(case.subscription, until=expires_at + LOOKS_AFTER)
        return None
    if order.checkout_ref is not None and order.gateway in case.context.gateways:
        case.subscription = attempt_put_off(case.subscription, until=now + LOOKS_AFTER)
        # What its buyer has approved is ours to take, and polls see to that.
        return order.id if may_be_missed(order) else None
    # Nobody was told of a page. Money that comes all the same is late money, and a person sees it if it is the second.
    withdraw(case.session, order, case.facts)
    case.subscription = attempt_put_off(case.subscription, until=now + A_MOMENT)
    return None
