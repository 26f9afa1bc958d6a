"""The catalogue in pages: products are made, priced, worded, put on sale and taken off; what was bought stays."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from domain.access.role import Role
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.test_desk import hidden, send, words
from tests.web.admin.test_marketing import acts
from tests.web.portal.browser import Clock
from web.admin.settings import Admin


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(admin: Admin, owner: OperatorBrowser) -> Desk:
    """An account that has bought standard."""
    return open_desk(admin)


@pytest.fixture(scope="module")
def marketing(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of somebody in marketing."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.MARKETING)


TYPED = {
    "kind": "subscription",
    "period": "month",
    "minutes": "300",
    "trial_days": "7",
    "trial_minutes": "30",
    "prices": "599.00 RUB, 6.99 EUR",
    "name_en": "Monthly plus",
    "name_de": "Monatlich plus",
    "description_de": "300 Minuten im Monat",
    "reason": "the autumn offer",
}


@pytest.fixture
def product(marketing: OperatorBrowser, desk: Desk) -> str:
    """A product that is not on sale yet."""
    product_id = f"plus-{uuid4().hex[:8]}"
    form = hidden(marketing.get("/product/new"), "/product/new") | TYPED | {"product_id": product_id}
    assert send(marketing, "/product/new", form).headers["location"] == f"/product?id={product_id}&done=made"
    return product_id


def change(browser: OperatorBrowser, product: str, action: str, **typed: str) -> Any:
    """Send a form of a product's page."""
    page = browser.get(f"/product?id={product}")
    form = page.text.rsplit(f'method="post" action="{action}"', 1)[1]
    return send(browser, action, hidden(page, action) | last_fields(form) | typed)


def last_fields(form: str) -> dict[str, str]:
    """Return the hidden fields of a form that begins here."""
    return hidden(type("Page", (), {"text": f'method="post" action="x"{form}'})(), "x")


class TestProduct:
    def test_is_made_and_shown_before_it_is_on_sale(self, marketing: OperatorBrowser, product: str, desk: Desk) -> None:
        page = words(marketing.get(f"/product?id={product}"))

        assert "Monthly plus not on sale" in page
        assert "Monatlich plus" in page
        assert "599,00 RUB pro Monat" in page or "599,00 ₽" in page
        [row] = desk.harness.minutes.select("SELECT * FROM product WHERE id = :id", id=product)
        assert (row["kind"], row["period"], row["granted_seconds"], row["is_active"]) == (
            "subscription",
            "month",
            18_000,
            False,
        )
        assert (row["trial_days"], row["trial_seconds"]) == (7, 1_800)

    def test_goes_on_sale_and_off(self, marketing: OperatorBrowser, product: str, desk: Desk) -> None:
        answers = [change(marketing, product, "/product/switch", reason=why) for why in ("it begins", "it is over")]

        assert [answer.headers["location"].rsplit("=")[-1] for answer in answers] == ["offered", "withdrawn"]
        assert [act["action"] for act in acts(desk, f"product:{product}")] == [
            "product.create",
            "product.offer",
            "product.withdraw",
        ]

    def test_of_a_known_id_is_refused_and_keeps_what_was_typed(self, marketing: OperatorBrowser, product: str) -> None:
        form = hidden(marketing.get("/product/new"), "/product/new") | TYPED | {"product_id": product}

        answer = send(marketing, "/product/new", form)

        assert answer.status_code == 409
        assert "already" in words(answer)
        assert 'value="300 Minuten im Monat"' in answer.text

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("minutes", "0"),
            ("prices", "many"),
            ("prices", "0 RUB"),
            ("prices", "1.999 RUB"),
            ("period", ""),
            ("trial_minutes", ""),
            ("name_de", ""),
        ],
    )
    def test_that_is_wrong_is_refused_beside_the_field(
        self, marketing: OperatorBrowser, desk: Desk, name: str, value: str
    ) -> None:
        form = hidden(marketing.get("/product/new"), "/product/new") | TYPED | {"product_id": "wrong", name: value}

        answer = send(marketing, "/product/new", form)

        assert answer.status_code == 409
        assert f'id="{name}-error"' in answer.text
        assert marketing.get("/product?id=wrong").status_code == 404

    def test_is_changed_by_marketing_and_owners_alone(self, admin: Admin, clock: Clock, product: str) -> None:
        with OperatorBrowser(admin, clock) as support:
            support.enter(Role.SUPPORT)

            page = support.get(f"/product?id={product}")
            answer = support.send_form("/product/price", {"id": product, "form_id": "12345678", "price": "1 RUB"})

            assert "Change a price" not in words(page)
            assert answer.status_code == 403


