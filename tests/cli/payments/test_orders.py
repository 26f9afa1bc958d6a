"""Buying by commands, through the sandbox on the loopback."""

import json

import pytest

from cli.commands.orders import print_refusal
from tests.cli.counter import Counter
from tests.journeys.billing import Billing


class TestPrintRefusal:
    @pytest.mark.parametrize(
        ("answer", "line"),
        [
            ({"order_id": "o", "status": "failed", "code": "card_declined"}, "order o is failed: card_declined\n"),
            ({"order_id": "o", "status": "pending"}, "order o is pending: its outcome is not known yet\n"),
            ({"code": "NothingLeft", "reason": "all is used"}, "refused: NothingLeft: all is used\n"),
        ],
    )
    def test_says_what_became_of_the_order(
        self, answer: dict[str, str], line: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        print_refusal(answer)

        assert capsys.readouterr().out == line


class TestPayLink:
    def test_leads_to_a_paid_order_that_can_be_shown(self, counter: Counter) -> None:
        words = ("--currency", "EUR", "--locale", "ru", "--return-url", "https://screph.example/back", "--save-method")

        link = counter.open_order(*words)

        assert link["url"].startswith(counter.sandbox.url)
        assert (link["amount_minor"], link["currency"], link["status"]) == (799, "EUR", "pending")
        counter.sandbox.pay(counter.checkout_of(link["order_id"]))
        assert counter.billing.json("reconcile", "--recent")["polled"] == {"recent": 1}
        page = counter.billing.json("orders", "show", link["order_id"])
        assert page["order"]["status"] == "paid"
        assert (page["order"]["price"], page["order"]["currency"], page["order"]["title"]) == (
            "7.99",
            "EUR",
            "Стандартный",
        )
        assert (page["order"]["return_url"], page["order"]["saves_method"]) == ("https://screph.example/back", True)
        assert (page["package"]["left_seconds"], page["refunds"], page["disputes"]) == (18_000, [], [])

    def test_opens_an_order_at_the_price_of_a_code(self, counter: Counter) -> None:
        counter.billing("promotions", "codes", "create", "tenth", "--code", "TENTH10", "--percent", "10")

        done = counter.billing("pay-link", "anna", "standard", "--currency", "RUB", "--code", "tenth10", "--json")
        too_many = counter.billing("pay-link", "anna", "standard", *("--code", "TENTH10") * 3)

        assert json.loads(done.stdout)["amount_minor"] == 62_910
        assert (too_many.returncode, "--code: " in too_many.stderr) == (2, True)

    def test_is_printed_for_a_person_on_a_line_of_its_own(self, counter: Counter) -> None:
        done = counter.billing("pay-link", "anna", "starter")

        first, link = done.stdout.splitlines()
        assert done.returncode == 0
        assert first.endswith(": 299.00 RUB through sandbox")
        assert link.startswith(counter.sandbox.url)

    def test_with_the_same_id_is_the_same_link_and_then_paid(self, counter: Counter) -> None:
        first, second = counter.open_order("--id", "wish-1"), counter.open_order("--id", "wish-1")

        assert first == second
        assert counter.sandbox.count("create_checkout") == 1
        other = counter.billing("pay-link", "anna", "premium", "--id", "wish-1")
        assert other.returncode == 2
        assert "used before with other content" in other.stderr
        counter.sandbox.pay(counter.checkout_of(first["order_id"]))
        counter.hear(first["order_id"])
        again = counter.billing("pay-link", "anna", "standard", "--id", "wish-1")
        assert again.returncode == 0
        assert again.stdout == f"order {first['order_id']} is paid already\n"

    def test_is_refused_with_code_and_reason(self, counter: Counter) -> None:
        refused = counter.billing("pay-link", "anna", "tea")
        no_price = counter.billing("pay-link", "anna", "standard", "--currency", "JPY", "--json")
        no_gateway = counter.billing("pay-link", "anna", "standard", "--gateway", "stripe", "--json")

        assert [done.returncode for done in (refused, no_price, no_gateway)] == [1, 1, 1]
        assert refused.stdout == "refused: UnknownProduct: this product is not on offer\n"
        assert json.loads(no_price.stdout)["code"] == "NoPrice"
        assert json.loads(no_gateway.stdout)["reason"] == "gateway stripe is not set up here"

    def test_that_was_refused_is_refused_again_with_the_same_id(self, counter: Counter) -> None:
        first, second = (counter.billing("pay-link", "anna", "tea", "--id", "wish-2", "--json") for _ in range(2))

        assert (first.returncode, second.returncode) == (1, 1)
        assert json.loads(first.stdout) == json.loads(second.stdout)

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--currency", "rub", "--country", "Germany"), ("--currency: ", "--country: ")),
            (("--return-url", "screph.example", "--locale", "_"), ("--return-url: ", "--locale: ")),
        ],
    )
    def test_of_a_wrong_value_is_reported_in_a_sentence(
        self, counter: Counter, words: tuple[str, ...], said: tuple[str, str]
    ) -> None:
        done = counter.billing("pay-link", "anna", "standard", *words)

        assert done.returncode == 2
        assert all(part in done.stderr for part in said)
        assert done.stderr.count("\n") == 1
        assert counter.harness.minutes.select("SELECT id FROM orders") == []

    def test_that_the_gateway_did_not_answer_for_can_be_asked_for_again(self, counter: Counter) -> None:
        counter.sandbox.plan("create_checkout", "error_after_commit")

        done = counter.billing("pay-link", "anna", "standard", "--id", "wish-3")

        assert done.returncode == 2
        assert "with --id wish-3" in done.stderr
        again = counter.open_order("--id", "wish-3")
        assert again["url"]
        assert len(counter.harness.minutes.select("SELECT id FROM orders")) == 1

    def test_repeated_gives_the_first_answer_even_if_its_gateway_is_not_set_up_any_more(
        self, counter: Counter, alone: Billing
    ) -> None:
        order_id = counter.open_order("--id", "wish-4")["order_id"]

        again = alone.json("pay-link", "anna", "standard", "--id", "wish-4")

        assert again["order_id"] == order_id
        assert again["url"]

    def test_of_an_unreachable_database_is_reported(self) -> None:
        done = Billing({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})("pay-link", "anna", "standard")

        assert done.returncode == 2
        assert "the database cannot be reached" in done.stderr


