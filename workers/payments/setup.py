"""Setups: a method is saved without a payment; intent, call and result as with a checkout."""

from typing import Any

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import Checkout
from domain.gateway.requests import SetupRequest
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.ids import setup_id_of_message
from domain.minutes.standing import refuse_standing
from domain.payments.method_setup import (
    ABANDONED,
    MethodSetup,
    apply_setup_update,
    begin_setup_call,
    end_setup,
    is_setup_abandoned,
    with_page,
)
from domain.payments.order import buyer_in
from domain.payments.route import find_gateway
from domain.refusal import Refusal
from messages.envelope import AboutAccount, Envelope
from messages.errors import Unavailable
from messages.payments.methods import SetupFailed, SetupLinkReady, SetupRequested, SetupReturned
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.save import save
from store.minutes.standing import find_standing
from store.payments.buyer import find_buyer, save_customer
from store.payments.method_setup import add_setup, find_setup, lock_setup, mark_setup_polled, save_setup
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import requester
from workers.payments.card import note_card
from workers.payments.method import add_method


def request_setup(context: Context, event: Event) -> dict[str, Any]:
    """
    Open a page on which a method is saved, and return where it is.

    Returns:
        `setup_id`, `status`, `gateway` and, while it is open, `url` and `expires_at`; or `code` and `reason`.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = context.transact(lambda session: _create_setup(session, context, event))
    if "setup_id" not in answer or "code" in answer:
        return answer
    open_setup_page(context, answer["setup_id"], asked_by=event.envelope)
    setup = context.transact(lambda session: find_setup(session, answer["setup_id"]))
    assert setup is not None
    return setup_answer(setup)


def setup_answer(setup: MethodSetup) -> dict[str, Any]:
    """Return a setup as an answer to whoever asked for it."""
    answer: dict[str, Any] = {"setup_id": setup.id, "status": str(setup.status), "gateway": setup.gateway}
    if setup.is_open and setup.redirect_url:
        answer |= {"url": setup.redirect_url, "expires_at": setup.page_expires_at}
    if setup.failure:
        answer["code"] = setup.failure
    return answer


def return_from_setup(context: Context, event: Event) -> dict[str, Any]:
    """
    Ask the gateway what became of a setup whose buyer is back, and return the setup.

    Raises:
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, SetupReturned)
    setup = context.transact(lambda session: find_setup(session, envelope.data.setup_id))
    if setup is None or setup.account_id != envelope.subject:
        return {"code": "NoSuchSetup", "reason": "the account has no such setup"}
    poll_setup(context, setup.id)
    setup = context.transact(lambda session: find_setup(session, envelope.data.setup_id))
    assert setup is not None
    return setup_answer(setup)


def open_setup_page(context: Context, setup_id: str, *, asked_by: Envelope | None = None) -> None:
    """
    Open the page of a setup that has none yet.

    Args:
        context: what handlers need.
        setup_id: ours.
        asked_by: the message that asked for it; the poll that opens it again has none.

    Raises:
        Unavailable: the gateway gave no answer. The call may be repeated at any time: a second page takes no money.
    """
    setup = context.transact(lambda session: _begin_call(session, context, setup_id))
    if setup is None:
        return
    try:
        page = context.gateway(setup.gateway).create_setup(_request(setup), f"su-{setup.id}")
    except (UnableToReach, NotFound) as error:
        raise Unavailable(f"the page of setup {setup.id} could not be opened yet: {error}") from error
    except CallRefused as error:
        code = error.code
        context.transact(lambda session: _fail(session, setup.id, SetupStatus.FAILED, code, Facts(context.clock())))
        return
    context.transact(lambda session: _add_page(session, setup.id, page, Facts(context.clock()), asked_by))


def apply_setup(context: Context, gateway: str, setup_id: str, found: GatewaySetup) -> SetupStatus:
    """
    Apply what a gateway says of a setup; save the method if the buyer has agreed and that is ours to do.

    Returns:
        How far it is now.

    Raises:
        Unavailable: the gateway did not answer when the method was to be saved; repeating is harmless.
    """
    status = context.transact(lambda session: _apply(session, setup_id, found, Facts(context.clock())))
    if status is not SetupStatus.APPROVED:
        return status
    try:
        done = context.gateway(gateway).complete_setup(found.ref, f"sc-{setup_id}")
    except (UnableToReach, NotFound) as error:
        raise Unavailable(f"the method of setup {setup_id} could not be saved yet: {error}") from error
    except CallRefused as error:
        code = error.code
        context.transact(lambda session: _fail(session, setup_id, SetupStatus.FAILED, code, Facts(context.clock())))
        return SetupStatus.FAILED
    return context.transact(lambda session: _apply(session, setup_id, done, Facts(context.clock())))


def poll_setup(context: Context, setup_id: str) -> None:
    """
    Ask the gateway how far a setup is, and let one expire that nobody has finished for days.

    Raises:
        Unavailable: the gateway gave no answer.
    """
    setup = context.transact(lambda session: find_setup(session, setup_id))
    if setup is None or not setup.is_open:
        return
    # First, so that one that cannot be polled does not stand before all others for ever.
    context.transact(lambda session: mark_setup_polled(session, setup_id, at=context.clock()))
    if setup.setup_ref is None:
        open_setup_page(context, setup_id)
        return
    try:
        apply_setup(context, setup.gateway, setup_id, context.gateway(setup.gateway).fetch_setup(setup.setup_ref))
    except NotFound:
        # Gateways forget pages that nobody has used; what was saved there a webhook tells.
        pass
    except UnableToReach as error:
        raise Unavailable(f"{setup.gateway} gave no answer about setup {setup_id}: {error}") from error
    except CallRefused as error:
        raise Unavailable(f"the gateway refuses to say what became of it: {error.code}") from error
    context.transact(lambda session: _abandon(session, setup_id, Facts(context.clock())))


