"""The audit log: who did what, when and why."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from domain.access.role import Permission
from store.access.read_operators import WantedLines, list_acts
from store.cursor import WrongCursor
from store.reading import reading
from web.admin.lists import address_with
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show

router = AdminRouter()


class Asked(BaseModel):
    """What the address asks for; what is empty does not matter."""

    name: str = Field(default="", max_length=200)
    action: str = Field(default="", max_length=200)
    account: str = Field(default="", max_length=200)
    object: str = Field(default="", max_length=200)
    cursor: str | None = Field(default=None, max_length=2_000)


@router.page("/audit", Permission.AUDIT_READ)
def audit_log(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show a page of the log."""
    wanted = WantedLines(
        asked.name or None, asked.action or None, asked.account or None, asked.object or None, cursor=asked.cursor
    )
    with reading(admin_of(request).lists.engine) as session:
        try:
            lines, following = list_acts(session, wanted)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
    older = address_with("/audit", asked.model_dump(exclude={"cursor"}), following)
    return show(request, "audit_log.html", signed, lines=lines, older=older, asked=asked)
