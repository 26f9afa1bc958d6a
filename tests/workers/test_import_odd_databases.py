"""Old databases as they are found: values of the wrong type, moments of nowhere, doubled ids, and changes between two imports."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from store.django_source import UnableToReadSource, open_django_source
from store.transaction import transaction
from tests.workers.minutes.harness import audited
from tests.workers.test_import_django import Importing, make_project
from workers.context import Context
from workers.import_django import import_django

OWN = "minute_package_management_userpackage"
PAID = "payment_gateway_integration_paymenttransaction"
OFFER = "minute_package_management_minutepackage"

Changed = Callable[..., None]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a Django project with a few people, from which each test takes a copy."""
    file = tmp_path_factory.mktemp("old") / "db.sqlite3"
    make_project("sqlite3", str(file))
    return file


@pytest.fixture
def importing(whole: Path, tmp_path: Path, database_url: str) -> Iterator[Importing]:
    """A copy that may be changed, and a new database that is audited at the end."""
    file = tmp_path / "db.sqlite3"
    shutil.copy(whole, file)
    with audited(database_url) as engine:
        yield Importing(str(file), engine)


@pytest.fixture
def change(importing: Importing) -> Changed:
    """Change the old database by hand, past everything that Django checks."""

    def change(statement: str, *values: object) -> None:
        with closing(sqlite3.connect(importing.source)) as database, database:
            database.execute("PRAGMA writable_schema = ON")
            database.execute(statement, values)

    return change


def left_of(importing: Importing, account: str) -> int:
    """The minutes that an account has here."""
    rows = importing.rows(
        "SELECT CAST(coalesce(sum(left_seconds), 0) / 60 AS integer) FROM package"
        f" JOIN account ON account.number = package.account WHERE account.id = '{account}'"
    )
    return int(rows[0][0])


