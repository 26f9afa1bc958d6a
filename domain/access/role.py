"""Roles: what each operator may do; the one table of it."""

from enum import StrEnum
from types import MappingProxyType


class Permission(StrEnum):
    """One thing that an operator may do; each page and each button names one."""

    OVERVIEW_READ = "overview:read"
    ACCOUNTS_READ = "accounts:read"
    PERSONAL_READ = "personal:read"
    MINUTES_GRANT = "minutes:grant"
    USAGE_REVERSE = "usage:reverse"
    ACCOUNTS_BLOCK = "accounts:block"
    ACCOUNTS_CLOSE = "accounts:close"
    ACCOUNTS_VIEW_AS = "accounts:view_as"
    PERSONAL_EXPORT = "personal:export"
    NOTICES_RESEND = "notices:resend"
    TOKENS_REVOKE = "tokens:revoke"
    ORDERS_READ = "orders:read"
    ORDERS_REFUND = "orders:refund"
    REVIEWS_RESOLVE = "reviews:resolve"
    SUBSCRIPTIONS_READ = "subscriptions:read"
    SUBSCRIPTIONS_CHANGE = "subscriptions:change"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_CHANGE = "catalogue:change"
    PROMOTIONS_READ = "promotions:read"
    PROMOTIONS_CHANGE = "promotions:change"
    PROMOTIONS_PAUSE = "promotions:pause"
    QUEUES_READ = "queues:read"
    LETTERS_RESOLVE = "letters:resolve"
    LETTERS_EDIT = "letters:edit"
    STATISTICS_READ = "statistics:read"
    LISTS_EXPORT = "lists:export"
    AUDIT_READ = "audit:read"
    OPERATORS_READ = "operators:read"
    OPERATORS_CHANGE = "operators:change"
    SETTINGS_READ = "settings:read"
    OWN_SESSIONS = "sessions:own"
    OWN_FACTORS = "factors:own"


class Role(StrEnum):
    """What somebody is here for."""

    VIEWER = "viewer"
    SUPPORT = "support"
    FINANCE = "finance"
    MARKETING = "marketing"
    OWNER = "owner"


_P = Permission

_EVERYBODY = frozenset(
    {
        _P.OVERVIEW_READ,
        _P.ACCOUNTS_READ,
        _P.ORDERS_READ,
        _P.SUBSCRIPTIONS_READ,
        _P.CATALOGUE_READ,
        _P.PROMOTIONS_READ,
        _P.QUEUES_READ,
        _P.STATISTICS_READ,
        _P.OWN_SESSIONS,
        _P.OWN_FACTORS,
    }
)

PERMISSIONS = MappingProxyType(
    {
        Role.VIEWER: _EVERYBODY,
        Role.SUPPORT: _EVERYBODY
        | {
            _P.PERSONAL_READ,
            _P.MINUTES_GRANT,
            _P.USAGE_REVERSE,
            _P.ACCOUNTS_BLOCK,
            _P.ACCOUNTS_CLOSE,
            _P.ACCOUNTS_VIEW_AS,
            _P.PERSONAL_EXPORT,
            _P.NOTICES_RESEND,
            _P.TOKENS_REVOKE,
            _P.ORDERS_REFUND,
            _P.SUBSCRIPTIONS_CHANGE,
            _P.LETTERS_RESOLVE,
        },
        Role.FINANCE: _EVERYBODY
        | {_P.PERSONAL_READ, _P.ORDERS_REFUND, _P.REVIEWS_RESOLVE, _P.LISTS_EXPORT, _P.AUDIT_READ},
        Role.MARKETING: _EVERYBODY | {_P.PROMOTIONS_CHANGE, _P.PROMOTIONS_PAUSE, _P.CATALOGUE_CHANGE, _P.MINUTES_GRANT},
        Role.OWNER: frozenset(Permission),
    }
)
"""What each role may do."""

STEPS_UP = frozenset(
    {
        _P.MINUTES_GRANT,
        _P.ACCOUNTS_CLOSE,
        _P.ACCOUNTS_VIEW_AS,
        _P.PERSONAL_EXPORT,
        _P.ORDERS_REFUND,
        _P.LISTS_EXPORT,
        _P.OPERATORS_CHANGE,
        _P.CATALOGUE_CHANGE,
        _P.PROMOTIONS_CHANGE,
        _P.LETTERS_EDIT,
        _P.OWN_FACTORS,
    }
)
"""What needs the second factor again unless it was given some minutes ago."""


def may(role: Role, permission: Permission) -> bool:
    """Tell whether a role may do something."""
    return permission in PERMISSIONS[role]
