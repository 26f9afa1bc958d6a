"""Rows and records: a field is the column of its name, and money is two."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, MetaData, Table, Text

from domain.money import Money
from store.records import columns_of, record_of, values_of

TABLE = Table(
    "thing",
    MetaData(),
    Column("id", Text),
    Column("currency", Text),
    Column("price_minor", BigInteger),
    Column("list_price_minor", BigInteger),
    Column("fee_minor", BigInteger),
    Column("fee_currency", Text),
    Column("unused", Text),
)


@dataclass(frozen=True, slots=True)
class Thing:
    """A record with money in the row's currency, and a fee in its own."""

    id: str
    price: Money
    list_price: Money
    fee: Money | None = None


THING = Thing("a", Money(100, "RUB"), Money(150, "RUB"), Money(3, "USD"))
ROW = {
    "id": "a",
    "price_minor": 100,
    "currency": "RUB",
    "list_price_minor": 150,
    "fee_minor": 3,
    "fee_currency": "USD",
}


class TestRecords:
    def test_need_each_of_their_columns_once_and_no_other(self) -> None:
        assert [column.name for column in columns_of(Thing, TABLE)] == list(ROW)

    def test_are_written_by_column(self) -> None:
        assert values_of(THING, TABLE) == ROW
        assert values_of(Thing("a", THING.price, THING.price), TABLE)["fee_currency"] is None

    def test_are_read_by_column(self) -> None:
        assert record_of(Thing, TABLE, ROW) == THING
        assert record_of(Thing, TABLE, ROW | {"fee_minor": None, "fee_currency": None}).fee is None
