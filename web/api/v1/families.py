"""Every family of operations, in the order of the reference."""

from web.api.v1 import (
    access,
    account,
    events,
    notices,
    orders,
    packages,
    products,
    promotions,
    push,
    referrals,
    refunds,
    statement,
    subscription_requests,
    subscriptions,
    topup,
    usages,
)

FAMILIES = (
    account.family,
    events.family,
    packages.family,
    statement.family,
    usages.family,
    products.family,
    orders.family,
    refunds.family,
    subscriptions.family,
    subscription_requests.family,
    topup.family,
    promotions.family,
    referrals.family,
    notices.family,
    push.family,
    access.family,
)
