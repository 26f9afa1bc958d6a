"""Third chapter: two weeks go by on the test clock. A subscription renews, a decline heals, a gift ends."""

from collections.abc import Iterator
from datetime import timedelta

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from boot.wiring import Wiring
from cli.output import moment, out, print_table, short
from demo.days import Days
from demo.people import GIFT_LASTS, GIFT_MINUTES, SPARING, SUBSCRIBER, USED_MINUTES, gift, usage
from demo.shop import Sandbox, Shop
from domain.money import Money
from domain.notices.delivery import NoticeState
from domain.notices.notice import NoticeKind
from domain.payments.attempt import AttemptOutcome
from store.notices.read import list_notices
from store.payments.read import OrderPage, list_orders, order_page
from store.reading import reading

PRODUCT = "weekly"
DAY = timedelta(days=1)
FIRST_STEP = timedelta(hours=21)
"""From the evening to the afternoon, so that a renewal is charged while its last period runs."""

STEPS = 15
BANK_DECLINES_AFTER = 10
"""Steps; between the first renewal and the second."""

CODE = "insufficient_funds"


def subscribe(days: Days, shop: Shop) -> None:
    """Begin a subscription, whose first payment saves the card; and give somebody else minutes that end soon."""
    answer = shop.subscribe(SUBSCRIBER.account_id, PRODUCT)
    shop.pay(answer["url"])
    shop.wait_until_paid(answer["order_id"])
    days.settle()
    days.publish(gift(days.now))
    days.publish(usage(days.now))
    price = Money(answer["amount_minor"], "RUB")
    out.print(f"{SUBSCRIBER.account_id} subscribes to [bold]{PRODUCT}[/] for {price}; the page saves the card")
    out.print(
        f"{SPARING.account_id} gets {GIFT_MINUTES} min that end in {GIFT_LASTS.days} days, and uses {USED_MINUTES}\n"
    )


def let_weeks_go_by(days: Days, sandbox: Sandbox) -> None:
    """Move the clock a day at a time; the scheduler reminds of whatever is due, and workers do it."""
    begin = days.now
    columns = (TextColumn("days go by"), BarColumn(36), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as progress:
        task = progress.add_task("", total=STEPS)
        for number in range(STEPS):
            if number == BANK_DECLINES_AFTER:
                sandbox.decline_next(CODE)
            days.go_by(DAY if number else FIRST_STEP)
            progress.advance(task)
    out.print(
        f"the test clock went from {moment(begin)[:10]} to {moment(days.now)[:10]}, with {days.reminders} reminders\n"
    )


def show_payments(wiring: Wiring) -> None:
    """Show every try to get money for the subscription, and what became of it."""
    with reading(wiring.engine) as session:
        orders = list_orders(session, account_id=SUBSCRIBER.account_id).lines
        pages = [order_page(session, order.id) for order in reversed(orders)]
        notices = list_notices(session, account_id=SUBSCRIBER.account_id, state=NoticeState.SENT, limit=1_000).lines
    told = [one for one in notices if one.kind is NoticeKind.PAYMENT_FAILED]
    print_table(
        f"What {SUBSCRIBER.account_id} was charged",
        ("tried (UTC)", "order", "price", "outcome", "minutes for"),
        (row for page in pages for row in _tries(page)),
    )
    for one in told:
        out.print(f"a mail about the refusal went out at {moment(one.ended_at)[5:16]}")
    paid = sum(one.outcome is AttemptOutcome.PAID for page in pages for one in page.attempts)
    packages = sum(page.package is not None for page in pages)
    out.print(f"{len(pages)} periods: {paid} payments, {packages} packages of minutes\n")


def _tries(page: OrderPage) -> Iterator[tuple[object, ...]]:
    order, package = page.order, page.package
    for one in page.attempts:
        minutes_for = ""
        if one.outcome is AttemptOutcome.PAID and package is not None:
            minutes_for = f"{moment(package.activated_at)[5:10]} to {moment(package.expires_at)[5:10]}"
        yield moment(one.at)[5:16], short(order.id), order.price, one.code or one.outcome, minutes_for
