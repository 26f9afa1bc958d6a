"""Lines of the log: they say what was being done, and hold no secret and no mail address."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asgi.request_id import REQUEST_ID
from boot.log_masks import mask
from boot.logs import JsonLines, TextLines, doing
from broker.delivery import Delivery
from broker.publication import Publication
from messages.payments.requests import WebhookReceivedData
from messages.read import Event, Unreadable
from store.dead_letters import DeadLetter
from store.outbox import Outgoing

Line = Callable[..., str]


@pytest.fixture(params=[JsonLines, TextLines], ids=["json", "text"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    """Log one thing as an installation would, and return the line."""
    log, written = logging.getLogger(f"tests.{request.param.__name__}"), io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param())
    log.addHandler(handler)
    log.propagate = False

    def write(text: str, *values: object, error: Exception | None = None) -> str:
        log.error(text, *values, exc_info=error)
        return written.getvalue()

    yield write
    log.removeHandler(handler)


class TestALine:
    @pytest.mark.parametrize(
        ("logged", "hidden", "shown"),
        [
            ("mail to anna.k+shop@mail.example.com refused", "anna", "refused"),
            ("RCPT TO:<anna@example.com>", "anna@example", "RCPT TO"),
            ("'Анна@почта.рф'", "Анна", "@"),
            ("amqp://billing:h0t-Secret@rabbitmq:5672/%2F is away", "h0t-Secret", "rabbitmq:5672/%2F is away"),
            ("postgresql://billing:p%40ss@db/billing", "p%40ss", "@db/billing"),
            ("GET /accounts?email=anna%2Bx%40example.com answered 500", "anna", "answered 500"),
            ('{"email": "anna\\u0040example.com"}', "anna", "email"),
            ('RCPT TO:<"anna k"@example.com>', "anna", "RCPT TO"),
            ("GET /enter/eyJh.Abc-12_34567 answered 500", "eyJh", "answered 500"),
            ("POST /invite/Zm9vYmFyMTIz answered 500", "Zm9v", "answered 500"),
            ("POST /invited/Zm9vYmFyMTIz answered 500", "Zm9v", "answered 500"),
            ("POST /webhooks/yookassa/s3cr3t-of-the-path answered 500", "s3cr3t", "/webhooks/yookassa/"),
            ("token scr_u_Zm9vYmFyMTIz was refused", "Zm9v", "scr_u_"),
            ("Authorization: Bearer abcdefgh12345", "abcdefgh", "uthorization"),
            ("header is Token 0123456789abcdef0123", "0123456789", "Token"),
            ("sk_live_51Habc and whsec_12345abc", "51Habc", "sk_live_"),
            ("key whsec_12345abc is wrong", "12345abc", "is wrong"),
            ("{'password': 'correct horse', 'n': 1}", "correct horse", "'n': 1"),
            ("UNSUBSCRIBE_SECRET=abc123 is too short", "abc123", "is too short"),
            ("Cookie: __Host-session=abcdef", "abcdef", "ookie"),
        ],
    )
    def test_hides_what_no_log_may_hold(self, line: Line, logged: str, hidden: str, shown: str) -> None:
        written = line("it says: %s", logged)

        assert hidden not in written
        assert shown in written

    def test_hides_it_in_an_exception_as_well(self, line: Line) -> None:
        try:
            raise ValueError("anna@example.com gave password=hunter2")
        except ValueError as error:
            written = line("failed", error=error)

        assert "anna@" not in written
        assert "hunter2" not in written
        assert "ValueError" in written
        assert "test_logs.py" in written

    @pytest.mark.parametrize(
        "logged",
        [
            "import-recent: {'imported': 3}",
            "order 7f3a-11 at stripe is paid: 299.00 EUR",
            "expiry-sweep: {'announced': 0, 'booked': 12}",
            "token 12 was revoked; the secret in the address is wrong or missing",
            "at http://127.0.0.1:8000/api/v1/ since 2026-11-28T09:00:00.000Z",
        ],
    )
    def test_leaves_the_rest_as_it_is(self, line: Line, logged: str) -> None:
        assert logged in line("%s", logged)


class TestBytesOfMessages:
    """A webhook holds its buyer's address, in Base64, which no mask can see; libraries log whole arguments."""

    @pytest.mark.parametrize(
        "carrier",
        [
            Delivery("webhook", "", "webhook", b"bytes of it", b"bytes of it"),
            Publication("", "webhook", "id", b"bytes of it"),
            Outgoing("", "webhook", "id", b"bytes of it"),
            DeadLetter("quarantined", "webhook", "Invalid", "why", b"bytes of it"),
            Unreadable(b"bytes of it", "Invalid", "why"),
            Event(None, b"", b"bytes of it"),
        ],
        ids=lambda carrier: type(carrier).__name__,
    )
    def test_are_not_in_what_names_them(self, carrier: object) -> None:
        assert "bytes of it" not in repr(carrier)

    def test_of_a_webhook_are_not_either(self) -> None:
        fields = WebhookReceivedData.model_fields

        assert [name for name, one in fields.items() if "body" in name and one.repr] == []


@given(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789.+_-", min_size=1, max_size=30),
    st.from_regex(r"[a-z]{1,10}(\.[a-z]{2,6}){1,2}", fullmatch=True),
    st.text("абв xyz,;:()\"'<>", max_size=10),
)
def test_no_mail_address_comes_through(local: str, host: str, around: str) -> None:
    assert f"{local}@" not in mask(f"{around} {local}@{host} {around}")


class TestAJsonLine:
    def line(self) -> dict[str, Any]:
        record = logging.LogRecord("tests", logging.WARNING, __file__, 1, "slow", (), None)
        found: dict[str, Any] = json.loads(JsonLines().format(record))
        return found

    def test_names_the_request_that_is_answered(self) -> None:
        token = REQUEST_ID.set("5f0c")
        try:
            inside = self.line()
        finally:
            REQUEST_ID.reset(token)

        assert inside["request_id"] == "5f0c"
        assert "request_id" not in self.line()

    def test_names_the_messages_that_are_handled(self) -> None:
        with doing(lambda: {"queue": "notice", "messages": ["a", "anna@example.com"], "message_count": 2}):
            inside = self.line()

        assert (inside["queue"], inside["message_count"]) == ("notice", 2)
        assert inside["messages"] == ["a", "***@***"]
        assert self.line().keys() == {"at", "level", "logger", "message"}
