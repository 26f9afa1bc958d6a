"""Setting auto top-up: an account says below which balance what is bought, and how much of it at the most."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from domain.catalogue.offer import offer_price
from domain.ids import topup_id_of_account
from domain.minutes.standing import refuse_standing
from domain.money import Money
from domain.refusal import Refusal
from domain.subscriptions.topup import MIN_COOLDOWN_SECONDS, Topup
from messages.errors import Busy
from messages.read import Event
from messages.subscriptions.topup import TopupSetData, TopupSetRequested
from store.catalogue.read import find_product
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.standing import find_standing
from store.payments.buyer import find_buyer
from store.payments.method import find_methods
from store.subscriptions.topup import add_topup, find_topup, save_topup, set_topup_below
from workers.claims import claim
from workers.context import Context
from workers.subscriptions.topup import check_topup, find_chargeable_methods

MAX_PER_DAY = 3
"""Top-ups of a UTC day, where the account says nothing else."""


def set_topup(context: Context, event: Event) -> dict[str, Any]:
    """
    Set how an account is topped up, and top it up at once where its balance is below the threshold already.

    Returns:
        How it is set now, or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = context.transact(lambda session: _set(session, context, event))
    if answer.get("is_on"):
        # A charge that is under way already is of the settings before; it is seen to by whoever has begun it.
        with suppress(Busy):
            check_topup(context, answer["account_id"])
    return answer


def topup_answer(topup: Topup) -> dict[str, Any]:
    """Return an auto top-up as an answer to whoever set it."""
    return {
        "account_id": topup.account_id,
        "is_on": topup.is_on,
        "threshold_seconds": topup.threshold_seconds,
        "product_id": topup.product_id,
        "currency": topup.currency,
        "method_id": topup.method_id,
        "max_per_day": topup.max_per_day,
        "max_minor_per_day": topup.max_minor_per_day,
        "cooldown_seconds": topup.cooldown_seconds,
    }


def _set(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, TopupSetRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    before = find_topup(session, envelope.subject)
    wanted = _wanted(session, context, envelope, before, message_id=claimed)
    refusal = wanted if isinstance(wanted, Refusal) else _refusal(session, context, wanted, envelope.data)
    if refusal is not None:
        answer: dict[str, Any] = {"code": refusal.code, "reason": refusal.reason}
    else:
        assert isinstance(wanted, Topup)
        if before is None:
            add_topup(session, wanted)
        else:
            save_topup(session, wanted, before=before)
        # Whether it is armed is decided next; until then, and for ever where it is off, changes need not look.
        set_topup_below(session, wanted.account_id, None)
        answer = topup_answer(wanted)
    save_answers(session, {claimed: Answer(answer, is_refusal=refusal is not None)})
    return answer


def _wanted(
    session: Session, context: Context, request: TopupSetRequested, before: Topup | None, *, message_id: int
) -> Topup | Refusal:
    said, at = request.data, context.clock()
    if before is None:
        if said.threshold_seconds is None or said.product_id is None:
            return Refusal("Incomplete", "the first time, say `threshold_seconds` and `product_id`")
        buyer = find_buyer(session, request.subject, "")
        before = Topup(
            id=topup_id_of_account(request.subject),
            account_id=request.subject,
            product_id=said.product_id,
            currency=buyer.currency or context.shop.currency,
            threshold_seconds=said.threshold_seconds,
            max_per_day=MAX_PER_DAY,
            max_minor_per_day=None,
            cooldown_seconds=MIN_COOLDOWN_SECONDS,
            method_id=None,
            is_on=False,
            message_id=message_id,
            set_at=at,
            created_at=at,
            updated_at=at,
        )
    names = ("threshold_seconds", "product_id", "currency", "method_id", "max_per_day", "max_minor_per_day")
    given = {name: getattr(said, name) for name in (*names, "cooldown_seconds")}
    changes = {name: value for name, value in given.items() if value is not None}
    if before.max_minor_per_day is not None and said.max_minor_per_day is None:
        currency = changes.pop("currency", before.currency)
        if said.is_on and currency != before.currency:
            # The same number of another currency may be a hundred times the money that the account has allowed.
            limit = Money(before.max_minor_per_day, before.currency)
            return Refusal("LimitInOtherCurrency", f"a day's limit is {limit}; say `max_minor_per_day` in {currency}")
    if said.is_on:
        changes |= {"stop": None, "stop_code": None, "stopped_at": None}
    # What it waited for, such as the end of a day whose limit was reached, may be another now; the cooldown stays.
    due_at = at if said.is_on and before.order_id is None else None
    return replace(before, **changes, is_on=said.is_on, message_id=message_id, set_at=at, due_at=due_at, updated_at=at)


def _refusal(session: Session, context: Context, wanted: Topup, said: TopupSetData) -> Refusal | None:
    """Return why a top-up cannot be set so; switching it off is refused for what is named with it and is not there."""
    if not wanted.is_on:
        return _refuse_unknown(session, wanted.account_id, said)
    if (barred := refuse_standing(find_standing(session, wanted.account_id))) is not None:
        return barred
    price = offer_price(find_product(session, wanted.product_id), wanted.currency)
    if isinstance(price, Refusal):
        return price
    methods = find_chargeable_methods(session, context, wanted.account_id)
    if not methods:
        return Refusal("NoMethod", "the account has no saved method; save one first (`method.setup_requested`)")
    if wanted.method_id is not None and wanted.method_id not in {method.id for method in methods}:
        return _no_such_method(wanted.method_id)
    limit = wanted.max_minor_per_day
    if limit is not None and limit < price.minor:
        return Refusal("LimitTooLow", f"a day's money does not buy one {wanted.product_id}: it costs {price}")
    return None


def _refuse_unknown(session: Session, account_id: str, said: TopupSetData) -> Refusal | None:
    """Return why what is named cannot be stored: there is no such product, or no such method of the account."""
    if said.product_id is not None and find_product(session, said.product_id) is None:
        return Refusal("UnknownProduct", f"there is no product {said.product_id}")
    if said.method_id is not None and said.method_id not in {method.id for method in find_methods(session, account_id)}:
        return _no_such_method(said.method_id)
    return None


def _no_such_method(method_id: int) -> Refusal:
    return Refusal("NoSuchMethod", f"the account has no saved method {method_id} that we may charge")
