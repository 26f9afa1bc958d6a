"""Examples of the contracts of payments: one purchase, a part of it refunded, and a dispute."""

from messages.asyncapi.example import Example
from messages.payments.facts import (
    DisputeClosed,
    DisputeOpened,
    PurchaseCompleted,
    PurchaseFailed,
    PurchaseLinkReady,
    RefundCompleted,
    RefundFailed,
)
from messages.payments.reminders import (
    ErasureRequested,
    OpenPaymentsPollRequested,
    RecentImportRequested,
    TotalsComparisonRequested,
)
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested, WebhookReceived
from messages.payments.reviews import OrderPollRequested, ReviewResolutionRequested

_ORDER = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b01"
_PACKAGE = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b02"
_REFUND = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b03"
_PAID = {"gateway": "yookassa", "product_id": "standard", "amount_minor": 69_900, "currency": "RUB"}
_SHOP, _SUPPORT = "screph-shop", "screph-support"


PAYMENTS = (
    Example(
        PurchaseRequested,
        "buy-1",
        "300 minutes, to be paid in roubles",
        "2026-09-01T11:00:00Z",
        {
            "product_id": "standard",
            "currency": "RUB",
            "country": "RU",
            "gateway": "yookassa",
            "locale": "ru-RU",
            "return_url": "https://screph.example/paid",
            "cancel_url": "https://screph.example/not-paid",
            "save_method": True,
        },
        _SHOP,
    ),
    Example(
        PurchaseLinkReady,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e01",
        "Where the buyer pays",
        "2026-09-01T11:00:01Z",
        {
            "request_source": _SHOP,
            "request_id": "buy-1",
            "order_id": _ORDER,
            "url": "https://pay.example/checkout/2d1f",
            "expires_at": "2026-09-01T12:00:01Z",
        }
        | _PAID,
    ),
    Example(
        WebhookReceived,
        "payment.succeeded:2d1f0b52-000f-5000-8000-1d3a5f1e7c01",
        "The relay passes on that a payment has changed",
        "2026-09-01T11:02:30Z",
        {
            "gateway": "yookassa",
            "subject": "payment",
            "ref": "2d1f0b52-000f-5000-8000-1d3a5f1e7c01",
            "event": "payment.succeeded",
            "is_signed": False,
            "body_base64": "e30=",
        },
        "gateway/yookassa",
        "2d1f0b52-000f-5000-8000-1d3a5f1e7c01",
    ),
    Example(
        PurchaseCompleted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e02",
        "Paid and granted",
        "2026-09-01T11:02:31Z",
        {"order_id": _ORDER, "package_id": _PACKAGE, "granted_seconds": 18_000, "paid_at": "2026-09-01T11:02:30Z"}
        | _PAID,
    ),
    Example(
        PurchaseFailed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e03",
        "Another order came to nothing",
        "2026-09-01T11:30:00Z",
        {
            "order_id": "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b09",
            "product_id": "standard",
            "gateway": "yookassa",
            "code": "insufficient_funds",
            "may_be_repeated": True,
        },
    ),
    Example(
        RefundRequested,
        "refund-1",
        "200 roubles are to go back",
        "2026-09-01T12:00:00Z",
        {
            "order_id": _ORDER,
            "amount_minor": 20_000,
            "reason": "the buyer asked for it",
            "requested_by": "olga",
            "waive_minutes": False,
        },
        _SUPPORT,
    ),
    Example(
        RefundCompleted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e04",
        "They are back, and the minutes with them",
        "2026-09-01T12:00:02Z",
        {
            "refund_id": _REFUND,
            "order_id": _ORDER,
            "amount_minor": 20_000,
            "currency": "RUB",
            "voided_seconds": 5_151,
            "origin": "ours",
        },
    ),
    Example(
        RefundFailed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e05",
        "More was asked for than may be refunded",
        "2026-09-01T12:10:00Z",
        {
            "order_id": _ORDER,
            "refund_id": None,
            "request_source": _SUPPORT,
            "request_id": "refund-2",
            "code": "TooMuch",
            "reason": "699.00 RUB is asked for; at most 499.00 RUB may be refunded",
        },
    ),
    Example(
        DisputeReported,
        "dispute-1",
        "The bank has written a letter",
        "2026-09-01T13:00:00Z",
        {
            "order_id": _ORDER,
            "dispute_ref": "letter-77",
            "state": "open",
            "reason": "the payer knows nothing of it",
            "amount_minor": 49_900,
        },
        _SUPPORT,
    ),
    Example(
        DisputeOpened,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e06",
        "What is left is frozen",
        "2026-09-01T13:00:01Z",
        {
            "order_id": _ORDER,
            "gateway": "yookassa",
            "dispute_ref": "letter-77",
            "amount_minor": 69_900,
            "currency": "RUB",
            "reason": "the payer knows nothing of it",
            "frozen_seconds": 12_849,
        },
    ),
    Example(
        DisputeClosed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e07",
        "Lost: what was left is void",
        "2026-09-01T15:00:00Z",
        {
            "order_id": _ORDER,
            "gateway": "yookassa",
            "dispute_ref": "letter-77",
            "is_won": False,
            "voided_seconds": 12_849,
            "debt_seconds": 0,
        },
    ),
    Example(
        OpenPaymentsPollRequested, "poll-open-payments-1105", "It is time", "2026-09-01T11:05:00Z", {}, subject=None
    ),
    Example(
        OrderPollRequested,
        "order-poll-1",
        "The buyer says that they have paid",
        "2026-09-01T11:30:00Z",
        {"order_id": _ORDER, "asked_by": "olga"},
        "operator/olga",
        subject=None,
    ),
    Example(
        ReviewResolutionRequested,
        "review-1",
        "The bank says that the money never went back",
        "2026-09-01T16:00:00Z",
        {
            "kind": "refund",
            "gateway": "yookassa",
            "ref": _REFUND,
            "reason": "the bank confirms that nothing was paid out",
            "resolved_by": "olga",
            "outcome": "failed",
        },
        "billing-cli",
        subject=None,
    ),
    Example(RecentImportRequested, "import-recent-1200", "It is time", "2026-09-01T12:00:00Z", {}, subject=None),
    Example(
        TotalsComparisonRequested, "compare-totals-20260901", "It is time", "2026-09-01T00:00:00Z", {}, subject=None
    ),
    Example(ErasureRequested, "erase-old-20260901", "It is time", "2026-09-01T00:00:00Z", {}, subject=None),
)
