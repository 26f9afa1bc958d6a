"""Reminders to poll the gateways. Queue `reconciliation`, to which no producer outside can write."""

from typing import Literal

from messages.envelope import Envelope
from messages.fields import Data


class PollData(Data):
    """Nothing: a poll handles whatever is open when it runs."""


class OpenPaymentsPollRequested(Envelope):
    """Orders, refunds and webhooks that are open for some minutes are to be polled at their gateways."""

    type: Literal["screph.open_payments_poll.requested.v1"]
    data: PollData


class RecentImportRequested(Envelope):
    """What the gateways list for the last day is to be compared with what is known here."""

    type: Literal["screph.recent_import.requested.v1"]
    data: PollData


class TotalsComparisonRequested(Envelope):
    """Money of the last days is to be compared with the gateways', by day, gateway and currency."""

    type: Literal["screph.totals_comparison.requested.v1"]
    data: PollData
