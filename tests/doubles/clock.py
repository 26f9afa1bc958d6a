"""The clock of the doubles in this process: the host's, unless a test that moves the product's time moves it as well."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def _host_clock() -> datetime:
    return datetime.now(UTC)


_present: list[Clock] = [_host_clock]


def now() -> datetime:
    """Return the present moment, aware UTC, as every double has it."""
    return _present[-1]()


@contextmanager
def doubles_live_by(clock: Clock) -> Iterator[None]:
    """Let what the doubles write be of another clock, for as long as the block lasts."""
    _present.append(clock)
    try:
        yield
    finally:
        _present.remove(clock)
