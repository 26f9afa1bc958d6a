"""An account that is owed notices, a mail server and a push service, and a clock that a test sets."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text

from domain.notices.json_form import json_of
from domain.notices.notice import NoticeContent, NoticeKind
from messages.envelope import Envelope
from messages.notices.reminders import NoticeOwed, NoticesSendingRequested
from messages.queues import NOTICE
from messages.read import Event, read
from messages.write import write
from notify.message import Sender
from notify.push import PushChannel
from notify.smtp import MailServer
from store.engine import Engine, open_engine
from store.reading import reading
from store.transaction import transaction
from tests.doubles.mail_server import MailServerDouble, Serving, serve_mail
from tests.doubles.push_service import CONTACT, Browser, PushServiceDouble, new_private_key, serve_push
from tests.workers.events import DAY, NOW, event
from tests.workers.minutes.harness import MinutesHarness, Row
from workers.context import Channels, Context, Shop
from workers.queues import notice

SECRET = b"sixteen characters"
PORTAL = "https://portal.example"


@dataclass
class NoticesHarness:
    """An account with a mail address and a time zone of UTC; it is noon."""

    engine: Engine
    channels: Channels
    mail: MailServerDouble
    push: PushServiceDouble
    now: datetime = NOW
    shop: Shop = field(default_factory=Shop)
    minutes: MinutesHarness = field(init=False)

    def __post_init__(self) -> None:
        self.minutes = MinutesHarness(self.engine)
        self.describe(email=self.email, locale="ru", time_zone="UTC")

    @property
    def account(self) -> str:
        """Its id."""
        return self.minutes.account

    @property
    def email(self) -> str:
        """Its mail address."""
        return f"{self.account}@mail.example"

    @property
    def context(self) -> Context:
        """What handlers need."""
        return Context(self.engine, clock=lambda: self.now, channels=self.channels, shop=self.shop)

    def describe(self, **data: Any) -> None:
        """Let Screph say something about the account."""
        self.minutes.apply(event("account.registered", self.account, data, at=self.now), now=self.now)

    def owe(
        self, kind: NoticeKind, content: NoticeContent, subject: str = "subject", *, not_before: datetime | None = None
    ) -> None:
        """Let the queue bring a notice that is owed."""
        data = {"kind": kind, "subject": subject, "content": json_of(content)}
        if not_before is not None:
            data["not_before"] = not_before
        notice.handle(self.context, [self._event(NoticeOwed, data, subject=self.account)])

    def tick(self) -> dict[str, int]:
        """Let the scheduler remind of what is due, and return what the run has counted."""
        notice.handle(self.context, [self._event(NoticesSendingRequested, {}, subject=None)])
        [row] = self.minutes.select("SELECT counts FROM due_run ORDER BY id DESC LIMIT 1")
        return {name: count for name, count in (row["counts"] or {}).items() if count}

    def notices(self) -> list[Row]:
        """The account's notices, the oldest first."""
        return self.minutes.select(
            "SELECT notice.* FROM notice JOIN account ON account.number = notice.account"
            " WHERE account.id = :account ORDER BY notice.id"
        )

    def states(self) -> list[tuple[str, str]]:
        """Kind and state of each."""
        return [(row["kind"], row["state"]) for row in self.notices()]

    def deliveries(self) -> list[Row]:
        """The deliveries of the account's notices."""
        return self.minutes.select(
            "SELECT notice_delivery.* FROM notice_delivery JOIN notice ON notice.id = notice"
            " JOIN account ON account.number = notice.account WHERE account.id = :account"
            " ORDER BY notice, channel, push_subscription"
        )

    def subscribe(self) -> Browser:
        """Give the account a browser that takes web push."""
        browser = self.push.subscribe()
        self.execute(
            "INSERT INTO push_subscription (created_at, account, endpoint, p256dh, auth) SELECT :at, number, :endpoint,"
            " :p256dh, :auth FROM account WHERE id = :account",
            at=self.now,
            endpoint=self.push.url + browser.path,
            **browser.keys,
        )
        return browser

    def subscription(self, status: str = "active", **columns: object) -> None:
        """Give the account the subscription that contents of tests name, in some state."""
        self.execute(
            "INSERT INTO product (id, kind, granted_seconds) VALUES ('p', 'one_off', 60) ON CONFLICT DO NOTHING"
        )
        values = {
            "id": "some-text",
            "gateway": "stripe",
            "currency": "RUB",
            "price_minor": 100,
            "granted_seconds": 60,
            "period": "month",
            "title": "Monthly",
            "status": status,
            "message_id": 1,
            "created_at": self.now,
            "updated_at": self.now,
            "anchor_at": self.now,
            "period_start": self.now,
            "period_end": self.now + 30 * DAY,
            **columns,
        }
        self.execute(
            f"INSERT INTO subscription (account, product, {', '.join(values)})"
            f" SELECT account.number, product.number, {', '.join(f':{name}' for name in values)}"
            " FROM account, product WHERE account.id = :account AND product.id = 'p'",
            **values,
        )

    def execute(self, statement: str, **parameters: Any) -> None:
        """Change something in the store by hand."""
        with transaction(self.engine) as session:
            session.execute(text(statement), {"account": self.account, **parameters})

    def count(self, query: str) -> int:
        """The number that a query gives."""
        with reading(self.engine) as session:
            return int(session.execute(text(query)).scalar_one())

    def without_mail(self) -> None:
        """Let the mail server be unreachable from here on."""
        gone = replace(self.channels.mail, port=1)  # type: ignore[type-var]
        self.channels = replace(self.channels, mail=gone)

    def _event(self, model: type[Envelope], data: dict[str, Any], *, subject: str | None) -> Event:
        _, body = write(model, data, at=self.now, subject=subject, message_id=uuid.uuid4().hex)
        [read_event] = read(body, queue=NOTICE)
        assert isinstance(read_event, Event), read_event
        return read_event


EMPTY = ";".join(
    f"DELETE FROM {table}"
    for table in ("push_subscription", "notice_preference", "notice_delivery", "notice", "due_run", "subscription")
)


@contextmanager
def open_harness(database_url: str) -> Iterator[NoticesHarness]:
    """Open everything for one test."""
    engine = open_engine(database_url, pool_size=10)
    with serve_mail() as mail, serve_push() as push:
        yield harness_of(engine, mail, push)
    engine.dispose()


def harness_of(engine: Engine, mail: Serving, push: PushServiceDouble) -> NoticesHarness:
    """Return a harness with an account of its own at servers that are there already."""
    channels = Channels(
        mail=MailServer("smtp-plain", "127.0.0.1", mail.port),
        push=PushChannel(private_key=new_private_key(), contact=CONTACT, hosts=["127.0.0.1"]),
        sender=Sender("Screph <screph@mail.example>"),
        portal_url=PORTAL,
        unsubscribe_secret=SECRET,
    )
    return NoticesHarness(engine, channels, mail.double, push)
