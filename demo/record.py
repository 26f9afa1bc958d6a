"""Makes the recording: `python -m demo.record`. Seeded, so it always makes the same one."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
RECORDED_AT = datetime(2026, 11, 20, 18, tzinfo=UTC)
"""The moment at which the recording is played; the workers' clock is set to it."""

NAMES = ("anna", "boris", "chen", "dmitri", "elena", "farid", "greta", "hugo", "irina", "jonas", "katya", "liam")
HARDLY_EVER = "maria"
"""Uses little, so that something is left in a package when it ends."""

FEATURES = ("recognise", "translate", "record", "export")
EVENTS_EACH = 180
EVENTS_HARDLY = 6
Event = dict[str, Any]


def accounts() -> Iterator[Event]:
    """Every account registers and owns some packages of the catalogue."""
    catalogue = {product["name"]: product for product in json.loads((FOLDER / "catalogue.json").read_text("utf-8"))}
    owned = {
        "anna": (("Стартовый", 40), ("Стандартный", 12), ("Стартовый", 2), ("Подарок", 6)),
        "boris": (("Премиум", 20), ("За друга", 9)),
        "chen": (("Стартовый", 30), ("Стартовый", 10)),
        "dmitri": (("Профессиональный", 60),),
        "elena": (("Подарок", 3),),
        HARDLY_EVER: (("Стартовый", 50), ("Подарок", 5)),
    }
    for number, name in enumerate((*NAMES, HARDLY_EVER)):
        data = {"email": f"{name}@example.org", "locale": "ru" if number % 2 else "en", "currency": "RUB"}
        yield _event(f"account-{name}", "account.registered", name, RECORDED_AT - timedelta(days=90), data)
        for turn, (product, days_ago) in enumerate(owned.get(name, (("Стандартный", 25), ("За друга", 5)))):
            yield _grant(f"grant-{name}-{turn}", name, catalogue[product], RECORDED_AT - timedelta(days=days_ago))


def usage() -> Iterator[bytes]:
    """Bodies for the wire, in the order in which they arrive."""
    chance = random.Random(20_261_120)
    events = [event for name in NAMES for event in _days_of(name, EVENTS_EACH, chance)]
    events += _days_of(HARDLY_EVER, EVENTS_HARDLY, chance)
    events.sort(key=lambda event: event["time"])
    _shuffle_nearby(events, chance)
    bodies = list(_bodies(events, chance))
    for body in _broken():
        bodies.insert(chance.randrange(len(bodies)), body)
    # Twice over the network: whole bodies again, much later.
    bodies += [bodies[chance.randrange(len(bodies))] for _ in range(120)]
    # A correction overtakes nothing here; it comes last, as a person's decision does.
    bodies += [_line(event) for event in _corrections()]
    return iter(bodies)


def _days_of(name: str, count: int, chance: random.Random) -> Iterator[Event]:
    for number in range(count):
        at = RECORDED_AT - timedelta(seconds=chance.randrange(60, 70 * 3600))
        data = {
            "seconds": chance.choice((15, 30, 60, 90, 120, 240)),
            "session_id": f"{name}-{number // 12}",
            "feature": chance.choice(FEATURES),
        }
        if number % 45 == 7:
            # A long one, which spreads over several packages.
            data["seconds"] = 45 * 60
        if number % 60 == 11:
            # An offline client reports after days: late.
            at -= timedelta(days=5)
        if number % 30 == 13:
            yield _event(f"spend-{name}-{number}", "spend.requested", name, at, {"minutes": chance.choice((5, 600))})
        yield _event(f"usage-{name}-{number}", "usage.reported", name, at, data)


def _corrections() -> Iterator[Event]:
    for name, number, our_fault in (("anna", 7, False), ("boris", 52, True), ("elena", 7, True)):
        data = {
            "usage_id": f"usage-{name}-{number}",
            "usage_source": "screph-demo",
            "reason": "recognition failed, ticket 4711",
            "our_fault": our_fault,
        }
        yield _event(f"reversal-{name}-{number}", "usage.reversed", name, RECORDED_AT, data)
    start = {"name": "Стартовый", "minutes": 100, "kind": "purchased"}
    # The next purchase after a debt pays it first.
    yield _grant("grant-elena-next", "elena", start, RECORDED_AT)


def _bodies(events: list[Event], chance: random.Random) -> Iterator[bytes]:
    position = 0
    while position < len(events):
        size = chance.choice((1, 1, 1, 1, 1, 2, 5, 20))
        chosen = events[position : position + size]
        position += size
        if chance.random() < 0.03:
            # The producer did not see the confirm and sends the same again.
            yield _line(chosen[0])
        if len(chosen) > 5:
            chosen = [*chosen, {**chosen[0], "id": f"broken-{position}", "data": {"seconds": -5}}]
        yield _line(chosen[0]) if size == 1 else _line(chosen)


def _broken() -> Iterator[bytes]:
    good = _event("broken", "usage.reported", "anna", RECORDED_AT - timedelta(hours=1), {"seconds": 60})

    def variant(number: int, **changes: Any) -> bytes:
        return _line({**good, "id": f"broken-{number}", **changes})

    yield b'{"specversion":"1.0","id":"cut-off","source":"screph-demo","type":"screph.usa'
    yield b"\x80\x81 not UTF-8 \xff"
    yield b"[]"
    yield b'"a text"'
    yield variant(1, data={"seconds": 0})
    yield variant(2, data={"seconds": 999_999_999})
    yield variant(3, data={"seconds": "sixty"})
    yield variant(4, data={"seconds": 60, "minutes": 1})
    yield variant(5, type="screph.usage.reported.v9")
    yield variant(6, type="screph.coffee.brewed.v1")
    yield variant(7, time=(RECORDED_AT + timedelta(hours=3)).isoformat())
    yield variant(8, time="yesterday")
    yield variant(9, subject="")
    yield variant(10, data={"seconds": 60, "feature": "nul \0 inside"})
    yield _line({**good, "id": "usage-anna-20", "data": {"seconds": 61}})


def _grant(event_id: str, name: str, product: dict[str, Any], at: datetime) -> Event:
    data = {"kind": product["kind"], "minutes": product["minutes"], "reason": product["name"]}
    if "days" in product:
        data["expires_at"] = (at + timedelta(days=product["days"])).isoformat()
    return _event(event_id, "package.grant_requested", name, at, data)


def _event(event_id: str, kind: str, name: str, at: datetime, data: dict[str, Any]) -> Event:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": "screph-demo",
        "type": f"screph.{kind}.v1",
        "subject": f"demo-{name}",
        "time": at.isoformat(),
        "data": data,
    }


def _shuffle_nearby(events: list[Event], chance: random.Random) -> None:
    for position in range(len(events) - 1):
        other = min(len(events) - 1, position + chance.choice((0, 0, 0, 1, 2, 9)))
        events[position], events[other] = events[other], events[position]


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def write(folder: Path) -> None:
    """Write the two files of the recording into a folder."""
    (folder / "accounts.jsonl").write_bytes(b"".join(_line(event) + b"\n" for event in accounts()))
    (folder / "usage.jsonl").write_bytes(b"".join(body + b"\n" for body in usage()))


if __name__ == "__main__":
    write(FOLDER)
