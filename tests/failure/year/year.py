"""The simulated year: days go by, everything that can fail does, and whatever is due is waited for."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg2

from broker.publisher import ConfirmedPublisher
from broker.shared_publisher import SharedPublisher
from relay.webhooks import create_app
from scheduler.main import slot_of
from store.catalogue.product import save_products
from store.engine import open_engine
from store.transaction import transaction
from tests.doubles.clock import doubles_live_by
from tests.doubles.delivery import Deliverer
from tests.doubles.server import Served
from tests.failure.installation import Installation
from tests.failure.supervisor import environment_for
from tests.failure.year.buyers import PLANS, People
from tests.failure.year.calendar import Calendar
from tests.failure.year.gateways import YearGateway, three_gateways
from tests.failure.year.queues import Queues
from tests.failure.year.records import Records
from tests.failure.year.support import Support
from tests.failure.year.timetable import YEAR_TIMETABLE
from tests.failure.year.troubles import Troubles
from tests.servers.waiting import UnableToWait, wait_until

BEGINS_AT = datetime(datetime.now(UTC).year + 1, 1, 31, 9, tzinfo=UTC)
"""
Months that begin on their 31st are the hardest.

Not in the past: Stripe's adapter knows by the host's clock how far its feed goes back, and would refuse every list.
"""

WORKER = ("tests.failure.year.hurried_worker",)
SCHEDULER = ("tests.failure.year.hurried_scheduler",)

FINDING_OUT_MINUTES = (16, 16, 31, 61, 121)
"""The poll of each quarter of an hour finds out most; the import of each hour, which is dear, the rest."""

MAILS = "mails"
"""In an installation's folder: the folder that stands in for a mail server."""

QUIET_LIMIT_S = 120
ASK_EVERY_S = 0.04
STUCK = 20
"""After so many looks that found the same the next run is wanted."""

OUTAGE = "gateway_is_out"

IS_DUE = "subscriptions are due"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AFTERMATH_DAYS = 6
"""An order that nobody pays expires after four days."""

_UNDONE = """
    SELECT (SELECT count(*) FROM outbox) AS outbox,
           (SELECT count(*) FROM subscription WHERE due_at <= %(now)s) AS due,
           (SELECT string_agg(wanted.job, ', ') FROM unnest(%(jobs)s, %(slots)s::timestamptz[]) AS wanted (job, slot)
            WHERE NOT EXISTS (SELECT FROM due_run WHERE due_run.job = wanted.job AND due_run.slot >= wanted.slot
                                                    AND outcome = 'done')) AS jobs
"""
_DUE = "SELECT count(*) AS count FROM subscription WHERE due_at <= %(ends_at)s"
_UNKNOWN = """
    SELECT (SELECT count(*) FROM orders WHERE status IN ('pending', 'approved') AND NOT needs_review
                AND (method_id IS NOT NULL OR checkout_ref IS NULL OR status = 'approved'))
         + (SELECT count(*) FROM refund WHERE status IN ('frozen', 'sent', 'unknown') AND refund_ref IS NULL)
         + (SELECT count(*) FROM method_setup WHERE status = 'pending' AND setup_ref IS NULL) AS count
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How large a year is.

    `begin_until_day` is when the last buyer begins. `eagerness`: how much people do; 1.0 is usual. `declined` is the
    share of charges that banks refuse. `troubles` says how often what happens, each on a day of its own.
    """

    subscriptions: int
    days: int
    begin_until_day: int
    eagerness: float
    declined: float
    troubles: dict[str, int]


