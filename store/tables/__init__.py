"""Every table, so that one import knows the whole schema."""

from sqlmodel import SQLModel

from store.tables.access import TokenRow
from store.tables.campaigns import CampaignAccountRow, CampaignRow
from store.tables.catalogue import PriceChangeRow, PriceRow, ProductRow, ProductWordingRow
from store.tables.comparisons import GrantSumRow, UsageDayRow, UsageDifferenceRow, UsageSumRow
from store.tables.days import (
    DayAttemptRow,
    DayDunningRow,
    DayFirstRow,
    DayLinkRow,
    DayMinutesRow,
    DayMoneyRow,
    DayPayerRow,
    DayPromotionRow,
    DaySubscriptionRow,
    DayTakenRow,
    DayTrialRow,
    MonthBreakageRow,
    MonthRetentionRow,
    MonthSubscriptionRow,
    SubscriptionValueRow,
)
from store.tables.gateways import (
    GatewayCustomerRow,
    GatewayPollRow,
    GatewaySumRow,
    MethodSetupRow,
    ReviewResolutionRow,
    SavedMethodRow,
    UnappliedPaymentRow,
    WebhookRow,
)
from store.tables.identity import IdentityRow
from store.tables.messages import DeadLetterRow, InboxRow, LetterDecisionRow, OutboxRow
from store.tables.minutes import AccountRow, EntryRow, PackageRow
from store.tables.notices import NoticeDeliveryRow, NoticePreferenceRow, NoticeRow, PushSubscriptionRow
from store.tables.operator_identities import OidcRequestRow, OperatorIdentityRow
from store.tables.operator_requests import OperatorRequestRow
from store.tables.operators import (
    AuditLogRow,
    OperatorRow,
    OperatorSessionRow,
    RecoveryCodeRow,
    SavedFilterRow,
    SignInTryRow,
)
from store.tables.passkeys import PasskeyChallengeRow, PasskeyRow
from store.tables.payments import DisputeRow, OrderRow, PaymentAttemptRow, RefundRow
from store.tables.processes import ProcessRow
from store.tables.programmes import ProgrammeAwardRow, ProgrammeRow
from store.tables.promotions import CodeTryRow, PromoBatchRow, PromoCodeRow, PromotionRow, RedemptionRow
from store.tables.referrals import InvitationRow, ReferralRow, ReferralTermsRow
from store.tables.schedule import DueRunRow, SchedulerSlotRow
from store.tables.sessions import EntryLinkRow, PortalSessionRow, SignInCodeRow
from store.tables.standing import StandingChangeRow
from store.tables.statistics import (
    AccountDayRow,
    AccountFirstRow,
    AuditRunRow,
    BucketMinutesRow,
    BucketMoneyRow,
    DayActivityRow,
    DayDeferredRow,
    LateChangeRow,
    MoneyChangeRow,
    StatisticsStateRow,
)
from store.tables.subscriptions import MethodChangeRow, SubscriptionRow
from store.tables.topup import TopupRow

metadata = SQLModel.metadata

__all__ = [
    "AccountDayRow",
    "AccountFirstRow",
    "AccountRow",
    "AuditLogRow",
    "AuditRunRow",
    "BucketMinutesRow",
    "BucketMoneyRow",
    "CampaignAccountRow",
    "CampaignRow",
    "CodeTryRow",
    "DayActivityRow",
    "DayAttemptRow",
    "DayDeferredRow",
    "DayDunningRow",
    "DayFirstRow",
    "DayLinkRow",
    "DayMinutesRow",
    "DayMoneyRow",
    "DayPayerRow",
    "DayPromotionRow",
    "DaySubscriptionRow",
    "DayTakenRow",
    "DayTrialRow",
    "DeadLetterRow",
    "DisputeRow",
    "DueRunRow",
    "EntryLinkRow",
    "EntryRow",
    "GatewayCustomerRow",
    "GatewayPollRow",
    "GatewaySumRow",
    "GrantSumRow",
    "IdentityRow",
    "InboxRow",
    "InvitationRow",
    "LateChangeRow",
    "LetterDecisionRow",
    "MethodChangeRow",
    "MethodSetupRow",
    "MoneyChangeRow",
    "MonthBreakageRow",
    "MonthRetentionRow",
    "MonthSubscriptionRow",
    "NoticeDeliveryRow",
    "NoticePreferenceRow",
    "NoticeRow",
    "OidcRequestRow",
    "OperatorIdentityRow",
    "OperatorRequestRow",
    "OperatorRow",
    "OperatorSessionRow",
    "OrderRow",
    "OutboxRow",
    "PackageRow",
    "PasskeyChallengeRow",
    "PasskeyRow",
    "PaymentAttemptRow",
    "PortalSessionRow",
    "PriceChangeRow",
    "PriceRow",
    "ProcessRow",
    "ProductRow",
    "ProductWordingRow",
    "ProgrammeAwardRow",
    "ProgrammeRow",
    "PromoBatchRow",
    "PromoCodeRow",
    "PromotionRow",
    "PushSubscriptionRow",
    "RecoveryCodeRow",
    "RedemptionRow",
    "ReferralRow",
    "ReferralTermsRow",
    "RefundRow",
    "ReviewResolutionRow",
    "SavedFilterRow",
    "SavedMethodRow",
    "SchedulerSlotRow",
    "SignInCodeRow",
    "SignInTryRow",
    "StandingChangeRow",
    "StatisticsStateRow",
    "SubscriptionRow",
    "SubscriptionValueRow",
    "TokenRow",
    "TopupRow",
    "UnappliedPaymentRow",
    "UsageDayRow",
    "UsageDifferenceRow",
    "UsageSumRow",
    "WebhookRow",
    "metadata",
]
