"""What we write is valid for its own model, and as its golden example."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import orjson
import pytest

from domain.minutes.package import PackageKind
from messages.minutes.facts import BalanceChanged, PackageGranted
from messages.read import Event, read
from messages.registry import CONTRACTS, Contract
from messages.write import SOURCE, with_traceparent, write
from tests.messages.test_golden import golden, place

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BALANCE = {"sequence": 1, "available_seconds": 60, "debt_seconds": 0}


def rewritten(contract: Contract) -> bytes:
    """The golden example of a contract as we write it: read into its model, and out again."""
    was = contract.model.model_validate_json(golden(place(contract)))
    _, body = write(
        contract.model,
        was.data.model_dump(exclude_unset=True),
        at=was.time,
        subject=getattr(was, "subject", None),
        message_id=was.id,
        source=was.source,
    )
    return with_traceparent(body, was.traceparent)


class TestWrite:
    @pytest.mark.parametrize("contract", CONTRACTS, ids=place)
    def test_writes_what_is_valid_for_its_own_model(self, contract: Contract) -> None:
        body = rewritten(contract)

        was = contract.model.model_validate_json(golden(place(contract)))
        assert contract.model.model_validate_json(body) == was

    @pytest.mark.parametrize("contract", [each for each in CONTRACTS if each.queue], ids=place)
    def test_writes_what_its_queue_takes(self, contract: Contract) -> None:
        assert contract.queue is not None

        [event] = read(rewritten(contract), queue=contract.queue)

        assert isinstance(event, Event), event
        assert type(event.envelope) is contract.model

    @pytest.mark.parametrize("contract", [each for each in CONTRACTS if not each.queue], ids=place)
    def test_writes_facts_as_their_golden_examples(self, contract: Contract) -> None:
        assert orjson.loads(rewritten(contract)) == orjson.loads(golden(place(contract)))

    def test_puts_its_type_and_source_on_the_wire(self) -> None:
        message_id, body = write(BalanceChanged, BALANCE, at=AT, subject="4711", message_id="m")

        assert message_id == "m"
        assert orjson.loads(body) == {
            "specversion": "1.0",
            "id": "m",
            "source": SOURCE,
            "type": "screph.balance.changed.v1",
            "subject": "4711",
            "time": "2026-11-23T09:30:00Z",
            "datacontenttype": "application/json",
            "data": BALANCE,
        }

    def test_gives_every_message_an_id_of_its_own(self) -> None:
        written = [write(BalanceChanged, BALANCE, at=AT, subject="4711") for _ in range(50)]

        assert len({message_id for message_id, _ in written}) == 50
        for message_id, body in written:
            assert str(UUID(message_id)) == message_id == orjson.loads(body)["id"]

    def test_writes_every_moment_in_utc(self) -> None:
        in_kathmandu = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))

        _, body = write(BalanceChanged, BALANCE, at=in_kathmandu, subject="4711")

        assert orjson.loads(body)["time"] == "2026-11-23T09:30:00Z"

    def test_leaves_out_a_subject_that_there_is_none(self) -> None:
        _, body = write(BalanceChanged, BALANCE, at=AT)

        assert "subject" not in orjson.loads(body)

    def test_writes_kinds_and_moments_as_the_domain_has_them(self) -> None:
        data = {
            "package_id": "p",
            "kind": PackageKind.SUPPORT,
            "priority": 10,
            "granted_seconds": 60,
            "settled_debt_seconds": 0,
            "activated_at": AT,
            "expires_at": None,
        }

        _, body = write(PackageGranted, data, at=AT, subject="4711")

        fact = PackageGranted.model_validate_json(body)
        assert (fact.data.kind, fact.data.activated_at) == ("support", AT)

    def test_writes_the_same_bytes_for_the_same_message(self) -> None:
        written = {write(BalanceChanged, BALANCE, at=AT, subject="4711", message_id="m") for _ in range(2)}

        assert len(written) == 1
