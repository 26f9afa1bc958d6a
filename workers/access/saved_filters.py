"""Saving filters of a list under a name, and deleting them; each operator has their own."""

from domain.access.act import Act, Actor
from store.access.audit_log import add_act
from store.access.saved_filter import MOST, delete_filter, save_filter
from store.engine import Session
from workers.context import Context


class UnableToSave(ValueError):
    """Filters are not saved; the text says why."""


def save_filters(context: Context, actor: Actor, path: str, named: tuple[str, str]) -> None:
    """
    Save filters of a list under a name, in place of those that have it, with a line in the audit log.

    Args:
        context: its clock and store.
        actor: an operator.
        path: of the list.
        named: the name, and the filters as they stand in the address.

    Raises:
        UnableToSave: there are too many of this list already.
        Unavailable: the store is away; nothing was saved.
    """
    operator, at = _number(actor), context.clock()

    def save(session: Session) -> bool:
        is_saved = save_filter(session, operator, path, named, at=at)
        if is_saved:
            act = Act(actor, "filter.save", f"list:{path}", detail={"name": named[0], "query": named[1]})
            add_act(session, act, at=at)
        return is_saved

    if not context.transact(save):
        raise UnableToSave(f"{MOST} filters of this list are saved already; delete one first")


def delete_filters(context: Context, actor: Actor, filter_id: int) -> bool:
    """Delete saved filters of an operator's own, with a line in the audit log; False: they have none of this id."""
    operator, at = _number(actor), context.clock()

    def forget(session: Session) -> bool:
        is_gone = delete_filter(session, operator, filter_id)
        if is_gone:
            add_act(session, Act(actor, "filter.delete", f"filter:{filter_id}"), at=at)
        return is_gone

    return context.transact(forget)


def _number(actor: Actor) -> int:
    assert actor.operator is not None, "a command has no filters"
    return actor.operator
