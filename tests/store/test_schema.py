"""The schema: the migrations build what the tables say, by whatever road, and it refuses nonsense."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from store.engine import Engine, Session, open_engine
from store.migrate import migrate, revisions
from store.tables import metadata
from tests.servers.databases import select
from tests.servers.find import FoundPostgres
from tests.store.access.access_rows import (
    ACCESS_OF_NOBODY,
    ACCESS_ONCE_ONLY,
    ACCESS_WORDS,
    BAD_ACCESS_ROWS,
    GOOD_ACCESS_ROWS,
    OPERATOR_THERE_ALREADY,
)
from tests.store.notices.notice_rows import (
    BAD_NOTICE_ROWS,
    GOOD_NOTICE_ROWS,
    NOTICE,
    NOTICE_OF_NOBODY,
    NOTICE_ONCE_ONLY,
    NOTICE_THERE_ALREADY,
    NOTICE_WORDS,
)
from tests.store.payments.payment_rows import (
    BAD_PAYMENT_ROWS,
    GOOD_PAYMENT_ROWS,
    NOT_IN_ENUM,
    OF_NOBODY,
    ONCE_ONLY,
    PAID,
    REFUNDED,
    THERE_ALREADY,
    A,
)
from tests.store.promotions.campaign_rows import (
    BAD_CAMPAIGN_ROWS,
    CAMPAIGN_OF_NOBODY,
    CAMPAIGN_ONCE_ONLY,
    CAMPAIGN_THERE_ALREADY,
    CAMPAIGN_WORDS,
    GOOD_CAMPAIGN_ROWS,
)
from tests.store.promotions.promotion_rows import (
    BAD_PROMOTION_ROWS,
    GOOD_PROMOTION_ROWS,
    PROMOTION_OF_NOBODY,
    PROMOTION_ONCE_ONLY,
    PROMOTION_WORDS,
    PROMOTIONS_THERE_ALREADY,
)
from tests.store.promotions.referral_rows import (
    BAD_REFERRAL_ROWS,
    GOOD_REFERRAL_ROWS,
    REFERRAL_OF_NOBODY,
    REFERRAL_ONCE_ONLY,
    REFERRAL_WORDS,
    REFERRALS_THERE_ALREADY,
)
from tests.store.schema_rows import BAD_ROWS, GOOD_ROWS, WRONG_WORDS
from tests.store.statistics.statistics_rows import BAD_STATISTICS_ROWS, GOOD_STATISTICS_ROWS, STATISTICS_WORDS
from tests.store.subscriptions.subscription_rows import (
    BAD_SUBSCRIPTION_ROWS,
    GOOD_SUBSCRIPTION_ROWS,
    SUBSCRIPTION_NOT_IN_ENUM,
    SUBSCRIPTION_OF_NOBODY,
    SUBSCRIPTION_ONCE_ONLY,
    SUBSCRIPTION_THERE_ALREADY,
)

REPOSITORY = Path(__file__).parents[2]

COLUMNS = """
    SELECT relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
           pg_get_expr(adbin, adrelid)
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped AND relname <> 'alembic_version'
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, contype, convalidated, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> coalesce(to_regclass('alembic_version'), 0)
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
OPTIONS = """
    SELECT relname, reloptions::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
"""
TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""
TYPES = """
    SELECT typname, enumsortorder, enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
    WHERE typnamespace = 'public'::regnamespace
"""
VIEWS = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'"
FUNCTIONS = "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"

BY_TABLES = (COLUMNS, CONSTRAINTS, INDEXES, OPTIONS, TYPES)
BY_MIGRATIONS = (*BY_TABLES, TRIGGERS, FUNCTIONS, VIEWS)

Catalogue = list[list[tuple[Any, ...]]]


def catalogue(url: str, queries: tuple[str, ...] = BY_MIGRATIONS) -> Catalogue:
    """What PostgreSQL itself says is there."""
    return [sorted(select(url, query), key=str) for query in queries]


