"""The end of the audit log is noted each hour, in the logs and with the run."""

import logging
from collections.abc import Iterator

import pytest

from domain.access.act import Act, actor_of_command
from messages.access.reminders import AuditLogAnchorRequested
from messages.queues import DUE
from messages.read import Event, read
from messages.write import write
from store.audit.run import audit
from store.engine import Engine, open_engine
from tests.servers.databases import execute
from tests.workers.events import NOW
from workers.access.operator_sessions import note_act
from workers.context import Context
from workers.queues import due


def _reminder() -> Event:
    _, body = write(AuditLogAnchorRequested, {}, at=NOW, message_id="anchor-1")
    [event] = read(body, queue=DUE)
    assert isinstance(event, Event)
    return event


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The engine of a database of its own."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


class TestAnchor:
    def test_is_logged_and_finds_what_is_cut_off_later(
        self, engine: Engine, database_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        context = Context(engine, clock=lambda: NOW)
        for account in ("anna", "boris"):
            note_act(context, Act(actor_of_command("root"), "account.view", account_id=account))

        with caplog.at_level(logging.INFO):
            due.handle(context, [_reminder()])

        assert "the audit log ends with line 2, sha256 " in caplog.text
        assert audit(engine).holds
        execute(database_url, "ALTER TABLE audit_log DISABLE TRIGGER USER", "DELETE FROM audit_log WHERE id = 2")
        assert [check.invariant.name for check in audit(engine).checks if not check.holds] == ["audit-log-anchors"]

    def test_of_an_empty_log_says_nothing(self, engine: Engine) -> None:
        due.handle(Context(engine, clock=lambda: NOW), [_reminder()])

        assert audit(engine).holds
