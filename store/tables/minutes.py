"""Tables of the capability `minutes`: accounts, packages, usages, and the ledger."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Computed, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from store.tables.columns import bigint, boolean, document, identity, integer, moment, string, uuid

BUCKETS = ("granted", "left", "consumed", "held", "frozen", "expired", "voided")

ENTRY_KINDS_WITH_PACKAGE = ("grant", "burn", "settle", "give_back", "expire", "void", "freeze", "unfreeze")
ENTRY_KINDS_WITHOUT = ("debt", "debt_settled", "debt_cancelled", "forgiven")

ROOM_TO_UPDATE_IN_PLACE = {"postgresql_with": {"fillfactor": "80"}}
"""For rows that change often: the new version fits on the same page, and no index is touched."""


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class AccountRow(SQLModel, table=True):
    """
    One Screph user. Its row is the lock of everything the account owns.

    `sequence` counts the changes of the balance; `debt_seconds` is the sum of the
    account's debt entries, kept here because every balance shows it.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("length(id) BETWEEN 1 AND 64", name="account_id_length"),
        CheckConstraint("debt_seconds >= 0", name="account_debt_not_negative"),
        CheckConstraint("sequence >= 0", name="account_sequence_not_negative"),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    id: str = Field(sa_column=string(primary_key=True))
    sequence: int = Field(sa_column=bigint(default=0))
    debt_seconds: int = Field(sa_column=bigint(default=0))
    email: str | None = Field(default=None, sa_column=string(null=True))
    locale: str | None = Field(default=None, sa_column=string(null=True))
    currency: str | None = Field(default=None, sa_column=string(null=True))
    time_zone: str | None = Field(default=None, sa_column=string(null=True))
    referrer: str | None = Field(default=None, sa_column=string(null=True))
    described_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    opened_at: datetime = Field(sa_column=moment(now=True))


class PackageRow(SQLModel, table=True):
    """
    Seconds that an account owns; always the sum of its entries.

    `expiry_announced_at` is when the end of the package was announced as a fact. `has_left` stands in
    for `left_seconds > 0` in the indexes: with the number itself there, every burn would have to
    write all of them anew.
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
        CheckConstraint(
            _one_of("kind", ("purchased", "subscription", "promo", "bonus", "support")), name="package_kind"
        ),
        CheckConstraint(_one_of("state", ("active", "frozen", "voided")), name="package_state"),
        # What a debit reads: the few packages of an account with something left, however many it ever had.
        Index("package_with_left", "account_id", postgresql_where=text("has_left")),
        Index("package_of_account", "account_id", "activated_at"),
        # What the sweep reads.
        Index("package_to_expire", "expires_at", postgresql_where=text("has_left AND expires_at IS NOT NULL")),
        Index(
            "package_to_tell",
            "expires_at",
            postgresql_where=text("expiry_announced_at IS NULL AND expires_at IS NOT NULL"),
        ),
        ROOM_TO_UPDATE_IN_PLACE,
    )

    id: str = Field(sa_column=uuid(primary_key=True))
    account_id: str = Field(sa_column=string(ForeignKey("account.id")))
    kind: str = Field(sa_column=string())
    priority: int = Field(sa_column=integer())
    state: str = Field(sa_column=string(default="active"))
    activated_at: datetime = Field(sa_column=moment())
    expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    granted_seconds: int = Field(sa_column=bigint())
    left_seconds: int = Field(sa_column=bigint())
    has_left: bool = Field(sa_column=Column(Boolean, Computed("left_seconds > 0", persisted=True)))
    consumed_seconds: int = Field(sa_column=bigint(default=0))
    held_seconds: int = Field(sa_column=bigint(default=0))
    frozen_seconds: int = Field(sa_column=bigint(default=0))
    expired_seconds: int = Field(sa_column=bigint(default=0))
    voided_seconds: int = Field(sa_column=bigint(default=0))
    expiry_announced_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class UsageRow(SQLModel, table=True):
    """
    One usage as it was booked. Its id is the inbox id of the message that reported it.

    used = burnt + debt + forgiven, as booked; a reversal leaves these as they were and
    names itself in `reversed_by`.
    """

    __tablename__ = "usage"
    __table_args__ = (
        CheckConstraint("used_seconds > 0", name="usage_positive"),
        CheckConstraint(
            "used_seconds = burnt_seconds + debt_seconds + forgiven_seconds",
            name="usage_every_second_accounted_for",
        ),
        CheckConstraint(
            "burnt_seconds >= 0 AND debt_seconds >= 0 AND forgiven_seconds >= 0",
            name="usage_parts_not_negative",
        ),
        CheckConstraint(_one_of("policy", ("oldest_first", "soonest_expiry")), name="usage_policy"),
        # The same reversal of the same usage cannot be booked twice, whatever the code does.
        Index(
            "usage_reversed_once",
            "reversed_by",
            unique=True,
            postgresql_where=text("reversed_by IS NOT NULL"),
        ),
    )

    id: int = Field(sa_column=bigint(primary_key=True, autoincrement=False))
    account_id: str = Field(sa_column=string())
    used_seconds: int = Field(sa_column=integer())
    burnt_seconds: int = Field(sa_column=integer())
    debt_seconds: int = Field(sa_column=integer(default=0))
    forgiven_seconds: int = Field(sa_column=integer(default=0))
    occurred_at: datetime = Field(sa_column=moment())
    judged_at: datetime = Field(sa_column=moment())
    policy: str = Field(sa_column=string())
    is_late: bool = Field(sa_column=boolean())
    is_requested: bool = Field(sa_column=boolean())
    session_id: str | None = Field(default=None, sa_column=string(null=True))
    feature: str | None = Field(default=None, sa_column=string(null=True))
    extra: dict[str, Any] | None = Field(default=None, sa_column=document())
    reversed_by: int | None = Field(default=None, sa_column=bigint(null=True))


class EntryRow(SQLModel, table=True):
    """
    One line of the ledger. A trigger refuses UPDATE and DELETE.

    No foreign keys: each would cost a look-up per line of the hottest table; `billing audit`
    proves the references instead (docs/decisions/0003-ledger-without-foreign-keys.md).
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint(
            f"CASE WHEN package_id IS NULL THEN {_one_of('kind', ENTRY_KINDS_WITHOUT)}"
            f" ELSE {_one_of('kind', ENTRY_KINDS_WITH_PACKAGE)} END",
            name="entry_kind_fits_package",
        ),
        CheckConstraint("seconds <> 0", name="entry_not_empty"),
        # The key (account_id, id) serves the statement in order; explain and reversal want one more.
        Index("entry_of_usage", "usage_id", postgresql_where=text("usage_id IS NOT NULL")),
    )

    account_id: str = Field(sa_column=string(primary_key=True))
    id: int | None = Field(default=None, sa_column=identity())
    kind: str = Field(sa_column=string())
    seconds: int = Field(sa_column=integer())
    package_id: str | None = Field(default=None, sa_column=uuid(null=True))
    usage_id: int | None = Field(default=None, sa_column=bigint(null=True))
    message_id: int = Field(sa_column=bigint())
    effective_at: datetime = Field(sa_column=moment())
    booked_at: datetime = Field(sa_column=moment(now=True))
