"""
Passkeys: a challenge is given out, kept for its first answer, and the answer verified.

What is verified is the WebAuthn standard's business and done by `webauthn`; what is decided here: a challenge counts
once, for one purpose and for the browser that has asked, and somebody is always verified by their device.
"""

import json
import logging
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.access.passkey import (
    CHALLENGE_LIFETIME,
    MAX_CHALLENGES_OF_ADDRESS,
    MAX_PASSKEYS,
    Fault,
    Holder,
    Purpose,
    Site,
    passkey_name,
)
from store.access.passkey import (
    Challenge,
    NewPasskey,
    Passkey,
    add_challenge,
    add_passkey,
    count_challenges,
    credentials_of,
    find_passkey,
    forget_challenges,
    take_challenge,
    use_passkey,
)
from store.engine import Session
from workers.context import Context

_log = logging.getLogger(__name__)

_CHALLENGE_BYTES = 32

_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What reading an answer can raise: it comes from anybody, and says what it likes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a browser has answered to a challenge, as JSON of WebAuthn, and where.

    `bound_to` is what the browser is known by: it must be what the challenge was given out for.
    """

    text: str
    site: Site
    bound_to: str


def ask_for_answer(
    context: Context, site: Site, *, purpose: Purpose, bound_to: str, address: str | None
) -> str | Fault:
    """
    Return a challenge for whoever has a passkey for a site, as options of WebAuthn in JSON; no passkey is named.

    Args:
        context: what handlers need.
        site: whose page asks.
        purpose: what the answer is to count for.
        bound_to: what the browser is known by.
        address: of the internet, by which unanswered ones are counted; None: it is not known.
    """
    challenge, at = secrets.token_bytes(_CHALLENGE_BYTES), context.clock()

    def ask(session: Session) -> bool:
        forget_challenges(session, before=at)
        if address is not None and count_challenges(session, address) >= MAX_CHALLENGES_OF_ADDRESS:
            return False
        add_challenge(session, _challenge(challenge, purpose, bound_to, address=address, at=at))
        return True

    if not context.transact(ask):
        return Fault.TOO_MANY
    return options_to_json(
        generate_authentication_options(
            rp_id=site.id,
            challenge=challenge,
            timeout=_timeout_ms(),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def begin_passkey(
    session: Session, site: Site, holder: Holder, *, user_name: str, bound_to: str, at: datetime
) -> str | Fault:
    """
    Return what a browser needs to make a passkey, as options of WebAuthn in JSON.

    Args:
        session: the transaction in which the holder is locked.
        site: that the passkey is for.
        holder: whose it is to be.
        user_name: shown beside it when a device lets somebody choose.
        bound_to: what the browser is known by.
        at: aware UTC.
    """
    known = credentials_of(session, holder)
    if len(known) >= MAX_PASSKEYS:
        return Fault.TOO_MANY
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    forget_challenges(session, before=at)
    add_challenge(session, _challenge(challenge, Purpose.ADD, f"{holder.handle!r} {bound_to}", at=at))
    return options_to_json(
        generate_registration_options(
            rp_id=site.id,
            rp_name=site.name,
            user_id=holder.handle,
            user_name=user_name,
            challenge=challenge,
            timeout=_timeout_ms(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                # It is found by the device itself, so nobody has to be named before they have proved to be somebody.
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        )
    )


def keep_passkey(session: Session, holder: Holder, answer: Answer, *, name: str, at: datetime) -> int | Fault:
    """
    Save the passkey that a device has made, and return its number.

    Args:
        session: the transaction in which the holder is locked.
        holder: whose it is to be.
        answer: of the browser.
        name: how its holder calls it.
        at: aware UTC.
    """
    challenge = _take(session, answer.text, Purpose.ADD, f"{holder.handle!r} {answer.bound_to}", at=at)
    if challenge is None:
        return Fault.NONE_OF_OURS
    if len(credentials_of(session, holder)) >= MAX_PASSKEYS:
        return Fault.TOO_MANY
    try:
        made = verify_registration_response(
            credential=answer.text,
            expected_challenge=challenge,
            expected_rp_id=answer.site.id,
            expected_origin=answer.site.origin,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        _log.warning("a passkey for %s/%d was not added: %r", holder.kind, holder.number, str(error)[:200])
        return Fault.WRONG
    new = NewPasskey(made.credential_id, made.credential_public_key, made.sign_count, passkey_name(name))
    number = add_passkey(session, holder, new, at=at)
    return Fault.KNOWN if number is None else number


def holder_of_answer(session: Session, answer: Answer, purpose: Purpose, *, kind: str, at: datetime) -> Holder | Fault:
    """
    Return whose passkey has answered a challenge, and use the challenge up.

    Args:
        session: the transaction; it has to be committed whatever is returned, so that the challenge is gone.
        answer: of the browser.
        purpose: what the challenge must have been for.
        kind: `operator` or `account`: whose passkeys count.
        at: aware UTC.
    """
    challenge = _take(session, answer.text, purpose, answer.bound_to, at=at)
    if challenge is None:
        return Fault.NONE_OF_OURS
    try:
        passkey = find_passkey(session, base64url_to_bytes(json.loads(answer.text)["rawId"]))
    except _UNREADABLE:
        return Fault.WRONG
    if passkey is None or passkey.holder.kind != kind:
        return Fault.NONE_OF_OURS
    return passkey.holder if _is_right(session, passkey, answer, challenge, at=at) else Fault.WRONG


def _is_right(session: Session, passkey: Passkey, answer: Answer, challenge: bytes, *, at: datetime) -> bool:
    try:
        verified = verify_authentication_response(
            credential=answer.text,
            expected_challenge=challenge,
            expected_rp_id=answer.site.id,
            expected_origin=answer.site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        handle = json.loads(answer.text)["response"].get("userHandle")
        is_holders = handle is None or base64url_to_bytes(handle) == passkey.holder.handle
    except _UNREADABLE as error:
        # A counter that has gone back is among these: the passkey may have been copied, and somebody should look.
        _log.warning("passkey %d was refused: %r", passkey.id, str(error)[:200])
        return False
    return is_holders and use_passkey(session, passkey, verified.new_sign_count, at=at)


def _take(session: Session, text: str, purpose: Purpose, bound_to: str, *, at: datetime) -> bytes | None:
    """Take out the challenge that an answer names; None: it is not one that this answer may be to."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(text)["response"]["clientDataJSON"]))
        challenge = base64url_to_bytes(client["challenge"])
    except _UNREADABLE:
        return None
    known = take_challenge(session, sha256(challenge).digest())
    if known is None or known.expires_at <= at or known.purpose is not purpose:
        return None
    return challenge if secrets.compare_digest(known.bound_hash, _hash(bound_to)) else None


def _challenge(
    challenge: bytes, purpose: Purpose, bound_to: str, *, at: datetime, address: str | None = None
) -> Challenge:
    return Challenge(sha256(challenge).digest(), purpose, _hash(bound_to), address, at + CHALLENGE_LIFETIME)


def _hash(bound_to: str) -> bytes:
    return sha256(bound_to.encode()).digest()


def _timeout_ms() -> int:
    return int(CHALLENGE_LIFETIME.total_seconds() * 1_000)
