"""Facts: each is what its contract says, and the snapshots of an account are what its pages show."""

from datetime import timedelta

from messages.registry import CONTRACTS
from messages.write import SOURCE as OURSELVES
from tests.workers.deliveries import delivery, usage_worker
from tests.workers.events import DAY, HOUR, NOW, Json, grant, registered, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness

_FACTS = {contract.type: contract.model for contract in CONTRACTS if contract.queue is None}


TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_BY_THE_SWEEP = {"screph.package.started.v1", "screph.package.expired.v1"}
_OF_MINUTES = {kind for kind, model in _FACTS.items() if model.__module__ == "messages.minutes.facts"}
"""Those of other capabilities are checked beside their workers."""


class TestEveryFact:
    def test_is_what_its_contract_says(self, harness: MinutesHarness) -> None:
        _live_a_little(harness)

        facts = harness.facts()

        assert {fact["type"] for fact in facts} == _OF_MINUTES - _BY_THE_SWEEP
        for fact in facts:
            emitted = _FACTS[fact["type"]].model_validate(fact)
            assert (emitted.source, fact["subject"]) == (OURSELVES, harness.account)

    def test_carries_the_trace_of_the_latest_message_about_its_account(self, harness: MinutesHarness) -> None:
        first, second = (TRACE.replace("4bf9", each) for each in ("0001", "0002"))
        harness.apply(
            grant(harness.account, 100) | {"traceparent": first},
            spend(harness.account, 10) | {"traceparent": second},
            usage(harness.account, 1),
        )

        rows = harness.select(
            "SELECT routing_key, traceparent, convert_from(body, 'UTF8')::json ->> 'subject' AS subject FROM outbox"
            " WHERE body LIKE :some ORDER BY id",
            some=_of(harness),
        )
        traces = {(row["subject"], row["routing_key"].split(".")[1]): row["traceparent"] for row in rows}
        assert traces == {
            (harness.account, "package"): first,
            (harness.account, "spend"): second,
            (harness.account, "balance"): second,
        }
        messages = harness.select(
            "SELECT traceparent FROM inbox JOIN account ON number = account WHERE account.id = :account"
        )
        assert sorted(row["traceparent"] or "" for row in messages) == ["", first, second]

    def test_travels_by_its_type_under_its_id(self, harness: MinutesHarness) -> None:
        _live_a_little(harness)

        rows = harness.select(
            "SELECT exchange, routing_key, message_id FROM outbox WHERE body LIKE :some", some=_of(harness)
        )

        facts = [row for row in rows if row["routing_key"] != "notice"]
        emitted = {(fact["type"], fact["id"]) for fact in harness.facts()}
        assert {(row["routing_key"], row["message_id"]) for row in facts} == emitted
        assert {row["exchange"] for row in facts} == {"screph.facts"}
        assert {row["exchange"] for row in rows if row not in facts} == {"screph.internal"}

    def test_has_an_id_of_its_own_but_for_answers_repeated(self, harness: MinutesHarness) -> None:
        _live_a_little(harness)

        ids = [fact["id"] for fact in harness.facts() if ".spend." not in fact["type"]]

        assert len(ids) == len(set(ids))


class TestSnapshots:
    def test_agree_with_the_page_after_every_step(self, harness: MinutesHarness) -> None:
        for number, message in enumerate(_a_little(harness), start=1):
            harness.apply(message)

            page, snapshots = harness.balance(), harness.facts("balance.changed")
            if snapshots:
                last = snapshots[-1]["data"]
                assert last["available_seconds"] == page.available_seconds, f"after step {number}"
                assert last["debt_seconds"] == page.debt_seconds, f"after step {number}"

    def test_only_a_change_is_emitted(self, harness: MinutesHarness) -> None:
        for message in _a_little(harness):
            entries = len(harness.entries())
            emitted = len(harness.facts("balance.changed"))
            harness.apply(message)

            has_changed = len(harness.entries()) > entries
            assert len(harness.facts("balance.changed")) == emitted + has_changed

    def test_one_for_each_account_of_a_batch(self, own_harness: MinutesHarness) -> None:
        accounts = [f"account-{number}" for number in range(5)]

        own_harness.apply(*(usage(account, 100) for account in accounts * 3))

        emitted = [(fact["subject"], fact["data"]["debt_seconds"]) for fact in _all_snapshots(own_harness)]
        assert sorted(emitted) == [(account, 300) for account in accounts]

    def test_follow_each_other_although_a_batch_is_cut_by_corrections(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)

        usage_worker(harness)([delivery(used, reversal(harness.account, used["id"]), usage(harness.account, 70))])

        snapshots = [fact["data"] for fact in harness.facts("balance.changed")]
        assert [(each["sequence"], each["debt_seconds"]) for each in snapshots] == [(1, 100), (2, 0), (3, 70)]


def _a_little(harness: MinutesHarness) -> list[Json]:
    """What may happen to an account, in order, with something of every kind."""
    ended = NOW - HOUR
    burnt, owed, request = (
        usage(harness.account, 130, at=ended - HOUR),
        usage(harness.account, 900),
        spend(harness.account, 5),
    )
    return [
        registered(harness.account, locale="ru"),
        grant(harness.account, 60, kind="promo", activated_at=NOW - 2 * DAY, expires_at=ended),
        grant(harness.account, 200, activated_at=NOW - DAY),
        grant(harness.account, 400, kind="subscription", activated_at=NOW + DAY),
        burnt,
        burnt,
        spend(harness.account, 131),
        request,
        owed,
        spend(harness.account, 1),
        grant(harness.account, 300, kind="support", expires_at=NOW + timedelta(seconds=1)),
        grant(harness.account, 500),
        reversal(harness.account, burnt["id"], our_fault=True),
        reversal(harness.account, owed["id"]),
        usage(harness.account, 1),
        request,
    ]


def _live_a_little(harness: MinutesHarness) -> None:
    for message in _a_little(harness):
        harness.apply(message)


def _of(harness: MinutesHarness) -> bytes:
    return f'%"subject":"{harness.account}"%'.encode()


def _all_snapshots(harness: MinutesHarness) -> list[Json]:
    accounts = [row["id"] for row in harness.select("SELECT id FROM account")]
    return [
        fact
        for account in accounts
        for fact in MinutesHarness(harness.engine, harness.rules, account).facts("balance.changed")
    ]
