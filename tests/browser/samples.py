"""For each page of the portal, addresses that show it in the states that look different."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, cast

from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from messages.promotions.codes import PromotionCreateRequested
from tests.browser.installation import Installation
from tests.browser.visiting import Visitor
from tests.web.portal.browser import Browser as HttpBrowser
from tests.workers.events import grant, usage
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.submit import Submission, submit

Who = Literal["rich", "new", "nobody"]

CODE = "BROWSER20"


@dataclass(frozen=True, slots=True)
class Sample:
    """
    One address, who looks at it, and what they must have done in this browser before.

    `address` makes it, with the rich account's things at hand; `{language}` in it is that of the look.
    """

    address: Callable[["Things"], str]
    who: Who = "rich"
    before: Callable[[Visitor], None] = lambda _visitor: None


class Things:
    """Two accounts, made once: one that has everything that a page can show, and one that has nothing."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.rich = installation.account(currency="KZT")
        self.new = installation.account(currency="EUR")
        self._fill()

    def account(self, who: Who) -> str:
        """Return the id of an account."""
        return {"rich": self.rich, "new": self.new}[who].account

    @cached_property
    def paid_order(self) -> str:
        """An order that is paid, and can be given back."""
        return self._order(is_paid=True)

    @cached_property
    def open_order(self) -> str:
        """An order that waits for its payment."""
        return self._order(is_paid=False)

    def _order(self, *, is_paid: bool) -> str:
        with self.installation.signed_in(self.rich.account) as browser:
            order_id = buy(browser, "standard")
        if is_paid:
            self.installation.pay(order_id, "sandbox")
        return order_id

    def _fill(self) -> None:
        now = datetime.now(UTC)
        rich = self.rich
        gift = grant(rich.account, 1_800, kind="bonus", expires_at=now + timedelta(days=4), activated_at=now)
        used = [usage(rich.account, 30 + number, at=now) for number in range(35)]
        rich.apply(grant(rich.account, 36_000, activated_at=now), gift, *used, now=now)
        much = {"promotion_id": "browser", "kind": "percent_off", "share": 2_000, "code": CODE, "created_by": "ann"}
        context = self.installation.portal.context
        submit(context, Submission(PromotionCreateRequested, None, much, "test", str(uuid.uuid4())))
        with self.installation.signed_in(rich.account) as browser:
            browser.send_form("/friends", {}, of="/friends")
            link = found(r"/invited/[A-Z0-9-]+", browser.get("/friends").text)
        self.invitation = link
        friend = self.installation.account()
        with self.installation.signed_in(friend.account) as browser:
            browser.send_form(link, {"form_id": str(uuid.uuid4())}, of=link)
        self.installation.subscribe(rich.account)


def buy(browser: HttpBrowser, product: str) -> str:
    """Order a product by the page's own form, and return the order's id."""
    form = {"product_id": product, "form_id": f"{uuid.uuid4()}-1"}
    return browser.send_form("/buy", form, of="/buy").headers["location"].removeprefix("/pay/")


def found(pattern: str, text: str) -> str:
    """Return the first match of a pattern."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match.group()


def _ask_for_code(visitor: Visitor) -> None:
    visitor.page.goto("/enter")
    visitor.page.locator("input[name=mail]").fill(f"{uuid.uuid4().hex}@example.org")
    visitor.page.locator("form[action='/enter/mail'] button").click()
    visitor.page.wait_for_url("**/enter/code")


def _at(path: str, who: Who = "rich") -> Sample:
    return Sample(lambda _things: path, who)


PAGES: Mapping[str, tuple[Sample, ...]] = MappingProxyType(
    {
        "/": (_at("/"), _at("/", "new")),
        "/buy": (_at("/buy"), _at(f"/buy?code={CODE}"), _at("/buy?code=NO-SUCH-CODE", "new")),
        "/pay/{order_id}": (Sample(lambda things: f"/pay/{things.open_order}"),),
        "/return/{order_id}": (
            Sample(lambda things: f"/return/{things.paid_order}"),
            Sample(lambda things: f"/return/{things.open_order}?waited=60"),
        ),
        "/history": (_at("/history"), _at("/history", "new")),
        "/receipts": (_at("/receipts"), _at("/receipts", "new")),
        "/receipts/{order_id}": (
            Sample(lambda things: f"/receipts/{things.paid_order}"),
            Sample(lambda things: f"/receipts/{things.open_order}"),
        ),
        "/receipts/{order_id}/refund": (Sample(lambda things: f"/receipts/{things.paid_order}/refund"),),
        "/packages": (_at("/packages"),),
        "/subscription": (_at("/subscription"), _at("/subscription", "new")),
        "/subscription/change": (_at("/subscription/change"),),
        "/subscription/method": (_at("/subscription/method"), _at("/subscription/method", "new")),
        "/subscription/method/returned/{setup_id}": (_at("/subscription/method/returned/none"),),
        "/subscription/started/{form_id}": (_at("/subscription/started/none"),),
        "/topup": (_at("/topup"), _at("/topup", "new")),
        "/friends": (_at("/friends"), _at("/friends", "new")),
        "/invited/{code}": (
            Sample(lambda things: things.invitation, "new"),
            Sample(lambda things: things.invitation, "nobody"),
        ),
        "/settings/notices": (_at("/settings/notices"),),
        "/settings/data": (_at("/settings/data"),),
        "/settings/devices": (_at("/settings/devices"),),
        "/offline": (_at("/offline?lang={language}", "nobody"),),
        "/widget": (_at("/widget", "nobody"),),
        "/unsubscribe/{token}": (
            Sample(lambda things: things.installation.unsubscribe_path(things.account("rich")), "nobody"),
            _at("/unsubscribe/none", "nobody"),
        ),
        "/enter": (_at("/enter", "nobody"),),
        "/enter/{token}": (_at("/enter/none", "nobody"),),
        "/enter/code": (Sample(lambda _things: "/enter/code", "nobody", _ask_for_code),),
    }
)
"""The path of a route -> its samples."""

NO_ROUTE = "(no such page)"

OTHERS: Mapping[str, tuple[Sample, ...]] = MappingProxyType({NO_ROUTE: (_at("/nope"), _at("/nope", "nobody"))})
"""Pages that are no route."""

FILES: Mapping[str, Sample] = MappingProxyType(
    {
        "/events": _at("/events"),
        "/healthz": _at("/healthz", "nobody"),
        "/history.csv": _at("/history.csv"),
        "/settings/data.json": _at("/settings/data.json"),
        "/static/{name}": _at("/static/look.css"),
        "/app/{language}.webmanifest": _at("/app/ru.webmanifest", "nobody"),
        "/service-worker.js": _at("/service-worker.js", "nobody"),
        "/widget.js": _at("/widget.js", "nobody"),
    }
)
"""What a browser opens without showing a page of ours."""


def read_paths(app: ASGIApp) -> list[str]:
    """Return the paths of every route of an application that a browser can open."""
    inside = app
    while not hasattr(inside, "routes"):
        inside = getattr(inside, "_app", None) or cast(Any, inside).app
    routers = [getattr(route, "original_router", None) for route in inside.routes]
    routes = [*inside.routes, *(route for router in routers if router is not None for route in router.routes)]
    return sorted({route.path for route in routes if isinstance(route, APIRoute) and "GET" in route.methods})


PATHS = tuple(read_paths(create_portal(Portal(cast(Any, None), "http://127.0.0.1:1"))))
"""Of every route of the portal."""
