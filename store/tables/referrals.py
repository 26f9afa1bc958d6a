"""Tables of referrals: what is promised, the codes by which accounts invite, and who came by them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from domain.promotions.referral import ReferralStatus
from store.tables.columns import bigint, boolean, integer, moment, number, one_of, string, uuid


class ReferralTermsRow(SQLModel, table=True):
    """What referrals give; the newest row counts for those who come now. `is_open`: friends can be invited."""

    __tablename__ = "referral_terms"
    __table_args__ = (
        CheckConstraint("referrer_seconds >= 0 AND friend_seconds >= 0", name="referral_terms_not_negative"),
        CheckConstraint("monthly_limit > 0 AND window_days >= 0 AND valid_days > 0", name="referral_terms_positive"),
    )

    number: int | None = Field(default=None, sa_column=number(primary_key=True))
    referrer_seconds: int = Field(sa_column=bigint())
    friend_seconds: int = Field(sa_column=bigint())
    monthly_limit: int = Field(sa_column=integer())
    window_days: int = Field(sa_column=integer())
    valid_days: int | None = Field(default=None, sa_column=integer(null=True))
    is_open: bool = Field(sa_column=boolean())
    message_id: int = Field(sa_column=bigint())
    created_by: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())


class InvitationRow(SQLModel, table=True):
    """The code by which an account invites others; `folded` is compared."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("folded", name="invitation_folded"),)

    account: int = Field(sa_column=integer(ForeignKey("account.number"), primary_key=True, autoincrement=False))
    text: str = Field(sa_column=string())
    folded: str = Field(sa_column=string())
    created_at: datetime = Field(sa_column=moment())


class ReferralRow(SQLModel, table=True):
    """
    One account that came because another has invited it; changed under the lock of the friend's account.

    `referrer_package_id` and `friend_package_id` are what each side was given.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("referrer <> friend", name="referral_of_two"),
        CheckConstraint(
            "(order_id IS NULL) = (due_at IS NULL)"
            " AND (status NOT IN ('pending', 'qualified', 'reversed') OR order_id IS NOT NULL)",
            name="referral_has_purchase",
        ),
        CheckConstraint("status <> 'qualified' OR qualified_at IS NOT NULL", name="referral_qualified"),
        CheckConstraint(
            "(status IN ('refused', 'reversed')) = (ended_at IS NOT NULL) AND (ended_at IS NULL) = (why IS NULL)",
            name="referral_ended",
        ),
        CheckConstraint(
            "referrer_voided_seconds BETWEEN 0 AND referrer_seconds"
            " AND friend_voided_seconds BETWEEN 0 AND friend_seconds"
            " AND (qualified_at IS NOT NULL OR referrer_seconds + friend_seconds = 0)",
            name="referral_seconds",
        ),
        CheckConstraint(
            "(referrer_seconds > 0) = (referrer_package_id IS NOT NULL)"
            " AND (friend_seconds > 0) = (friend_package_id IS NOT NULL)",
            name="referral_packages",
        ),
        UniqueConstraint("friend", name="referral_of_friend"),
        Index("referral_of_referrer", "referrer", "attributed_at", "id"),
        Index("referral_newest", "attributed_at", "id"),
        Index("referral_due", "due_at", "id", postgresql_where=text("status = 'pending'")),
    )

    id: str = Field(sa_column=uuid(primary_key=True))
    referrer: int = Field(sa_column=integer(ForeignKey("account.number")))
    friend: int = Field(sa_column=integer(ForeignKey("account.number")))
    terms: int = Field(sa_column=integer(ForeignKey("referral_terms.number")))
    status: str = Field(sa_column=one_of("referral_status", *ReferralStatus))
    message_id: int = Field(sa_column=bigint())
    attributed_at: datetime = Field(sa_column=moment())
    order_id: str | None = Field(default=None, sa_column=string(ForeignKey("orders.id"), null=True))
    due_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    qualified_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    ended_at: datetime | None = Field(default=None, sa_column=moment(null=True))
    why: str | None = Field(default=None, sa_column=string(null=True))
    referrer_seconds: int = Field(sa_column=bigint(default=0))
    friend_seconds: int = Field(sa_column=bigint(default=0))
    referrer_voided_seconds: int = Field(sa_column=bigint(default=0))
    friend_voided_seconds: int = Field(sa_column=bigint(default=0))
    referrer_package_id: str | None = Field(default=None, sa_column=uuid(null=True))
    friend_package_id: str | None = Field(default=None, sa_column=uuid(null=True))
