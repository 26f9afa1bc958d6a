"""Examples of the contracts of campaigns and of the guard: an outage is made good for, and a code leaks."""

from messages.access.reminders import AuditLogAnchorRequested
from messages.asyncapi.example import Example
from messages.promotions.campaigns import (
    CampaignApproveRequested,
    CampaignCompleted,
    CampaignCreateRequested,
    CampaignsRunRequested,
    CampaignVoidRequested,
)
from messages.promotions.guard import PromotionPaused, PromotionsGuardRequested

_OPERATOR = "billing-cli"

CAMPAIGNS = (
    Example(
        CampaignCreateRequested,
        "campaign-create-1",
        "Ten minutes for everyone whose usage the outage spoilt",
        "2026-09-08T08:00:00Z",
        {
            "campaign_id": "outage-2026-09-07",
            "kind": "compensation",
            "segment": {"used_from": "2026-09-07T14:00:00Z", "used_until": "2026-09-07T15:10:00Z"},
            "minutes": 10,
            "valid_days": 90,
            "reason": "the outage of Monday afternoon",
            "created_by": "ann",
        },
        _OPERATOR,
        subject=None,
    ),
    Example(
        CampaignCreateRequested,
        "campaign-create-2",
        "Half an hour for those who have not come back since the summer",
        "2026-09-08T08:00:00Z",
        {
            "campaign_id": "come-back",
            "kind": "bonus",
            "segment": {
                "unused_since": "2026-08-01T00:00:00Z",
                "product_ids": ["standard"],
                "countries": ["RU"],
                "balance_below_seconds": 600,
                "balance_at_least_seconds": 0,
                "without_campaign_ids": ["outage-2026-09-07"],
            },
            "seconds": 1_800,
            "valid_days": 30,
            "reason": "autumn",
            "created_by": "ann",
        },
        _OPERATOR,
        subject=None,
    ),
    Example(
        CampaignApproveRequested,
        "campaign-approve-1",
        "Somebody else has looked at it",
        "2026-09-08T08:05:00Z",
        {"campaign_id": "outage-2026-09-07", "approved_by": "grace"},
        _OPERATOR,
        subject=None,
    ),
    Example(CampaignsRunRequested, "run-campaigns-0806", "It is time", "2026-09-08T08:06:00Z", {}, subject=None),
    Example(
        CampaignCompleted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1f11",
        "Everyone has their minutes",
        "2026-09-08T08:06:20Z",
        {
            "campaign_id": "outage-2026-09-07",
            "outcome": "granted",
            "kind": "compensation",
            "accounts": 4_096,
            "granted_seconds": 2_457_600,
            "voided_seconds": 0,
            "completed_at": "2026-09-08T08:06:20Z",
        },
        subject=None,
    ),
    Example(
        CampaignVoidRequested,
        "campaign-void-1",
        "It was the wrong afternoon",
        "2026-09-08T09:00:00Z",
        {"campaign_id": "outage-2026-09-07", "voided_by": "ann", "reason": "the outage was on Tuesday"},
        _OPERATOR,
        subject=None,
    ),
    Example(AuditLogAnchorRequested, "anchor-audit-log-0900", "It is time", "2026-09-08T09:00:00Z", {}, subject=None),
    Example(PromotionsGuardRequested, "guard-promotions-0905", "It is time", "2026-09-08T09:05:00Z", {}, subject=None),
    Example(
        PromotionPaused,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1f12",
        "A code stands in a forum",
        "2026-09-08T09:05:00Z",
        {
            "promotion_id": "autumn-2026",
            "uses_last_hour": 412,
            "busiest_hour_before": 38,
            "paused_at": "2026-09-08T09:05:00Z",
        },
        subject=None,
    ),
)
