"""The hot path: each of its statements names the account, so that the store can be distributed by account."""

import re

import pytest
from sqlalchemy import UniqueConstraint

from messages.registry import CONTRACTS
from store.hot_path import HOT_PATH
from store.tables import metadata
from store.tables.messages import MESSAGE_TYPES

BY_ACCOUNT = ("package", "entry", "inbox")
"""The tables that grow with usage."""

NAMED = {
    "insert": r"INSERT INTO {table} \([^)]*\baccount\b[^)]*\)",
    "update": r"UPDATE {table} .*WHERE .*\b(?:{table}\.)?account = ",
    "select": r"\b(?:{table}\.)?account (?:= |IN |\bANY)",
}


class TestStatements:
    @pytest.mark.parametrize("name", HOT_PATH)
    def test_names_the_account_of_every_row(self, name: str) -> None:
        statement = " ".join(HOT_PATH[name].split())

        for table in BY_ACCOUNT:
            for kind, begins in (("insert", "INSERT INTO"), ("update", "UPDATE"), ("select", r"(?:FROM|JOIN)")):
                if re.search(rf"{begins} {table}\b", statement):
                    assert re.search(NAMED[kind].format(table=table), statement), (name, kind, table)
        if re.search(r"(?:FROM|UPDATE|INTO) account\b", statement):
            assert re.search(r"INTO account \(id\)|account\.number = |\bid = ANY|account\.id = ", statement)

    def test_are_all_that_reads_or_writes_those_tables(self) -> None:
        touched = {table for table in BY_ACCOUNT for text in HOT_PATH.values() if re.search(rf"\b{table}\b", text)}

        assert touched == set(BY_ACCOUNT)


class TestKeys:
    @pytest.mark.parametrize("table", BY_ACCOUNT)
    def test_end_with_the_account(self, table: str) -> None:
        rows = metadata.tables[table]
        uniques = [each for each in rows.constraints if isinstance(each, UniqueConstraint)]
        keys = [rows.primary_key.columns.keys(), *(each.columns.keys() for each in uniques)]
        keys += [index.columns.keys() for index in rows.indexes if index.unique]

        assert keys
        assert {key[-1] for key in keys} == {"account"}

    @pytest.mark.parametrize("table", ["entry", "inbox"])
    def test_never_begin_with_the_account_where_every_event_would_write_them(self, table: str) -> None:
        for index in metadata.tables[table].indexes:
            is_partial = index.dialect_options["postgresql"]["where"] is not None
            assert is_partial or index.columns.keys()[0] != "account"


class TestMessageTypes:
    def test_have_a_word_for_every_contract_that_is_claimed(self) -> None:
        claimed = {contract.type for contract in CONTRACTS if contract.queue in ("minute-usage", "purchase", "due")}

        assert claimed <= set(MESSAGE_TYPES)
