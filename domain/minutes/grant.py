"""Granting: a new, still empty package that a `grant` entry then fills."""

from datetime import datetime

from domain.minutes.package import Package, PackageKind

DEFAULT_PRIORITY = {
    PackageKind.PURCHASED: 100,
    PackageKind.SUBSCRIPTION: 100,
    PackageKind.PROMO: 10,
    PackageKind.BONUS: 10,
    PackageKind.SUPPORT: 10,
}
"""Which kinds burn first unless a grant says otherwise. Source: domain/minutes/README.md, "Burn order"."""


class UnableToGrant(ValueError):
    """The period of the package is empty."""


def new_package(
    package_id: str,
    account_id: str,
    *,
    kind: PackageKind,
    activated_at: datetime,
    expires_at: datetime | None = None,
    priority: int | None = None,
) -> Package:
    """
    Return a package with nothing in it yet.

    Args:
        package_id: unique for ever; its order decides between otherwise equal packages.
        account_id: Screph's id of the owner.
        kind: decides the priority unless one is given, and whether the package pays debt.
        activated_at: aware UTC moment from which it may be burnt.
        expires_at: aware UTC moment from which it may not; None never ends.
        priority: lower burns first.

    Raises:
        UnableToGrant: `expires_at` is not after `activated_at`.
    """
    if expires_at is not None and expires_at <= activated_at:
        raise UnableToGrant(
            f"`expires_at` {expires_at.isoformat()} is not after `activated_at` {activated_at.isoformat()}; "
            "such a package could never be used"
        )
    return Package(
        id=package_id,
        account_id=account_id,
        kind=kind,
        priority=DEFAULT_PRIORITY[kind] if priority is None else priority,
        activated_at=activated_at,
        expires_at=expires_at,
    )
