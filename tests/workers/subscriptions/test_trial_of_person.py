"""A trial is given once for a person, by whatever accounts: the same mail address but for its tag, or the same card."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from domain.identity import identity_of_mail
from store.engine import Engine
from store.identity import account_number, note_identities
from store.transaction import transaction
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import SubscriptionHarness
from tests.workers.subscriptions.method_harness import save_card


def known_by(harness: SubscriptionHarness, address: str) -> None:
    """Let the account be there, with a mail address."""
    with transaction(harness.engine) as session:
        session.execute(text("INSERT INTO account (id) VALUES (:id) ON CONFLICT DO NOTHING"), {"id": harness.account})
        number = account_number(session, harness.account)
        note_identities(session, number, [identity_of_mail(address)], at=harness.clock())


@pytest.fixture
def ann(engine: Engine, memory: MemoryGateway) -> SubscriptionHarness:
    """An account."""
    return SubscriptionHarness(engine, memory, memory)


@pytest.fixture
def again(engine: Engine, memory: MemoryGateway) -> SubscriptionHarness:
    """Another account."""
    return SubscriptionHarness(engine, memory, memory)


class TestTrialOfAPerson:
    def test_is_not_given_again_for_the_same_address_with_a_tag(
        self, ann: SubscriptionHarness, again: SubscriptionHarness
    ) -> None:
        known_by(ann, "ann@example.org")
        known_by(again, "Ann+2@example.org")
        ann.on_trial()

        answer = again.start("tried")

        assert (answer["trial_refused"], answer["amount_minor"]) == ("TrialUsed", 19_900)
        assert ann.status() == "active"

    def test_is_paid_by_a_checkout_where_the_card_is_known(
        self, ann: SubscriptionHarness, again: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.payer = "Ann"
        ann.on_trial()

        again.on_trial()

        assert (again.status(), again.minutes.packages()) == ("pending", [])
        [refused] = again.minutes.facts("subscription.trial_refused")
        [link] = again.minutes.facts("purchase.link_ready")
        assert (refused["data"]["code"], link["data"]["amount_minor"]) == ("TrialUsed", 19_900)
        again.buyer_pays(link["data"]["order_id"])
        assert (again.status(), again.row()["trial_ends_at"]) == ("active", None)

    def test_is_given_to_others(self, ann: SubscriptionHarness, again: SubscriptionHarness) -> None:
        known_by(ann, "ann@example.org")
        known_by(again, "ben@example.org")
        ann.on_trial()

        again.on_trial()

        assert (ann.status(), again.status()) == ("active", "active")

    def test_is_given_once_to_two_accounts_at_once(
        self, ann: SubscriptionHarness, again: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        for one in (ann, again):
            known_by(one, "ann@example.org")
            save_card(one, memory)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda one: one.start("tried"), (ann, again)))

        assert sorted(str(answer.get("trial_refused")) for answer in answers) == ["None", "TrialUsed"]
