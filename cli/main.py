"""The command `billing`: its groups, and how errors are shown."""

import sys

import typer

from boot.clock import UnableToReadClock
from boot.settings import UnableToStart
from cli import processes
from cli.amounts import UnableToReadAmount
from cli.commands import (
    accounts,
    campaigns,
    catalogue,
    checks,
    clock,
    dead_letters,
    disputes,
    four_way,
    import_django,
    messages,
    methods,
    metrics,
    minutes,
    notices,
    operators,
    orders,
    programmes,
    promo_codes,
    promotion_guard,
    referrals,
    refunds,
    review,
    stats,
    subscriptions,
    tokens,
    topup,
    web,
    webhooks,
)
from cli.commands.accounts import UnableToChangeAccount
from cli.commands.catalogue import UnableToImport
from cli.commands.notices import UnableToPreview
from cli.commands.promo_codes import UnableToCreate
from cli.commands.refunds import UnableToRefund
from cli.commands.review import UnknownReviewItem
from cli.commands.stats import WrongDays
from cli.commands.usage_files import UnableToReadUsage
from cli.demo import command as demo
from cli.typed import use_command_class
from domain.access.operator import UnableToChangeOperator
from domain.access.token import UnableToIssue
from messages.errors import MessageRejected, Unavailable
from store.access.read import UnknownToken
from store.cursor import WrongCursor
from store.dead_letters import UnableToResolve
from store.django_source import UnableToReadSource
from store.minutes.explain import UnknownUsage
from store.minutes.read import UnknownAccount
from store.notices.read import UnknownNotice
from store.payments.read import UnknownOrder
from store.promotions.read import UnknownPromotion
from store.promotions.read_campaigns import UnknownCampaign
from store.promotions.read_guard import UnknownCode
from store.subscriptions.read import UnknownSubscription
from store.subscriptions.read_topup import UnknownTopup
from workers.access.sessions import NoSuchAccount
from workers.catalogue.product import UnknownProduct

app = typer.Typer(
    name="billing",
    help="Sells packages of minutes, counts them down, and can explain every second.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    processes.app,
    webhooks.app,
    web.app,
    import_django.app,
    messages.app,
    minutes.app,
    orders.links,
    refunds.app,
    disputes.app,
    checks.app,
    metrics.app,
    demo.app,
):
    app.registered_commands += group.registered_commands
app.add_typer(accounts.app, name="accounts")
app.add_typer(catalogue.app, name="products")
app.add_typer(clock.app, name="clock")
app.add_typer(processes.scheduler_app, name="scheduler")
app.add_typer(operators.app, name="operators")
app.add_typer(orders.app, name="orders")
app.add_typer(methods.app, name="methods")
app.add_typer(notices.app, name="notices")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(topup.app, name="topup")
app.add_typer(tokens.app, name="tokens")
promotions = typer.Typer(help="What is given besides what is bought.", no_args_is_help=True)
promotions.add_typer(promo_codes.app, name="codes")
promotions.registered_commands += promotion_guard.app.registered_commands
promotions.add_typer(campaigns.app, name="campaigns")
promotions.add_typer(programmes.app, name="programmes")
promotions.add_typer(referrals.app, name="referrals")
app.add_typer(promotions, name="promotions")
app.add_typer(four_way.app, name="reconcile")
app.add_typer(review.app, name="review")
app.add_typer(stats.app, name="stats")
app.add_typer(dead_letters.app, name="dead-letters")
use_command_class(app)

EXPECTED = (
    UnableToStart,
    UnableToChangeAccount,
    UnableToReadClock,
    Unavailable,
    MessageRejected,
    UnableToReadSource,
    UnableToResolve,
    UnableToChangeOperator,
    UnableToCreate,
    UnableToImport,
    UnableToIssue,
    UnableToPreview,
    UnableToReadAmount,
    UnableToReadUsage,
    UnableToRefund,
    UnknownAccount,
    UnknownCampaign,
    UnknownCode,
    UnknownUsage,
    UnknownProduct,
    UnknownOrder,
    UnknownPromotion,
    UnknownNotice,
    UnknownReviewItem,
    UnknownSubscription,
    UnknownToken,
    UnknownTopup,
    NoSuchAccount,
    WrongCursor,
    WrongDays,
)
"""What the user can repair: one sentence, exit 2. Anything else is a bug and shows where it is."""


def main() -> None:
    """Run a command."""
    if wrong := [word for word in sys.argv[1:] if not _is_text(word)]:
        print(f"billing: {wrong[0]!a} is no text in UTF-8", file=sys.stderr)
        sys.exit(2)
    try:
        app()
    except EXPECTED as error:
        print(f"billing: {error}", file=sys.stderr)
        sys.exit(2)


def _is_text(word: str) -> bool:
    # A byte that is no UTF-8 comes as half a surrogate pair, which no message, query or terminal takes.
    return not any("\ud800" <= character <= "\udfff" for character in word)
