"""
A business with a year behind it: accounts, orders and a ledger, written by SQL in the shapes that ours writes.

A million accounts have five million orders and 52 million lines. Each account uses something on 15 days, three times
on each; every fourth time it has bought a package right before, and the rest of the one before has expired. Where a
row stands follows from its number, so chains and sums are exact: `billing audit` holds.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg2

Say = Callable[[str], None]
"""Says how far it is."""

WHOLE_ACCOUNTS = 1_000_008
"""At scale 1; a multiple of LANES."""

LANES, VISITS, PASSES = 24, 15, 3
"""One account in 24 is active at a time; each is 15 times, and uses something three times then."""

LARGE = ("entry", "inbox", "orders", "package", "account", "payment_attempt")
"""Their indexes are made when they are full."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a business is, in accounts."""

    accounts: int

    @classmethod
    def of_scale(cls, scale: float) -> "Size":
        """Return a size by its share of the whole one."""
        return cls(max(1, round(WHOLE_ACCOUNTS * scale / LANES)) * LANES)

    @property
    def usages(self) -> int:
        """How many usages there are."""
        return self.accounts * VISITS * PASSES

    @property
    def lines(self) -> int:
        """How many lines the ledger has: usages, four grants of each account, and three ends."""
        return self.usages + 7 * self.accounts

    @property
    def orders(self) -> int:
        """How many orders there are: four of each account are paid, one has failed or expired."""
        return 5 * self.accounts


def fill(database_url: str, size: Size, *, say: Say) -> None:
    """
    Fill a migrated database; what an earlier call has finished is left as it is, so it can be called again.

    Args:
        database_url: the superuser's; triggers and foreign keys rest meanwhile.
        size: how much.
        say: what is told of each stage.

    Raises:
        ValueError: the database was begun with another size.
    """
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        filling = _Filling(connection, size, say)
        filling.begin()
        for name, statements in _stages():
            filling.stage(name, statements)


class _Filling:
    """The stages of one database, each in a transaction with its mark."""

    def __init__(self, connection: "psycopg2.extensions.connection", size: Size, say: Say) -> None:
        self._cursor = connection.cursor()
        self._size = size
        self._say = say
        self._until = datetime.now(UTC)

    def begin(self) -> None:
        self._cursor.execute("CREATE SCHEMA IF NOT EXISTS bench")
        self._cursor.execute("CREATE TABLE IF NOT EXISTS bench.stage (name text PRIMARY KEY)")
        self._cursor.execute("CREATE TABLE IF NOT EXISTS bench.size (accounts integer, until timestamptz)")
        self._cursor.execute("CREATE TABLE IF NOT EXISTS bench.later (number serial, statement text)")
        self._cursor.execute("SELECT accounts, until FROM bench.size")
        row = self._cursor.fetchone()
        if row is None:
            # Whole quarters of an hour, so that everything can be counted.
            self._cursor.execute(
                "INSERT INTO bench.size VALUES (%s, date_bin('15 minutes', now(), '2000-01-01')) RETURNING until",
                (self._size.accounts,),
            )
            row = (self._size.accounts, *(self._cursor.fetchone() or ()))
        if row[0] != self._size.accounts:
            raise ValueError(f"the database was begun with {row[0]} accounts, not {self._size.accounts}")
        self._until = row[1]

    def stage(self, name: str, statements: str) -> None:
        self._cursor.execute("SELECT 1 FROM bench.stage WHERE name = %s", (name,))
        if self._cursor.fetchone() is not None:
            return
        self._say(name)
        names = {
            "accounts": self._size.accounts,
            "share": self._size.accounts // LANES,
            "usages": self._size.usages,
            "until": f"TIMESTAMPTZ '{self._until:%Y-%m-%d %H:%M:%S+00}'",
            "large": ", ".join(f"'{table}'" for table in LARGE),
        }
        wanted = statements.format(**names)
        if name.startswith("vacuum"):
            self._cursor.execute(wanted)
            self._cursor.execute("INSERT INTO bench.stage VALUES (%s)", (name,))
            return
        settings = (
            "SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off;"
            " SET LOCAL maintenance_work_mem = '1GB'; SET LOCAL work_mem = '256MB'; SET LOCAL statement_timeout = 0;"
        )
        self._cursor.execute(f"BEGIN; {settings} {wanted}; INSERT INTO bench.stage VALUES ('{name}'); COMMIT")


