"""Home: how many minutes are left, until when, and what happens next."""

from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request, Response

from domain.minutes.balance import Balance
from domain.minutes.forecast import Forecast
from store.engine import Session
from store.minutes.read import DaysOfUse, StatementLine, account_balance, account_forecast, account_statement
from store.payments.read_receipts import PackageName, package_names
from store.reading import reading
from store.subscriptions.read import SubscriptionLine, live_subscription
from web.portal.show import show
from web.portal.statement import change_of, words_of
from web.portal.visitor import Signed, SignedIn, portal_of
from workers.context import Context

LAST_LINES = 5

LITTLE_SECONDS, ALMOST_NOTHING_SECONDS = 600, 300
"""At and below which the balance is orange, then red; as in the desktop program."""

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Home:
    """What the home page shows; `packages` name them."""

    balance: Balance
    outlook: Forecast
    subscription: SubscriptionLine | None
    lines: tuple[StatementLine, ...]
    packages: dict[str, PackageName]


@router.get("/")
def home(request: Request, signed: SignedIn) -> Response:
    """Show the balance, the packages in burn order, the subscription and the last lines."""
    context = portal_of(request).context
    days = cast(DaysOfUse, request.app.state.days_of_use)
    with reading(context.engine) as session:
        found = _home(session, context, signed, days)
    return show(
        request,
        "home.html",
        signed.reader,
        signed=signed,
        home=found,
        tone=tone_of(found.balance.available_seconds),
        words_of=words_of,
        change_of=change_of,
    )


def tone_of(available_seconds: int) -> str:
    """Return the tone in which a balance is shown; never without words beside it."""
    if available_seconds > LITTLE_SECONDS:
        return "good"
    return "warn" if available_seconds > ALMOST_NOTHING_SECONDS else "bad"


def _home(session: Session, context: Context, signed: Signed, days: DaysOfUse) -> Home:
    account_id, language = signed.visitor.account_id, signed.reader.language
    now, policy = context.clock(), context.rules.policy
    balance = account_balance(session, account_id, at=None, now=now, policy=policy)
    statement = account_statement(session, account_id, limit=LAST_LINES)
    named = {package.id for package in balance.packages} | {line.package_id for line in statement.lines}
    return Home(
        balance,
        account_forecast(session, account_id, now=now, policy=policy, known=days),
        live_subscription(session, account_id),
        tuple(reversed(statement.lines)),
        package_names(session, {package_id for package_id in named if package_id is not None}, language=language),
    )
