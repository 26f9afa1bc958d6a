"""What may go wrong with a delivery, by what helps."""

from datetime import timedelta


class ChannelAway(Exception):
    """The server of a channel cannot be reached, or does not let us in; every other delivery by it must wait, too."""


class DeliveryDelayed(Exception):
    """
    This delivery did not succeed now and may succeed later.

    Args:
        said: what the other side said.
        at_least: the pause that it asked for.
    """

    def __init__(self, said: str, *, at_least: timedelta | None = None) -> None:
        super().__init__(said)
        self.at_least = at_least


class AddressGone(Exception):
    """Nothing will ever arrive at this address."""


class DeliveryRefused(Exception):
    """This delivery is refused for good, and the address is not why."""