@dataclass(slots=True)
class Year:
    """One year as it is lived."""

    plan: Plan
    installation: Installation
    gateways: Sequence[YearGateway]
    calendar: Calendar
    people: People
    records: Records
    queues: Queues
    chance: random.Random
    troubles: Troubles
    support: Support

    def live(self) -> None:
        """Live it to its end, and until nothing is under way any more."""
        days = self.chance.sample(range(5, self.plan.days - 5), sum(self.plan.troubles.values()))
        names = [name for name, times in self.plan.troubles.items() for _ in range(times)]
        self.chance.shuffle(names)
        troubles = dict(zip(days, names, strict=True))
        begun = 0
        for day in range(self.plan.days):
            is_busy = day <= self.plan.begin_until_day or day in troubles
            if not is_busy and not self._is_anything_due(day):
                continue
            self._begin_day(day)
            if troubles.get(day) == OUTAGE:
                self._live_through_outage()
            else:
                with self.troubles.during(troubles.get(day)):
                    self._wait_until_quiet()
            self._wait_until_quiet()
            self.support.review()
            self._find_out()
            wanted = min(1.0, (day + 1) / self.plan.begin_until_day) * self.plan.subscriptions
            self.people.subscribe(int(wanted) - begun)
            begun = max(begun, int(wanted))
            self.people.live_a_day()
            for gateway in self.gateways:
                gateway.end_what_waits(self.chance)
            self._let_people_act()
            self._find_out()
        self._come_to_rest()

    def _is_anything_due(self, day: int) -> bool:
        ends_at = BEGINS_AT + day * DAY + HOUR
        return bool(self.records.row(_DUE, ends_at=ends_at)["count"])

    def _begin_day(self, day: int) -> None:
        for gateway in self.gateways:
            gateway.double.hold_refunds = self.chance.random() < 0.3
        minutes = self.chance.randint(0, 50)
        self.calendar.move_to(BEGINS_AT + day * DAY + timedelta(minutes=minutes))

    def _let_people_act(self) -> None:
        if self.people.publish():
            self._wait_until_quiet(is_after_tick=False)
        for _ in range(2):
            # What they are asked back, such as 3-D Secure, they answer on the same day.
            if not self.people.visit_pages():
                break
            self._wait_until_quiet(is_after_tick=False)

    def _find_out(self) -> None:
        """Let some time pass while a gateway was asked for something and nobody knows what came of it."""
        if self.people.were_at_a_dashboard:
            # What is done there is found out by the import of the next hour.
            self.people.were_at_a_dashboard = False
            self.calendar.move_to(self.calendar.now() + timedelta(minutes=61))
            self._wait_until_quiet()
        for minutes in FINDING_OUT_MINUTES:
            if not self.records.row(_UNKNOWN)["count"]:
                return
            self.calendar.move_to(self.calendar.now() + timedelta(minutes=minutes))
            self._wait_until_quiet()

    def _come_to_rest(self) -> None:
        for gateway in self.gateways:
            gateway.chance.is_calm = True
            gateway.double.hold_refunds = False
        self.people.close_disputes()
        self.people.publish()
        for _ in range(AFTERMATH_DAYS):
            for gateway in self.gateways:
                gateway.end_what_waits()
            for hours in (0, 1):
                self.calendar.move_to(self.calendar.now() + DAY / 2 + hours * HOUR)
                self._wait_until_quiet()
            self.support.review()

    def _live_through_outage(self) -> None:
        """Let a gateway fail at every call, for some hours."""
        gateway = self.chance.choice(self.gateways)
        gateway.chance.is_out, began_at = True, self.calendar.now()
        for _ in range(self.chance.randint(1, 3)):
            self._wait_until_quiet()
            self.calendar.move_to(self.calendar.now() + timedelta(minutes=self.chance.randint(16, 180)))
        gateway.chance.is_out = False
        gateway.outages.append((began_at, self.calendar.now()))

    # ---- when the day's work is done

    def _wait_until_quiet(self, *, is_after_tick: bool = True) -> None:
        """
        Return when what is due is done and everything is sent and taken.

        Args:
            is_after_tick: a tick of the present minute must have come; else what is due by time alone may wait.
        """
        since, left, calm = self.calendar.now(), "", 0

        def is_quiet() -> bool:
            nonlocal since, left, calm
            if left:
                # Asked less often than the waiting would: each time costs the processes some of their time.
                time.sleep(ASK_EVERY_S)
            before, left = left, self._undone(since, is_after_tick=is_after_tick)
            calm = calm + 1 if left == before else 0
            if calm > STUCK and IS_DUE in left:
                # What was left for the next run gets it.
                self.calendar.move_to(since + timedelta(minutes=1))
                since, calm = self.calendar.now(), 0
            return not left and calm > 1

        try:
            wait_until(is_quiet, "the day's work is done", limit_s=QUIET_LIMIT_S)
        except UnableToWait as error:
            raise AssertionError(f"{error}: {left}, on {since}") from error

    def _undone(self, since: datetime, *, is_after_tick: bool) -> str:
        slots = [slot_of(since, tick.every) for tick in YEAR_TIMETABLE]
        values = {"now": since, "jobs": [tick.job for tick in YEAR_TIMETABLE], "slots": slots}
        try:
            state = self.records.row(_UNDONE, **values)
        except psycopg2.OperationalError as error:
            return f"the database is away: {error}"
        # The broker last: of all these questions it is the dearest.
        if state["outbox"]:
            return f"{state['outbox']} in the outbox"
        if is_after_tick and state["jobs"]:
            return f"no run yet of {state['jobs']}"
        if not all(gateway.double.deliveries.is_idle for gateway in self.gateways):
            return "webhooks are being sent"
        if (waiting := self.queues.waiting()) != 0:
            return f"{waiting} in queues"
        is_left = any(gateway.chance.is_out for gateway in self.gateways)
        return f"{state['due']} {IS_DUE}" if is_after_tick and state["due"] and not is_left else ""


