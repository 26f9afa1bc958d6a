"""submit(): the handler of the queue runs here and now, and a repeat gets the first answer."""

from datetime import timedelta
from typing import Any

import pytest

from messages.errors import MessageRejected, Unavailable
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from messages.payments.requests import PurchaseRequested
from store.engine import open_engine
from tests.workers.events import NOW
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.outcome import Outcome, Result
from workers.submit import Submission, submit

GRANT = {"seconds": 600, "kind": "purchased", "reason": None}


def handed_in(harness: MinutesHarness, model: type[Any], data: dict[str, Any], **more: Any) -> Outcome:
    """Submit a message about the harness's account, at the tests' present unless `now` is given."""
    now = more.pop("now", NOW)
    context = Context(harness.engine, harness.rules, clock=lambda: now)
    return submit(context, Submission(model, harness.account, data, harness.account, **more))


class TestSubmit:
    def test_applies_what_the_queue_would_apply(self, harness: MinutesHarness) -> None:
        outcome = handed_in(harness, PackageGrantRequested, GRANT, id="one")

        assert (outcome.result, outcome.source, outcome.event_id) == (Result.APPLIED, harness.account, "one")
        assert harness.entries() == [("grant", 600)]
        assert [fact["type"] for fact in harness.facts("package.granted")] == ["screph.package.granted.v1"]

    def test_gives_a_repeat_at_another_moment_the_first_answer(self, harness: MinutesHarness) -> None:
        handed_in(harness, PackageGrantRequested, GRANT, id="one")
        handed_in(harness, SpendRequested, {"seconds": 60}, id="two")

        again = handed_in(harness, SpendRequested, {"seconds": 60}, id="two", now=NOW + timedelta(hours=1))

        assert again.result is Result.REPEATED
        assert again.answer["spent_seconds"] == 60
        assert harness.balance().available_seconds == 540

    def test_refuses_the_same_id_with_other_content(self, harness: MinutesHarness) -> None:
        handed_in(harness, PackageGrantRequested, GRANT, id="one")

        with pytest.raises(MessageRejected, match="used before with other content"):
            handed_in(harness, PackageGrantRequested, GRANT | {"seconds": 601}, id="one")

        assert harness.entries() == [("grant", 600)]

    def test_counts_a_moment_that_is_given_as_content(self, harness: MinutesHarness) -> None:
        handed_in(harness, UsageReported, {"seconds": 90}, id="one", at=NOW)

        with pytest.raises(MessageRejected, match="used before with other content"):
            handed_in(harness, UsageReported, {"seconds": 90}, id="one", at=NOW - timedelta(minutes=1))

    def test_leaves_nothing_of_a_message_that_is_wrong(self, harness: MinutesHarness) -> None:
        before = harness.select("SELECT count(*) AS letters FROM dead_letter")

        with pytest.raises(MessageRejected, match="seconds"):
            handed_in(harness, PackageGrantRequested, GRANT | {"seconds": 0}, id="one")
        with pytest.raises(MessageRejected, match="64-bit"):
            handed_in(harness, PackageGrantRequested, GRANT | {"seconds": 10**20}, id="one")
        with pytest.raises(MessageRejected, match="not after `activated_at`"):
            handed_in(harness, PackageGrantRequested, GRANT | {"expires_at": NOW - timedelta(days=1)}, id="two")

        assert harness.select("SELECT count(*) AS letters FROM dead_letter") == before
        assert harness.entries() == []
        assert handed_in(harness, PackageGrantRequested, GRANT, id="two").result is Result.APPLIED

    def test_says_that_a_correction_comes_before_its_usage(self, harness: MinutesHarness) -> None:
        with pytest.raises(MessageRejected, match="not known"):
            handed_in(harness, UsageReversed, {"usage_id": "never", "reason": "a test"})

    def test_answers_a_refusal(self, harness: MinutesHarness) -> None:
        outcome = handed_in(harness, PurchaseRequested, {"product_id": "nothing"})

        assert outcome.result is Result.REFUSED
        assert outcome.answer["code"] == "UnknownProduct"

    def test_reports_a_store_that_is_away(self) -> None:
        context = Context(open_engine("postgresql://nobody@127.0.0.1:1/none"), patience_seconds=0.1)

        with pytest.raises(Unavailable, match="cannot be reached"):
            submit(context, Submission(PackageGrantRequested, "anna", GRANT, "support"))
