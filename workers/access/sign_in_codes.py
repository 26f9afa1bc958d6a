"""Signing in by a code that is mailed: asked for in a browser, and typed into the same one."""

import hmac
import secrets
from hashlib import sha256
from uuid import uuid4

from domain.access.sign_in_code import (
    ASKED_WINDOW,
    DIGITS,
    LIFETIME,
    MAX_TRIES,
    WRONG_WINDOW,
    CodeResult,
    digits_of,
    may_ask,
    may_try,
)
from domain.notices.access_content import SignInCode as SignInCodeContent
from domain.notices.notice import NoticeKind
from store.access.sign_in_code import (
    Counted,
    SignInCode,
    add_code,
    count_codes,
    find_account_of_mail,
    find_code,
    forget_codes,
    lock_mail,
    note_wrong,
    use_code,
)
from store.engine import Session
from store.outbox import put_outgoing
from workers.access.sessions import begin_session, hash_of
from workers.context import Context
from workers.facts import Facts


def ask_for_code(context: Context, mail: str, *, address: str | None) -> str | None:
    """
    Let a code be mailed to whoever has a mail address, and return what the browser's cookie holds.

    For an address that nobody has, everything is done but the mail, so that neither answer nor time tells.

    Args:
        context: what handlers need.
        mail: as it was typed.
        address: of the internet, where it is known.

    Returns:
        256 random bits as text; None: too many were asked for.
    """
    browser, code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    mail_hash, at = _hash_of_mail(mail), context.clock()

    def ask(session: Session) -> bool:
        lock_mail(session, mail_hash)
        forget_codes(session, before=at - WRONG_WINDOW)
        counted = _count(session, context, mail_hash, address)
        if not may_ask(asked_of_mail=counted.asked_of_mail, asked_from_address=counted.asked_from_address):
            return False
        found = find_account_of_mail(session, mail)
        number = None if found is None else found.number
        hashes = (hash_of(browser), mail_hash, _hash_of_code(browser, code))
        add_code(session, SignInCode(*hashes, number, address, at, at + LIFETIME))
        if found is not None:
            facts = Facts(at)
            content = SignInCodeContent(code, at + LIFETIME)
            facts.owe(NoticeKind.SIGN_IN_CODE, found.id, str(uuid4()), content)
            for message in facts:
                put_outgoing(session, message)
        return True

    return browser if context.transact(ask) else None


def sign_in_by_code(context: Context, browser: str, typed: str, *, device: str | None) -> str | CodeResult:
    """
    Begin a session by the code that a browser has asked for.

    Args:
        context: what handlers need.
        browser: what the browser's cookie holds.
        typed: the code, as it was typed.
        device: what the browser calls itself.

    Returns:
        What the cookie of the session holds, or why there is none.
    """
    browser_hash, at = hash_of(browser), context.clock()

    def enter(session: Session) -> str | CodeResult:
        known = find_code(session, browser_hash)
        if known is None:
            return CodeResult.OVER
        lock_mail(session, known.mail_hash)
        asked = find_code(session, browser_hash)
        if asked is None or asked.used_at is not None or asked.expires_at <= at:
            return CodeResult.OVER
        counted = _count(session, context, asked.mail_hash, asked.address)
        if asked.wrong >= MAX_TRIES or not may_try(
            wrong_of_mail=counted.wrong_of_mail, wrong_from_address=counted.wrong_from_address
        ):
            return CodeResult.TOO_MANY
        is_right = hmac.compare_digest(asked.code_hash, _hash_of_code(browser, digits_of(typed)))
        # Nobody can type the code of an address that nobody has: it was shown nowhere.
        if not is_right or asked.account is None:
            note_wrong(session, browser_hash)
            return CodeResult.WRONG
        use_code(session, browser_hash, at=at)
        return begin_session(session, asked.account, device=device, at=at)

    return context.transact(enter)


def _count(session: Session, context: Context, mail_hash: bytes, address: str | None) -> Counted:
    at = context.clock()
    return count_codes(session, mail_hash, address, since_hour=at - ASKED_WINDOW, since_day=at - WRONG_WINDOW)


def _hash_of_mail(mail: str) -> bytes:
    return sha256(mail.lower().encode()).digest()


def _hash_of_code(browser: str, code: str) -> bytes:
    # With the cookie's bits in it: six digits alone would be found by trying a million of them.
    return sha256(f"{browser} {code}".encode()).digest()
