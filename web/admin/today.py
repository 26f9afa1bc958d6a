"""Today: what an operator looks at first; each figure leads to the rows that it is made of."""

from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from domain.access.role import Permission
from domain.gateway.payment import PaymentStatus
from domain.statistics.period import day_of, midnight
from domain.subscriptions.subscription import SubscriptionStatus
from store.payments.read import list_orders
from store.payments.read_admin import (
    gateways_of_orders,
    open_disputes,
    open_refunds,
    review_items,
    sales_since,
    waiting_letters,
)
from store.reading import reading
from store.statistics.read.health import last_verdict
from store.subscriptions.read import list_subscriptions
from web.admin.operator import SignedIn, admin_of
from web.admin.queues import faults_of_tables
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.words import SANDBOX, tone

FAILED_SHOWN = 10

AUDITED_WITHIN = timedelta(hours=25)
"""The books are audited every day; a verdict that is older is none."""

router = AdminRouter()


@router.page("/", Permission.OVERVIEW_READ)
def today(request: Request, signed: SignedIn) -> Response:
    """Show how things stand: first what needs somebody, then the day so far."""
    context = admin_of(request).context
    now = context.clock()
    day = day_of(now, context.business_zone)
    with reading(context.engine) as session:
        values: dict[str, Any] = {
            "sales": sales_since(session, midnight(day, context.business_zone)),
            "has_sandbox": SANDBOX in gateways_of_orders(session),
            "items": review_items(session, now=now),
            "disputes": open_disputes(session),
            "refunds": open_refunds(session),
            "letters": waiting_letters(session),
            "verdict": last_verdict(session),
            "failed": list_orders(session, status=PaymentStatus.FAILED, limit=FAILED_SHOWN).lines,
            "past_due": list_subscriptions(session, status=SubscriptionStatus.PAST_DUE, limit=FAILED_SHOWN).lines,
            "faults": faults_of_tables(session, admin_of(request).timetable, now=now),
        }
    return show(
        request,
        "today.html",
        signed,
        day=day,
        zone=context.business_zone,
        audit_old=now - AUDITED_WITHIN,
        tone_of=tone,
        **values,
    )
