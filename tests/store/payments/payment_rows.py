"""Rows of the tables of catalogue, payments and schedule that the schema must take, and rows that it must refuse."""

from typing import Any

Rows = dict[str, dict[str, Any]]

PACKAGE_ID = "00000000-0000-0000-0000-000000000001"

A = 4711
"""The number of account, product and package `a`."""

NOTHING = 4712
"""A number that nothing has."""

ORDER = {
    "id": "o",
    "account": A,
    "product": A,
    "gateway": "g",
    "kind": "first",
    "currency": "RUB",
    "price_minor": 69_900,
    "list_price_minor": 69_900,
    "granted_seconds": 18_000,
    "title": "Standard",
    "return_url": "https://screph.example/paid",
    "cancel_url": "https://screph.example/not-paid",
    "message_id": 1,
}
PAID = {"status": "paid", "paid_at": "2026-01-01Z", "recorded_at": "2026-01-01Z"}
REFUNDED = {"status": "succeeded", "succeeded_at": "2026-01-01Z", "recorded_at": "2026-01-01Z"}
PAID |= {"package": A, "payment_ref": "pi_1"}

THERE_ALREADY: list[tuple[str, dict[str, Any]]] = [
    ("product", {"id": "a", "number": A, "granted_seconds": 60}),
    (
        "package",
        {
            "id": "00000000-0000-0000-0000-00000000000a",
            "number": A,
            "account": A,
            "kind": "purchased",
            "priority": 10,
            "activated_at": "2026-01-01Z",
            "granted_seconds": 60,
            "left_seconds": 60,
        },
    ),
    ("orders", ORDER | {"id": "a"}),
]
"""What rows of other tables refer to; account `a` is there before them."""

GOOD_PAYMENT_ROWS: Rows = {
    "product": {"id": "p", "kind": "one_off", "granted_seconds": 60, "valid_days": 30},
    "product_wording": {"product": A, "locale": "ru", "name": "Стандартный"},
    "price": {"product": A, "currency": "RUB", "amount_minor": 0},
    "price_change": {
        "product": A,
        "currency": "RUB",
        "before_minor": 0,
        "amount_minor": 1,
        "changed_at": "2026-01-01Z",
        "changed_by": "ann",
    },
    "orders": ORDER,
    "payment_attempt": {"order_id": "a", "number": 1, "at": "2026-01-01Z", "outcome": "paid"},
    "refund": {
        "id": "r",
        "order_id": "a",
        "gateway": "g",
        "refund_ref": "re_1",
        "origin": "ours",
        "status": "frozen",
        "currency": "RUB",
        "amount_minor": 1,
        "void_seconds": 0,
        "reason": "asked for",
        "requested_by": "olga",
        "message_id": 1,
    },
    "dispute": {
        "order_id": "a",
        "gateway": "g",
        "dispute_ref": "dp_1",
        "status": "open",
        "currency": "RUB",
        "amount_minor": 69_900,
        "reason": "fraudulent",
        "message_id": 1,
        "opened_at": "2026-01-01Z",
        "recorded_at": "2026-01-01Z",
    },
    "saved_method": {"account": A, "gateway": "g", "token": "t", "label": "Visa *4242"},
    "method_setup": {
        "id": "s",
        "account": A,
        "gateway": "g",
        "currency": "RUB",
        "return_url": "https://screph.example/saved",
        "cancel_url": "https://screph.example/not-saved",
        "message_id": 1,
        "setup_ref": "cs_1",
    },
    "topup": {
        "id": "t",
        "account": A,
        "product": A,
        "currency": "RUB",
        "threshold_seconds": 600,
        "max_per_day": 3,
        "cooldown_seconds": 3_600,
        "message_id": 1,
        "set_at": "2026-01-01Z",
    },
    "gateway_customer": {"account": A, "gateway": "g", "customer": "cus_1"},
    "webhook": {
        "gateway": "g",
        "dedupe_key": "evt_1",
        "subject": "payment",
        "ref": "pi_1",
        "event": "paid",
        "body": b"{}",
    },
    "due_run": {"job": "j", "slot": "2026-01-01Z", "started_at": "2026-01-01Z"},
    "gateway_poll": {"gateway": "g", "job": "recent", "ended_at": "2026-01-01Z"},
    "unapplied_payment": {
        "gateway": "g",
        "payment_ref": "pi_1",
        "order_id": "a",
        "currency": "RUB",
        "amount_minor": 69_900,
    },
    "review_resolution": {
        "kind": "order",
        "gateway": "g",
        "ref": "a",
        "sentence": "paid twice",
        "reason": "given back by hand",
        "resolved_by": "olga",
        "message_id": 1,
        "resolved_at": "2026-01-01Z",
    },
    "gateway_sum": {
        "day": "2026-01-01Z",
        "gateway": "g",
        "currency": "RUB",
        "ours_captured_minor": 1,
        "theirs_captured_minor": 1,
        "ours_refunded_minor": 0,
        "theirs_refunded_minor": 0,
    },
}

