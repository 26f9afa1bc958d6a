"""Every family of operations, in the order of the reference."""

from web.api.v1 import account, events, packages, statement

FAMILIES = (
    account.family,
    events.family,
    packages.family,
    statement.family,
)
