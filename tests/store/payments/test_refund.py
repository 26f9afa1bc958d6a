"""Refunds and disputes: what is saved is what is found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from domain.gateway.dispute import DisputeStatus
from domain.money import Money
from domain.payments.dispute import Dispute
from domain.payments.refund import Refund, RefundOrigin, RefundStatus
from store.engine import Engine
from store.payments.dispute import add_dispute, find_dispute, find_disputes, save_dispute
from store.payments.refund import add_refund, find_open_refunds, find_refund, find_refunds, save_refund
from store.reading import reading
from store.transaction import transaction
from tests.store.payments.ordering import MINUTE, NOW, filled, order, refund

FROZEN, SENT, UNKNOWN = RefundStatus.FROZEN, RefundStatus.SENT, RefundStatus.UNKNOWN
SUCCEEDED, FAILED = RefundStatus.SUCCEEDED, RefundStatus.FAILED

DISPUTE = Dispute(
    order_id="o",
    gateway="stripe",
    dispute_ref="dp_1",
    status=DisputeStatus.OPEN,
    amount=Money(69_900, "RUB"),
    reason="fraudulent",
    message_id=3,
    opened_at=NOW - MINUTE,
    recorded_at=NOW,
)


@pytest.fixture
def shop(engine: Engine) -> Engine:
    """A store with orders `o` and `other`."""
    return filled(engine, order("o"), order("other"))


def add(engine: Engine, *refunds: Refund) -> None:
    """Write refunds in one transaction."""
    with transaction(engine) as session:
        for each in refunds:
            add_refund(session, each)


def found(engine: Engine, refund_id: str = "r") -> Refund:
    """A refund as it is stored."""
    with reading(engine) as session:
        stored = find_refund(session, refund_id)
    assert stored is not None
    return stored


class TestAddRefund:
    def test_is_found_as_it_was_given(self, shop: Engine) -> None:
        wanted = refund(
            refund_ref="re_1",
            origin=RefundOrigin.GATEWAY,
            status=SUCCEEDED,
            amount=Money(2_501, "KWD"),
            void_seconds=0,
            is_waived=True,
            is_full=True,
            reason="по просьбе",
            succeeded_at=NOW - MINUTE,
            buyer_snapshot={"email": "a@b.c", "customer": None, "locale": "ru"},
        )

        add(shop, wanted)

        assert found(shop) == wanted

    def test_is_not_written_twice(self, shop: Engine) -> None:
        add(shop, refund(refund_ref="re_1"))

        with pytest.raises(IntegrityError, match="refund_ref"):
            add(shop, refund("another", refund_ref="re_1"))

        add(shop, refund("elsewhere", refund_ref="re_1", gateway="paypal"))
        with pytest.raises(IntegrityError, match="refund_pkey"):
            add(shop, refund())

    def test_leaves_those_without_a_ref_to_themselves(self, shop: Engine) -> None:
        add(shop, refund("a"), refund("b"))

        assert [found(shop, refund_id).refund_ref for refund_id in "ab"] == [None, None]


class TestSaveRefund:
    @pytest.mark.parametrize("status", RefundStatus)
    def test_saves_all_of_it_and_of_no_other(self, shop: Engine, status: RefundStatus) -> None:
        add(shop, refund(), refund("untouched"))
        changed = refund(status=status, refund_ref="re_1", failure="late", needs_review=True, updated_at=NOW + MINUTE)

        with transaction(shop) as session:
            save_refund(session, changed)

        assert found(shop) == changed
        assert found(shop, "untouched") == refund("untouched")


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
    def test_finds_by_our_id_first(
        self, shop: Engine, refund_id: str | None, gateway: str | None, ref: str | None, expected: str | None
    ) -> None:
        add(shop, refund("b", refund_ref="re_b"), refund("a"))

        with reading(shop) as session:
            stored = find_refund(session, refund_id, gateway=gateway, ref=ref)

        assert (stored.id if stored else None) == expected

    def test_finds_all_of_an_order_the_oldest_first(self, shop: Engine) -> None:
        add(
            shop,
            refund("new", created_at=NOW + MINUTE),
            refund("b"),
            refund("a"),
            refund("foreign", order_id="other"),
        )

        with reading(shop) as session:
            assert [each.id for each in find_refunds(session, "o")] == ["a", "b", "new"]
            assert find_refunds(session, "nothing") == []


class TestOpenRefunds:
    @pytest.fixture
    def waiting(self, shop: Engine) -> Engine:
        """Refunds of each status, changed one minute after another, and one that needs review."""
        statuses = [UNKNOWN, SENT, FROZEN, SUCCEEDED, FAILED]
        later = [NOW + minute * MINUTE for minute in range(len(statuses))]
        add(
            shop,
            *(refund(str(status), status=status, updated_at=at) for status, at in zip(statuses, later, strict=True)),
            refund("to review", status=UNKNOWN, needs_review=True, updated_at=NOW - timedelta(days=1)),
        )
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
            add_dispute(session, DISPUTE)

            assert find_dispute(session, "stripe", "dp_1") == DISPUTE
            assert find_dispute(session, "paypal", "dp_1") is None
            assert find_dispute(session, "stripe", "dp_2") is None

    @pytest.mark.parametrize("status", [DisputeStatus.WON, DisputeStatus.LOST])
    def test_end_one_way_or_the_other(self, shop: Engine, status: DisputeStatus) -> None:
        another = replace(DISPUTE, dispute_ref="dp_2")
        closed = replace(DISPUTE, status=status, closed_at=NOW + MINUTE)
        with transaction(shop) as session:
            add_dispute(session, DISPUTE)
            add_dispute(session, another)

            save_dispute(session, closed)

            assert find_disputes(session, "o") == [closed, another]
            assert find_disputes(session, "other") == []
