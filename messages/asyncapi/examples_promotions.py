"""Examples of the capability `promotions`."""

from messages.asyncapi.example import Example
from messages.promotions.facts import BonusGranted

PROMOTIONS = (
    Example(
        BonusGranted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1f01",
        "Half an hour for a code",
        "2026-09-06T09:00:00Z",
        {
            "package_id": "5f0d5d8e-6a55-5bb7-9c6c-2f6f0f6f2a10",
            "granted_seconds": 1_800,
            "expires_at": "2026-10-06T09:00:00Z",
            "reason": "code",
            "origin_id": "autumn-2026",
        },
    ),
)
