"""Reminders between our own processes, to which no producer outside can write."""

from typing import Annotated, Literal

from pydantic import Field

from messages.envelope import AboutAccount, Envelope
from messages.fields import Data, OrderId, Text64


class RenewalData(Data):
    """Nothing: the work is whatever is due when it runs."""


class RenewalsRequested(Envelope):
    """Subscriptions whose time has come are to be renewed, tried again or ended."""

    type: Literal["screph.renewals.requested.v1"]
    data: RenewalData


class CardWarningsRequested(Envelope):
    """Whoever is charged by a card that ends within 30 days is to hear of it."""

    type: Literal["screph.card_warnings.requested.v1"]
    data: RenewalData


class SettledData(Data):
    """Which order has changed, and the subscription that it pays for."""

    subscription_id: Text64
    order_id: OrderId


class SubscriptionPaymentSettled(AboutAccount):
    """An order of a subscription was paid, declined, expired or refunded; the subscription follows it."""

    type: Literal["screph.subscription_payment.settled.v1"]
    data: SettledData


class MethodReadyData(Data):
    """Which saved method can be charged."""

    method_id: Annotated[int, Field(strict=True, gt=0)]


class SubscriptionMethodReady(AboutAccount):
    """A method was saved, or chosen before all others: a renewal that is owed is tried with it at once."""

    type: Literal["screph.subscription_method.ready.v1"]
    data: MethodReadyData
