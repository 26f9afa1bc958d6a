"""A receipt of an account without a mail address goes to the one that the buyer gave the gateway."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.notices.notice import NoticeKind
from tests.domain.notices.contents import filled
from tests.workers.notices.harness import NoticesHarness
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from workers.payments.erase import erase_old

AT_GATEWAY = "anna@wallet.example"
RECEIPTS = [kind for kind in NoticeKind if kind.is_receipt]


@pytest.fixture
def payments(harness: NoticesHarness) -> PaymentHarness:
    """A shop whose gateway asks its buyers for their mail address; the account of `harness` buys there."""
    fill_catalogue(harness.engine)
    payments = fresh_harness(harness.engine)
    payments.memory.buyer_email = AT_GATEWAY
    harness.minutes = payments.minutes
    return payments


def owe(harness: NoticesHarness, kind: NoticeKind, order_id: str) -> None:
    """Owe a notice about an order, which is no subscription's."""
    content: Any = filled(kind)
    there = {"subscription_id": None} if kind is NoticeKind.PURCHASE_RECEIPT else {}
    harness.owe(kind, replace(content, order_id=order_id, **there))


class TestAReceiptWithoutAnAccountsAddress:
    @pytest.mark.parametrize("kind", RECEIPTS)
    def test_goes_to_the_address_of_the_payment(
        self, harness: NoticesHarness, payments: PaymentHarness, kind: NoticeKind
    ) -> None:
        order_id, _ = payments.bought()

        owe(harness, kind, order_id)

        assert [one.to for one in harness.mail.received] == [AT_GATEWAY]

    def test_is_nobodys_where_the_payment_is_of_another_order(
        self, harness: NoticesHarness, payments: PaymentHarness
    ) -> None:
        payments.bought()
        payments.memory.buyer_email = None
        order_id, _ = payments.bought("month")

        owe(harness, NoticeKind.PURCHASE_RECEIPT, order_id)

        [row] = harness.notices()
        assert (row["state"], row["reason"]) == ("dropped", "no address is known")

    def test_is_the_only_notice_that_goes_there(self, harness: NoticesHarness, payments: PaymentHarness) -> None:
        order_id, _ = payments.bought()

        owe(harness, NoticeKind.DISPUTE, order_id)

        assert harness.states() == [("dispute", "dropped")]

    def test_goes_to_the_accounts_as_soon_as_it_has_one(
        self, harness: NoticesHarness, payments: PaymentHarness
    ) -> None:
        order_id, _ = payments.bought()
        harness.describe(email=harness.email)

        owe(harness, NoticeKind.PURCHASE_RECEIPT, order_id)

        assert [one.to for one in harness.mail.received] == [harness.email]

    def test_does_not_go_there_where_the_accounts_was_refused_for_good(
        self, harness: NoticesHarness, payments: PaymentHarness
    ) -> None:
        order_id, _ = payments.bought()
        harness.describe(email=harness.email)
        harness.mail.answers["RCPT"] = "550 5.1.1 nobody"
        owe(harness, NoticeKind.PURCHASE_RECEIPT, order_id)
        harness.mail.answers.clear()

        owe(harness, NoticeKind.REFUND, order_id)

        assert harness.mail.received == []

    def test_is_nobodys_once_the_address_is_erased(self, harness: NoticesHarness, payments: PaymentHarness) -> None:
        order_id, _ = payments.bought()
        assert payments.order(order_id)["buyer_snapshot"]["gateway_email"] == AT_GATEWAY

        later = datetime.now(UTC) + timedelta(days=400)
        erase_old(replace(payments.context, clock=lambda: later, retention=timedelta(days=399)))
        owe(harness, NoticeKind.PURCHASE_RECEIPT, order_id)

        assert payments.order(order_id)["buyer_snapshot"] is None
        assert harness.states() == [("purchase_receipt", "dropped")]
