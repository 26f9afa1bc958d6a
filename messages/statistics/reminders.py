"""Reminders to count, and to prove; no producer outside can write to their queues."""

from typing import Literal

from messages.envelope import Envelope
from messages.fields import Data


class CountData(Data):
    """Nothing: the work is whatever is not counted yet."""


class StatisticsCountRequested(Envelope):
    """What was booked and paid since the last time is to be added to the sums; days that are over, to be closed."""

    type: Literal["screph.statistics_count.requested.v1"]
    data: CountData


class DaysComparisonRequested(Envelope):
    """Days are to be compared: orders with the ledger's grants, what Screph reports with what is booked."""

    type: Literal["screph.days_comparison.requested.v1"]
    data: CountData


class AuditRequested(Envelope):
    """Every invariant is to be proven, and the verdict to be saved."""

    type: Literal["screph.audit.requested.v1"]
    data: CountData
