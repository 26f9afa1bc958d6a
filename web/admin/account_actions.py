"""What support does about an account: grants minutes, takes a usage back, revokes a token, sends a notice again."""

from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime

from domain.access.role import Permission
from domain.access.second_person import NEEDS_SECOND, OperatorRequest, RequestKind
from messages.minutes.requests import PackageGrantRequested, UsageReversed
from store.access.read import UnknownToken
from store.access.read_admin import account_head
from store.minutes.explain import UnknownUsage, explain_usage
from store.notices.read import UnknownNotice
from store.payments.read_receipts import package_names
from store.reading import reading
from web.admin.account import Asked, account_page
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.second_person import ask
from web.admin.show import show
from web.admin.typed import AsTyped, Typed
from web.admin.words import entry
from workers.access.token import revoke_token
from workers.notices.resend import NoticeChanged, resend
from workers.operate import with_line
from workers.second_person import alone_in_grant
from workers.submit import Submission

router = AdminRouter()

AccountId = Annotated[str, Form(max_length=128)]
Number = Annotated[int, Form(gt=0, lt=2**63)]
GRANT_KINDS = MappingProxyType({"support": "support: to make good", "bonus": "bonus: a present"})

MOST_MINUTES, MOST_DAYS = 10**7, 3_660
"""Of one grant."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the form of a grant says; 0 `days` is for ever."""

    account_id: str
    form_id: str
    minutes: int
    kind: str
    days: int
    reason: str


@dataclass(frozen=True)
class ReverseForm:
    """What the form of a usage says that is taken back; `expected_seconds` is what its page showed."""

    usage_id: Annotated[str, Form(max_length=200)]
    form_id: FormId
    expected_seconds: Annotated[int, Form()]
    our_fault: Annotated[bool, Form()] = False
    reason: Why = ""


@router.page("/account/grant", Permission.MINUTES_GRANT)
def ask_grant(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=128)]) -> Response:  # noqa: A002
    """Ask how much an account is to be given, and why."""
    return _grant_page(request, signed, id, Typed({"days": "0"}))


@router.action("/account/grant", Permission.MINUTES_GRANT)
def grant(request: Request, signed: SignedIn, typed: AsTyped, account_id: AccountId, form_id: FormId) -> Response:
    """Grant a package; what is above the limit, with other grants of the day, waits for a second person."""
    wanted, context = _grant_of(typed, account_id, form_id), admin_of(request).context
    if wanted is None:
        return _grant_page(request, signed, account_id, typed, status=409)
    ends_at = context.clock() + timedelta(days=wanted.days)
    data = {
        "kind": wanted.kind,
        "minutes": wanted.minutes,
        "reason": wanted.reason or None,
        # The same form sent twice has to say the same, so the end is that of a whole day.
        "expires_at": ends_at.replace(hour=0, minute=0, second=0, microsecond=0).isoformat() if wanted.days else None,
    }
    if context.limits.needs_second_for_grant(60 * wanted.minutes):
        return _ask_grant(request, signed, wanted, (typed, data))
    act = signed.act(
        "minutes.grant",
        account_id=wanted.account_id,
        reason=wanted.reason,
        detail={"minutes": wanted.minutes, "kind": wanted.kind, "days": wanted.days},
    )
    check = alone_in_grant(context, signed.operator.name, wanted.account_id, wanted.minutes)
    submission = Submission(PackageGrantRequested, wanted.account_id, data, "", wanted.form_id)
    done = perform(context, act, submission, check=check)
    if done.code == NEEDS_SECOND:
        return _ask_grant(request, signed, wanted, (typed, data))
    if done.fault is not None:
        return _grant_page(request, signed, wanted.account_id, typed, fault=done.fault, status=409)
    return _back(wanted.account_id, "granted")


@router.page("/usage", Permission.ACCOUNTS_READ)
def usage(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=200)]) -> Response:  # noqa: A002
    """Show one usage: what it took from which package and why, and whether it was taken back."""
    return _usage_page(request, signed, id)


@router.action("/usage/reverse", Permission.USAGE_REVERSE)
def reverse(request: Request, signed: SignedIn, wanted: Annotated[ReverseForm, Depends()]) -> Response:
    """Take a usage back; refused when it is not the one any more that the page showed."""
    context, usage_id, reason = admin_of(request).context, wanted.usage_id, wanted.reason.strip()
    try:
        with reading(context.engine) as session:
            found = explain_usage(session, usage_id)
    except UnknownUsage:
        return show(request, "not_found.html", signed, status=404)
    if found.usage.used_seconds != wanted.expected_seconds:
        return _usage_page(request, signed, usage_id, fault="It has changed since this page was loaded; look again.")
    account_id = found.usage.account_id
    data = {
        "usage_id": usage_id,
        "usage_source": found.usage.source,
        "reason": reason or None,
        "our_fault": wanted.our_fault,
    }
    detail = {"our_fault": wanted.our_fault, "seconds": found.usage.used_seconds}
    act = signed.act("usage.reverse", f"usage:{usage_id}", account_id=account_id, reason=reason, detail=detail)
    done = perform(context, act, Submission(UsageReversed, account_id, data, "", wanted.form_id))
    if done.fault is not None:
        return _usage_page(request, signed, usage_id, fault=done.fault)
    return RedirectResponse(f"/usage?{urlencode({'id': usage_id})}", status_code=303)


