"""`spend_minutes/`: minutes are spent, all or nothing, by the handler that the queue runs."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson
from fastapi.concurrency import run_in_threadpool

from broker.middleware import GiveBack
from messages.errors import MessageRejected, Unavailable
from messages.fields import MAX_USAGE_SECONDS
from messages.minutes.requests import SpendRequested
from messages.registry import QUEUE_OF
from store.access.read import BearerToken
from store.minutes.read_offered import OfferedPackage, offered_package
from web.api.screph.forms import package_form, user_number
from web.api.screph.profile import account_of, wording_of
from web.api.screph.route import ScrephError
from web.reading import read
from web.recent import Recent
from workers.context import Context
from workers.outcome import Outcome, Result
from workers.submit import Submission
from workers.submit_together import Together

NOT_POSITIVE = "Количество минут должно быть положительным целым числом."
NO_MINUTES = "У вас нет доступных минут."
TOO_FEW = "Недостаточно минут. Доступно: {available} мин."
ACCOUNT_BLOCKED = "Аккаунт заблокирован. Обратитесь в поддержку."
ACCOUNT_CLOSED = "Аккаунт закрыт."
TOO_MANY_AT_ONCE = f"За один раз можно списать не больше {MAX_USAGE_SECONDS // 60} мин."
SPENT = "Списано {minutes} мин."
WRONG_KEY = "Idempotency-Key: от 1 до 255 печатных символов ASCII."
OTHER_CONTENT = "С этим Idempotency-Key уже был другой запрос."

_MAX_KEY, _MAX_ID = 255, 128

OFFER_SECONDS = 60.0
"""A changed name or price of an offer shows in answers after so long at the most."""

Offered = tuple[int, OfferedPackage]
"""The number of an account, and one package of it."""


@dataclass(frozen=True, slots=True)
class Spending:
    """What was asked: the body as it came, and the key by which a repeat is known, if there is one."""

    body: bytes
    key: str | None


class Spender:
    """
    Spends minutes for requests.

    It remembers for a minute by which offer a package was bought, and whose it is; what is left of it comes with each
    answer.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.together = Together(context, QUEUE_OF[SpendRequested])
        self._offered = Recent[str, Offered](seconds=OFFER_SECONDS)

    async def offered(self, account_id: str, package_id: str) -> Offered:
        """
        Return the number of an account, and a package of it with its offer.

        Raises:
            Unavailable: the database cannot be read.
        """
        offered = self._offered.get(package_id)
        if offered is None:
            since = self._offered.now()
            offered = await run_in_threadpool(self._look_up, account_id, package_id)
            self._offered.put(package_id, offered, since=since)
        return offered

    def _look_up(self, account_id: str, package_id: str) -> Offered:
        wording = wording_of(self.context)
        return read(self.context, lambda session: offered_package(session, account_id, package_id, wording))


async def spend_minutes(spender: Spender, token: BearerToken, spending: Spending) -> tuple[dict[str, Any], bool]:
    """
    Spend minutes and return the answer of the call, and whether it repeats the first one.

    Raises:
        ScrephError: with the text for the user.
        Unavailable: the store is away. Without a key it is then unknown whether the minutes were spent.
    """
    account_id, minutes = account_of(token), _minutes_in(spending.body)
    submission = Submission(
        SpendRequested, account_id, {"minutes": minutes}, f"api/{token.number}", _message_id(spending.key)
    )
    outcome = await _submitted(spender.together, submission)
    answer = outcome.answer
    if "code" in answer:
        raise ScrephError(400, ACCOUNT_CLOSED if answer["code"] == "AccountClosed" else ACCOUNT_BLOCKED)
    if "spent_seconds" not in answer:
        available = answer["available_seconds"] // 60
        raise ScrephError(400, TOO_FEW.format(available=available) if available else NO_MINUTES)
    number, offered = await spender.offered(account_id, answer["package_id"])
    user = user_number(account_id, number)
    return {
        "message": SPENT.format(minutes=minutes),
        "package_updated": package_form(offered, user, left_seconds=answer["package_left_seconds"]),
        "total_minutes_remaining": answer["available_seconds"] // 60,
    }, outcome.result is Result.REPEATED


def _minutes_in(body: bytes) -> int:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ScrephError(400, NOT_POSITIVE) from error
    minutes = asked.get("minutes_to_spend") if isinstance(asked, dict) else None
    # `True` is an integer to Python and none to anybody else.
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes <= 0:
        raise ScrephError(400, NOT_POSITIVE)
    if 60 * minutes > MAX_USAGE_SECONDS:
        raise ScrephError(400, TOO_MANY_AT_ONCE)
    return minutes


def _message_id(key: str | None) -> str:
    """Return the id of the message: the key, bare or as a quoted string; the hash of one that is too long for an id."""
    if key is None:
        return str(uuid4())
    if len(key) >= 2 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if not (0 < len(key) <= _MAX_KEY and key.isascii() and key.isprintable()):
        raise ScrephError(400, WRONG_KEY)
    return key if len(key) <= _MAX_ID else sha256(key.encode()).hexdigest()


async def _submitted(together: Together, submission: Submission) -> Outcome:
    try:
        return await together.submit(submission)
    except MessageRejected as error:
        # Number and account are checked before, so there is nothing else that could be wrong.
        raise ScrephError(422, OTHER_CONTENT) from error
    except GiveBack as error:
        raise Unavailable("the process is ending") from error
