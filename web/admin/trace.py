"""Trace: what became of one message, by its source and id."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from domain.access.role import Permission
from store.read_trace import read_trace
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.words import entry
from web.reading import read

router = AdminRouter()


class Asked(BaseModel):
    """The message's name."""

    source: str = Field(default="", max_length=300)
    id: str = Field(default="", max_length=300)


@router.page("/trace", Permission.QUEUES_READ)
def trace(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show where a message has been, and what it did."""
    found = None
    if asked.source and asked.id:
        found = read(admin_of(request).context, lambda session: read_trace(session, asked.source, asked.id))
    return show(request, "trace.html", signed, asked=asked, trace=found, entry=entry)
