"""The invariants of bonus programmes as SQL: they keep their limits, and what they gave goes with its reason."""

from store.audit.invariant import Invariant

IS_GIVEN_BACK = """
    orders.price_minor <= (
        SELECT coalesce(sum(refund.amount_minor), 0) FROM refund
        WHERE refund.order_id = orders.id AND refund.status = 'succeeded'
          AND refund.recorded_at < now() - interval '1 hour'
    ) + (
        SELECT coalesce(sum(dispute.amount_minor), 0) FROM dispute
        WHERE dispute.order_id = orders.id AND dispute.status = 'lost' AND dispute.currency = orders.currency
          AND dispute.closed_at < now() - interval '1 hour'
    )
"""
"""The money of an order has been gone for an hour, so its message was handled, or waits for somebody."""

INVARIANTS = (
    Invariant(
        "programme-counts",
        "a programme counts what it has given less what was voided, and that is within its limits",
        """
        SELECT programme.id AS programme_id, programme.used, programme.uses_limit, programme.used_seconds,
               programme.budget_seconds, count(award.id) AS given, sum(award.seconds - award.voided_seconds) AS seconds
        FROM programme LEFT JOIN programme_award AS award ON award.programme = programme.number
        GROUP BY programme.number
        HAVING programme.used <> count(award.id) FILTER (WHERE award.reversed_at IS NULL)
            OR programme.used_seconds <> coalesce(sum(award.seconds - award.voided_seconds), 0)
            OR programme.used > programme.uses_limit OR programme.used_seconds > programme.budget_seconds
        """,
    ),
    Invariant(
        "programme-packages",
        "what a programme gave is a package of its account, and nothing is left of what was taken back",
        """
        SELECT award.id, account.id AS account_id, award.package_id, award.seconds, package.granted_seconds,
               package.left_seconds
        FROM programme_award AS award
        JOIN account ON account.number = award.account
        LEFT JOIN package ON package.id = award.package_id AND package.account = award.account
        WHERE package.number IS NULL OR package.kind <> 'bonus' OR package.granted_seconds <> award.seconds
           OR package.voided_seconds < award.voided_seconds
           OR (award.reversed_at IS NOT NULL AND package.left_seconds > 0
               AND coalesce(package.expires_at > award.reversed_at, true))
        """,
    ),
    Invariant(
        "programme-reason",
        "what a programme gave for a purchase is taken back once the purchase is given back",
        f"""
        SELECT award.id, account.id AS account_id, award.order_id, award.package_id
        FROM programme_award AS award
        JOIN account ON account.number = award.account
        JOIN orders ON orders.id = award.order_id
        WHERE award.reversed_at IS NULL
          AND (orders.status <> 'paid' OR orders.account <> award.account OR {IS_GIVEN_BACK})
        """,
    ),
)
