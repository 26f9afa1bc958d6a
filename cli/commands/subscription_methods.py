"""How a subscription's page shows by which saved method it is charged, and which ones it was changed to."""

from typing import Any

from rich.markup import escape

from cli.commands.order_page import as_row
from cli.output import moment, print_table
from store.subscriptions.read import SubscriptionPage


def method_of(page: SubscriptionPage) -> str:
    """Return the method that is charged next, for a person."""
    if page.method is None:
        return "none is saved there"
    return f"{page.method.label} (method {page.method.id})"


def methods_as_json(page: SubscriptionPage) -> dict[str, Any]:
    """Return the method that is charged next, and the changes, for a program."""
    return {
        "method": None if page.method is None else as_row(page.method),
        "method_changes": [as_row(change) for change in page.method_changes],
    }


def print_method_changes(page: SubscriptionPage) -> None:
    """Print which methods a subscription was changed to, if it ever was."""
    if not page.method_changes:
        return
    print_table(
        "Changes of method",
        ("at", "to", "gateway before", "gateway", "by", "why"),
        (
            (
                moment(change.changed_at)[:16],
                escape(change.label),
                change.old_gateway,
                change.gateway,
                escape(change.changed_by),
                escape(change.reason or ""),
            )
            for change in page.method_changes
        ),
    )