class TestOrders:
    def test_are_listed_by_account_and_state(self, counter: Counter) -> None:
        paid = counter.bought()
        counter.open_order()
        newest = counter.open_order()["order_id"]

        def listed(*words: str) -> list[str]:
            return [line["id"] for line in counter.billing.json("orders", "list", *words)["orders"]]

        assert listed("--account", counter.harness.account) == [paid]
        assert listed("--state", "paid") == [paid]
        assert listed("--limit", "1") == [newest]
        assert len(listed()) == 3
        assert listed("--account", "nobody") == []
        assert counter.billing("orders", "list", "--state", "half").returncode == 2
        assert counter.billing("orders", "list", "--limit", "-1").returncode == 2

    def test_are_listed_page_by_page(self, counter: Counter) -> None:
        opened = [counter.open_order()["order_id"] for _ in range(3)]

        first = counter.billing.json("orders", "list", "--limit", "2")
        second = counter.billing.json("orders", "list", "--limit", "2", "--cursor", first["next_cursor"])

        pages = [[line["id"] for line in page["orders"]] for page in (first, second)]
        assert pages == [opened[:0:-1], opened[:1]]
        assert second["next_cursor"] is None
        assert f"more: --cursor {first['next_cursor']}" in counter.billing("orders", "list", "--limit", "2").stdout
        wrong = counter.billing("orders", "list", "--cursor", "yesterday")
        assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
        assert "this is not a cursor" in wrong.stderr

    def test_are_shown_to_people_and_named_by_their_beginning(self, counter: Counter) -> None:
        order_id = counter.bought()
        counter.harness.refund(order_id, 100, reason="[ticket 7]")

        table = counter.billing("orders", "list").stdout
        shown = counter.billing("orders", "show", order_id[:8])

        assert order_id[:8] in table
        assert shown.returncode == 0
        assert order_id in shown.stdout
        for said in ("699.00 RUB", "(Standard)", "Refunds", "[ticket", "Package"):
            assert said in shown.stdout

    @pytest.mark.parametrize(
        "words",
        [
            ("orders", "show", "4711"),
            ("refund", "4711-4711-4711", "--quote"),
            ("dispute", "4711-4711", "--ref=r", "--state=open", "--reason=x"),
        ],
    )
    def test_that_are_unknown_are_reported_in_a_sentence(self, alone: Billing, words: tuple[str, ...]) -> None:
        done = alone(*words)

        assert done.returncode == 2
        assert done.stderr.startswith("billing: there is no order 4711")
        assert done.stderr.count("\n") == 1
