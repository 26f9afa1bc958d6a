"""Sending notices: intent (the notice is claimed, the attempt noted), call (no transaction is open), result."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broker.middleware import GiveBack
from domain.notices.delivery import Channel, Delivery, DeliveryState, NoticeState, next_attempt_at, state_of_notice
from domain.notices.notice import NoticeContent
from domain.notices.owed import Notice, Recipient
from domain.notices.plan import plan_deliveries, why_nobody
from domain.notices.quiet_hours import end_of_quiet
from messages.errors import Unavailable
from notify.errors import AddressGone, ChannelAway, DeliveryDelayed, DeliveryRefused
from store.engine import Session
from store.notices.delivery import find_deliveries, save_deliveries
from store.notices.notice import claim_due, end_notice, find_notice, put_off
from store.notices.recipient import mark_mail_bad, mark_push_gone
from workers.context import Context
from workers.measures import count_notice
from workers.notices.post import Post, open_post
from workers.notices.reason import Dropped, check_reason
from workers.notices.recipient import recipient_of

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
"""So long a notice is one worker's: longer than all its deliveries can take."""

LIMIT = 500
"""Notices of one tick, so that none takes for ever; the next one goes on."""

TRIED_AWAY_PAUSE, UNTRIED_AWAY_PAUSE = timedelta(minutes=5), timedelta(minutes=1)
"""After the server was found away; what was not tried itself comes first next time, so no mail blocks the others."""

REST = timedelta(days=1)
"""So long a notice is left alone that an error of ours stops; the next release may have repaired it."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is to be sent now, to whom."""

    recipient: Recipient
    content: NoticeContent
    deliveries: list[Delivery]


@dataclass(frozen=True, slots=True)
class _Tried:
    """A delivery after its attempt, and whether its address is known to be of no use now."""

    delivery: Delivery
    is_address_gone: bool = False


def send_due_notices(context: Context) -> dict[str, int]:
    """
    Send the notices that wait and are due, those first that have been due for longest.

    Returns:
        How many were sent, dropped, failed, and wait again; and `cut_off`: 1 where it ended before it had looked at
        everything that is due, because nothing can be reached, the process is to end, or it has done its share.
    """
    counts, cut_off = dict.fromkeys(NoticeState, 0), 1
    with open_post(context.channels) as post:
        for _ in range(LIMIT):
            if context.stopping.is_set() or post.is_away:
                break
            number = _claim(context)
            if number is None:
                cut_off = 0
                break
            counts[_send_claimed(context, post, number)] += 1
    return {str(state): count for state, count in counts.items()} | {"cut_off": cut_off}


def send_notice(context: Context, notice: Notice) -> NoticeState:
    """
    Send one notice that this worker has claimed, unless the server was found away a moment ago.

    A server that hangs costs ten seconds; without that memory so would each notice that is owed meanwhile.
    """
    with open_post(context.channels, remembered_at=context.clock()) as post:
        return _send(context, post, notice)


def _claim(context: Context) -> int | None:
    now = context.clock()
    return context.transact(lambda session: claim_due(session, now=now, until=now + CLAIM))


def _send_claimed(context: Context, post: Post, number: int) -> NoticeState:
    """Send a notice that this tick has claimed; one that cannot be read or decided about rests, the others go on."""
    try:
        notice = context.transact(lambda session: find_notice(session, number))
        assert notice is not None
        return _send(context, post, notice)
    except (GiveBack, Unavailable):
        raise
    except Exception:
        log.exception("notice %d cannot be sent; it rests for a day", number)
        context.transact(lambda session: put_off(session, number, due_at=context.clock() + REST))
        return NoticeState.WAITING


def _send(context: Context, post: Post, notice: Notice) -> NoticeState:
    prepared = context.transact(lambda session: _prepare(session, context, post, notice))
    if isinstance(prepared, NoticeState):
        return prepared
    for delivery in prepared.deliveries[:-1]:
        tried = _attempt(context, post, notice, prepared, delivery)
        context.transact(lambda session, tried=tried: _save(session, context, notice, tried))  # type: ignore[misc]
    last = _attempt(context, post, notice, prepared, prepared.deliveries[-1])

    def end(session: Session) -> NoticeState:
        _save(session, context, notice, last)
        return _conclude(session, context, notice)

    return context.transact(end)


