"""Which type is which model, and where it travels; the one list of every contract."""

from dataclasses import dataclass

from messages.access.reminders import AuditLogAnchorRequested
from messages.access.requests import AccountRegistered
from messages.access.standing import (
    AccountBlocked,
    AccountBlockRequested,
    AccountClosed,
    AccountCloseRequested,
    AccountUnblocked,
    AccountUnblockRequested,
)
from messages.catalogue.requests import (
    ProductCreateRequested,
    ProductPriceSetRequested,
    ProductSwitchRequested,
    ProductWordingSetRequested,
)
from messages.envelope import Envelope, type_of
from messages.letters import LetterDecisionsRunRequested, LettersDecisionRequested
from messages.minutes.facts import (
    BalanceChanged,
    PackageExpired,
    PackageGranted,
    PackageStarted,
    SpendAccepted,
    SpendRefused,
    UsageReversedFact,
)
from messages.minutes.reminders import ExpirySweepRequested
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from messages.notices.reminders import NoticeOwed, NoticesSendingRequested
from messages.notices.requests import NoticePreferencesSetRequested, PushSubscribed, PushUnsubscribed
from messages.payments.facts import (
    DisputeClosed,
    DisputeOpened,
    PurchaseCompleted,
    PurchaseFailed,
    PurchaseLinkReady,
    RefundCompleted,
    RefundFailed,
)
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
from messages.payments.reminders import (
    ErasureRequested,
    OpenPaymentsPollRequested,
    RecentImportRequested,
    TotalsComparisonRequested,
)
from messages.payments.requests import DisputeReported, PurchaseRequested, RefundRequested, WebhookReceived
from messages.payments.reviews import OrderPollRequested, ReviewResolutionRequested
from messages.promotions.campaigns import (
    CampaignApproveRequested,
    CampaignCompleted,
    CampaignCreateRequested,
    CampaignsRunRequested,
    CampaignVoidRequested,
)
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionExportRequested,
    PromotionPauseRequested,
    PromotionRedeemRequested,
)
from messages.promotions.facts import BonusGranted, PromotionRedeemed, PromotionRefused
from messages.promotions.guard import PromotionPaused, PromotionsGuardRequested
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralQualified,
    ReferralReversed,
    ReferralTermsSetRequested,
)
from messages.promotions.reminders import (
    BirthdayBonusesRequested,
    PromotionPurchaseSettled,
    RedemptionsSweepRequested,
    ReferralsQualificationRequested,
)
from messages.queues import (
    DUE,
    EXCHANGE_TYPES,
    INGRESS,
    INTERNAL,
    MINUTE_USAGE,
    NOTICE,
    PROMOTION,
    PURCHASE,
    QUEUES,
    RECONCILIATION,
    RENEWAL,
    SALES,
    SUBSCRIPTION,
    WEBHOOK,
    WEBHOOKS,
)
from messages.statistics.reminders import AuditRequested, DaysComparisonRequested, StatisticsCountRequested
from messages.statistics.requests import UsageDayReported
from messages.subscriptions.facts import (
    SubscriptionCancelled,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionPastDue,
    SubscriptionRenewed,
    SubscriptionStarted,
    SubscriptionTrialRefused,
)
from messages.subscriptions.reminders import (
    CardWarningsRequested,
    RenewalsRequested,
    SubscriptionMethodReady,
    SubscriptionPaymentSettled,
)
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)
from messages.subscriptions.topup import (
    TopupDue,
    TopupFailed,
    TopupSetRequested,
    TopupSettled,
    TopupsRequested,
    TopupSucceeded,
)


