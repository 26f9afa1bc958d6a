"""The side navigation: every page that leads to others, once, in its order."""

from dataclasses import dataclass

from domain.access.role import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation; whoever lacks the permission does not see it."""

    path: str
    title: str
    permission: Permission


NAVIGATION = (
    Entry("/", "Today", Permission.OVERVIEW_READ),
    Entry("/accounts", "Accounts", Permission.ACCOUNTS_READ),
    Entry("/orders", "Orders", Permission.ORDERS_READ),
    Entry("/review", "Review, refunds, disputes", Permission.ORDERS_READ),
    Entry("/reconciliation", "Reconciliation", Permission.ORDERS_READ),
    Entry("/requests", "Second person", Permission.ACCOUNTS_READ),
    Entry("/subscriptions", "Subscriptions", Permission.SUBSCRIPTIONS_READ),
    Entry("/promotions", "Codes", Permission.PROMOTIONS_READ),
    Entry("/campaigns", "Campaigns", Permission.PROMOTIONS_READ),
    Entry("/programmes", "Programmes", Permission.PROMOTIONS_READ),
    Entry("/catalogue", "Catalogue", Permission.CATALOGUE_READ),
    Entry("/statistics", "Statistics", Permission.STATISTICS_READ),
    Entry("/queues", "Queues", Permission.QUEUES_READ),
    Entry("/letters", "Dead letters", Permission.QUEUES_READ),
    Entry("/trace", "Trace", Permission.QUEUES_READ),
    Entry("/operators", "Operators", Permission.OPERATORS_READ),
    Entry("/audit", "Audit log", Permission.AUDIT_READ),
    Entry("/export", "Export", Permission.LISTS_EXPORT),
    Entry("/settings", "Settings", Permission.SETTINGS_READ),
    Entry("/sessions", "Your sessions", Permission.OWN_SESSIONS),
)
