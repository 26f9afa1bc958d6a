"""The queries of the rows behind a number: `at`, `id`, `account_id`, `what`, and what else a row has."""

from collections.abc import Mapping
from types import MappingProxyType

from store.statistics.promotions import CODE, GIVEN, STANDS
from store.statistics.recurring import ended_between

_OF_ORDER = """
    NOT account.is_test AND orders.gateway <> ALL(:not_counted)
    AND (:currency = '' OR orders.currency = :currency) AND (:gateway = '' OR orders.gateway = :gateway)
    AND (:kind = '' OR CAST(orders.kind AS text) = :kind)
    AND (:product = '' OR orders.product = (SELECT number FROM product WHERE id = :product))
"""

_ORDER = "FROM orders JOIN account ON account.number = orders.account"

_ORDERS = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, CAST(orders.kind AS text) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency
    {_ORDER}
    WHERE orders.status = 'paid' AND orders.price_minor > 0 AND orders.paid_at >= :since AND orders.paid_at < :until
      AND {_OF_ORDER}
"""

_FEES = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, CAST(orders.kind AS text) AS what,
           orders.id AS order_id, orders.fee_minor AS amount_minor, orders.fee_currency AS currency
    {_ORDER}
    WHERE orders.status = 'paid' AND orders.fee_minor <> 0 AND orders.paid_at >= :since AND orders.paid_at < :until
      AND {_OF_ORDER.replace("orders.currency", "orders.fee_currency")}
"""

_REFUNDS = f"""
    SELECT refund.succeeded_at AS at, refund.id, account.id AS account_id, CAST(refund.origin AS text) AS what,
           orders.id AS order_id, refund.amount_minor, refund.currency
    {_ORDER} JOIN refund ON refund.order_id = orders.id
    WHERE refund.status = 'succeeded' AND refund.succeeded_at >= :since AND refund.succeeded_at < :until
      AND {_OF_ORDER.replace("orders.currency", "refund.currency").replace("orders.gateway", "refund.gateway")}
"""

_DISPUTES = f"""
    SELECT dispute.closed_at AS at, CAST(dispute.id AS text) AS id, account.id AS account_id, dispute.reason AS what,
           orders.id AS order_id, dispute.amount_minor, dispute.currency
    {_ORDER} JOIN dispute ON dispute.order_id = orders.id
    WHERE dispute.status = 'lost' AND dispute.closed_at >= :since AND dispute.closed_at < :until
      AND {_OF_ORDER.replace("orders.currency", "dispute.currency").replace("orders.gateway", "dispute.gateway")}
"""

_FIGURES = {
    "sold": ("grant", "('purchased', 'subscription')"),
    "given": ("grant", "('promo', 'bonus', 'support')"),
    "used": ("burn give_back", None),
    "settled": ("settle", None),
    "expired": ("expire", None),
    "voided": ("void", None),
    "debt": ("debt debt_settled debt_cancelled", None),
    "forgiven": ("forgiven", None),
}


def _of_figure() -> str:
    conditions = []
    for figure, (kinds, packages) in _FIGURES.items():
        listed = ", ".join(f"'{kind}'" for kind in kinds.split())
        only = "" if packages is None else f" AND package.kind IN {packages}"
        conditions.append(f"(:figure = '{figure}' AND entry.kind IN ({listed}){only})")
    return " OR ".join(conditions)


_ENTRIES = f"""
    SELECT entry.booked_at AS at, lpad(CAST(entry.id AS text), 19, '0') AS id, account.id AS account_id,
           concat_ws(' ', CAST(entry.kind AS text), CAST(package.kind AS text)) AS what,
           CAST(entry.seconds AS bigint) AS seconds
    FROM entry JOIN account ON account.number = entry.account
    LEFT JOIN package ON package.number = entry.package AND package.account = entry.account
    WHERE entry.booked_at >= :since AND entry.booked_at < :until AND NOT account.is_test AND ({_of_figure()})
"""

