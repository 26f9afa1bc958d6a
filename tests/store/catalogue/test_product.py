"""The catalogue: what is saved is what is found, in its order, and a price is never left over."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money
from domain.periods import PeriodUnit
from store.catalogue.product import save_products, set_active
from store.catalogue.read import find_priced, find_product, list_products
from store.engine import Engine
from store.reading import reading
from store.transaction import transaction
from tests.store.payments.ordering import select

STANDARD = Product(
    "standard",
    ProductKind.ONE_OFF,
    18_000,
    None,
    prices={"RUB": Money(69_900, "RUB"), "JPY": Money(1_000, "JPY"), "KWD": Money(2_501, "KWD")},
    wordings={"ru": Wording("Стандартный", "5 часов"), "en": Wording('"Standard" \\ & <more>')},
)
MONTH = Product(
    "month",
    ProductKind.SUBSCRIPTION,
    6_000,
    30,
    is_active=False,
    prices={"RUB": Money(0, "RUB")},
    period=PeriodUnit.MONTH,
    trial_days=7,
    trial_seconds=1_800,
)


def save(engine: Engine, *products: Product) -> None:
    """Write products in one transaction."""
    with transaction(engine) as session:
        save_products(session, products)


def catalogue(engine: Engine, *, only_active: bool = False) -> list[Product]:
    """What is on offer, or was."""
    with reading(engine) as session:
        return list_products(session, only_active=only_active)


class TestSaveProducts:
    def test_are_found_as_they_were_given_and_in_that_order(self, engine: Engine) -> None:
        save(engine, STANDARD, MONTH)

        assert catalogue(engine) == [STANDARD, MONTH]

    def test_nothing_is_nothing(self, engine: Engine) -> None:
        save(engine)

        assert catalogue(engine) == []

    def test_twice_changes_nothing(self, engine: Engine) -> None:
        save(engine, STANDARD, MONTH)
        save(engine, STANDARD, MONTH)

        assert catalogue(engine) == [STANDARD, MONTH]

    def test_again_replaces_everything_of_a_product(self, engine: Engine) -> None:
        save(engine, STANDARD)
        other = Product(
            "standard",
            ProductKind.SUBSCRIPTION,
            60,
            7,
            is_active=False,
            prices={"EUR": Money(799, "EUR")},
            wordings={"de": Wording("Norm")},
            period=PeriodUnit.YEAR,
        )

        save(engine, other)

        assert catalogue(engine) == [other]
        assert select(engine, "SELECT currency, amount_minor FROM price") == [("EUR", 799)]

    def test_leaves_other_products_alone_and_comes_after_them(self, engine: Engine) -> None:
        new = Product("new", ProductKind.ONE_OFF, 1, None)
        save(engine, MONTH, STANDARD)

        save(engine, new)

        assert catalogue(engine) == [MONTH, STANDARD, new]

    def test_can_turn_the_order_round(self, engine: Engine) -> None:
        save(engine, STANDARD, MONTH)
        save(engine, MONTH, STANDARD)

        assert catalogue(engine) == [MONTH, STANDARD]

    def test_keeps_large_prices_to_the_last_unit(self, engine: Engine) -> None:
        price = Money(2**63 - 1, "RUB")
        save(engine, Product("dear", ProductKind.ONE_OFF, 1, None, prices={"RUB": price}))

        assert catalogue(engine)[0].prices["RUB"] == price

    def test_numbers_each_product_once(self, engine: Engine) -> None:
        save(engine, STANDARD, MONTH)
        before = select(engine, "SELECT id, number FROM product ORDER BY id")

        save(engine, MONTH, STANDARD)

        assert select(engine, "SELECT id, number FROM product ORDER BY id") == before
        assert len({number for _, number in before}) == 2

    def test_is_all_or_nothing(self, engine: Engine) -> None:
        save(engine, STANDARD)
        impossible = Product("none", ProductKind.ONE_OFF, 0, None)

        with pytest.raises(IntegrityError, match="product_grant_positive"):
            save(engine, Product("standard", ProductKind.ONE_OFF, 1, None), impossible)

        assert catalogue(engine) == [STANDARD]


class TestListProducts:
    def test_finds_only_what_is_on_offer_if_asked_so(self, engine: Engine) -> None:
        save(engine, STANDARD, MONTH)

        assert catalogue(engine, only_active=True) == [STANDARD]

    def test_finds_one_whether_it_is_on_offer_or_not(self, engine: Engine) -> None:
        save(engine, STANDARD, MONTH)

        with reading(engine) as session:
            found = [find_product(session, product_id) for product_id in ("standard", "month", "nothing", "")]

        assert found == [STANDARD, MONTH, None, None]

    def test_finds_one_with_its_prices_alone(self, engine: Engine) -> None:
        free = Product("free", ProductKind.ONE_OFF, 1, None)
        save(engine, STANDARD, MONTH, free)

        with reading(engine) as session:
            found = [find_priced(session, product_id) for product_id in ("standard", "month", "free", "nothing")]

        assert found == [replace(STANDARD, wordings={}), replace(MONTH, wordings={}), free, None]
        assert found[0] is not None
        assert list(found[0].prices) == list(STANDARD.prices)


class TestSetActive:
    @pytest.mark.parametrize("is_active", [True, False])
    def test_changes_that_one_and_that_alone(self, engine: Engine, is_active: bool) -> None:
        save(engine, STANDARD, MONTH)

        with transaction(engine) as session:
            assert set_active(session, "month", is_active=is_active)

        assert [product.is_active for product in catalogue(engine)] == [True, is_active]
        assert catalogue(engine)[0] == STANDARD

    def test_says_that_there_is_none(self, engine: Engine) -> None:
        with transaction(engine) as session:
            assert not set_active(session, "nothing", is_active=True)
