"""Examples of the contracts of saved methods: a card is saved without a payment, preferred, and forgotten."""

from messages.asyncapi.example import Example
from messages.payments.methods import (
    MethodEnded,
    MethodForgetRequested,
    MethodPreferRequested,
    MethodSaved,
    SetupFailed,
    SetupLinkReady,
    SetupRequested,
    SetupReturned,
)

_SETUP = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b11"
_SHOP = "screph-shop"


METHODS = (
    Example(
        SetupRequested,
        "save-card-1",
        "A card for charges in roubles",
        "2026-09-02T10:00:00Z",
        {
            "currency": "RUB",
            "country": "RU",
            "gateway": "yookassa",
            "locale": "ru-RU",
            "return_url": "https://screph.example/saved",
            "cancel_url": "https://screph.example/not-saved",
        },
        _SHOP,
    ),
    Example(
        SetupLinkReady,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e21",
        "Where the buyer saves the card",
        "2026-09-02T10:00:01Z",
        {
            "request_source": _SHOP,
            "request_id": "save-card-1",
            "setup_id": _SETUP,
            "gateway": "yookassa",
            "url": "https://pay.example/save/1da5",
            "expires_at": "2026-09-02T11:00:01Z",
        },
    ),
    Example(
        SetupReturned,
        "back-from-setup-1",
        "The buyer is back from the page",
        "2026-09-02T10:02:00Z",
        {"setup_id": _SETUP},
        _SHOP,
    ),
    Example(
        MethodSaved,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e22",
        "The card may be charged",
        "2026-09-02T10:02:01Z",
        {"method_id": 12, "gateway": "yookassa", "label": "Mir *1026", "expires_on": "2030-12-31"},
    ),
    Example(
        SetupFailed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e23",
        "The bank said no",
        "2026-09-02T10:02:01Z",
        {"setup_id": _SETUP, "gateway": "yookassa", "code": "not_saved"},
    ),
    Example(
        MethodPreferRequested,
        "prefer-1",
        "This card is charged before the others",
        "2026-09-02T10:05:00Z",
        {"method_id": 12},
        _SHOP,
    ),
    Example(
        MethodForgetRequested,
        "forget-1",
        "The buyer wants the card to be forgotten",
        "2026-09-03T09:00:00Z",
        {"method_id": 12},
        _SHOP,
    ),
    Example(
        MethodEnded,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e24",
        "It is charged no more",
        "2026-09-03T09:00:01Z",
        {"method_id": 12, "gateway": "yookassa", "label": "Mir *1026", "reason": "forgotten"},
    ),
)
