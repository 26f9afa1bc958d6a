"""Blocked and closed accounts: every way to buy or spend is refused, and a closed one has no person any more."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from messages.access.standing import AccountBlockRequested, AccountCloseRequested, AccountUnblockRequested
from messages.payments.methods import SetupRequested
from messages.promotions.codes import PromotionRedeemRequested
from messages.subscriptions.topup import TopupSetRequested
from store.access.erasure import EMPTIED
from store.engine import Engine
from store.reading import reading
from store.transaction import transaction
from tests.doubles.memory import MemoryGateway
from tests.workers.events import registered, spend, usage
from tests.workers.subscriptions.harness import SubscriptionHarness
from workers.outcome import Outcome, Result
from workers.submit import Submission, submit
from workers.subscriptions.topup import check_due_topups

MAIL, NAME = "petra.kovalenko@example.org", "Petra Kovalenko"


def want(harness: SubscriptionHarness, model: Any, data: dict[str, Any], *, key: str | None = None) -> Outcome:
    """Hand in a message about the account, as an operator would."""
    return submit(harness.context, Submission(model, harness.account, data, "support", key or uuid4().hex))


def block(harness: SubscriptionHarness, *, key: str | None = None) -> Outcome:
    return want(harness, AccountBlockRequested, {"reason": "cards of others"}, key=key)


def close(harness: SubscriptionHarness, *, key: str | None = None) -> Outcome:
    return want(harness, AccountCloseRequested, {"reason": "case 118"}, key=key)


def spent(harness: SubscriptionHarness) -> dict[str, Any]:
    [outcome] = harness.minutes.apply(spend(harness.account, 60, at=harness.clock()), now=harness.clock())
    return outcome.answer


DOORS: dict[str, Callable[[SubscriptionHarness], dict[str, Any]]] = {
    "purchase": lambda harness: harness.buy(),
    "start of a subscription": lambda harness: harness.start(),
    "change": lambda harness: harness.change("large", when="now"),
    "payment by hand": lambda harness: harness.pay_by_hand(),
    "auto top-up": lambda harness: harness.ask(
        TopupSetRequested, {"is_on": True, "threshold_seconds": 60, "product_id": "standard"}
    ),
    "code": lambda harness: want(harness, PromotionRedeemRequested, {"code": "NOSUCHCODE"}).answer,
    "saving a method": lambda harness: want(harness, SetupRequested, {}).answer,
    "spending": spent,
}


class TestDoors:
    @pytest.mark.parametrize("door", DOORS)
    def test_refuse_a_blocked_account_and_let_it_in_again(self, subscribed: SubscriptionHarness, door: str) -> None:
        block(subscribed)

        refused = DOORS[door](subscribed)
        want(subscribed, AccountUnblockRequested, {"reason": "all is well"})
        free = DOORS[door](subscribed)

        assert refused["code"] == "AccountBlocked"
        assert free.get("code") != "AccountBlocked"

    def test_refuse_a_closed_account(self, subscribed: SubscriptionHarness) -> None:
        close(subscribed)

        assert {door: ask(subscribed)["code"] for door, ask in DOORS.items()} == dict.fromkeys(DOORS, "AccountClosed")

    def test_leave_a_refused_spend_without_any_effect(self, subscribed: SubscriptionHarness) -> None:
        before = subscribed.minutes.entries()
        block(subscribed)

        answer = spent(subscribed)

        assert subscribed.minutes.entries() == before
        assert answer["available_seconds"] == 60
        [fact] = subscribed.minutes.facts("spend.refused")
        assert fact["data"]["code"] == "AccountBlocked"

    @pytest.mark.parametrize("end", [block, close])
    def test_book_reported_usage_all_the_same(
        self, subscribed: SubscriptionHarness, end: Callable[[SubscriptionHarness], Outcome]
    ) -> None:
        end(subscribed)

        now = subscribed.clock()
        [result] = subscribed.minutes.results(usage(subscribed.account, 600, at=now), now=now)

        assert result is Result.APPLIED
        assert subscribed.minutes.entries()[-1] == ("burn", -600)


class TestBlock:
    def test_says_who_and_why(self, subscribed: SubscriptionHarness) -> None:
        block(subscribed)

        [line] = subscribed.minutes.select(
            "SELECT standing, by, reason FROM standing_change JOIN account ON number = account WHERE account.id = :account"
        )
        assert line == {"standing": "blocked", "by": "support", "reason": "cards of others"}
        [fact] = subscribed.minutes.facts("account.blocked")
        assert (fact["data"]["requested_by"], fact["data"]["reason"]) == ("support", "cards of others")

    def test_twice_is_once(self, subscribed: SubscriptionHarness) -> None:
        first, again = block(subscribed, key="b-1"), block(subscribed, key="b-1")

        assert (first.result, again.result) == (Result.APPLIED, Result.REPEATED)
        assert len(subscribed.minutes.facts("account.blocked")) == 1

    def test_by_a_second_operator_is_refused(self, subscribed: SubscriptionHarness) -> None:
        block(subscribed)

        assert block(subscribed).answer["code"] == "AlreadyBlocked"

    def test_of_what_is_not_blocked_is_not_undone(self, subscribed: SubscriptionHarness) -> None:
        assert want(subscribed, AccountUnblockRequested, {"reason": "no"}).answer["code"] == "NotBlocked"


class TestClose:
    def test_ends_the_subscription_by_the_next_tick(self, subscribed: SubscriptionHarness) -> None:
        close(subscribed)
        subscribed.run()

        assert subscribed.status() == "cancelled"
        for _ in range(3):
            subscribed.pass_time(timedelta(days=31))
        assert subscribed.money() == (19_900, 0)

    def test_ends_auto_top_up(self, subscribed: SubscriptionHarness) -> None:
        DOORS["auto top-up"](subscribed)
        close(subscribed)
        check_due_topups(subscribed.context)

        [row] = subscribed.minutes.select(
            "SELECT is_on, topup_below_seconds FROM topup JOIN account ON number = account WHERE account.id = :account"
        )
        assert row == {"is_on": False, "topup_below_seconds": None}

    def test_gives_up_open_checkouts(self, subscribed: SubscriptionHarness) -> None:
        order_id = subscribed.buy()["order_id"]

        close(subscribed)

        assert (subscribed.order(order_id)["status"], subscribed.order(order_id)["failure"]) == ("expired", "withdrawn")

    def test_forgets_saved_methods(self, subscribed: SubscriptionHarness) -> None:
        close(subscribed)

        rows = subscribed.minutes.select(
            "SELECT end_reason, label FROM saved_method JOIN account ON number = account WHERE account.id = :account"
        )
        assert rows
        assert {(row["end_reason"], row["label"]) for row in rows} == {("forgotten", "–")}

    def test_leaves_minutes_and_ledger(self, subscribed: SubscriptionHarness) -> None:
        before = subscribed.minutes.entries()

        close(subscribed)

        assert subscribed.minutes.entries() == before
        assert subscribed.minutes.balance(now=subscribed.clock()).available_seconds == 6_000

    def test_twice_is_once_and_a_second_request_is_refused(self, subscribed: SubscriptionHarness) -> None:
        first, again = close(subscribed, key="c-1"), close(subscribed, key="c-1")

        assert again.answer == first.answer
        assert close(subscribed).answer["code"] == "AccountClosed"
        assert len(subscribed.minutes.facts("account.closed")) == 1

    def test_is_for_ever(self, subscribed: SubscriptionHarness) -> None:
        close(subscribed)

        assert want(subscribed, AccountUnblockRequested, {"reason": "no"}).answer["code"] == "AccountClosed"
        assert block(subscribed).answer["code"] == "AccountClosed"

    def test_is_not_undone_by_news_of_the_person(self, subscribed: SubscriptionHarness) -> None:
        close(subscribed)

        said = registered(subscribed.account, at=subscribed.clock(), email=MAIL, username=NAME)
        subscribed.minutes.apply(said, now=subscribed.clock())

        assert {subscribed.minutes.row()[name] for name in EMPTIED} == {None}


STAYS = {("outbox", "body")}
"""Where a person may still be named: a fact that is still to leave."""


class TestErasure:
    def test_leaves_the_person_in_no_column_of_any_table(self, engine: Engine, memory: MemoryGateway) -> None:
        harness = SubscriptionHarness(engine, memory, memory)
        said = registered(harness.account, at=harness.clock(), email=MAIL, username=NAME)
        harness.minutes.apply(said, now=harness.clock())
        harness.subscribed()
        harness.buyer_pays(harness.buy()["order_id"])
        harness.buy()
        with transaction(engine) as session:
            session.execute(_TRACES, {"id": harness.account, "mail": MAIL, "name": NAME})
        assert {("account", "email"), ("account", "username"), ("orders", "buyer_snapshot")} <= named(engine)

        close(harness)

        assert named(engine) - STAYS == set()


def named(engine: Engine) -> set[tuple[str, str]]:
    """The columns of any table in which the mail address or the name stands, whatever their type."""
    with reading(engine) as session:
        columns = session.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            )
        ).all()
        found = set()
        for table, column, kind in columns:
            value = f"convert_from(\"{column}\", 'LATIN1')" if kind == "bytea" else f'CAST("{column}" AS text)'
            asked = f'SELECT EXISTS (SELECT FROM "{table}" WHERE {value} ILIKE :mail OR {value} ILIKE :name)'
            values = {"mail": f"%{MAIL}%", "name": f"%{NAME}%"}
            if session.execute(text(asked), values).scalar_one():
                found.add((table, column))
    return found


_TRACES = text("""
    INSERT INTO portal_session (token_hash, account, device, created_at, seen_at)
    SELECT sha256('a'), number, 'browser of ' || :name, now(), now() FROM account WHERE id = :id;
    INSERT INTO passkey (account, credential_id, public_key, sign_count, name, created_at)
    SELECT number, 'c', 'k', 0, 'key of ' || :name, now() FROM account WHERE id = :id;
    INSERT INTO push_subscription (created_at, account, endpoint, p256dh, auth)
    SELECT now(), number, 'https://push.example/' || :mail, 'k', 'a' FROM account WHERE id = :id;
    INSERT INTO notice (account, kind, subject, content, owed_at, due_at, state, ended_at)
    SELECT number, 'refund', 'r-1', '{}', now(), now(), 'sent', now() FROM account WHERE id = :id;
    INSERT INTO notice_delivery (notice, push_subscription, channel, next_attempt_at, state, sent_at, message_id, address)
    SELECT notice.id, 0, 'mail', now(), 'sent', now(), 'm-1', :mail
    FROM notice JOIN account ON number = account WHERE account.id = :id;
    INSERT INTO code_try (account, address, tried_at) SELECT number, :mail, now() FROM account WHERE id = :id;
    UPDATE subscription SET cancel_reason = 'ask ' || :mail WHERE account = (SELECT number FROM account WHERE id = :id);
    UPDATE saved_method SET label = :mail WHERE account = (SELECT number FROM account WHERE id = :id);
    INSERT INTO webhook (gateway, dedupe_key, subject, ref, event, is_signed, body, state)
    SELECT gateway, 'w-1', 'payment', payment_ref, 'paid', true, convert_to(:mail, 'UTF8'), 'applied'
    FROM orders WHERE account = (SELECT number FROM account WHERE id = :id) AND payment_ref IS NOT NULL LIMIT 1
""")
