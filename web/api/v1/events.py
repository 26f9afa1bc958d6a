"""`GET /account/events`: the balance of an account as it changes."""

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import Header, Query, Response

from domain.access.scope import Scope
from store.minutes.read_live import LiveBalance
from web.api.v1.caller import CallerOf
from web.api.v1.operation import Family
from web.live.poll import LONGEST_SECONDS, wait_for_change
from web.live.stream import EventStream, Render, event
from web.live.watch import Permit, Watch

family = Family("Live balance", "Changes of a balance, told to whoever has a stream open.")

EXAMPLE = (
    "retry: 3210\n\nevent: balance\nid: 42.1796331600\n"
    'data: {"sequence":42,"version":"42.1796331600","at":"2026-11-28T09:00:00Z","available_seconds":18720,'
    '"granted_seconds":36000,'
    '"debt_seconds":0,"next_expiry":{"at":"2026-12-03T21:00:00Z","seconds":2400}}\n\n: ping\n\n'
)


@family.add(
    "GET",
    "/account/events",
    Scope.ACCOUNT_READ,
    audience="buyers",
    widgets=True,
    example=EXAMPLE,
    response_class=EventStream,
)
async def stream_balance(
    caller: CallerOf,
    last_event_id: Annotated[
        str, Header(max_length=64, description="The last event that was read", examples=["42.1796331600"])
    ] = "",
) -> Response:
    """
    Stream the balance.

    Server-sent events: `balance` comes at once and with each change; its `id`, sent as `Last-Event-ID`, leaves out what
    was read before. `stopping` says that the server ends and another connection is needed, `ended` that the token does
    not work any more. A comment comes every 15 seconds. An account may have five streams at once.
    """
    watching = caller.api.live.watch(caller.account_id, Permit("token", caller.token.number))
    return EventStream(watching, balance_events(last_event_id))


async def wait_for_news(
    caller: CallerOf,
    wait: Annotated[
        int, Query(ge=0, le=LONGEST_SECONDS, description="Answer only when `after` is over, or after so many seconds")
    ] = 0,
    after: Annotated[
        str, Query(max_length=64, description="`sequence` of the balance that was read last", examples=["42"])
    ] = "",
) -> None:
    """Wait before an account is read, where that is asked for; a dependency."""
    if wait and after:
        permit = Permit("token", caller.token.number)
        await wait_for_change(caller.api.live, caller.account_id, permit, after=after, seconds=wait)


def balance_events(last_event_id: str) -> Render:
    """Return what tells a balance that is not the one of an event that was read before."""
    last = last_event_id

    def render(watch: Watch) -> Iterator[bytes]:
        nonlocal last
        if watch.balance is not None and watch.balance.version != last:
            last = watch.balance.version
            yield event("balance", orjson.dumps(_as_json(watch.balance), option=orjson.OPT_UTC_Z), event_id=last)

    return render


def _as_json(balance: LiveBalance) -> dict[str, Any]:
    expiry = None if balance.ends_at is None else {"at": balance.ends_at, "seconds": balance.ending_seconds}
    return {
        "sequence": balance.sequence,
        "version": balance.version,
        "at": balance.at,
        "available_seconds": balance.available_seconds,
        "granted_seconds": balance.granted_seconds,
        "debt_seconds": balance.debt_seconds,
        "next_expiry": expiry,
    }
