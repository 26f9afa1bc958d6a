"""The first payment after a trial is the first purchase of its account, for programmes as for receipts."""

import uuid

from messages.promotions.programmes import ProgrammeCreateRequested
from messages.queues import PROMOTION
from messages.read import Event, read
from messages.write import write
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness
from workers.queues import promotion


def settle_promotions(harness: SubscriptionHarness) -> list[str]:
    """Let what the outbox has for promotions arrive; return the orders that it is about."""
    rows = harness.minutes.select("SELECT body FROM outbox WHERE routing_key = :queue ORDER BY id", queue=PROMOTION)
    orders = []
    for row in rows:
        [event] = read(bytes(row["body"]), queue=PROMOTION)
        assert isinstance(event, Event)
        orders.append(event.envelope.data.order_id)  # type: ignore[attr-defined]
        promotion.handle(harness.context, [event])
    return orders


class TestTheFirstPaymentAfterATrial:
    def test_is_rewarded_as_a_first_purchase_and_the_next_one_is_not(self, harness: SubscriptionHarness) -> None:
        data = {"programme_id": "first", "trigger": "first_purchase", "seconds": 600, "created_by": "maria"}
        _, body = write(ProgrammeCreateRequested, data, at=harness.clock(), message_id=uuid.uuid4().hex)
        [made] = read(body, queue=PROMOTION)
        assert isinstance(made, Event)
        promotion.handle(harness.context, [made])
        harness.on_trial()

        harness.until(harness.row()["trial_ends_at"])
        first, told = harness.paid(), settle_promotions(harness)
        harness.until(harness.row()["period_end"] - 6 * HOUR)

        assert ([one["kind"] for one in first], told) == (["first"], [first[0]["id"]])
        assert settle_promotions(harness) == told
        assert [one["kind"] for one in harness.paid()] == ["first", "renewal"]
        bonuses = [one for one in harness.minutes.packages() if one["kind"] == "bonus"]
        assert [one["granted_seconds"] for one in bonuses] == [600]
