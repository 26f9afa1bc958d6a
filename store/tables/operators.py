"""Tables of the capability `access`: operators, how they sign in, and the log of what they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.access.role import Role
from store.tables.columns import bigint, document, identity, integer, moment, number, one_of, raw_bytes, string

_COUNTED = "action IN ('minutes.grant', 'order.refund')"
"""Lines of what an operator may do alone up to a sum of the day."""


class OperatorRow(SQLModel, table=True):
    """
    Somebody who works with the admin pages; a row is never deleted, for the audit log names it.

    `invite_hash` is the SHA-256 of an invitation that is open. `totp_secret` is that of an authenticator app;
    whoever has a passkey may do without. `totp_step` is the last period of 30 s whose code was used.
    """

    __tablename__ = "operator"
    __table_args__ = (
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9._@+-]{0,63}$'", name="operator_name_form"),
        CheckConstraint("(invite_hash IS NULL) = (invite_expires_at IS NULL)", name="operator_invite"),
        CheckConstraint("(joined_at IS NULL) = (password_hash IS NULL)", name="operator_joined"),
        UniqueConstraint("name", name="operator_name"),
        Index("operator_invited", "invite_hash", unique=True, postgresql_where=text("invite_hash IS NOT NULL")),
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    name: str = Field(sa_column=string())
    role: str = Field(sa_column=one_of("operator_role", *Role))
    invite_hash: bytes | None = Field(default=None, sa_column=raw_bytes(null=True))
    invite_expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    password_hash: str | None = Field(default=None, sa_column=string(null=True))
    totp_secret: str | None = Field(default=None, sa_column=string(null=True))
    totp_step: int | None = Field(default=None, sa_column=bigint(null=True))
    created_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
    joined_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    disabled_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class OperatorSessionRow(SQLModel, table=True):
    """
    A browser in which an operator is signed in; `token_hash` is the SHA-256 of its cookie.

    The cookie changes with each proof; `form_secret`, which stands in its forms, does not. `proved_at` is when
    the second factor was last given.
    """

    __tablename__ = "operator_session"
    __table_args__ = (
        Index("operator_session_token", "token_hash", unique=True),
        Index("operator_session_of_operator", "operator", "id", postgresql_where=text("ended_at IS NULL")),
        Index("operator_session_seen", "seen_at"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    operator: int = Field(sa_column=integer(ForeignKey("operator.number")))
    token_hash: bytes = Field(sa_column=raw_bytes())
    form_secret: str = Field(sa_column=string())
    address: str | None = Field(default=None, sa_column=string(null=True))
    device: str | None = Field(default=None, sa_column=string(null=True))
    created_at: datetime = Field(sa_column=moment())
    seen_at: datetime = Field(sa_column=moment())
    proved_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class RecoveryCodeRow(SQLModel, table=True):
    """A code that stands for the second factor, once."""

    __tablename__ = "recovery_code"

    operator: int = Field(sa_column=integer(ForeignKey("operator.number"), primary_key=True, autoincrement=False))
    code_hash: bytes = Field(sa_column=raw_bytes(primary_key=True))
    used_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class SignInTryRow(SQLModel, table=True):
    """A try to sign in that did not succeed, or has not yet; of a name that may be nobody's."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("sign_in_try_of_name", "name", "tried_at"),
        Index("sign_in_try_of_address", "address", "tried_at"),
        Index("sign_in_try_old", "tried_at"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    name: str = Field(sa_column=string())
    address: str | None = Field(default=None, sa_column=string(null=True))
    tried_at: datetime = Field(sa_column=moment())


class AuditLogRow(SQLModel, table=True):
    """
    What an operator did; nobody can change or delete a line.

    `id` counts from 1 without a gap, and `hash` covers the line and `previous_hash`, so a line that was changed,
    removed or put in between is found. `seal` binds `hash` to a key that is not in the database. `source` and
    `event_id` are the key of the message that it caused.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint("id > 0", name="audit_log_first"),
        CheckConstraint("(source IS NULL) = (event_id IS NULL)", name="audit_log_message"),
        CheckConstraint(
            "length(hash) = 32 AND length(previous_hash) = 32 AND length(seal) = 32", name="audit_log_hashes"
        ),
        Index("audit_log_of_message", "source", "event_id", unique=True, postgresql_where=text("source IS NOT NULL")),
        Index("audit_log_of_account", "account_id", "id", postgresql_where=text("account_id IS NOT NULL")),
        Index("audit_log_of_object", "object", "id", postgresql_where=text("object IS NOT NULL")),
        Index("audit_log_of_name", "name", "id"),
        Index("audit_log_of_action", "action", "id"),
        Index("audit_log_done_alone", "name", "at", postgresql_where=text(_COUNTED)),
    )

    id: int = Field(sa_column=bigint(primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=moment())
    operator: int | None = Field(default=None, sa_column=integer(null=True))
    name: str = Field(sa_column=string())
    role: str = Field(sa_column=string())
    session_id: int | None = Field(default=None, sa_column=bigint(null=True))
    address: str | None = Field(default=None, sa_column=string(null=True))
    request_id: str | None = Field(default=None, sa_column=string(null=True))
    action: str = Field(sa_column=string())
    object: str | None = Field(default=None, sa_column=string(null=True))
    account_id: str | None = Field(default=None, sa_column=string(null=True))
    reason: str | None = Field(default=None, sa_column=string(null=True))
    detail: dict[str, Any] | None = Field(default=None, sa_column=document())
    source: str | None = Field(default=None, sa_column=string(null=True))
    event_id: str | None = Field(default=None, sa_column=string(null=True))
    previous_hash: bytes = Field(sa_column=raw_bytes())
    hash: bytes = Field(sa_column=raw_bytes())
    seal: bytes | None = Field(default=None, sa_column=raw_bytes(null=True))


class SavedFilterRow(SQLModel, table=True):
    """A way in which an operator looks at a list: `query` are the filters in the address of the page `path`."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        UniqueConstraint("operator", "path", "name", name="saved_filter_name"),
        CheckConstraint("length(name) BETWEEN 1 AND 60 AND length(query) BETWEEN 1 AND 1000", name="saved_filter_form"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    operator: int = Field(sa_column=integer(ForeignKey("operator.number")))
    path: str = Field(sa_column=string())
    name: str = Field(sa_column=string())
    query: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
