"""Every tick of the product, on one page."""

from dataclasses import dataclass
from datetime import timedelta

from messages.access.reminders import AuditLogAnchorRequested
from messages.envelope import Envelope
from messages.letters import LetterDecisionsRunRequested
from messages.minutes.reminders import ExpirySweepRequested
from messages.notices.reminders import NoticesSendingRequested
from messages.payments.reminders import (
    ErasureRequested,
    OpenPaymentsPollRequested,
    RecentImportRequested,
    TotalsComparisonRequested,
)
from messages.promotions.campaigns import CampaignsRunRequested
from messages.promotions.guard import PromotionsGuardRequested
from messages.promotions.reminders import (
    BirthdayBonusesRequested,
    RedemptionsSweepRequested,
    ReferralsQualificationRequested,
)
from messages.statistics.reminders import AuditRequested, DaysComparisonRequested, StatisticsCountRequested
from messages.subscriptions.reminders import CardWarningsRequested, RenewalsRequested
from messages.subscriptions.topup import TopupsRequested


@dataclass(frozen=True, slots=True)
class Tick:
    """
    A reminder at a steady interval.

    The work is level-triggered: each handles all that is due, so one that is missed, or comes
    late, is made up by the next. `job` names it in the slot table; `every` divides a day.
    """

    job: str
    every: timedelta
    reminder: type[Envelope]


TIMETABLE = (
    # Ends of packages are announced within a minute; what is left is booked when the late window has closed.
    Tick("expiry-sweep", timedelta(minutes=1), ExpirySweepRequested),
    # A lost webhook is recovered within a quarter of an hour …
    Tick("poll-open-payments", timedelta(minutes=5), OpenPaymentsPollRequested),
    # … what was done in a gateway's dashboard, within an hour or so …
    Tick("import-recent", timedelta(hours=1), RecentImportRequested),
    # … and what is still missing shows in the totals of the day.
    Tick("compare-totals", timedelta(days=1), TotalsComparisonRequested),
    # Notices are sent at once; this one sends those that waited for their hour, or for a server that was away.
    Tick("send-notices", timedelta(minutes=1), NoticesSendingRequested),
    # Periods are renewed six hours before they end, so a minute more or less is nothing; dunning counts in days.
    Tick("renew-subscriptions", timedelta(minutes=1), RenewalsRequested),
    # What a message should have begun, and top-ups that had to wait, begin within a minute.
    Tick("top-up", timedelta(minutes=1), TopupsRequested),
    Tick("warn-of-cards", timedelta(days=1), CardWarningsRequested),
    # A campaign begins at once; this one goes on with it where a worker has died.
    Tick("run-campaigns", timedelta(minutes=1), CampaignsRunRequested),
    # So is what an operator has decided about many dead letters.
    Tick("decide-letters", timedelta(minutes=1), LetterDecisionsRunRequested),
    # A referral waits two weeks, so an hour more is nothing; a birthday is celebrated within some hours.
    Tick("qualify-referrals", timedelta(hours=1), ReferralsQualificationRequested),
    Tick("sweep-redemptions", timedelta(hours=1), RedemptionsSweepRequested),
    Tick("birthday-bonuses", timedelta(hours=6), BirthdayBonusesRequested),
    # A code that has leaked is switched off within minutes.
    Tick("guard-promotions", timedelta(minutes=5), PromotionsGuardRequested),
    # Whoever cuts the end of the audit log off can take an hour of it at the most.
    Tick("anchor-audit-log", timedelta(hours=1), AuditLogAnchorRequested),
    # A quarter of an hour is counted within half an hour of its end; a day is closed soon after it is over …
    Tick("count-statistics", timedelta(minutes=1), StatisticsCountRequested),
    # … days are compared with what Screph reports, which may be corrected any time …
    Tick("compare-days", timedelta(hours=1), DaysComparisonRequested),
    # … and all of it is proven once a day.
    Tick("audit", timedelta(days=1), AuditRequested),
    # What is older than RETENTION_DAYS goes within a day.
    Tick("erase-old", timedelta(days=1), ErasureRequested),
)