# Of the usage `n`, counted in the order of time: whose it is, which visit and which pass.
_PLACE = """
    LATERAL (SELECT n / (3 * {share}) AS block, n % (3 * {share}) / {share} AS pass) AS at_block,
    LATERAL (SELECT (block % 24) * {share} + n % {share} AS owner, block / 24 AS visit,
                    {until} - interval '365 days' * (({usages} - n) / {usages}::float8) AS at) AS place
"""

# Ids have three places for each usage: an end, a grant, and the usage itself.
_BEFORE = """
    CASE WHEN pass > 0 THEN 3 * (n - {share}) + 3
         WHEN visit > 0 THEN 3 * (n - 3 * {accounts}::bigint + 2 * {share}) + 3 ELSE 0 END
"""

_SECONDS = "(60 + (owner * 31 + {visit} * 17) % 421)"

_CONSUMED = "3 * (" + " + ".join(_SECONDS.format(visit=f"(4 * turn + {one})") for one in range(4)) + ")"
"""What the package of a turn paid for, of three usages on each of four days; the last one has three of them."""

_CONSUMED_LAST = "3 * (" + " + ".join(_SECONDS.format(visit=f"(4 * turn + {one})") for one in range(3)) + ")"

# The usage right before which an account buys its package of a turn: `n` for owner, turn.
_BOUGHT = "((4 * turn)::bigint * 3 * {accounts} + (owner / {share})::bigint * 3 * {share} + owner % {share})"

_TURNS = (
    """
    generate_series(0, {accounts} - 1) AS owner, generate_series(0, 3) AS turn,
    LATERAL (SELECT """
    + _BOUGHT
    + """ AS n) AS bought,
    LATERAL (SELECT {until} - interval '365 days' * (({usages} - n) / {usages}::float8) AS at,
                    1 + owner % 4 AS product,
                    (ARRAY['stripe', 'paypal', 'yookassa'])[1 + owner % 3] AS gateway,
                    (ARRAY['USD', 'EUR', 'RUB'])[1 + owner % 3] AS currency,
                    (ARRAY[999, 949, 69900])[1 + owner % 3] AS price) AS terms
"""
)

_WITHOUT_INDEXES = """
    INSERT INTO bench.later (statement)
    SELECT pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid::regclass::text IN ({large}) AND NOT indisprimary
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('u', 'p'));
    INSERT INTO bench.later (statement)
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid::regclass::text IN ({large}) AND contype = 'u'
      AND conindid NOT IN (SELECT conindid FROM pg_constraint WHERE contype = 'f');
    DO $$ DECLARE made text; BEGIN
        FOR made IN SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid::regclass::text IN ({large})
            AND NOT indisprimary
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('u', 'p'))
        LOOP EXECUTE 'DROP INDEX ' || made; END LOOP;
        FOR made IN SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint
            WHERE conrelid::regclass::text IN ({large}) AND contype = 'u'
              AND conindid NOT IN (SELECT conindid FROM pg_constraint WHERE contype = 'f')
        LOOP EXECUTE made; END LOOP;
    END $$
"""

_INDEXES = """
    DO $$ DECLARE made text; BEGIN
        FOR made IN SELECT statement FROM bench.later ORDER BY number LOOP EXECUTE made; END LOOP;
    END $$
"""

