"""Reminders to poll the gateways and to erase what is old; no producer outside can write to their queues."""

from typing import Literal

from messages.envelope import Envelope
from messages.fields import Data


class PollData(Data):
    """Nothing: the work is whatever is due when it runs."""


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


class ErasureRequested(Envelope):
    """Bytes of webhooks, and what gateways were told about buyers, are to be erased where they are old."""

    type: Literal["screph.erasure.requested.v1"]
    data: PollData
