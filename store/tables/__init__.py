"""Every table, so that one import knows the whole schema."""

from sqlmodel import SQLModel

from store.tables.messages import DeadLetterRow, InboxRow, OutboxRow
from store.tables.minutes import AccountRow, EntryRow, PackageRow, UsageRow
from store.tables.schedule import SchedulerSlotRow

metadata = SQLModel.metadata

__all__ = [
    "AccountRow",
    "DeadLetterRow",
    "EntryRow",
    "InboxRow",
    "OutboxRow",
    "PackageRow",
    "SchedulerSlotRow",
    "UsageRow",
    "metadata",
]