class TestValues:
    @pytest.mark.parametrize("minutes", ["many", 12.5, b"\x01", 10**12, -(10**12), "12abc"])
    def test_that_are_no_minutes_are_odd_and_the_others_come(
        self, importing: Importing, change: Changed, minutes: object
    ) -> None:
        change(f"UPDATE {OWN} SET minutes_remaining = ? WHERE user_id = 3", minutes)

        report = importing.run()

        assert report.adds_up
        assert left_of(importing, "1") == 40
        assert any(one.table == OWN and "min, which no package can" in one.reason for one in report.oddities)

    @pytest.mark.parametrize(
        "moment", ["yesterday", "0000-00-00 00:00:00", "2999-01-01 00:00:00", "0001-01-01 00:00:00", 0, 1e300, ""]
    )
    def test_that_are_no_moment_of_the_past_count_from_now(
        self, importing: Importing, change: Changed, moment: object
    ) -> None:
        change(f"UPDATE {OWN} SET purchase_date = ?", moment)
        change(f"UPDATE {PAID} SET created_at = ?", moment)
        change("UPDATE auth_user SET date_joined = ?", moment)
        change("UPDATE authtoken_token SET created = ?", moment)

        report = importing.run()
        again = importing.run()

        assert (report.minutes_after, report.adds_up, report.counts["tokens"]) == (425, True, 2)
        assert importing.rows("SELECT count(*) FROM package WHERE activated_at > now()") == [(0,)]
        assert any("is no moment of the past" in one.reason for one in report.oddities)
        assert (again.minutes_after, again.counts["new packages"], again.adds_up) == (425, 0, True)
        assert not any("has changed" in one.reason for one in again.oddities)

    @pytest.mark.parametrize(
        ("amount", "currency"),
        [("free", "RUB"), (-1, "RUB"), (None, "RUB"), (1e300, "RUB"), (299, "rub"), (299, ""), (299.5, "JPY")],
    )
    def test_that_are_no_money_are_odd_and_the_minutes_come(
        self, importing: Importing, change: Changed, amount: object, currency: str
    ) -> None:
        change(f"CREATE TABLE copy AS SELECT * FROM {PAID}")
        change("UPDATE copy SET amount = ?, currency = ? WHERE transaction_id_gateway = 'a-1'", amount, currency)
        change(f"DROP TABLE {PAID}")
        change(f"ALTER TABLE copy RENAME TO {PAID}")

        report = importing.run()

        assert (report.minutes_after, report.adds_up) == (425, True)
        assert left_of(importing, "1") == 40
        assert any("is no amount of money" in one.reason for one in report.oddities)
        assert importing.rows("SELECT count(*) FROM orders WHERE payment_ref = 'a-1'") == [(0,)]

    @pytest.mark.parametrize("name", ["Стар\x00товый", "a\nb", "   ", "\u202e", "x" * 5_000])
    def test_that_cannot_be_shown_are_shown_without_what_cannot(
        self, importing: Importing, change: Changed, name: str
    ) -> None:
        change(f"UPDATE {OFFER} SET name = ?, description = ? WHERE id = 11", name, name)
        change("UPDATE auth_user SET username = ?, email = ? WHERE id = 1", name, name)
        change(f"UPDATE {PAID} SET transaction_id_gateway = ? WHERE transaction_id_gateway = 'a-1'", name)

        report = importing.run()

        assert (report.minutes_after, report.adds_up) == (425, True)
        [(shown,)] = importing.rows(
            "SELECT name FROM product_wording JOIN product ON number = product WHERE number = 11"
        )
        assert shown.isprintable()
        assert shown

    def test_of_text_that_is_not_utf_8_end_nothing(self, importing: Importing, change: Changed) -> None:
        change("UPDATE auth_user SET username = CAST(x'ff61' AS text) WHERE id = 1")

        assert importing.run().minutes_after == 425

    @pytest.mark.parametrize("number", [2**31, 2**40, 0, -7, 10**9 + 1])
    def test_of_offers_that_are_no_numbers_of_products_get_one(
        self, importing: Importing, change: Changed, number: int
    ) -> None:
        change(f"UPDATE {OFFER} SET id = ? WHERE id = 11", number)
        change(f"UPDATE {OWN} SET package_id = ? WHERE package_id = 11", number)
        change(f"UPDATE {PAID} SET package_purchased_id = ? WHERE package_purchased_id = 11", number)

        report = importing.run()

        assert (report.minutes_after, report.adds_up, report.counts["orders"]) == (425, True, 4)
        assert importing.rows(f"SELECT count(*) FROM product WHERE id = 'offer-{number}' AND number < 1000") == [(1,)]

    def test_of_a_status_that_nobody_knows_are_odd(self, importing: Importing, change: Changed) -> None:
        change(f"UPDATE {PAID} SET status = 'COMPLETE' WHERE transaction_id_gateway = 'a-1'")

        report = importing.run()

        assert "nobody knows what status 'COMPLETE' means" in [one.reason for one in report.oddities]
        assert (report.minutes_after, report.adds_up) == (425, True)


