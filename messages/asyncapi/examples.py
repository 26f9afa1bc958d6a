"""Examples of every contract for the AsyncAPI document; together they are the story of one account."""

from datetime import datetime
from typing import Any

import orjson

from messages.asyncapi.example import Example
from messages.asyncapi.examples_access import ACCESS
from messages.asyncapi.examples_campaigns import CAMPAIGNS
from messages.asyncapi.examples_catalogue import CATALOGUE
from messages.asyncapi.examples_letters import LETTERS
from messages.asyncapi.examples_methods import METHODS
from messages.asyncapi.examples_minutes import MINUTES
from messages.asyncapi.examples_notices import NOTICES
from messages.asyncapi.examples_payments import PAYMENTS
from messages.asyncapi.examples_promotions import PROMOTIONS
from messages.asyncapi.examples_referrals import REFERRALS
from messages.asyncapi.examples_statistics import STATISTICS
from messages.asyncapi.examples_subscriptions import SUBSCRIPTIONS
from messages.asyncapi.examples_topup import TOPUPS
from messages.envelope import Envelope
from messages.minutes.requests import UsageReported
from messages.write import with_traceparent, write

EXAMPLES = (
    *MINUTES,
    *ACCESS,
    *PAYMENTS,
    *METHODS,
    *NOTICES,
    *SUBSCRIPTIONS,
    *TOPUPS,
    *PROMOTIONS,
    *CAMPAIGNS,
    *CATALOGUE,
    *REFERRALS,
    *STATISTICS,
    *LETTERS,
)


def examples(model: type[Envelope]) -> list[dict[str, Any]]:
    """Return the examples of one contract as AsyncAPI's message examples."""
    return [_rendered(example) for example in EXAMPLES if example.model is model]


def array_example() -> dict[str, Any]:
    """Return an example of several events in one message."""
    events = [example["payload"] for example in examples(UsageReported)]
    return {"name": "two-usages", "summary": "Two usages in one message", "payload": events}


def _rendered(example: Example) -> dict[str, Any]:
    _, body = write(
        example.model,
        example.data,
        at=datetime.fromisoformat(example.moment),
        subject=example.subject,
        message_id=example.id,
        source=example.source,
    )
    return {
        "name": example.id,
        "summary": example.summary,
        "payload": orjson.loads(with_traceparent(body, example.traceparent)),
    }