_CATALOGUE = """
    INSERT INTO product (id, kind, granted_seconds, valid_days, is_active, position, period)
    SELECT 'product-' || number, CASE WHEN number > 4 THEN 'subscription' ELSE 'one_off' END::product_kind,
           6000 * number, 90, true, number, CASE WHEN number > 4 THEN 'month' END::period_unit
    FROM generate_series(1, 6) AS number;
    INSERT INTO price (product, currency, amount_minor, position)
    SELECT number, currency, amount_minor, place
    FROM product, (VALUES ('RUB', 69900, 0), ('USD', 999, 1), ('EUR', 949, 2)) AS cost (currency, amount_minor, place);
    INSERT INTO product_wording (product, locale, name, position)
    SELECT number, 'en', 'Package ' || number, 0 FROM product
"""

_ACCOUNTS = """
    INSERT INTO account (number, id, sequence, last_entry_id, opened_at, is_test, email, currency, locale)
    OVERRIDING SYSTEM VALUE
    SELECT owner + 1, 'user-' || repeat('0', 6 - least(6, length(owner::text))) || owner, 52, 3 * last.n + 3,
           {until} - interval '365 days',
           owner % 500 = 7, 'user-' || owner || '@example.org', (ARRAY['USD', 'EUR', 'RUB'])[1 + owner % 3], 'en'
    FROM generate_series(0, {accounts} - 1) AS owner,
         LATERAL (SELECT 14::bigint * 3 * {accounts} + (owner / {share})::bigint * 3 * {share} + 2 * {share}
                         + owner % {share} AS n) AS last;
    SELECT setval(pg_get_serial_sequence('account', 'number'), {accounts})
"""

_PACKAGES = f"""
    INSERT INTO package (number, id, account, kind, priority, activated_at, expires_at, granted_seconds, left_seconds,
                         consumed_seconds, expired_seconds, expiry_announced_at)
    OVERRIDING SYSTEM VALUE
    SELECT owner * 4 + turn + 1, md5('package ' || owner || ' ' || turn)::uuid, owner + 1, 'purchased', 100, at,
           at + interval '90 days', 6000 * product, CASE WHEN turn = 3 THEN 6000 * product - used ELSE 0 END, used,
           CASE WHEN turn = 3 THEN 0 ELSE 6000 * product - used END, CASE WHEN turn < 3 THEN at + interval '90 days' END
    FROM {_TURNS}, LATERAL (SELECT CASE WHEN turn = 3 THEN {_CONSUMED_LAST} ELSE {_CONSUMED} END AS used) AS paid;
    SELECT setval(pg_get_serial_sequence('package', 'number'), 4 * {{accounts}})
"""

_ORDERS = f"""
    INSERT INTO orders (id, account, product, package, gateway, kind, currency, price_minor, list_price_minor,
                        fee_minor, fee_currency, granted_seconds, valid_days, status, title, return_url, cancel_url,
                        message_id, checkout_ref, payment_ref, link_ready_at, opened_at, paid_at, recorded_at,
                        created_at, updated_at)
    SELECT md5('order ' || owner || ' ' || turn)::uuid, owner + 1, product, owner * 4 + turn + 1, gateway,
           CASE WHEN turn = 0 THEN 'first' ELSE 'repeat' END::purchase_kind, currency, price, price, price / 30,
           currency, 6000 * product, 90, 'paid', 'Package ' || product, '', '', 3 * n + 2,
           'checkout-' || owner || '-' || turn, 'payment-' || owner || '-' || turn, at - interval '5 minutes',
           at - interval '4 minutes', at, at, at - interval '5 minutes', at
    FROM {_TURNS};
    INSERT INTO orders (id, account, product, gateway, kind, currency, price_minor, list_price_minor, granted_seconds,
                        status, title, return_url, cancel_url, message_id, checkout_ref, failure, failed_at, expired_at,
                        created_at, updated_at)
    SELECT md5('unpaid ' || owner)::uuid, owner + 1, product, gateway, 'first', currency, price, price,
           6000 * product, CASE WHEN owner % 2 = 0 THEN 'failed' ELSE 'expired' END::payment_status,
           'Package ' || product, '', '', 3 * n + 2, 'unpaid-' || owner, CASE WHEN owner % 2 = 0 THEN 'declined' END,
           CASE WHEN owner % 2 = 0 THEN at - interval '1 hour' END,
           CASE WHEN owner % 2 = 1 THEN at - interval '1 hour' END, at - interval '2 hours', at - interval '1 hour'
    FROM {_TURNS} WHERE turn = 0
"""