class TestIds:
    def test_that_two_payments_share_pay_once(self, importing: Importing, change: Changed) -> None:
        # A dump may come without its unique indexes.
        change(f"CREATE TABLE copy AS SELECT * FROM {PAID}")
        change("UPDATE copy SET transaction_id_gateway = 'same' WHERE transaction_id_gateway IN ('a-1', 'b-1')")
        change("UPDATE copy SET transaction_id_gateway = NULL WHERE transaction_id_gateway = 'b-2'")
        change(f"DROP TABLE {PAID}")
        change(f"ALTER TABLE copy RENAME TO {PAID}")

        report = importing.run()

        assert (report.minutes_after, report.adds_up) == (425, True)
        assert importing.rows("SELECT count(*) FROM orders WHERE payment_ref = 'same'") == [(1,)]
        assert "another transaction has its id 'same'" in [one.reason for one in report.oddities]

    def test_that_two_accounts_share_are_granted_to_the_first_alone(
        self, importing: Importing, change: Changed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("workers.import_django.BATCH", 1)
        change(f"CREATE TABLE copy AS SELECT * FROM {PAID}")
        # Equal in everything but their owner: 40 of 100 minutes are left of both.
        change("UPDATE copy SET transaction_id_gateway = 'same' WHERE transaction_id_gateway IN ('a-1', 'd-1')")
        change(f"UPDATE {OWN} SET minutes_remaining = 40 WHERE user_id = 5")
        change(f"DROP TABLE {PAID}")
        change(f"ALTER TABLE copy RENAME TO {PAID}")

        report = importing.run()

        assert (left_of(importing, "1"), left_of(importing, "5")) == (40, 0)
        assert (report.adds_up, report.minutes_odd) == (True, 40)
        assert importing.rows("SELECT count(*) FROM orders WHERE payment_ref = 'same'") == [(1,)]


class TestAgain:
    def test_grants_no_minute_twice_when_the_first_of_two_rows_is_spent(
        self, importing: Importing, change: Changed
    ) -> None:
        change(
            f"INSERT INTO {OWN} (user_id, package_id, purchase_date, minutes_remaining, is_active)"
            " VALUES (3, 11, '2025-03-02 12:00:00', 10, 1)"
        )
        importing.run()
        assert left_of(importing, "3") == 35
        change(f"UPDATE {OWN} SET minutes_remaining = 0 WHERE user_id = 3 AND minutes_remaining = 25")

        report = importing.run()

        assert left_of(importing, "3") == 35
        assert (report.adds_up, report.minutes_odd) == (True, 10)

    def test_grants_no_minute_twice_when_its_payment_is_known_later(
        self, importing: Importing, change: Changed
    ) -> None:
        change(f"UPDATE {PAID} SET status = 'pending' WHERE transaction_id_gateway = 'a-1'")
        importing.run()
        assert left_of(importing, "1") == 40
        change(f"UPDATE {PAID} SET status = 'completed' WHERE transaction_id_gateway = 'a-1'")

        report = importing.run()

        assert left_of(importing, "1") == 40
        assert (report.adds_up, report.minutes_odd) == (True, 40)
        assert "its minutes may have been imported before, in another package" in [
            one.reason for one in report.oddities
        ]

    def test_grants_no_minute_twice_when_its_payment_is_given_back(self, importing: Importing, change: Changed) -> None:
        importing.run()
        change(f"UPDATE {PAID} SET status = 'refunded' WHERE transaction_id_gateway = 'a-1'")

        report = importing.run()

        assert left_of(importing, "1") == 40
        assert (report.adds_up, report.minutes_odd) == (True, 40)

    def test_brings_what_was_bought_meanwhile(self, importing: Importing, change: Changed) -> None:
        importing.run()
        change(
            f"INSERT INTO {PAID} (user_id, package_purchased_id, transaction_id_gateway, payment_system, amount,"
            " currency, status, created_at, updated_at) VALUES"
            " (1, 11, 'a-2', 'yookassa', 299, 'RUB', 'completed', '2025-06-01 12:00:00', '2025-06-01 12:00:00')"
        )
        change(f"UPDATE {OWN} SET minutes_remaining = 140 WHERE user_id = 1")

        report = importing.run()

        assert left_of(importing, "1") == 140
        assert (report.adds_up, report.minutes_odd, report.counts["new packages"]) == (True, 0, 1)

    def test_says_nothing_of_whoever_has_closed_their_account_here(self, importing: Importing, change: Changed) -> None:
        importing.run()
        with transaction(importing.engine) as session:
            session.execute(
                text(
                    "UPDATE account SET closed_at = now(), username = NULL, email = NULL, described_at = NULL"
                    " WHERE id = '1'"
                )
            )
            session.execute(text("DELETE FROM token"))

        importing.run()

        assert importing.rows("SELECT username, email FROM account WHERE id = '1'") == [(None, None)]
        assert importing.rows(
            "SELECT count(*) FROM token JOIN account ON account.number = token.account WHERE account.id = '1'"
        ) == [(0,)]


class TestProjects:
    def test_with_a_model_of_users_of_their_own_come_along(self, importing: Importing, change: Changed) -> None:
        change("CREATE TABLE people_person (id integer PRIMARY KEY, email text, nickname text)")
        change("INSERT INTO people_person SELECT id, email, username FROM auth_user")

        with open_django_source(importing.source, users="people_person") as found:
            report = import_django(Context(importing.engine), found)

        assert (report.minutes_after, report.adds_up, report.counts["tokens"]) == (425, True, 3)
        assert importing.rows("SELECT email FROM account WHERE id = '1'") == [("anna@example.org",)]

    @pytest.mark.parametrize(
        ("table", "column"), [(OWN, "minutes_remaining"), (PAID, "status"), ("authtoken_token", "created")]
    )
    def test_without_a_column_are_refused_in_one_sentence(
        self, importing: Importing, change: Changed, table: str, column: str
    ) -> None:
        change(f"ALTER TABLE {table} RENAME COLUMN {column} TO other")

        with pytest.raises(UnableToReadSource, match=f"{table} has no column {column}"):
            importing.run()
