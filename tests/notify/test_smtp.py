"""Mail over SMTP: to a real server, with TLS and without, and each of its answers read as what helps."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from notify.errors import AddressGone, ChannelAway, DeliveryDelayed, DeliveryRefused
from notify.message import Envelope, Sender, build_mail
from notify.render import Rendered
from notify.smtp import MailServer, WrongMailUrl, read_mail_url
from tests.doubles.mail_server import PASSWORD, USER, Serving, make_certificate, serve_mail

TO = "ann@mail.example"
SENDER = Sender("Скреф <screph@mail.example>", "help@mail.example")
WORDS = Rendered("Ваш чек: 300 минут", "preheader", "Здравствуйте!\n.\nКонец", "<p>Здравствуйте!</p>", "")


def mail(to: str = TO, **envelope: str) -> EmailMessage:
    """A mail in Russian."""
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return build_mail(SENDER, Envelope(to, "<1@mail.example>", at, **envelope), WORDS)


def send(server: MailServer, to: str = TO) -> None:
    """Send one mail."""
    with server.open() as session:
        session.send(mail(to), to=to)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def _plain() -> Iterator[Serving]:
    with serve_mail() as serving:
        yield serving


@pytest.fixture
def plain(_plain: Serving) -> Serving:
    """A server without TLS that says yes to everything."""
    _plain.double.begin()
    return _plain


def server_of(serving: Serving, scheme: str = "smtp-plain", **changes: object) -> MailServer:
    """How the double is reached."""
    server = MailServer(scheme, "127.0.0.1", serving.port, timeout_s=5)
    if serving.tls is not None:
        server = replace(server, tls=serving.tls)
    return replace(server, **changes)  # type: ignore[arg-type]


class TestMailServer:
    def test_gets_a_mail_that_reads_as_it_was_written(self, plain: Serving) -> None:
        send(server_of(plain))

        [received] = plain.double.received
        text, html = received.mail.iter_parts()
        assert received.to == TO
        assert received.mail["Subject"] == WORDS.subject
        assert received.mail["From"] == SENDER.address
        assert received.mail["Reply-To"] == "help@mail.example"
        assert received.mail["Message-ID"] == "<1@mail.example>"
        assert received.mail["Auto-Submitted"] == "auto-generated"
        assert text.get_content().replace("\r", "").strip() == WORDS.text  # type: ignore[attr-defined]
        assert html.get_content().strip() == WORDS.html  # type: ignore[attr-defined]
        assert received.mail.get_content_type() == "multipart/alternative"

    def test_gets_several_mails_by_one_session(self, plain: Serving) -> None:
        with server_of(plain).open() as session:
            for to in ("a@mail.example", "b@mail.example"):
                session.send(mail(to), to=to)

        assert [received.to for received in plain.double.received] == ["a@mail.example", "b@mail.example"]

    @pytest.mark.parametrize(("tls", "scheme"), [("starttls", "smtp"), ("tls", "smtps")])
    def test_is_spoken_to_by_tls_and_with_a_password(self, certificate: Path, tls: str, scheme: str) -> None:
        with serve_mail(tls=tls, certificate=certificate, with_login=True) as serving:
            send(server_of(serving, scheme, user=USER, password=PASSWORD))

        assert serving.double.was_encrypted == [True]
        assert serving.double.logins == [USER]

    @pytest.mark.parametrize(("tls", "scheme"), [("starttls", "smtp"), ("tls", "smtps")])
    def test_with_a_certificate_that_nobody_vouches_for_gets_nothing(
        self, certificate: Path, tls: str, scheme: str
    ) -> None:
        with serve_mail(tls=tls, certificate=certificate) as serving:
            with pytest.raises(ChannelAway, match="certificate"):
                send(server_of(serving, scheme, tls=ssl.create_default_context()))

        assert serving.double.received == []

    def test_that_offers_no_starttls_gets_nothing(self, plain: Serving) -> None:
        with pytest.raises(ChannelAway, match="STARTTLS"):
            send(server_of(plain, "smtp"))

        assert plain.double.received == []

    def test_that_does_not_take_the_password_is_away(self, certificate: Path) -> None:
        with serve_mail(tls="starttls", certificate=certificate, with_login=True) as serving:
            with pytest.raises(ChannelAway, match="535"):
                send(server_of(serving, "smtp", user=USER, password="wrong"))

    def test_that_is_down_is_away(self) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]

        with pytest.raises(ChannelAway, match=str(port)):
            send(MailServer("smtp-plain", "127.0.0.1", port))


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ("450 4.2.0 greylisted, come again", DeliveryDelayed),
            ("452 4.2.2 mailbox full", DeliveryDelayed),
            ("552 5.2.2 mailbox full", DeliveryDelayed),
            ("552 mailbox full", DeliveryDelayed),
            ("550 5.1.1 no such user", AddressGone),
            ("550 unknown user (5.1.1).", AddressGone),
            ("550 #5.1.0 rejected", AddressGone),
            # What looks like a status may be an address of the network, or a program's version.
            ("554 client [5.1.20.30] is on a list", DeliveryRefused),
            ("554 client 35.1.1.7 is on a list", DeliveryRefused),
            ("550 no such user, says 2.7.1.5", AddressGone),
            ("550 no such user, says exim 4.92.3", AddressGone),
            ("550 5.2.1 mailbox disabled", AddressGone),
            ("550 no such user here", AddressGone),
            ("553 5.1.3 bad address", AddressGone),
            ("553 5.1.8 your own domain does not exist", DeliveryRefused),
            ("550 5.7.1 you are on a list", DeliveryRefused),
            ("554 relay access denied", DeliveryRefused),
        ],
    )
    def test_about_the_recipient(self, plain: Serving, answer: str, error: type[Exception]) -> None:
        plain.double.answers["RCPT"] = answer

        with pytest.raises(error, match=answer[:3]):
            send(server_of(plain))

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            ("451 4.3.0 try later", DeliveryDelayed),
            ("552 5.2.2 mailbox full", DeliveryDelayed),
            ("552 5.3.4 too large a mail", DeliveryRefused),
            ("554 5.6.0 this looks like spam", DeliveryRefused),
        ],
    )
    def test_about_the_mail(self, plain: Serving, answer: str, error: type[Exception]) -> None:
        plain.double.answers["DATA"] = answer

        with pytest.raises(error, match=answer[:3]):
            send(server_of(plain))

    @pytest.mark.parametrize("answer", ["550 5.7.1 not from you", "451 not now"])
    def test_about_our_sender_are_no_fault_of_the_mail(self, plain: Serving, answer: str) -> None:
        plain.double.answers["MAIL"] = answer

        with pytest.raises(ChannelAway, match="our sender is refused"):
            send(server_of(plain))

    def test_that_refuse_one_mail_leave_the_session_to_the_next(self, plain: Serving) -> None:
        plain.double.answers["RCPT"] = lambda address: "550 5.1.1 no such user" if "nobody" in address else None

        with server_of(plain).open() as session:
            with pytest.raises(AddressGone):
                session.send(mail("nobody@mail.example"), to="nobody@mail.example")
            session.send(mail(), to=TO)

        assert [received.to for received in plain.double.received] == [TO]

    def test_that_close_the_connection_mean_away_and_the_next_mail_connects_again(self, plain: Serving) -> None:
        plain.double.answers["RCPT"] = "421 4.3.2 shutting down"

        with server_of(plain).open() as session:
            with pytest.raises(ChannelAway, match="421"):
                session.send(mail(), to=TO)
            plain.double.answers.clear()
            session.send(mail(), to=TO)

        assert len(plain.double.received) == 1


@contextmanager
def listening(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says what a function makes it say to each connection; its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=speak, args=(line,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def hang(line: socket.socket) -> None:
    """Say nothing."""
    line.recv(1)


def drip(line: socket.socket) -> None:
    """Greet for ever, a letter at a time."""
    try:
        line.sendall(b"220-")
        while True:
            line.sendall(b"x")
            time.sleep(0.02)
    except OSError:
        line.close()


def vanish_after_data(line: socket.socket) -> None:
    """Take the mail, and go without an answer."""
    line.sendall(b"220 hello\r\n")
    with line.makefile("rb") as read:
        for command in read:
            if command.upper().startswith(b"DATA"):
                line.sendall(b"354 go on\r\n")
                while read.readline() not in (b".\r\n", b""):
                    pass
                line.close()
                return
            line.sendall(b"250 OK\r\n")


class TestDeadline:
    def test_ends_a_server_that_hangs(self) -> None:
        with listening(hang) as port, pytest.raises(ChannelAway, match=r"timed out|TimeoutError"):
            send(MailServer("smtp-plain", "127.0.0.1", port, timeout_s=0.2))

    @pytest.mark.parametrize("scheme", ["smtp-plain", "smtps"])
    def test_ends_a_server_that_answers_in_drops(self, scheme: str) -> None:
        with listening(drip) as port, pytest.raises(ChannelAway):
            send(MailServer(scheme, "127.0.0.1", port, timeout_s=5, deadline_s=0.5))

    def test_of_one_mail_does_not_hurt_the_next(self, plain: Serving) -> None:
        with server_of(plain, deadline_s=0.5).open() as session:
            session.send(mail(), to=TO)
            time.sleep(0.6)
            session.send(mail(), to=TO)

        assert len(plain.double.received) == 2

    def test_of_a_server_that_goes_in_the_middle_leaves_the_mail_to_the_next_time(self) -> None:
        with listening(vanish_after_data) as port, pytest.raises(ChannelAway, match="broke"):
            send(MailServer("smtp-plain", "127.0.0.1", port, timeout_s=5))


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "scheme", "port", "user", "password"),
        [
            ("smtp://mail.example", "smtp", 587, None, ""),
            ("smtps://ann%40mail.example:p%2Fw%40@mail.example", "smtps", 465, "ann@mail.example", "p/w@"),
            ("smtp-plain://localhost:2525", "smtp-plain", 2525, None, ""),
        ],
    )
    def test_names_a_server(self, url: str, scheme: str, port: int, user: str | None, password: str) -> None:
        server = read_mail_url(url)

        assert (server.scheme, server.port, server.user, server.password) == (scheme, port, user, password)

    @pytest.mark.parametrize(
        "url", ["mail.example:25", "http://mail.example", "smtp://", "smtp://host:port", "smtp://[::"]
    )
    def test_that_names_none_is_refused(self, url: str) -> None:
        with pytest.raises(WrongMailUrl):
            read_mail_url(url)

    def test_shows_no_password(self) -> None:
        assert "hidden-word" not in repr(read_mail_url("smtps://ann:hidden-word@mail.example"))
