"""Tables of the capability `catalogue`: what is on offer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlmodel import Field, SQLModel

from domain.catalogue.product import ProductKind
from domain.periods import PeriodUnit
from store.tables.columns import bigint, boolean, identity, integer, moment, number, one_of, string


class ProductRow(SQLModel, table=True):
    """An offer in the catalogue; prices and names are rows of their own. `number` stands for its id in other rows."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("granted_seconds > 0", name="product_grant_positive"),
        CheckConstraint("valid_days > 0", name="product_validity_positive"),
        CheckConstraint("(kind = 'subscription') = (period IS NOT NULL)", name="product_period"),
        CheckConstraint("trial_days IS NULL OR (trial_days > 0 AND period IS NOT NULL)", name="product_trial"),
        CheckConstraint(
            "(trial_days IS NULL) = (trial_seconds IS NULL) AND trial_seconds > 0", name="product_trial_seconds"
        ),
    )

    id: str = Field(sa_column=string(primary_key=True))
    number: int | None = Field(default=None, sa_column=number(nullable=False, unique=True))
    kind: str = Field(sa_column=one_of("product_kind", *ProductKind, default="one_off"))
    granted_seconds: int = Field(sa_column=bigint())
    valid_days: int | None = Field(default=None, sa_column=bigint(null=True))
    is_active: bool = Field(sa_column=boolean())
    position: int = Field(sa_column=integer(default=0))
    period: str | None = Field(default=None, sa_column=one_of("period_unit", *PeriodUnit, null=True))
    trial_days: int | None = Field(default=None, sa_column=integer(null=True))
    trial_seconds: int | None = Field(default=None, sa_column=bigint(null=True))


class ProductWordingRow(SQLModel, table=True):
    """What a product is called in one language."""

    __tablename__ = "product_wording"

    product: int = Field(sa_column=integer(ForeignKey("product.number"), primary_key=True))
    locale: str = Field(sa_column=string(primary_key=True))
    name: str = Field(sa_column=string())
    description: str = Field(sa_column=string(default=""))
    position: int = Field(sa_column=integer(default=0))


class PriceRow(SQLModel, table=True):
    """What a product costs in one currency; never converted from another."""

    __tablename__ = "price"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="price_not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="price_currency"),
    )

    product: int = Field(sa_column=integer(ForeignKey("product.number"), primary_key=True))
    currency: str = Field(sa_column=string(primary_key=True))
    amount_minor: int = Field(sa_column=bigint())
    position: int = Field(sa_column=integer(default=0))


class PriceChangeRow(SQLModel, table=True):
    """A price that was changed: from what to what, NULL where it was or is not sold in that currency; it only grows."""

    __tablename__ = "price_change"
    __table_args__ = (
        CheckConstraint("before_minor >= 0 AND amount_minor >= 0", name="price_change_amounts"),
        CheckConstraint("before_minor IS DISTINCT FROM amount_minor", name="price_change_is_one"),
        Index("price_change_of_product", "product", "id"),
    )

    id: int | None = Field(default=None, sa_column=identity())
    product: int = Field(sa_column=integer(ForeignKey("product.number")))
    currency: str = Field(sa_column=string())
    before_minor: int | None = Field(default=None, sa_column=bigint(null=True))
    amount_minor: int | None = Field(default=None, sa_column=bigint(null=True))
    changed_at: datetime = Field(sa_column=moment())
    changed_by: str = Field(sa_column=string())
