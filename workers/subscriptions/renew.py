"""Renewing: whatever is due is charged, with many calls at a time, and each transaction is about several of them."""

import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from broker.middleware import GiveBack
from messages.errors import Busy, Unavailable
from store.subscriptions.subscription import find_due_gateways, put_off
from workers.context import Context
from workers.due_run import Counts
from workers.payments.charge import Charge, call_charge, charge_order, clear_charges
from workers.payments.payment import Report, apply_reports
from workers.subscriptions.due import ASKS_AGAIN_AFTER, Progress, Taken, take_due
from workers.subscriptions.follow import follow_cases
from workers.subscriptions.missed_checkout import end_missed_checkout

log = logging.getLogger(__name__)

BATCH = 50
"""So many subscriptions are decided about in one transaction, and so many answers applied in one, at the most."""

GATHERING_S = 0.01
"""How long answers wait for others, to be applied in one transaction; while one is made, more come by themselves."""

RUN_SECONDS = 58.0
"""How long a run goes on; reminders come every minute, and the next one goes on where this one stopped."""

MAX_SILENT = 3
"""A gateway that gave no answer so often, one after the other, is left alone until the next run."""


@dataclass(slots=True)
class _Run:
    """What the threads of one run share."""

    ends_s: float
    counts: Counter[str] = field(default_factory=Counter)
    silent: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def has_time(self) -> bool:
        """Tell whether more is taken."""
        return time.monotonic() < self.ends_s

    def is_silent(self, gateway: str) -> bool:
        """Tell whether a gateway is left alone."""
        return self.silent[gateway] >= MAX_SILENT

    def count(self, what: str, number: int = 1) -> None:
        """Count what was done."""
        with self.lock:
            self.counts[what] += number

    def miss(self, gateway: str, error: Unavailable) -> None:
        """Count a call that was not answered."""
        with self.lock:
            self.silent[gateway] += 1
        self.count("unknown")
        log.warning("%s", error)


def renew_due(context: Context, *, run_seconds: float = RUN_SECONDS) -> Counts:
    """
    Renew, try again, give up and end whatever is due.

    Each gateway has threads of its own, so that one that hangs keeps nobody waiting but its own buyers. They call; one
    more for each makes the transactions before and after, each for several calls, and has none open while a call of
    its own is made. What is cut off goes on at a later run, with the same keys.

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
    with ThreadPoolExecutor(len(gateways), thread_name_prefix="renewal") as threads:
        works = [threads.submit(_Renewing(context, name, run, calls_at_once=share).go_on) for name in gateways]
    for work in works:
        work.result()
    return {"due": 0} | dict(run.counts)


class _Renewing:
    """
    One gateway's part of a run.

    One thread decides about what is due, starts calls as others become free, and applies the answers that have come.
    """

    def __init__(self, context: Context, gateway: str, run: _Run, *, calls_at_once: int) -> None:
        self._context = context
        self._gateway = gateway
        self._run = run
        self._most = calls_at_once
        self._ready: deque[Charge | str] = deque()
        self._calls: set[Future[Report | None]] = set()
        self._is_all_taken = False

    def go_on(self) -> None:
        """Renew until nothing is due any more, or the run is over."""
        with ThreadPoolExecutor(self._most, thread_name_prefix=f"renewal-{self._gateway}") as callers:
            while True:
                # What was taken is called for, also when the time is over; it would otherwise wait for the next look.
                if self._is_cut_off():
                    # Their intents are there: the poll of open payments makes these calls, or the next look does.
                    self._ready.clear()
                else:
                    self._start_calls(callers)
                if self._calls:
                    self._apply(self._answers())
                elif not self._ready and not self._takes_more():
                    return

    def _is_cut_off(self) -> bool:
        return self._run.is_silent(self._gateway) or self._context.stopping.is_set()

    def _takes_more(self) -> bool:
        return self._run.has_time and not self._is_all_taken and not self._is_cut_off()

    def _start_calls(self, callers: ThreadPoolExecutor) -> None:
        """Start as many calls as there are callers free, each at once after what speaks against it was asked."""
        free = self._most - len(self._calls)
        if len(self._ready) < free and self._takes_more():
            taken = _take(self._context, self._gateway)
            self._is_all_taken = not taken.count
            self._run.count("due", taken.count)
            self._ready.extend((*taken.charges, *taken.unknown))
        started = [self._ready.popleft() for _ in range(min(free, len(self._ready)))]
        charges = [one for one in started if isinstance(one, Charge)]
        if charges:
            cleared, known = clear_charges(self._context, charges, follow=follow_cases)
            self._calls |= {callers.submit(self._call, charge) for charge in cleared}
            self._apply(known)
        self._calls |= {callers.submit(self._ask_again, one) for one in started if isinstance(one, str)}
        self._run.count("charged", len(started))

    def _call(self, charge: Charge) -> Report:
        return call_charge(self._context, charge, follow=follow_cases)

    def _ask_again(self, order_id: str) -> None:
        try:
            charge_order(self._context, order_id, follow=follow_cases)
        except Busy:
            # A poll is asking just now; what it hears is seen at the next look.
            log.info("order %s is being asked about already", order_id)
            return
        end_missed_checkout(self._context, order_id)

    def _answers(self) -> list[Report]:
        """Wait for answers and return them, with those that come a little later."""
        done, self._calls = wait(self._calls, return_when=FIRST_COMPLETED)
        if self._calls:
            later, self._calls = wait(self._calls, timeout=GATHERING_S)
            done |= later
        reports = []
        for call in done:
            try:
                report = call.result()
            except GiveBack:
                raise
            except Unavailable as error:
                self._run.miss(self._gateway, error)
                continue
            except Exception:
                self._run.count("unknown")
                log.exception("a renewal through %s was cut off by an error of ours", self._gateway)
                continue
            self._run.silent[self._gateway] = 0
            if report is not None:
                reports.append(report)
        return reports

    def _apply(self, reports: Iterable[Report]) -> None:
        """Apply answers, each account's one by one and otherwise together; what fails hurts no other."""
        together: dict[str, Report] = {}
        for report in reports:
            assert report.called_for is not None
            account_id = report.called_for.account_id
            if account_id in together:
                self._apply_together([report])
            else:
                together[account_id] = report
        if together:
            self._apply_together([*together.values()])

    def _apply_together(self, reports: list[Report]) -> None:
        try:
            apply_reports(self._context, reports)
        except GiveBack:
            raise
        except Unavailable as error:
            if len(reports) == 1:
                self._run.miss(self._gateway, error)
                return
        except Exception:
            log.exception("%d answers of %s could not be applied", len(reports), self._gateway)
            if len(reports) == 1:
                self._run.count("unknown")
                return
        else:
            return
        for report in reports:
            self._apply_together([report])


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
