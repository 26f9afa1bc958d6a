"""Events as Screph would send them; everything about them comes from a seed."""

import random
from datetime import datetime, timedelta
from typing import Any

Event = dict[str, Any]
Key = tuple[str, str]

SOURCES = ("screph-desktop", "screph-mobile", "screph-web")

REPORTED = "screph.usage.reported.v1"
SPENT = "screph.spend.requested.v1"
REVERSED = "screph.usage.reversed.v1"
GRANTED = "screph.package.grant_requested.v1"
REGISTERED = "screph.account.registered.v1"

_LATE = timedelta(hours=100)
_AHEAD = timedelta(minutes=2)
"""Within the five minutes that a producer's clock may run ahead."""


def key_of(event: Event) -> Key:
    """Return what names an event for ever."""
    return event["source"], event["id"]


def seconds_of(event: Event) -> int:
    """Return the length that an event speaks of, whichever way it says so."""
    data = event["data"]
    return int(data["seconds"] if "seconds" in data else 60 * data["minutes"])


class Author:
    """Writes events. Every source counts its ids for itself, so the same id comes from several."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.random = random.Random(seed)
        self.now = now
        self._serials = dict.fromkeys(SOURCES, 0)

    def usage(self, account: str, *, shortest: int = 1) -> Event:
        """Usage that has happened: some of it late, some of it stamped a little ahead."""
        return self._event(REPORTED, account, self._length(shortest))

    def spend(self, account: str) -> Event:
        """A request to spend."""
        return self._event(SPENT, account, self._length(1))

    def correction(self, of: Event) -> Event:
        """A correction of a usage."""
        source = self.random.choice(SOURCES)
        data = {"usage_id": of["id"], "reason": "the call was dropped"}
        if source != of["source"]:
            data["usage_source"] = of["source"]
        return self._event(REVERSED, of["subject"], data, source=source)

    def grant(
        self, account: str, kind: str, seconds: int, *, days_ago: float = 20, expires_in_days: float | None = None
    ) -> Event:
        """A package; without an end unless one is given."""
        data: dict[str, Any] = {"kind": kind, "seconds": seconds, "activated_at": _text(self._ago(days_ago))}
        if expires_in_days is not None:
            data["expires_at"] = _text(self._ago(-expires_in_days))
        return self._event(GRANTED, account, data)

    def registration(self, account: str) -> Event:
        """An update of a user; no two have the same time, so one is the newest."""
        event = self._event(REGISTERED, account, {})
        address = f"{account}.{event['source']}.{event['id']}@example.org"
        emitted_at = self.now - timedelta(microseconds=self.random.randrange(7_200_000_000))
        return event | {"time": _text(emitted_at), "data": {"email": address, "locale": "pt-BR"}}

    def one_of(self, chances: dict[str, int]) -> str:
        """Choose a name by its weight."""
        return self.random.choices(list(chances), weights=list(chances.values()))[0]

    def _event(self, kind: str, account: str, data: dict[str, Any], *, source: str | None = None) -> Event:
        source = source or self.random.choice(SOURCES)
        self._serials[source] += 1
        return {
            "specversion": "1.0",
            "id": f"event-{self._serials[source]:05}",
            "source": source,
            "type": kind,
            "subject": account,
            "time": _text(self._moment()),
            "data": data,
        }

    def _length(self, shortest: int) -> dict[str, Any]:
        if self.random.random() < 0.2:
            return {"minutes": self.random.randint(1, 9), "feature": "dictation"}
        return {"seconds": self.random.randint(shortest, 500), "session_id": f"s-{self.random.getrandbits(32):08x}"}

    def _moment(self) -> datetime:
        match self.one_of({"usual": 94, "late": 4, "ahead": 2}):
            case "late":
                return self.now - _LATE
            case "ahead":
                return self.now + _AHEAD
            case _:
                return self.now - timedelta(microseconds=self.random.randrange(7_200_000_000))

    def _ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
