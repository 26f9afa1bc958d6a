"""Reminders to look at gateways. Queue `calls`, which no producer outside can write to."""

from typing import Literal

from messages.envelope import Envelope
from messages.fields import Data


class LookData(Data):
    """Nothing: a look takes up whatever is open when it runs."""


class OpenRowsLookRequested(Envelope):
    """Orders, refunds and webhooks that are open for some minutes are to be looked up at their gateways."""

    type: Literal["screph.open_rows_look.requested.v1"]
    data: LookData


class RecentLookRequested(Envelope):
    """What the gateways list for the last day is to be compared with what is known here."""

    type: Literal["screph.recent_look.requested.v1"]
    data: LookData


class SumsLookRequested(Envelope):
    """Money of the last days is to be compared with the gateways', by day, gateway and currency."""

    type: Literal["screph.sums_look.requested.v1"]
    data: LookData
