"""Scopes: what a token allows."""

from enum import StrEnum


class TokenKind(StrEnum):
    """Whose token it is: a user's program, a server of Screph's, a widget on a page."""

    USER = "user"
    SERVER = "server"
    WIDGET = "widget"


class Scope(StrEnum):
    """One thing that a token may allow."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    MINUTES_SPEND = "minutes:spend"
    ORDERS_WRITE = "orders:write"
    CATALOGUE_READ = "catalogue:read"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    USAGE_WRITE = "usage:write"


SCOPES = {
    TokenKind.USER: (
        Scope.ACCOUNT_READ,
        Scope.ACCOUNT_WRITE,
        Scope.MINUTES_SPEND,
        Scope.ORDERS_WRITE,
        Scope.CATALOGUE_READ,
    ),
    TokenKind.SERVER: (Scope.CATALOGUE_READ, Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE, Scope.USAGE_WRITE),
    TokenKind.WIDGET: (Scope.ACCOUNT_READ,),
}
"""What a token of each kind may allow, and does unless less is wanted."""

OF_SERVERS = {
    Scope.ACCOUNT_READ: Scope.ACCOUNTS_READ,
    Scope.ACCOUNT_WRITE: Scope.ACCOUNTS_WRITE,
    Scope.ORDERS_WRITE: Scope.ACCOUNTS_WRITE,
}
"""What a server's token has to allow where a user's has to allow the first, for any account."""
