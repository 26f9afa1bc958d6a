"""Reminders between our own processes. Queue `due`, which no producer outside can write to."""

from typing import Literal

from messages.envelope import Envelope
from messages.fields import Data


class SweepData(Data):
    """Nothing: a sweep handles whatever is due when it runs."""


class ExpirySweepRequested(Envelope):
    """Packages whose time is over are to be noticed, and their rest booked as expired."""

    type: Literal["screph.expiry_sweep.requested.v1"]
    data: SweepData