_ACTIVE = """
    SELECT CAST(account_day.day AS timestamp) AT TIME ZONE :zone AS at, account.id, account.id AS account_id,
           account_day.usages || ' usages' AS what, account_day.seconds
    FROM account_day JOIN account ON account.number = account_day.account
    WHERE account_day.day BETWEEN :first AND :last AND account_day.usages > 0 AND NOT account.is_test
"""


def _first(column: str, what: str) -> str:
    return f"""
        SELECT CAST({column} AS timestamp) AT TIME ZONE :zone AS at, account.id, account.id AS account_id,
               '{what}' AS what
        FROM account_first JOIN account ON account.number = account_first.account
        WHERE {column} BETWEEN :first AND :last AND NOT account.is_test
    """


_DEFERRED = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, CAST(orders.kind AS text) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency,
           package.left_seconds + package.held_seconds + package.frozen_seconds AS seconds
    {_ORDER} JOIN package ON package.number = orders.package AND package.account = orders.account
    WHERE orders.status = 'paid' AND orders.price_minor > 0
      AND package.left_seconds + package.held_seconds + package.frozen_seconds > 0 AND {_OF_ORDER}
"""

_OF_SUBSCRIPTION = """
    NOT account.is_test AND subscription.gateway <> ALL(:not_counted)
    AND (:currency = '' OR subscription.currency = :currency)
    AND (:product = '' OR subscription.product = (SELECT number FROM product WHERE id = :product))
"""

_SUBSCRIPTION = "FROM subscription JOIN account ON account.number = subscription.account"

_SUBSCRIPTIONS = f"""
    SELECT subscription.created_at AS at, subscription.id, account.id AS account_id,
           CAST(subscription.status AS text) AS what, subscription.id AS subscription_id,
           worth.mrr_minor AS amount_minor, worth.currency
    {_SUBSCRIPTION}
    JOIN (
        SELECT DISTINCT ON (subscription_id) subscription_id, mrr_minor, currency
        FROM subscription_value WHERE day <= :last ORDER BY subscription_id, day DESC
    ) AS worth ON worth.subscription_id = subscription.id
    WHERE worth.mrr_minor > 0 AND {_OF_SUBSCRIPTION}
"""

# Those that the months of the sheet count, each between its two snapshots.
_ENDED = f"""
    SELECT subscription.ended_at AS at, subscription.id, account.id AS account_id,
           concat_ws(': ', subscription.cancelled_by, subscription.cancel_reason) AS what,
           subscription.id AS subscription_id, subscription.price_minor AS amount_minor, subscription.currency
    FROM month_subscription AS month
    CROSS JOIN LATERAL ({ended_between("month.since", "month.until")}) AS ended
    JOIN subscription ON subscription.id = ended.id
    JOIN account ON account.number = subscription.account
    WHERE month.month BETWEEN :first AND :last AND month.currency = ended.currency
      AND (:currency = '' OR ended.currency = :currency) AND (:figure = '' OR ended.ended_by = :figure)
"""

_TRIALS = f"""
    SELECT subscription.trial_ends_at AS at, subscription.id, account.id AS account_id,
           CAST(subscription.status AS text) AS what, subscription.id AS subscription_id,
           subscription.price_minor AS amount_minor, subscription.currency
    {_SUBSCRIPTION}
    WHERE subscription.trial_ends_at >= :since AND subscription.trial_ends_at < :until AND {_OF_SUBSCRIPTION}
      AND CAST(subscription.trial_ends_at AT TIME ZONE :zone AS date)
          <= (SELECT max(day) FROM day_taken WHERE what = 'day_trial' AND is_final)
"""

_ATTEMPT = "FROM payment_attempt AS attempt JOIN orders ON orders.id = attempt.order_id"

_OF_ATTEMPT = """
    attempt.at >= :since AND attempt.at < :until AND NOT account.is_test
    AND coalesce(attempt.gateway, orders.gateway) <> ALL(:not_counted)
    AND (:gateway = '' OR coalesce(attempt.gateway, orders.gateway) = :gateway)
"""

_SAID = """
    SELECT attempt.at, attempt.order_id || ' ' || lpad(CAST(attempt.number AS text), 6, '0') AS id,
           account.id AS account_id,
           concat_ws(' ', CAST(attempt.outcome AS text), CAST(attempt.retry AS text), attempt.code) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency
