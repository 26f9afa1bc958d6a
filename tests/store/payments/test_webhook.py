"""Webhooks: each is saved once with its bytes, and is tried again until it has had its effect."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from domain.gateway.webhook import Subject
from domain.payments.webhook import Webhook, WebhookState
from store.engine import Engine
from store.payments.webhook import find_open_webhooks, finish_webhook, save_webhook
from store.reading import reading
from store.transaction import transaction
from tests.store.payments.ordering import select

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ARRIVED = Webhook("stripe", "evt_1", Subject.PAYMENT, "pi_1", "payment_intent.succeeded", True, b"{}")
UNMATCHED, WAITING = WebhookState.UNMATCHED, WebhookState.WAITING


def arrive(engine: Engine, *webhooks: Webhook, at: datetime = NOW) -> list[Webhook]:
    """Let webhooks arrive, each in a transaction of its own."""
    stored = []
    for each in webhooks:
        with transaction(engine) as session:
            stored.append(save_webhook(session, each, at=at))
    return stored


class TestSaveWebhook:
    @pytest.mark.parametrize("body", [b"", b"\0", bytes(range(256)), "é😀".encode(), b"\xff\xfe", b"x" * 1_000_000])
    def test_keeps_every_byte(self, engine: Engine, body: bytes) -> None:
        [stored] = arrive(engine, replace(ARRIVED, body=body))

        assert stored == replace(ARRIVED, body=body, tries=1)

    def test_keeps_one_that_comes_again_as_it_first_came(self, engine: Engine) -> None:
        again = replace(ARRIVED, body=b"altered", ref="pi_2", is_signed=False)

        stored = arrive(engine, ARRIVED, again, again)

        assert stored == [replace(ARRIVED, tries=tries) for tries in (1, 2, 3)]
        assert select(engine, "SELECT count(*) FROM webhook") == [(1,)]

    def test_tells_apart_what_two_gateways_call_the_same(self, engine: Engine) -> None:
        stored = arrive(engine, ARRIVED, replace(ARRIVED, gateway="paypal"))

        assert [(each.gateway, each.tries) for each in stored] == [("stripe", 1), ("paypal", 1)]

    def test_says_what_became_of_it(self, engine: Engine) -> None:
        arrive(engine, ARRIVED)
        with transaction(engine) as session:
            finish_webhook(session, ARRIVED, state=WebhookState.APPLIED, note="order o: grant")

        [stored] = arrive(engine, ARRIVED)

        assert (stored.state, stored.tries) == ("applied", 2)

    def test_keeps_one_of_six_that_come_at_once(self, engine: Engine) -> None:
        start = Barrier(6)

        def arrive_at_once(_: int) -> int:
            start.wait(timeout=5)
            return arrive(engine, ARRIVED)[0].tries

        with ThreadPoolExecutor(6) as threads:
            tries = sorted(threads.map(arrive_at_once, range(6)))

        assert tries == [1, 2, 3, 4, 5, 6]
        assert select(engine, "SELECT count(*) FROM webhook") == [(1,)]


class TestFinish:
    def test_is_about_that_one_alone(self, engine: Engine) -> None:
        arrive(engine, ARRIVED, replace(ARRIVED, dedupe_key="evt_2"), replace(ARRIVED, gateway="paypal"))

        with transaction(engine) as session:
            finish_webhook(session, ARRIVED, state=WebhookState.UNMATCHED, note="no order")
            finish_webhook(session, replace(ARRIVED, dedupe_key="evt_9"), state=WebhookState.APPLIED, note=None)

        rows = select(engine, "SELECT gateway, dedupe_key, state, note FROM webhook ORDER BY 1, 2")
        assert rows == [
            ("paypal", "evt_1", "waiting", None),
            ("stripe", "evt_1", "unmatched", "no order"),
            ("stripe", "evt_2", "waiting", None),
        ]


class TestOpenWebhooks:
    @pytest.fixture
    def waiting(self, engine: Engine) -> Engine:
        """Webhooks of each state, tried one minute after another."""
        states = [UNMATCHED, WAITING, WebhookState.APPLIED, WebhookState.IGNORED]
        arrive(engine, *(replace(ARRIVED, dedupe_key=state) for state in states))
        with transaction(engine) as session:
            for minute, state in enumerate(states):
                finish_webhook(session, replace(ARRIVED, dedupe_key=state), state=state, note=None)
                session.execute(
                    text("UPDATE webhook SET tried_at = :at WHERE dedupe_key = :key"),
                    {"at": NOW + minute * MINUTE, "key": state},
                )
        return engine

    @pytest.mark.parametrize(
        ("gateways", "minutes", "limit", "expected"),
        [
            (["stripe"], 60, 10, [UNMATCHED, WAITING]),
            (["stripe", "paypal"], 60, 1, [UNMATCHED]),
            (["stripe"], 1, 10, [UNMATCHED]),
            (["stripe"], 0, 10, []),
            (["paypal"], 60, 10, []),
            ([], 60, 10, []),
        ],
    )
    def test_are_those_without_effect_the_longest_waiting_first(
        self, waiting: Engine, gateways: list[str], minutes: int, limit: int, expected: list[WebhookState]
    ) -> None:
        with reading(waiting) as session:
            found = find_open_webhooks(session, gateways=gateways, before=NOW + minutes * MINUTE, limit=limit)

        assert found == [replace(ARRIVED, dedupe_key=state, state=state, tries=1) for state in expected]

    def test_wait_for_their_turn_once_they_were_tried(self, waiting: Engine) -> None:
        arrive(waiting, replace(ARRIVED, dedupe_key="unmatched"), at=NOW + 60 * MINUTE)

        with reading(waiting) as session:
            found = find_open_webhooks(session, gateways=["stripe"], before=NOW + 60 * MINUTE, limit=10)

        assert [each.dedupe_key for each in found] == ["waiting"]