@router.action("/account/token/revoke", Permission.TOKENS_REVOKE)
def revoke(request: Request, signed: SignedIn, account_id: AccountId, number: Number, reason: Why = "") -> Response:
    """Revoke a token of the account; those of servers are not support's to end."""
    if not reason.strip():
        asked = Asked(id=account_id, tab="tokens")
        return account_page(request, signed, asked, fault="Say why; the reason stands in the audit log.", status=409)
    act = signed.act("token.revoke", f"token:{number}", account_id=account_id, reason=reason.strip())
    try:
        revoke_token(with_line(admin_of(request).context, act), number, of_account=account_id)
    except UnknownToken:
        return show(request, "not_found.html", signed, status=404)
    return _back(account_id, "revoked", tab="tokens")


@router.action("/account/notice/resend", Permission.NOTICES_RESEND)
def send_again(
    request: Request,
    signed: SignedIn,
    account_id: AccountId,
    notice: Number,
    ended_at: Annotated[AwareDatetime, Form()],
) -> Response:
    """Send a notice of the account once more, if it still stands as its page showed it; pressed twice, it goes once."""
    act = signed.act("notice.resend", f"notice:{notice}", account_id=account_id)
    try:
        resend(with_line(admin_of(request).context, act), notice, of_account=account_id, ended_at=ended_at)
    except UnknownNotice:
        return show(request, "not_found.html", signed, status=404)
    except NoticeChanged:
        asked, fault = (
            Asked(id=account_id, tab="notices"),
            "The notice has changed since this page was loaded; look again.",
        )
        return account_page(request, signed, asked, fault=fault, status=409)
    return _back(account_id, "resent", tab="notices")


def _grant_of(typed: Typed, account_id: str, form_id: str) -> Grant | None:
    """Return what is to be granted; None: what is wrong stands in the form's faults."""
    minutes = typed.whole("minutes", most=MOST_MINUTES, required=True)
    days = typed.whole("days", least=0, most=MOST_DAYS) or 0
    kind, reason = typed.choice("kind", GRANT_KINDS), typed.text("reason", most=500) or ""
    if minutes is None or typed.faults:
        return None
    return Grant(account_id, form_id, minutes, kind, days, reason)


def _ask_grant(request: Request, signed: Signed, wanted: Grant, form: tuple[Typed, dict[str, Any]]) -> Response:
    typed, data = form
    with reading(admin_of(request).context.engine) as session:
        if account_head(session, wanted.account_id) is None:
            return show(request, "not_found.html", signed, status=404)
    if not wanted.reason:
        why = "Say why; the reason stands in the audit log."
        return _grant_page(request, signed, wanted.account_id, typed, fault=why, status=409)
    words = f"{wanted.minutes} minutes, {wanted.kind}, {f'for {wanted.days} days' if wanted.days else 'for ever'}"
    given = {name: value for name, value in data.items() if value is not None}
    asked = OperatorRequest(
        kind=RequestKind.GRANT,
        account_id=wanted.account_id,
        object=None,
        words=words,
        data=given,
        message_id=wanted.form_id,
        reason=wanted.reason,
        asked_by=signed.operator.name,
        asked_at=admin_of(request).context.clock(),
    )
    return ask(request, signed, asked)


def _back(account_id: str, done: str, *, tab: str = "statement") -> Response:
    return RedirectResponse(f"/account?{urlencode({'id': account_id, 'tab': tab, 'done': done})}", status_code=303)


def _grant_page(
    request: Request, signed: Signed, account_id: str, typed: Typed, *, fault: str | None = None, status: int = 200
) -> Response:
    context = admin_of(request).context
    with reading(context.engine) as session:
        head = account_head(session, account_id)
    if head is None:
        return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "grant.html",
        signed,
        status=status,
        head=head,
        typed=typed,
        fault=fault,
        kinds=list(GRANT_KINDS.items()),
        form_id=new_form_id(),
        most_minutes=context.limits.grant_seconds // 60,
        most_minutes_of_day=context.limits.grant_day_seconds // 60,
    )


def _usage_page(request: Request, signed: Signed, usage_id: str, *, fault: str | None = None) -> Response:
    with reading(admin_of(request).context.engine) as session:
        try:
            found = explain_usage(session, usage_id)
        except UnknownUsage:
            return show(request, "not_found.html", signed, status=404)
        packages = package_names(session, {line.package_id for line in found.lines if line.package_id is not None})
    return show(
        request,
        "usage.html",
        signed,
        status=200 if fault is None else 409,
        found=found,
        packages=packages,
        fault=fault,
        form_id=new_form_id(),
        entry=entry,
    )
