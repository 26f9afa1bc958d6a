"""
A worker that sends one notice and kills itself on the way: `python -m tests.workers.notices.dying_sender`.

Its arguments: the database's URL, the mail server's port, `before` or `after` the call, and the account.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import NoReturn

from domain.notices.notice import NoticeKind
from messages.notices.reminders import NoticeOwed
from messages.queues import NOTICE
from messages.read import Event, read
from messages.write import write
from notify.mail import MailSession
from notify.message import Sender
from notify.smtp import MailServer
from store.engine import open_engine
from tests.domain.notices.contents import filled_json
from tests.workers.events import NOW
from workers.context import Channels, Context
from workers.queues import notice


def die() -> NoReturn:
    """End this process as the kernel does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives this")


@dataclass(frozen=True, slots=True)
class DyingSession:
    """A session that does not outlive its first mail."""

    session: MailSession
    when: str

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Send it, or not, and die."""
        if self.when == "after":
            self.session.send(mail, to=to)
        die()


@dataclass(frozen=True, slots=True)
class DyingServer:
    """The way to the mail server, for a process that dies on it."""

    server: MailServer
    when: str

    @contextmanager
    def open(self) -> Iterator[MailSession]:
        """Open a session."""
        with self.server.open() as session:
            yield DyingSession(session, self.when)


def main(url: str, port: str, when: str, account: str) -> None:
    """Handle one notice as the queue brings it."""
    server = DyingServer(MailServer("smtp-plain", "127.0.0.1", int(port)), when)
    channels = Channels(mail=server, sender=Sender("Screph <screph@mail.example>"))
    context = Context(open_engine(url), clock=lambda: NOW, channels=channels)
    kind = NoticeKind.PURCHASE_RECEIPT
    data = {"kind": kind, "subject": "subject", "content": filled_json(kind)}
    _, body = write(NoticeOwed, data, at=NOW, subject=account)
    [event] = read(body, queue=NOTICE)
    assert isinstance(event, Event)
    notice.handle(context, [event])


if __name__ == "__main__":
    main(*sys.argv[1:])
