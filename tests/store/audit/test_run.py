"""The audit: it holds on whatever the workers wrote, and notices each way in which a store can be wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest

from store.audit.minutes import INVARIANTS
from store.audit.run import ROWS_SHOWN, Audit, audit
from store.engine import open_engine
from tests.journeys.billing import NO_BROKER
from tests.servers.databases import execute
from tests.servers.find import FoundPostgres
from tests.store.audit.access_lives import ACCESS_SECRETS, ACCESS_TAMPERED, live_by_operators
from tests.store.audit.bonus_lives import BONUSES_TAMPERED, live_by_bonuses
from tests.store.audit.campaign_lives import CAMPAIGNS_TAMPERED, live_by_campaigns
from tests.store.audit.code_lives import CODES_TAMPERED, live_by_codes
from tests.store.audit.notice_lives import NOTICES_TAMPERED
from tests.store.audit.payment_lives import CAUSES_TAMPERED, PAYMENTS_TAMPERED, live_by_payments
from tests.store.audit.referral_lives import REFERRALS_TAMPERED, live_by_referrals
from tests.store.audit.statistics_lives import STATISTICS_TAMPERED
from tests.store.audit.subscription_lives import SUBSCRIPTIONS_TAMPERED, live_by_subscriptions
from tests.store.audit.topup_lives import TOPUP_TAMPERED, live_by_topup
from tests.workers.events import DAY, HOUR, NOW, grant, registered, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.minutes.test_expire import swept

NAMES = [invariant.name for invariant in INVARIANTS]

UNGUARDED = "ALTER TABLE entry DISABLE TRIGGER USER"

RICH, POOR, LIVE = (f"(SELECT number FROM account WHERE id = '{name}')" for name in ("rich", "poor", "live"))
OF_THE_GRANT = f"(SELECT message_id FROM entry WHERE kind = 'grant' AND account = {RICH} ORDER BY id LIMIT 1)"
A_BURN = f"(SELECT id FROM entry WHERE kind = 'burn' AND account = {RICH} AND seconds < -1 ORDER BY id LIMIT 1)"
LAST = "(SELECT last_entry_id FROM account WHERE number = entry.account)"
COPIED = "previous_id, account, kind, seconds, package, usage_id, message_id, effective_at"
IN_THE_CHAIN = [
    "UPDATE account SET last_entry_id = (SELECT max(id) FROM entry WHERE account = number) WHERE last_entry_id > 0",
    "UPDATE inbox SET entry_id = (SELECT max(id) FROM entry WHERE message_id = inbox.id AND usage_id = inbox.id)"
    " WHERE used_seconds IS NOT NULL",
]
"""What makes inserted lines part of their accounts' ledgers, as far as their chain goes."""

