"""Renewing: whatever is due is charged, by several threads for each gateway."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from broker.middleware import GiveBack
from messages.errors import Unavailable
from store.engine import Session
from store.subscriptions.subscription import find_due_gateways, lock_due, put_off
from workers.context import Context
from workers.due_run import Counts
from workers.payments.charge import charge_order, make_charge
from workers.subscriptions.due import ASKS_AGAIN_AFTER, Taken, take_due
from workers.subscriptions.follow import follow_case

log = logging.getLogger(__name__)

BATCH = 10
"""So many subscriptions are decided about in one transaction; their calls are made after it."""

RUN_SECONDS = 50.0
"""How long a run goes on; the next reminder comes every minute and goes on where it stopped."""

MAX_SILENT = 3
"""A gateway that gave no answer so often, one after the other, is left alone until the next run."""


@dataclass(slots=True)
class _Run:
    """What the threads of one run share."""

    ends_s: float
    counts: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def goes_on(self, gateway: str) -> bool:
        """Tell whether more is taken for a gateway."""
        return time.monotonic() < self.ends_s and self.silent[gateway] < MAX_SILENT

    def count(self, what: str, number: int = 1) -> None:
        """Count what was done."""
        with self.lock:
            self.counts[what] += number


def renew_due(context: Context, *, run_seconds: float = RUN_SECONDS) -> Counts:
    """
    Renew, try again, give up and end whatever is due.

    Each gateway has threads of its own, so that one that hangs keeps nobody waiting but its own buyers. No transaction
    is open during a call. What is cut off goes on at a later run, with the same keys.

    Args:
        context: what handlers need.
        run_seconds: how long to go on; what is left is for the next run.

    Returns:
        How many were looked at (`due`), charged, and left without an answer (`unknown`).

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    due = context.transact(lambda session: find_due_gateways(session, at=context.clock()))
    gateways = [name for name in due if name in context.gateways]
    if not gateways:
        return {"due": 0}
    run = _Run(time.monotonic() + run_seconds)
    share = max(1, context.renewal_threads // len(gateways))
    with ThreadPoolExecutor(share * len(gateways), thread_name_prefix="renewal") as threads:
        works = [threads.submit(_renew, context, name, run) for name in gateways for _ in range(share)]
    for work in works:
        work.result()
    return {"due": 0} | dict(run.counts)


def _renew(context: Context, gateway: str, run: _Run) -> None:
    while run.goes_on(gateway) and not context.stopping.is_set():
        taken = _take(context, gateway)
        if not taken.count:
            return
        run.count("due", taken.count)
        for charge in taken.charges:
            _call(gateway, run, lambda charge=charge: make_charge(context, charge, follow=follow_case))  # type: ignore[misc]
        for order_id in taken.unknown:
            _call(gateway, run, lambda order_id=order_id: charge_order(context, order_id, follow=follow_case))  # type: ignore[misc]


def _take(context: Context, gateway: str) -> Taken:
    try:
        return context.transact(lambda session: take_due(session, context, gateway, limit=BATCH))
    except (GiveBack, Unavailable):
        raise
    except Exception:
        log.exception("due subscriptions of %s could not be decided about; each is tried by itself", gateway)
    try:
        return context.transact(lambda session: take_due(session, context, gateway, limit=1))
    except (GiveBack, Unavailable):
        raise
    except Exception:
        # A bug of ours about one: the others must not wait for it.
        log.exception("a due subscription of %s cannot be decided about; it rests for a day", gateway)
        return context.transact(lambda session: _put_off_first(session, context, gateway))


def _put_off_first(session: Session, context: Context, gateway: str) -> Taken:
    now = context.clock()
    first = lock_due(session, gateway, at=now, limit=1)
    for subscription in first:
        put_off(session, subscription.id, until=now + ASKS_AGAIN_AFTER)
    return Taken(len(first))


def _call(gateway: str, run: _Run, call: Callable[[], None]) -> None:
    run.count("charged")
    try:
        call()
        run.silent[gateway] = 0
    except GiveBack:
        raise
    except Unavailable as error:
        with run.lock:
            run.silent[gateway] += 1
        run.count("unknown")
        log.warning("%s", error)
    except Exception:
        run.count("unknown")
        log.exception("a renewal through %s was cut off by an error of ours", gateway)
