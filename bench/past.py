"""A long past: millions of usages that were booked before, written by SQL in the shapes ours writes."""

import psycopg2

# The seconds are so small that the load's packages cover them; every sum is right, as the audit would say.
_PAST = """
    CREATE TEMP TABLE past AS
    SELECT number, package.account_id, package.id AS package_id, 1 + number % 30 AS seconds,
           now() - make_interval(secs => number * 0.5) AS at
    FROM generate_series(1, {usages}) AS number
    JOIN (SELECT id, account_id, row_number() OVER (ORDER BY id) - 1 AS place FROM package WHERE kind = 'promo')
         AS package ON package.place = number % (SELECT count(*) FROM package WHERE kind = 'promo');

    INSERT INTO inbox (id, source, event_id, type, sha256, received_at) OVERRIDING SYSTEM VALUE
    SELECT 1000000 + number, 'past', gen_random_uuid()::text, 'screph.usage.reported.v1',
           decode(md5(number::text) || md5((-number)::text), 'hex'), at
    FROM past;

    INSERT INTO usage (id, account_id, used_seconds, burnt_seconds, occurred_at, judged_at, policy)
    SELECT 1000000 + number, account_id, seconds, seconds, at, at, 'oldest_first' FROM past;

    INSERT INTO entry (account_id, kind, seconds, package_id, usage_id, message_id, effective_at, booked_at)
    SELECT account_id, 'burn', -seconds, package_id, 1000000 + number, 1000000 + number, at, at FROM past;

    UPDATE package SET left_seconds = left_seconds - gone.seconds, consumed_seconds = consumed_seconds + gone.seconds
    FROM (SELECT package_id, sum(seconds) AS seconds FROM past GROUP BY package_id) AS gone
    WHERE package.id = gone.package_id;

    SELECT setval(pg_get_serial_sequence('inbox', 'id'), 1000000 + {usages});
"""


def write_past(database_url: str, *, usages: int) -> None:
    """Write past usages into a store that holds the load's packages, and let the server come to rest."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("BEGIN;" + _PAST.format(usages=int(usages)) + "COMMIT")
    cursor.execute("VACUUM ANALYZE")
    cursor.execute("CHECKPOINT")
    connection.close()
