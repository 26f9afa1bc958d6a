"""Deliveries: pauses that grow and end, and what becomes of a notice with them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.notices.delivery import (
    MAX_ATTEMPTS,
    Channel,
    Delivery,
    DeliveryState,
    NoticeState,
    next_attempt_at,
    state_of_notice,
)
from domain.notices.notice import NoticeKind
from domain.notices.owed import ALL_KINDS, PushSubscription, Recipient
from domain.notices.plan import plan_deliveries, why_nobody
from tests.domain.notices.contents import NOW

MINUTE = timedelta(minutes=1)
MAIL = Delivery(Channel.MAIL, 0, "ann@mail.example", "<1@screph>", NOW)
PUSH = Delivery(Channel.PUSH, 5, None, "topic", NOW)
IDS = {Channel.MAIL: "<1@screph>", Channel.PUSH: "topic"}
ANN = Recipient("ann", email="ann@mail.example")
BROWSER = PushSubscription(5, "https://push.example/1", "key", "secret")


class TestNextAttempt:
    @pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 15), (4, 60), (5, 120), (6, 240), (27, 240)])
    def test_comes_after_a_pause_that_grows(self, attempts: int, minutes: int) -> None:
        assert next_attempt_at(attempts, now=NOW) == NOW + minutes * MINUTE

    def test_comes_no_more_after_some_four_days(self) -> None:
        pauses = [next_attempt_at(attempts, now=NOW) for attempts in range(1, MAX_ATTEMPTS)]

        assert next_attempt_at(MAX_ATTEMPTS, now=NOW) is None
        assert timedelta(days=3) < sum((pause - NOW for pause in pauses if pause), timedelta()) < timedelta(days=5)

    def test_respects_the_pause_that_was_asked_for(self) -> None:
        assert next_attempt_at(1, now=NOW, at_least=timedelta(hours=1)) == NOW + timedelta(hours=1)
        assert next_attempt_at(6, now=NOW, at_least=MINUTE) == NOW + 240 * MINUTE


class TestStateOfNotice:
    @pytest.mark.parametrize(
        ("mail", "push", "state"),
        [
            (DeliveryState.WAITING, DeliveryState.SENT, NoticeState.WAITING),
            (DeliveryState.SENT, DeliveryState.FAILED, NoticeState.SENT),
            (DeliveryState.FAILED, DeliveryState.FAILED, NoticeState.FAILED),
            (DeliveryState.SENT, DeliveryState.SENT, NoticeState.SENT),
        ],
    )
    def test_follows_from_its_deliveries(self, mail: DeliveryState, push: DeliveryState, state: NoticeState) -> None:
        assert state_of_notice([replace(MAIL, state=mail), replace(PUSH, state=push)]) is state


class TestPlan:
    def test_has_a_delivery_for_each_address(self) -> None:
        recipient = replace(ANN, subscriptions=(BROWSER,))

        assert plan_deliveries(NoticeKind.LOW_BALANCE, recipient, [], IDS, now=NOW) == [MAIL, PUSH]

    def test_leaves_what_was_sent(self) -> None:
        sent = replace(MAIL, state=DeliveryState.SENT, sent_at=NOW, address="old@mail.example")

        assert plan_deliveries(NoticeKind.REFUND, ANN, [sent], IDS, now=NOW) == [sent]

    def test_sends_what_waits_to_the_address_that_counts_now(self) -> None:
        waiting = replace(MAIL, address="old@mail.example", attempts=3)

        [planned] = plan_deliveries(NoticeKind.REFUND, ANN, [waiting], IDS, now=NOW)

        assert planned == replace(waiting, address="ann@mail.example")

    def test_ends_what_waits_and_is_not_wanted_any_more(self) -> None:
        recipient = replace(ANN, preferences={(NoticeKind.LOW_BALANCE, Channel.MAIL): False})

        [planned] = plan_deliveries(NoticeKind.LOW_BALANCE, recipient, [MAIL], IDS, now=NOW)

        assert planned.state is DeliveryState.FAILED

    def test_of_a_receipt_asks_no_preference_for_the_mail(self) -> None:
        recipient = replace(
            ANN,
            subscriptions=(BROWSER,),
            preferences={(ALL_KINDS, Channel.MAIL): False, (ALL_KINDS, Channel.PUSH): False},
        )

        assert plan_deliveries(NoticeKind.PURCHASE_RECEIPT, recipient, [], IDS, now=NOW) == [MAIL]
        assert plan_deliveries(NoticeKind.LOW_BALANCE, recipient, [], IDS, now=NOW) == []

    def test_takes_what_was_said_of_the_kind_first(self) -> None:
        recipient = replace(
            ANN,
            preferences={(ALL_KINDS, Channel.MAIL): False, (NoticeKind.LOW_BALANCE, Channel.MAIL): True},
        )

        assert plan_deliveries(NoticeKind.LOW_BALANCE, recipient, [], IDS, now=NOW) == [MAIL]
        assert plan_deliveries(NoticeKind.OUT_OF_MINUTES, recipient, [], IDS, now=NOW) == []

    @pytest.mark.parametrize(
        ("recipient", "why"),
        [
            (Recipient("ann"), "no address is known"),
            (Recipient("ann", is_mail_bad=True), "its mail address was refused for good"),
            (
                Recipient("ann", preferences={(ALL_KINDS, channel): False for channel in Channel}),
                "unsubscribed",
            ),
        ],
    )
    def test_says_why_there_is_nobody(self, recipient: Recipient, why: str) -> None:
        assert plan_deliveries(NoticeKind.LOW_BALANCE, recipient, [], IDS, now=NOW) == []
        assert why_nobody(NoticeKind.LOW_BALANCE, recipient) == why