@contextmanager
def new_year(installation: Installation, plan: Plan, *, seed: str) -> Iterator[Year]:
    """Open the shop, start its processes, and give the year, in which nothing has happened yet."""
    engine = open_engine(installation.database_url)
    with transaction(engine) as session:
        save_products(session, PLANS)
    engine.dispose()
    calendar = Calendar(installation.folder / "clock", begins_at=BEGINS_AT)
    chance, records = random.Random(seed), Records(installation.database_url)
    queues = Queues(installation.rabbit.url)
    with ExitStack() as opened:
        opened.callback(records.close)
        opened.callback(queues.close)
        opened.enter_context(doubles_live_by(calendar.now))
        gateways = opened.enter_context(three_gateways(seed, declined=plan.declined))
        _send_webhooks(opened, installation, gateways)
        settings = {
            "GATEWAYS": ",".join(one.name for one in gateways),
            "ENVIRONMENT": "development",
            "BILLING_CLOCK": str(calendar.file),
            "LOG_LEVEL": "ERROR",
            # Without a place for mails nothing would ever be told, and each run would try one notice and end.
            "MAIL_FOLDER": str(installation.folder / MAILS),
        }
        for gateway in gateways:
            settings |= gateway.settings()
        commands = {"worker": WORKER, "relay": None, "scheduler": SCHEDULER}
        processes = {
            name: [installation.start(name, command=command, settings=settings) for _ in range(number)]
            for (name, command), number in zip(commands.items(), (2, 1, 2), strict=True)
        }
        people = People(
            gateways, records, calendar, amqp_url=installation.rabbit.url, chance=chance, eagerness=plan.eagerness
        )
        yield Year(
            plan,
            installation,
            gateways,
            calendar,
            people,
            records,
            queues,
            chance,
            Troubles(installation, processes, chance),
            Support(
                gateways,
                records,
                environment_for(installation.database_url, installation.rabbit.url, **settings),
            ),
        )


def _send_webhooks(opened: ExitStack, installation: Installation, gateways: Sequence[YearGateway]) -> None:
    publishing = opened.enter_context(SharedPublisher(lambda: ConfirmedPublisher(installation.rabbit.url)))
    readers = {gateway.name: gateway.webhook_reader() for gateway in gateways}
    relay = opened.enter_context(Served(create_app(readers, publishing, requests_per_second=10_000)))
    for number, gateway in enumerate(gateways):
        gateway.double.deliveries.close()
        sender = Deliverer(f"{relay.url}/webhooks/{gateway.name}", tries=2, pause_s=0.1, seed=number)
        sender.manner.drop_share, sender.manner.shuffles = 0.25, True
        gateway.double.deliveries = sender
