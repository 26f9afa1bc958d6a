"""Operations: one function is a route of buyers' tokens, and one of servers' tokens for any account."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response

from domain.access.scope import OF_SERVERS, Scope
from web.api.v1.caller import Permission, permitted_anybody, permitted_buyer, permitted_server
from web.api.v1.problems import KINDS

PREFIX = "/api/v1"
OF_ACCOUNT = "/accounts/{account_id}"

Audience = Literal["buyers", "servers", "both", "anybody"]

ALWAYS = ("unauthorized", "forbidden", "rate_limited", "internal", "unavailable")
"""What any operation may be answered with."""

WRITES = (
    "idempotency_key_missing",
    "idempotency_key_invalid",
    "idempotency_key_reused",
    "request_in_progress",
)
"""What an operation that wants a key may be answered with besides."""

ACCOUNT_PARAMETER = {
    "name": "account_id",
    "in": "path",
    "required": True,
    "description": "Screph's own id of the user",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
    "example": "u-4711",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """
    What a route does, and for whom.

    `path` is that of buyers; `problems` are the codes that this operation may be refused with, beside those of all.
    `example` is a good answer, `asked` a body; `headers` are those of good answers.
    """

    method: str
    path: str
    endpoint: Callable[..., Any]
    scope: Scope
    tag: str
    audience: Audience = "both"
    status: int = 200
    problems: Sequence[str] = ()
    example: Any = None
    asked: Any = None
    answers: Any = None
    widgets: bool = False
    more: Mapping[int, str] = field(default_factory=dict)
    needs_key: bool = False
    response_class: type[Response] = JSONResponse
    headers: Sequence[str] = ()


class Family:
    """The operations about one kind of resource."""

    def __init__(self, tag: str, description: str) -> None:
        self.tag = tag
        self.description = description
        self.operations: list[Operation] = []

    def add(
        self, method: str, path: str, scope: Scope, **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """
        Add an operation; the function's name is its id, the first line of its docstring its summary.

        Args:
            method: of HTTP.
            path: of buyers, below `/api/v1`.
            scope: what a buyer's token has to allow.
            options: the other fields of `Operation`.
        """

        def added(endpoint: Callable[..., Any]) -> Callable[..., Any]:
            self.operations.append(Operation(method, path, endpoint, scope, self.tag, **options))
            return endpoint

        return added


def routes_of(families: Sequence[Family]) -> APIRouter:
    """Return the routes of families of operations."""
    routes = APIRouter()
    for family in families:
        for operation in family.operations:
            _add(routes, operation)
    return routes


def _add(routes: APIRouter, operation: Operation) -> None:
    name, scope = operation.endpoint.__name__, operation.scope
    if operation.audience == "anybody":
        _add_route(routes, operation, operation.path, name, (permitted_anybody(scope, name), scope))
    if operation.audience in ("buyers", "both"):
        buyer = permitted_buyer(scope, name, widgets=operation.widgets)
        _add_route(routes, operation, operation.path, name, (buyer, scope))
    if operation.audience in ("servers", "both"):
        path, of_server = operation.path, name
        if operation.audience == "both":
            path, of_server = OF_ACCOUNT + operation.path.removeprefix("/account"), f"{name}_for_account"
        wanted = OF_SERVERS.get(scope, scope)
        _add_route(routes, operation, path, of_server, (permitted_server(scope, of_server), wanted))


def _add_route(
    routes: APIRouter, operation: Operation, path: str, name: str, permission: tuple[Permission, Scope]
) -> None:
    consent, scope = permission
    summary, _, description = (operation.endpoint.__doc__ or "").strip().partition("\n")
    extra: dict[str, Any] = {
        "security": [{"token": [str(scope)]}],
        "x-scope": str(scope),
    }
    if operation.asked is not None:
        extra["requestBody"] = {"content": {"application/json": {"example": operation.asked}}}
    of_account = path.startswith(OF_ACCOUNT)
    if of_account:
        extra["parameters"] = [ACCOUNT_PARAMETER]
    routes.add_api_route(
        PREFIX + path,
        operation.endpoint,
        methods=[operation.method],
        operation_id=name,
        name=name,
        summary=f"{summary.rstrip('.')} for an account" if of_account else summary.rstrip("."),
        description="\n".join(line.strip() for line in description.splitlines()).strip() or summary,
        tags=[operation.tag],
        status_code=operation.status,
        response_model=operation.answers,
        response_class=operation.response_class,
        dependencies=[Depends(consent)],
        responses=_responses(operation, of_account=of_account),
        openapi_extra=extra,
    )


def _responses(operation: Operation, *, of_account: bool) -> dict[int | str, dict[str, Any]]:
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": "; ".join(f"`{code}`" for code in codes)}
        for status, codes in codes_by_status(operation, of_account=of_account).items()
    }
    for status, description in operation.more.items():
        found[status] = {"description": description} | ({} if status == 304 else {"model": operation.answers})
    media_type = operation.response_class.media_type or "application/json"
    content: dict[str, Any] = {} if operation.status == 204 else {"content": {media_type: {}}}
    found[operation.status] = {"description": "As asked"} | content
    return found


def codes_by_status(operation: Operation, *, of_account: bool) -> dict[int, list[str]]:
    """Return the codes of problems that an operation may be answered with, by their status."""
    body = ("bad_request", "content_too_large") if operation.asked is not None else ()
    codes = [*ALWAYS, *operation.problems, *body, *(WRITES if operation.needs_key else ()), "invalid"]
    if of_account:
        codes.append("unknown_account")
    found: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        found.setdefault(KINDS[code].status, []).append(code)
    return dict(sorted(found.items()))


def headers_of(operation: Operation) -> list[str]:
    """Return the headers that good answers of an operation have, beside those of all."""
    pages = ["Link"] if "cursor_invalid" in operation.problems else []
    keys = ["Idempotent-Replayed"] if operation.needs_key else []
    return [*operation.headers, *pages, *keys]
