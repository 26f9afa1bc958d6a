"""Read model: all that is stored of one person, for themselves; secrets and references of gateways are left out."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, select
from sqlmodel import Session

from store.minutes.read import account_statement
from store.numbers import id_of
from store.records import table_of
from store.tables import (
    AccountRow,
    MethodSetupRow,
    NoticeDeliveryRow,
    NoticePreferenceRow,
    NoticeRow,
    OrderRow,
    PackageRow,
    PasskeyRow,
    PortalSessionRow,
    PushSubscriptionRow,
    RedemptionRow,
    ReferralRow,
    RefundRow,
    SavedMethodRow,
    StandingChangeRow,
    SubscriptionRow,
    TokenRow,
    TopupRow,
    UsageDayRow,
)

FORMAT = "screph-billing/person/1"
"""Of the document. Fields may be added; none is taken away or changes its meaning."""

LINES = 10_000
"""Of the ledger, the newest; the history in the portal has all of them as CSV."""

_ACCOUNTS, _ORDERS, _NOTICES = table_of(AccountRow), table_of(OrderRow), table_of(NoticeRow)

_ACCOUNT = (
    "id username email locale currency time_zone referrer opened_at described_at blocked_at closed_at debt_seconds"
    " quiet_from quiet_until low_balance_seconds mail_bad_since is_test"
)

_PACKAGE = (
    "id kind state priority granted_seconds left_seconds consumed_seconds frozen_seconds expired_seconds"
    " voided_seconds activated_at expires_at"
)
_ORDER = (
    "id product kind status gateway currency price_minor list_price_minor granted_seconds title locale country"
    " buyer_snapshot created_at paid_at failure subscription_id"
)
_SUBSCRIPTION = (
    "id product status gateway currency price_minor title locale country created_at period_start period_end"
    " cancelled_at cancelled_by cancel_reason paused_at resumes_at ended_at"
)
_TOPUP = "id product currency threshold_seconds max_per_day max_minor_per_day cooldown_seconds is_on set_at stop"
_REDEMPTION = (
    "role status order_id discount_minor currency seconds redeemed_at confirmed_at given_back_at given_back_why"
)
_TOKEN = "number kind last_four scopes origin created_at expires_at last_used_at revoked_at"

_OF_ACCOUNT: Mapping[str, tuple[type, str]] = {
    "packages": (PackageRow, _PACKAGE),
    "orders": (OrderRow, _ORDER),
    "subscriptions": (SubscriptionRow, _SUBSCRIPTION),
    "auto_topup": (TopupRow, _TOPUP),
    "saved_methods": (SavedMethodRow, "id gateway label expires_on saved_at end_reason ended_at"),
    "method_setups": (MethodSetupRow, "id gateway currency locale status buyer_snapshot created_at ended_at"),
    "redemptions": (RedemptionRow, _REDEMPTION),
    "notice_preferences": (NoticePreferenceRow, "kind channel is_wanted changed_at"),
    "push_browsers": (PushSubscriptionRow, "endpoint created_at gone_at"),
    "sessions": (PortalSessionRow, "device created_at seen_at ended_at"),
    "tokens": (TokenRow, _TOKEN),
    "reported_days": (UsageDayRow, "day time_zone seconds sessions session_list revision recorded_at"),
    "passkeys": (PasskeyRow, "name created_at used_at"),
    "standing": (StandingChangeRow, "standing by reason at"),
}
"""Section -> its table, which names the account of each row, and the columns that are shown."""

_REFUND = (
    "id order_id gateway status currency amount_minor reason origin requested_by created_at succeeded_at buyer_snapshot"
)
_NOTICE = "id kind subject state owed_at due_at ended_at content"
_DELIVERY = "notice channel address state sent_at"


def personal_data(session: Session, account_id: str, *, at: datetime) -> dict[str, Any] | None:
    """
    Return what is stored of an account and its person, ready to be written as JSON; None: there is no such account.

    Args:
        session: a reading session.
        account_id: Screph's id.
        at: aware UTC moment of the export.

    Returns:
        `format`, `exported_at`, `account`, a list for each section, and `statement` with its newest lines.
    """
    accounts = _rows(session, _ACCOUNTS, _ACCOUNT.split(), _ACCOUNTS.c.id == account_id)
    if not accounts:
        return None
    number = session.execute(select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id)).scalar_one()
    found: dict[str, Any] = {"format": FORMAT, "exported_at": at, "account": accounts[0]}
    for section, (row, names) in _OF_ACCOUNT.items():
        table = table_of(row)
        found[section] = _rows(session, table, names.split(), table.c.account == number)
    refunds, deliveries, referrals = table_of(RefundRow), table_of(NoticeDeliveryRow), table_of(ReferralRow)
    # By the ids themselves: of a few hundred orders PostgreSQL would rather read every refund there is.
    mine = session.execute(select(_ORDERS.c.id).where(_ORDERS.c.account == number)).scalars().all()
    found["refunds"] = _rows(session, refunds, _REFUND.split(), refunds.c.order_id.in_(mine))
    found["notices"] = _rows(session, _NOTICES, _NOTICE.split(), _NOTICES.c.account == number)
    told = select(_NOTICES.c.id).where(_NOTICES.c.account == number)
    found["deliveries"] = _rows(session, deliveries, _DELIVERY.split(), deliveries.c.notice.in_(told))
    found["referrals"] = _referrals(session, referrals, number)
    statement = account_statement(session, account_id, limit=LINES)
    found["statement"] = {
        "lines": [asdict(line) for line in statement.lines],
        "has_older": statement.cursor is not None,
    }
    return found


def _rows(session: Session, table: Table, names: list[str], condition: ColumnElement[bool]) -> list[dict[str, Any]]:
    # A product is named by its id; the number by which rows refer to it says nothing to anybody.
    columns = [id_of(table.c[name]) if name == "product" else table.c[name] for name in names]
    order = list(table.primary_key.columns)
    return [dict(row) for row in session.execute(select(*columns).where(condition).order_by(*order)).mappings()]


def _referrals(session: Session, table: Table, account: int) -> list[dict[str, Any]]:
    """Return who was invited and by whom, as far as this person is one of the two; the other one stays unnamed."""
    rows = session.execute(
        select((table.c.referrer == account).label("is_inviter"), table.c.status, table.c.attributed_at).where(
            (table.c.referrer == account) | (table.c.friend == account)
        )
    )
    return [dict(row) for row in rows.mappings()]
