"""The invariants of referrals as SQL: no circles, no reward without a reason, and none above the limit."""

from store.audit.invariant import Invariant
from store.audit.programmes import IS_GIVEN_BACK

INVARIANTS = (
    Invariant(
        "referral-circle",
        "nobody was invited by somebody whom they have invited, over however many others",
        """
        WITH RECURSIVE above(friend, referrer) AS (
            SELECT friend, referrer FROM referral WHERE status <> 'refused'
            UNION
            SELECT above.friend, referral.referrer FROM above JOIN referral ON referral.friend = above.referrer
            WHERE referral.status <> 'refused'
        )
        SELECT account.id AS account_id FROM above JOIN account ON account.number = above.friend
        WHERE above.friend = above.referrer
        """,
    ),
    Invariant(
        "referral-packages",
        "what a referral gave each side is a package of its account, and nothing is left of what was taken back",
        """
        SELECT referral.id, account.id AS account_id, side.package_id, side.seconds, package.granted_seconds,
               package.left_seconds
        FROM referral
        CROSS JOIN LATERAL (VALUES
            (referrer, referrer_package_id, referrer_seconds, referrer_voided_seconds),
            (friend, friend_package_id, friend_seconds, friend_voided_seconds)
        ) AS side(account, package_id, seconds, voided_seconds)
        JOIN account ON account.number = side.account
        LEFT JOIN package ON package.id = side.package_id AND package.account = side.account
        WHERE side.seconds > 0
          AND (package.number IS NULL OR package.kind <> 'bonus' OR package.granted_seconds <> side.seconds
               OR package.voided_seconds < side.voided_seconds
               OR (referral.status = 'reversed' AND package.left_seconds > 0
                   AND coalesce(package.expires_at > referral.ended_at, true)))
        """,
    ),
    Invariant(
        "referral-reason",
        "a referral was rewarded for a paid purchase of the friend after its window, and not once it was given back",
        f"""
        SELECT referral.id, account.id AS friend_id, referral.status, referral.order_id, referral.qualified_at
        FROM referral
        JOIN account ON account.number = referral.friend
        JOIN referral_terms AS terms ON terms.number = referral.terms
        LEFT JOIN orders ON orders.id = referral.order_id AND orders.account = referral.friend
        WHERE (referral.order_id IS NOT NULL AND orders.status IS DISTINCT FROM 'paid')
           OR referral.qualified_at < orders.recorded_at + make_interval(days => terms.window_days)
           OR (referral.status = 'qualified' AND {IS_GIVEN_BACK})
        """,
    ),
    Invariant(
        "referral-month",
        "no account was rewarded for more referrals of a calendar month than the most generous of their terms allows",
        """
        SELECT account.id AS account_id, date_trunc('month', referral.qualified_at, 'UTC') AS month,
               count(*) AS rewarded, max(terms.monthly_limit) AS monthly_limit
        FROM referral
        JOIN account ON account.number = referral.referrer
        JOIN referral_terms AS terms ON terms.number = referral.terms
        WHERE referral.status = 'qualified' AND referral.referrer_seconds > 0
        GROUP BY account.id, date_trunc('month', referral.qualified_at, 'UTC')
        HAVING count(*) > max(terms.monthly_limit)
        """,
    ),
)
