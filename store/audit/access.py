"""The invariants of access: the audit log is whole, and operators have a factor and among them an owner."""

from store.access.audit_log import FIRST, HASH, SEAL
from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "audit-log-chain",
        "the lines of the audit log count from 1 without a gap, and each has the hash of itself and the one before",
        f"""
        SELECT line.id, line.name, line.action, line.number AS expected_id, encode(line.hash, 'hex') AS hash
        FROM (SELECT *, row_number() OVER (ORDER BY id) AS number,
                     coalesce(lag(hash) OVER (ORDER BY id), {FIRST}) AS hash_before FROM audit_log) AS line
        WHERE line.id <> line.number OR line.previous_hash <> line.hash_before OR line.hash <> {HASH}
        """,
    ),
    Invariant(
        "audit-log-seals",
        "from the first sealed line of the audit log on, each is sealed by a key of ours, where keys are known here",
        f"""
        SELECT hashed.id, hashed.name, hashed.action
        FROM audit_log AS hashed
        WHERE cardinality(CAST(:inner_pads AS bytea[])) > 0
          AND hashed.id > (SELECT min(id) - 1 FROM audit_log WHERE seal IS NOT NULL)
          AND NOT EXISTS (
              SELECT FROM unnest(CAST(:inner_pads AS bytea[]), CAST(:outer_pads AS bytea[]))
                  AS key (inner_pad, outer_pad)
              WHERE hashed.seal = {SEAL}
          )
        """,
    ),
    Invariant(
        "audit-log-messages",
        "a message of an operator stands in the audit log, and no line there names a message that is not",
        """
        SELECT audit_log.id, coalesce(audit_log.source, message.source) AS source,
               coalesce(audit_log.event_id, message.event_id) AS event_id, audit_log.action
        FROM (SELECT * FROM audit_log WHERE source IS NOT NULL) AS audit_log
        FULL JOIN (SELECT source, event_id FROM inbox WHERE starts_with(source, 'operator/')) AS message
            ON message.source = audit_log.source AND message.event_id = audit_log.event_id
        WHERE audit_log.id IS NULL OR message.source IS NULL
        """,
    ),
    Invariant(
        "audit-log-anchors",
        "the audit log still has each line that was its last one when that was noted, unchanged",
        """
        SELECT due_run.id AS run, due_run.started_at, due_run.counts
        FROM due_run
        LEFT JOIN audit_log ON audit_log.id = (due_run.counts ->> 'line')::bigint
        WHERE due_run.job = 'anchor-audit-log' AND (due_run.counts ->> 'line')::bigint > 0
          AND (audit_log.id IS NULL
               OR ('x' || encode(substring(audit_log.hash FROM 1 FOR 6), 'hex'))::bit(48)::bigint
                  <> (due_run.counts ->> 'hash')::bigint)
        """,
    ),
    Invariant(
        "closed-accounts-are-empty",
        "an account that was closed stays so, says nothing of its person, and lets nobody in",
        """
        SELECT account.id, account.closed_at FROM account
        JOIN standing_change ON standing_change.account = account.number AND standing_change.standing = 'closed'
        WHERE account.closed_at IS NULL
          OR (num_nonnulls(account.username, account.email, account.locale, account.time_zone) > 0
               OR EXISTS (SELECT FROM passkey WHERE passkey.account = account.number)
               OR EXISTS (SELECT FROM push_subscription WHERE push_subscription.account = account.number)
               OR EXISTS (SELECT FROM portal_session
                          WHERE portal_session.account = account.number AND portal_session.ended_at IS NULL))
        """,
    ),
    Invariant(
        "two-people-approve",
        "what needed a second person was approved by somebody else than whoever asked, and became one message",
        """
        SELECT request.id, request.asked_by, request.decided_by
        FROM operator_request AS request
        LEFT JOIN (SELECT source, event_id FROM inbox WHERE starts_with(source, 'operator/')) AS message
            ON message.source = 'operator/' || request.decided_by AND message.event_id = request.message_id
        WHERE request.state = 'approved' AND message.source IS NULL
        """,
    ),
    Invariant(
        "operators-have-a-factor",
        "an operator who has joined has an authenticator app or a passkey",
        """
        SELECT operator.number, operator.name FROM operator
        WHERE operator.joined_at IS NOT NULL AND operator.totp_secret IS NULL
          AND NOT EXISTS (SELECT FROM passkey WHERE passkey.operator = operator.number)
        """,
    ),
    Invariant(
        "operators-have-an-owner",
        "where operators have joined, one of those who may sign in is an owner",
        """
        SELECT count(*) AS joined FROM operator WHERE joined_at IS NOT NULL
        HAVING count(*) > 0 AND count(*) FILTER (WHERE role = 'owner' AND disabled_at IS NULL) = 0
        """,
    ),
)
