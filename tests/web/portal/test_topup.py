"""Auto top-up in the portal: set by a form that says what is wrong with it, and explained when it has stopped."""

import uuid

import httpx
import pytest

from domain.gateway.decline import Decline, Retry
from tests.web.portal.test_buying import Shop, saved, shop
from tests.web.portal.test_pages import words

__all__ = ["shop"]


def send(shop: Shop, action: str = "on", **changes: str) -> httpx.Response:
    """Press a button of the form."""
    form = {
        "minutes": "10",
        "product_id": "standard",
        "method_id": "",
        "max_per_day": "3",
        "max_money": "",
        "form_id": str(uuid.uuid4()),
        "action": action,
    }
    return shop.browser.send_form("/topup", form | changes, of="/topup")


def row(shop: Shop) -> dict[str, object]:
    """The row of the account's auto top-up."""
    [found] = shop.harness.minutes.select(
        "SELECT topup.* FROM topup JOIN account ON number = account WHERE account.id = :account"
    )
    return found


class TestTopup:
    def test_wants_a_card_first(self, shop: Shop) -> None:
        page = shop.browser.get("/topup")

        assert "нужна сохранённая карта" in words(page)
        assert 'href="/subscription/method"' in page.text
        assert send(shop).status_code == 409

    def test_is_switched_on_and_buys_at_once_when_little_is_left(self, shop: Shop) -> None:
        saved(shop.harness)

        assert send(shop, max_money="1500,50").headers["location"] == "/topup"

        assert (row(shop)["threshold_seconds"], row(shop)["max_minor_per_day"]) == (600, 150_050)
        text = words(shop.browser.get("/topup"))
        assert "включено Когда остаётся меньше 10 мин, минуты покупаются сами." in text
        assert "Осталось 5 ч" in words(shop.browser.get("/"))
        assert len(shop.harness.memory.vault.charges) == 1

    def test_by_two_presses_buys_once(self, shop: Shop) -> None:
        saved(shop.harness)
        form_id = str(uuid.uuid4())

        statuses = {send(shop, form_id=form_id).status_code for _ in range(3)}

        assert statuses == {303}
        assert len(shop.harness.memory.vault.charges) == 1

    def test_shows_what_is_set_and_is_switched_off(self, shop: Shop) -> None:
        method_id = saved(shop.harness)
        send(shop, minutes="25", method_id=str(method_id), max_per_day="2")

        page = shop.browser.get("/topup").text
        assert 'value="25"' in page
        assert f'<option value="{method_id}" selected>' in page
        send(shop, "off")

        assert row(shop)["is_on"] is False
        assert "выключено" in words(shop.browser.get("/topup"))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("minutes", ""),
            ("minutes", "0"),
            ("minutes", "-5"),
            ("minutes", "1.5"),
            ("minutes", "٣"),
            ("minutes", "600001"),
            ("max_per_day", "25"),
            ("max_per_day", "x"),
            ("max_money", "much"),
            ("max_money", "-1"),
            ("max_money", "1.234"),
        ],
    )
    def test_says_which_field_is_wrong_and_keeps_what_was_typed(self, shop: Shop, field: str, value: str) -> None:
        saved(shop.harness)

        answer = send(shop, **{field: value})

        assert answer.status_code == 400
        assert f'id="{field}-error"' in answer.text
        assert f'value="{value}"' in answer.text
        assert len(shop.harness.memory.vault.charges) == 0

    def test_refuses_a_limit_that_buys_nothing(self, shop: Shop) -> None:
        saved(shop.harness)

        answer = send(shop, max_money="100")

        assert answer.status_code == 409
        assert "Суммы на день не хватает" in words(answer)

    def test_that_has_stopped_says_why(self, shop: Shop) -> None:
        saved(shop.harness)
        shop.harness.memory.vault.declines.append(Decline(Retry.NEVER, "stolen"))

        send(shop)

        text = words(shop.browser.get("/topup"))
        assert "остановлено" in text
        assert "Банк отклонил списание" in text

    def test_by_somebody_elses_card_is_refused(self, shop: Shop) -> None:
        saved(shop.harness)

        assert send(shop, method_id="999999999").status_code == 409