BAD_PAYMENT_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("product", "product_grant_positive", {"granted_seconds": 0}),
    ("product", "product_grant_positive", {"granted_seconds": -1}),
    ("product", "product_validity_positive", {"valid_days": 0}),
    ("product", "product_validity_positive", {"valid_days": -1}),
    ("price", "price_not_negative", {"amount_minor": -1}),
    ("price_change", "price_change_amounts", {"amount_minor": -1}),
    ("price_change", "price_change_is_one", {"amount_minor": 0}),
    *(("price", "price_currency", {"currency": currency}) for currency in ("", "RU", "RUBL", "rub", "РУБ", "RUB\n")),
    ("orders", "orders_price_not_negative", {"price_minor": -1, "list_price_minor": -1}),
    ("orders", "orders_discount_not_negative", {"list_price_minor": 69_899}),
    ("orders", "orders_fee_has_currency", {"fee_minor": 1}),
    ("orders", "orders_fee_has_currency", {"fee_currency": "RUB"}),
    ("orders", "orders_paid_is_recorded", PAID | {"recorded_at": None}),
    ("orders", "orders_paid_is_recorded", {"recorded_at": "2026-01-01Z"}),
    ("saved_method", "saved_method_ended_at", {"end_reason": "lost"}),
    ("saved_method", "saved_method_ended_at", {"ended_at": "2026-01-01Z"}),
    ("topup", "topup_threshold_positive", {"threshold_seconds": 0}),
    ("topup", "topup_limits_positive", {"max_per_day": 0}),
    ("topup", "topup_limits_positive", {"max_minor_per_day": 0}),
    ("topup", "topup_on_is_not_stopped", {"is_on": True, "stop": "burst", "stopped_at": "2026-01-01Z"}),
    ("topup", "topup_stopped_at", {"stop": "declined"}),
    ("topup", "topup_stopped_at", {"stopped_at": "2026-01-01Z"}),
    ("payment_attempt", "payment_attempt_number_positive", {"number": 0}),
    ("refund", "refund_is_recorded", {"status": "succeeded", "recorded_at": "2026-01-01Z"}),
    ("refund", "refund_is_recorded", {"status": "succeeded", "succeeded_at": "2026-01-01Z"}),
    ("orders", "orders_grant_positive", {"granted_seconds": 0}),
    ("orders", "orders_grant_positive", {"granted_seconds": -1}),
    ("orders", "orders_paid_at", PAID | {"paid_at": None}),
    *(("orders", "orders_paid_at", {"status": status, "paid_at": "2026-01-01Z"}) for status in ("pending", "failed")),
    ("orders", "orders_paid_is_granted", PAID | {"package": None}),
    *(
        ("orders", "orders_paid_is_granted", {"status": status, "package": A})
        for status in ("pending", "action_required", "approved", "failed", "expired")
    ),
    ("orders", "orders_bonus", {"bonus_seconds": -1}),
    ("orders", "orders_bonus", {"bonus_valid_days": 0}),
    ("orders", "orders_bonus_is_paid", {"bonus_seconds": 60, "bonus_package": A}),
    ("orders", "orders_bonus_is_paid", PAID | {"bonus_package": A}),
    ("orders", "orders_free", {"gateway": "none"}),
    ("refund", "refund_bonus_not_negative", {"bonus_void_seconds": -1}),
    ("dispute", "dispute_bonus_not_negative", {"bonus_voided_seconds": -1}),
    ("due_run", "due_run_ended_at", {"outcome": "done"}),
    ("due_run", "due_run_ended_at", {"ended_at": "2026-01-01Z"}),
    ("refund", "refund_amounts", {"amount_minor": 0}),
    ("refund", "refund_amounts", {"amount_minor": -1}),
    ("refund", "refund_amounts", {"void_seconds": -1}),
    ("dispute", "dispute_closed_at", {"status": "open", "closed_at": "2026-01-01Z"}),
    ("dispute", "dispute_closed_at", {"status": "won"}),
    ("dispute", "dispute_closed_at", {"status": "lost"}),
    ("gateway_poll", "gateway_poll_says_why", {"note": "it gave no answer"}),
    ("gateway_poll", "gateway_poll_says_why", {"unread_since": "2026-01-01Z"}),
]

