"""Plans of the hot path: each row is looked up, so that a batch costs the same however many accounts there are."""

import pytest
from sqlalchemy import text

from store.engine import Engine
from store.hot_path import HOT_PATH
from store.json_rows import text_array
from store.reading import reading
from store.transaction import transaction


def fill_with_accounts(engine: Engine) -> None:
    """Let there be three thousand accounts with a package each."""
    with transaction(engine) as session:
        session.execute(
            text("""
                INSERT INTO account (id) SELECT number::text FROM generate_series(1, 3000) AS number;
                INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)
                SELECT gen_random_uuid(), number, 'promo', 10, now(), 60, 60 FROM account;
                ANALYZE account, package
            """)
        )


def plan_of(engine: Engine, name: str, **values: str) -> str:
    """How PostgreSQL would run a statement of the hot path."""
    statement = HOT_PATH[name]
    for value, literal in values.items():
        statement = statement.replace(f":{value}", f"'{literal}'")
    with reading(engine) as session:
        return "\n".join(row[0] for row in session.connection().exec_driver_sql(f"EXPLAIN {statement}"))


class TestBooks:
    def test_are_opened_by_looking_up_each_account(self, engine: Engine) -> None:
        fill_with_accounts(engine)

        plan = plan_of(engine, "read_books", ids=text_array(map(str, range(1, 501))))

        # Both indexes of ids find one; the second one is for beginnings, too.
        assert "Index Scan using account_id" in plan or "Index Scan using account_beginning" in plan, plan
        assert "Index Scan using package_with_left" in plan, plan
        assert "Seq Scan" not in plan

    @pytest.mark.parametrize(("name", "key"), [("packages", "package_pkey"), ("accounts", "account_pkey")])
    def test_are_saved_without_reading_those_of_others(self, engine: Engine, name: str, key: str) -> None:
        fill_with_accounts(engine)

        plan = plan_of(engine, f"save_{name}", **{name: "[]"})

        assert f"Index Scan using {key}" in plan, plan
        assert "Seq Scan" not in plan
