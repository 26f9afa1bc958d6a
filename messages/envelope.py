"""The envelope of every message: CloudEvents 1.0, structured JSON."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from messages.fields import AccountId, MessageId, Moment, Source, Traceparent


class Envelope(BaseModel):
    """
    What is around the data of every message.

    `(source, id)` is the key of the message for ever. Of CloudEvents' extension attributes `traceparent` is read, any
    other is ignored; none of them is part of the content, so a repeat may come with another trace.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: MessageId
    source: Source
    type: str
    time: Annotated[Moment, Field(description="When it happened, with an offset")]
    datacontenttype: Literal["application/json"] | None = None
    data: Any
    traceparent: Traceparent = None


class AboutAccount(Envelope):
    """An envelope whose subject is an account; every message with Screph is one."""

    subject: AccountId


@cache
def type_of(model: type[Envelope]) -> str:
    """Return the `type` attribute that a contract has on the wire."""
    literal: str = model.model_fields["type"].annotation.__args__[0]  # type: ignore[union-attr]
    return literal
