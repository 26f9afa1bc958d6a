"""
The statements of the hot path, by which a batch of usage messages is read and written; hand-written and set-based.

Each names the account of every row that it reads or writes, so that the store can be distributed by account
(docs/decisions/0014-dense-rows.md); tests/house/test_hot_path.py reads them. The tables' columns are described in
store/tables/; what most rows have in common is left out of a document, and `coalesce` puts it in again: reading the
document is a good part of what a statement costs the server (docs/decisions/0009-rows-as-one-json-parameter.md).
"""

from store.prepared import Prepared

PACKAGE_COLUMNS = (
    "package.number, package.id::text, package.kind, package.priority, package.activated_at, package.expires_at, "
    "package.granted_seconds, package.left_seconds, package.consumed_seconds, package.held_seconds, "
    "package.frozen_seconds, package.expired_seconds, package.voided_seconds, package.state"
)
"""The id as text: the driver would turn a uuid into an object, which we would turn into text again."""

# Three statements in one round trip. Accounts are opened and then locked in the order of their ids, by
# everybody, so nobody waits in a circle; the last statement has a snapshot of its own, taken after the locks.
OPEN_ACCOUNTS = Prepared(
    "open_accounts",
    """
    INSERT INTO account (id)
    SELECT wanted.id FROM unnest(CAST(:ids AS text[])) AS wanted (id)
    WHERE NOT EXISTS (SELECT FROM account WHERE account.id = wanted.id)
    ORDER BY wanted.id
    ON CONFLICT DO NOTHING
    """,
)

LOCK_ACCOUNTS = Prepared(
    "lock_accounts", "SELECT FROM account WHERE id = ANY(CAST(:ids AS text[])) ORDER BY id FOR NO KEY UPDATE"
)

# OFFSET 0 keeps it at one index look-up for each account: left to itself, the planner reads whole tables for some
# hundred accounts, so that a batch would cost more the more accounts there are.
READ_BOOKS = Prepared(
    "read_books",
    f"""
    SELECT account.id, account.number, account.sequence, account.debt_seconds, account.last_entry_id,
           account.forgiven, account.low_balance_seconds, account.balance_level, account.topup_below_seconds,
           CASE WHEN account.closed_at IS NOT NULL THEN 'closed' WHEN account.blocked_at IS NOT NULL THEN 'blocked' END,
           {PACKAGE_COLUMNS}
    FROM unnest(CAST(:ids AS text[])) AS wanted (id)
    CROSS JOIN LATERAL (SELECT * FROM account WHERE account.id = wanted.id OFFSET 0) AS account
    LEFT JOIN LATERAL (SELECT * FROM package WHERE package.account = account.number AND package.has_left
                       OFFSET 0) AS package ON true
    """,
)

OPEN_BOOKS = (OPEN_ACCOUNTS, LOCK_ACCOUNTS, READ_BOOKS)

# Until the end of the transaction; in the round trip of the books, for one of its own would cost as much again.
LIMIT_LOCK_WAIT = Prepared("limit_lock_wait", "SELECT set_config('lock_timeout', :lock_wait, true)")

HASTY_OPEN_BOOKS = (LIMIT_LOCK_WAIT, *OPEN_BOOKS)

DEBTS = Prepared(
    "debts",
    """
    SELECT account, usage_id, sum(seconds) FROM entry
    WHERE account = ANY(CAST(:accounts AS integer[])) AND package IS NULL AND kind <> 'forgiven'
    GROUP BY account, usage_id HAVING sum(seconds) > 0
    ORDER BY min(id)
    """,
)

# A key is looked for under every account, its own first: where one database sees all accounts, a key that was
# used for two is noticed here. Where they are distributed, the look-up adds `AND inbox.account = wanted.account`.
CLAIM = Prepared(
    "claim",
    """
    SELECT
        ARRAY(SELECT CASE WHEN known.id IS NULL THEN nextval('inbox_id_seq') END
              FROM unnest(CAST(:keys AS uuid[]), CAST(:accounts AS integer[]))
                   WITH ORDINALITY AS wanted (key, account, place)
              LEFT JOIN LATERAL (
                  SELECT inbox.id FROM inbox WHERE inbox.key = wanted.key
                  ORDER BY (inbox.account = wanted.account) DESC LIMIT 1
              ) AS known ON true
              ORDER BY wanted.place) AS message_ids,
        ARRAY(SELECT nextval('entry_id_seq') FROM generate_series(1, CAST(:lines AS integer))) AS entry_ids
    """,
)

NEW_PACKAGES = Prepared(
    "save_new_packages",
    """
    INSERT INTO package (id, account, kind, priority, activated_at, expires_at, granted_seconds, left_seconds,
                         consumed_seconds, voided_seconds, announce_at)
    SELECT id, account, kind, priority, activated_at, expires_at, granted_seconds, left_seconds, consumed_seconds,
           voided_seconds, announce_at
    FROM json_to_recordset(CAST(:new_packages AS json)) AS saved (
        id uuid, account integer, kind package_kind, priority integer, activated_at timestamptz,
        expires_at timestamptz, granted_seconds bigint, left_seconds bigint, consumed_seconds bigint,
        voided_seconds bigint, announce_at timestamptz)
    """,
)

