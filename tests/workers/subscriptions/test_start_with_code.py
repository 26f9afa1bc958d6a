"""A subscription is started with a code: its first periods are cheaper, and then it costs what it costs."""

from messages.promotions.codes import PromotionCreateRequested
from messages.queues import PROMOTION
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness
from workers.queues.promotion import handle


def make_code(harness: SubscriptionHarness, **terms: object) -> str:
    """Make a code of a half off."""
    name = harness.account.removeprefix("account-")
    data = {"promotion_id": name, "code": f"CODE{name}", "created_by": "ann", "kind": "percent_off", "share": 5_000}
    event = harness.event(PromotionCreateRequested, data | terms, PROMOTION)
    [outcome] = handle(harness.context, [event])
    return str(outcome.answer["text"])


class TestStartWithCode:
    def test_is_cheaper_for_as_many_periods_as_it_says(self, harness: SubscriptionHarness) -> None:
        code = make_code(harness, periods=2)
        harness.buyer_pays(harness.start(codes=[code])["order_id"])

        for _ in range(2):
            harness.until(harness.row()["period_end"] - HOUR)

        prices = [order["price_minor"] for order in harness.paid()]
        full = harness.row()["price_minor"]
        assert prices == [full // 2, full // 2, full]

    def test_of_an_unknown_code_is_refused(self, harness: SubscriptionHarness) -> None:
        answer = harness.start(codes=["NOBODY-HAS-IT"])

        assert answer["code"] == "UnknownCode"
