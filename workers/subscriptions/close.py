"""Closing an account for ever: it buys and spends no more, its person is erased, and its ledger stays."""

from typing import Any

from domain.minutes.standing import CLOSED, Standing
from messages.access.standing import AccountClosed, AccountCloseRequested
from messages.read import Event
from store.access.erasure import erase_person
from store.minutes.book import lock_account
from store.minutes.standing import StandingChange, change_standing, find_standing
from store.notices.erasure import erase_notices_of
from store.payments.erasure import erase_payments_of
from store.promotions.tries import forget_tries_of
from store.subscriptions.subscription import make_due_of
from store.subscriptions.topup import make_topup_due
from workers.context import Context
from workers.payments.give_up import give_up_payments
from workers.subscriptions.request import Request, answer_once, refused


def close_account(context: Context, event: Event) -> dict[str, Any]:
    """
    Close an account: erase what is known of its person, and let everything end that would cost it money.

    In one transaction: its standing, open checkouts and setups, saved methods, tokens and sessions, subscriptions and
    automatic top-up, which are due now and end by the next tick, and what names the person. Minutes and debt stay in
    the ledger as they are; docs/decisions/0016-closing-accounts.md says why.

    Returns:
        `account_id`, `standing` and `closed_at`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    return answer_once(context, event, _close)


def _close(request: Request) -> dict[str, Any]:
    envelope, session, facts = request.event.envelope, request.session, request.facts
    assert isinstance(envelope, AccountCloseRequested)
    account_id = envelope.subject
    if find_standing(session, account_id) is Standing.CLOSED:
        return refused(CLOSED)
    account = lock_account(session, account_id)
    give_up_payments(session, account_id, facts)
    make_due_of(session, account, at=facts.at)
    make_topup_due(session, account_id, at=facts.at)
    change_standing(
        session,
        StandingChange(account, Standing.CLOSED, envelope.source, envelope.data.reason, request.message_id, facts.at),
    )
    erase_person(session, account, at=facts.at)
    erase_notices_of(session, account)
    erase_payments_of(session, account)
    forget_tries_of(session, account)
    said = {"requested_by": envelope.source, "reason": envelope.data.reason, "at": facts.at}
    facts.emit(AccountClosed, account_id, said)
    return {"account_id": account_id, "standing": str(Standing.CLOSED), "closed_at": facts.at.isoformat()}
