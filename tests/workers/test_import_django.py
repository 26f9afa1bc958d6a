"""The old backend's users come along: from a real Django project's database, on SQLite and on PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from store.django_source import UnableToReadSource, open_django_source
from store.engine import Engine
from store.reading import reading
from store.transaction import transaction
from tests.asgi.running import running
from tests.servers.find import FoundPostgres
from tests.web.api.screph.client import ShippedClient
from tests.workers.minutes.harness import audited
from web.api.app import create_api
from workers.context import Context
from workers.import_django import ImportReport, Oddity, import_django
from workers.payments import imported

TABLES = ("account", "package", "entry", "inbox", "orders", "product", "price", "product_wording", "token", "outbox")

MINUTES = """
    SELECT account.id, CAST(sum(left_seconds) / 60 AS integer), CAST(sum(granted_seconds) / 60 AS integer), count(*)
    FROM package JOIN account ON account.number = package.account GROUP BY 1 ORDER BY 1
"""
ORDERS = """
    SELECT payment_ref, gateway, orders.kind::text, status::text, price_minor, left_seconds / 60
    FROM orders JOIN package ON package.number = orders.package ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Importing:
    """An old database, and the new one to which its users come."""

    source: str
    engine: Engine

    def run(self, **more: Any) -> ImportReport:
        """Import everything."""
        with open_django_source(self.source) as found:
            return import_django(Context(self.engine), found, **more)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the new store has."""
        with reading(self.engine) as session:
            return [tuple(row) for row in session.execute(text(query))]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of the tables that an import writes."""
        return {table: sorted(self.rows(f"SELECT {table}::text FROM {table}")) for table in TABLES}


