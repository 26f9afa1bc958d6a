"""Reminders between our own processes. Queue `due`, which no producer outside can write to."""

from typing import Literal

from messages.envelope import Envelope
from messages.fields import Data


class AnchorData(Data):
    """Nothing: the last line of the audit log is noted as it is then."""


class AuditLogAnchorRequested(Envelope):
    """The end of the audit log is to be written into the stream of logs, where nobody can change it."""

    type: Literal["screph.audit_log.anchor_requested.v1"]
    data: AnchorData
