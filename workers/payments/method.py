"""Saved methods: added by payments and setups, chosen and forgotten by buyers, lost by gateways."""

from dataclasses import replace
from typing import Any

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import SavedMethod
from domain.gateway.setup import GatewaySetup
from domain.ids import fact_id_of_method
from domain.minutes.standing import Standing
from domain.payments.stored_method import MethodEnd, StoredMethod
from messages.errors import Unavailable
from messages.payments.methods import MethodEnded, MethodForgetRequested, MethodPreferRequested, MethodSaved
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.save import save
from store.minutes.standing import find_standing
from store.payments.erasure import NO_LABEL
from store.payments.method import (
    end_method,
    find_account_of_customer,
    find_method,
    find_method_by_token,
    lock_method,
    mark_released,
    prefer_method,
    save_method,
)
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.settled import emit_chargeable

NO_SUCH_METHOD = {"code": "NoSuchMethod", "reason": "the account has no such saved method, or it is forgotten already"}


def add_method(session: Session, account_id: str, gateway: str, method: SavedMethod, facts: Facts) -> None:
    """Save a method of an account, and emit that it is there if it is new; a closed one has it only to forget it."""
    is_closed = find_standing(session, account_id) is Standing.CLOSED
    if is_closed:
        # A page that was open before may be paid afterwards. The label may be a wallet's mail address.
        method = replace(method, label=NO_LABEL)
    method_id = save_method(session, account_id, gateway, method, at=facts.at)
    if method_id is None:
        return
    if is_closed:
        end_method(session, method_id, MethodEnd.FORGOTTEN, at=facts.at)
        return
    data = {"method_id": method_id, "gateway": gateway, "label": method.label, "expires_on": method.expires_on}
    facts.emit(MethodSaved, account_id, data, fact_id=fact_id_of_method(gateway, method.token, "saved"))
    emit_chargeable(facts, account_id, method_id)


def prefer(context: Context, event: Event) -> dict[str, Any]:
    """Let a saved method be charged before all others of its account."""

    def work(session: Session) -> dict[str, Any]:
        envelope = event.envelope
        assert isinstance(envelope, MethodPreferRequested)
        claimed = claim(session, event)
        if isinstance(claimed, Known):
            return claimed.answer or {}
        method = lock_method(session, envelope.subject, envelope.data.method_id)
        if method is None or not method.is_usable:
            save_answers(session, {claimed: Answer(NO_SUCH_METHOD, is_refusal=True)})
            return NO_SUCH_METHOD
        facts = Facts(context.clock())
        prefer_method(session, method.id, at=facts.at)
        emit_chargeable(facts, envelope.subject, method.id)
        save(session, (), facts)
        answer = {"method_id": method.id}
        save_answers(session, {claimed: Answer(answer, is_refusal=False)})
        return answer

    return context.transact(work)


def forget(context: Context, event: Event) -> dict[str, Any]:
    """
    Let a saved method be charged no more, and its gateway forget it.

    Ours first: from then on it is not charged, whatever becomes of the call.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless, and a poll does so, too.
    """
    answer = context.transact(lambda session: _forget(session, event, Facts(context.clock())))
    if "method_id" in answer:
        release(context, answer["method_id"])
    return answer


def release(context: Context, method_id: int) -> None:
    """
    Let the gateway forget a method that its buyer let us forget.

    Raises:
        Unavailable: the gateway gave no answer, or refuses.
    """
    method = context.transact(lambda session: find_method(session, method_id))
    if method is None or method.end_reason is not MethodEnd.FORGOTTEN:
        return
    try:
        context.gateway(method.gateway).forget_method(method.method)
    except (UnableToReach, CallRefused) as error:
        raise Unavailable(f"{method.gateway} has not forgotten method {method_id} yet: {error}") from error
    context.transact(lambda session: mark_released(session, method_id, at=context.clock()))


def end_saved_method(session: Session, method: StoredMethod, reason: MethodEnd, facts: Facts) -> None:
    """Let a method be charged no more, and emit so; whoever calls it saves the facts."""
    if not end_method(session, method.id, reason, at=facts.at):
        return
    data = {"method_id": method.id, "gateway": method.gateway, "label": method.label, "reason": str(reason)}
    fact_id = fact_id_of_method(method.gateway, method.token, "ended")
    facts.emit(MethodEnded, method.account_id, data, fact_id=fact_id)


def apply_method(context: Context, gateway: str, ref: str, found: GatewaySetup | None) -> str | None:
    """
    Apply what a gateway says of a method that no setup here is about.

    Args:
        context: what handlers need.
        gateway: its name.
        ref: what its webhook named.
        found: the method as the gateway has it; None: it does not have it any more.

    Returns:
        What was done; None: neither the method nor its customer is known here.
    """

    def work(session: Session) -> str | None:
        facts, saved = Facts(context.clock()), found.method if found else None
        known = find_method_by_token(session, gateway, saved.token if saved else ref)
        if known is not None and saved is None:
            _lose(session, known, facts)
            return f"method {known.id} is lost"
        if saved is None or found is None:
            return None
        customer = found.gateway_customer
        account_id = known.account_id if known else customer and find_account_of_customer(session, gateway, customer)
        if not account_id:
            return None
        add_method(session, account_id, gateway, saved, facts)
        save(session, (), facts)
        return "method saved"

    return context.transact(work)


def _forget(session: Session, event: Event, facts: Facts) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, MethodForgetRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    facts.name_cause(envelope)
    method = lock_method(session, envelope.subject, envelope.data.method_id)
    if method is None or not method.is_usable:
        save_answers(session, {claimed: Answer(NO_SUCH_METHOD, is_refusal=True)})
        return NO_SUCH_METHOD
    _end(session, method, MethodEnd.FORGOTTEN, facts)
    answer = {"method_id": method.id}
    save_answers(session, {claimed: Answer(answer, is_refusal=False)})
    return answer


def _lose(session: Session, method: StoredMethod, facts: Facts) -> None:
    locked = lock_method(session, method.account_id, method.id)
    if locked is not None and locked.is_usable:
        _end(session, locked, MethodEnd.LOST, facts)


def _end(session: Session, method: StoredMethod, reason: MethodEnd, facts: Facts) -> None:
    end_saved_method(session, method, reason, facts)
    save(session, (), facts)
