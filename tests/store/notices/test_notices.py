"""Notices in the store: lists and the tick read by an index, however many notices there are, and what is old is erased."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.notices.delivery import NoticeState
from store.engine import Engine
from store.notices.erasure import erase_addresses, erase_push_subscriptions, gone_query, old_addresses_query
from store.notices.notice import due_query
from store.notices.read import list_notices, notices_query
from store.reading import reading
from store.transaction import transaction
from tests.store.explaining import explained

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)

MANY = """
    INSERT INTO account (id) VALUES ('ann'), ('bob');
    INSERT INTO notice (owed_at, due_at, account, kind, state, subject, content, ended_at)
    SELECT :at, :at, (SELECT min(number) FROM account) + number % 2, 'refund', CASE WHEN number % 1000 = 0 THEN 'waiting' ELSE 'sent' END::notice_state,
           number::text, '{}', CASE WHEN number % 1000 > 0 THEN CAST(:at AS timestamptz) END
    FROM generate_series(1, 20000) AS number;
    ANALYZE notice
"""

MANY_DELIVERIES = """
    INSERT INTO notice_delivery (notice, push_subscription, channel, next_attempt_at, message_id, address)
    SELECT id, 0, 'mail', CAST(:at AS timestamptz) - id * interval '1 hour', 'm',
           CASE WHEN id <= 10000 THEN 'ann@mail.example' END
    FROM notice;
    INSERT INTO push_subscription (created_at, gone_at, account, endpoint, p256dh, auth)
    SELECT owed_at, CASE WHEN id % 10 = 0 THEN CAST(:at AS timestamptz) - id * interval '1 hour' END, account, subject, 'k', 's'
    FROM notice;
    ANALYZE notice_delivery; ANALYZE push_subscription
"""


@pytest.fixture
def crowded(engine: Engine) -> Engine:
    """Twenty thousand notices of two accounts; one of a thousand waits."""
    with transaction(engine) as session:
        session.execute(text(MANY), {"at": NOW})
    return engine


class TestPlans:
    def test_of_the_tick_is_the_index_of_what_waits(self, crowded: Engine) -> None:
        with reading(crowded) as session:
            plan = explained(session, due_query(now=NOW))

        assert "notice_due" in plan
        assert "Sort" not in plan

    @pytest.mark.parametrize(
        ("account", "state", "before"),
        [(None, None, None), ("ann", None, 15_000), (None, NoticeState.WAITING, None), (None, NoticeState.SENT, 5_000)],
    )
    def test_of_a_list_never_sort_or_read_everything(
        self, crowded: Engine, account: str | None, state: NoticeState | None, before: int | None
    ) -> None:
        with reading(crowded) as session:
            plan = explained(session, notices_query(account_id=account, state=state, limit=50, before=before))

        assert "Sort" not in plan
        assert "Seq Scan on notice" not in plan

    def test_of_erasing_are_indexes_of_what_is_left_to_erase(self, crowded: Engine) -> None:
        with transaction(crowded) as session:
            session.execute(text(MANY_DELIVERIES), {"at": NOW})
        with reading(crowded) as session:
            addresses = explained(session, old_addresses_query(before=NOW - 400 * DAY, limit=1_000))
            browsers = explained(session, gone_query(before=NOW - 400 * DAY, limit=1_000))

        assert "notice_delivery_address" in addresses
        assert "push_subscription_gone" in browsers
        assert "Seq Scan" not in addresses + browsers

    def test_lists_follow_one_another_to_the_end(self, crowded: Engine) -> None:
        with reading(crowded) as session:
            first = list_notices(session, state=NoticeState.WAITING, limit=15)
            second = list_notices(session, state=NoticeState.WAITING, limit=15, cursor=first.next_cursor)

        seen = [line.id for line in (*first.lines, *second.lines)]
        assert seen == sorted(seen, reverse=True)
        assert len(set(seen)) == 20
        assert second.next_cursor is None


class TestErasure:
    def test_takes_addresses_of_what_has_ended_long_ago(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(
                text("""
                INSERT INTO account (id) VALUES ('ann');
                INSERT INTO notice (owed_at, due_at, account, kind, state, subject, content, ended_at)
                SELECT :at, :at, (SELECT number FROM account), 'refund', state::notice_state, subject, '{}', ended_at
                FROM (VALUES ('sent', 'old', CAST(:old AS timestamptz)), ('sent', 'new', :at),
                             ('waiting', 'open', NULL)) AS given (state, subject, ended_at);
                INSERT INTO notice_delivery (notice, push_subscription, channel, next_attempt_at, message_id, address)
                SELECT id, 0, 'mail', coalesce(ended_at, :at), 'm', 'ann@mail.example' FROM notice;
                INSERT INTO push_subscription (created_at, gone_at, account, endpoint, p256dh, auth)
                SELECT :old, ended_at, (SELECT number FROM account), subject, 'k', 's' FROM notice WHERE subject <> 'new'
                """),
                {"at": NOW, "old": NOW - 401 * DAY},
            )

        with transaction(engine) as session:
            before = NOW - 400 * DAY
            erased = [
                erase_addresses(session, before=before, limit=10),
                erase_addresses(session, before=before, limit=10),
                erase_push_subscriptions(session, before=before, limit=10),
            ]

        with reading(engine) as session:
            left = session.execute(
                text(
                    "SELECT subject FROM notice JOIN notice_delivery ON notice = id WHERE address IS NOT NULL ORDER BY 1"
                )
            ).scalars()
            assert erased == [1, 0, 1]
            assert list(left) == ["new", "open"]
            assert list(session.execute(text("SELECT endpoint FROM push_subscription")).scalars()) == ["open"]
