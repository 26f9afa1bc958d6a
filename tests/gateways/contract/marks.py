"""For which gateways a test of the contract is meant, and what several tests speak of."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from domain.money import Money
from tests.doubles.faults import Fault
from tests.gateways.contract.abilities import Abilities
from tests.gateways.folders import NAMES

ABILITIES: tuple[Abilities, ...] = tuple(import_module(f"tests.gateways.{name}.abilities").ABILITIES for name in NAMES)
"""One of each gateway."""

NOTHING: dict[str, tuple[int, int]] = {}
NOTHING_DONE = [Fault.ERROR_BEFORE, Fault.HTML, Fault.BLOCKED]
UNCLEAR = [*NOTHING_DONE, Fault.ERROR_AFTER_COMMIT]
DAY = timedelta(days=1)

ODD_REFS = ["", "..", "../refunds", "a/b?c=1#d", "x" * 300, "é", "a b"]
"""What no gateway ever gave as an id, and what must not become a part of an address."""


def only(can: Callable[[Abilities], bool]) -> Any:
    """Return the mark of tests that are for some gateways alone."""
    some = [able for able in ABILITIES if can(able)]
    return pytest.mark.parametrize("harness", some, indirect=True, ids=lambda able: able.name)


def only_headed(headers: Callable[[Abilities], tuple[Mapping[str, str], ...]]) -> Any:
    """Return the mark of tests that are for headers of each gateway's own."""
    cases = [
        pytest.param(able, each, id=f"{able.name}-{place}")
        for able in ABILITIES
        for place, each in enumerate(headers(able))
    ]
    return pytest.mark.parametrize(("harness", "headers"), cases, indirect=["harness"])


def only_priced(prices: Callable[[Abilities], tuple[Money, ...]]) -> Any:
    """Return the mark of tests that are for prices of each gateway's own."""
    cases = [pytest.param(able, price, id=f"{able.name}-{price}") for able in ABILITIES for price in prices(able)]
    return pytest.mark.parametrize(("harness", "price"), cases, indirect=["harness"])


WITH_DISPUTES = only(lambda able: able.has_disputes)
WITHOUT_DISPUTES = only(lambda able: not able.has_disputes)
CHECKING_CURRENCY = only(lambda able: able.checks_refund_currency)
LISTING_CHARGES = only(lambda able: able.lists_charges)
LISTING_NO_CHARGES = only(lambda able: not able.lists_charges)
SIGNING = only(lambda able: bool(able.signed_by))
UNSIGNED = only(lambda able: not able.signed_by)
WITH_LOOK_ALIKES = only_headed(lambda able: able.look_alikes)
TAKEN = only_priced(lambda able: (able.price, *able.taken))
REFUSED = only_priced(lambda able: able.refused)
