"""Saved filters: an operator keeps the filters of a list under a name, and finds them above the list."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from store.access.read_operators import SavedFilter, list_saved_filters
from store.reading import reading
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.saved_filters import UnableToSave, delete_filters, save_filters

router = AdminRouter()

LISTS = ("/accounts", "/letters", "/orders", "/promotions", "/review", "/subscriptions")
"""Lists whose filters can be saved."""

NO_FILTERS = frozenset({"cursor", "done", "outstanding"})
"""Names in an address that say something else."""

MAX_QUERY_CHARACTERS = 1_000

Path = Annotated[str, Form(max_length=100)]


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands above a list: its path, the filters of its address, and those that are saved."""

    path: str
    query: str
    lines: tuple[SavedFilter, ...]


def saved_of(request: Request, signed: Signed) -> Saved:
    """Return what stands above the list that a request asks for."""
    path = request.scope["path"]
    with reading(admin_of(request).context.engine) as session:
        lines = list_saved_filters(session, signed.operator.number, path)
    return Saved(path, _filters(request.url.query), tuple(lines))


@router.action("/saved-filters", Permission.OVERVIEW_READ)
def save(
    request: Request,
    signed: SignedIn,
    path: Path,
    query: Annotated[str, Form(max_length=MAX_QUERY_CHARACTERS)],
    name: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Save the filters of a list under a name."""
    filters, name = _filters(query), name.strip()
    if path not in LISTS or not filters or not name.isprintable() or not name:
        return show(request, "malformed.html", signed, status=422)
    try:
        save_filters(admin_of(request).context, signed.actor, path, (name, filters))
    except UnableToSave as error:
        return show(request, "saved_refused.html", signed, status=409, fault=f"{error}.", back=f"{path}?{filters}")
    return RedirectResponse(f"{path}?{filters}", status_code=303)


@router.action("/saved-filters/delete", Permission.OVERVIEW_READ)
def delete(request: Request, signed: SignedIn, path: Path, number: Annotated[int, Form(gt=0, lt=2**63)]) -> Response:
    """Delete saved filters; those that are gone already stay gone."""
    if path not in LISTS:
        return show(request, "malformed.html", signed, status=422)
    delete_filters(admin_of(request).context, signed.actor, number)
    return RedirectResponse(path, status_code=303)


def _filters(query: str) -> str:
    """Return the filters of an address alone, those that are set."""
    pairs = [(name, value) for name, value in parse_qsl(query) if name not in NO_FILTERS and value]
    return urlencode(pairs)[:MAX_QUERY_CHARACTERS]
