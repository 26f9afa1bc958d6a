"""Each route of the API names a permission, or is public by name; nothing is authorised by its path."""

from fastapi.routing import APIRoute, iter_route_contexts

from store.engine import open_engine
from web.api.app import create_app
from workers.context import Context

PUBLIC = {
    "/healthz",
    "/readyz",
    "/docs",
    "/docs/messages",
    "/docs/problems",
    "/docs/openapi.json",
    "/docs/asyncapi.json",
    "/docs/static/{name}",
}

CONSENTS = ("permitted_buyer.", "permitted_server.", "permitted_anybody.", "Callers.with_scope.")
"""The dependencies that ask for a token and a scope."""


def routes() -> list[APIRoute]:
    """Every route of the API."""
    app = create_app(Context(open_engine("postgresql://nobody@127.0.0.1:1/none")))
    found = [context.original_route for context in iter_route_contexts(app.routes)]
    return [route for route in found if isinstance(route, APIRoute)]


def consents(route: APIRoute) -> list[str]:
    """The permissions that a route asks for."""
    names = [getattr(one.call, "__qualname__", "") for one in route.dependant.dependencies]
    return [name for name in names if name.startswith(CONSENTS)]


class TestPermissions:
    def test_each_route_names_one_or_is_public(self) -> None:
        found = {route.path: len(consents(route)) for route in routes()}

        assert {path for path, count in found.items() if count == 0} == PUBLIC
        assert {path for path, count in found.items() if count > 1} == set()

    def test_is_asked_before_anything_else(self) -> None:
        late = [
            route.path
            for route in routes()
            if route.path.startswith("/api/v1/") and consents(route)
            if not getattr(route.dependant.dependencies[0].call, "__qualname__", "").startswith(CONSENTS)
        ]

        assert late == []

    def test_routes_of_accounts_are_for_servers(self) -> None:
        of_accounts = [route for route in routes() if "{account_id}" in route.path]

        assert of_accounts
        assert {one.split(".")[0] for route in of_accounts for one in consents(route)} == {"permitted_server"}
