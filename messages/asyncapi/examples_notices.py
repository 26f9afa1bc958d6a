"""Examples of the contracts of notices: the receipt of a purchase, and the reminder to send what waits."""

from messages.asyncapi.example import Example
from messages.notices.reminders import NoticeOwed, NoticesSendingRequested
from messages.notices.requests import NoticePreferencesSetRequested, PushSubscribed, PushUnsubscribed

_BROWSER = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk"
_KEY = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
_SITE = "screph-site"

NOTICES = (
    Example(
        NoticePreferencesSetRequested,
        "choice-1",
        "No mails about a low balance, and quiet nights",
        "2026-09-01T08:00:00Z",
        {
            "wishes": [{"kind": "low_balance", "channel": "mail", "is_wanted": False}],
            "quiet_from": "23:00",
            "quiet_until": "07:30",
            "low_balance_seconds": 1_800,
        },
        _SITE,
    ),
    Example(
        PushSubscribed,
        "browser-1",
        "A browser takes web push",
        "2026-09-01T08:01:00Z",
        {"endpoint": _BROWSER, "keys": {"p256dh": _KEY, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}},
        _SITE,
    ),
    Example(
        PushUnsubscribed,
        "browser-2",
        "It does not any more",
        "2026-09-01T19:00:00Z",
        {"endpoint": _BROWSER},
        _SITE,
    ),
    Example(
        NoticeOwed,
        "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b21",
        "The buyer gets a receipt",
        "2026-09-01T11:02:31Z",
        {
            "kind": "purchase_receipt",
            "subject": "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b01",
            "content": {
                "order_id": "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b01",
                "title": "300 минут",
                "gateway": "yookassa",
                "price": {"minor": 69_900, "currency": "RUB"},
                "list_price": {"minor": 69_900, "currency": "RUB"},
                "granted_seconds": 18_000,
                "paid_at": "2026-09-01T11:02:29+00:00",
            },
        },
    ),
    Example(
        NoticesSendingRequested,
        "send-notices-1103",
        "It is time",
        "2026-09-01T11:03:00Z",
        {},
        subject=None,
    ),
)
