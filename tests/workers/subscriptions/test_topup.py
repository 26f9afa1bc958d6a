"""Auto top-up on the real store: one charge whatever is repeated, killed or at once; limits, declines, and the tick."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.decline import Decline, Retry
from messages.errors import Busy, Unavailable
from messages.minutes.requests import UsageReported
from messages.payments.methods import MethodForgetRequested
from messages.queues import MINUTE_USAGE, PURCHASE, SUBSCRIPTION
from messages.subscriptions.topup import TopupSetRequested
from store.audit.run import audit
from store.engine import Engine, open_engine
from store.payments.method import save_method
from store.transaction import transaction
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.payments.harness import Crash, fill_catalogue
from tests.workers.subscriptions.topup_harness import PRICE, SECONDS, TopupHarness
from workers.queues import minute_usage, subscription


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Engine:
    """The shared database, with products on offer."""
    fill_catalogue(shared_engine)
    return shared_engine


@pytest.fixture
def harness(shop: Engine) -> TopupHarness:
    """An account and a gateway of its own."""
    return TopupHarness(shop)


class TestTopup:
    def test_brings_the_balance_back_by_one_charge(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(401)
        assert harness.due() == 1

        assert harness.check()

        [order] = harness.orders()
        assert (order["status"], order["price_minor"], order["granted_seconds"]) == ("paid", PRICE, SECONDS)
        assert harness.charged() == [PRICE]
        [fact] = harness.payments.minutes.facts("topup.succeeded")
        assert (fact["data"]["order_id"], fact["data"]["available_seconds"]) == (order["id"], 599 + SECONDS)
        assert harness.payments.minutes.facts("balance.changed")[-1]["data"]["available_seconds"] == 599 + SECONDS
        [notice] = harness.internal("notice.owed", kind="topup_done")
        assert notice["data"]["subject"] == order["id"]

    def test_leaves_a_balance_alone_that_is_at_the_threshold(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(400)

        assert not harness.check()
        assert (harness.due(), harness.orders()) == (0, [])

    def test_buys_as_many_units_as_close_the_gap_debt_and_all(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(1_000 + 2 * SECONDS)

        harness.check()

        [order] = harness.orders()
        assert (order["granted_seconds"], order["price_minor"]) == (3 * SECONDS, 3 * PRICE)
        assert order["title"] == "3 × Standard"
        assert harness.payments.minutes.row()["debt_seconds"] == 0
        assert harness.charged() == [3 * PRICE]

    def test_begins_at_once_where_the_balance_is_low_when_it_is_set(self, harness: TopupHarness) -> None:
        harness.set(threshold_seconds=1_001)

        assert harness.charged() == [PRICE]

    def test_is_one_for_a_hundred_usages_at_once(self, harness: TopupHarness) -> None:
        harness.set()
        events = [harness.payments.event(UsageReported, {"seconds": 10}, MINUTE_USAGE) for _ in range(100)]

        with ThreadPoolExecutor(8) as many:
            list(many.map(lambda event: minute_usage.handle(harness.payments.context, [event]), events))
            begun = list(many.map(lambda _: self.check_unless_busy(harness), range(8)))

        assert harness.due() >= 1
        # None, where another one has made the call before whoever began it.
        assert sum(begun) <= 1
        assert harness.charged() == [PRICE]
        assert len(harness.orders()) == 1

    @staticmethod
    def check_unless_busy(harness: TopupHarness) -> bool:
        """Handle a message, which its queue puts off while the charge of another one is under way."""
        try:
            return harness.check()
        except Busy:
            return False

    def test_is_one_for_two_ticks_at_once(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(900)

        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda _: harness.tick(), range(2)))

        assert harness.charged() == [PRICE]

    def test_is_begun_by_the_tick_where_the_message_was_lost(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(900)

        harness.tick()

        assert harness.charged() == [PRICE]

    def test_says_no_more_while_it_is_under_way_or_has_to_wait(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(900)
        harness.check()
        harness.use(SECONDS)

        harness.use(10)

        assert harness.due() == 1
        assert harness.row()["topup_below_seconds"] is None


class TestLimits:
    def test_of_the_cooldown(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(900)
        harness.check()
        harness.use(SECONDS)

        harness.later(seconds=3_590)
        harness.tick()
        assert len(harness.charged()) == 1

        harness.later(seconds=11)
        harness.tick()
        assert len(harness.charged()) == 2

    def test_of_a_day_in_number(self, harness: TopupHarness) -> None:
        at_ten = harness.payments.clock().replace(hour=10, minute=0)
        harness.payments.offset += at_ten + timedelta(days=1) - harness.payments.clock()
        harness.set(max_per_day=2)
        for _ in range(4):
            harness.use(SECONDS)
            harness.tick()
            harness.later(hours=1, seconds=1)
        assert len(harness.charged()) == 2

        harness.later(hours=24)
        harness.tick()
        assert len(harness.charged()) == 3

    def test_of_a_day_in_money(self, harness: TopupHarness) -> None:
        harness.set(max_minor_per_day=2 * PRICE)
        harness.use(1_000 + 5 * SECONDS)

        harness.check()
        harness.later(hours=1, seconds=1)
        harness.tick()

        assert harness.charged()[:1] == [2 * PRICE]

    def test_of_a_day_in_money_are_of_one_currency(self, harness: TopupHarness) -> None:
        harness.set(threshold_seconds=1_001, currency="JPY")
        [in_yen] = harness.charged()
        harness.set(currency="RUB", max_minor_per_day=PRICE)
        harness.use(SECONDS + 900)
        harness.later(hours=1, seconds=1)

        harness.tick()

        assert harness.charged() == [in_yen, PRICE]

    def test_of_a_day_in_money_are_said_again_for_another_currency(self, harness: TopupHarness) -> None:
        harness.set(max_minor_per_day=2 * PRICE)

        assert harness.set(currency="JPY")["code"] == "LimitInOtherCurrency"
        assert (harness.row()["currency"], harness.row()["max_minor_per_day"]) == ("RUB", 2 * PRICE)
        off = harness.set(is_on=False, currency="JPY")
        assert (off["is_on"], off["currency"], off["max_minor_per_day"]) == (False, "RUB", 2 * PRICE)
        answer = harness.set(currency="JPY", max_minor_per_day=3_000)
        assert (answer["currency"], answer["max_minor_per_day"]) == ("JPY", 3_000)

    def test_that_are_too_low_for_anything_are_refused(self, harness: TopupHarness) -> None:
        assert harness.set(max_minor_per_day=PRICE - 1)["code"] == "LimitTooLow"


class TestWaiting:
    def test_for_the_next_day_ends_with_a_higher_limit(self, harness: TopupHarness) -> None:
        harness.set(max_minor_per_day=2 * PRICE)
        harness.use(1_000 + 5 * SECONDS)
        harness.check()
        harness.later(hours=1, seconds=1)
        harness.tick()
        assert harness.charged() == [2 * PRICE]

        harness.set(max_minor_per_day=10 * PRICE)

        assert len(harness.charged()) == 2

    def test_for_the_cooldown_outlasts_whatever_is_set(self, harness: TopupHarness) -> None:
        harness.set(threshold_seconds=1_001)
        harness.use(SECONDS)

        harness.set(threshold_seconds=1_001, max_per_day=9)

        assert harness.charged() == [PRICE]

    def test_for_a_balance_that_falls_when_a_package_ends(self, harness: TopupHarness) -> None:
        harness.execute(f"UPDATE package SET expires_at = now() + interval '2 hours' WHERE {MINE}")
        harness.set()
        assert harness.charged() == []

        harness.later(hours=2, minutes=1)
        harness.tick()

        assert harness.charged() == [PRICE]

    def test_for_nothing_in_particular_looks_again_every_day(self, harness: TopupHarness) -> None:
        harness.set()
        harness.execute(f"UPDATE package SET expires_at = now() + interval '1 hour' WHERE {MINE}")
        harness.later(hours=2)
        harness.tick()
        assert harness.charged() == []

        harness.later(days=1, seconds=1)
        harness.tick()

        assert harness.charged() == [PRICE]


class TestDecline:
    @pytest.mark.parametrize("retry", list(Retry))
    def test_of_any_class_stops_it_and_says_so(self, harness: TopupHarness, retry: Retry) -> None:
        harness.set()
        harness.memory.vault.declines.append(Decline(retry, "of_the_bank"))
        harness.use(900)

        harness.check()
        harness.later(days=2)
        harness.poll()
        harness.use(10)

        assert harness.charged() == []
        assert len(harness.orders()) == 1
        row = harness.row()
        assert (row["is_on"], row["stop"], row["stop_code"], row["order_id"]) == (
            False,
            "declined",
            "of_the_bank",
            None,
        )
        [fact] = harness.payments.minutes.facts("topup.failed")
        assert (fact["data"]["reason"], fact["data"]["code"]) == ("declined", "of_the_bank")
        [notice] = harness.internal("notice.owed", kind="topup_failed")
        assert notice["data"]["subject"] == harness.orders()[0]["id"]

    def test_is_over_when_the_account_switches_it_on_again(self, harness: TopupHarness) -> None:
        harness.set()
        harness.memory.vault.declines.append(Decline(Retry.NEW_METHOD, "card_expired"))
        harness.use(900)
        harness.check()
        harness.add_method()

        harness.set()

        assert harness.charged() == [PRICE]
        assert harness.row()["stop"] is None

    def test_that_comes_late_stops_it(self, harness: TopupHarness) -> None:
        harness.set()
        harness.memory.vault.is_slow = True
        harness.use(900)
        harness.check()
        assert harness.row()["order_id"] is not None

        harness.memory.end_slow_charge(
            next(iter(harness.memory.vault.charges)), decline=Decline(Retry.LATER, "no_money")
        )
        harness.payments.hear_all()
        harness.tick()

        assert harness.row()["stop"] == "declined"

    def test_without_any_method_left_stops_it(self, harness: TopupHarness) -> None:
        harness.set()
        forget = harness.payments.event(MethodForgetRequested, {"method_id": harness.method_id}, PURCHASE)
        harness.payments.handle(forget)
        harness.use(900)

        harness.check()

        assert (harness.row()["stop"], harness.orders()) == ("no_method", [])
        [notice] = harness.internal("notice.owed", kind="topup_failed")
        assert notice["data"]["content"]["title"] == "Standard"

    def test_without_any_product_on_sale_stops_it_and_says_so(self, harness: TopupHarness) -> None:
        harness.set()
        harness.use(900)
        harness.execute("UPDATE product SET is_active = false WHERE id = 'standard'")
        try:
            harness.check()
        finally:
            harness.execute("UPDATE product SET is_active = true WHERE id = 'standard'")

        assert (harness.row()["stop"], harness.orders()) == ("not_for_sale", [])
        [notice] = harness.internal("notice.owed", kind="topup_failed")
        assert notice["data"]["content"].keys() == {"title", "failed_at", "is_burst"}


class TestUnknownOutcome:
    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.UNKNOWN])
    def test_is_asked_for_with_the_same_key_and_nothing_new_begins(self, harness: TopupHarness, fault: Fault) -> None:
        harness.set()
        harness.memory.faults.plan("charge", fault, times=2)
        harness.use(900)

        for _ in range(2):
            with pytest.raises(Unavailable):
                harness.check()
        harness.tick()
        assert len(harness.orders()) == 1

        harness.poll()
        harness.poll()

        assert harness.charged() == [PRICE]
        assert [order["status"] for order in harness.orders()] == ["paid"]
        assert harness.row()["order_id"] is None

    def test_is_asked_for_when_the_message_comes_again(self, harness: TopupHarness) -> None:
        harness.set()
        harness.memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT)
        harness.use(900)
        with pytest.raises(Unavailable):
            harness.check()

        with pytest.raises(Busy):
            # The call before may still be on its way, as after the death of whoever made it.
            harness.check()
        harness.later(seconds=61)
        assert not harness.check()

        assert harness.memory.calls["charge"] == 2
        assert harness.charged() == [PRICE]
        assert (len(harness.orders()), harness.row()["order_id"]) == (1, None)

    def test_of_one_that_was_switched_off_meanwhile_is_settled(self, harness: TopupHarness) -> None:
        harness.set()
        harness.memory.vault.is_slow = True
        harness.use(900)
        harness.check()
        harness.set(is_on=False)

        harness.memory.end_slow_charge(next(iter(harness.memory.vault.charges)))
        harness.payments.hear_all()
        harness.tick()

        assert (harness.row()["order_id"], harness.row()["is_on"]) == (None, False)
        assert len(harness.payments.minutes.facts("topup.succeeded")) == 1

    def test_that_is_pending_blocks_the_next(self, harness: TopupHarness) -> None:
        harness.set()
        harness.memory.vault.is_slow = True
        harness.use(900)
        harness.check()
        harness.later(days=1)

        harness.tick()
        assert len(harness.orders()) == 1

        harness.memory.end_slow_charge(next(iter(harness.memory.vault.charges)))
        harness.payments.hear_all()
        harness.tick()
        assert harness.charged() == [PRICE]
        assert len(harness.payments.minutes.facts("topup.succeeded")) == 1

    @pytest.mark.parametrize("is_after_commit", [True, False])
    @pytest.mark.parametrize("number", range(1, 5))
    def test_of_a_killed_worker_is_one_charge(self, harness: TopupHarness, number: int, is_after_commit: bool) -> None:
        harness.set()
        harness.use(900)
        harness.payments.plug.transactions = number
        harness.payments.plug.is_after_commit = is_after_commit
        with pytest.raises(Crash):
            harness.check()

        harness.poll()
        harness.poll()

        assert harness.charged() == [PRICE]
        assert len(harness.payments.minutes.facts("topup.succeeded")) == 1
        assert (harness.row()["order_id"], harness.row()["sequence"]) == (None, 1)


class TestBug:
    def test_in_one_lets_it_rest_and_the_others_begin(self, shop: Engine, caplog: pytest.LogCaptureFixture) -> None:
        broken, whole = TopupHarness(shop), TopupHarness(shop)
        gateways = dict(broken.payments.context.gateways) | dict(whole.payments.context.gateways)
        for harness in (broken, whole):
            harness.payments.context = replace(harness.payments.context, gateways=gateways)
            harness.set()
            harness.use(900)
        # The number of its next top-up is one that no column takes.
        broken.execute(f"UPDATE topup SET sequence = 2147483647, due_at = '2020-01-01Z' WHERE {MINE}")

        with caplog.at_level(logging.ERROR):
            whole.tick()

        assert (broken.charged(), whole.charged()) == ([], [PRICE])
        assert f"account {broken.payments.account} was cut off" in caplog.text

        broken.execute(f"UPDATE topup SET sequence = 0 WHERE {MINE}")
        broken.tick()
        assert broken.charged() == []
        broken.later(days=1, seconds=1)
        broken.tick()
        assert broken.charged() == [PRICE]


class TestAccount:
    def test_that_is_blocked_is_not_topped_up_before_it_is_free(self, harness: TopupHarness) -> None:
        harness.set()
        set_account(harness, "blocked_at = now()")
        harness.use(900)
        harness.check()
        harness.tick()
        assert harness.orders() == []

        set_account(harness, "blocked_at = NULL")
        harness.tick()
        assert harness.charged() == [PRICE]

    def test_that_is_closed_is_never_topped_up(self, harness: TopupHarness) -> None:
        harness.set()
        set_account(harness, "closed_at = now()")
        harness.use(900)
        harness.tick()

        assert (harness.orders(), harness.row()["stop"]) == ([], "account_closed")
        assert harness.set()["code"] == "AccountClosed"


class TestSetting:
    def test_is_stored_and_answered_the_same_again(self, harness: TopupHarness) -> None:
        said = {"is_on": True, "threshold_seconds": 600, "product_id": "standard", "cooldown_seconds": 7_200}
        event = harness.payments.event(TopupSetRequested, said, SUBSCRIPTION)

        [first], [second] = (subscription.handle(harness.payments.context, [event]) for _ in range(2))

        assert first.answer == second.answer
        assert (first.answer["is_on"], first.answer["cooldown_seconds"], first.answer["max_per_day"]) == (
            True,
            7_200,
            3,
        )

    def test_leaves_what_it_does_not_say_as_it_was(self, harness: TopupHarness) -> None:
        harness.set(cooldown_seconds=7_200, max_per_day=5)

        answer = harness.set(threshold_seconds=300)

        assert (answer["threshold_seconds"], answer["cooldown_seconds"], answer["max_per_day"]) == (300, 7_200, 5)

    def test_says_what_it_needs(self, harness: TopupHarness) -> None:
        assert harness.set(threshold_seconds=None)["code"] == "Incomplete"
        assert harness.set(product_id="monthly")["code"] == "Subscription"
        assert harness.set(product_id="nothing")["code"] == "UnknownProduct"
        assert harness.set(method_id=10**9)["code"] == "NoSuchMethod"

    def test_that_is_switched_off_names_nothing_that_is_not_there(self, harness: TopupHarness) -> None:
        assert harness.set(is_on=False, product_id="nothing")["code"] == "UnknownProduct"
        assert harness.set(is_on=False, method_id=10**9)["code"] == "NoSuchMethod"
        assert harness.set(is_on=False, method_id=harness.method_id)["is_on"] is False

    def test_needs_a_saved_method(self, shop: Engine) -> None:
        harness = TopupHarness(shop)
        forget = harness.payments.event(MethodForgetRequested, {"method_id": harness.method_id}, PURCHASE)
        harness.payments.handle(forget)

        assert harness.set()["code"] == "NoMethod"

    def test_off_ends_it(self, harness: TopupHarness) -> None:
        harness.set()
        harness.set(is_on=False)
        harness.use(900)
        harness.tick()

        assert (harness.orders(), harness.due()) == ([], 0)

    def test_of_a_method_charges_that_one(self, harness: TopupHarness) -> None:
        harness.add_method()
        harness.set(method_id=harness.method_id)
        harness.use(900)
        harness.check()

        [order] = harness.orders()
        assert order["method_id"] == harness.method_id


class TestMethod:
    def test_of_a_gateway_that_takes_the_currency_comes_first(self, harness: TopupHarness) -> None:
        other = MemoryGateway(f"other-{harness.memory.name}")
        gateways = dict(harness.payments.context.gateways) | {other.name: other}
        harness.payments.context = replace(harness.payments.context, gateways=gateways)
        with transaction(harness.payments.engine) as session:
            save_method(session, harness.payments.account, other.name, other.add_method(), at=harness.payments.clock())

        harness.set(threshold_seconds=1_001)

        assert (harness.charged(), other.vault.charges) == ([PRICE], {})

    def test_of_a_gateway_that_charges_nobody_without_the_buyer_is_left_alone(self, harness: TopupHarness) -> None:
        other = MemoryGateway(f"other-{harness.memory.name}")
        context = harness.payments.context
        gateways = dict(context.gateways) | {other.name: other}
        shop = replace(context.shop, without_renewals=frozenset({harness.memory.name}))
        harness.payments.context = replace(context, gateways=gateways, shop=shop)
        assert harness.set()["code"] == "NoMethod"
        with transaction(harness.payments.engine) as session:
            save_method(session, harness.payments.account, other.name, other.add_method(), at=harness.payments.clock())
        assert harness.set(method_id=harness.method_id)["code"] == "NoSuchMethod"

        harness.set(threshold_seconds=1_001)

        assert (harness.charged(), len(other.vault.charges)) == ([], 1)

    def test_of_a_gateway_that_charges_nobody_any_more_stops_it(self, harness: TopupHarness) -> None:
        harness.set(method_id=harness.method_id)
        context = harness.payments.context
        shop = replace(context.shop, without_renewals=frozenset({harness.memory.name}))
        harness.payments.context = replace(context, shop=shop)
        harness.use(900)

        harness.check()

        assert (harness.charged(), harness.row()["stop"]) == ([], "no_method")

    def test_of_a_gateway_that_is_not_set_up_waits(self, harness: TopupHarness) -> None:
        harness.set()
        gateways = harness.payments.context.gateways
        harness.payments.context = replace(harness.payments.context, gateways={})
        harness.use(900)
        harness.tick()
        assert (harness.orders(), harness.row()["is_on"]) == ([], True)

        harness.payments.context = replace(harness.payments.context, gateways=gateways)
        harness.later(minutes=15, seconds=1)
        harness.tick()

        assert harness.charged() == [PRICE]


class TestBurst:
    def test_of_three_in_an_hour_alarms_and_stops(self, database_url: str, caplog: pytest.LogCaptureFixture) -> None:
        # In a database of its own, for what happens here no audit would pass.
        engine = open_engine(database_url)
        fill_catalogue(engine)
        harness = TopupHarness(engine)
        harness.set(max_per_day=10)
        for _ in range(3):
            # Whatever has broken the cooldown: nothing is left of it.
            harness.execute(f"UPDATE topup SET ready_at = NULL, due_at = now() WHERE {MINE}")
            harness.use(SECONDS)
            with caplog.at_level(logging.ERROR):
                harness.tick()

        assert len(harness.charged()) == 3
        assert "was topped up 3 times within an hour" in caplog.text
        assert (harness.row()["is_on"], harness.row()["stop"]) == (False, "burst")
        [notice] = harness.internal("notice.owed", kind="topup_failed")
        assert notice["data"]["subject"] == f"{harness.orders()[-1]['id']}-burst"
        assert notice["data"]["content"]["is_burst"] is True
        assert "topup-not-in-bursts" in {one.invariant.name for one in audit(engine).checks if not one.holds}
        engine.dispose()


def set_account(harness: TopupHarness, what: str) -> None:
    """Change the row of the account by hand."""
    harness.execute(f"UPDATE account SET {what} WHERE id = :account")


MINE = "account = (SELECT number FROM account WHERE id = :account)"
