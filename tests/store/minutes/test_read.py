"""What is shown: balances at any moment, statements and explanations agree with the ledger they are read from."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.minutes.reason import Because
from store.cursor import WrongCursor
from store.engine import Engine
from store.minutes.explain import UnknownUsage, explain_usage
from store.minutes.read import (
    Statement,
    StatementLine,
    UnknownAccount,
    account_balance,
    account_packages,
    account_statement,
)
from store.reading import reading
from tests.workers.events import DAY, HOUR, INSTANT, NOW, SOURCE, grant, registered, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.minutes.test_expire import swept

LATER = NOW + 30 * DAY


@pytest.fixture
def harness(engine: Engine) -> MinutesHarness:
    """A harness at an empty store."""
    return MinutesHarness(engine, account="4711")


class TestBalance:
    def test_of_an_account_that_nobody_named_is_unknown(self, harness: MinutesHarness) -> None:
        with pytest.raises(UnknownAccount, match="4711"):
            harness.balance()

    def test_of_an_account_without_anything_is_nothing(self, harness: MinutesHarness) -> None:
        harness.apply(registered("4711"))

        found = harness.balance()

        assert (found.available_seconds, found.debt_seconds, found.packages) == (0, 0, ())

    def test_now_is_what_is_left_and_live(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant("4711", 100),
            usage("4711", 30),
            grant("4711", 200, expires_at=NOW),
            grant("4711", 400, activated_at=NOW + INSTANT),
        )

        assert harness.balance().available_seconds == 70

    def test_in_the_future_is_what_is_left_now_and_lives_then(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant("4711", 100),
            grant("4711", 200, expires_at=NOW + DAY),
            grant("4711", 400, activated_at=NOW + DAY),
        )

        moments = (NOW, NOW + DAY - INSTANT, NOW + DAY, NOW + 1_000 * DAY)
        assert [harness.balance(at=at).available_seconds for at in moments] == [300, 300, 500, 500]

    def test_in_the_past_is_what_counted_by_then(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 1_000, activated_at=NOW - 2 * DAY), now=NOW - DAY)
        harness.apply(usage("4711", 100, at=NOW - 2 * HOUR), now=NOW)

        moments = (NOW - 3 * DAY, NOW - 2 * DAY, NOW - 2 * HOUR - INSTANT, NOW - 2 * HOUR, NOW)
        assert [harness.balance(at=at, now=NOW).available_seconds for at in moments] == [0, 1_000, 1_000, 900, 900]

    def test_in_the_past_had_the_debt_of_then(self, harness: MinutesHarness) -> None:
        harness.apply(usage("4711", 600, at=NOW - 2 * HOUR), now=NOW - HOUR)
        harness.apply(usage("4711", 30, at=NOW - HOUR), now=NOW - HOUR)
        harness.apply(grant("4711", 400, activated_at=NOW - DAY), now=NOW)

        moments = (NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - INSTANT, NOW)
        assert [harness.balance(at=at, now=LATER).debt_seconds for at in moments] == [0, 600, 600, 200]

    def test_in_the_past_has_what_has_expired_since(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100, expires_at=NOW + HOUR), usage("4711", 30))
        swept(harness, LATER)

        moments = (NOW, NOW + HOUR - INSTANT, NOW + HOUR, LATER)
        assert [harness.balance(at=at, now=LATER).available_seconds for at in moments] == [70, 70, 0, 0]

    def test_in_the_past_lacks_what_was_given_back_since(self, harness: MinutesHarness) -> None:
        used = usage("4711", 100, at=NOW - HOUR)
        harness.apply(grant("4711", 100), used, now=NOW)
        harness.apply(reversal("4711", used["id"]), now=NOW + HOUR)

        moments = (NOW - 2 * HOUR, NOW, NOW + HOUR - INSTANT, NOW + HOUR)
        assert [harness.balance(at=at, now=LATER).available_seconds for at in moments] == [100, 0, 0, 100]

    def test_late_usage_counts_from_when_it_was_judged(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100, activated_at=NOW - 9 * DAY), now=NOW - 9 * DAY)
        harness.apply(usage("4711", 100, at=NOW - 8 * DAY), now=NOW)

        moments = (NOW - 8 * DAY, NOW - INSTANT, NOW)
        assert [harness.balance(at=at, now=LATER).available_seconds for at in moments] == [100, 100, 0]

    @pytest.mark.parametrize("seed", range(4))
    def test_at_every_moment_of_a_long_history_is_what_was_reported_then(
        self, harness: MinutesHarness, seed: int
    ) -> None:
        random, reported, now = Random(seed), {}, NOW
        ids: list[str] = []
        for _ in range(25):
            now += timedelta(minutes=random.randint(1, 600))
            message = _anything(random, ids, now)
            outcomes = harness.apply(message, now=now)
            if message["type"] in ("screph.usage.reported.v1", "screph.spend.requested.v1"):
                ids += [message["id"] for outcome in outcomes if outcome.result == "applied"]
            if random.random() < 0.3:
                swept(harness, now, f"sweep at {now}")
            shown = harness.balance(now=now)
            reported[now] = (shown.available_seconds, shown.debt_seconds)

        recalled = {at: harness.balance(at=at, now=now + 99 * DAY) for at in reported}

        assert {at: (each.available_seconds, each.debt_seconds) for at, each in recalled.items()} == reported

    def test_lists_packages_in_burn_order_as_they_stood(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100, activated_at=NOW - DAY), grant("4711", 50, kind="promo"), now=NOW)
        harness.apply(usage("4711", 120, at=NOW + HOUR), now=NOW + HOUR)

        then, later = harness.balance(at=NOW, now=LATER), harness.balance(at=NOW + HOUR, now=LATER)

        assert [(each.kind, each.left_seconds) for each in then.packages] == [("promo", 50), ("purchased", 100)]
        assert [(each.kind, each.left_seconds) for each in later.packages] == [("purchased", 30)]

    def test_minutes_are_floored(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 119))

        assert harness.balance().available_minutes == 1


class TestStatement:
    def test_has_every_line_with_what_was_left_after_it(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100, event_id="bought"), usage("4711", 70, event_id="first"))
        harness.apply(usage("4711", 130, event_id="second"))
        harness.apply(reversal("4711", "first", event_id="undo"))

        with reading(harness.engine) as session:
            found = account_statement(session, "4711")

        shown = [(each.kind, each.seconds, each.left_seconds, each.debt_seconds) for each in found.lines]
        assert shown == [
            ("grant", 100, 100, 0),
            ("burn", -70, 30, 0),
            ("burn", -30, 0, 0),
            ("debt", 100, None, 100),
            ("give_back", 70, 70, 100),
        ]
        assert [each.message for each in found.lines] == ["bought", "first", "second", "second", "undo"]
        assert [each.usage for each in found.lines] == [None, "first", "second", "second", "first"]
        assert found.cursor is None

    def test_ends_where_the_balance_stands(self, harness: MinutesHarness) -> None:
        random, ids, now = Random(1), [], NOW
        for _ in range(30):
            now += timedelta(minutes=random.randint(1, 300))
            message = _anything(random, ids, now)
            [outcome] = harness.apply(message, now=now)
            if outcome.result == "applied" and "usage" in message["type"]:
                ids.append(message["id"])

        with reading(harness.engine) as session:
            found = account_statement(session, "4711", limit=None)
            packages = account_packages(session, "4711").packages

        left: dict[str, int] = {}
        for each in found.lines:
            if each.package_id and each.left_seconds is not None:
                left[each.package_id] = each.left_seconds
        assert left == {package.id: package.left_seconds for package in packages}
        assert found.lines[-1].debt_seconds == harness.row()["debt_seconds"]

    def test_says_why_a_package_was_taken_from(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 10, kind="promo"), grant("4711", 100), usage("4711", 20))

        with reading(harness.engine) as session:
            burns = [each for each in account_statement(session, "4711").lines if each.kind == "burn"]

        assert [each.reason.because for each in burns if each.reason] == [Because.PRIORITY, Because.ONLY_ONE]

    def test_shows_the_newest_of_many(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 1_000))
        for number in range(5):
            harness.apply(usage("4711", 100 + number))

        with reading(harness.engine) as session:
            two, many = (account_statement(session, "4711", limit=limit) for limit in (2, 99))

        assert [each.seconds for each in two.lines] == [-103, -104]
        assert two.cursor is not None
        assert (len(many.lines), many.cursor) == (6, None)

    @pytest.mark.parametrize("limit", [1, 3, 7])
    def test_pages_together_are_the_whole_although_more_is_booked_meanwhile(
        self, harness: MinutesHarness, limit: int
    ) -> None:
        random, ids, now = Random(limit), [], NOW
        for _ in range(40):
            now += timedelta(minutes=random.randint(1, 300))
            message = _anything(random, ids, now)
            [outcome] = harness.apply(message, now=now)
            if outcome.result == "applied" and "usage" in message["type"]:
                ids.append(message["id"])
        with reading(harness.engine) as session:
            whole = account_statement(session, "4711", limit=None)

        pages = [_statement(harness, limit)]
        while pages[-1].cursor:
            harness.apply(usage("4711", 1, at=now), now=now)
            pages.append(_statement(harness, limit, pages[-1].cursor))

        paged = [line for page in reversed(pages) for line in page.lines]
        assert [_page(line) for line in paged] == [_page(line) for line in whole.lines]

    def test_refuses_a_cursor_of_another_list(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 1), grant("4711", 1))
        with reading(harness.engine) as session:
            cursor = account_packages(session, "4711", limit=1).cursor

        for wrong in (cursor, "nonsense", "", "é"):
            with pytest.raises(WrongCursor), reading(harness.engine) as session:
                account_statement(session, "4711", cursor=wrong)

    def test_has_nothing_of_another_account(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100), grant("4712", 100), usage("4712", 10))

        with reading(harness.engine) as session:
            found = account_statement(session, "4711")
            packages = account_packages(session, "4711").packages

        assert (len(found.lines), len(packages)) == (1, 1)

    def test_of_nobody_is_unknown(self, harness: MinutesHarness) -> None:
        with pytest.raises(UnknownAccount), reading(harness.engine) as session:
            account_statement(session, "4711")


class TestPackages:
    def test_are_shown_page_by_page_the_newest_page_first(self, harness: MinutesHarness) -> None:
        for days in (3, 1, 2, 1):
            harness.apply(grant("4711", days, activated_at=NOW - days * DAY))

        with reading(harness.engine) as session:
            first = account_packages(session, "4711", limit=3)
            second = account_packages(session, "4711", limit=3, cursor=first.cursor)

        assert [package.granted_seconds for package in first.packages] == [2, 1, 1]
        assert [package.granted_seconds for package in second.packages] == [3]
        assert second.cursor is None

    def test_of_nobody_are_unknown(self, harness: MinutesHarness) -> None:
        with pytest.raises(UnknownAccount), reading(harness.engine) as session:
            account_packages(session, "4711")


class TestExplain:
    def test_tells_what_one_usage_took(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 10, kind="promo"), grant("4711", 100), usage("4711", 20, event_id="one"))
        harness.apply(usage("4711", 30, event_id="another"))

        with reading(harness.engine) as session:
            found = explain_usage(session, "one")

        assert [(each.kind, each.seconds) for each in found.lines] == [
            ("burn", -10),
            ("burn", -10),
        ]
        assert (found.usage.used_seconds, found.usage.event_id, found.reversal) == (20, "one", None)
        assert {package.kind for package in found.packages} == {"promo", "purchased"}

    def test_tells_that_it_was_taken_back_and_by_what(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100), usage("4711", 20, event_id="one"), reversal("4711", "one", event_id="undo"))

        with reading(harness.engine) as session:
            found = explain_usage(session, "one")

        assert found.reversal is not None
        assert (found.reversal.event_id, found.reversal.answer["given_back_seconds"]) == ("undo", 20)
        assert [each.kind for each in found.lines] == ["burn", "give_back"]

    def test_of_two_sources_wants_to_know_which(self, harness: MinutesHarness) -> None:
        harness.apply(usage("4711", 100, event_id="one"), usage("4711", 200, event_id="one", source="other"))

        with reading(harness.engine) as session:
            with pytest.raises(UnknownUsage, match=f"other, {SOURCE}"):
                explain_usage(session, "one")
            assert explain_usage(session, "one", source="other").usage.used_seconds == 200

    @pytest.mark.parametrize("event_id", ["never", "refused", "granted"])
    def test_of_what_is_no_usage_is_unknown(self, harness: MinutesHarness, event_id: str) -> None:
        harness.apply(spend("4711", 100, event_id="refused"), grant("4711", 1, event_id="granted"))

        with pytest.raises(UnknownUsage, match=event_id), reading(harness.engine) as session:
            explain_usage(session, event_id)


class TestReadingAlone:
    def test_leaves_everything_as_it_was(self, harness: MinutesHarness) -> None:
        harness.apply(grant("4711", 100), usage("4711", 20, event_id="one"))
        before = (harness.row(), harness.packages(), harness.entries(), harness.facts())

        with reading(harness.engine) as session:
            account_balance(session, "4711", at=NOW - HOUR, now=NOW, policy=harness.rules.policy)
            account_statement(session, "4711")
            packages = account_packages(session, "4711").packages
            explain_usage(session, "one")

        assert (harness.row(), harness.packages(), harness.entries(), harness.facts()) == before
        assert all(UUID(package.id) for package in packages)


def _statement(harness: MinutesHarness, limit: int, cursor: str | None = None) -> Statement:
    """A page of the statement, each in a session of its own."""
    with reading(harness.engine) as session:
        return account_statement(session, "4711", limit=limit, cursor=cursor)


def _page(line: StatementLine) -> tuple[Any, ...]:
    """A line, of its reason only the word: the rival is shown as it is now."""
    return replace(line, reason=None), line.reason and line.reason.because


def _anything(random: Random, usage_ids: list[str], now: datetime) -> dict:
    """Some message of an account, stamped when it is booked."""
    match random.randint(0, 5):
        case 0:
            length = timedelta(hours=random.randint(1, 60)) if random.random() < 0.7 else None
            return grant(
                "4711",
                random.randint(100, 5_000),
                kind=random.choice(["purchased", "promo", "bonus", "subscription"]),
                # Not backdated: such a package counts from its start, which is before it was told of.
                activated_at=now + timedelta(hours=random.choice([0, 0, 5])),
                expires_at=now + timedelta(hours=5) + length if length else None,
                at=now,
            )
        case 1 if usage_ids:
            used = usage_ids.pop(random.randrange(len(usage_ids)))
            return reversal("4711", used, our_fault=random.random() < 0.5, at=now)
        case 2:
            return spend("4711", random.randint(1, 900), at=now)
        case _:
            return usage("4711", random.randint(1, 900), at=now)