class TestMigrations:
    @pytest.mark.parametrize("query", BY_TABLES, ids=["columns", "constraints", "indexes", "options", "types"])
    def test_build_what_the_tables_say(self, postgres_server: FoundPostgres, database_url: str, query: str) -> None:
        url = postgres_server.new_database()
        engine = open_engine(url)
        metadata.create_all(engine)
        engine.dispose()
        [said] = catalogue(url, (query,))
        postgres_server.drop_database(url)

        [built] = catalogue(database_url, (query,))

        assert len(built) >= len(metadata.tables)
        assert built == said

    def test_twice_change_nothing_more(self, database_url: str) -> None:
        once = catalogue(database_url)

        migrate(database_url)

        assert catalogue(database_url) == once

    def test_from_three_hosts_at_once_take_turns(self, postgres_server: FoundPostgres, database_url: str) -> None:
        url = postgres_server.new_database()
        # Processes, because alembic keeps the run it is in for the whole process.
        command_line = [sys.executable, "-c", f"from store.migrate import migrate; migrate({url!r})"]

        hosts = [subprocess.Popen(command_line, cwd=REPOSITORY) for _ in range(3)]

        assert [host.wait(timeout=30) for host in hosts] == [0, 0, 0]
        assert catalogue(url) == catalogue(database_url)
        assert select(url, "SELECT count(*) FROM alembic_version") == [(1,)]
        assert select(url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
        postgres_server.drop_database(url)

    def test_down_to_nothing_and_up_again_lead_to_the_same(self, database_url: str) -> None:
        before = catalogue(database_url)

        downgrade(database_url)
        emptied = catalogue(database_url)
        migrate(database_url)

        assert emptied == [[]] * len(BY_MIGRATIONS)
        assert catalogue(database_url) == before

    def test_are_distinguished_from_a_schema_that_lacks_them(
        self, postgres_server: FoundPostgres, engine: Engine
    ) -> None:
        url = postgres_server.new_database()
        empty = open_engine(url)

        with empty.connect() as without, engine.connect() as migrated:
            found, newest = revisions(without)
            assert (found, newest) == (None, revisions(migrated)[0])
            assert newest is not None

        empty.dispose()
        postgres_server.drop_database(url)


def downgrade(url: str) -> None:
    """Take every migration back."""
    engine = open_engine(url)
    with engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(files("migrations")))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()


GOOD = (
    GOOD_ROWS
    | GOOD_PAYMENT_ROWS
    | GOOD_NOTICE_ROWS
    | GOOD_SUBSCRIPTION_ROWS
    | GOOD_ACCESS_ROWS
    | GOOD_PROMOTION_ROWS
    | GOOD_CAMPAIGN_ROWS
    | GOOD_REFERRAL_ROWS
    | GOOD_STATISTICS_ROWS
)
BAD = [
    *BAD_ROWS,
    *BAD_PAYMENT_ROWS,
    *BAD_NOTICE_ROWS,
    *BAD_SUBSCRIPTION_ROWS,
    *BAD_ACCESS_ROWS,
    *BAD_PROMOTION_ROWS,
    *BAD_CAMPAIGN_ROWS,
    *BAD_REFERRAL_ROWS,
    *BAD_STATISTICS_ROWS,
]
ONCE = [
    *ONCE_ONLY,
    *NOTICE_ONCE_ONLY,
    *SUBSCRIPTION_ONCE_ONLY,
    *ACCESS_ONCE_ONLY,
    *PROMOTION_ONCE_ONLY,
    *CAMPAIGN_ONCE_ONLY,
    *REFERRAL_ONCE_ONLY,
]


class TestChecks:
    @pytest.mark.parametrize("table", GOOD)
    def test_take_a_good_row(self, session: Session, table: str) -> None:
        before = session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()

        insert(session, table, GOOD[table])

        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == before + 1

    @pytest.mark.parametrize("kind", ["grant", "burn", "settle", "give_back", "expire", "void", "freeze", "unfreeze"])
    def test_take_each_kind_of_entry_of_a_package(self, session: Session, kind: str) -> None:
        insert(session, "entry", GOOD["entry"] | {"kind": kind})

        assert list(session.execute(text("SELECT kind FROM entry")).scalars()) == [kind]

    @pytest.mark.parametrize(("table", "check", "change"), BAD)
    def test_refuse_a_bad_row(self, session: Session, table: str, check: str, change: dict[str, Any]) -> None:
        assert refused_by(session, table, GOOD[table] | change) == check

    @pytest.mark.parametrize(
        ("table", "change"),
        [
            *WRONG_WORDS,
            *NOT_IN_ENUM,
            *NOTICE_WORDS,
            *SUBSCRIPTION_NOT_IN_ENUM,
            *ACCESS_WORDS,
            *PROMOTION_WORDS,
            *CAMPAIGN_WORDS,
            *REFERRAL_WORDS,
            *STATISTICS_WORDS,
        ],
    )
    def test_refuse_a_word_that_nobody_knows(self, session: Session, table: str, change: dict[str, Any]) -> None:
        with pytest.raises(DataError, match="invalid input value for enum"), session.begin_nested():
            insert(session, table, GOOD[table] | change)

    def test_all_have_a_bad_row_here(self, session: Session) -> None:
        checks = session.execute(
            text("SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace")
        )

        assert set(checks.scalars()) == {check for _, check, _ in BAD}

    def test_refuse_a_package_of_nobody(self, session: Session) -> None:
        package = GOOD["package"] | {"account": 4712}

        assert refused_by(session, "package", package) == "package_account_fkey"

    @pytest.mark.parametrize(
        ("table", "key", "change"),
        [
            *OF_NOBODY,
            *NOTICE_OF_NOBODY,
            *SUBSCRIPTION_OF_NOBODY,
            *ACCESS_OF_NOBODY,
            *PROMOTION_OF_NOBODY,
            *CAMPAIGN_OF_NOBODY,
            *REFERRAL_OF_NOBODY,
        ],
    )
    def test_refuse_what_refers_to_nothing(
        self, session: Session, table: str, key: str, change: dict[str, Any]
    ) -> None:
        assert refused_by(session, table, GOOD[table] | change) == key

    @pytest.mark.parametrize(("table", "key", "more", "change"), ONCE, ids=[key for _, key, _, _ in ONCE])
    def test_refuse_what_may_be_there_once(
        self, session: Session, table: str, key: str, more: dict[str, Any], change: dict[str, Any]
    ) -> None:
        insert(session, table, GOOD[table] | more)

        assert refused_by(session, table, GOOD[table] | more | change) == key

    @pytest.mark.parametrize(("table", "more"), [("orders", PAID), ("refund", REFUNDED), ("dispute", {})])
    def test_let_nobody_change_when_something_was_recorded(
        self, session: Session, table: str, more: dict[str, Any]
    ) -> None:
        insert(session, table, GOOD[table] | more)

        session.execute(text(f"UPDATE {table} SET recorded_at = recorded_at"))
        with pytest.raises(IntegrityError, match="it never changes"), session.begin_nested():
            session.execute(text(f"UPDATE {table} SET recorded_at = recorded_at + interval '1 second'"))

    @pytest.mark.parametrize("ref", ["checkout_ref", "payment_ref"])
    def test_let_two_gateways_use_the_same_ref(self, session: Session, ref: str) -> None:
        insert(session, "orders", GOOD["orders"] | {ref: "1"})
        insert(session, "orders", GOOD["orders"] | {ref: "1", "id": "other", "gateway": "other"})

        assert session.execute(text(f"SELECT count(*) FROM orders WHERE {ref} = '1'")).scalar_one() == 2

    @pytest.mark.parametrize(("table", "key"), [("inbox", "inbox_key"), ("dead_letter", "dead_letter_waiting")])
    def test_refuse_the_same_row_twice(self, session: Session, table: str, key: str) -> None:
        insert(session, table, GOOD[table])

        assert refused_by(session, table, GOOD[table]) == key

    def test_let_no_message_reverse_two_usages(self, session: Session) -> None:
        other = "00000000-0000-0000-0000-000000000002"
        insert(session, "inbox", GOOD["inbox"] | {"reversed_by": 7})

        assert refused_by(session, "inbox", GOOD["inbox"] | {"key": other, "reversed_by": 7}) == "inbox_reversed_once"


