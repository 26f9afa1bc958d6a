"""A long past: accounts and millions of usages that were booked before, written by SQL in the shapes ours writes."""

from contextlib import closing

import psycopg2

ACCOUNTS = 100_000
"""So many share the past, so neither they nor their last lines all lie in the caches."""

_ACCOUNTS = """
    INSERT INTO account (id)
    SELECT 'user-' || lpad(number::text, 6, '0') FROM generate_series(0, {accounts} - 1) AS number
    ON CONFLICT DO NOTHING;

    INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)
    SELECT gen_random_uuid(), account.number, kind, 10, now() - interval '1 year', 30000000, 30000000
    FROM account, unnest(ARRAY['promo', 'purchased']::package_kind[]) AS kind;

    WITH numbered AS MATERIALIZED (
        SELECT nextval('entry_id_seq') AS id, nextval('inbox_id_seq') AS message_id, package.number AS package,
               package.account, package.activated_at, package.granted_seconds
        FROM package
    ), granted AS (
        INSERT INTO entry (id, previous_id, message_id, effective_at, account, seconds, package, kind)
        SELECT id, coalesce(lag(id) OVER (PARTITION BY account ORDER BY id), 0), message_id, activated_at, account,
               granted_seconds, package, 'grant'
        FROM numbered
        RETURNING message_id, account
    )
    INSERT INTO inbox (id, key, content_hash, account, type, source, event_id)
    SELECT message_id, gen_random_uuid(), gen_random_uuid(), account, 'screph.package.grant_requested.v1', 'past',
           message_id
    FROM granted;

    UPDATE account SET last_entry_id = last.id
    FROM (SELECT account, max(id) AS id FROM entry GROUP BY account) AS last
    WHERE account.number = last.account;
"""

# The seconds are so small that the packages cover them, and each account's lines are one chain. The keys are of
# random ids, as those of `usage_events`.
_PAST = """
    CREATE TEMP TABLE past AS
    SELECT message.number, owner.account, owner.package, owner.last_entry_id, 1 + message.number % 30 AS seconds,
           now() - make_interval(secs => ({usages} - message.number) * 0.5) AS at
    FROM generate_series(1, {usages}) AS message (number)
    JOIN (SELECT account, package.number AS package, last_entry_id, row_number() OVER (ORDER BY account) - 1 AS place
          FROM package JOIN account ON account.number = package.account WHERE kind = 'promo') AS owner
      ON owner.place = message.number % (SELECT count(*) FROM account);

    INSERT INTO inbox (id, received_at, entry_id, occurred_at, key, content_hash, account, type, used_seconds, policy,
                       source, event_id, session_id, feature)
    SELECT {start} + number, at, {start} + number, at, ('00' || substr(md5(number::text), 3))::uuid,
           md5((-number)::text)::uuid, account, 'screph.usage.reported.v1', seconds, 'oldest_first', 'past',
           gen_random_uuid()::text, 'session-' || number % 10000, 'translate'
    FROM past ORDER BY number;

    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, usage_id, account, seconds, package, kind)
    SELECT {start} + number,
           CASE WHEN number > accounts.count THEN {start} + number - accounts.count ELSE last_entry_id END,
           {start} + number, at, at, {start} + number, account, -seconds, package, 'burn'
    FROM past, (SELECT count(*) FROM account) AS accounts ORDER BY number;

    UPDATE package SET left_seconds = left_seconds - gone.seconds, consumed_seconds = consumed_seconds + gone.seconds
    FROM (SELECT package, sum(seconds) AS seconds FROM past GROUP BY package) AS gone
    WHERE package.number = gone.package;

    UPDATE account SET last_entry_id = last.id
    FROM (SELECT account, {start} + max(number) AS id FROM past GROUP BY account) AS last
    WHERE account.number = last.account;

    SELECT setval('inbox_id_seq', {start} + {usages}), setval('entry_id_seq', {start} + {usages});
"""

_START = 10_000_000
"""Ids of the past begin here, above those of grants."""


def open_accounts(database_url: str, *, accounts: int = ACCOUNTS) -> None:
    """Open accounts with two packages each, far larger than any load can burn."""
    _write(database_url, _ACCOUNTS.format(accounts=int(accounts)))


def write_past(database_url: str, *, usages: int) -> None:
    """Write past usages, spread evenly over all accounts, each of whose promo package pays."""
    _write(database_url, _PAST.format(usages=int(usages), start=_START))


def _write(database_url: str, statements: str) -> None:
    """Write, and let the server come to rest."""
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("BEGIN;" + statements + "COMMIT")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
