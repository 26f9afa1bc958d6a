"""Rows and records: a field is the column of its name, money is two, and an id may stand in another row."""

from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, Column, ForeignKey, Insert, Integer, MetaData, Table, Text, Update, select

from domain.money import Money
from store.records import changed_names, columns_of, insert_of, record_of, update_of, values_of

OWNER = Table("owner", MetaData(), Column("number", Integer), Column("id", Text))
OWNED = Table("owned", OWNER.metadata, Column("id", Text), Column("owner", Integer, ForeignKey("owner.number")))

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


@dataclass(frozen=True, slots=True)
class Owned:
    """A record with an id that stands in its owner's row alone."""

    id: str
    owner_id: str | None


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


class TestIdsOfOtherRows:
    def test_are_read_by_the_number_of_the_row(self) -> None:
        query = select(*columns_of(Owned, OWNED)).where(OWNED.c.id == "a")

        assert " ".join(str(query).split()) == (
            "SELECT owned.id, (SELECT owner.id FROM owner WHERE owner.number = owned.owner) AS owner_id"
            " FROM owned WHERE owned.id = :id_1"
        )
        assert record_of(Owned, OWNED, {"id": "a", "owner_id": "olga"}) == Owned("a", "olga")

    def test_are_written_as_the_number_of_the_row(self) -> None:
        assert sql(insert_of(Owned, OWNED), "id", "owner_id") == (
            "INSERT INTO owned (id, owner) VALUES (:id, (SELECT owner.number FROM owner WHERE owner.id = :owner_id))"
        )
        assert values_of(Owned("a", None), OWNED) == {"id": "a", "owner_id": None}

    def test_are_changed_as_the_number_of_the_row(self) -> None:
        assert sql(update_of(Owned, OWNED, ("owner_id",))) == (
            "UPDATE owned SET owner=(SELECT owner.number FROM owner WHERE owner.id = :owner_id) WHERE owned.id = :of_id"
        )


class TestChangedNames:
    def test_are_those_of_the_fields_that_differ(self) -> None:
        after = replace(THING, price=Money(90, "RUB"), fee=None)

        assert changed_names(after, THING) == ("price", "fee")
        assert changed_names(THING, THING) == ()

    def test_choose_the_columns_that_are_written(self) -> None:
        assert values_of(THING, TABLE, ("fee",)) == {"fee_minor": 3, "fee_currency": "USD"}


def sql(statement: Insert | Update, *columns: str) -> str:
    """Return the text of a statement in one line, as it is executed with values for some columns."""
    return " ".join(str(statement.compile(column_keys=columns)).split())
