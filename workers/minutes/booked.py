"""What one message has booked, beside the entries, which are in the book."""

from typing import NamedTuple

from store.inbox import Answer
from store.minutes.save import Usage


class Booked(NamedTuple):
    """The usage that a message booked and the answer that it got, if any."""

    usage: Usage | None = None
    answer: Answer | None = None