_ATTEMPTS = f"""
    INSERT INTO payment_attempt (order_id, number, at, outcome, gateway)
    SELECT md5('order ' || owner || ' ' || turn)::uuid, 1, at, 'paid', gateway FROM {_TURNS};
    INSERT INTO payment_attempt (order_id, number, at, outcome, retry, code, gateway)
    SELECT md5('unpaid ' || owner)::uuid, 1, at - interval '1 hour', 'declined', 'later', 'insufficient_funds', gateway
    FROM {_TURNS} WHERE turn = 0 AND owner % 2 = 0
"""

_REST = """
    INSERT INTO refund (id, order_id, gateway, refund_ref, origin, status, currency, amount_minor, void_seconds,
                        is_waived, is_full, reason, requested_by, message_id, succeeded_at, recorded_at, created_at)
    SELECT md5('refund ' || id)::uuid, id, gateway, 'refund-' || id, 'ours', 'succeeded', currency, price_minor / 2, 0,
           true, false, 'a gesture', 'bench', 0, paid_at + interval '2 days', paid_at + interval '2 days',
           paid_at + interval '2 days'
    FROM orders WHERE status = 'paid' AND account % 100 = 3 AND kind = 'first';

    INSERT INTO subscription (id, account, product, gateway, currency, price_minor, granted_seconds, period, title,
                              status, message_id, anchor_at, period_start, period_end, due_at, created_at, ended_at)
    SELECT md5('subscription ' || number)::uuid, number, 5, (ARRAY['stripe', 'paypal', 'yookassa'])[1 + number % 3],
           currency, 999, 30000, 'month', 'Plan',
           (ARRAY['active', 'active', 'active', 'past_due', 'cancelled'])[1 + number / 10 % 5]::subscription_status,
           0, {until} - interval '40 days', {until} - interval '10 days', {until} + interval '20 days',
           {until} + interval '20 days', {until} - number % 365 * interval '1 day',
           CASE WHEN number / 10 % 5 = 4 THEN {until} END
    FROM account WHERE number % 10 = 1;

    INSERT INTO notice (owed_at, due_at, ended_at, account, kind, state, subject, content, reason)
    SELECT {until}, {until}, {until}, number, 'low_balance', 'dropped', 'past', '{{}}', 'nobody_to_tell'
    FROM account WHERE number % 4 = 0;

    INSERT INTO dead_letter (via, queue, exchange, code, reason, source, event_id, body, content_sha256)
    SELECT 'quarantined', 'minute-usage', 'screph', 'Invalid', 'data.seconds is missing', 'bench', 'letter-' || number,
           '{{}}', sha256(number::text::bytea)
    FROM generate_series(1, {accounts} / 50) AS number;

    INSERT INTO gateway_sum (day, gateway, currency, ours_captured_minor, theirs_captured_minor, ours_refunded_minor,
                             theirs_refunded_minor)
    SELECT date_trunc('day', paid_at, 'UTC'), gateway, currency, sum(price_minor), sum(price_minor), 0, 0
    FROM orders WHERE status = 'paid' GROUP BY 1, 2, 3
"""


# As `message_key` of domain/ids.py makes it.
_KEY = """
    LATERAL (SELECT encode(decode('00', 'hex') || substring(sha256(
        convert_to('screph', 'UTF8') || decode('00', 'hex') || convert_to('usage-' || n, 'UTF8')) FOR 15), 'hex') AS key
    ) AS named
"""


