"""`billing products …`: the catalogue by commands, and files that are no catalogue."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.commands.catalogue import UnableToImport, amount, read_catalogue
from domain.money import Money
from tests.journeys.billing import Billing


@pytest.fixture
def alone(database_url: str) -> Billing:
    return Billing({"DATABASE_URL": database_url})


def offer(**changes: Any) -> dict[str, Any]:
    """Return a product as a file gives it; a field that is set to None is left out."""
    given = {
        "id": "month",
        "minutes": 50,
        "valid_days": 30,
        "prices": {"RUB": "199.50", "KWD": "0.750", "JPY": "300"},
        "wordings": {"ru": {"name": "Месяц"}, "en": {"name": "Month", "description": "30 days"}},
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


class TestCatalogue:
    def test_of_the_demonstration_is_screphs(self, alone: Billing) -> None:
        packages = ["starter", "standard", "premium", "professional"]
        assert alone.json("products", "demo") == {"written": [*packages, "weekly", "monthly"]}
        assert alone("products", "demo").returncode == 0

        listed = alone.json("products", "list")

        assert [(p["id"], p["seconds"] // 60, p["prices"]["RUB"], p["prices"]["USD"]) for p in listed[:4]] == [
            ("starter", 100, "299.00", "3.99"),
            ("standard", 300, "699.00", "7.99"),
            ("premium", 600, "1199.00", "13.99"),
            ("professional", 1200, "1999.00", "22.99"),
        ]
        assert [p["wordings"]["ru"]["name"] for p in listed[:4]] == [
            "Стартовый",
            "Стандартный",
            "Премиум",
            "Профессиональный",
        ]
        assert listed[0]["wordings"]["en"]["name"] == "Starter"
        assert [(p["kind"], p["period"]) for p in listed[4:]] == [("subscription", "week"), ("subscription", "month")]
        assert all(p["prices"]["EUR"] == p["prices"]["USD"] and p["valid_days"] is None for p in listed)

    def test_is_imported_and_what_is_listed_can_be_imported_again(self, alone: Billing, tmp_path: Path) -> None:
        file = tmp_path / "catalogue.json"
        file.write_text(json.dumps([offer(), offer(id="second", minutes=None, seconds=90, valid_days=None)]))

        assert alone.json("products", "import", str(file)) == {"written": ["month", "second"]}

        first = alone("products", "list", "--json").stdout
        file.write_text(first)
        assert alone("products", "import", str(file)).returncode == 0
        assert json.loads(alone("products", "list", "--json").stdout) == json.loads(first)
        month = alone.json("products", "show", "month")
        assert month["prices"] == {"RUB": "199.50", "KWD": "0.750", "JPY": "300"}
        assert (month["seconds"], month["valid_days"], month["kind"]) == (3000, 30, "one_off")
        assert month["wordings"]["ru"] == {"name": "Месяц", "description": ""}

    def test_has_trials_that_are_shown_and_can_be_imported_again(self, alone: Billing, tmp_path: Path) -> None:
        file = tmp_path / "catalogue.json"
        plan = offer(kind="subscription", period="month", valid_days=None, trial_days=14, trial_minutes=30)
        file.write_text(json.dumps([plan]))
        assert alone("products", "import", str(file)).returncode == 0

        file.write_text(alone("products", "list", "--json").stdout)
        assert alone("products", "import", str(file)).returncode == 0

        month = alone.json("products", "show", "month")
        assert (month["trial_days"], month["trial_seconds"]) == (14, 1_800)
        assert "every month, the first 14 days free with 30 m" in alone("products", "show", "month").stdout

    def test_is_shown_to_people_with_prices_as_they_write_them(self, alone: Billing) -> None:
        alone("products", "demo")

        printed = alone("products", "show", "premium").stdout
        listed = alone("products", "list").stdout

        assert "1,199.00\u00a0RUB" in printed
        assert "Премиум" in printed
        assert "professional" in listed

    def test_offers_a_product_no_longer_and_again(self, alone: Billing) -> None:
        alone("products", "demo")

        assert alone("products", "deactivate", "starter").returncode == 0
        active = [p["id"] for p in alone.json("products", "list", "--active")]
        assert active == ["standard", "premium", "professional", "weekly", "monthly"]
        assert alone.json("products", "show", "starter")["is_active"] is False

        assert alone.json("products", "activate", "starter") == {"id": "starter", "is_active": True}
        assert len(alone.json("products", "list", "--active")) == 6


class TestFaults:
    @pytest.mark.parametrize(
        "words",
        [
            ("products", "show", "tea"),
            ("products", "activate", "tea"),
            ("products", "deactivate", "tea"),
        ],
    )
    def test_of_an_unknown_product_are_reported(self, alone: Billing, words: tuple[str, ...]) -> None:
        done = alone(*words)

        assert done.returncode == 2
        assert done.stderr == "billing: there is no product tea; see `billing products list`\n"

    def test_of_a_file_are_reported_and_nothing_is_written(self, alone: Billing, tmp_path: Path) -> None:
        file = tmp_path / "catalogue.json"
        file.write_text(json.dumps([offer(), offer(id="other", prices={"RUR": "1.00"})]))

        done = alone("products", "import", str(file))

        assert done.returncode == 2
        assert "product 2, price in RUR: 'RUR' is no currency that is in use" in done.stderr
        assert done.stderr.count("\n") == 1
        assert alone.json("products", "list") == []


class TestReading:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"[", "is not JSON"),
            (b"\xff\xfe\xfa", "is not JSON"),
            (b"{}", "is no array"),
            (b"[" * 100_000, "is not JSON"),
            (b'[{"id": "a", "id": "b"}]', "'id' stands twice"),
            (b'[{"prices": {"RUB": "1.00", "RUB": "2.00"}}]', "'RUB' stands twice"),
            (b'["tea"]', "product 1: "),
        ],
    )
    def test_refuses_what_is_no_list_of_products(self, tmp_path: Path, content: bytes, said: str) -> None:
        file = tmp_path / "catalogue.json"
        file.write_bytes(content)

        with pytest.raises(UnableToImport, match=said):
            read_catalogue(file)

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UnableToImport, match="cannot be read: No such file"):
            read_catalogue(tmp_path / "nothing.json")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"prices": {"RUB": 199.5}}, "prices.RUB: .*valid string"),
            ({"prices": {"RUB": "199.505"}}, "price in RUB: .*cannot be written with 2"),
            ({"prices": {"JPY": "1.5"}}, "price in JPY: .*JPY has 0 decimals, as in 29900"),
            ({"prices": {"RUB": "1e3"}}, "'1e3' is not an amount"),
            ({"prices": {"RUB": "0.00"}}, "'0.00' is not above 0"),
            ({"prices": {"RUB": "-1.00"}}, "'-1.00' is not above 0"),
            ({"prices": {"RUB": "99999999999.00"}}, "up to 10000000000.00"),
            ({"prices": {"rub": "1.00"}}, "'rub' is no currency"),
            ({"prices": {"DEM": "1.00"}}, "'DEM' is no currency that is in use"),
            ({"prices": {}}, "prices: "),
            ({"prices": None}, "prices: Field required"),
            ({"wordings": {}}, "wordings: "),
            ({"wordings": {"not a tag": {"name": "x"}}}, "wordings"),
            ({"wordings": {"en": {"name": ""}}}, "wordings.en.name"),
            ({"wordings": {"en": {"name": "x", "description": "nul \0"}}}, "wordings.en.description"),
            ({"minutes": None}, "exactly one of `seconds` and `minutes`"),
            ({"seconds": 60}, "exactly one of `seconds` and `minutes`"),
            ({"minutes": 0}, "minutes"),
            ({"minutes": "50"}, "minutes"),
            ({"valid_days": 0}, "valid_days"),
            ({"kind": "gift"}, "kind"),
            ({"id": ""}, "id"),
            ({"is_active": "no"}, "is_active"),
            ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ],
    )
    def test_says_what_is_wrong_with_a_product(self, tmp_path: Path, changes: dict[str, Any], said: str) -> None:
        file = tmp_path / "catalogue.json"
        file.write_text(json.dumps([offer(**changes)]))

        with pytest.raises(UnableToImport, match=f"product 1.*{said}"):
            read_catalogue(file)

    def test_takes_the_example_of_the_page(self, tmp_path: Path) -> None:
        page = (Path(__file__).parents[3] / "domain" / "catalogue" / "README.md").read_text()
        file = tmp_path / "products.json"
        file.write_text(page.split("```json\n")[1].split("```")[0])

        monthly, standard = read_catalogue(file)

        assert (monthly.kind, monthly.period, monthly.trial_seconds) == ("subscription", "month", 1_800)
        assert (standard.kind, standard.period, standard.valid_days) == ("one_off", None, 365)

    def test_refuses_an_id_that_stands_twice(self, tmp_path: Path) -> None:
        file = tmp_path / "catalogue.json"
        file.write_text(json.dumps([offer(), offer()]))

        with pytest.raises(UnableToImport, match="product 2: there is another month before it"):
            read_catalogue(file)


class TestAmount:
    @pytest.mark.parametrize(
        ("money", "printed"),
        [
            (Money(119_900, "RUB"), "1,199.00\u00a0RUB"),
            (Money(5, "USD"), "0.05\u00a0USD"),
            (Money(1_000, "JPY"), "1,000\u00a0JPY"),
            (Money(1_005, "KWD"), "1.005\u00a0KWD"),
            (Money(1_005, "IQD"), "1.005\u00a0IQD"),
            (Money(10**12 - 1, "RUB"), "9,999,999,999.99\u00a0RUB"),
        ],
    )
    def test_loses_no_digit(self, money: Money, printed: str) -> None:
        assert amount(money) == printed

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"trial_days": 14}, "a trial says trial_seconds or trial_minutes"),
            (
                {"trial_days": 14, "trial_minutes": 1, "trial_seconds": 60},
                "a trial says trial_seconds or trial_minutes",
            ),
            ({"trial_minutes": 30}, "say trial_days as well"),
            ({"trial_days": 14, "trial_seconds": 0}, "greater than 0"),
            ({"trial_days": 0, "trial_seconds": 60}, "greater than 0"),
        ],
    )
    def test_refuses_a_trial_that_is_half_a_trial(self, tmp_path: Path, changes: dict[str, int], said: str) -> None:
        file = tmp_path / "catalogue.json"
        file.write_text(json.dumps([offer(kind="subscription", period="month", **changes)]))

        with pytest.raises(UnableToImport, match=said):
            read_catalogue(file)
