"""What promotions have cost until the end of a day: discounts, minutes that were used, and minutes that may be."""

from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from store.statistics.count import NOT_COUNTED

PROMOTIONS = "promotions"
"""The name of this snapshot among those that are taken."""


def save_promotions(session: Session, day: date, *, at: datetime) -> None:
    """Save what every promotion has cost until now, as of the end of a day."""
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(_SAVE, {"day": day, "at": at, "sandbox": NOT_COUNTED[0]})


GIVEN = """
    SELECT 'code' AS source, promo_code.promotion AS number, orders.currency, package.*
    FROM orders JOIN promo_code ON promo_code.number = orders.bonus_code
    JOIN package ON package.number = orders.bonus_package AND package.account = orders.account
    WHERE orders.gateway <> :sandbox
    UNION ALL
    SELECT 'code', redemption.promotion, '', package.*
    FROM redemption JOIN package ON package.id = redemption.package_id AND package.account = redemption.account
    UNION ALL
    SELECT 'programme', award.programme, coalesce(orders.currency, ''), package.*
    FROM programme_award AS award
    JOIN package ON package.id = award.package_id AND package.account = award.account
    LEFT JOIN orders ON orders.id = award.order_id
    UNION ALL
    SELECT 'campaign', campaign_account.campaign, '', package.*
    FROM campaign_account
    JOIN package ON package.number = campaign_account.package AND package.account = campaign_account.account
    UNION ALL
    SELECT 'referral', 0, coalesce(orders.currency, ''), package.*
    FROM referral
    CROSS JOIN LATERAL (
        VALUES (referral.referrer, referral.referrer_package_id), (referral.friend, referral.friend_package_id)
    ) AS side (account, package_id)
    JOIN package ON package.id = side.package_id AND package.account = side.account
    LEFT JOIN orders ON orders.id = referral.order_id
"""
"""Every package that was a present, with what gave it and in which currency something was bought for it, if any."""

# An order that was given back in full has cost nothing.
STANDS = """
    orders.status = 'paid' AND orders.discount_minor > 0 AND orders.gateway <> :sandbox
    AND (orders.price_minor = 0 OR orders.price_minor > coalesce((
        SELECT sum(amount_minor) FROM refund WHERE refund.order_id = orders.id AND refund.status = 'succeeded'
    ), 0) + coalesce((
        SELECT sum(amount_minor) FROM dispute WHERE dispute.order_id = orders.id AND dispute.status = 'lost'
    ), 0))
"""
"""The condition of an order whose discount counts."""

# A renewal names no code; its price is what the code of its subscription's start has made of it. A change of product is
# cheaper by what is left of the period, which is no discount.
CODE = """
    coalesce(orders.discount_code, CASE WHEN orders.kind = 'renewal' AND orders.replaces_order_id IS NULL THEN (
        SELECT start.discount_code FROM orders AS start
        WHERE start.subscription_id = orders.subscription_id AND start.discount_code IS NOT NULL
        ORDER BY start.created_at DESC LIMIT 1
    ) END)
"""
"""The code to which the discount of an order is owed."""

_SAVE = text(f"""
    INSERT INTO day_promotion (day, source, number, currency, orders, discount_minor, granted_seconds, used_seconds,
                               open_seconds)
    SELECT :day, source, number, currency, sum(orders), sum(discount_minor), sum(granted_seconds), sum(used_seconds),
           sum(open_seconds)
    FROM (
        SELECT 'code' AS source, promo_code.promotion AS number, orders.currency, 1 AS orders, orders.discount_minor,
               0 AS granted_seconds, 0 AS used_seconds, 0 AS open_seconds
        FROM orders JOIN promo_code ON promo_code.number = {CODE}
        JOIN account ON account.number = orders.account
        WHERE {STANDS} AND NOT account.is_test
        UNION ALL
        SELECT given.source, given.number, given.currency, 0, 0, given.granted_seconds, given.consumed_seconds,
               CASE WHEN given.expires_at <= :at THEN 0
                    ELSE given.left_seconds + given.held_seconds + given.frozen_seconds END
        FROM ({
    GIVEN.replace(
        "package.*",
        "package.account, package.granted_seconds, package.consumed_seconds,"
        " package.expires_at, package.left_seconds, package.held_seconds, package.frozen_seconds",
    )
}) AS given
        JOIN account ON account.number = given.account
        WHERE NOT account.is_test
    ) AS cost
    GROUP BY 2, 3, 4
""")
