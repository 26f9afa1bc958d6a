"""Tables of the capability `access`: entry links, sign-in codes, and the sessions that begin by them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from store.tables.columns import bigint, identity, integer, moment, raw_bytes, string


class EntryLinkRow(SQLModel, table=True):
    """
    A link that signs one account in, once; `token_hash` is the SHA-256 of what stands in it.

    With `viewed_by`, the name of an operator, and their `operator_session` it only lets them look.
    """

    __tablename__ = "entry_link"
    __table_args__ = (
        CheckConstraint("(viewed_by IS NULL) = (operator_session IS NULL)", name="entry_link_view"),
        Index("entry_link_over", "expires_at"),
        Index("entry_link_token", "token_hash", unique=True),
    )

    id: int | None = Field(default=None, sa_column=identity())
    token_hash: bytes = Field(sa_column=raw_bytes())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    task: str = Field(sa_column=string())
    asked_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    viewed_by: str | None = Field(default=None, sa_column=string(null=True))
    operator_session: int | None = Field(default=None, sa_column=bigint(null=True))


class PortalSessionRow(SQLModel, table=True):
    """
    A browser that is signed in to the portal; `token_hash` is the SHA-256 of its cookie.

    `device` is what the browser calls itself, for its owner's list of sessions. Theme and language are the browser's.
    `viewed_by` is the operator who looks as the account does, and changes nothing, for as long as their own
    `operator_session` lasts and half an hour at the most.
    """

    __tablename__ = "portal_session"
    __table_args__ = (
        CheckConstraint("(viewed_by IS NULL) = (operator_session IS NULL)", name="portal_session_view"),
        Index("portal_session_token", "token_hash", unique=True),
        Index("portal_session_of_account", "account", "id"),
        Index("portal_session_seen", "seen_at"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    token_hash: bytes = Field(sa_column=raw_bytes())
    account: int = Field(sa_column=integer(ForeignKey("account.number")))
    device: str | None = Field(default=None, sa_column=string(null=True))
    created_at: datetime = Field(sa_column=moment())
    seen_at: datetime = Field(sa_column=moment())
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    viewed_by: str | None = Field(default=None, sa_column=string(null=True))
    operator_session: int | None = Field(default=None, sa_column=bigint(null=True))


class SignInCodeRow(SQLModel, table=True):
    """
    A code that was asked for in a browser; without an `account`, nobody has the mail address.

    `browser_hash` is the SHA-256 of the browser's cookie, `mail_hash` that of the mail address in small letters, and
    `code_hash` that of cookie and code, so that the row says nothing of the code. `address` is where the browser is.
    """

    __tablename__ = "sign_in_code"
    __table_args__ = (
        CheckConstraint("expires_at > asked_at", name="sign_in_code_period"),
        CheckConstraint("wrong BETWEEN 0 AND 5", name="sign_in_code_wrong"),
        CheckConstraint("used_at IS NULL OR account IS NOT NULL", name="sign_in_code_used"),
        Index("sign_in_code_browser", "browser_hash", unique=True),
        Index("sign_in_code_of_mail", "mail_hash", "asked_at"),
        Index("sign_in_code_of_address", "address", "asked_at", postgresql_where=text("address IS NOT NULL")),
        Index("sign_in_code_asked", "asked_at"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    browser_hash: bytes = Field(sa_column=raw_bytes())
    mail_hash: bytes = Field(sa_column=raw_bytes())
    code_hash: bytes = Field(sa_column=raw_bytes())
    account: int | None = Field(default=None, sa_column=integer(ForeignKey("account.number"), null=True))
    address: str | None = Field(default=None, sa_column=string(null=True))
    asked_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    wrong: int = Field(default=0, sa_column=integer(default=0))
