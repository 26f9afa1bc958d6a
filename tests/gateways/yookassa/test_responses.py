"""Reading objects: as YooKassa's documents show them, and as it may send them one day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateway.errors import UnableToReach
from domain.gateway.payment import PaymentStatus, SavedMethod
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from gateways.yookassa.amounts import to_wire
from gateways.yookassa.responses import payment_of, refund_of

ID = "2203aa1d-000f-5000-8000-17102541fd31"
PAYMENT: dict[str, Any] = {
    "id": ID,
    "status": "succeeded",
    "paid": True,
    "amount": {"value": "199.00", "currency": "RUB"},
    "income_amount": {"value": "192.04", "currency": "RUB"},
    "captured_at": "2026-11-20T10:12:06.249Z",
    "created_at": "2026-11-20T10:11:41.499Z",
    "metadata": {"order_id": "o1", "cms_name": "x"},
    "payment_method": {
        "type": "bank_card",
        "id": ID,
        "saved": True,
        "status": "active",
        "title": "Bank card *1026",
        "card": {"first6": "220000", "last4": "1026", "expiry_month": "02", "expiry_year": "2028", "card_type": "Mir"},
    },
    "refunded_amount": {"value": "50.00", "currency": "RUB"},
    "refundable": True,
    "a_field_of_next_year": {},
}
REFUND: dict[str, Any] = {
    "id": "216749f7-0016-50be-b000-078d43a63ae4",
    "payment_id": ID,
    "status": "succeeded",
    "amount": {"value": "50.00", "currency": "RUB"},
    "created_at": "2026-11-20T14:00:00.000+03:00",
    "metadata": {"refund_id": "r1"},
}


class TestAPayment:
    def test_is_read_whole(self) -> None:
        payment = payment_of(PAYMENT)

        assert (payment.status, payment.order_id, payment.price) == (PaymentStatus.PAID, "o1", Money(19_900, "RUB"))
        assert payment.refunded == Money(5_000, "RUB")
        assert payment.at == datetime(2026, 11, 20, 10, 12, 6, 249_000, tzinfo=UTC)
        assert payment.method == SavedMethod(ID, None, "Mir *1026", date(2028, 2, 29))

    @pytest.mark.parametrize(
        ("changes", "is_under_way"),
        [
            ({"confirmation": {"type": "redirect", "confirmation_url": "https://yoomoney.example/pay"}}, False),
            ({}, True),
            ({"confirmation": {"type": "external"}, "paid": True}, True),
            ({"status": "succeeded"}, False),
            ({"status": "waiting_for_capture"}, False),
        ],
    )
    def test_is_under_way_once_it_does_not_wait_for_the_buyer(
        self, changes: dict[str, Any], is_under_way: bool
    ) -> None:
        waiting = PAYMENT | {"status": "pending", "paid": False} | changes

        assert payment_of(waiting).is_under_way is is_under_way

    def test_has_the_fee_that_the_shop_does_not_get(self) -> None:
        assert payment_of(PAYMENT).fee == Money(696, "RUB")
        assert payment_of(PAYMENT | {"income_amount": None}).fee is None
        assert payment_of(PAYMENT | {"income_amount": {"value": "1.00", "currency": "USD"}}).fee is None

    def test_waiting_for_capture_is_approved_and_has_no_money_yet(self) -> None:
        payment = payment_of(PAYMENT | {"status": "waiting_for_capture"})

        assert (payment.status, payment.payment_ref, payment.method) == (PaymentStatus.APPROVED, None, None)

    def test_tells_a_card_again_by_all_that_is_shown_of_it(self) -> None:
        method = PAYMENT["payment_method"]
        others = [method["card"] | change for change in ({"first6": "220001"}, {"last4": "1"}, {"expiry_year": "2029"})]
        same = payment_of(PAYMENT | {"payment_method": method | {"id": "another", "saved": False}})

        assert same.fingerprint == payment_of(PAYMENT).fingerprint
        assert "1026" not in str(same.fingerprint)
        assert same.fingerprint not in {
            payment_of(PAYMENT | {"payment_method": method | {"card": card}}).fingerprint for card in others
        }

    def test_tells_a_wallet_again_by_its_number(self) -> None:
        wallets = [{"type": "yoo_money", "id": ID, "account_number": number} for number in ("41001", "41002", "41001")]

        first, second, third = (payment_of(PAYMENT | {"payment_method": one}).fingerprint for one in wallets)

        assert first == third != second

    @pytest.mark.parametrize(
        "method",
        [None, {"type": "sbp", "id": ID}, {"type": "bank_card", "id": ID, "card": {"last4": "1026"}}],
    )
    def test_tells_nothing_again_that_is_hardly_shown(self, method: object) -> None:
        assert payment_of(PAYMENT | {"payment_method": method}).fingerprint is None

    def test_a_wallet_is_labelled_by_its_title(self) -> None:
        method = {"type": "yoo_money", "id": ID, "saved": True, "title": "YooMoney wallet"}

        assert payment_of(PAYMENT | {"payment_method": method}).method == SavedMethod(ID, None, "YooMoney wallet")

    def test_a_method_without_a_title_is_labelled_by_its_type(self) -> None:
        method = {"type": "sbp", "id": ID, "saved": True}

        assert payment_of(PAYMENT | {"payment_method": method}).method == SavedMethod(ID, None, "sbp")

    @pytest.mark.parametrize("saved", [False, None, "true", 1])
    def test_a_method_that_is_not_saved_is_none(self, saved: object) -> None:
        method = PAYMENT["payment_method"] | {"saved": saved}

        assert payment_of(PAYMENT | {"payment_method": method}).method is None

    def test_canceled_without_details_has_an_unknown_reason(self) -> None:
        payment = payment_of(PAYMENT | {"status": "canceled"})

        assert payment.decline is not None
        assert payment.decline.code == "unknown"

    def test_without_metadata_has_no_order(self) -> None:
        assert payment_of({name: value for name, value in PAYMENT.items() if name != "metadata"}).order_id is None

    @pytest.mark.parametrize(
        "changes",
        [
            {"id": None},
            {"id": "a/b"},
            {"status": "a_state_of_next_year"},
            {"amount": None},
            {"amount": {"value": 199.0, "currency": "RUB"}},
            {"amount": {"value": "199.001", "currency": "RUB"}},
            {"amount": {"value": "1e3", "currency": "RUB"}},
            {"amount": {"value": "199.00", "currency": "рубль"}},
            {"captured_at": "yesterday"},
            {"captured_at": "2026-11-20T10:12:06"},
            {"metadata": "o1"},
        ],
    )
    def test_that_cannot_be_read_is_an_unknown_outcome(self, changes: dict[str, Any]) -> None:
        with pytest.raises(UnableToReach):
            payment_of(PAYMENT | changes)

    def test_that_is_empty_is_an_unknown_outcome(self) -> None:
        with pytest.raises(UnableToReach):
            payment_of({})


class TestARefund:
    def test_is_read_whole(self) -> None:
        refund = refund_of(REFUND)

        assert (refund.status, refund.refund_id, refund.payment_ref) == (GatewayRefundStatus.SUCCEEDED, "r1", ID)
        assert refund.at == datetime(2026, 11, 20, 11, tzinfo=UTC)
        assert refund.failure is None

    @pytest.mark.parametrize("changes", [{"status": "new"}, {"payment_id": None}, {"amount": {}}, {"created_at": 7}])
    def test_that_cannot_be_read_is_an_unknown_outcome(self, changes: dict[str, Any]) -> None:
        with pytest.raises(UnableToReach):
            refund_of(REFUND | changes)


class TestAmounts:
    @given(st.integers(min_value=0, max_value=10**15), st.sampled_from(["RUB", "KZT", "UZS", "AMD"]))
    def test_come_back_as_they_went(self, minor: int, currency: str) -> None:
        written = to_wire(Money(minor, currency))

        assert len(written["value"].partition(".")[2]) == 2
        assert payment_of(PAYMENT | {"amount": written}).price == Money(minor, currency)
