"""Dying at every boundary: one after the other, each with something new to be done."""

import re
import signal
from collections.abc import Callable, Sequence

from tests.failure.crash_after import VARIABLE, Crashes
from tests.failure.installation import Installation
from tests.failure.supervisor import Supervised
from tests.servers.waiting import wait_until

LIMIT_S = 20


def crashing_workers(installation: Installation, crashes: Crashes, *, settings: dict[str, str]) -> list[Supervised]:
    """
    Start workers that die where a test wants it and then are started again.

    Two, so that the next death need not wait until the one who died is there again.
    """
    command = ("tests.failure.crashing_worker",)
    crashing = settings | {VARIABLE: str(crashes.folder)}
    workers = [installation.start("worker", command=command, settings=crashing) for _ in range(2)]
    for worker in workers:
        worker.wait_until_ready()
    return workers


def die_at_each(
    crashes: Crashes,
    workers: Sequence[Supervised],
    *,
    ask: Callable[[str], None],
    is_done: Callable[[str], bool],
    messages: int = 0,
    counts: Callable[[str], bool] = lambda boundary: True,
) -> list[str]:
    """
    Let one go without any death, and then one for each boundary that it came past, with a death there.

    Args:
        crashes: says to the workers where to die.
        workers: as they were started.
        ask: begins one, by its account.
        is_done: says whether it has come to its end.
        messages: how many messages must have been handled by then, whatever their effect was before.
        counts: which boundaries are of interest.

    Returns:
        The boundaries, in the order in which they were passed.
    """

    def play(number: int, boundary: str | None, deaths: list[str]) -> None:
        buyer = f"buyer-{number}"
        crashes.begin(boundary)
        ask(buyer)
        wait_until(
            lambda: is_done(buyer) and len(crashes.handled) >= messages and crashes.deaths == deaths,
            f"{buyer} has all in spite of a death at {boundary!r}",
            limit_s=LIMIT_S,
        )

    play(0, None, [])
    passed = [passed.boundary for passed in crashes.passed if counts(passed.boundary)]
    boundaries = list(dict.fromkeys(passed))
    for number, boundary in enumerate(boundaries, start=1):
        play(number, boundary, boundaries[:number])
    falls = [-signal.SIGKILL] * len(boundaries)
    wait_until(
        lambda: [code for worker in workers for code in worker.falls] == falls, "every death was seen", limit_s=LIMIT_S
    )
    return boundaries


def calls_at(boundaries: Sequence[str]) -> list[str]:
    """Return the calls of the gateway at whose two ends there was a death."""
    calls = [re.fullmatch(r".*: (\w+) 1, (not asked|answered)", boundary) for boundary in boundaries]
    ends = [(call[1], call[2]) for call in calls if call]
    return [name for name, end in ends if end == "not asked" and (name, "answered") in ends]
