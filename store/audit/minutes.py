"""Invariants of minutes, as SQL."""

from store.audit.access import INVARIANTS as ACCESS_INVARIANTS
from store.audit.bonuses import INVARIANTS as BONUS_INVARIANTS
from store.audit.bought import INVARIANTS as BOUGHT_INVARIANTS
from store.audit.campaigns import INVARIANTS as CAMPAIGN_INVARIANTS
from store.audit.causes import INVARIANTS as CAUSE_INVARIANTS
from store.audit.codes import INVARIANTS as CODE_INVARIANTS
from store.audit.invariant import Invariant
from store.audit.notices import INVARIANTS as NOTICE_INVARIANTS
from store.audit.payments import INVARIANTS as PAYMENT_INVARIANTS
from store.audit.programmes import INVARIANTS as PROGRAMME_INVARIANTS
from store.audit.referrals import INVARIANTS as REFERRAL_INVARIANTS
from store.audit.statistics import INVARIANTS as STATISTICS_INVARIANTS
from store.audit.subscriptions import INVARIANTS as SUBSCRIPTION_INVARIANTS
from store.audit.topup import INVARIANTS as TOPUP_INVARIANTS

INVARIANTS = (
    Invariant(
        "package-seconds",
        "granted = left + consumed + held + frozen + expired + voided, per package",
        """
        SELECT id, (SELECT id FROM account WHERE number = package.account) AS account_id, granted_seconds,
               left_seconds, consumed_seconds, held_seconds, frozen_seconds, expired_seconds, voided_seconds
        FROM package
        WHERE granted_seconds <> left_seconds + consumed_seconds + held_seconds + frozen_seconds
              + expired_seconds + voided_seconds
        """,
    ),
    Invariant(
        "package-entries",
        "what a package holds is the sum of its entries, kind by kind",
        """
        SELECT package.id, (SELECT id FROM account WHERE number = package.account) AS account_id,
               package.left_seconds, coalesce(ledger.left_seconds, 0) AS ledger_left,
               package.consumed_seconds, coalesce(ledger.consumed_seconds, 0) AS ledger_consumed
        FROM package LEFT JOIN (
            SELECT package, sum(seconds) AS left_seconds,
                   sum(seconds) FILTER (WHERE kind = 'grant') AS granted_seconds,
                   -sum(seconds) FILTER (WHERE kind IN ('burn', 'settle', 'give_back')) AS consumed_seconds,
                   -sum(seconds) FILTER (WHERE kind = 'expire') AS expired_seconds,
                   -sum(seconds) FILTER (WHERE kind = 'void') AS voided_seconds,
                   -sum(seconds) FILTER (WHERE kind IN ('freeze', 'unfreeze')) AS frozen_seconds
            FROM entry WHERE package IS NOT NULL GROUP BY package
        ) AS ledger ON ledger.package = package.number
        WHERE (package.left_seconds, package.granted_seconds, package.consumed_seconds, package.expired_seconds,
               package.voided_seconds, package.frozen_seconds)
              IS DISTINCT FROM
              (coalesce(ledger.left_seconds, 0), coalesce(ledger.granted_seconds, 0),
               coalesce(ledger.consumed_seconds, 0), coalesce(ledger.expired_seconds, 0),
               coalesce(ledger.voided_seconds, 0), coalesce(ledger.frozen_seconds, 0))
        """,
    ),
    Invariant(
        "account-balance",
        "an account's packages and its ledger show the same balance",
        """
        SELECT (SELECT id FROM account WHERE number = account) AS account_id, account, held.left_seconds,
               ledger.seconds
        FROM (SELECT account, sum(left_seconds) AS left_seconds FROM package GROUP BY account) AS held
        FULL JOIN (SELECT account, sum(seconds) AS seconds FROM entry WHERE package IS NOT NULL
                   GROUP BY account) AS ledger USING (account)
        WHERE held.left_seconds IS DISTINCT FROM ledger.seconds
        """,
    ),
    Invariant(
        "account-debt",
        "an account's debt is the sum of its debt entries",
        """
        SELECT account.id AS account_id, ledger.account, account.debt_seconds, ledger.seconds
        FROM account FULL JOIN (
            SELECT account, sum(seconds) AS seconds FROM entry
            WHERE package IS NULL AND kind <> 'forgiven' GROUP BY account
        ) AS ledger ON ledger.account = account.number
        WHERE account.debt_seconds IS DISTINCT FROM coalesce(ledger.seconds, 0)
        """,
    ),
    Invariant(
        "usage-seconds",
        "a usage is burnt, owed or forgiven to the second, and its entries say the same",
        """
        SELECT usage.id, (SELECT id FROM account WHERE number = usage.account) AS account_id,
               usage.used_seconds, usage.burnt_seconds, usage.debt_seconds,
               usage.forgiven_seconds, ledger.burnt, ledger.debt, ledger.forgiven
        FROM usage LEFT JOIN (
            SELECT usage_id, coalesce(-sum(seconds) FILTER (WHERE kind = 'burn'), 0) AS burnt,
                   coalesce(sum(seconds) FILTER (WHERE kind = 'debt'), 0) AS debt,
                   coalesce(sum(seconds) FILTER (WHERE kind = 'forgiven' AND seconds > 0), 0) AS forgiven
            FROM entry WHERE usage_id IS NOT NULL GROUP BY usage_id
        ) AS ledger ON ledger.usage_id = usage.id
        WHERE (usage.burnt_seconds, usage.debt_seconds, usage.forgiven_seconds)
              IS DISTINCT FROM (ledger.burnt, ledger.debt, ledger.forgiven)
           OR usage.used_seconds <> usage.burnt_seconds + usage.debt_seconds + usage.forgiven_seconds
        """,
    ),
    Invariant(
        "usage-debt",
        "no usage owes less than nothing; one that was reversed, and no other, gave back all it took",
        """
        SELECT usage.id, (SELECT id FROM account WHERE number = usage.account) AS account_id,
               usage.reversed_by, ledger.debt, ledger.taken, ledger.forgiven,
               ledger.given_back
        FROM usage JOIN (
            SELECT usage_id,
                   coalesce(sum(seconds) FILTER (WHERE kind IN ('debt', 'debt_settled', 'debt_cancelled')), 0) AS debt,
                   coalesce(sum(seconds) FILTER (WHERE kind IN ('burn', 'settle', 'give_back')), 0) AS taken,
                   coalesce(sum(seconds) FILTER (WHERE kind = 'forgiven'), 0) AS forgiven,
                   coalesce(sum(seconds) FILTER (WHERE kind = 'give_back'), 0) AS given_back
            FROM entry WHERE usage_id IS NOT NULL GROUP BY usage_id
        ) AS ledger ON ledger.usage_id = usage.id
        WHERE ledger.debt < 0 OR (usage.reversed_by IS NULL AND ledger.given_back <> 0)
           OR (usage.reversed_by IS NOT NULL
              AND (ledger.debt, ledger.taken, ledger.forgiven) IS DISTINCT FROM (0, 0, 0))
        """,
    ),
    Invariant(
        "forgiven-by-day",
        "what an account says was forgiven on a day is the sum of that day's entries",
        """
        SELECT account.id AS account_id, said.day, said.seconds, coalesce(ledger.seconds, 0) AS ledger_seconds
        FROM account
        CROSS JOIN LATERAL (
            SELECT day, CAST(seconds AS bigint) AS seconds FROM jsonb_each_text(account.forgiven) AS each (day, seconds)
        ) AS said
        LEFT JOIN (
            SELECT entry.account, to_char(usage.judged_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
                   sum(entry.seconds) AS seconds
            FROM entry JOIN usage ON usage.id = entry.usage_id
            WHERE entry.kind = 'forgiven' GROUP BY 1, 2
        ) AS ledger ON ledger.account = account.number AND ledger.day = said.day
        WHERE said.seconds <> coalesce(ledger.seconds, 0)
        """,
    ),
    Invariant(
        "burn-in-period",
        "a package was burnt only by usage judged within its period",
        """
        SELECT entry.id, (SELECT id FROM account WHERE number = entry.account) AS account_id,
               package.id AS package_id, usage.judged_at, package.activated_at, package.expires_at
        FROM entry JOIN usage ON usage.id = entry.usage_id JOIN package ON package.number = entry.package
        WHERE entry.kind = 'burn'
          AND (usage.judged_at < package.activated_at OR usage.judged_at >= package.expires_at)
        """,
    ),
    Invariant(
        "settled-both-sides",
        "what a package paid of a debt is what the debt went down by, and only a purchased one paid",
        """
        SELECT message_id, usage_id, sum(seconds) FILTER (WHERE kind = 'settle') AS paid,
               sum(seconds) FILTER (WHERE kind = 'debt_settled') AS settled
        FROM entry WHERE kind IN ('settle', 'debt_settled') GROUP BY message_id, usage_id
        HAVING sum(seconds) FILTER (WHERE kind = 'settle')
               IS DISTINCT FROM sum(seconds) FILTER (WHERE kind = 'debt_settled')
        UNION ALL
        SELECT entry.message_id, entry.usage_id, entry.seconds, NULL
        FROM entry JOIN package ON package.number = entry.package
        WHERE entry.kind = 'settle' AND package.kind <> 'purchased'
        """,
    ),
    Invariant(
        "one-effect",
        "a message has at most one effect on an account: one usage, one grant, one burn per package",
        """
        SELECT message_id, kind::text AS what, package, count(*) AS times FROM entry
        WHERE kind IN ('grant', 'burn', 'debt', 'expire') AND (kind <> 'expire' OR usage_id IS NULL)
        GROUP BY message_id, kind, package
        HAVING count(*) > 1
        UNION ALL
        SELECT message_id, 'grant', NULL, count(*) FROM entry WHERE kind = 'grant'
        GROUP BY message_id, account HAVING count(*) > 1
        UNION ALL
        SELECT min(message_id), 'grant', package, count(*) FROM entry WHERE kind = 'grant'
        GROUP BY package HAVING count(*) > 1
        UNION ALL
        SELECT inbox.id, inbox.type::text, NULL, 0 FROM inbox LEFT JOIN usage ON usage.id = inbox.id
        WHERE inbox.outcome = 'applied' AND usage.id IS NULL
          AND inbox.type IN ('screph.usage.reported.v1', 'screph.spend.requested.v1')
        UNION ALL
        SELECT inbox.id, inbox.type::text, NULL, 0 FROM inbox
        LEFT JOIN entry ON entry.message_id = inbox.id AND entry.kind = 'grant'
        WHERE inbox.type = 'screph.package.grant_requested.v1' AND entry.id IS NULL
        UNION ALL
        SELECT inbox.id, inbox.type::text, NULL, 0 FROM inbox LEFT JOIN usage ON usage.reversed_by = inbox.id
        WHERE inbox.type = 'screph.usage.reversed.v1' AND usage.id IS NULL
        UNION ALL
        SELECT inbox.id, inbox.type::text, NULL, 1 FROM inbox JOIN entry ON entry.message_id = inbox.id
        WHERE inbox.outcome = 'refused'
        UNION ALL
        SELECT entry.message_id, entry.kind::text, entry.package, 1 FROM entry JOIN usage ON usage.id = entry.message_id
        WHERE entry.kind NOT IN ('burn', 'debt', 'forgiven')
        """,
    ),
    Invariant(
        "nothing-without-cause",
        "every entry and usage names a message, an account and a package that are there",
        """
        SELECT entry.id, account.id AS account_id, entry.kind::text AS what, entry.message_id, entry.package,
               entry.usage_id
        FROM entry
        LEFT JOIN inbox ON inbox.id = entry.message_id AND inbox.account IN (entry.account, 0)
        LEFT JOIN account ON account.number = entry.account
        LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
        LEFT JOIN package AS rival ON rival.number = entry.rival AND rival.account = entry.account
        LEFT JOIN usage ON usage.id = entry.usage_id AND usage.account = entry.account
        WHERE inbox.id IS NULL OR account.id IS NULL OR (entry.package IS NOT NULL AND package.id IS NULL)
           OR (entry.rival IS NOT NULL AND rival.id IS NULL) OR (entry.usage_id IS NOT NULL AND usage.id IS NULL)
        UNION ALL
        SELECT usage.id, account.id, 'usage', usage.reversed_by, NULL, usage.id
        FROM usage LEFT JOIN account ON account.number = usage.account
        LEFT JOIN inbox AS undo ON undo.id = usage.reversed_by AND undo.account = usage.account
        WHERE account.id IS NULL OR (usage.reversed_by IS NOT NULL AND undo.id IS NULL)
        """,
    ),
    Invariant(
        "ledger-chain",
        "an account's lines are one chain from its last to its first, and each usage knows the last that booked it",
        """
        SELECT line.id, account.id AS account_id, line.previous_id, line.before AS expected_id
        FROM (SELECT id, account, previous_id,
                     coalesce(lag(id) OVER (PARTITION BY account ORDER BY id), 0) AS before FROM entry) AS line
        LEFT JOIN account ON account.number = line.account
        WHERE line.previous_id <> line.before
        UNION ALL
        SELECT NULL, account.id, account.last_entry_id, coalesce(ledger.last_id, 0)
        FROM account LEFT JOIN (SELECT account, max(id) AS last_id FROM entry GROUP BY account) AS ledger
          ON ledger.account = account.number
        WHERE account.last_entry_id <> coalesce(ledger.last_id, 0)
        UNION ALL
        SELECT inbox.id, (SELECT id FROM account WHERE number = inbox.account), inbox.entry_id, booked.last_id
        FROM inbox LEFT JOIN (
            SELECT message_id, max(id) AS last_id FROM entry WHERE usage_id = message_id GROUP BY message_id
        ) AS booked ON booked.message_id = inbox.id
        WHERE inbox.used_seconds IS NOT NULL AND inbox.entry_id IS DISTINCT FROM booked.last_id
        """,
    ),
    Invariant(
        "one-account-a-key",
        "a message's key was used for one account only",
        """
        SELECT key, min(source) AS source, min(event_id) AS event_id, count(*) AS accounts
        FROM inbox GROUP BY key HAVING count(*) > 1
        """,
    ),
    *CAUSE_INVARIANTS,
    *PAYMENT_INVARIANTS,
    *BOUGHT_INVARIANTS,
    *BONUS_INVARIANTS,
    *CODE_INVARIANTS,
    *NOTICE_INVARIANTS,
    *TOPUP_INVARIANTS,
    *SUBSCRIPTION_INVARIANTS,
    *CAMPAIGN_INVARIANTS,
    *PROGRAMME_INVARIANTS,
    *REFERRAL_INVARIANTS,
    *ACCESS_INVARIANTS,
    *STATISTICS_INVARIANTS,
)
