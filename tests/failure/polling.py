"""Looking at what is open, in the scheduler's place and without its pauses."""

from collections.abc import Callable

from tests.failure.crash_after import Crashes
from tests.failure.selling import Shop


class Polls:
    """Polls at what is open, one after the other, as the scheduler asks for them every five minutes."""

    def __init__(self, shop: Shop, crashes: Crashes) -> None:
        self._shop = shop
        self._crash = crashes
        self._ticks: set[str] = set()

    def begin_with(self, ask: Callable[[], None]) -> None:
        """Forget earlier polls and ask for something that is to be found."""
        self._ticks.clear()
        ask()

    def until(self, is_found: bool) -> bool:
        """Look once more if the last look is over and nothing was found; tell whether it is found and all are over."""
        is_over = self._crash.handled >= self._ticks
        if is_over and not is_found:
            self._shop.let_time_pass()
            self._ticks.add(self._shop.tick())
        return is_found and is_over
