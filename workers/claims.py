"""Claims: each message and each gateway update takes effect once."""

from hashlib import sha256

from messages.errors import MessageRejected
from messages.read import Event
from store.engine import Session
from store.inbox import Arrival, Key, Known, claim_messages


def claim(session: Session, event: Event) -> int | Known:
    """
    Claim a message; return its new id, or what is known of it.

    Raises:
        MessageRejected: its id was used before with other content.
    """
    key = Key(event.envelope.source, event.envelope.id)
    claims = claim_messages(session, [Arrival(key, event.envelope.type, event.sha256)])
    if key in claims.fresh:
        return claims.fresh[key]
    known = claims.known[key]
    if known.sha256 != event.sha256:
        raise MessageRejected(
            "SameIdOtherContent",
            f"id {key.event_id} of {key.source} was used before with other content; "
            "a different event needs a different id",
        )
    return known


def claim_gateway_event(session: Session, gateway: str, what: str, kind: str) -> int | None:
    """
    Claim an update of a gateway, such as `paid:pi_1`, for ever; None when it was claimed before.

    So whatever reports it again, a webhook, a poll or our own call, has no second effect.
    """
    key = Key(f"gateway/{gateway}", what)
    claims = claim_messages(session, [Arrival(key, kind, sha256(f"{gateway}\0{what}".encode()).digest())])
    return claims.fresh.get(key)
