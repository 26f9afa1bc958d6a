"""Forms that nobody has filled in at a page of ours: zeros, numbers without end, half characters, in every field."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from domain.access.role import Role
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.portal.browser import OWN_PAGE, Clock
from web.admin.app import PARTS
from web.admin.settings import Admin

OF_THE_SENDING = frozenset({"form_secret", "proof", "proof_passkey"})

ROUTES = [
    route
    for part in PARTS
    for route in part.router.routes.routes
    if isinstance(route, APIRoute) and "POST" in route.methods and not route.path.startswith(("/sign-in", "/invite/"))
]

ODD = {"a zero": "a\0b", "half a character": b"\xed\xa0\x80", "a number without end": "9" * 40}


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(admin: Admin) -> Desk:
    """An account that has bought."""
    return open_desk(admin)


@pytest.fixture(scope="module")
def operator(admin: Admin, clock: Clock, owner: OperatorBrowser) -> Iterator[OperatorBrowser]:
    """An owner whose session these forms may end."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.OWNER)


def fields(dependant: Dependant) -> set[str]:
    """The names of all fields that a form of a route may have."""
    names: set[str] = set()
    for one in dependant.body_params:
        inner = getattr(one.field_info.annotation, "model_fields", None)
        names |= set(inner) if inner else {one.alias}
    for each in dependant.dependencies:
        names |= fields(each)
    return names - OF_THE_SENDING


def right(desk: Desk) -> dict[str, Any]:
    """What is right in fields of these names."""
    return {
        "account_id": desk.account,
        "id": desk.order_id,
        "order_id": desk.order_id,
        "usage_id": desk.usage_id,
        "form_id": "an-odd-form",
        "minutes": "1",
        "amount_minor": "1",
        "expected_minor": "1",
        "expected_seconds": "600",
        "reason": "because",
    }


@pytest.mark.parametrize("odd", ODD)
def test_are_answered_with_a_page_whatever_the_form(operator: OperatorBrowser, desk: Desk, odd: str) -> None:
    assert len(ROUTES) > 35
    known = right(desk)

    for route in ROUTES:
        if route.path in ("/leave", "/sessions/{session_id}/end"):
            continue
        path = route.path.replace("{name}", "anna").replace("{number}", "1").replace("{passkey_id}", "1")
        named = [*sorted(fields(route.dependant)), "reason", "code", "name"]
        for few in (named, ["reason"]):
            form = {name: known[name] for name in named if name in known} | dict.fromkeys(few, ODD[odd])
            answer = send(operator, path, form)

            assert answer.status_code < 500, (path, few)


def send(operator: OperatorBrowser, path: str, form: dict[str, Any]) -> Any:
    """Send a form as bytes, with a proof where one is needed."""
    secret = operator.form_secret()
    headers = {**OWN_PAGE, "Content-Type": "application/x-www-form-urlencoded"}
    answer = operator.client.post(path, content=urlencode({"form_secret": secret, **form}), headers=headers)
    if answer.status_code == 403 and 'name="proof"' in answer.text:
        body = urlencode({"form_secret": secret, "proof": operator.code(), **form})
        answer = operator.client.post(path, content=body, headers=headers)
    return answer