def _month(number: int) -> str:
    """Write a fifteenth of the usages, with what stands between them: one visit of every account."""
    usages = f"generate_series({number}::bigint * 3 * {{accounts}}, {number + 1}::bigint * 3 * {{accounts}} - 1) AS n"
    seconds = _SECONDS.format(visit="visit")
    package = "owner * 4 + visit / 4 + 1"
    grants = number % 4 == 0
    before = f"CASE WHEN pass = 0 THEN 3 * n + 2 ELSE {_BEFORE} END" if grants else _BEFORE
    statements = f"""
    INSERT INTO inbox (id, received_at, entry_id, occurred_at, key, content_hash, account, type, used_seconds, policy,
                       source, event_id, session_id)
    SELECT 3 * n + 3, at, 3 * n + 3, at, key::uuid, key::uuid, owner + 1, 'screph.usage.reported.v1', {seconds},
           'oldest_first', 'screph', 'usage-' || n, 'session-' || block || '-' || owner
    FROM {usages}, {_PLACE}, {_KEY};

    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, usage_id, account, seconds, package, kind)
    OVERRIDING SYSTEM VALUE
    SELECT 3 * n + 3, {before}, 3 * n + 3, at, at, 3 * n + 3, owner + 1, -{seconds}, {package}, 'burn'
    FROM {usages}, {_PLACE}
    """
    if not grants:
        return statements
    bought = f"FROM {usages}, {_PLACE} WHERE pass = 0"
    return (
        f"""
    INSERT INTO inbox (id, received_at, entry_id, key, content_hash, account, type, source, event_id)
    SELECT 3 * n + 2, at, 3 * n + 2, md5('grant ' || n)::uuid, md5('grant ' || n)::uuid, owner + 1,
           'screph.payment.paid.v1', 'gateway/' || (ARRAY['stripe', 'paypal', 'yookassa'])[1 + owner % 3],
           'paid:payment-' || owner || '-' || visit / 4 {bought};

    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, account, seconds, package, kind)
    OVERRIDING SYSTEM VALUE
    SELECT 3 * n + 2, {"0" if number == 0 else "3 * n + 1"}, 3 * n + 2, at, at, owner + 1, 6000 * (1 + owner % 4),
           {package}, 'grant' {bought};
    """
        + ("" if number == 0 else _ends(usages))
        + statements
    )


def _ends(usages: str) -> str:
    return f"""
    INSERT INTO entry (id, previous_id, message_id, effective_at, booked_at, account, seconds, package, kind)
    OVERRIDING SYSTEM VALUE
    SELECT 3 * n + 1, {_BEFORE}, 1, at, at, owner + 1, -(6000 * (1 + owner % 4) - used),
           owner * 4 + turn + 1, 'expire'
    FROM {usages}, {_PLACE}, LATERAL (SELECT visit / 4 - 1 AS turn) AS ended,
         LATERAL (SELECT {_CONSUMED} AS used) AS paid
    WHERE pass = 0;
    """


_SWEEP = """
    INSERT INTO inbox (id, received_at, key, content_hash, account, type, source, event_id)
    VALUES (1, {until} - interval '365 days', gen_random_uuid(), gen_random_uuid(), 0,
            'screph.expiry_sweep.requested.v1', 'billing', 'sweep');
    SELECT setval('inbox_id_seq', 3 * {usages}::bigint + 10), setval('entry_id_seq', 3 * {usages}::bigint + 10)
"""


def _stages() -> list[tuple[str, str]]:
    """Return the name and the statements of each stage, in order."""
    return [
        ("without indexes", _WITHOUT_INDEXES),
        ("catalogue", _CATALOGUE),
        ("accounts", _ACCOUNTS),
        ("packages", _PACKAGES),
        ("orders", _ORDERS),
        ("attempts", _ATTEMPTS),
        ("sweep", _SWEEP),
        *((f"visit {number + 1} of {VISITS}", _month(number)) for number in range(VISITS)),
        ("indexes", _INDEXES),
        ("vacuum the large tables", "VACUUM ANALYZE entry, inbox, orders, package, account, payment_attempt"),
        ("refunds, subscriptions, notices, letters", _REST),
        ("vacuum", "VACUUM ANALYZE"),
    ]
