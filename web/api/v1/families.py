"""Every family of operations, in the order of the reference."""

from web.api.v1 import account, packages, statement

FAMILIES = (
    account.family,
    packages.family,
    statement.family,
)
