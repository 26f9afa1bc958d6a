"""An account on one screen: what it has, what happened, and what support can do about it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from domain.access.role import Permission
from store.access.read import list_tokens
from store.access.read_admin import AccountHead, account_head, standing_changes
from store.access.read_operators import WantedLines, list_acts, was_seen_by
from store.cursor import WrongCursor
from store.engine import Session
from store.minutes.read import account_balance, account_forecast, account_statement
from store.notices.read import list_notices
from store.payments.read import list_orders
from store.payments.read_methods import list_methods
from store.payments.read_receipts import package_names
from store.promotions.read import gifts_of_account
from store.promotions.read_referrals import list_referrals
from store.reading import reading
from store.subscriptions.read import list_subscriptions
from web.admin.acting import new_form_id
from web.admin.lists import address_with
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.words import mail, said, tone
from web.portal.home import tone_of
from web.portal.statement import change_of, why_of, words_of
from workers.access.operator_sessions import note_act

TABS = ("statement", "orders", "subscription", "promotions", "notices", "tokens", "history")

SEEN_AGAIN = timedelta(minutes=15)
"""Looking at the same account again so soon has no line of its own in the audit log."""

LINES = 25

router = AdminRouter()


class Asked(BaseModel):
    """What the address asks for."""

    id: str = Field(max_length=128)
    tab: str = Field(default="statement", max_length=20)
    cursor: str | None = Field(default=None, max_length=2_000)
    done: str | None = Field(default=None, max_length=20)


@router.page("/account", Permission.ACCOUNTS_READ)
def account(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show one account."""
    return account_page(request, signed, asked)


def account_page(
    request: Request, signed: Signed, asked: Asked, *, fault: str | None = None, status: int = 200
) -> Response:
    """Return the page of an account; `fault` says why a form had no effect."""
    context = admin_of(request).context
    tab = asked.tab if asked.tab in TABS else TABS[0]
    now, policy = context.clock(), context.rules.policy
    with reading(context.engine) as session:
        head = account_head(session, asked.id)
        if head is None:
            return show(request, "not_found.html", signed, status=404)
        balance = account_balance(session, head.id, at=None, now=now, policy=policy)
        values: dict[str, Any] = {
            "balance": balance,
            "outlook": account_forecast(session, head.id, now=now, policy=policy),
            "standing": standing_changes(session, head.id),
            "named": package_names(session, {package.id for package in balance.packages}),
        }
        try:
            values |= _TABS[tab](session, head, asked.cursor)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
    _note_view(request, signed, head)
    return show(
        request,
        "account.html",
        signed,
        status=status,
        head=head,
        tab=tab,
        tabs=TABS,
        older=address_with("/account", {"id": head.id, "tab": tab}, values.pop("following", None)),
        is_newest=asked.cursor is None,
        done=said(asked.done),
        fault=fault,
        form_id=new_form_id(),
        tone=tone_of(balance.available_seconds),
        tone_of=tone,
        mail=mail,
        words_of=words_of,
        change_of=change_of,
        why_of=why_of,
        **values,
    )


def _note_view(request: Request, signed: Signed, head: AccountHead) -> None:
    """Write into the audit log that somebody has seen what is known of a person."""
    context = admin_of(request).context
    if not signed.may(Permission.PERSONAL_READ):
        return
    since = context.clock() - SEEN_AGAIN
    with reading(context.engine) as session:
        is_known = was_seen_by(session, signed.operator.session_id, head.id, since=since)
    if not is_known:
        note_act(context, signed.act("account.view", account_id=head.id))


def _statement(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    found = account_statement(session, head.id, limit=LINES, cursor=cursor)
    lines = list(reversed(found.lines))
    packages = package_names(session, {line.package_id for line in lines if line.package_id is not None})
    return {"lines": lines, "packages": packages, "following": found.cursor}


def _orders(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    found = list_orders(session, account_id=head.id, limit=LINES, cursor=cursor)
    return {"lines": found.lines, "methods": list_methods(session, head.id), "following": found.next_cursor}


def _subscription(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    found = list_subscriptions(session, account_id=head.id, limit=LINES, cursor=cursor)
    return {"lines": found.lines, "following": found.next_cursor}


def _promotions(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    lines, following = list_referrals(session, account_id=head.id, limit=LINES, cursor=cursor)
    gifts = [] if cursor else gifts_of_account(session, head.id, limit=LINES)
    return {"lines": lines, "following": following, "gifts": gifts}


def _notices(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    found = list_notices(session, account_id=head.id, limit=LINES, cursor=cursor)
    return {"lines": found.lines, "following": found.next_cursor}


def _tokens(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    found = list_tokens(session, account_id=head.id, limit=LINES, cursor=cursor)
    return {"lines": found.lines, "following": found.next_cursor}


def _history(session: Session, head: AccountHead, cursor: str | None) -> dict[str, Any]:
    lines, following = list_acts(session, WantedLines(account_id=head.id, limit=LINES, cursor=cursor))
    return {"lines": lines, "following": following}


_TABS: dict[str, Callable[[Session, AccountHead, str | None], dict[str, Any]]] = {
    "statement": _statement,
    "orders": _orders,
    "subscription": _subscription,
    "promotions": _promotions,
    "notices": _notices,
    "tokens": _tokens,
    "history": _history,
}
