"""What an account may do: blocked, freed and closed by support, each with its reason."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from messages.access.standing import AccountBlockRequested, AccountCloseRequested, AccountUnblockRequested
from messages.envelope import AboutAccount
from store.access.read_admin import account_head
from store.minutes.read import account_balance
from store.reading import reading
from web.admin.account import Asked, account_page
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.submit import Submission

router = AdminRouter()

AccountId = Annotated[str, Form(max_length=128)]


@router.action("/account/block", Permission.ACCOUNTS_BLOCK)
def block(request: Request, signed: SignedIn, account_id: AccountId, form_id: FormId, reason: Why = "") -> Response:
    """Let an account neither buy nor spend on request."""
    return _change(request, signed, AccountBlockRequested, account_id, form_id, reason)


@router.action("/account/unblock", Permission.ACCOUNTS_BLOCK)
def unblock(request: Request, signed: SignedIn, account_id: AccountId, form_id: FormId, reason: Why = "") -> Response:
    """Let it buy and spend again."""
    return _change(request, signed, AccountUnblockRequested, account_id, form_id, reason)


@router.page("/account/close", Permission.ACCOUNTS_CLOSE)
def ask_close(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=128)]) -> Response:  # noqa: A002
    """Show what closing an account does, before anything happens."""
    return _close_page(request, signed, id)


@router.action("/account/close", Permission.ACCOUNTS_CLOSE)
def close(
    request: Request,
    signed: SignedIn,
    account_id: AccountId,
    form_id: FormId,
    typed_id: Annotated[str, Form(max_length=128)] = "",
    reason: Why = "",
) -> Response:
    """Close an account for ever; its id has to be typed, for nothing brings it back."""
    if typed_id.strip() != account_id:
        return _close_page(request, signed, account_id, fault="Type the id of the account as it stands above.")
    act = signed.act("account.close", account_id=account_id, reason=reason.strip())
    submission = Submission(AccountCloseRequested, account_id, {"reason": reason.strip() or None}, "", form_id)
    done = perform(admin_of(request).context, act, submission)
    if done.fault is not None:
        return _close_page(request, signed, account_id, fault=done.fault)
    return _back(account_id, "closed")


def _change(
    request: Request, signed: Signed, model: type[AboutAccount], account_id: str, form_id: str, reason: str
) -> Response:
    action = "block" if model is AccountBlockRequested else "unblock"
    with reading(admin_of(request).context.engine) as session:
        if account_head(session, account_id) is None:
            return show(request, "not_found.html", signed, status=404)
    act = signed.act(f"account.{action}", account_id=account_id, reason=reason.strip())
    submission = Submission(model, account_id, {"reason": reason.strip() or None}, "", form_id)
    done = perform(admin_of(request).context, act, submission)
    if done.fault is not None:
        return account_page(request, signed, Asked(id=account_id), fault=done.fault, status=409)
    return _back(account_id, f"{action}ed")


def _back(account_id: str, done: str) -> Response:
    return RedirectResponse(f"/account?{urlencode({'id': account_id, 'done': done})}", status_code=303)


def _close_page(request: Request, signed: Signed, account_id: str, *, fault: str | None = None) -> Response:
    context = admin_of(request).context
    with reading(context.engine) as session:
        head = account_head(session, account_id)
        if head is None:
            return show(request, "not_found.html", signed, status=404)
        balance = account_balance(session, account_id, at=None, now=context.clock(), policy=context.rules.policy)
    return show(
        request,
        "close.html",
        signed,
        status=200 if fault is None else 409,
        head=head,
        balance=balance,
        fault=fault,
        form_id=new_form_id(),
    )
