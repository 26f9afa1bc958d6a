"""Every code of a problem: its status, and its sentence in the language of whoever asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

from fastapi import Request

from asgi.problem_details import Problem, Wording
from i18n.formats import Formats
from i18n.language import choose_locale
from web.language import accepted_language


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: the status of its answers, and its sentence in English."""

    status: int
    sentence: str


def _(text: str) -> str:
    """Mark a sentence for the catalogues; it is translated when it is said."""
    return text


OF_REQUESTS: Mapping[str, Kind] = MappingProxyType(
    {
        "bad_request": Kind(400, _("The request cannot be read.")),
        "cursor_invalid": Kind(400, _("This cursor belongs to no page of this list.")),
        "idempotency_key_missing": Kind(400, _("The header Idempotency-Key is missing.")),
        "idempotency_key_invalid": Kind(400, _("The Idempotency-Key has to be 1 to 255 printable characters.")),
        "unauthorized": Kind(401, _("The token is missing, wrong, or does not work any more.")),
        "forbidden": Kind(403, _("This token does not allow that.")),
        "not_found": Kind(404, _("There is nothing of this name.")),
        "method_not_allowed": Kind(405, _("This cannot be done here.")),
        "request_timeout": Kind(408, _("The request did not arrive in time.")),
        "request_in_progress": Kind(409, _("The same request is still being worked on.")),
        "content_too_large": Kind(413, _("The request is too large.")),
        "unsupported_media_type": Kind(415, _("The request has to be JSON.")),
        "misdirected": Kind(421, _("This server is not asked by that name.")),
        "invalid": Kind(422, _("The request has wrong values.")),
        "idempotency_key_reused": Kind(422, _("This Idempotency-Key was used before for another request.")),
        "return_url_not_allowed": Kind(422, _("Buyers cannot be sent back to that address.")),
        "origin_not_allowed": Kind(422, _("Pages there may not show a balance.")),
        "from_the_future": Kind(422, _("The time lies in the future.")),
        "rate_limited": Kind(429, _("Too many requests; wait a moment.")),
        "internal": Kind(500, _("Something went wrong on our side.")),
        "unavailable": Kind(503, _("The service is away for a moment. Try again in some seconds.")),
    }
)
"""What may be wrong with a request, whatever it is about."""

