"""Cards that a shop saves without a payment."""

import copy
from typing import Any

from tests.doubles.yookassa.objects import invalid, setup_json
from tests.doubles.yookassa.schemas import SETUP, first_fault
from tests.doubles.yookassa.shop import Shop, UnableToPlay


def open_setup(shop: Shop, request: Any, _decline: str | None = None) -> dict[str, Any]:
    """Answer `POST /payment_methods`."""
    if fault := first_fault(SETUP, request):
        raise invalid(fault[1], fault[0])
    with shop.lock:
        body = setup_json(request)
        body["confirmation"] = {"type": "redirect", "confirmation_url": shop.page(body["id"])}
        shop.setups[body["id"]] = body
        shop.setup_returns[body["id"]] = request["confirmation"]["return_url"]
        return copy.deepcopy(body)


def finish_setup(shop: Shop, ref: str) -> str:
    """Let the buyer give a good card; return where they come back to."""
    with shop.lock:
        body = _waiting(shop, ref)
        del body["confirmation"]
        body.update(shop.card(ref, is_saved=True))
        shop.methods.add(ref)
        shop.emit("payment_method.active", body)
        return shop.setup_returns[ref]


def fail_setup(shop: Shop, ref: str) -> None:
    """Let the card not be saved; YooKassa has no notification of that."""
    with shop.lock:
        body = _waiting(shop, ref)
        del body["confirmation"]
        body["status"] = "inactive"


def _waiting(shop: Shop, ref: str) -> dict[str, Any]:
    body = shop.setups.get(ref)
    if body is None or body["status"] != "pending":
        raise UnableToPlay(f"there is no setup {ref} that waits")
    return body
