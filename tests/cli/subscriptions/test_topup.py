"""Auto top-up by commands, through the sandbox on the loopback."""

from tests.cli.counter import Counter
from tests.cli.payments.test_methods import saved


class TestTopup:
    def test_is_set_shown_and_switched_off(self, counter: Counter) -> None:
        method = saved(counter)
        counter.billing("grant", "anna", "--minutes", "60")
        words = ("--below", "600", "--product", "standard", "--method", str(method), "--max-money", "2000.00")

        answer = counter.billing.json("topup", "set", "anna", *words, "--currency", "RUB")

        assert (answer["is_on"], answer["max_minor_per_day"], answer["cooldown_seconds"]) == (True, 200_000, 3_600)
        shown = counter.billing("topup", "show", "anna")
        assert "10 m\n" in shown.stdout
        assert "3 of a UTC day, and 2000.00 RUB" in shown.stdout
        off = counter.billing("topup", "set", "anna", "--off")
        assert (off.returncode, off.stdout) == (0, "auto top-up of anna is off\n")
        assert counter.billing.json("topup", "show", "anna")["is_on"] is False

    def test_buys_at_once_where_the_balance_is_low(self, counter: Counter) -> None:
        saved(counter)

        counter.billing.json("topup", "set", "anna", "--below", "600", "--product", "starter", "--currency", "RUB")

        [order] = counter.billing.json("orders", "list", "--account", "anna")["orders"]
        assert (order["product_id"], order["status"]) == ("starter", "paid")

    def test_that_cannot_be_set_exits_1_with_the_reason(self, counter: Counter) -> None:
        counter.billing("grant", "anna", "--minutes", "60")

        done = counter.billing("topup", "set", "anna", "--below", "600", "--product", "standard")

        assert done.returncode == 1
        assert done.stdout.startswith("refused: NoMethod: ")

    def test_that_was_never_set_is_one_sentence(self, counter: Counter) -> None:
        counter.billing("grant", "anna", "--minutes", "60")

        done = counter.billing("topup", "show", "anna")

        assert (done.returncode, done.stdout) == (2, "")
        assert "account anna never had an auto top-up" in done.stderr