TAMPERED: dict[str, dict[str, list[str]]] = {
    "package-seconds": {
        "seconds from nowhere": [
            "ALTER TABLE package DROP CONSTRAINT package_every_second_accounted_for",
            f"UPDATE package SET held_seconds = held_seconds + 1 WHERE account = {RICH}",
        ],
    },
    "package-entries": {
        "a second moved from one bucket to another": [
            "UPDATE package SET consumed_seconds = consumed_seconds - 1, voided_seconds = voided_seconds + 1"
            f" WHERE account = {RICH} AND consumed_seconds > 0",
        ],
    },
    "account-balance": {
        "a package that nobody granted": [
            "INSERT INTO account (id) VALUES ('new')",
            "INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)"
            " SELECT gen_random_uuid(), number, 'promo', 10, now(), 0, 0 FROM account WHERE id = 'new'",
        ],
    },
    "account-debt": {
        "a second owed by nobody's usage": ["UPDATE account SET debt_seconds = debt_seconds + 1 WHERE id = 'rich'"],
        "a debt forgotten": ["UPDATE account SET debt_seconds = 0 WHERE id = 'poor'"],
    },
    "usage-seconds": {
        "a second forgiven that was burnt": [
            "UPDATE inbox SET forgiven_seconds = coalesce(forgiven_seconds, 0) + 1"
            f" WHERE account = {RICH} AND id IN (SELECT id FROM usage WHERE burnt_seconds > 0)",
        ],
        "a second used that is nowhere": [
            f"UPDATE inbox SET used_seconds = used_seconds + 1 WHERE account = {RICH}",
        ],
    },
    "usage-debt": {
        "called reversed and still burnt": [
            "UPDATE inbox SET reversed_by = (SELECT id FROM inbox WHERE type::text LIKE '%reported%'"
            f" AND account = {LIVE} LIMIT 1)"
            f" WHERE id = (SELECT usage_id FROM entry WHERE kind = 'burn' AND account = {LIVE})",
        ],
        "owes less than nothing": [
            "INSERT INTO entry (previous_id, account, kind, seconds, usage_id, message_id, effective_at)"
            f" SELECT {LAST}, account, 'debt_cancelled', -1, usage_id, message_id, effective_at FROM entry"
            f" WHERE kind = 'debt_cancelled' AND account = {POOR} ORDER BY id LIMIT 1",
            "UPDATE account SET debt_seconds = debt_seconds - 1 WHERE id = 'poor'",
            *IN_THE_CHAIN,
        ],
    },
    "forgiven-by-day": {
        "a minute that was never forgiven": [
            "UPDATE account SET forgiven = jsonb_build_object('2026-11-01', 60) WHERE id = 'rich'"
        ],
    },
    "burn-in-period": {
        "judged before the package began": [
            "UPDATE inbox SET judged_at = occurred_at - interval '1 year'"
            " WHERE used_seconds > 0 AND coalesce(forgiven_seconds, 0) = 0"
        ],
        "judged at the very end of the package": [
            "UPDATE inbox SET judged_at = package.expires_at FROM entry JOIN package ON package.number = entry.package"
            " WHERE entry.usage_id = inbox.id AND entry.kind = 'burn' AND package.expires_at IS NOT NULL",
        ],
    },
    "settled-both-sides": {
        "paid for another usage": [
            UNGUARDED,
            f"UPDATE entry SET usage_id = (SELECT max(id) FROM usage WHERE account = {POOR})"
            f" WHERE id = (SELECT min(id) FROM entry WHERE kind = 'settle' AND account = {POOR})",
        ],
    },
    "one-effect": {
        "a grant in two lines": [
            UNGUARDED,
            f"INSERT INTO entry ({COPIED}) SELECT {LAST}, account, kind, 1, package, usage_id, message_id, effective_at"
            f" FROM entry WHERE kind = 'grant' AND message_id = {OF_THE_GRANT}",
            f"UPDATE entry SET seconds = seconds - 1 WHERE kind = 'grant' AND seconds > 1"
            f" AND message_id = {OF_THE_GRANT}",
            *IN_THE_CHAIN,
        ],
        "a burn in two lines": [
            UNGUARDED,
            f"INSERT INTO entry ({COPIED}) SELECT {LAST}, account, kind, -1, package, usage_id, message_id, effective_at"
            f" FROM entry WHERE id = {A_BURN}",
            f"UPDATE entry SET seconds = seconds + 1 WHERE id = {A_BURN}",
            *IN_THE_CHAIN,
        ],
        "one message for two packages": [
            UNGUARDED,
            f"UPDATE entry SET message_id = {OF_THE_GRANT} WHERE kind = 'grant' AND account = {RICH}",
        ],
        "refused, and yet it granted": [f"UPDATE inbox SET outcome = 'refused' WHERE id = {OF_THE_GRANT}"],
        "applied, and nothing was used": [
            "INSERT INTO inbox (source, event_id, type, account, key, content_hash)"
            " VALUES ('x', 'x', 'screph.usage.reported.v1', 0, gen_random_uuid(), gen_random_uuid())",
        ],
        "a usage that granted a package": [
            UNGUARDED,
            f"UPDATE entry SET message_id = (SELECT max(id) FROM usage WHERE account = {RICH})"
            f" WHERE kind = 'grant' AND message_id = {OF_THE_GRANT}",
        ],
    },
    "nothing-without-cause": {
        "a grant whose message is gone": [f"DELETE FROM inbox WHERE id = {OF_THE_GRANT}"],
        "a usage whose account is gone": [
            f"UPDATE inbox SET account = 4711 WHERE account = {LIVE}",
        ],
        "a correction whose message is gone": [
            "DELETE FROM inbox WHERE id IN (SELECT reversed_by FROM usage)",
        ],
    },
    "ledger-chain": {
        "a line that leaves out the one before": [
            UNGUARDED,
            f"UPDATE entry SET previous_id = 0 WHERE id = (SELECT max(id) FROM entry WHERE account = {RICH})",
        ],
        "an account that does not know its last line": [
            f"UPDATE account SET last_entry_id = (SELECT min(id) FROM entry WHERE account = {RICH}) WHERE id = 'rich'",
        ],
        "a usage that does not know its line": [
            f"UPDATE inbox SET entry_id = entry_id - 1 WHERE account = {RICH} AND used_seconds = 200",
        ],
    },
    "one-account-a-key": {
        "a registration for two accounts": [
            "INSERT INTO inbox (key, account, content_hash, type, source, event_id)"
            f" SELECT key, {POOR}, content_hash, type, source, event_id FROM inbox"
            " WHERE type = 'screph.account.registered.v1'",
        ],
    },
    **CAUSES_TAMPERED,
    **PAYMENTS_TAMPERED,
    **BONUSES_TAMPERED,
    **CODES_TAMPERED,
    **NOTICES_TAMPERED,
    **TOPUP_TAMPERED,
    **SUBSCRIPTIONS_TAMPERED,
    **CAMPAIGNS_TAMPERED,
    **REFERRALS_TAMPERED,
    **ACCESS_TAMPERED,
    **STATISTICS_TAMPERED,
}

