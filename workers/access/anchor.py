"""Anchoring the audit log: its last line is noted outside of it, so that nobody can cut its end off unseen."""

import logging
from collections.abc import Mapping

from store.access.audit_log import head_of_log
from store.reading import reading
from workers.context import Context

log = logging.getLogger(__name__)

DIGITS = 12
"""Of the hash, those that are saved with the run of the job; 48 bits are a whole number that JSON keeps exactly."""


def anchor_audit_log(context: Context) -> Mapping[str, int]:
    """
    Log number and hash of the last line; whoever collects logs elsewhere can prove the audit log with it.

    Returns:
        `line` and the first 48 bits of its hash, both 0 where there is none; they are saved with the run.
    """
    with reading(context.engine) as session:
        head = head_of_log(session)
    if head is None:
        return {"line": 0, "hash": 0}
    line, digits = head
    log.info("the audit log ends with line %d, sha256 %s", line, digits)
    return {"line": line, "hash": int(digits[:DIGITS], 16)}
