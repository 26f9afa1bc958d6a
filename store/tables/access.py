"""Tables of the capability `access`: tokens."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from domain.access.scope import TokenKind
from store.tables.columns import integer, moment, number, one_of, raw_bytes, string


class TokenRow(SQLModel, table=True):
    """
    A token, without its text: `sha256` finds it, `last_four` lets people tell one from another.

    `scopes` are separated by blanks. `origin` is that of the page that a widget is on.
    `last_used_at` is written once an hour at the most.
    """

    __tablename__ = "token"
    __table_args__ = (
        CheckConstraint("length(sha256) = 32", name="token_sha256_length"),
        CheckConstraint("(kind = 'server') = (account IS NULL)", name="token_owner"),
        CheckConstraint("(account IS NULL) = (name IS NOT NULL)", name="token_name"),
        CheckConstraint("expires_at > created_at", name="token_period_not_empty"),
        CheckConstraint("kind = 'widget' OR origin IS NULL", name="token_origin"),
        UniqueConstraint("sha256", name="token_sha256"),
        Index("token_of_account", "account", "number"),
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    account: int | None = Field(default=None, sa_column=integer(ForeignKey("account.number"), null=True))
    kind: str = Field(sa_column=one_of("token_kind", *TokenKind))
    sha256: bytes = Field(sa_column=raw_bytes())
    last_four: str = Field(sa_column=string())
    name: str | None = Field(default=None, sa_column=string(null=True))
    origin: str | None = Field(default=None, sa_column=string(null=True))
    scopes: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
    expires_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    last_used_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    revoked_at: datetime | None = Field(default=None, sa_column=moment(null=True))