class TestLedger:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE entry SET seconds = 61",
            "UPDATE entry SET seconds = seconds",
            "DELETE FROM entry",
            "TRUNCATE entry",
            "TRUNCATE inbox, entry CASCADE",
            """
            INSERT INTO entry (account, id, previous_id, kind, seconds, message_id, effective_at)
            SELECT account, id, 0, 'debt', 1, 1, now() FROM entry
            ON CONFLICT (id, account) DO UPDATE SET seconds = 1
            """,
            "WITH gone AS (DELETE FROM entry RETURNING 1) SELECT count(*) FROM gone",
        ],
    )
    def test_is_neither_changed_nor_deleted(self, session: Session, statement: str) -> None:
        insert(session, "entry", GOOD["entry"])

        with pytest.raises(IntegrityError, match="the ledger is append-only"), session.begin_nested():
            session.execute(text(statement))

        assert session.execute(text("SELECT kind, seconds FROM entry")).all() == [("grant", 60)]


class TestAuditLog:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_log SET reason = 'another'",
            "DELETE FROM audit_log",
            "TRUNCATE audit_log",
            "WITH gone AS (DELETE FROM audit_log RETURNING 1) SELECT count(*) FROM gone",
        ],
    )
    def test_is_neither_changed_nor_deleted(self, session: Session, statement: str) -> None:
        insert(session, "audit_log", GOOD["audit_log"])

        with pytest.raises(IntegrityError, match="the audit log is append-only"), session.begin_nested():
            session.execute(text(statement))

        assert session.execute(text("SELECT name, reason FROM audit_log")).all() == [("anna", None)]


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A transaction in which account, product, package and order `a` are there, and which is taken back."""
    with Session(shared_engine) as opened:
        insert(opened, "account", {"number": A, "id": "a"})
        for table, row in (
            *THERE_ALREADY,
            NOTICE_THERE_ALREADY,
            SUBSCRIPTION_THERE_ALREADY,
            *PROMOTIONS_THERE_ALREADY,
            CAMPAIGN_THERE_ALREADY,
            *REFERRALS_THERE_ALREADY,
            OPERATOR_THERE_ALREADY,
        ):
            insert(opened, table, row)
        yield opened
        opened.rollback()


def insert(session: Session, table: str, row: dict[str, Any]) -> None:
    """Insert one row."""
    values = ", ".join(f":{column}" for column in row)
    overriding = "OVERRIDING SYSTEM VALUE" if "number" in row or row.get("id") == NOTICE else ""
    session.execute(text(f"INSERT INTO {table} ({', '.join(row)}) {overriding} VALUES ({values})"), row)


def refused_by(session: Session, table: str, row: dict[str, Any]) -> str | None:
    """Insert a row that must not be there, and return the name of what refused it."""
    with pytest.raises(IntegrityError) as refused, session.begin_nested():
        insert(session, table, row)
    name: str | None = refused.value.orig.diag.constraint_name  # type: ignore[union-attr]
    return name
