"""Two schedulers, of which one is killed."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from messages.queues import INTERNAL
from tests.failure.fast_scheduler import EVERY_SECONDS, JOB
from tests.failure.installation import Installation
from tests.servers.waiting import wait_until

_SECOND_HAND = ("tests.failure.fast_scheduler",)


class TestTwoSchedulers:
    def test_remind_once_of_every_slot_although_one_is_killed(self, installation: Installation) -> None:
        steady = installation.start("scheduler", command=_SECOND_HAND)
        shaky = installation.start("scheduler", command=_SECOND_HAND)

        for _ in range(3):
            shaky.wait_until_ready()
            _wait_for_more_slots(installation, 1)
            shaky.kill()
        _wait_for_more_slots(installation, 1)
        codes = installation.end()

        assert set(codes.values()) == {0}
        assert (steady.starts, shaky.starts) == (1, 4)
        slots = _slots(installation)
        assert {later - earlier for earlier, later in pairwise(slots)} == {timedelta(seconds=EVERY_SECONDS)}
        reminders = Counter(message_id for message_id, _ in installation.witness.sent(INTERNAL))
        assert reminders == {f"{JOB}-{slot.isoformat()}": 1 for slot in slots}


def _wait_for_more_slots(installation: Installation, more: int) -> None:
    wanted = len(_slots(installation)) + more
    wait_until(lambda: len(_slots(installation)) >= wanted, f"{wanted} slots are claimed", limit_s=10 * EVERY_SECONDS)


def _slots(installation: Installation) -> list[datetime]:
    rows = installation.witness.select(f"SELECT slot FROM scheduler_slot WHERE job = '{JOB}' ORDER BY slot")
    return [slot for (slot,) in rows]
