"""Currencies: which codes are those of money that is in use."""

from functools import cache

from babel.core import get_global
from babel.numbers import get_territory_currencies


@cache
def currencies_in_use() -> frozenset[str]:
    """Return the codes of currencies in use today; Babel also knows withdrawn ones such as RUR and DEM."""
    return frozenset(
        code for territory in get_global("territory_currencies") for code in get_territory_currencies(territory)
    )
