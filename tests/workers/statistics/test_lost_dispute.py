"""A lost dispute owes what was used of its minutes, and is booked as a usage; nobody has used anything then."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.promotions.segment import Segment
from messages.queues import MINUTE_USAGE
from messages.statistics.requests import UsageDayReported
from store.engine import Engine
from store.minutes.chain import use_since
from store.promotions.segment import count_accounts
from store.reading import reading
from store.statistics.read.differences import session_differences
from tests.workers.events import DAY, HOUR
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.context import Context
from workers.queues import minute_usage
from workers.statistics.count import count_statistics
from workers.statistics.recount import recount


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of its own with products on offer; its books hold in the end."""
    with audited(database_url) as opened:
        fill_catalogue(opened)
        yield opened


@pytest.fixture
def loser(engine: Engine) -> PaymentHarness:
    """A buyer who used everything, and whose bank took the money back a day later."""
    harness = PaymentHarness(engine)
    order_id, _ = harness.bought()
    harness.use(18_000)
    harness.offset += DAY
    harness.report_dispute(order_id, "lost")
    assert harness.minutes.row()["debt_seconds"] == 18_000
    return harness


def test_is_no_activity_however_it_ends(loser: PaymentHarness) -> None:
    [order] = loser.orders()
    today, context = loser.clock().date(), Context(loser.engine, clock=lambda: loser.clock() + HOUR)
    found = []
    for state in ("lost", "won"):
        loser.report_dispute(order["id"], state)
        count_statistics(context)
        found.append(loser.minutes.select("SELECT day, seconds, usages FROM account_day WHERE usages <> 0"))
        assert [one for one in recount(context, today - 2 * DAY, today) if one.what == "account_day"] == []

    assert found == [[{"day": today - DAY, "seconds": 18_000, "usages": 1}]] * 2


def test_is_no_use_to_forecast_from(loser: PaymentHarness) -> None:
    account = loser.minutes.row()

    with reading(loser.engine) as session:
        recent = use_since(
            session, account["number"], last_entry_id=account["last_entry_id"], since=loser.clock() - 3 * DAY
        )

    assert [seconds for _, seconds in recent.used] == [18_000]


@pytest.mark.parametrize(("ago", "accounts"), [(DAY, 1), (timedelta(), 0)])
def test_puts_nobody_into_a_segment_of_users(loser: PaymentHarness, ago: timedelta, accounts: int) -> None:
    now = loser.clock()
    segment = Segment(used_from=now - ago - HOUR, used_until=now - ago + HOUR)

    with reading(loser.engine) as session:
        assert count_accounts(session, segment, at=now) == accounts


def test_is_no_session_that_the_log_has_forgotten(loser: PaymentHarness) -> None:
    day = loser.clock().date()
    said = {"day": f"{day}", "time_zone": "UTC", "seconds": 60, "sessions": 1}
    said |= {"session_list": [{"session_id": "lost", "seconds": 60}]}
    minute_usage.handle(loser.context, [loser.event(UsageDayReported, said, MINUTE_USAGE)])

    with reading(loser.engine) as session:
        found = session_differences(session, loser.account, day, "UTC")

    # Nothing is booked on that day beside it.
    assert found is not None
    assert [(one.session_id, one.reported_seconds, one.booked_seconds) for one in found] == [("lost", 60, None)]
