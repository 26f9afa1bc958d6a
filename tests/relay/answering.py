"""A publisher that confirms everything, for tests that are about what comes after."""

from collections.abc import Sequence

from broker.publication import Publication, Receipt


class ConfirmingPublisher:
    """Confirms whatever it is given, and remembers it."""

    def __init__(self) -> None:
        self.published: list[Publication] = []

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        """Confirm all of them."""
        self.published += publications
        return [Receipt.CONFIRMED] * len(publications)

    def rest(self, seconds: float) -> None:
        """Not at all."""

    def close(self) -> None:
        """Nothing is held."""
