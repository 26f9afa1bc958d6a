"""
The oracle: what must be true in the end, from nothing but the distinct events that were accepted.

It knows the contracts and `story`, and none of the product's code.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from tests.failure.events import GRANTED, REGISTERED, REPORTED, REVERSED, SPENT, Event, Key, key_of, seconds_of
from tests.failure.load import Load
from tests.failure.story import character_of

_FORGIVEN_BELOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Totals:
    """
    What one account must come to.

    `burnt`, `owed` and `forgiven` are as booked when the usage came, corrected or not; `left` and
    `debt` are what remains.
    """

    granted: int = 0
    used: int = 0
    burnt: int = 0
    owed: int = 0
    forgiven: int = 0
    corrected: int = 0
    left: int = 0
    debt: int = 0

    def with_owed_as_burnt(self) -> Self:
        """Return it for an account of which only the sum of the two can be foretold."""
        return replace(self, burnt=self.burnt + self.owed, owed=0)


@dataclass(frozen=True, slots=True)
class BookedUsage:
    """A usage as it must be booked."""

    account: str
    seconds: int
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Foretold:
    """
    What must be true in the end.

    Args:
        outcomes: of every event in the inbox; None where it depends on the order.
        usages: every usage that is booked; a request to spend only where it is certain.
        totals: of the accounts whose totals do not depend on the order.
        emails: the newest of each account that was registered.
    """

    outcomes: dict[Key, str | None]
    usages: dict[Key, BookedUsage]
    totals: dict[str, Totals]
    emails: dict[str, str]


def foretell(load: Load) -> Foretold:
    """Foretell what becomes of a load."""
    events = load.events.values()
    corrected = {_corrected_by(event) for event in events if event["type"] == REVERSED}
    outcomes = {key: _outcome(event) for key, event in load.events.items()}
    usages = {
        key: BookedUsage(event["subject"], seconds_of(event), key in corrected)
        for key, event in load.events.items()
        if event["type"] in (REPORTED, SPENT) and outcomes[key] == "applied"
    }
    mine: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        mine[event["subject"]].append(event)
    return Foretold(
        outcomes,
        usages,
        {account: _totals(account, mine[account], usages) for account in mine if character_of(account) != "tangled"},
        {event["subject"]: event["data"]["email"] for event in _oldest_first(events) if event["type"] == REGISTERED},
    )


def _outcome(event: Event) -> str | None:
    """Say whether an event is applied or refused; only a request to spend can be refused."""
    if event["type"] != SPENT:
        return "applied"
    return {"rich": "applied", "penniless": "refused"}.get(character_of(event["subject"]))


def _totals(account: str, events: list[Event], usages: dict[Key, BookedUsage]) -> Totals:
    booked = [usages[key_of(event)] for event in events if key_of(event) in usages]
    totals = Totals(
        granted=sum(seconds_of(event) for event in events if event["type"] == GRANTED),
        used=sum(usage.seconds for usage in booked),
        corrected=sum(usage.seconds for usage in booked if usage.is_corrected),
    )
    if character_of(account) == "penniless":
        long = [usage for usage in booked if usage.seconds >= _FORGIVEN_BELOW_SECONDS]
        owed = sum(usage.seconds for usage in long)
        debt = sum(usage.seconds for usage in long if not usage.is_corrected)
        return replace(totals, owed=owed, forgiven=totals.used - owed, debt=debt)
    # What the repaid used before they got their package was owed first; how much, depends on the order.
    left = totals.granted - totals.used + totals.corrected
    return replace(totals, burnt=totals.used, left=left)


def _corrected_by(correction: Event) -> Key:
    data = correction["data"]
    return data.get("usage_source", correction["source"]), data["usage_id"]


def _oldest_first(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: datetime.fromisoformat(event["time"]))
