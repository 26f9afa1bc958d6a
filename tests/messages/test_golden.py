"""
One message of each type and version that was ever on the wire; these files stay for ever.

Whatever is changed inside a version, these must still be read, and mean what they meant.
"""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from messages.queues import (
    DUE,
    MINUTE_USAGE,
    NOTICE,
    PROMOTION,
    PURCHASE,
    RECONCILIATION,
    RENEWAL,
    SUBSCRIPTION,
    WEBHOOK,
)
from messages.read import Event, read
from messages.registry import CONTRACTS, Contract

GOLDEN = Path(__file__).parent / "golden"
FACTS = "facts"
RECEIVED = [contract for contract in CONTRACTS if contract.queue is not None]
ALTERNATIVES = {"seconds", "minutes", "method_id", "amounts_minor", "free_product_id"}
"""Fields that stand in place of another one: of it an example has one, and the other is left out."""
SENT = [contract for contract in CONTRACTS if contract.queue is None]


def place(contract: Contract) -> str:
    """The path of a contract's golden example: where it travels, then its type."""
    return f"{contract.queue or FACTS}/{contract.type.removeprefix('screph.')}.json"


def golden(path: str) -> bytes:
    """The bytes of a golden example."""
    return (GOLDEN / path).read_bytes()


class TestGolden:
    def test_has_one_example_of_every_contract_and_none_of_a_lost_one(self) -> None:
        examples = {path.relative_to(GOLDEN).as_posix() for path in GOLDEN.rglob("*.json")}

        assert examples == {place(contract) for contract in CONTRACTS}

    def test_covers_every_queue(self) -> None:
        assert {contract.queue for contract in CONTRACTS} == {
            MINUTE_USAGE,
            PURCHASE,
            WEBHOOK,
            DUE,
            RECONCILIATION,
            NOTICE,
            SUBSCRIPTION,
            RENEWAL,
            PROMOTION,
            None,
        }

    @pytest.mark.parametrize("contract", RECEIVED, ids=place)
    def test_is_read_on_its_queue_as_its_model(self, contract: Contract) -> None:
        assert contract.queue is not None

        [event] = read(golden(place(contract)), queue=contract.queue)

        assert isinstance(event, Event), event
        assert type(event.envelope) is contract.model

    @pytest.mark.parametrize("contract", SENT, ids=place)
    def test_of_a_fact_validates(self, contract: Contract) -> None:
        fact = contract.model.model_validate_json(golden(place(contract)))

        assert fact.type == contract.type

    @pytest.mark.parametrize("contract", CONTRACTS, ids=place)
    def test_fills_every_field_of_its_data_that_can_stand_beside_the_others(self, contract: Contract) -> None:
        data = orjson.loads(golden(place(contract)))["data"]

        fields = contract.model.model_fields["data"].annotation.model_fields  # type: ignore[union-attr]

        assert fields.keys() - data.keys() <= ALTERNATIVES


class TestMeaning:
    def test_of_usage_reported(self) -> None:
        [event] = read(golden("minute-usage/usage.reported.v1.json"), queue=MINUTE_USAGE)

        assert isinstance(event, Event)
        usage: UsageReported = event.envelope
        assert (usage.source, usage.id, usage.subject) == ("screph-desktop", "usage-8f14e45f", "4711")
        assert usage.time == datetime(2026, 11, 23, 9, 30, 0, 250_000, tzinfo=UTC)
        assert usage.data.used_seconds == 754
        assert (usage.data.session_id, usage.data.feature) == ("session-42", "transcription")
        assert usage.data.metadata == {"app": "3.9.1", "channels": [1, 2], "host": {"os": "Ωμέγα", "beta": True}}

    def test_of_spend_requested_in_minutes(self) -> None:
        [event] = read(golden("minute-usage/spend.requested.v1.json"), queue=MINUTE_USAGE)

        assert isinstance(event, Event)
        request: SpendRequested = event.envelope
        assert request.data.used_seconds == 300

    def test_of_usage_reversed(self) -> None:
        [event] = read(golden("minute-usage/usage.reversed.v1.json"), queue=MINUTE_USAGE)

        assert isinstance(event, Event)
        correction: UsageReversed = event.envelope
        assert (correction.data.usage_source, correction.data.usage_id) == ("screph-desktop", "usage-8f14e45f")
        assert correction.data.our_fault is True

    def test_of_package_grant_requested(self) -> None:
        [event] = read(golden("minute-usage/package.grant_requested.v1.json"), queue=MINUTE_USAGE)

        assert isinstance(event, Event)
        grant: PackageGrantRequested = event.envelope
        assert (grant.data.kind, grant.data.granted_seconds, grant.data.priority) == ("bonus", 36_000, 5)
        assert grant.data.expires_at == datetime(2026, 12, 22, 21, tzinfo=UTC)
