"""Packages: the minutes that an account owns, and how each of them stands."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field

from domain.access.scope import Scope
from domain.minutes.package import Package, PackageKind, PackageState
from store.engine import Session
from store.minutes.read import account_packages
from store.payments.read_receipts import package_names
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Answer, At, Seconds
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.reading import read

family = Family("Packages", "The minutes that an account owns.")


class PackageAnswer(Answer):
    """
    Minutes that an account owns.

    At every moment granted is left, consumed, held, frozen, expired and voided together.
    """

    id: str
    kind: Annotated[PackageKind, Field(description="How the account came by it")]
    title: Annotated[str | None, Field(description="As what it was bought, if it was", examples=["Стандартный"])]
    state: Annotated[PackageState, Field(description="`frozen` while a refund or dispute is open")]
    priority: Annotated[int, Field(description="Lower burns first", examples=[100])]
    activated_at: At
    expires_at: Annotated[datetime | None, Field(description="Exclusive; null is never")]
    granted_seconds: Seconds
    left_seconds: Seconds
    consumed_seconds: Seconds
    held_seconds: Seconds
    frozen_seconds: Seconds
    expired_seconds: Seconds
    voided_seconds: Seconds


class PackageList(Answer):
    """A page of packages, the newest first."""

    items: list[PackageAnswer]
    next_cursor: str | None


EXAMPLE = {
    "id": "0f3a1d52-7c58-5b1d-9f0e-6a6b6d0c7c11",
    "kind": "purchased",
    "title": "Стандартный",
    "state": "active",
    "priority": 100,
    "activated_at": "2026-11-01T09:00:00Z",
    "expires_at": None,
    "granted_seconds": 18_000,
    "left_seconds": 16_320,
    "consumed_seconds": 1_680,
    "held_seconds": 0,
    "frozen_seconds": 0,
    "expired_seconds": 0,
    "voided_seconds": 0,
}


@family.add(
    "GET",
    "/packages",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=PackageList,
    example={"items": [EXAMPLE], "next_cursor": None},
)
def list_packages(
    request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> PackageList:
    """
    List packages.

    All that the account ever had, those that were activated last first. What can be spent now, in burn order, has
    `GET /account?include=packages`.
    """

    def find(inner: str | None) -> tuple[list[PackageAnswer], str | None]:
        def work(session: Session) -> tuple[list[PackageAnswer], str | None]:
            found = account_packages(session, caller.account_id, limit=limit, cursor=inner)
            names = package_names(session, [package.id for package in found.packages])
            titles = {package_id: name.title for package_id, name in names.items()}
            shown = [package_answer(one, titles.get(one.id)) for one in reversed(found.packages)]
            return shown, found.cursor

        return read(caller.context, work)

    items, next_cursor = page(request, cursor, find)
    return PackageList(items=items, next_cursor=next_cursor)


def package_answer(package: Package, title: str | None = None) -> PackageAnswer:
    """Return a package as answers have it."""
    values = {name: getattr(package, name) for name in PackageAnswer.model_fields if name != "title"}
    return PackageAnswer(title=title, **values)