@dataclass(frozen=True, slots=True)
class Contract:
    """
    One version of one message. A fact has no queue: it leaves by the topic exchange.

    It counts only when it came through one of `exchanges`: RabbitMQ's rights decide who may publish there.
    """

    model: type[Envelope]
    queue: str | None = None
    exchanges: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The `type` attribute on the wire."""
        return type_of(self.model)


_REPORTED = (INGRESS, SALES)
_PRIVILEGED = (SALES,)

CONTRACTS = (
    Contract(UsageReported, MINUTE_USAGE, _REPORTED),
    Contract(SpendRequested, MINUTE_USAGE, _REPORTED),
    Contract(UsageReversed, MINUTE_USAGE, _PRIVILEGED),
    Contract(AccountRegistered, MINUTE_USAGE, _PRIVILEGED),
    Contract(AccountBlockRequested, MINUTE_USAGE, _PRIVILEGED),
    Contract(AccountUnblockRequested, MINUTE_USAGE, _PRIVILEGED),
    Contract(PackageGrantRequested, MINUTE_USAGE, _PRIVILEGED),
    Contract(NoticePreferencesSetRequested, MINUTE_USAGE, _PRIVILEGED),
    Contract(PushSubscribed, MINUTE_USAGE, _PRIVILEGED),
    Contract(PushUnsubscribed, MINUTE_USAGE, _PRIVILEGED),
    Contract(UsageDayReported, MINUTE_USAGE, _PRIVILEGED),
    Contract(PurchaseRequested, PURCHASE, _PRIVILEGED),
    Contract(RefundRequested, PURCHASE, _PRIVILEGED),
    Contract(DisputeReported, PURCHASE, _PRIVILEGED),
    Contract(SetupRequested, PURCHASE, _PRIVILEGED),
    Contract(SetupReturned, PURCHASE, _PRIVILEGED),
    Contract(MethodPreferRequested, PURCHASE, _PRIVILEGED),
    Contract(MethodForgetRequested, PURCHASE, _PRIVILEGED),
    Contract(WebhookReceived, WEBHOOK, (WEBHOOKS,)),
    Contract(ExpirySweepRequested, DUE, (INTERNAL,)),
    Contract(ErasureRequested, DUE, (INTERNAL,)),
    Contract(OpenPaymentsPollRequested, RECONCILIATION, (INTERNAL,)),
    Contract(RecentImportRequested, RECONCILIATION, (INTERNAL,)),
    Contract(ReviewResolutionRequested, RECONCILIATION, (INTERNAL,)),
    Contract(OrderPollRequested, RECONCILIATION, (INTERNAL,)),
    Contract(TotalsComparisonRequested, RECONCILIATION, (INTERNAL,)),
    Contract(NoticeOwed, NOTICE, (INTERNAL,)),
    Contract(NoticesSendingRequested, NOTICE, (INTERNAL,)),
    Contract(SubscriptionStartRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(SubscriptionChangeRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(SubscriptionCancelRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(SubscriptionResumeRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(SubscriptionPauseRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(SubscriptionPaymentRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(TopupSetRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(AccountCloseRequested, SUBSCRIPTION, _PRIVILEGED),
    Contract(RenewalsRequested, RENEWAL, (INTERNAL,)),
    Contract(TopupDue, RENEWAL, (INTERNAL,)),
    Contract(TopupSettled, RENEWAL, (INTERNAL,)),
    Contract(TopupsRequested, RENEWAL, (INTERNAL,)),
    Contract(CardWarningsRequested, RENEWAL, (INTERNAL,)),
    Contract(SubscriptionPaymentSettled, RENEWAL, (INTERNAL,)),
    Contract(SubscriptionMethodReady, RENEWAL, (INTERNAL,)),
    Contract(CampaignCreateRequested, PROMOTION, (INTERNAL,)),
    Contract(CampaignApproveRequested, PROMOTION, (INTERNAL,)),
    Contract(CampaignVoidRequested, PROMOTION, (INTERNAL,)),
    Contract(CampaignsRunRequested, DUE, (INTERNAL,)),
    Contract(PromotionsGuardRequested, DUE, (INTERNAL,)),
    Contract(ProgrammeCreateRequested, PROMOTION, (INTERNAL,)),
    Contract(ProgrammeSwitchRequested, PROMOTION, (INTERNAL,)),
    Contract(PromotionPurchaseSettled, PROMOTION, (INTERNAL,)),
    Contract(ReferralTermsSetRequested, PROMOTION, (INTERNAL,)),
    Contract(ReferralCodeRequested, PROMOTION, (SALES, INTERNAL)),
    Contract(ReferralAttributionRequested, PROMOTION, (SALES, INTERNAL)),
    Contract(RedemptionsSweepRequested, DUE, (INTERNAL,)),
    Contract(StatisticsCountRequested, DUE, (INTERNAL,)),
    Contract(DaysComparisonRequested, RECONCILIATION, (INTERNAL,)),
    Contract(AuditRequested, RECONCILIATION, (INTERNAL,)),
    Contract(BirthdayBonusesRequested, DUE, (INTERNAL,)),
    Contract(ReferralsQualificationRequested, DUE, (INTERNAL,)),
    Contract(AuditLogAnchorRequested, DUE, (INTERNAL,)),
    Contract(LettersDecisionRequested, DUE, (INTERNAL,)),
    Contract(LetterDecisionsRunRequested, DUE, (INTERNAL,)),
    Contract(PromotionRedeemRequested, PROMOTION, _PRIVILEGED),
    Contract(PromotionCreateRequested, PROMOTION, (INTERNAL,)),
    Contract(PromotionBatchRequested, PROMOTION, (INTERNAL,)),
    Contract(PromotionExportRequested, PROMOTION, (INTERNAL,)),
    Contract(PromotionPauseRequested, PROMOTION, (INTERNAL,)),
    Contract(ProductCreateRequested, PROMOTION, (INTERNAL,)),
    Contract(ProductPriceSetRequested, PROMOTION, (INTERNAL,)),
    Contract(ProductWordingSetRequested, PROMOTION, (INTERNAL,)),
    Contract(ProductSwitchRequested, PROMOTION, (INTERNAL,)),
    Contract(BalanceChanged),
    Contract(AccountBlocked),
    Contract(AccountUnblocked),
    Contract(AccountClosed),
    Contract(SpendAccepted),
    Contract(SpendRefused),
    Contract(PackageGranted),
    Contract(PackageStarted),
    Contract(PackageExpired),
    Contract(UsageReversedFact),
    Contract(PurchaseLinkReady),
    Contract(PurchaseCompleted),
    Contract(PurchaseFailed),
    Contract(RefundCompleted),
    Contract(RefundFailed),
    Contract(DisputeOpened),
    Contract(DisputeClosed),
    Contract(SetupLinkReady),
    Contract(SetupFailed),
    Contract(MethodSaved),
    Contract(MethodEnded),
    Contract(SubscriptionStarted),
    Contract(SubscriptionTrialRefused),
    Contract(SubscriptionRenewed),
    Contract(SubscriptionPastDue),
    Contract(SubscriptionCancelled),
    Contract(SubscriptionChanged),
    Contract(SubscriptionEnded),
    Contract(TopupSucceeded),
    Contract(TopupFailed),
    Contract(BonusGranted),
    Contract(CampaignCompleted),
    Contract(PromotionPaused),
    Contract(ReferralQualified),
    Contract(ReferralReversed),
    Contract(PromotionRedeemed),
    Contract(PromotionRefused),
)

FROM_SOMEWHERE = frozenset({PurchaseRequested, SubscriptionStartRequested, PromotionRedeemRequested})
"""What may say where its buyer is; a repeat from another network is still a repeat, so `address` is no content."""

INTAKE: dict[str, dict[str, type[Envelope]]] = {
    queue: {contract.type: contract.model for contract in CONTRACTS if contract.queue == queue} for queue in QUEUES
}
"""queue -> type -> model: what each queue accepts."""

ADMITTED: dict[str, frozenset[str]] = {
    exchange: frozenset(contract.type for contract in CONTRACTS if exchange in contract.exchanges)
    for exchange in EXCHANGE_TYPES
}
"""exchange -> the types that count when they came through it."""

EXCHANGES_OF: dict[str, tuple[str, ...]] = {
    contract.type: contract.exchanges for contract in CONTRACTS if contract.queue is not None
}
"""type of a message to us -> the exchanges through which it counts."""

QUEUE_OF: dict[type[Envelope], str] = {
    contract.model: contract.queue for contract in CONTRACTS if contract.queue is not None
}
"""model -> the queue that accepts it."""
