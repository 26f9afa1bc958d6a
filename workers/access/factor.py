"""What an operator proves: a password, and a passkey, a code of an app or a recovery code; each counts once."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256

import argon2
import pyotp
from zxcvbn import zxcvbn

from domain.access.operator import RECOVERY_CODES, password_fault
from domain.access.passkey import Purpose, operator_holder
from store.access.operator import Operator, use_recovery_code, use_totp_step
from store.engine import Session
from workers.access.passkey import Answer, holder_of_answer

ISSUER = "Screph billing"

PERIOD_SECONDS = 30

LEAST_SCORE = 3
"""Of 4: out of reach of somebody who tries what others use."""

_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LETTERS = 16

_SECRET = re.compile(r"[A-Z2-7]{32}")

_hasher = argon2.PasswordHasher()


@dataclass(frozen=True, slots=True)
class Proof:
    """The second factor as somebody gives it: what their passkey answers or, without that, a code."""

    code: str = ""
    answer: Answer | None = None


def new_totp_secret() -> str:
    """Return a new secret for an authenticator app, in Base32."""
    return pyotp.random_base32()


def is_totp_secret(text: str) -> bool:
    """Tell whether a text is a secret as `new_totp_secret` makes them."""
    return _SECRET.fullmatch(text) is not None


def totp_address(secret: str, name: str) -> str:
    """Return the address that authenticator apps read, such as from a drawing."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def weakness_of(password: str, name: str) -> str | None:
    """Return in a sentence why a password is not taken; None: it is."""
    fault = password_fault(password, name)
    if fault is not None:
        return fault
    if zxcvbn(password[:72], user_inputs=[name, "screph", "billing"])["score"] < LEAST_SCORE:
        return "This password is too easy to guess. Four words that nobody would expect together are a good one."
    return None


def hash_password(password: str) -> str:
    """Return what is stored of a password."""
    return _hasher.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Tell whether a password is the one of a hash; for None it takes as long and is no."""
    nobodys_hash = _nobodys_hash()
    try:
        return _hasher.verify(password_hash or nobodys_hash, password) and password_hash is not None
    except argon2.exceptions.VerificationError:
        return False


def wants_new_hash(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than those of today."""
    return _hasher.check_needs_rehash(password_hash)


def use_proof(session: Session, operator: Operator, proof: Proof, purpose: Purpose, *, at: datetime) -> bool:
    """
    Use the second factor of an operator up; False: it is wrong, or was used before.

    The transaction has to be committed in either case, for the challenge of a passkey counts once.
    """
    if proof.answer is not None:
        holder = operator_holder(operator.number)
        return holder_of_answer(session, proof.answer, purpose, kind=holder.kind, at=at) == holder
    code = proof.code.strip().replace(" ", "").replace("-", "").lower()
    step = None if operator.totp_secret is None else totp_step(operator.totp_secret, code, at=at)
    if step is not None:
        return use_totp_step(session, operator.number, step)
    return use_recovery_code(session, operator.number, hash_code(code), at=at)


def totp_step(secret: str, code: str, *, at: datetime) -> int | None:
    """Return the period of 30 seconds whose code this is, one too early or too late allowed; None: of none."""
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // PERIOD_SECONDS
    steps = (step for step in (now, now - 1, now + 1) if secrets.compare_digest(totp.at(step * PERIOD_SECONDS), code))
    return next(steps, None) if code.isascii() else None


def new_recovery_codes() -> tuple[str, ...]:
    """Return new recovery codes, for paper."""
    return tuple(
        "-".join("".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(4)) for _ in range(_RECOVERY_LETTERS // 4))
        for _ in range(RECOVERY_CODES)
    )


def hash_code(code: str) -> bytes:
    """Return what is stored of a recovery code; it has 79 random bits, so a fast hash is enough."""
    return sha256(code.replace("-", "").encode()).digest()


@cache
def _nobodys_hash() -> str:
    """
    Return what is verified where there is no operator, so that an answer takes as long.

    Made when it is first wanted: it costs 64 MiB and a share of a second, and most processes sign nobody in.
    """
    return _hasher.hash(secrets.token_urlsafe(16))
