"""Examples of the contracts of the catalogue: a product is made, priced, worded and put on sale."""

from messages.asyncapi.example import Example
from messages.catalogue.requests import (
    ProductCreateRequested,
    ProductPriceSetRequested,
    ProductSwitchRequested,
    ProductWordingSetRequested,
)

_OPERATOR = "operator/ann"

CATALOGUE = (
    Example(
        ProductCreateRequested,
        "product-1",
        "Three hundred minutes a month, after a week for nothing",
        "2026-09-06T09:00:00Z",
        {
            "product_id": "monthly-plus",
            "kind": "subscription",
            "minutes": 300,
            "period": "month",
            "trial_days": 7,
            "trial_seconds": 1800,
            "prices_minor": {"RUB": 59900, "EUR": 699},
            "wordings": {
                "ru": {"name": "Ежемесячный плюс", "description": "300 минут на месяц"},
                "en": {"name": "Monthly plus", "description": "300 minutes for a month"},
            },
            "created_by": "ann",
        },
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ProductPriceSetRequested,
        "product-2",
        "From now on it costs a hundred roubles less",
        "2026-09-06T09:10:00Z",
        {
            "product_id": "monthly-plus",
            "currency": "RUB",
            "amount_minor": 49900,
            "expected_minor": 59900,
            "reason": "the autumn price",
            "changed_by": "ann",
        },
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ProductWordingSetRequested,
        "product-3",
        "Its name in German",
        "2026-09-06T09:20:00Z",
        {
            "product_id": "monthly-plus",
            "locale": "de",
            "wording": {"name": "Monatlich plus", "description": "300 Minuten für einen Monat"},
            "changed_by": "ann",
        },
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ProductSwitchRequested,
        "product-4",
        "It is sold from now on",
        "2026-09-06T09:30:00Z",
        {"product_id": "monthly-plus", "is_active": True, "reason": "the autumn offer", "changed_by": "ann"},
        source=_OPERATOR,
        subject=None,
    ),
)