# All numbers are above 0, and saying so lets the planner expect a ninth of the hundred rows that it supposes in any
# document. For a hundred it would read a table of some thousand rows from end to end, in every batch, not look them up.
PACKAGES = Prepared(
    "save_packages",
    """
    UPDATE package SET left_seconds = saved.left_seconds, consumed_seconds = saved.consumed_seconds,
           state = coalesce(saved.state, package.state),
           frozen_seconds = coalesce(saved.frozen_seconds, 0),
           expired_seconds = coalesce(saved.expired_seconds, 0), voided_seconds = coalesce(saved.voided_seconds, 0)
    FROM json_to_recordset(CAST(:packages AS json)) AS saved (
        number integer, account integer, left_seconds bigint, consumed_seconds bigint, frozen_seconds bigint,
        expired_seconds bigint, voided_seconds bigint, state package_state)
    WHERE package.number = saved.number AND package.account = saved.account AND saved.number > 0 AND saved.account > 0
    """,
)

# A package that is stored by the statement before has a number that nobody has read yet; it is found by its id.
ENTRIES = Prepared(
    "save_entries",
    """
    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, usage_id, account, seconds, package, kind,
                       rival)
    SELECT id, previous_id, message_id, effective_at, CAST(:at AS timestamptz), usage_id, account, seconds,
           coalesce(package, (SELECT package.number FROM package
                              WHERE package.id = saved.package_id AND package.account = saved.account)),
           kind,
           coalesce(rival, (SELECT package.number FROM package
                            WHERE package.id = saved.rival_id AND package.account = saved.account))
    FROM json_to_recordset(CAST(:entries AS json)) AS saved (
        id bigint, previous_id bigint, message_id bigint, effective_at timestamptz, usage_id bigint, account integer,
        seconds integer, package integer, package_id uuid, kind entry_kind, rival integer, rival_id uuid)
    """,
)

MESSAGES = Prepared(
    "save_messages",
    """
    INSERT INTO inbox (id, entry_id, key, content_hash, account, type, outcome, used_seconds, policy, debt_seconds,
                       forgiven_seconds, occurred_at, judged_at, source, event_id, session_id, feature, extra, answer,
                       traceparent)
    SELECT id, coalesce(entry_id, 0), key, content_hash, account, type, coalesce(outcome, 'applied'), used_seconds,
           policy, debt_seconds, forgiven_seconds, occurred_at, judged_at, source, event_id, session_id, feature, extra,
           answer, traceparent
    FROM json_to_recordset(CAST(:messages AS json)) AS saved (
        id bigint, entry_id bigint, key uuid, content_hash uuid, account integer, type message_type,
        outcome message_outcome, used_seconds integer, policy burn_policy, debt_seconds integer,
        forgiven_seconds integer, occurred_at timestamptz, judged_at timestamptz, source text, event_id text,
        session_id text, feature text, extra jsonb, answer jsonb, traceparent text)
    """,
)

# For usages whose message was claimed by `claim_messages`, so that its row is there already.
USAGES = Prepared(
    "save_usages",
    """
    UPDATE inbox SET entry_id = saved.entry_id, used_seconds = saved.used_seconds, policy = saved.policy,
           debt_seconds = saved.debt_seconds, forgiven_seconds = saved.forgiven_seconds,
           occurred_at = saved.occurred_at, judged_at = saved.judged_at, session_id = saved.session_id,
           feature = saved.feature, extra = saved.extra
    FROM json_to_recordset(CAST(:usages AS json)) AS saved (
        id bigint, account integer, entry_id bigint, used_seconds integer, policy burn_policy, debt_seconds integer,
        forgiven_seconds integer, occurred_at timestamptz, judged_at timestamptz, session_id text, feature text,
        extra jsonb)
    WHERE inbox.id = saved.id AND inbox.account = saved.account AND saved.id > 0 AND saved.account > 0
    """,
)

# For other messages that were claimed like that: what they caused is found from their last line.
CAUSES = Prepared(
    "save_causes",
    """
    UPDATE inbox SET entry_id = saved.entry_id
    FROM json_to_recordset(CAST(:causes AS json)) AS saved (id bigint, account integer, entry_id bigint)
    WHERE inbox.id = saved.id AND inbox.account = saved.account AND saved.id > 0 AND saved.account > 0
    """,
)

ACCOUNTS = Prepared(
    "save_accounts",
    """
    UPDATE account SET sequence = saved.sequence, debt_seconds = saved.debt_seconds,
           last_entry_id = saved.last_entry_id, forgiven = saved.forgiven,
           balance_level = coalesce(saved.balance_level, account.balance_level)
    FROM json_to_recordset(CAST(:accounts AS json)) AS saved (
        account integer, sequence bigint, debt_seconds bigint, last_entry_id bigint, forgiven jsonb,
        balance_level balance_level)
    WHERE account.number = saved.account AND saved.account > 0 AND saved.sequence > 0
    """,
)

# For the few accounts whose balance is too low for them: the tick looks at them, should the message come to nothing.
TOPUPS = Prepared(
    "save_topups",
    """
    UPDATE topup SET due_at = CAST(:at AS timestamptz)
    FROM json_to_recordset(CAST(:topups AS json)) AS saved (account integer)
    WHERE topup.account = saved.account AND topup.due_at > CAST(:at AS timestamptz)
    """,
)

HOT_PATH = {
    each.name: each.text
    for each in (
        LIMIT_LOCK_WAIT,
        OPEN_ACCOUNTS,
        LOCK_ACCOUNTS,
        READ_BOOKS,
        DEBTS,
        CLAIM,
        NEW_PACKAGES,
        PACKAGES,
        ENTRIES,
        MESSAGES,
        USAGES,
        CAUSES,
        ACCOUNTS,
        TOPUPS,
    )
}
"""What the house test reads. The outbox is not among them: it is a queue of one database, whose rows do not stay."""
