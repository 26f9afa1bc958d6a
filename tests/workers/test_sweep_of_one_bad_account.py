"""The expiry sweep and an account that cannot be handled: it stops no other."""

import threading

from messages.due import ExpirySweepRequested
from messages.writing import write
from tests.servers.databases import execute
from tests.workers.desk import Desk
from tests.workers.events import DAY, NOW, grant
from tests.workers.test_due import due
from workers.due import DueWorker


class TestSweep:
    def test_books_everybody_else(self, own_desk: Desk, database_url: str) -> None:
        for account in ("bad", "good"):
            own_desk.apply(grant(account, 60, activated_at=NOW - 9 * DAY, expires_at=NOW - 4 * DAY))
        execute(database_url, "ALTER TABLE entry ADD CONSTRAINT poison CHECK (account_id <> 'bad' OR kind <> 'expire')")
        worker = DueWorker(own_desk.engine, own_desk.rules, threading.Event(), lambda: NOW)

        worker.take([due(write(ExpirySweepRequested, {}, at=NOW)[1])])

        rows = own_desk.select("SELECT account_id FROM package WHERE expired_seconds = 60")
        assert [row["account_id"] for row in rows] == ["good"]
