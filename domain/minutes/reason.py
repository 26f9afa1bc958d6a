"""Reasons: why a debit took from this package and not from another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.minutes.burn import NEVER, BurnPolicy, in_burn_order
from domain.minutes.package import Package


class Because(StrEnum):
    """By which key of the burn order a package came before the next one."""

    ONLY_ONE = "only_one"
    PRIORITY = "priority"
    OLDER = "older"
    EXPIRES_SOONER = "expires_sooner"
    ID = "id"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a package was taken from; `rival` is the one that would have been next."""

    because: Because
    rival: Package | None = None


def reason_for(package: Package, packages: Iterable[Package], *, at: datetime, policy: BurnPolicy) -> Reason:
    """
    Tell why one package was taken from at one moment.

    Args:
        package: the one that was burnt, as it stood before.
        packages: all of the account as they stood before, in any order; with or without it.
        at: aware UTC moment at which the usage was judged.
        policy: the order that was in force.

    Source: README.md, "Burn order": the first key that differs decides.
    """
    rivals = [rival for rival in in_burn_order(packages, at=at, policy=policy) if rival.id != package.id]
    if not rivals:
        return Reason(Because.ONLY_ONE)
    rival = rivals[0]
    if package.priority != rival.priority:
        return Reason(Because.PRIORITY, rival)
    keys = {
        Because.OLDER: package.activated_at != rival.activated_at,
        Because.EXPIRES_SOONER: (package.expires_at or NEVER) != (rival.expires_at or NEVER),
    }
    order = list(keys) if policy is BurnPolicy.OLDEST_FIRST else list(reversed(keys))
    return Reason(next((because for because in order if keys[because]), Because.ID), rival)
