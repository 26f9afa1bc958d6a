"""What a poll of a gateway could not read: it is logged at once, and a person sees it until a later poll reads it."""

import logging
from dataclasses import dataclass, field

from domain.gateway.errors import NotAllowed, UnableToReach, Unreadable
from store.payments.poll import save_poll
from workers.context import Context

log = logging.getLogger(__name__)

MAX_NAMED = 3
"""So many problems a note names; it counts the others."""


@dataclass(slots=True)
class PollReport:
    """What one job could not read at one gateway."""

    gateway: str
    job: str
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """Note and log one thing that was not read."""
        log.warning("%s: %s", self.gateway, problem)
        self.problems.append(problem)

    def save(self, context: Context) -> None:
        """Write how the poll ended, whole or not."""
        at, note = context.clock(), self._note()
        context.transact(lambda session: save_poll(session, self.gateway, self.job, at=at, note=note))

    def _note(self) -> str | None:
        if not self.problems:
            return None
        others = len(self.problems) - MAX_NAMED
        return "; ".join(self.problems[:MAX_NAMED]) + (f"; and {others} more" if others > 0 else "")


def is_silent(error: BaseException) -> bool:
    """Tell whether a gateway gave no answer at all, so that asking it further things now is in vain."""
    cause = error if isinstance(error, UnableToReach) else error.__cause__
    return isinstance(cause, UnableToReach) and not isinstance(cause, Unreadable | NotAllowed)
