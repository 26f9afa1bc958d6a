"""Nobody reads a clock but the one of the wiring; who does names why here."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    "asgi",
    "boot",
    "broker",
    "cli",
    "demo",
    "domain",
    "i18n",
    "messages",
    "notify",
    "relay",
    "scheduler",
    "store",
    "web",
    "workers",
)

READS_A_CLOCK = re.compile(
    r"datetime\.(?:now|utcnow|today)\(|date\.today\(|func\.(?:now|current_timestamp|clock_timestamp)\("
)

MAY = {
    "boot/clock.py": "it is the clock",
    "boot/doctor.py": "how long a message has waited in the outbox, which the database stamped",
    "scheduler/main.py": "when APScheduler is to begin, which goes by the host's clock",
    "store/slots.py": "the database's clock, against which the host's is held",
    "store/dead_letters.py": "a log: when the same letter was seen again",
    "relay/webhooks.py": "a log: when a webhook came; the endpoint has no wiring",
}
"""Gateways are not among the rooms: what they say, sign and list is in the gateways' own time."""


class TestClock:
    def test_is_read_by_nobody_else(self) -> None:
        reading = {
            file.relative_to(ROOT).as_posix()
            for room in ROOMS
            for file in (ROOT / room).rglob("*.py")
            if READS_A_CLOCK.search(file.read_text(encoding="utf-8"))
        }

        assert reading == MAY.keys()
