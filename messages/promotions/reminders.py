"""Our own reminders about promotions: a purchase has changed, a day has come."""

from typing import Literal

from messages.envelope import AboutAccount, Envelope
from messages.fields import Data, OrderId


class PurchaseSettledData(Data):
    """Which order it is."""

    order_id: OrderId


class PromotionPurchaseSettled(AboutAccount):
    """An order was paid, or its money was given back: programmes and referrals are to follow it."""

    type: Literal["screph.promotion.purchase_settled.v1"]
    data: PurchaseSettledData


class DueData(Data):
    """Nothing: the work is whatever is due when it runs."""


class RedemptionsSweepRequested(Envelope):
    """Uses of codes that are reserved for longer than a checkout takes are to be settled as their orders stand."""

    type: Literal["screph.redemptions_sweep.requested.v1"]
    data: DueData


class BirthdayBonusesRequested(Envelope):
    """Accounts that have a birthday are to be given what the programmes say."""

    type: Literal["screph.birthday_bonuses.requested.v1"]
    data: DueData


class ReferralsQualificationRequested(Envelope):
    """Referrals whose purchase can hardly be given back any more are to be decided."""

    type: Literal["screph.referrals_qualification.requested.v1"]
    data: DueData
