"""Tables of the capability `minutes`: accounts, packages, the ledger. Usages are in the inbox."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Computed, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.minutes.balance_level import BalanceLevel
from domain.minutes.entry import EntryKind
from domain.minutes.package import PackageKind, PackageState
from store.tables.columns import (
    bigint,
    boolean,
    document,
    integer,
    moment,
    number,
    one_of,
    reserved_id,
    string,
    time_of_day,
    uuid,
)

BUCKETS = ("granted", "left", "consumed", "held", "frozen", "expired", "voided")

ROOM_TO_UPDATE_IN_PLACE = {"postgresql_with": {"fillfactor": "80"}}
"""For rows that change often: the new version fits on the same page, and no index is touched."""


class AccountRow(SQLModel, table=True):
    """
    One Screph user. Its row is the lock of everything the account owns.

    `id` is Screph's own id and stands here alone; every other row refers to `number`. `sequence` counts
    the changes of the balance; `debt_seconds` is the sum of the account's debt entries, stored here because
    every balance shows it. `last_entry_id` is where the account's ledger is read from, backwards; 0 when
    it has none. `forgiven` has the seconds that were forgiven on each UTC day to which a usage may still be judged,
    so a limit for a day costs no look into the ledger; most accounts have none.

    `balance_level` is what the account has heard of its balance last, NULL for nothing yet; it stands here because
    every change of a balance decides about it. Quiet hours and the threshold of a low balance are NULL where the
    account has not chosen them. `mail_bad_since`: its address was refused for good. `topup_below_seconds` is the
    threshold of an auto top-up that may begin now.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("length(id) BETWEEN 1 AND 64", name="account_id_length"),
        CheckConstraint("debt_seconds >= 0", name="account_debt_not_negative"),
        CheckConstraint("sequence >= 0", name="account_sequence_not_negative"),
        CheckConstraint("low_balance_seconds >= 0", name="account_low_balance_not_negative"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="account_quiet_hours_whole"),
        UniqueConstraint("id", name="account_id"),
        Index("account_email", text("lower(email)")),
        Index("account_beginning", text("id text_pattern_ops")),
        Index("account_blocked", "number", postgresql_where=text("blocked_at IS NOT NULL")),
        Index("account_for_tests", "number", postgresql_where=text("is_test")),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    sequence: int = Field(sa_column=bigint(default=0))
    debt_seconds: int = Field(sa_column=bigint(default=0))
    last_entry_id: int = Field(sa_column=bigint(default=0))
    opened_at: datetime = Field(sa_column=moment(now=True))
    is_test: bool = Field(sa_column=boolean())
    forgiven: dict[str, Any] | None = Field(default=None, sa_column=document())
    id: str = Field(sa_column=string())
    username: str | None = Field(default=None, sa_column=string(null=True))
    email: str | None = Field(default=None, sa_column=string(null=True))
    locale: str | None = Field(default=None, sa_column=string(null=True))
    currency: str | None = Field(default=None, sa_column=string(null=True))
    time_zone: str | None = Field(default=None, sa_column=string(null=True))
    referrer: str | None = Field(default=None, sa_column=string(null=True))
    described_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    blocked_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    closed_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    mail_bad_since: datetime | None = Field(default=None, sa_column=moment(null=True))
    quiet_from: time | None = Field(default=None, sa_column=time_of_day(null=True))
    quiet_until: time | None = Field(default=None, sa_column=time_of_day(null=True))
    low_balance_seconds: int | None = Field(default=None, sa_column=integer(null=True))
    balance_level: str | None = Field(default=None, sa_column=one_of("balance_level", *BalanceLevel, null=True))
    topup_below_seconds: int | None = Field(default=None, sa_column=bigint(null=True))


