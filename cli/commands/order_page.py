"""How an order's page is printed: the order, its package, and what became of its money."""

import dataclasses
from typing import Any

from rich.markup import escape

from cli.commands.catalogue import amount
from cli.output import length, moment, out, print_table, short
from domain.gateway.payment import PaymentStatus
from domain.money import Money, decimal_text
from domain.payments.order import OPEN_STATUSES
from store.payments.read import DisputeLine, OrderDetails, OrderPage, PackageDetails


def print_order(page: OrderPage) -> None:
    """Print an order's page for a person."""
    for name, value in _labelled_values(page):
        out.print(f"[bold]{name:14}[/] {escape(value)}", soft_wrap=True)
    packages = [one for one in (page.package, page.bonus) if one is not None]
    if packages:
        print_packages(packages)
    if page.attempts:
        _print_attempts(page)
    if page.refunds:
        _print_refunds(page)
    if page.disputes:
        print_disputes(page.disputes)


def print_packages(packages: list[PackageDetails]) -> None:
    """Print the packages that an order granted: what was bought, and its bonus."""
    print_table(
        "Package" if len(packages) == 1 else "Packages",
        ("package", "kind", "state", "from", "until", "granted", "left", "frozen", "voided"),
        (
            (
                short(package.id),
                package.kind,
                package.state,
                moment(package.activated_at)[:10],
                moment(package.expires_at)[:10],
                length(package.granted_seconds),
                length(package.left_seconds),
                length(package.frozen_seconds),
                length(package.voided_seconds),
            )
            for package in packages
        ),
        right="granted left frozen voided",
    )


def print_disputes(disputes: tuple[DisputeLine, ...]) -> None:
    """Print an order's disputes as a table."""
    print_table(
        "Disputes",
        ("dispute", "opened", "closed", "amount", "state", "why"),
        (
            (
                escape(dispute.dispute_ref),
                moment(dispute.opened_at)[:16],
                moment(dispute.closed_at)[:16],
                amount(dispute.amount),
                dispute.status,
                escape(dispute.reason),
            )
            for dispute in disputes
        ),
        right="amount",
    )


def page_as_json(page: OrderPage) -> dict[str, Any]:
    """Return an order's page for a program."""
    return {
        "order": as_row(page.order),
        "discount_code": page.discount_code,
        "bonus_code": page.bonus_code,
        "package": None if page.package is None else as_row(page.package),
        "bonus": None if page.bonus is None else as_row(page.bonus),
        "attempts": [as_row(attempt) for attempt in page.attempts],
        "refunds": [as_row(refund) for refund in page.refunds],
        "disputes": [as_row(dispute) for dispute in page.disputes],
    }


def as_row(record: Any) -> dict[str, Any]:
    """
    Return a read model by the names of its fields.

    Money becomes decimal text with `<name>_minor` beside it, and `<name>_currency` where it may differ from `currency`.
    """
    row: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, Money):
            differs = row.get("currency", value.currency) != value.currency
            currency = f"{field.name}_currency" if differs else "currency"
            row |= {field.name: decimal_text(value), f"{field.name}_minor": value.minor, currency: value.currency}
        else:
            row[field.name] = value
    return row


def _print_attempts(page: OrderPage) -> None:
    print_table(
        "Attempts",
        ("number", "at", "gateway", "outcome", "may help", "code"),
        (
            (
                attempt.number,
                moment(attempt.at)[:16],
                attempt.gateway,
                attempt.outcome,
                attempt.retry,
                escape(attempt.code or ""),
            )
            for attempt in page.attempts
        ),
        right="number",
    )


def _print_refunds(page: OrderPage) -> None:
    print_table(
        "Refunds",
        ("refund", "begun", "amount", "voids", "status", "by", "why"),
        (
            (
                short(refund.id),
                moment(refund.created_at)[:16],
                amount(refund.amount),
                "waived" if refund.is_waived else length(refund.void_seconds + refund.bonus_void_seconds),
                f"{refund.status} ({escape(refund.failure)})" if refund.failure else refund.status,
                escape(refund.requested_by),
                escape(refund.reason),
            )
            for refund in page.refunds
        ),
        right="amount voids",
    )


def _labelled_values(page: OrderPage) -> list[tuple[str, str]]:
    order = page.order
    none = "none yet" if order.status in OPEN_STATUSES else "none"
    facts = [
        ("order", order.id),
        ("account", order.account_id),
        ("product", f"{order.product_id} ({order.title}), {length(order.granted_seconds)} {_validity(order)}"),
        *_price(page),
        ("purchase", _purchase(order)),
        ("state", f"{order.status}, needs review" if order.needs_review else str(order.status)),
        ("created", f"{moment(order.created_at)} UTC"),
        ("gateway", order.gateway),
        ("checkout", order.checkout_ref or (none if order.method_id is None else _charged(order.method_id))),
        ("payment", order.payment_ref or none),
    ]
    if order.subscription_id is not None:
        facts.append(("subscription", order.subscription_id))
    if order.period_start is not None and order.period_end is not None:
        facts.append(("period", f"{moment(order.period_start)} to {moment(order.period_end)} UTC"))
    if order.fee is not None:
        facts.append(("gateway's fee", str(order.fee)))
    facts += [(name, f"{moment(at)} UTC") for name, at in _moments(order) if at is not None]
    if order.failure:
        facts.append(("reason", order.failure))
    if order.status in OPEN_STATUSES and order.redirect_url:
        facts.append(("payment link", order.redirect_url))
    return facts


def _validity(order: OrderDetails) -> str:
    """Return how long the minutes last: so many days, else their period, else for ever."""
    if order.valid_days is not None:
        return f"for {order.valid_days} days"
    return "for ever" if order.period is None else f"for a {order.period}"


def _price(page: OrderPage) -> list[tuple[str, str]]:
    """Return the price, and where it is not the product's own, that one and what made it less; and the bonus."""
    order = page.order
    facts = [("price", str(order.price))]
    if order.list_price != order.price:
        facts.append(("list price", str(order.list_price)))
    if page.discount_code is not None:
        discount = Money(order.list_price.minor - order.price.minor, order.price.currency)
        facts.append(("less", f"{discount} for code {page.discount_code}"))
    if order.bonus_seconds:
        code = "" if page.bonus_code is None else f", for code {page.bonus_code}"
        facts.append(("bonus", f"{length(order.bonus_seconds)}{code}"))
    if order.replaces_order_id is not None:
        worth = Money(order.list_price.minor - order.price.minor, order.price.currency)
        unused = f"{length(order.replaces_seconds)} that were not used"
        facts.append(("less", f"{worth} for {unused}, of order {order.replaces_order_id}"))
    return facts


def _purchase(order: OrderDetails) -> str:
    return str(order.kind) if order.replaces_order_id is None else "change of a subscription"


def _charged(method_id: int) -> str:
    return f"none, saved method {method_id} is charged"


def _moments(order: OrderDetails) -> list[tuple[str, Any]]:
    return [
        ("link ready", order.link_ready_at),
        ("failed", order.failed_at),
        ("expired", order.expired_at),
        ("paid", order.paid_at if order.status is PaymentStatus.PAID else None),
    ]
