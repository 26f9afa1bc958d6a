"""The catalogue: what is sold, for how much in each currency, and what it is called in each language."""

from typing import Annotated

from fastapi import Query, Request, Response

from domain.access.role import Permission
from store.catalogue.read import find_product, list_products
from store.reading import reading
from web.admin.operator import SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show

router = AdminRouter()


@router.page("/catalogue", Permission.CATALOGUE_READ)
def catalogue(request: Request, signed: SignedIn) -> Response:
    """Show all products."""
    with reading(admin_of(request).context.engine) as session:
        products = list_products(session)
    return show(request, "catalogue.html", signed, products=products)


@router.page("/product", Permission.CATALOGUE_READ)
def product(request: Request, signed: SignedIn, id: Annotated[str, Query(max_length=64)]) -> Response:  # noqa: A002
    """Show one product."""
    with reading(admin_of(request).context.engine) as session:
        found = find_product(session, id)
    if found is None:
        return show(request, "not_found.html", signed, status=404)
    return show(request, "product.html", signed, product=found)
