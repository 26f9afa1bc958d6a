"""Reading what a gateway lists, one object after the other: one that cannot be read hides none behind it."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from domain.gateway.errors import CallRefused, NotAllowed, NotFound, UnableToReach, Unreadable
from domain.gateway.recent import ListedObject, UnreadObject
from domain.gateway.webhook import Subject

T = TypeVar("T")

MAX_SILENT = 3
"""A gateway that gives no answer about so many objects in a row is away: the list was not read to its end."""

MOST_PAGES = 1_000
"""A list with more pages than these goes in a circle."""

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading an object of a shape that nobody foresaw raises."""


def pages(what: str) -> Iterator[int]:
    """
    Count the pages of a list from 0, for as long as its reader asks for another.

    Args:
        what: the list, in words that may stand in a log: `Stripe's list of events`.

    Raises:
        UnableToReach: it does not end.
    """
    yield from range(MOST_PAGES)
    raise UnableToReach(f"{what} does not end after {MOST_PAGES} pages")


def fetch_each(
    refs: Iterable[tuple[Subject, str]], fetch: Callable[[Subject, str], ListedObject]
) -> Iterator[ListedObject]:
    """
    Fetch the objects of a list; those about which the gateway gives no answer are asked for once more at the end.

    Else a list of some hundred objects would hardly ever be read to its end while one call in a hundred fails, and as
    the next list then begins where this one did, it would grow until it never is.

    Args:
        refs: what each is, and the gateway's id of it.
        fetch: fetches one.

    Raises:
        UnableToReach: the gateway gave no answer about several objects in a row, or its list cannot be read.
    """
    silent, unanswered = 0, []
    for subject, ref in _in_shape(refs):
        try:
            yield from _fetch(subject, ref, fetch)
        except UnableToReach as error:
            silent += not isinstance(error, NotAllowed)
            if silent >= MAX_SILENT:
                raise
            unanswered.append((subject, ref))
            continue
        silent = 0
    for subject, ref in unanswered:
        try:
            yield from _fetch(subject, ref, fetch)
        except UnableToReach as error:
            yield UnreadObject(subject, ref, _reason(error), is_unanswered=True)


def read_each(subject: Subject, bodies: Iterable[T], read: Callable[[T], ListedObject]) -> Iterator[ListedObject]:
    """
    Read the objects of a list that has them in full.

    Args:
        subject: what all of them are.
        bodies: as the gateway sent them.
        read: reads one.

    Raises:
        UnableToReach: the list itself cannot be read.
    """
    for body in _in_shape(bodies):
        try:
            found = read(body)
        except (CallRefused, Unreadable, *UNREADABLE) as error:
            ref = body.get("id") if isinstance(body, dict) else None
            found = UnreadObject(subject, str(ref)[:128], _reason(error))
        yield found


def _in_shape(listed: Iterable[T]) -> Iterator[T]:
    """Go through a list; a page of a shape that nobody foresaw ends it, and not what is read after this gateway."""
    try:
        yield from listed
    except UNREADABLE as error:
        raise Unreadable(f"a page of its list: {_reason(error)}") from error


def _fetch(subject: Subject, ref: str, fetch: Callable[[Subject, str], ListedObject]) -> tuple[ListedObject, ...]:
    try:
        return (fetch(subject, ref),)
    except NotFound:
        # Gateways forget unpaid orders sooner than the events about them.
        return ()
    except (CallRefused, Unreadable, *UNREADABLE) as error:
        return (UnreadObject(subject, ref, _reason(error)),)


def _reason(error: Exception) -> str:
    # A text of Python's own may quote what the gateway sent; our own sentences never do.
    is_ours = isinstance(error, CallRefused | UnableToReach)
    return str(error) if is_ours else f"its shape is not known here ({type(error).__name__})"
