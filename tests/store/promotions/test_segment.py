"""Segments as queries: who meets which criteria."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from domain.promotions.segment import Segment
from store.engine import Engine, open_engine
from store.promotions.segment import accounts_in, count_accounts
from store.reading import reading
from store.records import table_of
from store.tables import AccountRow
from store.transaction import transaction
from tests.servers.find import FoundPostgres
from tests.store.explaining import explained
from tests.workers.events import DAY, HOUR, INSTANT, MINUTE, NOW, grant, reversal, usage
from tests.workers.minutes.harness import MinutesHarness

OPEN = "INSERT INTO account (id, opened_at) VALUES (:id, '2020-01-01Z')"

BY_HAND = """
    UPDATE account SET closed_at = now() WHERE id = 'closed';
    INSERT INTO product (id, kind, granted_seconds) VALUES ('small', 'one_off', 60), ('standard', 'one_off', 600);
    INSERT INTO orders (id, account, product, gateway, kind, currency, price_minor, list_price_minor, granted_seconds,
                        title, return_url, cancel_url, message_id, country, status, package, paid_at, recorded_at)
    SELECT bought.account, account.number, product.number, 'sandbox', 'first', 'RUB', 100, 100, 600, '', '', '', 0,
           country, CASE WHEN package IS NULL THEN 'failed' ELSE 'paid' END::payment_status, package.number,
           package.activated_at, package.activated_at
    FROM (VALUES ('poor', 'small', 'RU'), ('rich', 'standard', 'US')) AS bought (account, product, country)
    JOIN account ON account.id = bought.account JOIN product ON product.id = bought.product
    LEFT JOIN package ON package.account = account.number AND account.id = 'rich';
    INSERT INTO campaign (id, kind, segment, seconds_each, reason, accounts, status, message_id, created_by, created_at)
    VALUES ('earlier', 'bonus', '{}', 60, '', 1, 'waiting', 0, 'ada', now());
    INSERT INTO campaign_account (campaign, account)
    SELECT campaign.number, account.number FROM campaign, account WHERE account.id = 'poor';
"""


@pytest.fixture(scope="module")
def engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """
    A database with accounts of several kinds.

    `poor` has 60 seconds left, used 600 an hour ago and failed to buy; `rich` bought 600; `early` and `late` used
    something a day ago, what `early` used was reversed; `idle` did nothing ever; `new` was opened just now.
    """
    url = postgres_server.new_database(copy_of=migrated_database)
    opened = open_engine(url)
    with transaction(opened) as session:
        for account in ("poor", "rich", "early", "late", "idle", "closed"):
            session.execute(text(OPEN), {"id": account})
        session.execute(text("INSERT INTO account (id, opened_at) VALUES ('new', :now)"), {"now": NOW})
    yesterday = MinutesHarness(opened)
    yesterday.apply(
        usage("early", 1, at=NOW - DAY, event_id="u1"),
        usage("late", 1, at=NOW - DAY + HOUR - INSTANT),
        now=NOW - DAY + HOUR,
    )
    yesterday.apply(
        reversal("early", "u1"),
        grant("poor", 660),
        usage("poor", 600),
        grant("poor", 9_000, expires_at=NOW),
        grant("poor", 9_000, activated_at=NOW + MINUTE),
        grant("rich", 600),
    )
    with transaction(opened) as session:
        session.execute(text(BY_HAND))
    yield opened
    opened.dispose()
    postgres_server.drop_database(url)


class TestAccountsIn:
    @pytest.mark.parametrize(
        ("segment", "accounts"),
        [
            (Segment(used_from=NOW - DAY, used_until=NOW - DAY + HOUR), {"early", "late"}),
            (Segment(used_from=NOW - DAY + INSTANT, used_until=NOW - DAY + HOUR), {"late"}),
            (Segment(used_from=NOW - DAY, used_until=NOW - DAY + HOUR - INSTANT), {"early"}),
            (Segment(used_from=NOW - DAY, used_until=NOW), {"early", "late", "poor"}),
            (Segment(unused_since=NOW - 2 * HOUR), {"early", "late", "rich", "idle"}),
            (Segment(unused_since=NOW + HOUR), {"early", "late", "rich", "idle", "poor", "new"}),
            (Segment(balance_below_seconds=600), {"early", "late", "idle", "new", "poor"}),
            (Segment(balance_at_least_seconds=600), {"rich"}),
            (Segment(balance_at_least_seconds=1, balance_below_seconds=600), {"poor"}),
            (Segment(countries=frozenset({"RU", "DE"})), {"poor"}),
            (Segment(product_ids=frozenset({"small", "standard", "unheard-of"})), {"rich"}),
            (Segment(product_ids=frozenset({"unheard-of"})), set()),
            (Segment(is_everyone=True), {"early", "late", "rich", "idle", "poor", "new"}),
            (
                Segment(is_everyone=True, without_campaign_ids=frozenset({"earlier", "unheard-of"})),
                {"early", "late", "rich", "idle", "new"},
            ),
            (Segment(countries=frozenset({"RU"}), balance_at_least_seconds=600), set()),
        ],
    )
    def test_are_those_that_meet_every_criterion(self, engine: Engine, segment: Segment, accounts: set[str]) -> None:
        table = table_of(AccountRow)
        with reading(engine) as session:
            wanted = select(table.c.id).where(table.c.number.in_(accounts_in(segment, at=NOW)))
            found = set(session.execute(wanted).scalars())
            counted = count_accounts(session, segment, at=NOW)

        assert found == accounts
        assert counted == len(accounts)

    def test_are_found_by_what_was_booked_since_and_not_in_the_whole_ledger(self, engine: Engine) -> None:
        with transaction(engine) as session:
            # As in a ledger of years, where reading all of it is out of the question.
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = explained(session, accounts_in(Segment(used_from=NOW - DAY, used_until=NOW), at=NOW))

        assert "entry_booked" in plan
        assert "Index Cond: (id >= " in plan


def test_usage_may_be_booked_before_it_happens_by_the_clock_of_a_producer(engine: Engine) -> None:
    with transaction(engine) as session:
        session.execute(text(OPEN), {"id": "ahead"})
    try:
        MinutesHarness(engine).apply(usage("ahead", 1, at=NOW + timedelta(minutes=4)))

        with reading(engine) as session:
            segment = Segment(used_from=NOW + timedelta(minutes=3), used_until=NOW + timedelta(minutes=5))
            assert count_accounts(session, segment, at=NOW) == 1
    finally:
        with transaction(engine) as session:
            session.execute(text("UPDATE account SET closed_at = now() WHERE id = 'ahead'"))
