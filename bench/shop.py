"""A shop with a long past: accounts with all that a portal shows of them, and one account with a very long ledger."""

from contextlib import closing

import psycopg2

from bench.past import open_accounts, write_past

OLD = "user-000000"
"""The account with the long ledger."""

USAGES_EACH = 2
"""Of every account, besides the long ledger."""

_SHOP = """
    INSERT INTO product (id, kind, granted_seconds, valid_days, is_active, position, period)
    SELECT 'product-' || number, CASE WHEN number > 12 THEN 'subscription' ELSE 'one_off' END::product_kind,
           6000 * number, 90, true, number, CASE WHEN number > 12 THEN 'month' END::period_unit
    FROM generate_series(1, 16) AS number;

    INSERT INTO price (product, currency, amount_minor, position)
    SELECT number, currency, amount_minor, place
    FROM product, (VALUES ('RUB', 69900, 0), ('USD', 999, 1), ('EUR', 949, 2)) AS cost (currency, amount_minor, place);

    INSERT INTO product_wording (product, locale, name, position)
    SELECT number, locale, 'Package ' || number, place
    FROM product, (VALUES ('en', 0), ('ru', 1), ('de', 2)) AS wording (locale, place);

    UPDATE account SET currency = 'RUB', locale = 'ru', time_zone = 'Europe/Moscow', email = id || '@example.org';

    INSERT INTO identity (value, account, kind, first_seen_at)
    SELECT md5('mail-' || number)::uuid, number, 'mail'::identity_kind, now() FROM account;

    INSERT INTO orders (id, account, product, package, gateway, kind, currency, price_minor, list_price_minor,
                        granted_seconds, status, title, return_url, cancel_url, message_id, checkout_ref, payment_ref,
                        paid_at, recorded_at, created_at, updated_at)
    SELECT gen_random_uuid(), package.account, 1, package.number, 'sandbox', 'first', 'RUB', 69900, 69900, 30000000,
           'paid', '', '', '', 0, 'checkout-' || package.number, 'payment-' || package.number,
           activated_at, activated_at, activated_at, activated_at
    FROM package WHERE kind = 'purchased';

    INSERT INTO orders (id, account, product, gateway, kind, currency, price_minor, list_price_minor, granted_seconds,
                        status, title, return_url, cancel_url, message_id, checkout_ref, created_at, updated_at)
    SELECT gen_random_uuid(), account.number, 1, 'sandbox', 'first', 'RUB', 69900, 69900, 6000, 'expired', '', '', '',
           0, 'expired-' || turn, now() - turn * interval '1 hour', now() - turn * interval '1 hour'
    FROM account, generate_series(1, 500) AS turn WHERE account.id = '{old}';

    INSERT INTO refund (id, order_id, gateway, origin, status, currency, amount_minor, void_seconds, is_waived, is_full,
                        reason, requested_by, message_id)
    SELECT gen_random_uuid(), orders.id, 'sandbox', 'ours', 'failed', 'RUB', 100, 0, false, false, '', '', 0
    FROM orders WHERE orders.status = 'paid' AND orders.account % 20 = 0;

    INSERT INTO saved_method (account, gateway, token, label)
    SELECT number, 'sandbox', 'method-' || number, 'Card *4242' FROM account WHERE number % 5 = 1;

    INSERT INTO subscription (id, account, product, gateway, currency, price_minor, granted_seconds, period, title,
                              status, message_id, anchor_at, period_start, period_end, due_at)
    SELECT gen_random_uuid(), account.number, 13, 'sandbox', 'RUB', 69900, 78000, 'month', 'Plan', 'active', 0,
           now() - interval '10 days', now() - interval '10 days', now() + interval '20 days',
           now() + interval '20 days'
    FROM account WHERE number % 5 = 1;

    INSERT INTO notice (owed_at, due_at, ended_at, account, kind, state, subject, content)
    SELECT now(), now(), now(), number, 'low_balance', 'sent', 'past', '{{}}' FROM account;

    INSERT INTO notice_preference (account, kind, channel, is_wanted, changed_at)
    SELECT number, 'low_balance', 'mail', false, now() FROM account WHERE number % 10 = 1;

    INSERT INTO push_subscription (created_at, account, endpoint, p256dh, auth)
    SELECT now(), number, 'https://push.example.org/' || number, '', '' FROM account WHERE number % 10 = 1;

    INSERT INTO portal_session (token_hash, account, device, created_at, seen_at)
    SELECT sha256(('session-' || number)::bytea), number, 'Mozilla/5.0', now(), now() FROM account WHERE number % 5 = 1;

    INSERT INTO token (account, kind, sha256, last_four, scopes, created_at)
    SELECT number, 'user', sha256(('token-' || number)::bytea), 'last', 'account:read', now()
    FROM account WHERE number % 5 = 1;

    INSERT INTO referral_terms (referrer_seconds, friend_seconds, monthly_limit, window_days, is_open, message_id,
                                created_by, created_at)
    VALUES (600, 600, 10, 30, true, 0, 'bench', now());

    INSERT INTO invitation (account, text, folded, created_at)
    SELECT number, code, code, now() FROM account, LATERAL (SELECT 'FRIEND' || number) AS made (code)
    WHERE number % 10 = 1;

    INSERT INTO referral (id, referrer, friend, terms, status, message_id, attributed_at)
    SELECT gen_random_uuid(), number, number + 1, (SELECT number FROM referral_terms), 'attributed', 0, now()
    FROM account WHERE number % 10 = 1 AND number < (SELECT max(number) FROM account);
"""

