"""Routes of the admin pages: each names the permission that it needs, in its decorator."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from domain.access.role import Permission
from web.admin.operator import SESSION_SECONDS, FormGate, Gate, admin_of, from_own_page, set_cookie

F = TypeVar("F", bound=Callable[..., Any])


class AdminRoute(APIRoute):
    """A route whose answer carries the new cookie of an operator who has just proved who they are."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return what handles a request."""
        handle = super().get_route_handler()

        async def handle_and_set_cookie(request: Request) -> Response:
            answer: Response = await handle(request)
            token = getattr(request.state, "new_token", None)
            if token is not None:
                set_cookie(admin_of(request), answer, token, seconds=SESSION_SECONDS)
            return answer

        return handle_and_set_cookie


class AdminRouter:
    """The routes of one capability's pages; there is no way to add one that names no permission."""

    def __init__(self) -> None:
        self.routes = APIRouter(route_class=AdminRoute)

    def page(self, path: str, permission: Permission) -> Callable[[F], F]:
        """Add a page that whoever has the permission may look at."""
        return self._add(path, "GET", Depends(Gate(permission)))

    def action(self, path: str, permission: Permission) -> Callable[[F], F]:
        """Add what a form of ours does for whoever has the permission."""
        return self._add(path, "POST", Depends(FormGate(permission)))

    def public_page(self, path: str) -> Callable[[F], F]:
        """Add a page that anybody may look at."""
        return self._add(path, "GET")

    def public_action(self, path: str) -> Callable[[F], F]:
        """Add what a form of ours does for anybody."""
        return self._add(path, "POST", Depends(from_own_page))

    def _add(self, path: str, method: str, *dependencies: Any) -> Callable[[F], F]:
        def add(endpoint: F) -> F:
            self.routes.add_api_route(path, endpoint, methods=[method], dependencies=list(dependencies))
            return endpoint

        return add


def permission_of(route: APIRoute) -> Permission | None:
    """Return the permission that a route needs; None: it is public."""
    gates = [each.dependency for each in route.dependencies if isinstance(each.dependency, Gate | FormGate)]
    return gates[0].permission if gates else None
