"""Changing the catalogue as operators want it: a product is made, priced, worded, put on sale and taken off."""

from typing import Any

from domain.catalogue.product import Product, ProductKind, Wording
from domain.periods import PeriodUnit
from domain.refusal import Refusal
from messages.catalogue.requests import (
    ProductCreateData,
    ProductCreateRequested,
    ProductPriceSetRequested,
    ProductSwitchRequested,
    ProductWordingSetRequested,
)
from messages.read import Event
from store.catalogue.change import add_product, lock_product, note_prices, prices_of, set_price, set_wording
from store.catalogue.product import set_active
from store.engine import Session
from workers.context import Context
from workers.once import answer_once


def create_product(context: Context, event: Event) -> dict[str, Any]:
    """
    Write a product with its prices and names; it is not on sale yet.

    Returns:
        `product_id`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, ProductCreateRequested)
    data = envelope.data

    def create(session: Session, _: int) -> dict[str, Any] | Refusal:
        number = add_product(session, _product_of(data))
        if number is None:
            return Refusal("ProductExists", f"there is a product {data.product_id} already")
        for currency, minor in data.prices_minor.items():
            set_price(session, number, currency, minor)
        note_prices(session, number, {}, data.prices_minor, at=context.clock(), by=data.created_by)
        for locale, wording in data.wordings.items():
            set_wording(session, number, locale, Wording(wording.name, wording.description))
        return {"product_id": data.product_id}

    return answer_once(context, event, create)


def change_price(context: Context, event: Event) -> dict[str, Any]:
    """
    Change the price of a product in one currency; orders and subscriptions that there are keep theirs.

    Returns:
        `product_id`, `currency` and `amount_minor`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, ProductPriceSetRequested)
    data = envelope.data

    def change(session: Session, _: int) -> dict[str, Any] | Refusal:
        number = lock_product(session, data.product_id)
        if number is None:
            return _unknown(data.product_id)
        before = prices_of(session, number)
        if before.get(data.currency) != data.expected_minor:
            return Refusal("PriceChanged", f"the price in {data.currency} has changed meanwhile")
        after = {currency: minor for currency, minor in before.items() if currency != data.currency}
        if data.amount_minor is not None:
            after[data.currency] = data.amount_minor
        if not after:
            return Refusal("LastPrice", "a product has a price; take it off sale instead")
        set_price(session, number, data.currency, data.amount_minor)
        note_prices(session, number, before, after, at=context.clock(), by=data.changed_by)
        return {"product_id": data.product_id, "currency": data.currency, "amount_minor": data.amount_minor}

    return answer_once(context, event, change)


def change_wording(context: Context, event: Event) -> dict[str, Any]:
    """
    Say what a product is called in one language.

    Returns:
        `product_id` and `locale`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, ProductWordingSetRequested)
    data = envelope.data

    def change(session: Session, _: int) -> dict[str, Any] | Refusal:
        number = lock_product(session, data.product_id)
        if number is None:
            return _unknown(data.product_id)
        set_wording(session, number, data.locale, Wording(data.wording.name, data.wording.description))
        return {"product_id": data.product_id, "locale": data.locale}

    return answer_once(context, event, change)


def switch_product(context: Context, event: Event) -> dict[str, Any]:
    """
    Put a product on sale, or take it off; what was bought stays, and subscriptions go on.

    Returns:
        `product_id` and `is_active`; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, ProductSwitchRequested)
    data = envelope.data

    def change(session: Session, _: int) -> dict[str, Any] | Refusal:
        if not set_active(session, data.product_id, is_active=data.is_active):
            return _unknown(data.product_id)
        return {"product_id": data.product_id, "is_active": data.is_active}

    return answer_once(context, event, change)


def _product_of(data: ProductCreateData) -> Product:
    return Product(
        data.product_id,
        ProductKind(data.kind),
        data.granted_seconds,
        data.valid_days,
        is_active=False,
        period=None if data.period is None else PeriodUnit(data.period),
        trial_days=data.trial_days,
        trial_seconds=data.trial_seconds,
    )


def _unknown(product_id: str) -> Refusal:
    return Refusal("UnknownProduct", f"there is no product {product_id}")
