"""The channels of the AsyncAPI document: one for each queue and exchange that leads to it, one for each fact."""

from typing import Any

from messages.minutes.facts import SpendAccepted, SpendRefused
from messages.queues import EXCHANGE_TYPES, FACTS, INGRESS, MINUTE_USAGE, QUEUES, SALES
from messages.registry import CONTRACTS, INTAKE, Contract

AMQP_BINDING = {"bindingVersion": "0.3.0"}

ARRAY = "EventArray"
"""The message that holds several events."""

ANSWERS = (SpendAccepted, SpendRefused)
ANSWERS_CHANNEL = "spendAnswers"


def channels() -> dict[str, Any]:
    """Return all channels by name."""
    facts = [contract for contract in CONTRACTS if contract.queue is None]
    ways_in = [(queue, exchange) for queue in INTAKE for exchange in QUEUES[queue].exchanges]
    return (
        {_name(_by(queue, exchange)): _intake(queue, exchange) for queue, exchange in ways_in}
        | {channel_of(fact): _fact(fact) for fact in facts}
        | {ANSWERS_CHANNEL: _answers()}
    )


def channel_of(contract: Contract) -> str:
    """Return the name of the channel that a contract travels on, of several the one whose users may do least."""
    return _name(_by(contract.queue, contract.exchanges[0]) if contract.queue else contract.model.__name__)


def tags(contract: Contract) -> list[dict[str, str]]:
    """Return the tags that say whom a contract is for."""
    is_internal = contract.queue is not None and {INGRESS, SALES}.isdisjoint(contract.exchanges)
    tag = "facts" if contract.queue is None else "internal" if is_internal else "producers"
    return [{"$ref": f"#/components/tags/{tag}"}]


def _by(queue: str, exchange: str) -> str:
    """Return a queue's words, with those of the exchange where several lead to it."""
    is_usual = exchange == QUEUES[queue].exchanges[0]
    return queue if is_usual else f"{queue}-by-{exchange.removeprefix(INGRESS + '.')}"


def _name(words: str) -> str:
    first, *rest = words.split("-")
    return first[0].lower() + first[1:] + "".join(word.capitalize() for word in rest)


def _intake(queue: str, exchange: str) -> dict[str, Any]:
    contracts = [contract for contract in CONTRACTS if contract.queue == queue and exchange in contract.exchanges]
    names = [contract.model.__name__ for contract in contracts]
    return {
        "address": queue,
        "title": QUEUES[queue].title,
        "description": f"Exchange `{exchange}`. {QUEUES[queue].text}",
        "messages": _messages(*names, ARRAY) if queue == MINUTE_USAGE else _messages(*names),
        "tags": tags(contracts[0]),
        "bindings": _routed_by(exchange),
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
