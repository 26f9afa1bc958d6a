"""Proving every invariant, and saving the verdict."""

from store.audit.run import audit
from store.statistics.audit_run import save_audit_run
from workers.context import Context
from workers.due_run import Counts


def prove(context: Context) -> Counts:
    """Prove every invariant and save the verdict; return how many there are and how many did not hold."""
    began_at = context.clock()
    found = audit(context.engine)
    broken = {check.invariant.name: len(check.rows) for check in found.checks if not check.holds}
    ended_at = context.clock()
    context.transact(
        lambda session: save_audit_run(
            session, began_at=began_at, ended_at=ended_at, invariants=len(found.checks), broken=broken
        )
    )
    return {"invariants": len(found.checks), "broken": len(broken)}
