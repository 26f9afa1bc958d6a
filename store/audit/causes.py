"""The invariants of causes as SQL: each kind of line in the ledger has a cause that can lead to it, and no other."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "line-fits-cause",
        "usage alone burns and owes, a debt is settled for its usage, what is undone was reversed, what ends has ended,"
        " and only refunds, disputes and corrections freeze",
        """
        SELECT entry.id, account.id AS account_id, entry.kind::text AS what, entry.seconds, entry.message_id,
               inbox.type::text AS caused_by, package.id AS package_id, package.expires_at
        FROM entry
        JOIN inbox ON inbox.id = entry.message_id AND inbox.account IN (entry.account, 0)
        LEFT JOIN account ON account.number = entry.account
        LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
        LEFT JOIN usage ON usage.id = entry.usage_id AND usage.account = entry.account
        WHERE CASE entry.kind::text
                  WHEN 'burn' THEN entry.usage_id IS DISTINCT FROM entry.message_id
                  WHEN 'debt' THEN entry.usage_id IS DISTINCT FROM entry.message_id
                  WHEN 'settle' THEN entry.usage_id IS NULL OR entry.usage_id = entry.message_id
                  WHEN 'debt_settled' THEN entry.usage_id IS NULL OR entry.usage_id = entry.message_id
                  WHEN 'give_back' THEN usage.reversed_by IS DISTINCT FROM entry.message_id
                  WHEN 'debt_cancelled' THEN usage.reversed_by IS DISTINCT FROM entry.message_id
                  WHEN 'forgiven' THEN CASE WHEN entry.seconds > 0 THEN entry.usage_id ELSE usage.reversed_by END
                                       IS DISTINCT FROM entry.message_id
                  WHEN 'expire' THEN package.expires_at IS NULL OR entry.effective_at < package.expires_at
                                     OR (entry.usage_id IS NULL
                                         AND inbox.type <> 'screph.expiry_sweep.requested.v1')
                  WHEN 'freeze' THEN inbox.type NOT IN ('screph.refund.requested.v1', 'screph.refund.applied.v1',
                                                        'screph.dispute.applied.v1', 'screph.usage.reversed.v1')
                  WHEN 'unfreeze' THEN inbox.type NOT IN ('screph.refund.requested.v1', 'screph.refund.applied.v1',
                                                          'screph.dispute.applied.v1')
                  ELSE false
              END
        """,
    ),
    Invariant(
        "void-for-a-cause",
        "what is voided of a purchase and its bonus, a refund or a dispute of that very order has voided, or a change"
        " that replaces it, or a correction to a voided package",
        """
        SELECT entry.id, account.id AS account_id, orders.id AS order_id, entry.seconds, entry.message_id,
               inbox.type::text AS caused_by, inbox.event_id
        FROM orders
        JOIN LATERAL (VALUES (orders.package), (orders.bonus_package)) AS bought (package) ON true
        JOIN entry ON entry.package = bought.package AND entry.account = orders.account AND entry.kind = 'void'
        JOIN inbox ON inbox.id = entry.message_id AND inbox.account IN (entry.account, 0)
        LEFT JOIN account ON account.number = entry.account
        WHERE entry.usage_id IS NULL
          AND NOT EXISTS (
              SELECT FROM refund WHERE refund.order_id = orders.id
              AND (refund.message_id = entry.message_id
                   OR inbox.event_id IN ('refund-released:' || refund.id, 'bonus-released:' || refund.id)))
          AND NOT EXISTS (
              SELECT FROM dispute WHERE dispute.order_id = orders.id AND dispute.message_id = entry.message_id)
          AND NOT EXISTS (
              SELECT FROM orders AS change
              WHERE change.replaces_order_id IS NOT NULL AND orders.id IN (change.id, change.replaces_order_id)
              AND inbox.source = 'gateway/' || change.gateway
              AND inbox.event_id IN ('paid:' || change.payment_ref, 'paid:' || change.checkout_ref))
        """,
    ),
)
