"""Levels of a balance, of which an account hears on the way down."""

from enum import StrEnum

LOW_BALANCE_SECONDS = 600
"""The threshold of accounts that have not chosen another one."""


class BalanceLevel(StrEnum):
    """What an account has heard of last about its balance; `enough`: nothing since its last grant."""

    ENOUGH = "enough"
    LOW = "low"
    OUT = "out"
