"""What the page of messages shows: the AsyncAPI document, in the order in which people read it."""

from dataclasses import dataclass
from typing import Any

import orjson

from messages.asyncapi.document import document

_TITLES = {"producers": "What you send", "facts": "What you can listen to"}
"""Tags that are shown; what our own processes say to each other is nobody else's matter."""


@dataclass(frozen=True, slots=True)
class Example:
    """An example of a message, as JSON."""

    summary: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message; `places` say where it travels, `schema` is JSON."""

    name: str
    type: str
    summary: str
    places: tuple[str, ...]
    examples: tuple[Example, ...]
    schema: str


@dataclass(frozen=True, slots=True)
class Group:
    """Messages in one direction."""

    name: str
    title: str
    text: str
    messages: tuple[Message, ...]


def groups() -> tuple[Group, ...]:
    """Return the messages of producers and our facts, in the order of the document."""
    written = document()
    return tuple(_group(written, name, title) for name, title in _TITLES.items())


def _group(written: dict[str, Any], tag: str, title: str) -> Group:
    components = written["components"]
    named = {"$ref": f"#/components/tags/{tag}"}
    messages = (
        _message(written, name, message)
        for name, message in components["messages"].items()
        if named in message.get("tags", ())
    )
    return Group(tag, title, components["tags"][tag]["description"], tuple(messages))


def _message(written: dict[str, Any], name: str, message: dict[str, Any]) -> Message:
    schema = message["payload"]["$ref"].rpartition("/")[2]
    return Message(
        name,
        message.get("title", name),
        message.get("summary", ""),
        tuple(
            channel.get("title", channel["address"])
            for channel in written["channels"].values()
            if name in channel["messages"]
        ),
        tuple(Example(one.get("summary", ""), _json(one["payload"])) for one in message.get("examples", ())),
        _json(written["components"]["schemas"][schema]),
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
