"""apply(): a message takes effect once, whatever comes twice, together, at the same time or wrong."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import text

from store.transaction import transaction
from tests.workers.events import NOW, SOURCE, body, event, grant, registered, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result


class TestRepeats:
    def test_a_repeat_in_the_same_batch_has_no_effect(self, harness: MinutesHarness) -> None:
        once = usage(harness.account, 600)

        results = harness.results(grant(harness.account, 3_600), once, once, once)

        assert results == [Result.APPLIED, Result.APPLIED, Result.REPEATED, Result.REPEATED]
        assert harness.entries() == [("grant", 3_600), ("burn", -600)]

    def test_a_repeat_in_a_later_batch_has_no_effect(self, harness: MinutesHarness) -> None:
        given, used = grant(harness.account, 3_600), usage(harness.account, 600)
        first = harness.apply(given, used)

        second = harness.apply(used, given)

        assert [outcome.result for outcome in second] == [Result.REPEATED] * 2
        assert [outcome.message_id for outcome in second] == [first[1].message_id, first[0].message_id]
        assert harness.entries() == [("grant", 3_600), ("burn", -600)]
        assert harness.row()["sequence"] == 1

    def test_a_repeat_that_was_serialised_otherwise_is_a_repeat(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)
        harness.apply(used)
        reordered = dict(reversed(used.items()))
        with_extensions = used | {"traceparent": "00-1-2-03", "datacontenttype": "application/json"}

        assert harness.results(reordered, with_extensions) == [Result.REPEATED] * 2

    def test_the_same_id_of_another_source_is_another_message(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)

        results = harness.results(used, used | {"source": "screph-other"})

        assert results == [Result.APPLIED] * 2
        assert harness.row()["debt_seconds"] == 1_200

    def test_everything_applied_twice_from_eight_threads_takes_effect_once(self, harness: MinutesHarness) -> None:
        used = [usage(harness.account, 100) for _ in range(40)]
        given = [grant(harness.account, 1_000, kind="bonus") for _ in range(3)]
        harness.apply(*given)

        def apply_shuffled(seed: int) -> list[Result]:
            shuffled = used.copy()
            Random(seed).shuffle(shuffled)
            return [result for start in range(0, 40, 10) for result in harness.results(*shuffled[start : start + 10])]

        with ThreadPoolExecutor(8) as threads:
            results = [result for found in threads.map(apply_shuffled, range(8)) for result in found]

        assert results.count(Result.APPLIED) == 40
        assert results.count(Result.REPEATED) == 7 * 40
        assert len(harness.usages()) == 40
        assert sum(row["consumed_seconds"] for row in harness.packages()) == 3_000
        assert harness.row()["debt_seconds"] == 1_000

    def test_many_accounts_from_eight_threads_wait_in_no_circle(self, own_harness: MinutesHarness) -> None:
        accounts = [f"account-{number}" for number in range(12)]
        own_harness.apply(*(grant(account, 10_000) for account in accounts))

        def apply_everywhere(seed: int) -> set[Result]:
            order = accounts.copy()
            Random(seed).shuffle(order)
            return {
                result for _ in range(5) for result in own_harness.results(*(usage(account, 10) for account in order))
            }

        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(apply_everywhere, range(8)))

        assert results == [{Result.APPLIED}] * 8
        left = own_harness.select("SELECT left_seconds FROM package")
        assert [row["left_seconds"] for row in left] == [10_000 - 8 * 5 * 10] * 12


class TestTheSameIdWithOtherContent:
    def test_is_rejected_in_a_later_batch_and_dead_lettered(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)
        harness.apply(used)
        other = used | {"data": {"seconds": 601}}

        [outcome] = harness.apply(other)

        assert (outcome.result, outcome.code) == (Result.REJECTED, "SameIdOtherContent")
        [letter] = harness.letters()
        assert (letter["code"], letter["via"], letter["event_id"]) == ("SameIdOtherContent", "quarantined", used["id"])
        assert bytes(letter["body"]) == body(other)
        assert [row["used_seconds"] for row in harness.usages()] == [600]

    @pytest.mark.parametrize("change", ["type", "subject", "time", "data"])
    def test_each_part_of_the_content_counts(self, harness: MinutesHarness, change: str) -> None:
        used = usage(harness.account, 600)
        harness.apply(used)
        other = {
            "type": "screph.spend.requested.v1",
            "subject": f"{harness.account}-2",
            "time": NOW.isoformat(),
            "data": {"minutes": 10},
        }

        [outcome] = harness.apply(used | {change: other[change]})

        assert outcome.code == "SameIdOtherContent"

    def test_is_rejected_in_the_same_batch(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)

        outcomes = harness.apply(used, used | {"data": {"seconds": 601}}, used)

        assert [outcome.result for outcome in outcomes] == [Result.APPLIED, Result.REJECTED, Result.REPEATED]
        assert harness.row()["debt_seconds"] == 600

    def test_is_rejected_although_the_first_was_refused(self, harness: MinutesHarness) -> None:
        request = spend(harness.account, 600)
        harness.apply(request)

        [outcome] = harness.apply(request | {"data": {"seconds": 1}})

        assert outcome.code == "SameIdOtherContent"

    def test_a_rejected_message_does_not_use_up_its_id(self, harness: MinutesHarness) -> None:
        wrong = usage(harness.account, 600, at=NOW.replace(year=2027))
        assert harness.results(wrong) == [Result.REJECTED]

        right = wrong | {"time": NOW.isoformat()}

        assert harness.results(right) == [Result.APPLIED]

    def test_a_rejected_message_and_its_corrected_twin_in_one_batch(self, harness: MinutesHarness) -> None:
        wrong = usage(harness.account, 600, at=NOW.replace(year=2027))
        right = wrong | {"time": NOW.isoformat()}

        # The twin is not judged by its elder's fate: it gets its turn alone, by its retry.
        assert harness.results(wrong, right) == [Result.REJECTED, Result.TOO_EARLY]
        assert harness.results(right) == [Result.APPLIED]


class TestArrays:
    def test_a_bad_element_is_dead_lettered_alone(self, harness: MinutesHarness) -> None:
        good, bad = usage(harness.account, 100), usage(harness.account, -1)
        array = body(good, bad, usage(harness.account, 200))

        outcomes = harness.apply(array)

        assert [outcome.result for outcome in outcomes] == [Result.APPLIED, Result.REJECTED, Result.APPLIED]
        assert sorted(row["used_seconds"] for row in harness.usages()) == [100, 200]
        [letter] = harness.letters()
        assert (letter["code"], bytes(letter["body"])) == ("Invalid", body(bad))

    def test_elements_take_effect_in_their_order(self, harness: MinutesHarness) -> None:
        results = harness.results(
            body(spend(harness.account, 10), grant(harness.account, 10), spend(harness.account, 10))
        )

        assert results == [Result.REFUSED, Result.APPLIED, Result.APPLIED]

    def test_a_hundred_elements_are_one_change_of_their_account(self, harness: MinutesHarness) -> None:
        harness.apply(body(grant(harness.account, 1_000), *(usage(harness.account, 10) for _ in range(99))))

        assert harness.row()["sequence"] == 1
        [snapshot] = harness.facts("balance.changed")
        assert snapshot["data"] == {"sequence": 1, "available_seconds": 10, "debt_seconds": 0}


class TestUnreadable:
    @pytest.mark.parametrize(
        ("code", "wrong"),
        [
            ("NotJson", b"\xff\xfe of %s"),
            ("NotJson", b"{ of %s"),
            ("NotAnEvent", b'"of %s"'),
            ("WrongArrayLength", b"[%.0s]"),
            ("UnknownType", b'{"type": "screph.nonsense.v1", "subject": "%s"}'),
            ("Invalid", b'{"type": "screph.usage.reported.v1", "subject": "%s"}'),
            ("NulCharacter", b'{"type": "screph.usage.reported.v1", "subject": "%s\\u0000"}'),
        ],
    )
    def test_is_dead_lettered_with_its_bytes_and_stops_nothing(
        self, own_harness: MinutesHarness, code: str, wrong: bytes
    ) -> None:
        wrong = wrong % own_harness.account.encode()

        results = own_harness.results(usage(own_harness.account, 100), wrong, usage(own_harness.account, 100))

        assert results == [Result.APPLIED, Result.REJECTED, Result.APPLIED]
        [letter] = own_harness.select("SELECT * FROM dead_letter")
        assert (letter["code"], bytes(letter["body"])) == (code, wrong)
        assert letter["reason"].strip()

    def test_ten_megabytes_are_dead_lettered_whole(self, own_harness: MinutesHarness) -> None:
        large = b'{"filler": "%s"}' % (b"x" * 10_000_000)

        assert own_harness.results(large) == [Result.REJECTED]
        [letter] = own_harness.select("SELECT code, body FROM dead_letter")
        assert (letter["code"], bytes(letter["body"])) == ("TooLarge", large)

    def test_the_same_nonsense_again_is_only_counted(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(b"nonsense", b"nonsense")
        own_harness.apply(b"nonsense")

        [letter] = own_harness.select("SELECT seen FROM dead_letter")
        assert letter["seen"] == 3

    def test_nothing_is_nothing(self, own_harness: MinutesHarness) -> None:
        assert own_harness.apply() == []


class TestOneTransaction:
    def test_facts_and_entries_are_saved_together_or_not_at_all(self, own_harness: MinutesHarness) -> None:
        used = usage(own_harness.account, 600)
        with transaction(own_harness.engine) as session:
            session.execute(text("ALTER TABLE outbox ADD CONSTRAINT no_facts CHECK (exchange <> 'screph.facts')"))

        with pytest.raises(Exception, match="no_facts"):
            own_harness.apply(grant(own_harness.account, 3_600), used, b"nonsense")

        for table in ("account", "package", "entry", "inbox", "outbox", "dead_letter"):
            assert own_harness.select(f"SELECT * FROM {table}") == []
        with transaction(own_harness.engine) as session:
            session.execute(text("ALTER TABLE outbox DROP CONSTRAINT no_facts"))
        assert own_harness.results(grant(own_harness.account, 3_600), used) == [Result.APPLIED] * 2

    def test_what_comes_before_a_correction_is_saved_although_the_correction_fails(
        self, own_harness: MinutesHarness
    ) -> None:
        used = usage(own_harness.account, 600)
        with transaction(own_harness.engine) as session:
            session.execute(text("ALTER TABLE inbox ADD CONSTRAINT no_reversal CHECK (reversed_by IS NULL)"))

        with pytest.raises(Exception, match="no_reversal"):
            own_harness.apply(used, reversal(own_harness.account, used["id"]))

        assert [row["used_seconds"] for row in own_harness.usages()] == [600]
        assert own_harness.results(used) == [Result.REPEATED]


class TestAccounts:
    def test_an_unknown_account_is_opened_by_its_first_message(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 600))

        assert harness.row()["debt_seconds"] == 600
        assert harness.balance().debt_seconds == 600

    def test_an_account_that_was_registered_is_described(self, harness: MinutesHarness) -> None:
        known = {
            "email": "somebody@example.org",
            "locale": "pt-BR",
            "currency": "BRL",
            "time_zone": "America/Sao_Paulo",
            "referrer": "4711",
        }

        assert harness.results(registered(harness.account, **known)) == [Result.APPLIED]

        assert {name: harness.row()[name] for name in known} == known

    def test_what_is_left_out_stays(self, harness: MinutesHarness) -> None:
        harness.apply(registered(harness.account, email="a@example.org", locale="ru"))

        harness.apply(registered(harness.account, email="b@example.org", at=NOW.replace(minute=3)))

        assert (harness.row()["email"], harness.row()["locale"]) == ("b@example.org", "ru")

    def test_older_updates_changes_nothing(self, harness: MinutesHarness) -> None:
        harness.apply(registered(harness.account, email="new@example.org", at=NOW))

        results = harness.results(registered(harness.account, email="old@example.org", at=NOW.replace(hour=11)))

        assert results == [Result.APPLIED]
        assert harness.row()["email"] == "new@example.org"

    def test_older_updates_in_the_same_batch_changes_nothing(self, harness: MinutesHarness) -> None:
        harness.apply(
            registered(harness.account, email="new@example.org", at=NOW),
            registered(harness.account, email="old@example.org", at=NOW.replace(hour=11)),
        )

        assert harness.row()["email"] == "new@example.org"

    def test_the_first_referrer_stays(self, harness: MinutesHarness) -> None:
        harness.apply(registered(harness.account, referrer="first"))

        harness.apply(registered(harness.account, referrer="second", at=NOW.replace(minute=3)))

        assert harness.row()["referrer"] == "first"

    def test_registering_is_no_change_of_the_balance(self, harness: MinutesHarness) -> None:
        harness.apply(registered(harness.account, locale="ru"))

        assert harness.row()["sequence"] == 0
        assert harness.facts() == []


class TestFacts:
    def test_the_sequence_grows_by_one_with_each_change(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 1_000))
        for _ in range(3):
            harness.apply(usage(harness.account, 300))
        harness.apply(registered(harness.account, locale="ru"))
        harness.apply(usage(harness.account, 300))

        snapshots = [fact["data"] for fact in harness.facts("balance.changed")]

        assert [each["sequence"] for each in snapshots] == [1, 2, 3, 4, 5]
        assert [each["available_seconds"] for each in snapshots] == [1_000, 700, 400, 100, 0]
        assert [each["debt_seconds"] for each in snapshots] == [0, 0, 0, 0, 200]
        assert harness.row()["sequence"] == 5

    def test_the_sequence_is_unique_although_many_change_at_once(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 1_000))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: harness.apply(usage(harness.account, 10)), range(24)))

        snapshots = [fact["data"] for fact in harness.facts("balance.changed")]
        assert sorted(each["sequence"] for each in snapshots) == list(range(1, 26))
        by_sequence = sorted((each["sequence"], each["available_seconds"]) for each in snapshots)
        assert [left for _, left in by_sequence] == [1_000 - 10 * number for number in range(25)]

    def test_a_snapshot_is_what_the_balance_says(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant(harness.account, 500, expires_at=NOW.replace(minute=3)),
            grant(harness.account, 700, activated_at=NOW.replace(minute=3)),
            usage(harness.account, 100),
        )

        [snapshot] = harness.facts("balance.changed")

        assert snapshot["data"]["available_seconds"] == harness.balance().available_seconds == 400

    def test_a_repeat_tells_nothing_again(self, harness: MinutesHarness) -> None:
        messages = [grant(harness.account, 500), usage(harness.account, 100)]
        harness.apply(*messages)
        emitted = harness.facts()

        harness.apply(*messages)

        assert harness.facts() == emitted

    def test_a_grant_is_emitted(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 500, kind="promo", expires_at=NOW.replace(day=24)))

        [fact] = harness.facts("package.granted")
        [package] = harness.packages()
        assert fact["data"] == {
            "package_id": str(package["id"]),
            "kind": "promo",
            "priority": 10,
            "granted_seconds": 500,
            "settled_debt_seconds": 0,
            "activated_at": "2026-11-22T12:00:00Z",
            "expires_at": "2026-11-24T12:00:00Z",
        }


class TestOutcomes:
    def test_each_message_has_its_outcome_in_order(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 600)
        messages = [
            grant(harness.account, 60),
            spend(harness.account, 61),
            b"nonsense",
            used,
            used,
            event("usage.reported", harness.account, {"seconds": 0}),
            reversal(harness.account, "never reported"),
        ]

        outcomes = harness.apply(*messages)

        assert [outcome.result for outcome in outcomes] == [
            Result.APPLIED,
            Result.REFUSED,
            Result.REJECTED,
            Result.APPLIED,
            Result.REPEATED,
            Result.REJECTED,
            Result.TOO_EARLY,
        ]
        assert [outcome.source for outcome in outcomes if outcome.source] == [SOURCE] * 6