# A line every half a minute or so of a whole year; the newest one is of now.
_LONG_LEDGER = """
    CREATE TEMP TABLE line AS
    SELECT turn.number, account.number AS account, package.number AS package, last_entry_id,
           1 + turn.number % 30 AS seconds, first_id.id AS first_id,
           now() - interval '365 days' * (({entries} - turn.number) / {entries}::float) AS at
    FROM generate_series(1, {entries}) AS turn (number),
         (SELECT greatest(nextval('entry_id_seq'), nextval('inbox_id_seq')) AS id) AS first_id, account
    JOIN package ON package.account = account.number AND package.kind = 'promo' WHERE account.id = '{old}';

    INSERT INTO inbox (id, received_at, entry_id, occurred_at, key, content_hash, account, type, used_seconds, policy,
                       source, event_id, session_id, feature)
    SELECT first_id + number, at, first_id + number, at, ('00' || substr(md5('long' || number), 3))::uuid,
           md5('content' || number)::uuid, account, 'screph.usage.reported.v1', seconds, 'oldest_first', 'past',
           'long-' || number, 'session-' || number % 10000, 'translate'
    FROM line ORDER BY number;

    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, usage_id, account, seconds, package, kind)
    SELECT first_id + number, CASE WHEN number > 1 THEN first_id + number - 1 ELSE last_entry_id END,
           first_id + number, at, at, first_id + number, account, -seconds, package, 'burn'
    FROM line ORDER BY number;

    UPDATE package SET left_seconds = left_seconds - gone.seconds, consumed_seconds = consumed_seconds + gone.seconds
    FROM (SELECT package, sum(seconds) AS seconds FROM line GROUP BY package) AS gone
    WHERE package.number = gone.package;

    UPDATE account SET last_entry_id = (SELECT max(first_id + number) FROM line) WHERE id = '{old}';

    -- Its days, as counting leaves them; and of others as many rows beside them as a busy week brings.
    INSERT INTO statistics_state (number, zone, minutes_until, activity_until, counted_at)
    VALUES (1, 'Europe/Moscow', now(), now(), now());

    INSERT INTO account_day (day, account, seconds, usages)
    SELECT (at AT TIME ZONE 'Europe/Moscow')::date, account, sum(seconds), count(*) FROM line GROUP BY 1, 2;

    INSERT INTO account_first (account, used_day) SELECT account, min(day) FROM account_day GROUP BY account;

    INSERT INTO account_day (day, account, seconds, usages)
    SELECT current_date - back, account.number, 60, 1 FROM account, generate_series(1, 3) AS back
    WHERE account.id <> '{old}';

    SELECT setval('inbox_id_seq', max(first_id + number)), setval('entry_id_seq', max(first_id + number)) FROM line;
"""


def open_shop(database_url: str, *, accounts: int, entries: int, usages: int) -> None:
    """
    Fill a fresh database.

    Args:
        database_url: of a database that has the schema and nothing else.
        accounts: how many; each has two packages, an order, a notice, and one in five a subscription and a session.
        entries: lines of the account `OLD`, over a year.
        usages: of all accounts, beside those.
    """
    open_accounts(database_url, accounts=accounts)
    write_past(database_url, usages=usages)
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statements in (_SHOP.format(old=OLD), _LONG_LEDGER.format(old=OLD, entries=int(entries))):
            cursor.execute("BEGIN;" + statements + "COMMIT")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
