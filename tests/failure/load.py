"""A load: what is published, and in which order. The same seed, the same load."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import orjson

from broker.publication import Publication
from messages.queues import MINUTE_USAGE, SALES
from tests.failure.events import Author, Event, Key, key_of
from tests.failure.malformed import bad_bodies, bad_elements
from tests.failure.story import Story, write_story

_DELAY_PLACES = 30
"""So far a message may fall behind its neighbours."""

Placed = list[tuple[float, bytes]]


@dataclass(frozen=True, slots=True)
class Load:
    """
    What a test publishes, and what it is made of.

    Args:
        openings: each to be applied before the next, and all of them before `middle` is published.
        middle: the load itself, with repeats, out of order, with malformed ones among it.
        events: every event that must be applied, or refused, once; the openings', too.
        rivals: pairs of corrections of one usage, also among `events`: one of the two is dead-lettered.
        quarantined: bytes that a worker must dead-letter, with the code.
        dead: bytes that must come to the same place through the broker's dead letters.
    """

    openings: list[list[Publication]]
    middle: list[Publication]
    events: dict[Key, Event]
    rivals: list[tuple[Key, Key]]
    dead_lettered: dict[bytes, str]
    dead: set[bytes]


def make_load(*, seed: int, events: int) -> Load:
    """
    Make a load.

    Args:
        seed: of everything but the moment from which the events' times are counted: that is now.
        events: how many different good ones it has at least, besides its openings.
    """
    author = Author(seed, datetime.now(UTC).replace(microsecond=0))
    random = author.random
    story = write_story(author, events)
    groups = _grouped(story.middle, random)
    elements = bad_elements(author, story.known)
    # Every other bad element comes inside an array, too, and must not harm its neighbours there.
    _sprinkle(groups, [element for element, _ in elements[::2]], random)
    bad = [(orjson.dumps(element), code) for element, code in elements] + bad_bodies(author, story.known)
    placed = [*_repeated(groups, random), *_in_other_words(story, len(groups), random)]
    placed += _strewn([body for body, _ in bad], len(groups), random)
    dead = [b'{"forged": %d}' % number for number in range(3)]
    return Load(
        openings=[_as_arrays(story.packages), _as_arrays(story.known)],
        middle=_out_of_order(placed, _strewn(dead, len(groups), random), random),
        events={key_of(event): event for event in (*story.packages, *story.known, *story.middle)},
        rivals=story.rivals,
        dead_lettered=dict(bad),
        dead=set(dead),
    )


def _grouped(events: list[Event], random: Random) -> list[list[Any]]:
    """Put events into messages: most alone, some in arrays."""
    groups, first = [], 0
    while first < len(events):
        size = 1 if random.random() < 0.85 else random.randint(2, 12)
        groups.append(list(events[first : first + size]))
        first += size
    return groups


def _sprinkle(groups: list[list[Any]], elements: Iterable[Any], random: Random) -> None:
    """Put each element somewhere into an array."""
    arrays = [group for group in groups if len(group) > 1]
    for element in elements:
        group = random.choice(arrays)
        group.insert(random.randrange(len(group)), element)


def _repeated(groups: list[list[Any]], random: Random) -> Placed:
    """Return bodies with their places; some come twice, the second time near or far."""
    placed: Placed = []
    for place, group in enumerate(groups):
        body = orjson.dumps(group if len(group) > 1 else group[0])
        placed.append((place, body))
        if random.random() < 0.10:
            placed.append((place + random.uniform(0, len(groups) / 4), body))
    return placed


def _in_other_words(story: Story, length: int, random: Random) -> Placed:
    """Return some of the events once more, as other bytes of JSON."""
    placed: Placed = []
    # A rival that loses is dead-lettered by its bytes, which must then be always the same.
    rivals = {key for pair in story.rivals for key in pair}
    for event in story.middle:
        if random.random() < 0.04 and key_of(event) not in rivals:
            fields = list(event.items())
            random.shuffle(fields)
            placed.append((random.uniform(0, length), orjson.dumps(dict(fields), option=orjson.OPT_INDENT_2)))
    return placed


def _strewn(bodies: list[bytes], length: int, random: Random) -> Placed:
    """Give each body a place or two."""
    return [(random.uniform(0, length), body) for body in bodies for _ in range(random.randint(1, 2))]


def _out_of_order(placed: Placed, forged: Placed, random: Random) -> list[Publication]:
    """Sort by place, but let everybody fall behind a little; the forged go to where only our retries come from."""
    delayed = [(place + random.uniform(0, _DELAY_PLACES), body, SALES) for place, body in placed]
    delayed += [(place, body, "") for place, body in forged]
    delayed.sort(key=lambda one: one[0])
    return [
        Publication(exchange, MINUTE_USAGE, f"load-{number}", body)
        for number, (_, body, exchange) in enumerate(delayed)
    ]


def _as_arrays(events: list[Event]) -> list[Publication]:
    size = 50
    return [
        Publication(SALES, MINUTE_USAGE, f"opening-{first}", orjson.dumps(events[first : first + size]))
        for first in range(0, len(events), size)
    ]
