"""As typed: what a message calls a field, a person has typed as an option or an argument; refusals say that name."""

import re
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import typer
from typer.core import TyperCommand

NAMES = {
    "a_day": ("uses_a_day",),
    "account": ("subject", "account_id"),
    "amount": ("amount_minor",),
    "below": ("threshold_seconds",),
    "balance_at_least": ("balance_at_least_seconds",),
    "balance_below": ("balance_below_seconds",),
    "by": ("approved_by", "cancelled_by", "changed_by", "created_by", "requested_by", "resolved_by", "voided_by"),
    "campaign": ("campaign_id",),
    "country": ("countries",),
    "each": ("uses_each",),
    "ends": ("ends_at",),
    "everyone": ("is_everyone",),
    "code": ("codes",),
    "free_product": ("free_product_id",),
    "cooldown": ("cooldown_seconds",),
    "item": ("kind", "gateway", "ref"),
    "max_money": ("max_minor_per_day",),
    "message_id": ("id",),
    "method": ("method_id",),
    "now": ("when",),
    "order": ("order_id",),
    "product": ("product_id", "product_ids"),
    "programme": ("programme_id",),
    "promotion": ("promotion_id",),
    "ref": ("dispute_ref",),
    "source": ("usage_source",),
    "starts": ("starts_at",),
    "subscription": ("subscription_id",),
    "without": ("without_campaign_ids",),
}
"""parameter of a command -> the fields of messages that it fills, where those have other names."""

COMMANDS = {"method.setup_requested": "billing methods save"}
"""type of a message that a refusal names -> the command that sends it."""

PATTERNS = {
    "^[A-Z]{2}$": "is not a country's code of two capitals, such as RU",
    "^[A-Z]{3}$": "is not a currency's code of three capitals, such as RUB",
    "^[a-z0-9][a-z0-9._-]{0,63}$": "is not an id of at most 64 small letters, digits, dots, hyphens and underscores",
    "^[a-z0-9][a-z0-9-]{0,62}[a-z0-9]$": "is not an id of 2 to 64 small letters, digits and hyphens",
}
"""pattern of a field -> what a value is not that does not match it."""

_MISMATCH = re.compile(r"String should match pattern '([^']+)'")
_PLACE = re.compile(r"(^|; )(?:data\.)?(?:segment\.)?([a-z_]+)(?:\.[^ :]+)*: ")
_QUOTED = re.compile(r"`([a-z_.]+)`")

_parameters: ContextVar[Sequence[Any]] = ContextVar("parameters", default=())


class Command(TyperCommand):
    """A command that is known, while it runs, to whoever words a refusal."""

    def invoke(self, ctx: Any) -> Any:
        """Run it."""
        token = _parameters.set(self.params)
        try:
            return super().invoke(ctx)
        finally:
            _parameters.reset(token)


def use_command_class(app: typer.Typer) -> None:
    """Let all commands of an app, and of its groups, be of the class above."""
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            use_command_class(group.typer_instance)


def as_typed(sentence: str) -> str:
    """
    Return a refusal in the words of the command that runs.

    The fields of a message stand in it as the place of a fault (`data.until: is not …`), or in backticks; so does the
    type of a message. What the command does not know stays as it is.
    """
    names = _names()

    def place(found: re.Match[str]) -> str:
        before, field = found[1], found[2]
        return before if field == "data" else f"{before}{names[field]}: " if field in names else found[0]

    def quoted(found: re.Match[str]) -> str:
        if found[1] in COMMANDS:
            return f"`{COMMANDS[found[1]]}`"
        return names.get(found[1], found[0])

    plain = _MISMATCH.sub(lambda found: PATTERNS.get(found[1], found[0]), sentence)
    return _QUOTED.sub(quoted, _PLACE.sub(place, plain))


def _names() -> dict[str, str]:
    """Return, by the fields of messages, what the parameters of the running command are called."""
    names: dict[str, str] = {}
    for each in _parameters.get():
        is_option = each.opts[0].startswith("-")
        typed = each.opts[0] if is_option else each.name
        names |= dict.fromkeys((*NAMES.get(each.name, ()), each.name), typed)
    return names