CASES = [(name, how) for name, ways in TAMPERED.items() for how in ways]


@pytest.fixture(scope="module")
def lived_in(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
    """URL of a database in which everything has happened that can happen, for copying."""
    url = postgres_server.new_database(copy_of=migrated_database)
    engine = open_engine(url, access_secrets=ACCESS_SECRETS)
    harness = MinutesHarness(engine, account="rich")
    _live(harness)
    live_by_payments(engine, "buyer", now=NOW)
    live_by_bonuses(engine, "promoted", now=NOW)
    live_by_codes(engine, now=NOW)
    live_by_topup(engine)
    live_by_subscriptions(engine)
    live_by_campaigns(engine)
    live_by_referrals(engine)
    live_by_operators(engine, now=NOW)
    kinds = {row["kind"] for row in harness.select("SELECT DISTINCT kind FROM entry")}
    assert kinds >= {
        "grant",
        "burn",
        "settle",
        "give_back",
        "expire",
        "void",
        "freeze",
        "unfreeze",
        "debt",
        "debt_settled",
        "debt_cancelled",
        "forgiven",
    }
    engine.dispose()
    postgres_server.close_database(url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def copy_url(postgres_server: FoundPostgres, lived_in: str) -> Iterator[str]:
    """URL of a copy that a test may spoil."""
    url = postgres_server.new_database(copy_of=lived_in)
    yield url
    postgres_server.drop_database(url)


class TestAudit:
    def test_holds_on_an_empty_store(self, database_url: str) -> None:
        found = _audit(database_url)

        assert found.holds
        assert set(found.totals.values()) == {0}

    def test_holds_on_a_store_that_was_lived_in(self, copy_url: str) -> None:
        found = _audit(copy_url)

        assert _broken(found) == {}
        assert found.totals["granted_seconds"] == sum(
            found.totals[f"{bucket}_seconds"] for bucket in ("left", "consumed", "held", "frozen", "expired", "voided")
        )
        assert found.totals["accounts"] == 19

    def test_there_is_a_way_to_break_each_invariant_here(self) -> None:
        assert list(TAMPERED) == NAMES

    def test_is_tried_on_rows_of_one_account(self) -> None:
        statements = [" ".join(ways[how]) for ways in TAMPERED.values() for how in ways]
        picks = [part.rpartition("FROM orders")[2] for one in statements for part in one.split("LIMIT 1")[:-1]]

        # Ids are random: one of all rows would be now of a life in which that breaks something, and now of another.
        assert len(picks) > 20
        assert [pick for pick in picks if "account" not in pick] == []
        assert [one for one in statements if "min(id) FROM orders" in one] == []

    @pytest.mark.parametrize(("name", "how"), CASES, ids=[f"{name}: {how}" for name, how in CASES])
    def test_finds_exactly_what_is_broken(self, copy_url: str, name: str, how: str) -> None:
        execute(copy_url, *TAMPERED[name][how])

        broken = _broken(_audit(copy_url))

        assert broken.keys() == {name}
        assert len(broken[name]) >= 1

    def test_finds_entries_in_the_name_of_another_account(self, copy_url: str) -> None:
        execute(copy_url, UNGUARDED, f"UPDATE entry SET account = {POOR} WHERE account = {LIVE}")

        assert {"account-balance", "nothing-without-cause"} <= _broken(_audit(copy_url)).keys()

    def test_finds_a_deleted_line_of_the_ledger(self, copy_url: str) -> None:
        execute(copy_url, UNGUARDED, f"DELETE FROM entry WHERE id = {A_BURN}")

        assert {"package-entries", "account-balance", "usage-seconds"} <= _broken(_audit(copy_url)).keys()

    def test_shows_a_few_rows_of_many(self, copy_url: str) -> None:
        execute(
            copy_url,
            "INSERT INTO account (id, debt_seconds) SELECT 'debtor ' || n, 1 FROM generate_series(1, 100) AS n",
        )

        assert len(_broken(_audit(copy_url))["account-debt"]) == ROWS_SHOWN

    def test_looks_at_one_moment_while_workers_go_on(self, copy_url: str) -> None:
        engine = open_engine(copy_url, access_secrets=ACCESS_SECRETS)
        harness = MinutesHarness(engine, account="rich")
        for _ in range(5):
            harness.apply(*(usage("rich", 60, at=NOW) for _ in range(20)))
            assert audit(engine).holds
        engine.dispose()


class TestTheCommand:
    def test_exits_0_where_everything_holds(self, copy_url: str) -> None:
        assert _command(copy_url).returncode == 0

    def test_exits_1_and_names_the_broken_one_with_its_rows(self, copy_url: str) -> None:
        execute(copy_url, "UPDATE account SET debt_seconds = debt_seconds + 1 WHERE id = 'rich'")

        done = _command(copy_url)

        assert done.returncode == 1
        said = json.loads(done.stdout)
        assert said["holds"] is False
        [broken] = [each for each in said["invariants"] if each["rows"]]
        assert (broken["name"], broken["rows"][0]["account_id"]) == ("account-debt", "rich")


def _live(harness: MinutesHarness) -> None:
    """Let three accounts live through everything."""
    taken_back, owed = usage("rich", 400, at=NOW - HOUR), usage("poor", 600, at=NOW - HOUR)
    expired = usage("live", 50, at=NOW - 2 * HOUR)
    harness.apply(
        registered("rich", locale="ru"),
        grant("rich", 100, kind="promo", activated_at=NOW - 2 * DAY),
        grant("rich", 3_600, expires_at=NOW + 30 * DAY),
        usage("rich", 200, at=NOW - HOUR),
        taken_back,
        spend("rich", 300),
        spend("rich", 100_000),
        usage("poor", 30),
        usage("poor", 100),
        owed,
        grant("live", 100, expires_at=NOW - HOUR),
        expired,
    )
    harness.apply(grant("poor", 150), usage("poor", 500))
    harness.apply(reversal("rich", taken_back["id"]), reversal("poor", owed["id"]))
    harness.apply(grant("rich", 60, kind="bonus", expires_at=NOW - HOUR), usage("rich", 70, at=NOW - 2 * HOUR))
    swept(harness, NOW + timedelta(hours=73))


def _audit(url: str) -> Audit:
    engine = open_engine(url, access_secrets=ACCESS_SECRETS)
    try:
        return audit(engine)
    finally:
        engine.dispose()


def _broken(found: Audit) -> dict[str, tuple[dict[str, object], ...]]:
    return {finding.invariant.name: finding.rows for finding in found.checks if not finding.holds}


def _command(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", "audit", "--json"],
        env=os.environ | {"DATABASE_URL": url, "AMQP_URL": NO_BROKER},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
