"""Trying a code before buying: what it would change for several products, counted like every other try."""

from collections.abc import Sequence
from dataclasses import replace

from domain.promotions.tries import WINDOW
from domain.refusal import Refusal
from store.engine import Session
from store.promotions.buyer import find_account
from workers.context import Context
from workers.promotions.quote import Asked, Quote, quote
from workers.promotions.tries import Try, check_tries, note_refusal


def quote_all(
    context: Context, asked: Asked, product_ids: Sequence[str], *, address: str | None = None
) -> dict[str, Quote | Refusal] | Refusal:
    """
    Return what each product would cost with the codes that are asked about, or why no code may be tried now.

    Where no product takes them that is one refused try, so that nobody finds codes by looking at prices.

    Args:
        context: its shop and gateways.
        asked: its product does not count.
        product_ids: at least one.
        address: where the request came from, if that is one person's.
    """
    at = context.clock()

    def ask(session: Session) -> dict[str, Quote | Refusal] | Refusal:
        account = find_account(session, asked.account_id, since=at - WINDOW).number
        # Nobody knows the account yet: it is nobody's try, and nobody could buy.
        attempt = Try(account, address, at) if account and asked.codes else None
        if attempt is not None and (refusal := check_tries(session, attempt)) is not None:
            return refusal
        quotes = {one: quote(session, context, replace(asked, product_id=one), at=at) for one in product_ids}
        refusals = [one for one in quotes.values() if isinstance(one, Refusal)]
        if attempt is not None and len(refusals) == len(quotes):
            note_refusal(session, attempt, refusals[0])
        return quotes

    return context.transact(ask)
