"""
`billing worker`, which kills itself where a test wants it: `python -m tests.failure.crashing_worker`.

It is the product's own command with its own wiring. What is added stands around each message, around
each transaction of a payment and around each call of a gateway, and does nothing but say where it is.
"""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from broker.delivery import Delivery
from cli.main import main
from domain.gateway.port import Gateway
from messages.queues import PURCHASE, RECONCILIATION, WEBHOOK
from store.engine import Session
from tests.failure.crash_after import HANDLED, CrashPoint
from workers import actors
from workers.consume import Consumer
from workers.context import Context

T = TypeVar("T")

CALLS = ("create_checkout", "complete_checkout", "fetch_payment", "refund", "fetch_refund")


WATCHED = (PURCHASE, WEBHOOK, RECONCILIATION)


class Course:
    """How far the message has come that the present thread handles."""

    def __init__(self, crash_point: CrashPoint) -> None:
        self._crash_point = crash_point
        self._present = threading.local()

    def begin(self, delivery: Delivery) -> None:
        """Begin with a message."""
        self._present.message, self._present.queue = (
            str(delivery.read_properties().values["message_id"]),
            delivery.queue,
        )
        self._present.steps = Counter[str]()

    def next(self, step: str) -> str:
        """Return the full name of a step that begins; within one message it is counted."""
        self._present.steps[step] += 1
        return f"{step} {self._present.steps[step]}"

    def reach(self, boundary: str) -> None:
        """Come to a boundary."""
        self._crash_point.reach(self._present.message, f"{self._present.queue}: {boundary}")


course = Course(CrashPoint())


@dataclass(frozen=True, slots=True)
class CrashingGateway:
    """A gateway, with a boundary before and after each call."""

    gateway: Gateway

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.gateway, name)
        if name not in CALLS:
            return found

        def called(*args: Any) -> Any:
            step = course.next(name)
            course.reach(f"{step}, not asked")
            answer = found(*args)
            course.reach(f"{step}, answered")
            return answer

        return called


@dataclass(frozen=True, slots=True)
class CrashingContext(Context):
    """A context, with a boundary before and after each commit."""

    def gateway(self, name: str) -> Gateway:
        """Return a gateway by its name."""
        gateway: Any = CrashingGateway(Context.gateway(self, name))
        return gateway

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do work in one transaction."""
        # A transaction is called like the function that wants it.
        step = course.next(work.__qualname__.partition(".")[0].strip("_"))

        def worked(session: Session) -> T:
            done = work(session)
            course.reach(f"{step}, not committed")
            return done

        done = Context.transact(self, worked)
        course.reach(f"{step}, committed")
        return done


class CrashingConsumer(Consumer):
    """A consumer that tells the messages of a queue from each other, where they come one by one."""

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """Handle some deliveries."""
        if self.queue not in WATCHED:
            Consumer.__call__(self, deliveries)
            return
        [delivery] = deliveries
        course.begin(delivery)
        Consumer.__call__(self, deliveries)
        course.reach(HANDLED)


if __name__ == "__main__":
    actors.Context = CrashingContext  # type: ignore[attr-defined]
    actors.Consumer = CrashingConsumer  # type: ignore[attr-defined]
    sys.argv = ["billing", "worker"]
    main()