def _prepare(session: Session, context: Context, post: Post, notice: Notice) -> _Prepared | NoticeState:
    """Decide whether and by which deliveries a notice is sent; those count as attempted from here on."""
    now, kind = context.clock(), notice.kind
    recipient = recipient_of(session, notice)
    content = check_reason(session, context, notice, recipient)
    if isinstance(content, Dropped):
        end_notice(session, notice.id, NoticeState.DROPPED, at=now, reason=content.why)
        return NoticeState.DROPPED
    may_wait = not kind.is_about_money and not kind.is_asked_for
    if may_wait and (quiet_end := end_of_quiet(recipient.quiet_hours, now=now)) is not None:
        put_off(session, notice.id, due_at=quiet_end)
        return NoticeState.WAITING
    present = find_deliveries(session, notice.id)
    planned = plan_deliveries(kind, recipient, present, post.message_ids(notice), now=now)
    if not planned:
        end_notice(session, notice.id, NoticeState.DROPPED, at=now, reason=why_nobody(kind, recipient))
        return NoticeState.DROPPED
    now_due = [one for one in planned if one.is_waiting and one.next_attempt_at <= now]
    begun = [replace(one, attempts=one.attempts + 1) for one in now_due if one.channel not in post.away]
    untried = [replace(one, next_attempt_at=now + UNTRIED_AWAY_PAUSE) for one in now_due if one.channel in post.away]
    save_deliveries(session, notice.id, [*(one for one in planned if one not in now_due), *untried, *begun])
    return _Prepared(recipient, content, begun) if begun else _conclude(session, context, notice)


def _attempt(context: Context, post: Post, notice: Notice, prepared: _Prepared, delivery: Delivery) -> _Tried:
    """Make the call, count it, and return the delivery as it is then."""
    tried = _try(context, post, notice, prepared, delivery)
    count_notice(str(notice.kind), str(delivery.channel), str(tried.delivery.state))
    return tried


def _try(context: Context, post: Post, notice: Notice, prepared: _Prepared, delivery: Delivery) -> _Tried:
    try:
        post.send(notice, prepared.content, prepared.recipient, delivery, at=notice.owed_at)
    except ChannelAway as error:
        log.warning("%s is away, notices wait: %s", delivery.channel, error)
        post.note_away(delivery.channel, until=context.clock() + UNTRIED_AWAY_PAUSE)
        later = context.clock() + TRIED_AWAY_PAUSE
        waiting = replace(delivery, attempts=delivery.attempts - 1, next_attempt_at=later, last_error=str(error)[:500])
        return _Tried(waiting)
    except AddressGone as error:
        return _Tried(replace(delivery, state=DeliveryState.FAILED, last_error=str(error)[:500]), is_address_gone=True)
    except DeliveryRefused as error:
        log.error("notice %d was refused by %s: %s", notice.id, delivery.channel, error)  # noqa: TRY400
        return _Tried(replace(delivery, state=DeliveryState.FAILED, last_error=str(error)[:500]))
    except DeliveryDelayed as error:
        return _Tried(_delayed(delivery, str(error), now=context.clock(), at_least=error.at_least))
    except Exception as error:
        # A bug, in a template perhaps: it is tried again like a delay, because the next release may have repaired it.
        log.exception("notice %d cannot be sent by %s", notice.id, delivery.channel)
        return _Tried(_delayed(delivery, repr(error), now=context.clock()))
    sent = replace(delivery, state=DeliveryState.SENT, sent_at=context.clock(), last_error=None)
    return _Tried(sent)


def _delayed(delivery: Delivery, said: str, *, now: datetime, at_least: timedelta | None = None) -> Delivery:
    again_at = next_attempt_at(delivery.attempts, now=now, at_least=at_least)
    if again_at is None:
        return replace(delivery, state=DeliveryState.FAILED, last_error=said[:500])
    return replace(delivery, next_attempt_at=again_at, last_error=said[:500])


def _save(session: Session, context: Context, notice: Notice, tried: _Tried) -> None:
    delivery = tried.delivery
    save_deliveries(session, notice.id, [delivery])
    if tried.is_address_gone and delivery.channel is Channel.PUSH:
        mark_push_gone(session, delivery.push_subscription, at=context.clock())
    elif tried.is_address_gone and delivery.address is not None:
        mark_mail_bad(session, notice.account_id, delivery.address, at=context.clock())


def _conclude(session: Session, context: Context, notice: Notice) -> NoticeState:
    """Write what became of a notice with its deliveries, or when it is due again."""
    deliveries = find_deliveries(session, notice.id)
    state = state_of_notice(deliveries)
    if state is NoticeState.WAITING:
        put_off(session, notice.id, due_at=min(one.next_attempt_at for one in deliveries if one.is_waiting))
    else:
        errors = [one.last_error for one in deliveries if one.last_error is not None]
        reason = errors[0] if state is NoticeState.FAILED and errors else None
        end_notice(session, notice.id, state, at=context.clock(), reason=reason)
    return state