NOT_IN_ENUM: list[tuple[str, dict[str, Any]]] = [
    ("product", {"kind": "gift"}),
    *(("orders", {"status": status}) for status in ("", "refunded", "Pending")),
    ("orders", {"kind": "gift"}),
    ("payment_attempt", {"outcome": "unclear"}),
    ("payment_attempt", {"retry": "perhaps"}),
    ("refund", {"status": "requested"}),
    ("refund", {"status": "pending"}),
    ("refund", {"origin": "dashboard"}),
    ("dispute", {"status": "under_review", "closed_at": "2026-01-01Z"}),
    ("webhook", {"state": "done"}),
    ("webhook", {"subject": "shop"}),
    ("method_setup", {"status": "paid"}),
    ("saved_method", {"end_reason": "sold", "ended_at": "2026-01-01Z"}),
    ("topup", {"stop": "tired", "stopped_at": "2026-01-01Z"}),
    ("due_run", {"outcome": "lost"}),
    ("review_resolution", {"kind": "thing"}),
]
"""Table, and a value that the enum of its column does not have."""

ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("orders", "orders_pkey", {}, {}),
    ("orders", "orders_checkout", {"checkout_ref": "co_1"}, {"id": "other"}),
    ("orders", "orders_payment", {"payment_ref": "pi_1"}, {"id": "other"}),
    ("orders", "orders_package", PAID, {"id": "other", "payment_ref": "pi_2", "gateway": "other"}),
    ("payment_attempt", "payment_attempt_pkey", {}, {"outcome": "declined"}),
    ("refund", "refund_ref", {}, {"id": "other"}),
    ("dispute", "dispute_ref", {}, {}),
    ("saved_method", "saved_method_token", {}, {"label": "another"}),
    ("method_setup", "method_setup_pkey", {}, {"setup_ref": "cs_2"}),
    ("method_setup", "method_setup_ref", {}, {"id": "other"}),
    ("topup", "topup_pkey", {}, {"account": NOTHING}),
    ("topup", "topup_account", {}, {"id": "other"}),
    ("gateway_customer", "gateway_customer_pkey", {}, {"customer": "cus_2"}),
    ("webhook", "webhook_pkey", {}, {"body": b"[]"}),
    ("price", "price_pkey", {}, {"amount_minor": 1}),
    ("product_wording", "product_wording_pkey", {}, {"name": "another"}),
    ("gateway_poll", "gateway_poll_pkey", {}, {"ended_at": "2026-01-02Z"}),
    ("unapplied_payment", "unapplied_payment_pkey", {}, {"amount_minor": 1}),
    ("gateway_sum", "gateway_sum_pkey", {}, {"ours_captured_minor": 2}),
]
"""Table, what refuses it, what the first row has beside a good one, and what the second changes of the first."""

OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("orders", "orders_account_fkey", {"account": NOTHING}),
    ("orders", "orders_product_fkey", {"product": NOTHING}),
    ("orders", "orders_package_fkey", PAID | {"package": NOTHING}),
    ("orders", "orders_bonus_package_fkey", PAID | {"bonus_seconds": 60, "bonus_package": NOTHING}),
    ("orders", "orders_discount_code_fkey", {"discount_code": NOTHING}),
    ("orders", "orders_bonus_code_fkey", {"bonus_code": NOTHING}),
    ("payment_attempt", "payment_attempt_order_id_fkey", {"order_id": "nothing"}),
    ("refund", "refund_order_id_fkey", {"order_id": "nothing"}),
    ("dispute", "dispute_order_id_fkey", {"order_id": "nothing"}),
    ("unapplied_payment", "unapplied_payment_order_id_fkey", {"order_id": "nothing"}),
    ("saved_method", "saved_method_account_fkey", {"account": NOTHING}),
    ("method_setup", "method_setup_account_fkey", {"account": NOTHING}),
    ("topup", "topup_account_fkey", {"account": NOTHING}),
    ("topup", "topup_product_fkey", {"product": NOTHING}),
    ("topup", "topup_method_id_fkey", {"method_id": NOTHING}),
    ("gateway_customer", "gateway_customer_account_fkey", {"account": NOTHING}),
    ("price", "price_product_fkey", {"product": NOTHING}),
    ("price_change", "price_change_product_fkey", {"product": NOTHING}),
    ("product_wording", "product_wording_product_fkey", {"product": NOTHING}),
]
