"""Queue `due`: reminders from the scheduler. Each handles whatever is due now, so the next makes up for a lost one."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from messages.access.reminders import AuditLogAnchorRequested
from messages.letters import LetterDecisionsRunRequested, LettersDecisionRequested
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
from workers.letter_decisions import decide_letters, run_letter_decisions
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
    Do what each reminder asks for, and write down what operators have decided about letters.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    return [answered(event, _answer(context, event)) for event in events]


def _answer(context: Context, event: Event) -> dict[str, Any]:
    if isinstance(event.envelope, LettersDecisionRequested):
        return decide_letters(context, event)
    job, work = _job(context, event)
    run_due(context, event, job, work)
    return {}


def _job(context: Context, event: Event) -> tuple[str, Callable[[], Counts]]:
    """Return the job of a reminder by its name in the timetable, and its work."""
    match event.envelope:
        case ExpirySweepRequested():
            return "expiry-sweep", lambda: asdict(sweep(context, event))
        case ErasureRequested():
            return "erase-old", lambda: {**erase_old(context), **erase_old_notices(context)}
        case CampaignsRunRequested():
            return "run-campaigns", lambda: run_campaigns(context)
        case PromotionsGuardRequested():
            return "guard-promotions", lambda: guard_promotions(context)
        case RedemptionsSweepRequested():
            return "sweep-redemptions", lambda: sweep_redemptions(context)
        case BirthdayBonusesRequested():
            return "birthday-bonuses", lambda: give_birthday_bonuses(context)
        case ReferralsQualificationRequested():
            return "qualify-referrals", lambda: qualify_due(context)
        case AuditLogAnchorRequested():
            return "anchor-audit-log", lambda: anchor_audit_log(context)
        case LetterDecisionsRunRequested():
            return "decide-letters", lambda: run_letter_decisions(context)
        case StatisticsCountRequested():
            return "count-statistics", lambda: count_statistics(context)
        case other:
            raise TypeError(f"queue due has no handler for {other.type}")
