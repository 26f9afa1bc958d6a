"""Refunds and disputes by commands, through the sandbox on the loopback."""

import json
from getpass import getuser

import pytest

from tests.cli.counter import Counter
from tests.journeys.billing import Billing


class TestRefund:
    def test_is_quoted_before_anything_happens(self, counter: Counter) -> None:
        order_id = counter.bought()

        quoted = counter.billing.json("refund", order_id, "--quote", "--amount", "100")

        assert (quoted["amount"], quoted["refundable"], quoted["currency"]) == ("100.00", "699.00", "RUB")
        assert (quoted["void_seconds"], quoted["is_full"]) == (2_576, False)
        assert "699.00 RUB may be refunded" in counter.billing("refund", order_id, "--quote").stdout
        assert counter.harness.refunds(order_id) == []
        assert counter.available_seconds() == 18_000

    @pytest.mark.parametrize("said", [("--reason", " "), ("--reason", "it broke", "--by", "")])
    def test_by_nobody_or_for_no_reason_is_refused(self, counter: Counter, said: tuple[str, ...]) -> None:
        order_id = counter.bought()

        done = counter.billing("refund", order_id, *said)

        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1
        assert counter.harness.refunds(order_id) == []

    def test_of_a_part_takes_its_minutes_and_of_the_rest_all_that_is_left(self, counter: Counter) -> None:
        order_id = counter.bought()

        part = counter.billing.json("refund", order_id, "--amount", "100.00", "--reason", "a gift", "--by", "olga")
        again = counter.available_seconds()
        rest = counter.billing.json("refund", order_id, "--reason", "all of it")

        assert (part["status"], part["amount_minor"], part["void_seconds"]) == ("succeeded", 10_000, 2_576)
        assert again == 18_000 - 2_576
        assert (rest["status"], rest["amount_minor"]) == ("succeeded", 59_900)
        assert counter.available_seconds() == 0
        first, second = counter.billing.json("orders", "show", order_id)["refunds"]
        assert (first["amount"], first["requested_by"], first["reason"]) == ("100.00", "olga", "a gift")
        assert (second["amount"], second["requested_by"], second["reason"]) == ("599.00", getuser(), "all of it")
        assert counter.sandbox.books() == {"RUB": (69_900, 69_900)}
        done = counter.billing("refund", order_id, "--reason", "more")
        assert done.returncode == 1
        assert done.stdout.startswith("refused: NothingLeft: ")

    def test_may_leave_the_minutes(self, counter: Counter) -> None:
        order_id = counter.bought()

        done = counter.billing("refund", order_id, "--reason", "an apology", "--waive-minutes")

        assert done.returncode == 0
        assert done.stdout.startswith("699.00 RUB is given back, 0 s of minutes with it")
        assert counter.available_seconds() == 18_000

    def test_with_the_same_id_gives_back_once(self, counter: Counter) -> None:
        order_id = counter.bought()
        words = ("refund", order_id, "--amount", "10", "--reason", "x", "--by", "olga", "--id", "back-1")

        first, second = counter.billing.json(*words), counter.billing.json(*words)

        assert first == second
        assert counter.sandbox.books() == {"RUB": (69_900, 1_000)}

    def test_that_the_gateway_did_not_answer_for_is_asked_again_with_the_same_id(self, counter: Counter) -> None:
        order_id = counter.bought()
        counter.sandbox.plan("refund", "error_after_commit")
        words = ("refund", order_id, "--reason", "x", "--by", "olga", "--id", "back-2")

        done = counter.billing(*words)

        assert done.returncode == 2
        assert "with --id back-2" in done.stderr
        assert counter.billing.json(*words)["status"] == "succeeded"
        assert counter.sandbox.books() == {"RUB": (69_900, 69_900)}

    def test_that_is_pending_is_on_its_way_and_frozen(self, counter: Counter) -> None:
        order_id = counter.bought()
        counter.sandbox.hold_refunds = True

        done = counter.billing("refund", order_id, "--reason", "x")

        assert done.returncode == 0
        assert "699.00 RUB is on its way" in done.stdout
        assert counter.available_seconds() == 0
        assert counter.harness.refunds(order_id)[0]["status"] == "sent"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--amount", "1.005", "--reason", "x"), "--amount: "),
            (("--amount", "ten", "--reason", "x"), "'ten' is not an amount"),
            (("--amount", "0", "--reason", "x"), "0 is not above 0"),
            (("--amount=-5", "--reason", "x"), "-5 is not above 0"),
            ((), "say by --reason why"),
            (("--reason", "x" * 501), "--reason: "),
        ],
    )
    def test_of_a_wrong_value_is_reported_in_a_sentence(
        self, counter: Counter, words: tuple[str, ...], said: str
    ) -> None:
        order_id = counter.bought()

        done = counter.billing("refund", order_id, *words)

        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1

    def test_of_what_was_not_paid_or_is_too_much_is_refused(self, counter: Counter) -> None:
        open_id, paid_id = counter.harness.buy(currency="RUB")["order_id"], counter.bought()

        unpaid = counter.billing("refund", open_id, "--reason", "x", "--json")
        quoted = counter.billing("refund", open_id, "--quote", "--json")
        too_much = counter.billing("refund", paid_id, "--amount", "700", "--reason", "x", "--json")

        assert [done.returncode for done in (unpaid, quoted, too_much)] == [1, 1, 1]
        assert [json.loads(done.stdout)["code"] for done in (unpaid, quoted, too_much)] == [
            "NotPaid",
            "NotPaid",
            "TooMuch",
        ]

    @pytest.mark.parametrize("words", [("--quote",), ("--reason", "x")])
    def test_waits_for_no_gateway_that_is_not_set_up_any_more(
        self, counter: Counter, alone: Billing, words: tuple[str, ...]
    ) -> None:
        order_id = counter.bought()

        done = alone("refund", order_id, *words)

        assert done.returncode == 2
        assert "gateway sandbox is not set up" in done.stderr


class TestDispute:
    def test_freezes_and_frees_what_is_left(self, counter: Counter) -> None:
        order_id = counter.bought()
        words = ("dispute", order_id, "--ref", "letter-1", "--reason", "not me")

        opened = counter.billing.json(*words, "--state", "open")
        frozen = counter.available_seconds()
        won = counter.billing(*words, "--state", "won")

        assert opened == {"order_id": order_id, "dispute_ref": "letter-1", "state": "open"}
        assert frozen == 0
        assert won.returncode == 0
        assert "5 h 00 m left" in won.stdout
        assert counter.available_seconds() == 18_000
        # What is decided stays decided.
        assert counter.billing.json(*words, "--state", "lost")["state"] == "won"
        [dispute] = counter.billing.json("orders", "show", order_id)["disputes"]
        assert (dispute["status"], dispute["amount"], dispute["currency"]) == ("won", "699.00", "RUB")

    def test_that_is_lost_voids_the_minutes(self, counter: Counter) -> None:
        order_id = counter.bought()

        lost = counter.billing.json("dispute", order_id, "--ref", "r", "--state", "lost", "--reason", "x")

        assert lost["state"] == "lost"
        assert counter.available_seconds() == 0

    def test_about_an_order_that_is_not_paid_is_reported_in_a_sentence(self, counter: Counter) -> None:
        order_id = counter.harness.buy(currency="RUB")["order_id"]

        done = counter.billing("dispute", order_id, "--ref", "r", "--state", "open", "--reason", "x")

        assert done.returncode == 2
        assert f"{counter.harness.account} has no paid order {order_id}" in done.stderr