class TestPrice:
    def test_that_changes_leaves_a_row_and_what_was_bought_alone(self, marketing: OperatorBrowser, desk: Desk) -> None:
        before = desk.order()["list_price_minor"]

        answer = change(marketing, "standard", "/product/price", price="799.00 RUB", reason="it is worth it")

        assert answer.headers["location"] == "/product?id=standard&done=priced"
        [row] = desk.harness.minutes.select(
            "SELECT price_change.* FROM price_change JOIN product ON product.number = product WHERE product.id = 'standard'"
        )
        assert (row["currency"], row["before_minor"], row["amount_minor"]) == ("RUB", before, 79_900)
        assert row["changed_by"] == marketing.name
        assert desk.order()["list_price_minor"] == before
        assert "RUB 799.00" in words(marketing.get("/product?id=standard"))

    def test_that_somebody_else_has_changed_meanwhile_is_left_alone(
        self, marketing: OperatorBrowser, owner: OperatorBrowser, product: str, desk: Desk
    ) -> None:
        page = marketing.get(f"/product?id={product}")
        form = last_fields(page.text.rsplit('method="post" action="/product/price"', 1)[1])
        change(owner, product, "/product/price", price="499 RUB", reason="first")

        answer = send(marketing, "/product/price", form | {"price": "299 RUB", "reason": "second"})

        assert answer.status_code == 409
        assert "has changed meanwhile" in words(answer)
        prices = desk.harness.minutes.select(
            "SELECT amount_minor FROM price JOIN product ON number = product WHERE id = :id AND currency = 'RUB'",
            id=product,
        )
        assert prices == [{"amount_minor": 49_900}]

    def test_sent_twice_has_one_effect(self, marketing: OperatorBrowser, product: str, desk: Desk) -> None:
        page = marketing.get(f"/product?id={product}")
        form = last_fields(page.text.rsplit('method="post" action="/product/price"', 1)[1])
        form |= {"price": "7.99 EUR", "reason": "a little more"}

        answers = [send(marketing, "/product/price", form) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        changes = desk.harness.minutes.select(
            "SELECT before_minor, amount_minor FROM price_change JOIN product ON number = product"
            " WHERE product.id = :id AND currency = 'EUR' ORDER BY price_change.id",
            id=product,
        )
        assert changes == [
            {"before_minor": None, "amount_minor": 699},
            {"before_minor": 699, "amount_minor": 799},
        ]

    def test_of_one_currency_goes_and_the_last_one_stays(
        self, marketing: OperatorBrowser, product: str, desk: Desk
    ) -> None:
        gone = change(marketing, product, "/product/price", do="withdraw", currency="EUR", reason="not there")
        kept = change(marketing, product, "/product/price", do="withdraw", currency="RUB", reason="not there either")

        assert gone.status_code == 303
        assert kept.status_code == 409
        assert "A product has a price" in words(kept) or "a product has a price" in words(kept)


class TestWording:
    def test_changes_what_buyers_of_a_language_see(self, marketing: OperatorBrowser, product: str) -> None:
        answer = change(
            marketing, product, "/product/wording", locale="es", name="Mensual", description="Un mes", reason="spanish"
        )

        page = words(marketing.get(answer.headers["location"]))
        assert "The wording is changed." in page
        assert "Mensual Un mes" in page
