"""The expiry sweep and an account that cannot be handled: it stops no other."""

from tests.servers.databases import execute
from tests.workers.events import DAY, NOW, grant
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.minutes.test_expire import swept


class TestSweep:
    def test_books_everybody_else(self, own_harness: MinutesHarness, database_url: str) -> None:
        for account in ("bad", "good"):
            own_harness.apply(grant(account, 60, activated_at=NOW - 9 * DAY, expires_at=NOW - 4 * DAY))
        [row] = own_harness.select("SELECT number FROM account WHERE id = 'bad'")
        bad = row["number"]
        execute(database_url, f"ALTER TABLE entry ADD CONSTRAINT poison CHECK (account <> {bad} OR kind <> 'expire')")

        booked = swept(own_harness, NOW).booked

        rows = own_harness.select(
            "SELECT account.id FROM package JOIN account ON account.number = package.account WHERE expired_seconds = 60"
        )
        assert (booked, [row["id"] for row in rows]) == (1, ["good"])
