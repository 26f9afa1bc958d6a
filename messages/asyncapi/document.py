"""
The contracts as an AsyncAPI document, for people and programs outside.

Printed by `python -m messages.asyncapi`; docs/asyncapi.yaml is that output, committed.
"""

from typing import Any

from messages.asyncapi.channels import (
    AMQP_BINDING,
    ANSWERS,
    ANSWERS_CHANNEL,
    ARRAY,
    channel_of,
    channels,
    tags,
)
from messages.asyncapi.examples import array_example, examples
from messages.asyncapi.schemas import schemas
from messages.asyncapi.text import INFO_DESCRIPTION, TAG_TEXTS
from messages.envelope import Envelope
from messages.minutes.facts import SpendAccepted, SpendRefused, UsageReversedFact
from messages.minutes.requests import SpendRequested, UsageReported, UsageReversed
from messages.payments.facts import PurchaseLinkReady
from messages.payments.requests import PurchaseRequested
from messages.queues import MINUTE_USAGE, QUEUES
from messages.read import MAX_EVENTS
from messages.registry import CONTRACTS, INTAKE, Contract

VERSION = "1.16.0"
"""Of the document. A new contract or optional field raises the second number; no contract ever breaks."""

COMMAND = "python -m messages.asyncapi > docs/asyncapi.yaml"

_EVENT_TYPE = "application/cloudevents+json"
_ARRAY_TYPE = "application/cloudevents-batch+json"

# model -> where its message carries the id by which a request and what came of it find each other.
_CORRELATIONS: dict[type[Envelope], str] = {
    SpendRequested: "/id",
    SpendAccepted: "/data/request_id",
    SpendRefused: "/data/request_id",
    PurchaseRequested: "/id",
    PurchaseLinkReady: "/data/request_id",
    UsageReversed: "/data/usage_id",
    UsageReversedFact: "/data/usage_id",
}


def render() -> str:
    """Return the document as YAML, the same for the same contracts."""
    # Here, because only whoever writes the document needs it: the running product does not carry PyYAML.
    import yaml

    class Readable(yaml.SafeDumper):
        """Every value where it is used, and texts of several lines as they are."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Readable.add_representer(str, represent_text)
    body: str = yaml.dump(document(), Dumper=Readable, sort_keys=False, allow_unicode=True, width=100)
    return f"# Generated from the models in messages/; do not edit. Write it again with\n#   {COMMAND}\n{body}"


def document() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document: what we receive and send, from our own point of view."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:screph:billing",
        "info": {
            "title": "Screph billing: messages",
            "version": VERSION,
            "description": INFO_DESCRIPTION,
            "tags": [{"$ref": f"#/components/tags/{tag}"} for tag in TAG_TEXTS],
        },
        "defaultContentType": _EVENT_TYPE,
        "servers": {"amqp": _server("amqp", 5672), "amqps": _server("amqps", 5671)},
        "channels": channels(),
        "operations": _operations(),
        "components": {
            "messages": {contract.model.__name__: _message(contract) for contract in CONTRACTS}
            | {ARRAY: _array_message()},
            "schemas": schemas(CONTRACTS) | {ARRAY: _array_schema()},
            "operationBindings": {
                # What the other side is to do, as the binding has it.
                "publishToUs": {"amqp": {"deliveryMode": 2, "mandatory": True, **AMQP_BINDING}},
                "listenToUs": {"amqp": {"deliveryMode": 2, "ack": True, **AMQP_BINDING}},
            },
            "securitySchemes": {"password": {"type": "plain", "description": "SASL PLAIN: user and password."}},
            "tags": {tag: {"name": tag, "description": text} for tag, text in TAG_TEXTS.items()},
        },
    }


def _server(protocol: str, port: int) -> dict[str, Any]:
    return {
        "host": f"{{host}}:{port}",
        "pathname": "/{vhost}",
        "protocol": protocol,
        "protocolVersion": "0.9.1",
        "description": "RabbitMQ, through TLS." if protocol == "amqps" else "RabbitMQ, in a private network only.",
        "variables": {
            "host": {"default": "localhost", "description": "Where this installation's RabbitMQ is."},
            "vhost": {"default": "%2F", "description": "The virtual host, percent-encoded; %2F is the usual /."},
        },
        "security": [{"$ref": "#/components/securitySchemes/password"}],
    }


def _operations() -> dict[str, Any]:
    operations = {}
    for contract in CONTRACTS:
        verb = "receive" if contract.queue else "send"
        name = contract.model.__name__
        operations[f"{verb}{name}"] = _operation(contract, name, _summary(contract))
    operations["receiveSpendRequested"]["reply"] = {
        "channel": {"$ref": f"#/channels/{ANSWERS_CHANNEL}"},
        "messages": [{"$ref": f"#/channels/{ANSWERS_CHANNEL}/messages/{model.__name__}"} for model in ANSWERS],
    }
    of_usage = Contract(UsageReported, MINUTE_USAGE, QUEUES[MINUTE_USAGE].exchanges)
    several = "Several events at once; each counts as if it had come alone."
    operations[f"receive{ARRAY}"] = _operation(of_usage, ARRAY, several)
    return operations


def _operation(contract: Contract, message: str, summary: str) -> dict[str, Any]:
    action, binding = ("receive", "publishToUs") if contract.queue else ("send", "listenToUs")
    channel = channel_of(contract)
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
        "summary": summary,
        "tags": tags(contract),
        "bindings": {"$ref": f"#/components/operationBindings/{binding}"},
    }


def _message(contract: Contract) -> dict[str, Any]:
    name = contract.model.__name__
    message = {
        "name": name,
        "title": contract.type if contract.queue else f"{contract.type} (fact)",
        "summary": _summary(contract),
        "contentType": _EVENT_TYPE,
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "tags": tags(contract),
        "examples": examples(contract.model),
    }
    if pointer := _CORRELATIONS.get(contract.model):
        message["correlationId"] = {
            "location": f"$message.payload#{pointer}",
            "description": "Unique only with the source it belongs to, which stands in the same message.",
        }
    return message


def _array_message() -> dict[str, Any]:
    return {
        "name": ARRAY,
        "title": f"Array of 1 to {MAX_EVENTS} events",
        "summary": "Several events in one message, of the same or of different types.",
        "contentType": _ARRAY_TYPE,
        "payload": {"$ref": f"#/components/schemas/{ARRAY}"},
        "tags": [{"$ref": "#/components/tags/producers"}],
        "examples": [array_example()],
    }


def _array_schema() -> dict[str, Any]:
    return {
        "title": ARRAY,
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_EVENTS,
        "items": {
            "oneOf": [{"$ref": f"#/components/schemas/{model.__name__}"} for model in INTAKE[MINUTE_USAGE].values()]
        },
    }


def _summary(contract: Contract) -> str:
    return (contract.model.__doc__ or "").strip().partition("\n")[0]
