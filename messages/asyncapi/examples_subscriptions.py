"""Examples of the contracts of subscriptions: one is bought, renewed, declined once, changed, paused and cancelled."""

from messages.asyncapi.example import Example
from messages.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionPastDue,
    SubscriptionRenewed,
    SubscriptionStarted,
    SubscriptionTrialRefused,
)
from messages.subscriptions.reminders import RenewalsRequested, SubscriptionMethodReady, SubscriptionPaymentSettled
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)

_SUBSCRIPTION = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5c01"
_ORDER = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5c02"
_RENEWAL = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5c03"
_SHOP, _SUPPORT = "screph-shop", "screph-support"
_TERMS = {
    "subscription_id": _SUBSCRIPTION,
    "product_id": "monthly-300",
    "gateway": "yookassa",
    "amount_minor": 49_900,
    "currency": "RUB",
    "period": "month",
}
_SEPTEMBER = {"period_start": "2026-09-01T11:02:30Z", "period_end": "2026-10-01T11:02:30Z"}
_TRIAL = {"period_start": "2026-09-01T11:02:30Z", "period_end": "2026-09-15T11:02:30Z"}
_OCTOBER = {"period_start": "2026-10-01T11:02:30Z", "period_end": "2026-11-01T11:02:30Z"}
_BACK = {"return_url": "https://screph.example/paid", "cancel_url": "https://screph.example/not-paid"}

SUBSCRIPTIONS = (
    Example(
        SubscriptionStartRequested,
        "subscribe-1",
        "300 minutes a month, to be paid in roubles",
        "2026-09-01T11:00:00Z",
        {
            "product_id": "monthly-300",
            "currency": "RUB",
            "country": "RU",
            "gateway": "yookassa",
            "locale": "ru-RU",
            **_BACK,
        },
        _SHOP,
    ),
    Example(
        SubscriptionPaymentSettled,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e00",
        "The first payment has come",
        "2026-09-01T11:02:31Z",
        {"subscription_id": _SUBSCRIPTION, "order_id": _ORDER},
    ),
    Example(
        SubscriptionStarted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e01",
        "September is paid",
        "2026-09-01T11:02:31Z",
        _TERMS | _SEPTEMBER | {"order_id": _ORDER, "granted_seconds": 18_000},
    ),
    Example(
        SubscriptionStarted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e07",
        "Two weeks are free, with an hour to use",
        "2026-09-01T11:02:31Z",
        _TERMS | _TRIAL | {"granted_seconds": 3_600, "trial_ends_at": "2026-09-15T11:02:30Z"},
    ),
    Example(
        SubscriptionTrialRefused,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e08",
        "The first two weeks were free before",
        "2026-09-01T11:00:01Z",
        {
            "subscription_id": _SUBSCRIPTION,
            "product_id": "monthly-300",
            "code": "TrialUsed",
            "reason": "the account had a trial before, so its first period is paid at once",
            "amount_minor": 49_900,
            "currency": "RUB",
        },
    ),
    Example(RenewalsRequested, "renew-subscriptions-0503", "It is time", "2026-10-01T05:03:00Z", {}, subject=None),
    Example(
        SubscriptionPastDue,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e02",
        "The card has too little; the next try is tomorrow",
        "2026-10-01T05:03:02Z",
        _TERMS
        | _SEPTEMBER
        | {
            "order_id": _RENEWAL,
            "attempt": 1,
            "retry": "later",
            "code": "insufficient_funds",
            "next_attempt_at": "2026-10-02T05:03:02Z",
            "needs_buyer": False,
            "is_given_up": False,
        },
    ),
    Example(
        SubscriptionPaymentRequested,
        "pay-1",
        "The buyer wants to pay by another card",
        "2026-10-01T08:00:00Z",
        {"subscription_id": _SUBSCRIPTION, **_BACK},
        _SHOP,
    ),
    Example(
        SubscriptionMethodReady,
        "method-17-2026-10-01T08:01:00+00:00",
        "Another card is saved",
        "2026-10-01T08:01:00Z",
        {"method_id": 17},
    ),
    Example(
        SubscriptionRenewed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e03",
        "October is paid",
        "2026-10-01T08:02:10Z",
        _TERMS | _OCTOBER | {"order_id": _RENEWAL, "granted_seconds": 18_000},
    ),
    Example(
        SubscriptionChangeRequested,
        "change-1",
        "From November on the small one is enough",
        "2026-10-05T09:00:00Z",
        {"subscription_id": _SUBSCRIPTION, "product_id": "monthly-100", "when": "period_end", **_BACK},
        _SHOP,
    ),
    Example(
        SubscriptionChanged,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e04",
        "The next period is of another product",
        "2026-10-05T09:00:01Z",
        _TERMS
        | _OCTOBER
        | {
            "what": "next_product",
            "next_product_id": "monthly-100",
            "next_amount_minor": 19_900,
            "resumes_at": None,
        },
    ),
    Example(
        SubscriptionChangeRequested,
        "change-2",
        "The next period is charged to another saved method",
        "2026-10-06T09:00:00Z",
        {"subscription_id": _SUBSCRIPTION, "method_id": 42, "changed_by": "buyer", "reason": "a new card"},
        _SHOP,
    ),
    Example(
        SubscriptionChanged,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e0a",
        "It is charged through another gateway from now on",
        "2026-10-06T09:00:01Z",
        _TERMS | _OCTOBER | {"what": "method", "gateway": "paypal", "method_id": 42},
    ),
    Example(
        SubscriptionPauseRequested,
        "pause-1",
        "Not while on holiday",
        "2026-10-06T09:00:00Z",
        {"subscription_id": _SUBSCRIPTION, "until": "2026-12-01T00:00:00Z"},
        _SHOP,
    ),
    Example(
        SubscriptionResumeRequested,
        "resume-1",
        "Back again",
        "2026-10-20T09:00:00Z",
        {"subscription_id": _SUBSCRIPTION},
        _SHOP,
    ),
    Example(
        SubscriptionCancelRequested,
        "cancel-1",
        "It is not used enough",
        "2026-10-21T09:00:00Z",
        {
            "subscription_id": _SUBSCRIPTION,
            "when": "period_end",
            "cancelled_by": "olga",
            "reason": "the buyer does not need it any more",
        },
        _SUPPORT,
    ),
    Example(
        SubscriptionCancelled,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e05",
        "November will not be charged",
        "2026-10-21T09:00:01Z",
        {
            "subscription_id": _SUBSCRIPTION,
            "product_id": "monthly-300",
            "at_period_end": True,
            "ends_at": "2026-11-01T11:02:30Z",
            "cancelled_by": "olga",
            "reason": "the buyer does not need it any more",
        },
    ),
    Example(
        SubscriptionEnded,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c2e06",
        "October is over",
        "2026-11-01T11:03:00Z",
        {
            "subscription_id": _SUBSCRIPTION,
            "product_id": "monthly-300",
            "ended_at": "2026-11-01T11:02:30Z",
            "cancelled_by": "olga",
            "reason": "the buyer does not need it any more",
        },
    ),
)
