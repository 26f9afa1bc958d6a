"""Where mails go: what a session for them offers, and the folder that stands in for a server."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Protocol


class MailSession(Protocol):
    """Sends one mail after the other."""

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """
        Send a mail to one address.

        Raises:
            ChannelAway: the server is away, or does not let us in.
            DeliveryDelayed: it may be accepted later.
            AddressGone: there is no such mailbox.
            DeliveryRefused: this mail is refused for good.
        """


class MailChannel(Protocol):
    """Where mails go."""

    def open(self) -> AbstractContextManager[MailSession]:
        """Open a session for some mails; nothing is connected before the first."""


class MailFolder:
    """
    A folder of mails as files, for development: nobody gets them.

    Args:
        folder: made when the first mail is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def open(self) -> Iterator["MailFolder"]:
        """Open a session."""
        yield self

    def send(self, mail: EmailMessage, *, to: str) -> None:
        """Write a mail, as `<when>-<whom>-<hash of the Message-ID>.eml`; the same mail again is the same file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        when = mail["Date"].datetime.strftime("%Y%m%d-%H%M%S")
        whom = "".join(letter if letter.isalnum() or letter in "@.-" else "_" for letter in to)[:80]
        named = sha256(str(mail["Message-ID"]).encode()).hexdigest()[:8]
        for old in self.folder.glob(f"*-{named}.eml"):
            old.unlink(missing_ok=True)
        written = self.folder / f".{named}.part"
        written.write_bytes(mail.as_bytes())
        # So that nobody reads half a mail.
        written.replace(self.folder / f"{when}-{whom}-{named}.eml")
