"""The table of identities: by what accounts of one person are known to be one person's."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlmodel import Field, SQLModel

from domain.identity import IdentityKind
from store.tables.columns import integer, moment, one_of, uuid


class IdentityRow(SQLModel, table=True):
    """
    What an account was once seen with: a mail address without its tag, or a card.

    `value` is a hash (domain/identity.py): it can be compared, and neither an address nor a card can be read from it.
    Whoever had an address once still is the same person to a limit, so rows are never removed.
    """

    __tablename__ = "identity"
    __table_args__ = (Index("identity_of_account", "account"),)

    value: str = Field(sa_column=uuid(primary_key=True))
    account: int = Field(sa_column=integer(ForeignKey("account.number"), primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=one_of("identity_kind", *IdentityKind))
    first_seen_at: datetime = Field(sa_column=moment())
