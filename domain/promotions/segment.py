"""Segments: which accounts a campaign is for."""

from dataclasses import dataclass, fields
from datetime import datetime


class UnableToSegment(ValueError):
    """The criteria of a segment name nobody, or everybody without saying so."""


@dataclass(frozen=True, slots=True)
class Segment:
    """
    The accounts that meet every criterion; one that is not given leaves nobody out.

    `used_from` counts, `used_until` does not: some usage happened between them. `unused_since`: none happened since,
    and the account was opened before. `product_ids`: one of them was paid for, whatever came of it later. `countries`
    (ISO 3166-1): one of them was named with an order of the account. Balances are what the account can spend when it is
    counted, in seconds; `at_least` counts, `below` does not. `without_campaign_ids`: whoever is in one of those
    campaigns is left out.

    `is_everyone` has to be said where no other criterion is given. Closed accounts are in no segment.

    Source: README.md, "Segments".
    """

    is_everyone: bool = False
    used_from: datetime | None = None
    used_until: datetime | None = None
    unused_since: datetime | None = None
    product_ids: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    balance_below_seconds: int | None = None
    balance_at_least_seconds: int | None = None
    without_campaign_ids: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.used_from is None) != (self.used_until is None):
            raise UnableToSegment("`used_from` and `used_until` are the two ends of one time; give both")
        if self.used_from is not None and self.used_until is not None and self.used_from >= self.used_until:
            raise UnableToSegment("`used_from` is not before `used_until`, so nobody used anything between them")
        below, at_least = self.balance_below_seconds, self.balance_at_least_seconds
        if below is not None and below <= (at_least or 0):
            raise UnableToSegment("no balance is that high and that low at once")
        if self.is_everyone == self.has_criteria:
            raise UnableToSegment("say either which accounts are meant, or that everyone is")

    @property
    def has_criteria(self) -> bool:
        """Tell whether anything but an earlier campaign narrows it."""
        apart = ("is_everyone", "without_campaign_ids")
        return any(
            getattr(self, each.name) not in (None, frozenset()) for each in fields(self) if each.name not in apart
        )

    def ends_after(self, at: datetime) -> bool:
        """Tell whether it depends on what has not happened yet at a moment."""
        moments = (self.used_until, self.unused_since)
        return any(moment is not None and moment > at for moment in moments)
