"""The channels of the AsyncAPI document: one for each queue that workers consume, one for each fact."""

from typing import Any

from messages.minutes.facts import SpendAccepted, SpendRefused
from messages.queues import EXCHANGE_TYPES, FACTS, MINUTE_USAGE, QUEUES
from messages.registry import CONTRACTS, INTAKE, Contract

AMQP_BINDING = {"bindingVersion": "0.3.0"}

ARRAY = "EventArray"
"""The message that holds several events."""

ANSWERS = (SpendAccepted, SpendRefused)
ANSWERS_CHANNEL = "spendAnswers"


def channels() -> dict[str, Any]:
    """Return all channels by name."""
    facts = [contract for contract in CONTRACTS if contract.queue is None]
    return (
        {_name(queue): _intake(queue) for queue in INTAKE}
        | {channel_of(fact): _fact(fact) for fact in facts}
        | {ANSWERS_CHANNEL: _answers()}
    )


def channel_of(contract: Contract) -> str:
    """Return the name of the channel that a contract travels on."""
    return _name(contract.queue or contract.model.__name__)


def tags(contract: Contract) -> list[dict[str, str]]:
    """Return the tags that say whom a contract is for."""
    tag = "facts" if contract.queue is None else "internal" if QUEUES[contract.queue].is_internal else "producers"
    return [{"$ref": f"#/components/tags/{tag}"}]


def _name(words: str) -> str:
    first, *rest = words.split("-")
    return first[0].lower() + first[1:] + "".join(word.capitalize() for word in rest)


def _intake(queue: str) -> dict[str, Any]:
    contracts = [contract for contract in CONTRACTS if contract.queue == queue]
    names = [contract.model.__name__ for contract in contracts]
    return {
        "address": queue,
        "title": QUEUES[queue].title,
        "description": QUEUES[queue].text,
        "messages": _messages(*names, ARRAY) if queue == MINUTE_USAGE else _messages(*names),
        "tags": tags(contracts[0]),
        "bindings": _routed_by(QUEUES[queue].exchange),
        # A binding names an exchange or a queue, not both; producers need the exchange.
        "x-queue": {"name": queue, "type": "quorum", "durable": True},
    }


def _fact(contract: Contract) -> dict[str, Any]:
    return {
        "address": contract.type,
        "title": f"Fact: {contract.type}",
        "description": "Bind a queue with this routing key; `#` stands for all facts.",
        "messages": _messages(contract.model.__name__),
        "tags": tags(contract),
        "bindings": _routed_by(FACTS),
    }


def _answers() -> dict[str, Any]:
    return {
        "address": "screph.spend.{answer}.v1",
        "title": "Both answers to a request to spend",
        "description": "Bind a queue with `screph.spend.*.v1` to get both from one queue.",
        "parameters": {"answer": {"enum": ["accepted", "refused"], "description": "Yes or no."}},
        "messages": _messages(*(model.__name__ for model in ANSWERS)),
        "tags": [{"$ref": "#/components/tags/facts"}],
        "bindings": _routed_by(FACTS),
    }


def _messages(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _routed_by(exchange: str) -> dict[str, Any]:
    named = {"name": exchange, "type": EXCHANGE_TYPES[exchange], "durable": True, "autoDelete": False, "vhost": "/"}
    return {"amqp": {"is": "routingKey", "exchange": named, **AMQP_BINDING}}
