"""The settings of this installation, as they are; nothing can be changed here, and no secret is shown."""

from fastapi import Request, Response

from domain.access.role import Permission
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show

router = AdminRouter()


@router.page("/settings", Permission.SETTINGS_READ)
def settings(request: Request, signed: SignedIn) -> Response:
    """Show the settings."""
    return show(request, "settings.html", signed, settings=admin_of(request).shown_settings)
