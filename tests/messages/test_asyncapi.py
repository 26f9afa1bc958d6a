"""The AsyncAPI document says what the code does, and the official parser accepts it."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from broker import topology
from messages.asyncapi.document import COMMAND, document, render
from messages.queues import FACTS, MINUTE_USAGE
from messages.read import Event, read
from messages.registry import CONTRACTS, Contract
from tests.messages.official_parser import OfficialParser, install

ROOT = Path(__file__).parents[2]

written_document = cache(document)
"""For tests that only read it; it takes 50 ms, which is as much as 200 of them."""

each_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.model.__name__)


class TestFile:
    def test_is_what_the_command_prints(self) -> None:
        printed = subprocess.run(
            [sys.executable, "-m", "messages.asyncapi"], cwd=ROOT, capture_output=True, check=True, timeout=60
        ).stdout

        committed = (ROOT / "docs" / "asyncapi.yaml").read_bytes()

        assert committed == printed, f"docs/asyncapi.yaml is out of date; write it again with: {COMMAND}"

    def test_reads_back_as_the_document(self) -> None:
        assert yaml.safe_load(render()) == written_document()


class TestDocument:
    @each_contract
    def test_describes_every_contract(self, contract: Contract) -> None:
        name = contract.model.__name__
        components = written_document()["components"]

        assert components["messages"][name]["payload"] == {"$ref": f"#/components/schemas/{name}"}
        assert components["schemas"][name]["properties"]["type"]["const"] == contract.type

    @each_contract
    def test_says_who_sends_it_and_where(self, contract: Contract) -> None:
        written = written_document()
        name = contract.model.__name__
        operation = written["operations"][f"{'receive' if contract.queue else 'send'}{name}"]
        channel = written["channels"][operation["channel"]["$ref"].removeprefix("#/channels/")]

        assert operation["action"] == ("receive" if contract.queue else "send")
        assert operation["messages"] == [{"$ref": f"{operation['channel']['$ref']}/messages/{name}"}]
        assert channel["messages"][name] == {"$ref": f"#/components/messages/{name}"}
        assert channel["address"] == (contract.queue or contract.type)

    def test_names_every_message_differently(self) -> None:
        names = [message["name"] for message in written_document()["components"]["messages"].values()]

        assert len(set(names)) == len(names) == len(CONTRACTS) + 1

    def test_names_the_exchanges_and_queues_of_the_topology(self) -> None:
        declared = DeclaredTopology()
        topology.declare(declared)

        channels = written_document()["channels"].values()

        exchanges = [channel["bindings"]["amqp"]["exchange"] for channel in channels]
        queues = [(channel["x-queue"], channel["bindings"]) for channel in channels if "x-queue" in channel]
        assert {(one["name"], one["type"], one["durable"]) for one in exchanges} == declared.exchanges
        assert {
            (queue["name"], queue["type"], queue["durable"], bindings["amqp"]["exchange"]["name"], queue["name"])
            for queue, bindings in queues
        } == declared.bound_queues()

    def test_puts_facts_on_the_facts_exchange(self) -> None:
        facts = [channel for channel in written_document()["channels"].values() if "x-queue" not in channel]

        assert {channel["bindings"]["amqp"]["exchange"]["name"] for channel in facts} == {FACTS}

    def test_leaves_facts_open_to_new_fields_and_requests_closed(self) -> None:
        schemas = written_document()["components"]["schemas"]

        for contract in CONTRACTS:
            data = contract.model.model_fields["data"].annotation
            assert data is not None
            assert schemas[data.__name__].get("additionalProperties", True) is (contract.queue is None)


class TestExamples:
    @each_contract
    def test_are_what_the_code_reads(self, contract: Contract) -> None:
        payloads = payloads_of(contract.model.__name__)

        assert payloads
        for payload in payloads:
            if contract.queue:
                [event] = read(orjson.dumps(payload), queue=contract.queue)
                assert isinstance(event, Event), event
            else:
                contract.model.model_validate(payload)

    def test_of_an_array_is_read_whole(self) -> None:
        [payload] = payloads_of("EventArray")

        events = read(orjson.dumps(payload), queue=MINUTE_USAGE)

        assert len(events) == 2
        assert all(isinstance(event, Event) for event in events)


class TestOfficialParser:
    def test_finds_nothing_but_a_newer_version_of_asyncapi(self, parser: OfficialParser) -> None:
        committed = (ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")

        found = parser.diagnose(committed)

        # 3.0 is meant: tools that know 3.1, which adds nothing for AMQP, are still few.
        assert [one for one in found if one["code"] != "asyncapi-latest-version"] == []

    @pytest.mark.parametrize(
        ("path", "value", "code"),
        [
            ("info.title", None, "asyncapi-document"),
            ("channels.minuteUsage.bindings.amqp.exchange.type", "round", "asyncapi-document"),
            ("operations.sendBalanceChanged.channel.$ref", "#/channels/nowhere", "invalid-ref"),
            (
                "operations.sendBalanceChanged.messages.0.$ref",
                "#/channels/spendAccepted/messages/SpendAccepted",
                "asyncapi3-operation-messages-from-referred-channel",
            ),
            ("components.schemas.BalanceChangedData.properties.sequence.type", "whole", "asyncapi-document"),
        ],
    )
    def test_refuses_a_broken_document(self, parser: OfficialParser, path: str, value: Any, code: str) -> None:
        broken = document()
        change(broken, path, value)

        errors = [one for one in parser.diagnose(json.dumps(broken)) if one["severity"] == "error"]

        assert any(one["code"].startswith(code) for one in errors), errors

    def test_refuses_examples_that_break_their_schemas(self, parser: OfficialParser) -> None:
        broken = document()
        messages = broken["components"]["messages"]
        change(messages, "UsageReported.examples.0.payload.data.minutes", 2)  # beside seconds
        change(messages, "UsageReported.examples.1.payload.data.minutes", None)  # neither
        change(messages, "SpendRequested.examples.0.payload.data.colour", "red")
        change(messages, "SpendAccepted.examples.0.payload.data.request_id", None)
        change(messages, "EventArray.examples.0.payload.1.specversion", "0.3")

        errors = [one for one in parser.diagnose(json.dumps(broken)) if one["severity"] == "error"]

        assert {one["code"] for one in errors} == {"example"}
        assert [one["path"].removeprefix("components.messages.") for one in errors] == [
            "UsageReported.examples.usage-1",
            "UsageReported.examples.usage-2",
            "SpendRequested.examples.spend-1",
            "SpendAccepted.examples.6f8d6a8e-5c1b-5d7e-a1f0-9d5d8f0b2a01",
            "EventArray.examples.two-usages",
        ]


@pytest.fixture(scope="module")
def parser() -> OfficialParser:
    """The official parser, installed."""
    return install()


class DeclaredTopology:
    """Records what is declared, in place of a channel of pika."""

    def __init__(self) -> None:
        self.exchanges: set[tuple[str, str, bool]] = set()
        self._queues: dict[str, tuple[str, bool]] = {}
        self._bindings: list[tuple[str, str, str]] = []

    def exchange_declare(self, exchange: str, exchange_type: str, *, durable: bool) -> None:
        self.exchanges.add((exchange, exchange_type, durable))

    def queue_declare(self, queue: str, *, durable: bool, arguments: dict[str, Any]) -> None:
        self._queues[queue] = (arguments["x-queue-type"], durable)

    def queue_bind(self, queue: str, exchange: str, routing_key: str) -> None:
        self._bindings.append((queue, exchange, routing_key))

    def bound_queues(self) -> set[tuple[str, str, bool, str, str]]:
        """Name, type, durable, exchange and routing key of each bound queue."""
        return {(queue, *self._queues[queue], exchange, key) for queue, exchange, key in self._bindings}


def payloads_of(message: str) -> list[Any]:
    """The payloads of a message's examples."""
    return [example["payload"] for example in written_document()["components"]["messages"][message]["examples"]]


def change(tree: Any, path: str, value: Any) -> None:
    """Set what is at a dotted path in a tree of dicts and lists, or remove it where the value is None."""
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in way:
        tree = tree[step]
    if value is None:
        del tree[last]
    else:
        tree[last] = value
