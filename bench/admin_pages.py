"""How long each page of the admin takes; the pages are found in the application's own routes."""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from statistics import quantiles
from types import MappingProxyType, UnionType
from typing import Any, Union, cast, get_args, get_origin

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bench.contest import UnableToFinish
from domain.access.role import Role
from store.engine import Engine
from tests.asgi.running import running
from tests.web.admin.browser import OperatorBrowser
from tests.web.portal.browser import Clock
from web.admin.app import create_admin
from web.admin.settings import Admin
from web.admin.sheets import SHEETS
from workers.context import Context

CALLS, WARM = 40, 3

BEST = "best:"
"""Before the name of the quickest call: where others use the machine as well, the 95th percentile is theirs."""

FILES = (
    "/healthz",
    "/queues/events",
    "/static",
    "/export",
    "/sign-in",
    "/oidc",
    "/statistics/{name}/csv",
    "/statistics/{name}/json",
)
"""Beginnings of paths of what is no page of an operator who is signed in, hands out a whole list, or never ends."""

VALUES: Mapping[str, str] = MappingProxyType(
    {"/account": "{account}", "/account/grant": "{account}", "/order": "{order}", "/order/refund": "{order}"}
    | {"/product": "product-1", "/subscription": "{subscription}", "/usage": "{usage}", "/trace": "{usage}"}
    | {"/search": "{account}", "/letters/{number}": "1"}
)
"""What the page of one thing is asked for."""

BY = MappingProxyType({"/search": "q"})
"""How it is called where it is no id."""

PERIODS = (30, 365)
"""Days of a page of figures: as it opens, and a year."""


def measure_admin(engine: Engine, things: Mapping[str, str], *, calls: int = CALLS) -> dict[str, float]:
    """
    Return the 95th percentile of each page, in milliseconds, by its address, `list:` or `figures:` before it; and the
    quickest call of each.

    Lists are also asked for their second page, and by each value of a filter that has a few; figures for a month and
    for a year. A page of one thing is left out where `VALUES` does not say what to ask it for.
    """
    clock = Clock(datetime.now(UTC))
    admin = Admin(Context(engine, clock=clock, gateways={}), "http://127.0.0.1")
    app = create_admin(admin)
    found: dict[str, float] = {}
    with running(app) as url:
        admin = Admin(admin.context, url)
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(Role.OWNER)
            for kind, address in _addresses(admin, things, today=clock.at):
                found |= _timed(f"{kind}:{address}", browser, address, calls)
                if kind == "list" and (older := _older(browser, address)):
                    found |= _timed(f"{kind}:{address} (second page)", browser, older, calls)
    return found


def unmeasured() -> list[str]:
    """Return the paths of pages that nothing is known to be asked for."""
    return [path for path, route in _pages() if not _has_values(path, route) and not path.endswith("/{name}")]


def _addresses(admin: Admin, things: Mapping[str, str], *, today: datetime) -> Iterator[tuple[str, str]]:
    for path, route in _pages():
        if "{" in path.replace("{name}", "") and path not in VALUES:
            continue
        if path.startswith("/statistics"):
            names = SHEETS if "{name}" in path else ("",)
            for name, days in ((name, days) for name in names for days in PERIODS):
                since = today.date() - timedelta(days=days - 1)
                yield "figures", f"{path.format(name=name)}?first={since}&last={today.date()}"
        elif path in VALUES:
            value = VALUES[path].format(**things)
            yield "page", path.format(number=value) if "{" in path else f"{path}?{BY.get(path, 'id')}={value}"
        elif _has_values(path, route):
            yield "list", path
            for name, value in _filters(route):
                yield "list", f"{path}?{name}={value}"


def _pages() -> list[tuple[str, APIRoute]]:
    app = create_admin(Admin(Context(cast(Any, None)), "http://127.0.0.1:1"))
    routes: dict[str, APIRoute] = {}
    for context in iter_route_contexts(_fastapi(app).routes):
        route = context.original_route
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.path.startswith(FILES):
            routes[route.path] = route
    return sorted(routes.items())


def _fastapi(app: Any) -> FastAPI:
    while not isinstance(app, FastAPI):
        app = getattr(app, "_app", None) or app.app
    return app


def _has_values(path: str, route: APIRoute) -> bool:
    return path in VALUES or ("{" not in path and not any(one.is_required() for one in _asked(route).values()))


def _asked(route: APIRoute) -> dict[str, FieldInfo]:
    """Return what an address may ask for, by name."""
    found: dict[str, FieldInfo] = {}
    for one in route.dependant.query_params:
        kind = one.field_info.annotation
        is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
        found |= kind.model_fields if is_model else {one.alias: one.field_info}  # type: ignore[union-attr]
    return found


def _filters(route: APIRoute) -> Iterator[tuple[str, str]]:
    """Return each value of the filters that have a list of values."""
    for name, asked in _asked(route).items():
        kinds = [asked.annotation]
        while kinds:
            kind = kinds.pop()
            if get_origin(kind) in (Union, UnionType):
                kinds += get_args(kind)
            elif isinstance(kind, type) and issubclass(kind, Enum):
                yield from ((name, str(member.value)) for member in kind)


def _older(browser: OperatorBrowser, address: str) -> str | None:
    text = browser.get(address).text
    at = text.find("cursor=")
    if at < 0:
        return None
    begin, end = text.rfind('"', 0, at) + 1, text.find('"', at)
    return text[begin:end].replace("&amp;", "&")


def _timed(name: str, browser: OperatorBrowser, address: str, calls: int) -> dict[str, float]:
    times_ms = []
    for _ in range(WARM + calls):
        began = time.perf_counter()
        answer: httpx.Response = browser.get(address)
        times_ms.append(1000 * (time.perf_counter() - began))
        if answer.status_code not in (200, 303):
            raise UnableToFinish(f"{address} was answered with {answer.status_code}")
        if sum(times_ms) > 60_000:
            break
    counted = times_ms[min(WARM, len(times_ms) - 2) :]
    return {name: round(quantiles(counted, n=20)[18], 1), f"{BEST}{name}": round(min(counted), 1)}
