"""Tables of the capability `access`: passkeys of operators and of buyers, and challenges that wait for an answer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlmodel import Field, SQLModel

from domain.access.passkey import Purpose
from store.tables.columns import bigint, identity, integer, moment, one_of, raw_bytes, string


class PasskeyRow(SQLModel, table=True):
    """
    A passkey of an operator or of an account; what is stored lets nobody sign in, for the private key is elsewhere.

    `sign_count` is the last counter that the authenticator has shown; many show 0 for ever.
    """

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("(operator IS NULL) <> (account IS NULL)", name="passkey_holder"),
        CheckConstraint("sign_count >= 0", name="passkey_sign_count"),
        CheckConstraint("name <> ''", name="passkey_name"),
        Index("passkey_credential", "credential_id", unique=True),
        Index("passkey_of_operator", "operator", "id", postgresql_where=text("operator IS NOT NULL")),
        Index("passkey_of_account", "account", "id", postgresql_where=text("account IS NOT NULL")),
    )

    id: int | None = Field(default=None, sa_column=identity())
    operator: int | None = Field(default=None, sa_column=integer(ForeignKey("operator.number"), null=True))
    account: int | None = Field(default=None, sa_column=integer(ForeignKey("account.number"), null=True))
    credential_id: bytes = Field(sa_column=raw_bytes())
    public_key: bytes = Field(sa_column=raw_bytes())
    sign_count: int = Field(sa_column=bigint())
    name: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class PasskeyChallengeRow(SQLModel, table=True):
    """
    A challenge that nobody has answered yet; the first answer takes the row away, whether it is right or not.

    `challenge_hash` is the SHA-256 of the challenge, `bound_hash` that of what the answering browser must be known by.
    """

    __tablename__ = "passkey_challenge"
    __table_args__ = (
        Index("passkey_challenge_over", "expires_at"),
        Index("passkey_challenge_of_address", "address", postgresql_where=text("address IS NOT NULL")),
    )

    challenge_hash: bytes = Field(sa_column=raw_bytes(primary_key=True))
    purpose: str = Field(sa_column=one_of("passkey_purpose", *Purpose))
    bound_hash: bytes = Field(sa_column=raw_bytes())
    address: str | None = Field(default=None, sa_column=string(null=True))
    expires_at: datetime = Field(sa_column=moment())
