"""What one operator grants and gives back within a day, whatever the accounts and orders, counts together."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from domain.access.act import Act, actor_of_command
from domain.access.second_person import COUNTS_FOR, NEEDS_SECOND, ApprovalLimits
from domain.money import Money
from messages.errors import MessageRejected
from messages.minutes.requests import PackageGrantRequested
from messages.payments.requests import RefundRequested
from store.engine import Engine
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.payments.harness import PaymentHarness
from workers.context import Context
from workers.operate import operate
from workers.outcome import Result
from workers.second_person import alone_in_grant, alone_in_refund
from workers.submit import Submission

LIMITS = ApprovalLimits(grant_day_seconds=6_000, refund_day_minor={"RUB": 50_000})


def somebody() -> str:
    """The name of an operator who has done nothing yet."""
    return f"op-{uuid.uuid4().hex[:10]}"


def granted(context: Context, name: str, minutes: int, harness: MinutesHarness) -> bool:
    """Let an operator grant an account minutes, and tell whether they may do so alone."""
    act = Act(actor_of_command(name), "minutes.grant", account_id=harness.account, detail={"minutes": minutes})
    data = {"kind": "support", "minutes": minutes, "reason": "an outage"}
    submission = Submission(PackageGrantRequested, harness.account, data, "", str(uuid.uuid4()))
    try:
        done = operate(context, act, submission, check=alone_in_grant(context, name, harness.account, minutes))
    except MessageRejected as error:
        return error.code != NEEDS_SECOND
    return done.result is Result.APPLIED


class TestGrants:
    def test_to_many_accounts_count_together_for_a_day(self, shop: Engine) -> None:
        harness = PaymentHarness(shop)
        context, name = replace(harness.context, limits=LIMITS), somebody()
        accounts = [MinutesHarness(shop) for _ in range(6)]

        alone = [granted(context, name, minutes, one) for minutes, one in zip((60, 40, 1), accounts, strict=False)]

        assert alone == [True, True, False]
        assert accounts[2].packages() == []
        assert granted(context, somebody(), 100, accounts[3])
        harness.offset = COUNTS_FOR - timedelta(minutes=1)
        assert not granted(context, name, 1, accounts[4])
        harness.offset = COUNTS_FOR + timedelta(minutes=1)
        assert granted(context, name, 100, accounts[5])

    def test_at_once_count_together(self, shop: Engine) -> None:
        context, name = replace(PaymentHarness(shop).context, limits=LIMITS), somebody()
        accounts = [MinutesHarness(shop) for _ in range(6)]

        with ThreadPoolExecutor(6) as threads:
            alone = list(threads.map(lambda one: granted(context, name, 40, one), accounts))

        assert sorted(alone) == [False] * 4 + [True] * 2


class TestRefunds:
    def test_of_many_orders_count_together_by_currency(self, shop: Engine) -> None:
        harness = PaymentHarness(shop)
        context, name = replace(harness.context, limits=LIMITS), somebody()
        orders = [harness.bought()[0] for _ in range(4)]

        assert refunded(harness, context, name, orders[0], 30_000)
        assert not refunded(harness, context, name, orders[1], 20_001)
        assert refunded(harness, context, name, orders[2], 20_000)
        assert refunded(harness, context, somebody(), orders[3], 40_000)
        assert [len(harness.refunds(order_id)) for order_id in orders] == [1, 0, 1, 1]

    def test_of_a_currency_that_is_not_named_have_no_sum_of_the_day(self) -> None:
        assert not LIMITS.needs_second_for_refunds_of_day(Money(10**9, "KZT"))


def refunded(harness: PaymentHarness, context: Context, name: str, order_id: str, minor: int) -> bool:
    """Let an operator give money back for an order, and tell whether they may do so alone."""
    amount = Money(minor, "RUB")
    act = Act(
        actor_of_command(name),
        "order.refund",
        f"order:{order_id}",
        account_id=harness.account,
        reason="asked for",
        detail={"amount": str(amount)},
    )
    data = {"order_id": order_id, "amount_minor": minor, "reason": "asked for", "requested_by": name}
    submission = Submission(RefundRequested, harness.account, data, "", str(uuid.uuid4()))
    try:
        done = operate(context, act, submission, check=alone_in_refund(context, name, order_id, amount))
    except MessageRejected as error:
        return error.code != NEEDS_SECOND
    return "code" not in done.answer
