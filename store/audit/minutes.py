"""Invariants of minutes, as SQL."""

from store.audit.invariant import Invariant
from store.audit.payments import INVARIANTS as PAYMENT_INVARIANTS

INVARIANTS = (
    Invariant(
        "package-seconds",
        "granted = left + consumed + held + frozen + expired + voided, per package",
        """
        SELECT id, account_id, granted_seconds, left_seconds, consumed_seconds, held_seconds, frozen_seconds,
               expired_seconds, voided_seconds
        FROM package
        WHERE granted_seconds <> left_seconds + consumed_seconds + held_seconds + frozen_seconds
              + expired_seconds + voided_seconds
        """,
    ),
    Invariant(
        "package-entries",
        "what a package holds is the sum of its entries, kind by kind",
        """
        SELECT package.id, package.account_id, package.left_seconds, coalesce(ledger.left_seconds, 0) AS ledger_left,
               package.consumed_seconds, coalesce(ledger.consumed_seconds, 0) AS ledger_consumed
        FROM package LEFT JOIN (
            SELECT package_id, sum(seconds) AS left_seconds,
                   sum(seconds) FILTER (WHERE kind = 'grant') AS granted_seconds,
                   -sum(seconds) FILTER (WHERE kind IN ('burn', 'settle', 'give_back')) AS consumed_seconds,
                   -sum(seconds) FILTER (WHERE kind = 'expire') AS expired_seconds,
                   -sum(seconds) FILTER (WHERE kind = 'void') AS voided_seconds,
                   -sum(seconds) FILTER (WHERE kind IN ('freeze', 'unfreeze')) AS frozen_seconds
            FROM entry WHERE package_id IS NOT NULL GROUP BY package_id
        ) AS ledger ON ledger.package_id = package.id
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
        SELECT coalesce(held.account_id, ledger.account_id) AS account_id, held.left_seconds, ledger.seconds
        FROM (SELECT account_id, sum(left_seconds) AS left_seconds FROM package GROUP BY account_id) AS held
        FULL JOIN (SELECT account_id, sum(seconds) AS seconds FROM entry WHERE package_id IS NOT NULL
                   GROUP BY account_id) AS ledger USING (account_id)
        WHERE held.left_seconds IS DISTINCT FROM ledger.seconds
        """,
    ),
    Invariant(
        "account-debt",
        "an account's debt is the sum of its debt entries",
        """
        SELECT coalesce(account.id, ledger.account_id) AS account_id, account.debt_seconds, ledger.seconds
        FROM account FULL JOIN (
            SELECT account_id, sum(seconds) AS seconds FROM entry
            WHERE package_id IS NULL AND kind <> 'forgiven' GROUP BY account_id
        ) AS ledger ON ledger.account_id = account.id
        WHERE account.debt_seconds IS DISTINCT FROM coalesce(ledger.seconds, 0)
        """,
    ),
    Invariant(
        "usage-seconds",
        "a usage is burnt, owed or forgiven to the second, and its entries say the same",
        """
        SELECT usage.id, usage.account_id, usage.used_seconds, usage.burnt_seconds, usage.debt_seconds,
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
        SELECT usage.id, usage.account_id, usage.reversed_by, ledger.debt, ledger.taken, ledger.forgiven,
               ledger.given_back
        FROM usage JOIN (
            SELECT usage_id, coalesce(sum(seconds) FILTER (WHERE kind LIKE 'debt%'), 0) AS debt,
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
        "burn-in-period",
        "a package was burnt only by usage judged within its period",
        """
        SELECT entry.id, entry.account_id, entry.package_id, usage.judged_at, package.activated_at, package.expires_at
        FROM entry JOIN usage ON usage.id = entry.usage_id JOIN package ON package.id = entry.package_id
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
        FROM entry JOIN package ON package.id = entry.package_id
        WHERE entry.kind = 'settle' AND package.kind <> 'purchased'
        """,
    ),
    Invariant(
        "one-effect",
        "a message has at most one effect: one usage, one grant, one burn per package",
        """
        SELECT message_id, kind, package_id, count(*) AS times FROM entry
        WHERE kind IN ('grant', 'burn', 'debt', 'expire') AND (kind <> 'expire' OR usage_id IS NULL)
        GROUP BY message_id, kind, package_id
        HAVING count(*) > 1
        UNION ALL
        SELECT message_id, 'grant', NULL, count(*) FROM entry WHERE kind = 'grant'
        GROUP BY message_id HAVING count(*) > 1
        UNION ALL
        SELECT min(message_id), 'grant', package_id, count(*) FROM entry WHERE kind = 'grant'
        GROUP BY package_id HAVING count(*) > 1
        UNION ALL
        SELECT inbox.id, inbox.type, NULL, 0 FROM inbox LEFT JOIN usage ON usage.id = inbox.id
        WHERE inbox.outcome = 'applied' AND usage.id IS NULL
          AND inbox.type IN ('screph.usage.reported.v1', 'screph.spend.requested.v1')
        UNION ALL
        SELECT inbox.id, inbox.type, NULL, 0 FROM inbox
        LEFT JOIN entry ON entry.message_id = inbox.id AND entry.kind = 'grant'
        WHERE inbox.type = 'screph.package.grant_requested.v1' AND entry.id IS NULL
        UNION ALL
        SELECT inbox.id, inbox.type, NULL, 0 FROM inbox LEFT JOIN usage ON usage.reversed_by = inbox.id
        WHERE inbox.type = 'screph.usage.reversed.v1' AND usage.id IS NULL
        UNION ALL
        SELECT inbox.id, inbox.type, NULL, 1 FROM inbox JOIN entry ON entry.message_id = inbox.id
        WHERE inbox.outcome = 'refused'
        UNION ALL
        SELECT entry.message_id, entry.kind, entry.package_id, 1 FROM entry JOIN usage ON usage.id = entry.message_id
        WHERE entry.kind NOT IN ('burn', 'debt', 'forgiven')
        """,
    ),
    Invariant(
        "nothing-without-cause",
        "every entry and usage names a message, an account and a package that are there",
        """
        SELECT entry.id, entry.account_id, entry.kind, entry.message_id, entry.package_id, entry.usage_id
        FROM entry
        LEFT JOIN inbox ON inbox.id = entry.message_id
        LEFT JOIN account ON account.id = entry.account_id
        LEFT JOIN package ON package.id = entry.package_id AND package.account_id = entry.account_id
        LEFT JOIN usage ON usage.id = entry.usage_id AND usage.account_id = entry.account_id
        WHERE inbox.id IS NULL OR account.id IS NULL OR (entry.package_id IS NOT NULL AND package.id IS NULL)
           OR (entry.usage_id IS NOT NULL AND usage.id IS NULL)
        UNION ALL
        SELECT usage.id, usage.account_id, 'usage', usage.reversed_by, NULL, usage.id
        FROM usage LEFT JOIN inbox ON inbox.id = usage.id LEFT JOIN inbox AS undo ON undo.id = usage.reversed_by
        WHERE inbox.id IS NULL OR (usage.reversed_by IS NOT NULL AND undo.id IS NULL)
        """,
    ),
    *PAYMENT_INVARIANTS,
)