def new_setup(
    context: Context, event: Event, *, gateway: str, currency: str, locale: str | None, message_id: int
) -> MethodSetup:
    """
    Return the setup of a message that asks for one, or for something that begins with one.

    Args:
        context: what handlers need.
        event: its data says where the buyer comes back to.
        gateway: by which the method is saved.
        currency: in which it will be charged.
        locale: of the page.
        message_id: the number of the message.
    """
    envelope, shop, now = event.envelope, context.shop, context.clock()
    assert isinstance(envelope, AboutAccount)
    wanted = envelope.data
    return MethodSetup(
        id=setup_id_of_message(envelope.source, envelope.id),
        account_id=envelope.subject,
        gateway=gateway,
        currency=currency,
        status=SetupStatus.PENDING,
        return_url=wanted.return_url or shop.return_url,
        cancel_url=wanted.cancel_url or shop.cancel_url,
        locale=locale,
        message_id=message_id,
        created_at=now,
        updated_at=now,
    )


def _create_setup(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, SetupRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    setup_id, wanted = setup_id_of_message(envelope.source, envelope.id), envelope.data
    buyer = find_buyer(session, envelope.subject, "")
    currency = wanted.currency or buyer.currency or context.shop.currency
    gateway = refuse_standing(find_standing(session, envelope.subject)) or find_gateway(
        context.shop.routes, currency, wanted.country, wanted=wanted.gateway, available=context.gateways.keys()
    )
    answer = {"setup_id": setup_id}
    if isinstance(gateway, Refusal):
        answer |= {"code": gateway.code, "reason": gateway.reason}
        facts = Facts(context.clock())
        facts.name_cause(envelope)
        _emit_failed(facts, envelope.subject, setup_id, wanted.gateway or "none", gateway.code)
        save(session, (), facts)
    else:
        locale = wanted.locale or buyer.locale
        setup = new_setup(context, event, gateway=gateway, currency=currency, locale=locale, message_id=claimed)
        add_setup(session, setup)
    save_answers(session, {claimed: Answer(answer, is_refusal=isinstance(gateway, Refusal))})
    return answer


def _begin_call(session: Session, context: Context, setup_id: str) -> MethodSetup | None:
    """Note that the gateway is called from now on; None: there is nothing to call it for."""
    setup = lock_setup(session, setup_id)
    if setup is None or not setup.is_open or setup.setup_ref is not None:
        return None
    buyer = find_buyer(session, setup.account_id, setup.gateway).for_call(setup.account_id, setup.locale)
    begun = begin_setup_call(setup, buyer, at=context.clock())
    save_setup(session, begun, before=setup)
    return begun


def _request(setup: MethodSetup) -> SetupRequest:
    assert setup.buyer_snapshot is not None
    return SetupRequest(
        setup_id=setup.id,
        currency=setup.currency,
        buyer=buyer_in(setup.account_id, setup.buyer_snapshot),
        return_url=setup.return_url,
        cancel_url=setup.cancel_url,
    )


def _add_page(session: Session, setup_id: str, page: Checkout, facts: Facts, asked_by: Envelope | None) -> None:
    """Save the page that was opened, unless a repeat of the same call has done so."""
    setup = lock_setup(session, setup_id)
    if setup is None or setup.setup_ref is not None:
        return
    with_link = with_page(setup, page, at=facts.at)
    save_setup(session, with_link, before=setup)
    if page.gateway_customer:
        save_customer(session, setup.account_id, setup.gateway, page.gateway_customer)
    data = {
        **requester(facts, asked_by, default_id=setup.id),
        "setup_id": setup.id,
        "gateway": setup.gateway,
        "url": page.redirect_url,
        "expires_at": page.expires_at,
    }
    facts.emit(SetupLinkReady, setup.account_id, data)
    save(session, (), facts)


def _apply(session: Session, setup_id: str, found: GatewaySetup, facts: Facts) -> SetupStatus:
    setup = lock_setup(session, setup_id)
    assert setup is not None
    moved = apply_setup_update(setup, found, at=facts.at)
    if found.gateway_customer:
        save_customer(session, setup.account_id, setup.gateway, found.gateway_customer)
    note_card(session, setup.account_id, setup.gateway, found.fingerprint, at=facts.at)
    if found.method is not None:
        add_method(session, setup.account_id, setup.gateway, found.method, facts)
    if moved != setup:
        save_setup(session, moved, before=setup)
        if moved.status in (SetupStatus.FAILED, SetupStatus.EXPIRED):
            _emit_failed(facts, setup.account_id, setup.id, setup.gateway, moved.failure or str(moved.status))
    save(session, (), facts)
    return moved.status


def _fail(session: Session, setup_id: str, status: SetupStatus, code: str, facts: Facts) -> None:
    setup = lock_setup(session, setup_id)
    if setup is None or not setup.is_open:
        return
    save_setup(session, end_setup(setup, status, code, at=facts.at), before=setup)
    _emit_failed(facts, setup.account_id, setup.id, setup.gateway, code)
    save(session, (), facts)


def _abandon(session: Session, setup_id: str, facts: Facts) -> None:
    setup = lock_setup(session, setup_id)
    if setup is not None and is_setup_abandoned(setup, at=facts.at):
        _fail(session, setup_id, SetupStatus.EXPIRED, ABANDONED, facts)


def _emit_failed(facts: Facts, account_id: str, setup_id: str, gateway: str, code: str) -> None:
    facts.emit(SetupFailed, account_id, {"setup_id": setup_id, "gateway": gateway, "code": code[:128]})
