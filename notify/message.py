"""The mail of a notice, as it goes on the wire."""

from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from notify.errors import AddressGone
from notify.render import Rendered


@dataclass(frozen=True, slots=True)
class Sender:
    """Who mails come from, as `Screph <billing@screph.example>`, and where answers go; nowhere else if None."""

    address: str
    reply_to: str | None = None

    @property
    def host(self) -> str:
        """The part of the address behind the @, which names us in Message-IDs."""
        return parseaddr(self.address)[1].rpartition("@")[2] or "localhost"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a mail goes and what names it; `unsubscribe_url` is one click, None for receipts."""

    to: str
    message_id: str
    at: datetime
    unsubscribe_url: str | None = None


def wire_address(address: str) -> str:
    """
    Return an address as it goes on the wire: a domain in other letters has its ASCII form, which every server takes.

    Args:
        address: as its account has named it.

    Raises:
        AddressGone: its domain has no such form, so no server could be found for it.
    """
    name, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return name + at + domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise AddressGone(f"{address!r} is no mail address: {error}") from error


def build_mail(sender: Sender, envelope: Envelope, rendered: Rendered) -> EmailMessage:
    """
    Return the mail of a notice, text and HTML beside each other.

    Args:
        sender: from the settings.
        envelope: of this mail.
        rendered: the words.

    Raises:
        AddressGone: no mail can be addressed so.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender.address
    try:
        mail["To"] = Address(addr_spec=envelope.to)
    except (ValueError, IndexError, AttributeError, MessageError) as error:
        # AttributeError: Python's parser stumbles over some broken addresses, such as `a@[1`.
        raise AddressGone(f"{envelope.to!r} is no mail address: {error}") from error
    if sender.reply_to is not None:
        mail["Reply-To"] = sender.reply_to
    mail["Subject"] = rendered.subject
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = envelope.message_id
    # Holiday notices are not to be sent back to it.
    mail["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe_url is not None:
        # RFC 8058: the mail program posts this, without a page in between.
        mail["List-Unsubscribe"] = f"<{envelope.unsubscribe_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(rendered.text)
    mail.add_alternative(rendered.html, subtype="html")
    return mail
