"""Queue `due`: reminders from the scheduler. Each handles whatever is due now, so the next makes up for a lost one."""

from collections.abc import Sequence
from dataclasses import asdict

from messages.access.reminders import AuditLogAnchorRequested
from messages.minutes.reminders import ExpirySweepRequested
from messages.payments.reminders import ErasureRequested
from messages.promotions.campaigns import CampaignsRunRequested
from messages.promotions.guard import PromotionsGuardRequested
from messages.promotions.reminders import (
    BirthdayBonusesRequested,
    RedemptionsSweepRequested,
    ReferralsQualificationRequested,
)
from messages.read import Event
from messages.statistics.reminders import StatisticsCountRequested
from workers.access.anchor import anchor_audit_log
from workers.context import Context
from workers.due_run import Counts, run_due
from workers.minutes.expire import sweep
from workers.notices.erase import erase_old_notices
from workers.outcome import Outcome, answered
from workers.payments.erase import erase_old
from workers.payments.overdue_codes import sweep_redemptions
from workers.promotions.birthday import give_birthday_bonuses
from workers.promotions.campaign_run import run_campaigns
from workers.promotions.guard import guard_promotions
from workers.promotions.referral import qualify_due
from workers.statistics.count import count_statistics


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Do what each reminder asks for.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    for event in events:
        match event.envelope:
            case ExpirySweepRequested():
                run_due(context, event, "expiry-sweep", lambda event=event: _sweep(context, event))  # type: ignore[misc]
            case ErasureRequested():
                run_due(context, event, "erase-old", lambda: {**erase_old(context), **erase_old_notices(context)})
            case CampaignsRunRequested():
                run_due(context, event, "run-campaigns", lambda: run_campaigns(context))
            case PromotionsGuardRequested():
                run_due(context, event, "guard-promotions", lambda: guard_promotions(context))
            case RedemptionsSweepRequested():
                run_due(context, event, "sweep-redemptions", lambda: sweep_redemptions(context))
            case BirthdayBonusesRequested():
                run_due(context, event, "birthday-bonuses", lambda: give_birthday_bonuses(context))
            case ReferralsQualificationRequested():
                run_due(context, event, "qualify-referrals", lambda: qualify_due(context))
            case AuditLogAnchorRequested():
                run_due(context, event, "anchor-audit-log", lambda: anchor_audit_log(context))
            case StatisticsCountRequested():
                run_due(context, event, "count-statistics", lambda: count_statistics(context))
            case other:
                raise TypeError(f"queue due has no handler for {other.type}")
    return [answered(event, {}) for event in events]


def _sweep(context: Context, event: Event) -> Counts:
    swept = sweep(context, event)
    return asdict(swept)