def make_project(engine: str, name: str) -> None:
    """Let a Django project make its database."""
    command = [sys.executable, "-m", "tests.doubles.old_backend.project", engine, name, "0"]
    subprocess.run(command, check=True, timeout=60)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An SQLite database of the old backend; nobody writes to it."""
    name = str(tmp_path_factory.mktemp("old") / "db.sqlite3")
    make_project("sqlite3", name)
    return name


@pytest.fixture(params=["sqlite3", "postgresql"])
def importing(
    request: pytest.FixtureRequest, postgres_server: FoundPostgres, file: str, database_url: str
) -> Iterator[Importing]:
    """The old database on either server, and a new one that is audited at the end."""
    source = file
    if request.param == "postgresql":
        source = postgres_server.new_database()
        make_project("postgresql", source)
    with audited(database_url) as engine:
        yield Importing(source, engine)
    if request.param == "postgresql":
        postgres_server.drop_database(source)


@pytest.fixture
def from_file(file: str, database_url: str) -> Iterator[Importing]:
    """The same from the file alone, for what does not depend on the server."""
    with audited(database_url) as engine:
        yield Importing(file, engine)


class TestImport:
    def test_brings_every_minute_payment_token_and_offer(self, importing: Importing) -> None:
        report = importing.run()

        assert (report.minutes_before, report.minutes_after, report.minutes_odd) == (425, 425, 0)
        assert report.adds_up
        assert importing.rows(MINUTES) == [
            ("1", 40, 100, 1),
            ("2", 350, 600, 2),
            ("3", 25, 25, 1),
            ("4", 10, 10, 1),
            ("5", 0, 100, 1),
        ]
        assert importing.rows(ORDERS) == [
            ("a-1", "imported", "first", "paid", 29_900, 40),
            ("b-1", "imported", "first", "paid", 69_900, 50),
            ("b-2", "imported", "repeat", "paid", 69_900, 300),
            ("d-1", "imported", "first", "paid", 29_900, 0),
        ]
        assert importing.rows("SELECT number, id, is_active FROM product ORDER BY 1") == [
            (11, "offer-11", True),
            (12, "offer-12", False),
        ]
        assert importing.rows("SELECT count(*) FROM entry WHERE kind = 'grant'") == [(6,)]
        assert importing.rows("SELECT username, email FROM account WHERE id = '1'") == [("anna", "anna@example.org")]
        assert importing.rows("SELECT last_four, created_at::text FROM token ORDER BY 1") == [
            ("000a", "2025-03-01 12:00:00+00"),
            ("000b", "2025-03-01 12:00:00+00"),
        ]
        assert importing.rows("SELECT count(*) FROM outbox WHERE routing_key NOT LIKE 'screph.balance.%'") == [(0,)]

    def test_names_every_odd_row_with_its_reason(self, importing: Importing) -> None:
        report = importing.run()

        found = {(one.table.rpartition("_")[2], one.id): one.reason for one in report.oddities}
        transactions = {row: reason for (table, row), reason in found.items() if table == "paymenttransaction"}
        assert found["minutepackage", 13] == "it grants 0 min, which no package can"
        assert found["users", 3].startswith("email is left out: ")
        assert found["token", "…000c"] == "its user is switched off"
        assert sorted(reason for (table, _), reason in found.items() if table == "userpackage") == [
            "it has -5 min, which no package can",
            "it is switched off, with 15 min that nobody could spend",
        ]
        assert sorted(transactions.values()) == ["it belongs to no user", "nobody knows what it paid for"]
        assert len(report.oddities) == 7
        assert {name: report.counts[f"transactions {name}"] for name in ("pending", "failed", "refunded")} == {
            "pending": 1,
            "failed": 1,
            "refunded": 1,
        }

    def test_again_changes_nothing(self, importing: Importing) -> None:
        first = importing.run()
        before = importing.everything()

        again = importing.run()

        assert importing.everything() == before
        assert (again.minutes_after, again.adds_up, again.oddities) == (first.minutes_after, True, first.oddities)
        assert [again.counts[name] for name in ("new packages", "new tokens", "users described")] == [0, 0, 0]

    def test_dry_says_the_same_and_writes_nothing(self, from_file: Importing) -> None:
        before = from_file.everything()

        dry = from_file.run(is_dry=True)

        assert from_file.everything() == before
        assert dry == from_file.run()

    def test_goes_on_where_it_was_interrupted(self, from_file: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("workers.import_django.BATCH", 2)
        with monkeypatch.context() as interrupted, pytest.raises(KeyboardInterrupt):
            interrupted.setattr(imported, "save_imported_orders", interrupt_on_second_call())
            from_file.run()
        assert from_file.rows("SELECT count(*) FROM orders") == [(3,)]

        report = from_file.run()

        assert (report.adds_up, report.minutes_after, report.counts["new packages"]) == (True, 425, 3)

    def test_notices_what_was_spent_in_the_old_database_meanwhile(self, from_file: Importing) -> None:
        from_file.run()
        with transaction(from_file.engine) as session:
            changed = "UPDATE inbox SET content_hash = gen_random_uuid() WHERE event_id = 'paid:a-1'"
            session.execute(text(changed))

        report = from_file.run()

        assert (report.minutes_after, report.minutes_odd, report.adds_up) == (385, 40, True)
        changed_since = "it was imported before and has changed in the old database since"
        assert Oddity("packages", "transaction/1", changed_since) in report.oddities

    def test_lets_the_old_program_work_with_its_old_token(self, from_file: Importing) -> None:
        from_file.run()
        with running(create_api(Context(from_file.engine))) as url:
            client = ShippedClient(url, f"{10:040x}")
            profile = client.profile()
            spent = client.spend(15)

        [package] = profile["active_packages"]
        assert profile["user"] == {"id": 1, "username": "anna", "email": "anna@example.org"}
        assert package["package"]["id"] == 11
        assert (package["package"]["name"], package["package"]["price"]) == ("Стартовый", "299.00")
        assert (package["purchase_date"], package["minutes_remaining"]) == ("2025-03-01T12:00:00Z", 40)
        assert spent["total_minutes_remaining"] == 25


def interrupt_on_second_call() -> Any:
    """Save the orders of one batch, and press Ctrl-C in the next."""
    calls = iter([imported.save_imported_orders])

    def save(*arguments: Any) -> None:
        if (saving := next(calls, None)) is None:
            raise KeyboardInterrupt
        saving(*arguments)

    return save


class TestSource:
    def test_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UnableToReadSource, match="there is no such file"), open_django_source(str(tmp_path / "no")):
            pass

    def test_that_is_something_else_is_refused(self, tmp_path: Path, database_url: str) -> None:
        (tmp_path / "file").write_bytes(b"not a database" * 100)

        with pytest.raises(UnableToReadSource, match="cannot be read"), open_django_source(str(tmp_path / "file")):
            pass
        with pytest.raises(UnableToReadSource, match="no table auth_user"), open_django_source(database_url):
            pass

    def test_is_left_as_it_is(self, from_file: Importing) -> None:
        before = Path(from_file.source).read_bytes()

        from_file.run()

        assert Path(from_file.source).read_bytes() == before
