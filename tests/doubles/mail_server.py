"""A mail server for tests: real SMTP by aiosmtpd, with or without TLS, which answers as a test likes."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.servers.free_ports import ReservedPort

USER, PASSWORD = "screph@mail.example", "pass/word@1"


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the server has taken."""

    to: str
    mail: EmailMessage

    @property
    def message_id(self) -> str:
        """What names it."""
        return str(self.mail["Message-ID"])


class MailServerDouble:
    """
    What the server does; a test may change it at any time.

    `answers` has what it says instead of yes, by the command: `MAIL`, `RCPT`, `DATA`; a function decides by the address.
    `received` are the mails that it took, also those to which it then said something else (`answers_after_data`).
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Be as at first: say yes to everything, and have received nothing."""
        self.received: list[Received] = []
        self.answers: dict[str, str | Callable[[str], str | None]] = {}
        self.answer_after_data: str | None = None
        self.was_encrypted: list[bool] = []
        self.logins: list[str] = []

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  aiosmtpd calls it so
        """Answer to the sender."""
        said = self._answer("MAIL", address)
        if said is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return said or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802  aiosmtpd calls it so
        """Answer to the recipient."""
        said = self._answer("RCPT", address)
        if said is None:
            envelope.rcpt_tos.append(address)
        return said or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd calls it so
        """Answer to the mail itself."""
        said = self._answer("DATA", envelope.rcpt_tos[0])
        if said is not None:
            return said
        mail = message_from_bytes(envelope.content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.received.append(Received(envelope.rcpt_tos[0], mail))
        self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return self.answer_after_data or "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        """Let in whoever knows the password."""
        assert isinstance(login, LoginPassword)
        self.logins.append(login.login.decode())
        is_known = (login.login.decode(), login.password.decode()) == (USER, PASSWORD)
        return AuthResult(success=is_known, handled=False)

    def _answer(self, command: str, address: str) -> str | None:
        answer = self.answers.get(command)
        return answer(address) if callable(answer) else answer


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the double listens, and what trusts its certificate."""

    double: MailServerDouble
    port: int
    tls: ssl.SSLContext | None = None


@contextmanager
def serve_mail(
    *, tls: str | None = None, certificate: Path | None = None, port: int | None = None, with_login: bool = False
) -> Iterator[Serving]:
    """
    Serve a double.

    Args:
        tls: `starttls`, `tls` or None.
        certificate: as `make_certificate` wrote it.
        port: a free one if left out.
        with_login: it wants `USER` and `PASSWORD`.
    """
    reserved = ReservedPort() if port is None else None
    number = port or (reserved.number if reserved else 0)
    double = MailServerDouble()
    options: dict[str, Any] = {}
    if with_login:
        options = {"authenticator": double.authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
    trusted = None
    if tls is not None and certificate is not None:
        own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own.load_cert_chain(certificate)
        trusted = ssl.create_default_context(cafile=str(certificate))
        options |= {"tls_context": own, "require_starttls": True} if tls == "starttls" else {"ssl_context": own}
    controller = Controller(double, hostname="127.0.0.1", port=number, **options)
    controller.start()
    try:
        yield Serving(double, number, trusted)
    finally:
        controller.stop()
        if reserved is not None:
            reserved.release()


def make_certificate(folder: Path, *, host: str = "127.0.0.1") -> Path:
    """Write a key and its certificate for a host into one file, and return it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    alternative = x509.IPAddress(ip_address(host)) if host[0].isdecimal() else x509.DNSName(host)
    begins = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / f"{host}.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    return path
