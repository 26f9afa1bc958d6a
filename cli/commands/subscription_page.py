"""How a subscription's page is printed: how it stands, and the orders that pay for it."""

import dataclasses

from rich.markup import escape

from cli.commands.catalogue import amount
from cli.commands.subscription_methods import method_of, print_method_changes
from cli.output import length, moment, out, print_table, short
from domain.money import Money
from store.subscriptions.read import SubscriptionPage


def print_subscription(page: SubscriptionPage) -> None:
    """Print a subscription's page for a person."""
    found = page.subscription
    lasts = f"{length(found.granted_seconds)} every {found.period}"
    facts = {
        "subscription": found.id,
        "account": found.account_id,
        "product": f"{found.product_id} ({found.title}), {lasts}",
        "price": str(found.price),
        "gateway": found.gateway,
        "method": method_of(page),
        "state": f"{found.status}, waits for the buyer" if found.needs_buyer else str(found.status),
    }
    moments = {
        field.name: getattr(found, field.name)
        for field in dataclasses.fields(found)
        if field.name.endswith("_at") or field.name in ("period_start", "period_end")
    }
    facts |= {name.removesuffix("_at").replace("_", " "): f"{moment(at)} UTC" for name, at in moments.items() if at}
    if found.trial_days is not None and found.trial_seconds is not None:
        facts["trial"] = f"{found.trial_days} days free with {length(found.trial_seconds)}"
    if found.next_product_id is not None and found.next_price_minor is not None:
        price = Money(found.next_price_minor, found.price.currency)
        facts["then"] = f"{found.next_product_id} for {price}"
    if found.cancelled_by is not None:
        facts["cancelled by"] = f"{found.cancelled_by}: {found.cancel_reason or 'no reason given'}"
    if found.failed_attempts:
        facts["failed attempts"] = str(found.failed_attempts)
    for name, value in facts.items():
        out.print(f"[bold]{name:16}[/] {escape(value)}", soft_wrap=True)
    print_table(
        "Orders",
        ("order", "kind", "from", "until", "price", "gateway", "state", "attempt", "why"),
        (
            (
                short(order.id),
                order.kind,
                moment(order.period_start)[:10],
                moment(order.period_end)[:10],
                amount(order.price),
                order.gateway,
                f"{order.status} [red](needs review)[/]" if order.needs_review else order.status,
                order.attempt or "",
                escape(order.failure or ""),
            )
            for order in page.orders
        ),
        right="price attempt",
    )
    print_method_changes(page)