"""

# Without an outcome all attempts are meant; with one, also what the gateway did not say counts.
_ATTEMPTS = f"""
    {_SAID} {_ATTEMPT} JOIN account ON account.number = orders.account
    WHERE {_OF_ATTEMPT}
      AND (:outcome = '' OR (CAST(attempt.outcome AS text), coalesce(CAST(attempt.retry AS text), ''),
                             coalesce(attempt.code, '')) = (:outcome, :retry, :code))
"""

_FAILED_RENEWALS = f"""
    {_SAID} {_ATTEMPT} JOIN account ON account.number = orders.account
    WHERE {_OF_ATTEMPT} AND attempt.number = 1 AND attempt.outcome = 'declined' AND orders.kind = 'renewal'
      AND (:currency = '' OR orders.currency = :currency)
      AND (:retry = '' OR coalesce(CAST(attempt.retry AS text), 'none') = :retry)
      AND CAST(attempt.at AT TIME ZONE :zone AS date)
          <= (SELECT max(day) FROM day_taken WHERE what = 'day_dunning' AND is_final)
"""

_LINKS = f"""
    SELECT orders.created_at AS at, orders.id, account.id AS account_id, CAST(orders.status AS text) AS what,
           orders.id AS order_id, orders.price_minor AS amount_minor, orders.currency
    {_ORDER}
    WHERE orders.created_at >= :since AND orders.created_at < :until AND orders.link_ready_at IS NOT NULL
      AND orders.kind IN ('first', 'repeat') AND orders.method_id IS NULL AND orders.price_minor > 0 AND {_OF_ORDER}
"""

_DISCOUNTS = f"""
    SELECT orders.paid_at AS at, orders.id, account.id AS account_id, 'discount' AS what, orders.id AS order_id,
           orders.discount_minor AS amount_minor, orders.currency
    {_ORDER}
    JOIN promo_code ON promo_code.number = {CODE}
    JOIN promotion ON promotion.number = promo_code.promotion
    WHERE {STANDS} AND orders.paid_at >= :since AND orders.paid_at < :until AND NOT account.is_test
      AND (:currency = '' OR orders.currency = :currency) AND (:code = '' OR (:source, :code) = ('code', promotion.id))
"""

_PRESENTS = f"""
    SELECT given.activated_at AS at, CAST(given.id AS text) AS id, account.id AS account_id,
           'used of ' || given.granted_seconds || ' s, ' || given.left_seconds || ' s left' AS what,
           given.consumed_seconds AS seconds
    FROM ({GIVEN}) AS given JOIN account ON account.number = given.account
    WHERE NOT account.is_test AND given.source = :source AND given.currency IN (:currency, '')
      AND given.number = CASE :source WHEN 'code' THEN (SELECT number FROM promotion WHERE id = :code)
                                      WHEN 'programme' THEN (SELECT number FROM programme WHERE id = :code)
                                      WHEN 'campaign' THEN (SELECT number FROM campaign WHERE id = :code)
                                      ELSE 0 END
""".replace(
    "package.*",
    "package.account, package.id, package.activated_at, package.granted_seconds, package.left_seconds,"
    " package.consumed_seconds",
)

LISTS: Mapping[str, str] = MappingProxyType(
    {
        "orders": _ORDERS,
        "fees": _FEES,
        "refunds": _REFUNDS,
        "disputes": _DISPUTES,
        "entries": _ENTRIES,
        "active": _ACTIVE,
        "first_used": _first("used_day", "used for the first time"),
        "first_paid": _first("paid_day", "paid for the first time"),
        "deferred": _DEFERRED,
        "subscriptions": _SUBSCRIPTIONS,
        "ended": _ENDED,
        "trials": _TRIALS,
        "failed_renewals": _FAILED_RENEWALS,
        "attempts": _ATTEMPTS,
        "links": _LINKS,
        "discounts": _DISCOUNTS,
        "presents": _PRESENTS,
    }
)
"""Name in the address -> the query of its rows; only names of here get into SQL."""
