"""Tables of the capability `access`: accounts of operators at their organisation's provider, and requests to it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.access.oidc import OidcPurpose
from store.tables.columns import bigint, identity, integer, moment, one_of, raw_bytes, string


class OperatorIdentityRow(SQLModel, table=True):
    """
    An account at a provider of identities by which an operator signs in; each has one at a provider.

    `subject` is what the provider calls the account for ever, `connected_by` how it became the operator's: by its
    mail address, or by themselves.
    """

    __tablename__ = "operator_identity"
    __table_args__ = (
        CheckConstraint("subject <> ''", name="operator_identity_subject"),
        UniqueConstraint("issuer", "subject", name="operator_identity_of_provider"),
        UniqueConstraint("operator", "issuer", name="operator_identity_one"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    operator: int = Field(sa_column=integer(ForeignKey("operator.number")))
    issuer: str = Field(sa_column=string())
    subject: str = Field(sa_column=string())
    connected_by: str = Field(sa_column=string())
    connected_at: datetime = Field(sa_column=moment())
    used_at: datetime | None = Field(default=None, sa_column=moment(null=True))


class OidcRequestRow(SQLModel, table=True):
    """
    A request to a provider that has not come back yet, or a sign-in by one that waits for our second factor.

    `state_hash` is the SHA-256 of what comes back, `bound_hash` that of the cookie of the browser that has asked. The
    first answer takes the row away, right or wrong. `operator_session` is the session that asks, `operator` and
    `subject` are whom the provider has named.
    """

    __tablename__ = "oidc_request"
    __table_args__ = (
        CheckConstraint("(purpose = 'factor') = (operator IS NOT NULL)", name="oidc_request_operator"),
        CheckConstraint("(purpose = 'factor') = (subject IS NOT NULL)", name="oidc_request_subject"),
        CheckConstraint(
            "(purpose IN ('prove', 'connect')) = (operator_session IS NOT NULL)", name="oidc_request_session"
        ),
        Index("oidc_request_over", "expires_at"),
        Index("oidc_request_of_address", "address", postgresql_where=text("address IS NOT NULL")),
    )

    state_hash: bytes = Field(sa_column=raw_bytes(primary_key=True))
    purpose: str = Field(sa_column=one_of("oidc_purpose", *OidcPurpose))
    bound_hash: bytes = Field(sa_column=raw_bytes())
    operator_session: int | None = Field(default=None, sa_column=bigint(null=True))
    operator: int | None = Field(default=None, sa_column=integer(ForeignKey("operator.number"), null=True))
    subject: str | None = Field(default=None, sa_column=string(null=True))
    address: str | None = Field(default=None, sa_column=string(null=True))
    asked_at: datetime = Field(sa_column=moment())
    expires_at: datetime = Field(sa_column=moment())
