"""Reasons: why a debit took from this package and not from another."""

from dataclasses import dataclass
from enum import StrEnum

from domain.minutes.burn import NEVER, BurnPolicy
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


def reason_for(package: Package, rival: Package | None, *, policy: BurnPolicy) -> Reason:
    """
    Say why one package was taken from.

    Args:
        package: the one that was burnt.
        rival: the one that would have been next, as the burn names it; None if there was no other.
        policy: the order that was in force.

    Source: domain/minutes/README.md, "Burn order": the first key that differs decides.
    """
    if rival is None:
        return Reason(Because.ONLY_ONE)
    if package.priority != rival.priority:
        return Reason(Because.PRIORITY, rival)
    keys = {
        Because.OLDER: package.activated_at != rival.activated_at,
        Because.EXPIRES_SOONER: (package.expires_at or NEVER) != (rival.expires_at or NEVER),
    }
    order = list(keys) if policy is BurnPolicy.OLDEST_FIRST else list(reversed(keys))
    return Reason(next((because for because in order if keys[because]), Because.ID), rival)
