"""Today: what an operator looks at first."""

from fastapi import Request, Response

from domain.access.role import Permission
from web.admin.operator import SignedIn
from web.admin.route import AdminRouter
from web.admin.show import show

router = AdminRouter()


@router.page("/", Permission.OVERVIEW_READ)
def today(request: Request, signed: SignedIn) -> Response:
    """Show how things stand."""
    return show(request, "today.html", signed)
