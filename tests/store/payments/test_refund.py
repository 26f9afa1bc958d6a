"""Refunds and disputes: what is kept is what is found, and an end is never lost."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from domain.money import Money
from domain.payments.dispute import Dispute
from domain.payments.refund import Refund, RefundStatus
from store.engine import Engine
from store.payments.dispute import add_dispute, close_dispute, find_dispute, is_disputed
from store.payments.refund import add_refund, find_open_refunds, find_refund, find_refunds, save_refund
from store.reading import reading
from store.transaction import transaction
from tests.store.payments.ordering import MINUTE, NOW, order, refund, select, stocked

FROZEN, SENT, UNKNOWN = RefundStatus.FROZEN, RefundStatus.SENT, RefundStatus.UNKNOWN
SUCCEEDED, FAILED = RefundStatus.SUCCEEDED, RefundStatus.FAILED

DISPUTE = Dispute("o", "stripe", "dp_1", "open", Money(69_900, "RUB"), "fraudulent", 3)


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """A store with orders `o` and `other`."""
    return stocked(engine, order("o"), order("other"))


def keep(engine: Engine, *refunds: Refund) -> None:
    """Write refunds in one transaction."""
    with transaction(engine) as session:
        for each in refunds:
            add_refund(session, each)


def found(engine: Engine, refund_id: str = "r") -> Refund:
    """A refund as it is kept."""
    with reading(engine) as session:
        kept = find_refund(session, refund_id)
    assert kept is not None
    return kept


class TestAddRefund:
    def test_is_found_as_it_was_given(self, shop: Engine) -> None:
        wanted = refund(
            refund_ref="re_1",
            origin="gateway",
            status=SUCCEEDED,
            amount=Money(2_501, "KWD"),
            void_seconds=0,
            is_waived=True,
            is_full=True,
            reason="по просьбе",
        )

        keep(shop, wanted)

        assert found(shop) == wanted

    def test_keeps_when_the_gateway_settled_it(self, shop: Engine) -> None:
        with transaction(shop) as session:
            add_refund(session, refund("a", status=SUCCEEDED), settled_at=NOW - MINUTE)
            add_refund(session, refund("b"))

        assert select(shop, "SELECT settled_at FROM refund ORDER BY id") == [(NOW - MINUTE,), (None,)]

    def test_is_not_written_twice(self, shop: Engine) -> None:
        keep(shop, refund(refund_ref="re_1"))

        with pytest.raises(IntegrityError, match="refund_ref"):
            keep(shop, refund("another", refund_ref="re_1"))

        keep(shop, refund("elsewhere", refund_ref="re_1", gateway="paypal"))
        with pytest.raises(IntegrityError, match="refund_pkey"):
            keep(shop, refund())

    def test_leaves_those_without_a_ref_to_themselves(self, shop: Engine) -> None:
        keep(shop, refund("a"), refund("b"))

        assert [found(shop, refund_id).refund_ref for refund_id in "ab"] == [None, None]


class TestFindRefund:
    @pytest.mark.parametrize(
        ("refund_id", "gateway", "ref", "expected"),
        [
            ("a", None, None, "a"),
            (None, "stripe", "re_b", "b"),
            ("a", "stripe", "re_b", "a"),
            ("elsewhere", "stripe", "re_b", "b"),
            (None, "paypal", "re_b", None),
            (None, "stripe", None, None),
            (None, None, "re_b", None),
            (None, None, None, None),
            ("elsewhere", None, None, None),
        ],
    )
    @pytest.mark.parametrize("locks", [False, True])
    def test_finds_by_our_id_first(
        self,
        shop: Engine,
        refund_id: str | None,
        gateway: str | None,
        ref: str | None,
        expected: str | None,
        locks: bool,
    ) -> None:
        keep(shop, refund("b", refund_ref="re_b"), refund("a"))

        with transaction(shop) as session:
            kept = find_refund(session, refund_id, gateway=gateway, ref=ref, locks=locks)

        assert (kept.id if kept else None) == expected

    def test_finds_all_of_an_order_the_oldest_first(self, shop: Engine) -> None:
        keep(
            shop,
            refund("new", created_at=NOW + MINUTE),
            refund("b"),
            refund("a"),
            refund("foreign", order_id="other"),
        )

        with reading(shop) as session:
            assert [each.id for each in find_refunds(session, "o")] == ["a", "b", "new"]
            assert find_refunds(session, "nothing") == []


class TestKeepRefund:
    @pytest.mark.parametrize("status", RefundStatus)
    def test_keeps_how_far_it_is_and_nothing_else(self, shop: Engine, status: RefundStatus) -> None:
        keep(shop, refund())

        with transaction(shop) as session:
            save_refund(session, "r", status=status, at=NOW)

        assert found(shop) == refund(status=status)

    def test_keeps_the_first_ref_that_is_told(self, shop: Engine) -> None:
        keep(shop, refund())
        with transaction(shop) as session:
            save_refund(session, "r", status=SENT, at=NOW, ref="re_1")
            save_refund(session, "r", status=SUCCEEDED, at=NOW, ref="re_2")
            save_refund(session, "r", status=SUCCEEDED, at=NOW)

        assert found(shop).refund_ref == "re_1"

    def test_dates_the_call_by_the_first_with_its_key(self, shop: Engine) -> None:
        keep(shop, refund())
        with transaction(shop) as session:
            save_refund(session, "r", status=FROZEN, at=NOW)
        assert found(shop).called_at is None

        with transaction(shop) as session:
            save_refund(session, "r", status=SENT, at=NOW + MINUTE, is_call=True)
            save_refund(session, "r", status=UNKNOWN, at=NOW + 2 * MINUTE, is_call=True)
            save_refund(session, "r", status=UNKNOWN, at=NOW + 3 * MINUTE)

        assert found(shop).called_at == NOW + MINUTE

    def test_keeps_when_it_was_settled_and_why_it_failed(self, shop: Engine) -> None:
        keep(shop, refund())
        with transaction(shop) as session:
            save_refund(session, "r", status=SUCCEEDED, at=NOW, settled_at=NOW - MINUTE)
            save_refund(session, "r", status=FAILED, at=NOW, failure="account closed")
            save_refund(session, "r", status=FAILED, at=NOW)

        assert found(shop) == refund(status=FAILED, failure="account closed", settled_at=NOW - MINUTE)
        assert select(shop, "SELECT settled_at FROM refund") == [(NOW - MINUTE,)]

    def test_puts_it_before_a_person_until_there_are_news(self, shop: Engine) -> None:
        keep(shop, refund())
        with transaction(shop) as session:
            save_refund(session, "r", status=UNKNOWN, at=NOW, is_in_question=True)
        assert found(shop).needs_review

        with transaction(shop) as session:
            save_refund(session, "r", status=SUCCEEDED, at=NOW)

        assert not found(shop).needs_review


class TestOpenRefunds:
    @pytest.fixture
    def waiting(self, shop: Engine) -> Engine:
        """Refunds of each status, looked at one minute after another, and one in question."""
        statuses = [UNKNOWN, SENT, FROZEN, SUCCEEDED, FAILED]
        keep(shop, *(refund(str(status)) for status in statuses), refund("in question"))
        with transaction(shop) as session:
            for minute, status in enumerate(statuses):
                save_refund(session, status, status=status, at=NOW + minute * MINUTE)
            save_refund(session, "in question", status=UNKNOWN, at=NOW - MINUTE, is_in_question=True)
        return shop

    @pytest.mark.parametrize(
        ("gateways", "minutes", "limit", "expected"),
        [
            (["stripe"], 60, 10, ["unknown", "sent", "frozen"]),
            (["paypal", "stripe"], 60, 2, ["unknown", "sent"]),
            (["stripe"], 1, 10, ["unknown"]),
            (["stripe"], 0, 10, []),
            (["paypal"], 60, 10, []),
            ([], 60, 10, []),
        ],
    )
    def test_are_those_under_way_the_longest_waiting_first(
        self, waiting: Engine, gateways: list[str], minutes: int, limit: int, expected: list[str]
    ) -> None:
        with reading(waiting) as session:
            rows = find_open_refunds(session, gateways=gateways, before=NOW + minutes * MINUTE, limit=limit)

        assert rows == [(refund_id, "stripe") for refund_id in expected]


class TestDisputes:
    def test_are_found_as_they_were_given(self, shop: Engine) -> None:
        with transaction(shop) as session:
            add_dispute(session, DISPUTE, at=NOW)

            assert find_dispute(session, "stripe", "dp_1") == DISPUTE
            assert find_dispute(session, "paypal", "dp_1") is None
            assert find_dispute(session, "stripe", "dp_2") is None

    @pytest.mark.parametrize(("is_won", "state"), [(True, "won"), (False, "lost")])
    def test_end_one_way_or_the_other(self, shop: Engine, is_won: bool, state: str) -> None:
        with transaction(shop) as session:
            add_dispute(session, DISPUTE, at=NOW)
            add_dispute(session, replace(DISPUTE, dispute_ref="dp_2"), at=NOW)

            close_dispute(session, "stripe", "dp_1", is_won=is_won, at=NOW + MINUTE)

        rows = select(shop, "SELECT dispute_ref, status, opened_at, closed_at FROM dispute ORDER BY id")
        assert rows == [("dp_1", state, NOW, NOW + MINUTE), ("dp_2", "open", NOW, None)]

    def test_stand_in_the_way_of_refunds_unless_they_are_won(self, shop: Engine) -> None:
        with transaction(shop) as session:
            seen = [is_disputed(session, "o")]
            add_dispute(session, DISPUTE, at=NOW)
            seen.append(is_disputed(session, "o"))
            close_dispute(session, "stripe", "dp_1", is_won=True, at=NOW)
            seen.append(is_disputed(session, "o"))
            add_dispute(session, replace(DISPUTE, dispute_ref="dp_2"), at=NOW)
            close_dispute(session, "stripe", "dp_2", is_won=False, at=NOW)
            seen.append(is_disputed(session, "o"))

            assert seen == [False, True, False, True]
            assert not is_disputed(session, "other")
