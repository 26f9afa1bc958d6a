"""Operators who have done something, and each way in which what was stored of them can be wrong."""

from datetime import datetime

import pyotp

from domain.access.act import Act, actor_of_command
from domain.access.role import Role
from messages.minutes.requests import PackageGrantRequested
from store.access.audit_log import HASH
from store.engine import Engine
from workers.access.factor import Proof
from workers.access.operator_sessions import note_act
from workers.access.operators import invitation_of, invite_operator, join
from workers.context import Context
from workers.operate import operate
from workers.submit import Submission

CLOSED = (
    "INSERT INTO standing_change (account, standing, by, reason, message, at)"
    " SELECT number, 'closed', 'operator/olga', 'case 118', 1, now() FROM account WHERE id = 'helped'"
)

UNGUARDED_LOG = "ALTER TABLE audit_log DISABLE TRIGGER USER"
DATA = {"seconds": 60, "kind": "support", "reason": "an outage"}

OF_THE_MESSAGE = "(SELECT id FROM audit_log WHERE source IS NOT NULL)"

ACCESS_SECRETS = ("of-the-tests-of-the-audit-0123456789",)
"""What those tests seal the log with."""

_COLUMNS = "at, operator, name, role, session_id, address, request_id, action, object, account_id, reason, detail"

ADDED = f"""
    INSERT INTO audit_log (id, {_COLUMNS}, previous_hash, hash)
    SELECT id, {_COLUMNS}, previous_hash, {HASH} FROM (
        SELECT id + 1 AS id, {_COLUMNS}, NULL::text AS source, NULL::text AS event_id, hash AS previous_hash
        FROM audit_log ORDER BY audit_log.id DESC LIMIT 1
    ) AS line
"""

ACCESS_TAMPERED: dict[str, dict[str, list[str]]] = {
    "audit-log-chain": {
        "another reason": [UNGUARDED_LOG, "UPDATE audit_log SET reason = 'another' WHERE reason IS NOT NULL"],
        "another operator": [UNGUARDED_LOG, "UPDATE audit_log SET name = 'somebody' WHERE id = 2"],
        "a line taken out": [UNGUARDED_LOG, "DELETE FROM audit_log WHERE id = 2"],
        "a line added by hand": [
            "INSERT INTO audit_log SELECT (jsonb_populate_record(audit_log, jsonb_build_object('id', id + 1, 'source',"
            " NULL, 'event_id', NULL))).* FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)",
        ],
        "lines that changed places": [
            UNGUARDED_LOG,
            "UPDATE audit_log SET id = 100 WHERE id = 1",
            "UPDATE audit_log SET id = 1 WHERE id = 2",
            "UPDATE audit_log SET id = 2 WHERE id = 100",
        ],
    },
    "audit-log-seals": {
        "a line with a right hash, added by somebody who has no key": [ADDED],
        "a line sealed by another key": [UNGUARDED_LOG, "UPDATE audit_log SET seal = sha256(hash) WHERE id = 2"],
    },
    "audit-log-messages": {
        "its end cut off": [UNGUARDED_LOG, f"DELETE FROM audit_log WHERE id >= {OF_THE_MESSAGE}"],
        "a message that nobody sent": ["UPDATE inbox SET source = 'somebody' WHERE source = 'operator/root'"],
    },
    "audit-log-anchors": {
        "its end cut off after it was noted": [
            UNGUARDED_LOG,
            "INSERT INTO due_run (job, slot, started_at, ended_at, outcome, counts)"
            " SELECT 'anchor-audit-log', now(), now(), now(), 'done', jsonb_build_object('line', max(id), 'hash', 1)"
            " FROM audit_log",
        ],
    },
    "closed-accounts-are-empty": {
        "opened again": [CLOSED],
        "a name that came back": [
            CLOSED,
            "UPDATE account SET closed_at = now(), username = 'Anna' WHERE id = 'helped'",
        ],
        "a browser that came back": [
            CLOSED,
            "UPDATE account SET closed_at = now() WHERE id = 'helped'",
            "INSERT INTO push_subscription (created_at, account, endpoint, p256dh, auth)"
            " SELECT now(), number, 'https://push.example/1', 'k', 'a' FROM account WHERE id = 'helped'",
        ],
    },
    "two-people-approve": {
        "an approval that nothing came of": [
            "INSERT INTO operator_request (account, kind, words, data, message_id, reason, asked_by, asked_at, state,"
            " decided_by, decided_at) SELECT number, 'grant', '700 minutes', '{}', 'f-1', 'x', 'anna', now(), 'approved',"
            " 'boris', now() FROM account WHERE id = 'helped'",
        ],
    },
    "operators-have-a-factor": {
        "the only one gone": ["UPDATE operator SET totp_secret = NULL"],
    },
    "operators-have-an-owner": {
        "the last one disabled": ["UPDATE operator SET disabled_at = now()"],
        "the last one degraded": ["UPDATE operator SET role = 'viewer'"],
    },
}


def live_by_operators(engine: Engine, *, now: datetime) -> None:
    """Let an operator join, grant minutes, and look at an account."""
    context, actor = Context(engine, clock=lambda: now), actor_of_command("root")
    token = invite_operator(context, actor, "olga", Role.OWNER)
    invitation = invitation_of(context, token)
    assert invitation is not None
    password, code = "eleven grey herons waltz quietly", pyotp.TOTP(invitation.totp_secret).at(now)
    join(context, token, password=password, proof=Proof(code), address=None)
    note_act(context, Act(actor, "account.view", account_id="helped"))
    act = Act(actor, "minutes.grant", account_id="helped", reason="an outage")
    operate(context, act, Submission(PackageGrantRequested, "helped", DATA, ""))
