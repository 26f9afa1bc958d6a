"""Ids that we make: every rule in one place, so the same cause always gives the same id."""

import re
from hashlib import sha1, sha256
from uuid import NAMESPACE_URL

_NAMESPACE = NAMESPACE_URL.bytes
_NUL = "\0"
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_UUID5 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.IGNORECASE)
_CROCKFORD = {letter: value for value, letter in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}


def message_key(source: str, event_id: str) -> bytes:
    """
    Return the 16 bytes by which the inbox knows a message.

    Where the id begins with a moment (UUIDv7, ULID) the key begins with the same 48 bits, so that keys of
    messages made one after the other lie side by side in an index; the rest is a hash of source and id. Every
    other key begins with a zero byte: it lies before all moments since 2004, so the end of the index belongs to
    the newest moments, where PostgreSQL fills its pages to 90 % instead of splitting them in halves.
    Everything comes from the two texts, never from the message's `time`, so a repeat has the same key.

    Source: domain/minutes/README.md, "Idempotency".
    """
    hashed = sha256(f"{source}\0{event_id}".encode()).digest()
    moment = _moment_in(event_id)
    return b"\0" + hashed[:15] if moment is None else moment + hashed[:10]


def _moment_in(event_id: str) -> bytes | None:
    """Return the 48 bits of milliseconds at the beginning of a UUIDv7 or a ULID."""
    length = len(event_id)
    if length == 36 and event_id[14] == "7" and _UUID7.fullmatch(event_id):
        return bytes.fromhex(event_id[:8] + event_id[9:13])
    if length == 26 and _ULID.fullmatch(event_id):
        milliseconds = 0
        for letter in event_id[:10].upper():
            milliseconds = milliseconds << 5 | _CROCKFORD[letter]
        return milliseconds.to_bytes(6)
    return None


def package_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the package that a message grants."""
    return _id("package", source, event_id)


def package_id_of_order(order_id: str) -> str:
    """Return the id of the package that an order grants; so it cannot be granted twice."""
    return _id("package-of-order", order_id)


def package_id_of_bonus(order_id: str) -> str:
    """Return the id of the package that an order's code gives besides what is bought."""
    return _id("package-of-bonus", order_id)


def package_id_of_award(programme_id: str, account_id: str, cause: str) -> str:
    """Return the id of the package that a programme gives for a cause: an order, or the year of a birthday."""
    return _id("package-of-award", programme_id, account_id, cause)


def referral_id_of_friend(account_id: str) -> str:
    """Return the id of the referral by which an account came; there is one at the most."""
    return _id("referral", account_id)


def package_id_of_referral(referral_id: str, side: str) -> str:
    """Return the id of the package that a referral gives to its `referrer` or its `friend`."""
    return _id("package-of-referral", referral_id, side)


def fact_id_of_referral(referral_id: str, what: str) -> str:
    """Return the id of the fact that a referral was `qualified` or `reversed`."""
    return _id("referral-fact", referral_id, what)


def package_id_of_trial(subscription_id: str) -> str:
    """Return the id of the package of a subscription's trial; so it cannot be granted twice."""
    return _id("package-of-trial", subscription_id)


def package_id_of_failed_refund(refund_id: str) -> str:
    """Return the id of the support package that gives back what a refund voided before it failed."""
    return _id("package-of-failed-refund", refund_id)


def package_id_of_won_dispute(gateway: str, dispute_ref: str) -> str:
    """Return the id of the support package that gives back what a dispute voided before it was won after all."""
    return _id("package-of-won-dispute", gateway, dispute_ref)


def package_id_of_campaign(campaign_id: str, account_id: str) -> str:
    """Return the id of the package that an account gets by a campaign; so it cannot be granted twice."""
    return _id("package-of-campaign", campaign_id, account_id)


def order_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the order that a message opens."""
    return _id("order", source, event_id)


def setup_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the setup that a message asks for."""
    return _id("setup", source, event_id)


def topup_id_of_account(account_id: str) -> str:
    """Return the id of the auto top-up of an account."""
    return _id("topup", account_id)


def order_id_of_topup(account_id: str, sequence: int) -> str:
    """Return the id of the order by which an account is topped up, by the number of the top-up; so it is one."""
    return _id("topup-order", account_id, str(sequence))


def message_id_of_topup(account_id: str, sequence: int) -> str:
    """Return the id of the message that a change of a balance, by its number, led below the threshold."""
    return _id("topup-due", account_id, str(sequence))


def fact_id_of_method(gateway: str, token: str, what: str) -> str:
    """Return the id of a fact about a saved method, such as that it was `saved`."""
    return _id("method", gateway, token, what)


def subscription_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the subscription that a message starts."""
    return _id("subscription", source, event_id)


def order_id_of_renewal(subscription_id: str, after: str) -> str:
    """Return the id of the order that renews a subscription; `after` is the end of the period before, as ISO 8601."""
    return _id("renewal", subscription_id, after)


def order_id_of_refused_trial(subscription_id: str) -> str:
    """Return the id of the first order of a subscription whose trial did not begin with its method."""
    return _id("order-of-refused-trial", subscription_id)


def refund_id_of_message(source: str, event_id: str) -> str:
    """Return the id of the refund that a message asks for."""
    return _id("refund", source, event_id)


def refund_id_of_gateway(gateway: str, refund_ref: str) -> str:
    """Return our id of a refund that began in a gateway's own dashboard."""
    return _id("refund-of-gateway", gateway, refund_ref)


def is_own_id(text: object) -> bool:
    """Tell whether a text has the shape of the ids that we make, so that no other shop has given it."""
    return isinstance(text, str) and _UUID5.fullmatch(text) is not None


def fact_id_of_answer(source: str, event_id: str) -> str:
    """Return the id of the fact that answers a message; a repeated answer has the same one."""
    return _id("answer", source, event_id)


def fact_id_of_bonus(package_id: str) -> str:
    """Return the id of the fact that a bonus was granted."""
    return _id("bonus", package_id)


def fact_id_of_balance(account_id: str, sequence: int) -> str:
    """Return the id of the fact about one change of a balance."""
    # AMQP bounds a message's id at 255 bytes; an account's id alone may have 256.
    return _id("balance", account_id, str(sequence))


def notice_id(account_id: str, kind: str, subject: str) -> str:
    """Return the id of a notice; whatever is owed twice for the same subject is one."""
    return _id("notice", account_id, kind, subject)


def _id(noun: str, *parts: str) -> str:
    # Nouns differ and no part can hold NUL, so two different causes never read the same. This is `uuid5` without its
    # object, which takes two thirds of the time, and every balance that changes has an id.
    digest = bytearray(sha1(_NAMESPACE + f"screph:{noun}:{_NUL.join(parts)}".encode(), usedforsecurity=False).digest())
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"
