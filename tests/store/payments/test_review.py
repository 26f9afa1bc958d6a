"""Review items: whatever needs a person is shown, and nothing that does not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.refund import RefundStatus
from domain.payments.webhook import WebhookState
from store.engine import Engine
from store.payments.order import mark_polled
from store.payments.refund import add_refund
from store.payments.review import ReviewItem, review_items, review_queries
from store.payments.totals import save_totals
from store.payments.webhook import finish_webhook, save_webhook
from store.reading import reading
from store.transaction import transaction
from tests.store.explaining import explained
from tests.store.payments.ordering import MINUTE, NOW, filled, order, payment, refund, review, select, update
from tests.store.payments.test_webhook import ARRIVED

DAY = datetime(2026, 11, 22, tzinfo=UTC)
NEXT_DAY = DAY + timedelta(days=1)
INSTANT = timedelta(microseconds=1)


def found(engine: Engine, *, now: datetime = NOW) -> list[ReviewItem]:
    """What a person should review."""
    with reading(engine) as session:
        return review_items(session, now=now)


def compared(engine: Engine, theirs: dict[str, tuple[int, int]], *, gateway: str = "stripe") -> list[str]:
    """Compare the totals of the day and return the currencies that differ."""
    with transaction(engine) as session:
        return save_totals(session, DAY, gateway, theirs, next_day=NEXT_DAY, at=NOW)


def paid(engine: Engine, order_id: str, at: datetime) -> None:
    """Let the money of an order come at a moment."""
    with transaction(engine) as session:
        reported = payment(checkout_ref=f"co_{order_id}", payment_ref=f"pi_{order_id}", at=at)
        update(session, order_id, PaymentStatus.PAID, payment=reported)


class TestReviewItems:
    def test_are_none_where_all_is_well(self, engine: Engine) -> None:
        filled(engine, order("pending"), order("paid"))
        paid(engine, "paid", NOW)

        assert found(engine) == []

    def test_show_an_order_that_needs_review(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            review(session, "o", "1.00 RUB was paid", at=NOW)

        assert found(engine) == [ReviewItem("order needs review", "stripe", "o", NOW, "1.00 RUB was paid")]

    def test_show_a_refund_of_unknown_outcome(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            add_refund(session, refund(status=RefundStatus.UNKNOWN, needs_review=True))

        [item] = found(engine)

        assert (item.kind, item.ref, item.since) == ("refund needs review", "r", NOW)
        assert "stay frozen" in item.sentence

    @pytest.mark.parametrize(("minutes", "kinds"), [(59, []), (61, ["refund unknown"])])
    def test_show_a_refund_that_the_gateway_says_nothing_of(
        self, engine: Engine, minutes: int, kinds: list[str]
    ) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            add_refund(session, refund(status=RefundStatus.UNKNOWN, called_at=NOW - minutes * MINUTE))

        assert [item.kind for item in found(engine)] == kinds

    def test_show_a_refund_whose_minutes_were_used_before_it_succeeded(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            add_refund(session, refund(status=RefundStatus.SUCCEEDED, needs_review=True, failure="60 s were used"))

        assert [(item.kind, item.sentence) for item in found(engine)] == [("refund needs review", "60 s were used")]

    @pytest.mark.parametrize(
        ("state", "minutes", "is_shown"),
        [
            ("waiting", 16, True),
            ("unmatched", 16, True),
            ("waiting", 14, False),
            ("applied", 16, False),
            ("ignored", 16, False),
        ],
    )
    def test_show_a_webhook_without_effect_after_a_while(
        self, engine: Engine, state: str, minutes: int, is_shown: bool
    ) -> None:
        with transaction(engine) as session:
            save_webhook(session, ARRIVED, at=NOW)
            finish_webhook(session, ARRIVED, state=WebhookState(state), note=None if state == "waiting" else "no order")
            session.execute(text("UPDATE webhook SET received_at = :at"), {"at": NOW - minutes * MINUTE})

        items = found(engine)

        assert [item.kind for item in items] == ["webhook without effect"] * is_shown
        for item in items:
            said = "it was not followed yet" if state == "waiting" else "no order"
            assert item.sentence == f"{said} (payment_intent.succeeded, tried 1 times)"

    @pytest.mark.parametrize(("minutes", "kinds"), [(59, []), (61, ["paid late"])])
    def test_show_what_was_approved_and_never_paid(self, engine: Engine, minutes: int, kinds: list[str]) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            reported = payment(PaymentStatus.APPROVED)
            update(session, "o", PaymentStatus.APPROVED, payment=reported, at=NOW - minutes * MINUTE)

        assert [item.kind for item in found(engine)] == kinds

    def test_show_what_was_approved_and_never_paid_although_it_is_polled(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            reported = payment(PaymentStatus.APPROVED)
            update(session, "o", PaymentStatus.APPROVED, payment=reported, at=NOW - timedelta(days=1))
            mark_polled(session, "o", at=NOW - MINUTE, before=NOW)

        assert [item.kind for item in found(engine)] == ["paid late"]

    @pytest.mark.parametrize(("days", "kinds"), [(20, []), (22, ["paid late"])])
    def test_leave_money_under_way_its_time(self, engine: Engine, days: int, kinds: list[str]) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            since, reported = NOW - timedelta(days=days), payment(PaymentStatus.APPROVED)
            update(session, "o", PaymentStatus.APPROVED, payment=reported, at=since)
            session.execute(text("UPDATE orders SET under_way_since = :since"), {"since": since})

        assert [item.kind for item in found(engine)] == kinds

    @pytest.mark.parametrize(("hours", "kinds"), [(96, []), (98, ["order unanswered"])])
    def test_show_an_order_that_its_gateway_says_nothing_of(self, engine: Engine, hours: int, kinds: list[str]) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            session.execute(text("UPDATE orders SET created_at = :at"), {"at": NOW - timedelta(hours=hours)})

        assert [item.kind for item in found(engine)] == kinds

    def test_show_the_oldest_first(self, engine: Engine) -> None:
        filled(engine, order("new"), order("old"))
        with transaction(engine) as session:
            review(session, "new", "?", at=NOW)
            review(session, "old", "?", at=NOW - MINUTE)

        assert [item.ref for item in found(engine)] == ["old", "new"]

    @pytest.mark.parametrize(
        ("kind", "index"),
        [
            ("orders", "orders_to_review"),
            ("refunds", "refund_to_review"),
            ("webhooks", "webhook_open"),
            ("totals", "gateway_sum_differs"),
            ("late money", "orders_approved"),
            ("polls", "gateway_poll_unread"),
            ("money under way", "orders_under_way"),
            ("unknown refunds", "refund_open"),
            ("unanswered orders", "orders_of_status"),
        ],
    )
    def test_are_found_by_an_index_that_holds_nothing_else(self, engine: Engine, kind: str, index: str) -> None:
        with reading(engine) as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = explained(session, review_queries(now=NOW)[kind])

        assert index in plan


class TestSaveTotals:
    def test_agree_to_the_last_unit_and_in_every_currency(self, engine: Engine) -> None:
        filled(engine, order("a"), order("b"), order("c", price=Money(1_000, "JPY")))
        for order_id in "abc":
            paid(engine, order_id, DAY)

        assert compared(engine, {"RUB": (139_800, 0), "JPY": (1_000, 0)}) == []
        assert found(engine) == []

    @pytest.mark.parametrize(
        ("theirs", "differing"),
        [
            ({"RUB": (69_901, 0)}, ["RUB"]),
            ({"RUB": (69_899, 0)}, ["RUB"]),
            ({"RUB": (69_900, 1)}, ["RUB"]),
            ({}, ["RUB"]),
            ({"RUB": (69_900, 0), "EUR": (1, 0)}, ["EUR"]),
            ({"USD": (69_900, 0)}, ["RUB", "USD"]),
            ({"RUB": (69_900, 0), "EUR": (0, 0)}, []),
        ],
    )
    def test_tell_the_currencies_that_differ(
        self, engine: Engine, theirs: dict[str, tuple[int, int]], differing: list[str]
    ) -> None:
        filled(engine, order())
        paid(engine, "o", DAY)

        assert compared(engine, theirs) == differing
        assert {item.ref for item in found(engine)} == {f"{currency} 2026-11-22" for currency in differing}

    def test_count_a_day_from_midnight_to_midnight(self, engine: Engine) -> None:
        filled(engine, order("a"), order("b"), order("c"), order("d"))
        for order_id, at in zip("abcd", [DAY - INSTANT, DAY, NEXT_DAY - INSTANT, NEXT_DAY], strict=True):
            paid(engine, order_id, at)

        assert compared(engine, {"RUB": (2 * 69_900, 0)}) == []

    def test_count_refunds_by_the_gateways_own_moment(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            for refund_id, at in [("a", DAY - INSTANT), ("b", DAY), ("c", NEXT_DAY - INSTANT), ("d", NEXT_DAY)]:
                add_refund(session, refund(refund_id, status=RefundStatus.SUCCEEDED, succeeded_at=at))
            for status in set(RefundStatus) - {RefundStatus.SUCCEEDED}:
                add_refund(session, refund(str(status), status=status, succeeded_at=DAY))

        assert compared(engine, {"RUB": (0, 2_000)}) == []

    def test_count_one_gateway_only(self, engine: Engine) -> None:
        filled(engine, order("a"), order("b", gateway="paypal"))
        paid(engine, "a", DAY)
        paid(engine, "b", DAY)

        assert compared(engine, {"RUB": (69_900, 0)}) == []
        assert compared(engine, {"RUB": (69_900, 0)}, gateway="paypal") == []
        assert compared(engine, {}, gateway="yookassa") == []

    def test_do_not_count_what_cost_nothing(self, engine: Engine) -> None:
        filled(engine, order(price=Money(0, "RUB")))
        paid(engine, "o", DAY)

        assert compared(engine, {}) == []

    def test_say_what_is_here_and_what_is_there(self, engine: Engine) -> None:
        filled(engine, order())
        paid(engine, "o", DAY)
        compared(engine, {"RUB": (70_000, 500)})

        [item] = found(engine)

        assert item.sentence == ("captured 69900 here and 70000 there, refunded 0 here and 500 there, in minor units")

    def test_are_settled_by_a_later_comparison(self, engine: Engine) -> None:
        filled(engine, order())
        compared(engine, {"RUB": (69_900, 0)})
        paid(engine, "o", DAY)

        compared(engine, {"RUB": (69_900, 0)})

        assert found(engine) == []
        assert select(engine, "SELECT count(*) FROM gateway_sum") == [(1,)]

    def test_are_settled_when_the_money_is_gone_on_both_sides(self, engine: Engine) -> None:
        compared(engine, {"USD": (100, 0)})

        assert compared(engine, {}) == []
        assert found(engine) == []
