"""Mail over SMTP: by TLS or STARTTLS, with a deadline, and every answer of the server read as what helps."""

import logging
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from socket import create_connection, socket
from typing import Any, NoReturn, cast
from urllib.parse import unquote, urlsplit

from notify.deadline import Cut, deadline
from notify.errors import AddressGone, ChannelAway, DeliveryDelayed, DeliveryRefused
from notify.mail import MailSession

log = logging.getLogger(__name__)

TIMEOUT_S = 10.0
"""To connect, and for each answer of the server."""

DEADLINE_S = 60.0
"""For one mail as a whole, connecting included."""

_PORTS = {"smtp": 587, "smtps": 465, "smtp-plain": 25}

_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
_MAILBOX_FULL = 552
_ENHANCED = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
"""A status of RFC 3463 that is for good; neither a part of an IP address nor the version of a server's program."""


class WrongMailUrl(ValueError):
    """SMTP_URL names no mail server."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """
    A mail server.

    `scheme` is `smtp` (STARTTLS, which the server must offer), `smtps` (TLS from the first byte) or `smtp-plain`.
    """

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False, compare=False)
    timeout_s: float = TIMEOUT_S
    deadline_s: float = DEADLINE_S

    @contextmanager
    def open(self) -> Iterator[MailSession]:
        """Open a session for some mails; it connects when the first is sent, and again after an error."""
        session = _SmtpSession(self)
        try:
            yield session
        finally:
            session.close()


def read_mail_url(url: str) -> MailServer:
    """
    Return the server that an URL names.

    Args:
        url: `smtp://user:password@host:587`, `smtps://…` or `smtp-plain://host:25`; `%40` stands for an @.

    Raises:
        WrongMailUrl: it is no such URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise WrongMailUrl(f"it cannot be read: {error}") from error
    if parts.scheme not in _PORTS or not parts.hostname:
        raise WrongMailUrl("write smtp://user:password@host:587, smtps://… or smtp-plain://host:25")
    user = None if parts.username is None else unquote(parts.username)
    return MailServer(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, unquote(parts.password or ""))


class _SmtpSession:
    """One connection to a mail server, opened when it is needed."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._line: _Line | None = None

    def send(self, mail: EmailMessage, *, to: str) -> None:
        with deadline(self._server.deadline_s) as cut:
            line = self._connected(cut)
            try:
                line.send_message(mail, from_addr=parseaddr(str(mail["From"]))[1], to_addrs=[to])
            except smtplib.SMTPRecipientsRefused as refused:
                self._reset(line)
                [(code, said)] = refused.recipients.values()
                _raise_for_recipient(code, _text(said))
            except smtplib.SMTPSenderRefused as refused:
                self.close()
                # It is no fault of this mail: none of ours will be taken.
                raise ChannelAway(
                    f"our sender is refused: {refused.smtp_code} {_text(refused.smtp_error)}"
                ) from refused
            except smtplib.SMTPDataError as refused:
                self._reset(line)
                _raise_for_content(refused.smtp_code, _text(refused.smtp_error))
            except smtplib.SMTPNotSupportedError as error:
                self.close()
                raise DeliveryRefused(f"the server cannot write to such an address: {error}") from error
            except (smtplib.SMTPException, OSError) as error:
                self.close()
                raise ChannelAway(f"the connection to {self._server.host} broke: {error!r}") from error

    def close(self) -> None:
        """End the connection, if there is one; what was sent is sent."""
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _connected(self, cut: Cut) -> "_Line":
        if self._line is not None and self._line.sock is not None:
            cut.watch(self._line.sock)
            return self._line
        try:
            line = _Line(self._server, cut)
            try:
                line.let_in()
            except BaseException:
                line.close()
                raise
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelAway(f"{self._server.host}:{self._server.port} cannot be used: {error!r}") from error
        self._line = line
        return line

    def _reset(self, line: "_Line") -> None:
        # smtplib has begun anew after a refusal, or has closed the connection after a 421.
        if line.sock is None:
            self._line = None


class _Line(smtplib.SMTP):
    """smtplib's connection, whose sockets the deadline of the mail may cut from the first byte on."""

    def __init__(self, server: MailServer, cut: Cut) -> None:
        self._server = server
        self._tls = _WatchedTls(server.tls, cut)
        self._cut = cut
        super().__init__(server.host, server.port, timeout=server.timeout_s)

    def let_in(self) -> None:
        """Encrypt and sign in, as the server's URL wants it."""
        if self._server.scheme == "smtp":
            self.starttls(context=cast(ssl.SSLContext, self._tls))
        if self._server.user is not None:
            self.login(self._server.user, self._server.password)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket:
        line = create_connection((host, port), timeout)
        self._cut.watch(line)
        return self._tls.wrap_socket(line, server_hostname=host) if self._server.scheme == "smtps" else line


class _WatchedTls:
    """Wraps sockets as an `SSLContext` does, and lets the deadline cut them during the handshake, too."""

    def __init__(self, tls: ssl.SSLContext, cut: Cut) -> None:
        self._tls = tls
        self._cut = cut

    def wrap_socket(self, line: socket, *, server_hostname: str) -> ssl.SSLSocket:
        wrapped = self._tls.wrap_socket(line, server_hostname=server_hostname, do_handshake_on_connect=False)
        self._cut.watch(wrapped)
        wrapped.do_handshake()
        return wrapped


def _raise_for_recipient(code: int, said: str) -> NoReturn:
    subject = _subject_of(said)
    answer = f"{code} {said}"
    if code == 421:
        raise ChannelAway(answer)
    if code < 500 or _is_full(subject) or (subject is None and code == _MAILBOX_FULL):
        raise DeliveryDelayed(answer)
    if subject is None:
        raise (AddressGone if code in _NO_SUCH_MAILBOX else DeliveryRefused)(answer)
    # 5.1.x: the address; but 5.1.7 and 5.1.8 are about ours. 5.2.1: the mailbox is switched off. The rest is policy.
    is_address = (subject[0] == 1 and subject[1] not in (7, 8)) or subject == (2, 1)
    raise (AddressGone if is_address else DeliveryRefused)(answer)


def _raise_for_content(code: int, said: str) -> NoReturn:
    if code == 421:
        raise ChannelAway(f"{code} {said}")
    # Some servers look at the mailbox only when they have the mail. Without a status, 552 is about its size there.
    is_delayed = code < 500 or _is_full(_subject_of(said))
    raise (DeliveryDelayed if is_delayed else DeliveryRefused)(f"{code} {said}")


def _subject_of(said: str) -> tuple[int, int] | None:
    """Return what an answer of 5xx is about, by the second and third number of its status; None: it has none."""
    status = _ENHANCED.search(said)
    return None if status is None else (int(status[1]), int(status[2]))


def _is_full(subject: tuple[int, int] | None) -> bool:
    """Tell whether the mailbox is full, which passes."""
    return subject == (2, 2)


def _text(said: Any) -> str:
    text = said.decode("utf-8", errors="replace") if isinstance(said, bytes) else str(said)
    return " ".join(text.split())[:300]
