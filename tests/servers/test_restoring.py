"""A copy of a database that is used again is like its original, or it is not used again."""

from contextlib import closing

import psycopg2
import pytest

from tests.servers.databases import execute, select
from tests.servers.find import FoundPostgres

# All at once, because each test begins with an original of its own.
_MADE = (
    "CREATE TABLE account (number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)",
    "CREATE TABLE payment (account int REFERENCES account)",
    "CREATE TABLE version AS SELECT 1 AS number",
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'it only grows'; END $$",
    "CREATE TRIGGER only_grows BEFORE DELETE ON payment EXECUTE FUNCTION refuse()",
)
_USED = ("INSERT INTO account (name) VALUES ('anna')", "INSERT INTO payment VALUES (1)")


@pytest.fixture(scope="module")
def original(postgres_server: FoundPostgres) -> str:
    """URL of a database for copying, with tables that hold each other and one that is filled."""
    url = postgres_server.new_database()
    execute(url, *_MADE)
    postgres_server.close_database(url)
    return url


class TestAUsedCopy:
    def test_is_empty_for_the_next_test_and_counts_from_the_start(
        self, postgres_server: FoundPostgres, original: str
    ) -> None:
        used = postgres_server.new_database(copy_of=original)
        execute(used, *_USED)
        number = "SELECT oid FROM pg_database WHERE datname = current_database()"
        before = select(used, number)
        postgres_server.drop_database(used)

        again = postgres_server.new_database(copy_of=original)

        assert select(again, number) == before
        assert select(again, "SELECT count(*) FROM account JOIN payment ON account = number") == [(0,)]
        assert select(again, "SELECT number FROM version") == [(1,)]
        assert select(again, "INSERT INTO account (name) VALUES ('olga') RETURNING number") == [(1,)]
        postgres_server.drop_database(again)

    def test_is_out_of_reach_for_whoever_used_it(self, postgres_server: FoundPostgres, original: str) -> None:
        used = postgres_server.new_database(copy_of=original)
        with closing(psycopg2.connect(used)) as session, session.cursor() as cursor:
            cursor.execute("INSERT INTO account (name) VALUES ('anna')")
            postgres_server.drop_database(used)
            again = postgres_server.new_database(copy_of=original)

            with pytest.raises(psycopg2.OperationalError, match="terminat"):
                cursor.execute("SELECT 1")
            with pytest.raises(psycopg2.OperationalError, match="does not exist"):
                psycopg2.connect(used)
        assert select(again, "SELECT count(*) FROM account") == [(0,)]
        postgres_server.drop_database(again)

    @pytest.mark.parametrize(
        "change",
        [
            "ALTER TABLE account ADD COLUMN language text",
            "ALTER TABLE payment DISABLE TRIGGER only_grows",
            "ALTER TABLE payment DROP CONSTRAINT payment_account_fkey",
            "CREATE INDEX ON account (name)",
            "DROP TABLE payment",
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$",
            "UPDATE version SET number = 2",
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Omsk''', current_database()); END $$",
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 5', current_database()); END $$",
            "INSERT INTO account (name) SELECT repeat('long', 10) FROM generate_series(1, 50000)",
        ],
    )
    def test_is_dropped_where_more_than_new_rows_changed(
        self, postgres_server: FoundPostgres, original: str, change: str
    ) -> None:
        used = postgres_server.new_database(copy_of=original)
        name = select(used, "SELECT current_database()")[0][0]
        execute(used, change)

        postgres_server.drop_database(used)

        assert select(postgres_server.url, f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []
