"""The notice of a low balance says how long it lasts, as of the moment when it is told."""

from datetime import timedelta

import pytest

from domain.notices.content import LowBalance
from domain.notices.delivery import NoticeState
from domain.notices.json_form import json_of
from domain.notices.notice import NoticeKind
from domain.notices.owed import Notice, Recipient
from store.reading import reading
from tests.workers.events import DAY, HOUR, NOW, grant, usage
from tests.workers.notices.harness import NoticesHarness
from workers.notices.reason import check_reason

TODAY = NOW.date()


def said(harness: NoticesHarness) -> LowBalance:
    """What a notice that was owed at noon says."""
    content = json_of(LowBalance(available_seconds=599, threshold_seconds=600))
    notice = Notice(1, harness.account, NoticeKind.LOW_BALANCE, NoticeState.WAITING, "1", content, NOW, NOW)
    with reading(harness.engine) as session:
        found = check_reason(session, harness.context, notice, Recipient(harness.account))
    assert isinstance(found, LowBalance), found
    return found


def use_daily(harness: NoticesHarness, seconds: int, *, days: int, **package: object) -> None:
    """Grant a package, use some of it from the same day on up to yesterday, and leave nine minutes."""
    account, began = harness.account, NOW - days * DAY - HOUR
    granted = grant(account, days * seconds + 540, activated_at=began, at=began, **package)  # type: ignore[arg-type]
    harness.minutes.apply(granted, now=began)
    for back in range(days, 0, -1):
        at = NOW - back * DAY
        harness.minutes.apply(usage(account, seconds, at=at), now=at)


class TestLowBalance:
    def test_says_between_which_days_it_will_be_used_up(self, harness: NoticesHarness) -> None:
        use_daily(harness, 120, days=14)

        # Half of today, and then four days of two minutes.
        first, last = TODAY + timedelta(days=4), TODAY + timedelta(days=5)
        assert said(harness) == LowBalance(540, 600, empty_from=first, empty_until=last)

    def test_says_what_will_expire_unused(self, harness: NoticesHarness) -> None:
        use_daily(harness, 120, days=14, expires_at=NOW + DAY + HOUR)

        tomorrow = TODAY + timedelta(days=1)
        found = said(harness)

        assert (found.unused_on, found.empty_from, found.empty_until) == (tomorrow, None, None)
        assert found.unused_seconds == 540 - 60 - 65

    @pytest.mark.parametrize("days", [2, 5])
    def test_says_no_day_where_too_little_is_known(self, harness: NoticesHarness, days: int) -> None:
        use_daily(harness, 120, days=days)

        assert said(harness) == LowBalance(540, 600)