class PackageRow(SQLModel, table=True):
    """
    Seconds that an account owns; always the sum of its entries.

    `id` is the package's name outside and the last key of the burn order; it stands here alone, and entries
    refer to `number`. `announce_at` is the moment from which on something is to be announced of the package: its
    start, a warning, its end (domain/minutes/announce.py); NULL when everything is said. `expiry_announced_at` is
    when its end was.
    `has_left` stands in for `left_seconds > 0` in the indexes: with the number itself there, every burn would
    have to write all of them again.
    """

    __tablename__ = "package"
    __table_args__ = (
        CheckConstraint(
            "granted_seconds = left_seconds + consumed_seconds + held_seconds"
            " + frozen_seconds + expired_seconds + voided_seconds",
            name="package_every_second_accounted_for",
        ),
        CheckConstraint(
            " AND ".join(f"{bucket}_seconds >= 0" for bucket in BUCKETS), name="package_seconds_not_negative"
        ),
        CheckConstraint("expires_at > activated_at", name="package_period_not_empty"),
        # The account stands last in every unique key: the store can then be distributed by account.
        UniqueConstraint("id", "account", name="package_id"),
        # What a debit reads: the few packages of an account with something left, however many it ever had.
        Index("package_with_left", "account", postgresql_where=text("has_left")),
        Index("package_of_account", "account", "activated_at", "number"),
        # What the sweep reads, in the order in which it goes on: many packages end at the same midnight.
        Index(
            "package_to_expire", "expires_at", "number", postgresql_where=text("has_left AND expires_at IS NOT NULL")
        ),
        Index(
            "package_to_announce",
            "announce_at",
            "number",
            postgresql_where=text("has_left AND announce_at IS NOT NULL"),
        ),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number"), primary_key=True, autoincrement=False))
    id: str = Field(sa_column=uuid())
    activated_at: datetime = Field(sa_column=moment())
    granted_seconds: int = Field(sa_column=bigint())
    left_seconds: int = Field(sa_column=bigint())
    consumed_seconds: int = Field(sa_column=bigint(default=0))
    held_seconds: int = Field(sa_column=bigint(default=0))
    frozen_seconds: int = Field(sa_column=bigint(default=0))
    expired_seconds: int = Field(sa_column=bigint(default=0))
    voided_seconds: int = Field(sa_column=bigint(default=0))
    priority: int = Field(sa_column=integer())
    kind: str = Field(sa_column=one_of("package_kind", *PackageKind))
    state: str = Field(sa_column=one_of("package_state", *PackageState, default="active"))
    has_left: bool = Field(sa_column=Column(Boolean, Computed("left_seconds > 0", persisted=True)))
    expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    expiry_announced_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    announce_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class EntryRow(SQLModel, table=True):
    """
    One line of the ledger. A trigger refuses UPDATE and DELETE.

    `previous_id` is the account's line before, 0 for its first: a page of the ledger, and a past balance,
    walk this chain backwards from `account.last_entry_id`, so no index with the account first is needed,
    which would cost a random page for every event (docs/decisions/0014-dense-rows.md). A usage's lines are
    found from `inbox.entry_id` and `entry_later`, an account's debts by `entry_debt`.

    `rival` is, for a burn, the package that would have been next; it says why, without a replay of the ledger.

    No foreign keys: each would cost a look-up per line of the hottest table; `billing audit`
    proves the references instead (docs/decisions/0003-ledger-without-foreign-keys.md).
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint(
            "(package IS NULL) = (kind IN ('debt', 'debt_settled', 'debt_cancelled', 'forgiven'))",
            name="entry_kind_fits_package",
        ),
        CheckConstraint("seconds <> 0", name="entry_not_empty"),
        CheckConstraint("previous_id < id", name="entry_chain"),
        Index("entry_debt", "account", "usage_id", postgresql_where=text("package IS NULL AND kind <> 'forgiven'")),
        # What became of a usage after it was booked: settled, given back, cancelled.
        Index("entry_later", "usage_id", "account", postgresql_where=text("usage_id <> message_id")),
        Index("entry_booked", "booked_at", postgresql_using="brin"),
    )

    id: int | None = Field(default=None, sa_column=reserved_id())
    previous_id: int = Field(sa_column=bigint())
    # Leaving `message_id` out where `usage_id` says it would save 8 bytes and, in a row that has no other empty
    # column, cost 8 for the bitmap of empty columns.
    message_id: int = Field(sa_column=bigint())
    effective_at: datetime = Field(sa_column=moment())
    booked_at: datetime = Field(sa_column=moment(now=True))
    usage_id: int | None = Field(default=None, sa_column=bigint(null=True))
    account: int = Field(sa_column=integer(primary_key=True, autoincrement=False))
    seconds: int = Field(sa_column=integer())
    package: int | None = Field(default=None, sa_column=integer(null=True))
    kind: str = Field(sa_column=one_of("entry_kind", *EntryKind))
    rival: int | None = Field(default=None, sa_column=integer(null=True))