OF_RESOURCES: Mapping[str, Kind] = MappingProxyType(
    {
        "account_blocked": Kind(409, _("The account is blocked: it may neither buy nor spend. Ask support.")),
        "account_closed": Kind(409, _("The account is closed.")),
        "already_subscribed": Kind(409, _("There is a subscription already.")),
        "below_minimum": Kind(409, _("The purchase is too small for this code.")),
        "cancelled": Kind(409, _("The subscription is cancelled; resume it first.")),
        "circle": Kind(409, _("You cannot be invited by somebody whom you have invited.")),
        "code_expired": Kind(409, _("This code has expired.")),
        "declined": Kind(409, _("The payment was declined.")),
        "disputed": Kind(409, _("The payment is disputed; the bank decides now.")),
        "ended": Kind(409, _("The subscription has ended.")),
        "expected_other": Kind(409, _("What may be refunded has changed; ask for a new quote.")),
        "first_purchase_only": Kind(409, _("This code is for a first purchase.")),
        "free_order": Kind(409, _("Nothing was paid for this order.")),
        "in_the_past": Kind(422, _("The time lies in the past.")),
        "incomplete": Kind(422, _("The first time, a threshold and a product are needed.")),
        "invited_already": Kind(409, _("This account was invited before.")),
        "limit_in_other_currency": Kind(422, _("The limit of a day has to be in the same currency.")),
        "limit_too_low": Kind(422, _("The limit of a day does not buy the product once.")),
        "method_declined": Kind(409, _("This payment method was declined; choose another.")),
        "method_expired": Kind(409, _("This payment method has expired; save another.")),
        "needs_purchase": Kind(409, _("This code counts when something is bought.")),
        "no_change": Kind(409, _("It is so already.")),
        "no_gateway": Kind(409, _("There is no way to pay in this currency.")),
        "no_method": Kind(409, _("No payment method is saved.")),
        "no_price": Kind(409, _("This product has no price in this currency.")),
        "no_subscription": Kind(409, _("There is no such subscription.")),
        "no_such_method": Kind(409, _("There is no such payment method.")),
        "not_active": Kind(409, _("The subscription is not active.")),
        "not_inviting": Kind(409, _("Friends cannot be invited at present.")),
        "not_new": Kind(409, _("An invitation is for those who have not bought yet.")),
        "not_paid": Kind(409, _("Only what was paid can be given back.")),
        "not_with_trial": Kind(409, _("A trial takes no code.")),
        "nothing_left": Kind(409, _("There is nothing left to give back.")),
        "nothing_owed": Kind(409, _("Nothing is owed.")),
        "nothing_to_resume": Kind(409, _("The subscription goes on anyway.")),
        "on_trial": Kind(409, _("During a trial another product begins with its end.")),
        "one_of_a_kind": Kind(409, _("A purchase takes one code of each kind.")),
        "other_currency": Kind(409, _("It does not count for prices in this currency.")),
        "other_product": Kind(409, _("This code is for another product.")),
        "own_invitation": Kind(409, _("Nobody can invite themselves.")),
        "payment_under_way": Kind(409, _("A payment is under way; wait for it.")),
        "refused": Kind(409, _("This cannot be done now.")),
        "restored_before": Kind(409, _("Ask support about this refund.")),
        "returning_buyers_only": Kind(409, _("This code is for those who come back after a while.")),
        "subscription": Kind(409, _("This product is a subscription.")),
        "too_early": Kind(409, _("This code cannot be used yet.")),
        "too_late": Kind(409, _("The time to give it back is over.")),
        "too_many_tries": Kind(409, _("Too many codes were tried; try again in an hour.")),
        "too_much": Kind(409, _("So much cannot be given back.")),
        "unknown_account": Kind(404, _("This account is not known.")),
        "unknown_code": Kind(409, _("This code is not known.")),
        "unknown_order": Kind(404, _("There is no such order.")),
        "unknown_product": Kind(409, _("This product is not on offer.")),
        "used_by_you": Kind(409, _("You have used this code already.")),
        "used_up": Kind(409, _("This code is used up.")),
        "used_up_today": Kind(409, _("This code is used up for today.")),
        "worth_more": Kind(409, _("What is left is worth more than the new price; change at the period's end.")),
    }
)
"""What may stand against what is asked for."""

BARRED = ("account_blocked", "account_closed")
"""What stands against whatever costs money or minutes, where the account may do neither."""

KINDS: Mapping[str, Kind] = MappingProxyType(dict(OF_REQUESTS) | dict(OF_RESOURCES))

_OTHER_NAMES = {
    "same_id_other_content": "idempotency_key_reused",
    "other_account": "not_found",
    "changed": "expected_other",
}
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class TranslatedWording(Wording):
    """How problems of the API are said: in the language that a request accepts."""

    def title(self, request: Request, problem: Problem) -> str:
        """Return the sentence of its code."""
        kind = KINDS.get(problem.code)
        if kind is None:
            return super().title(request, problem)
        return Formats(accepted_language(request), None).gettext(kind.sentence)

    def detail(self, request: Request, problem: Problem) -> str:
        """Return what is wrong this time; other languages than English have the sentence of its code alone."""
        is_english = choose_locale(accepted_language(request)).language == "en"
        return problem.detail if is_english else self.title(request, problem)


def name_of_code(code: str) -> str:
    """Return the name that a refusal such as `NoPrice` has here; one that nobody has listed is `refused`."""
    name = _WORD.sub("_", code).lower()
    name = _OTHER_NAMES.get(name, name)
    return name if name in KINDS else "refused"


def problem(code: str, detail: str | None = None) -> Problem:
    """Return the problem of a code that is listed here."""
    kind = KINDS[code]
    return Problem(kind.status, code, detail or kind.sentence)


def refuse(code: str, reason: str) -> NoReturn:
    """
    Answer a refusal of a handler.

    Raises:
        Problem: always.
    """
    raise problem(name_of_code(code), reason)
