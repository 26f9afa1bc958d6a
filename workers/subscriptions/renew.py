"""Renewing: whatever is due is charged, by several threads for each gateway."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from broker.middleware import GiveBack
from messages.errors import Unavailable
from store.subscriptions.subscription import find_due_gateways, put_off
from workers.context import Context
from workers.due_run import Counts
from workers.payments.charge import charge_order, make_charge
from workers.subscriptions.due import ASKS_AGAIN_AFTER, Progress, Taken, take_due
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
        How many were looked at (`due`), how many calls were made, repeats among them (`charged`), and how many of
        those had no answer (`unknown`).

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
        calls = [
            *(partial(make_charge, context, charge, follow=follow_case) for charge in taken.charges),
            *(partial(charge_order, context, order_id, follow=follow_case) for order_id in taken.unknown),
        ]
        for call in calls:
            if not run.goes_on(gateway) or context.stopping.is_set():
                # Their intents are there: the poll of open payments makes these calls, or the next look does.
                return
            _call(gateway, run, call)


def _take(context: Context, gateway: str) -> Taken:
    try:
        return context.transact(lambda session: take_due(session, context, gateway, limit=BATCH, progress=Progress()))
    except (GiveBack, Unavailable):
        raise
    except Exception:
        log.exception("due subscriptions of %s could not be decided about; each is tried by itself", gateway)
    progress = Progress()
    try:
        return context.transact(lambda session: take_due(session, context, gateway, limit=1, progress=progress))
    except (GiveBack, Unavailable):
        raise
    except Exception:
        if progress.subscription_id is None:
            raise
        # A bug of ours about one: the others must not wait for it. It is put off by its id, for the next row that is
        # free may be another one by now.
        log.exception("subscription %s cannot be decided about; it rests for a day", progress.subscription_id)
        failed_id, until = progress.subscription_id, context.clock() + ASKS_AGAIN_AFTER
        context.transact(lambda session: put_off(session, failed_id, until=until))
        return Taken(1)


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
