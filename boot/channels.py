"""Opening the channels by which notices reach people, from the settings."""

from email.utils import parseaddr
from pathlib import Path

from boot.settings import Settings, UnableToStart
from notify.mail import MailChannel, MailFolder
from notify.message import Sender
from notify.push import PushChannel, WrongPushSettings
from notify.smtp import WrongMailUrl, read_mail_url

MIN_SECRET_LENGTH = 16


def mail_folder(settings: Settings) -> Path | None:
    """Return the folder into which mails are written instead of being sent; None: they are sent, or wait."""
    if settings.smtp_url is not None:
        return None
    if settings.mail_folder is None and settings.database_url is None:
        return settings.embedded_dir / "mails"
    return settings.mail_folder


def open_mail(settings: Settings) -> MailChannel | None:
    """
    Open the way mails go: a server, a folder, or none.

    Raises:
        UnableToStart: SMTP_URL is no address of a mail server.
    """
    if settings.smtp_url is not None:
        try:
            server = read_mail_url(settings.smtp_url)
        except WrongMailUrl as error:
            raise UnableToStart(f"SMTP_URL: {error}") from error
        if server.scheme == "smtp-plain" and server.user is not None:
            raise UnableToStart("SMTP_URL: a password does not go over smtp-plain, which anybody can read; use smtp")
        return server
    folder = mail_folder(settings)
    return None if folder is None else MailFolder(folder)


def open_push(settings: Settings) -> PushChannel | None:
    """
    Open web push; None without a key.

    Raises:
        UnableToStart: the key or the contact is missing or wrong.
    """
    if settings.vapid_private_key is None:
        return None
    hosts = [host.strip() for host in settings.push_hosts.split(",") if host.strip()]
    try:
        return PushChannel(private_key=settings.vapid_private_key, contact=settings.vapid_contact or "", hosts=hosts)
    except WrongPushSettings as error:
        raise UnableToStart(str(error)) from error


def push_key(settings: Settings) -> str | None:
    """
    Return the public key with which browsers subscribe; None without one.

    Raises:
        UnableToStart: the private key is wrong.
    """
    if settings.web_push_key:
        return settings.web_push_key
    channel = open_push(settings)
    return None if channel is None else channel.public_key


def sender_of(settings: Settings) -> Sender:
    """
    Return who mails come from.

    Raises:
        UnableToStart: MAIL_FROM or MAIL_REPLY_TO is no mail address.
    """
    for name, text in (("MAIL_FROM", settings.mail_from), ("MAIL_REPLY_TO", settings.mail_reply_to)):
        if text is not None and ("@" not in parseaddr(text)[1] or not text.isprintable()):
            raise UnableToStart(f"{name} is {text!r}; write somebody@your-domain or Name <somebody@your-domain>")
    return Sender(settings.mail_from, settings.mail_reply_to)


def unsubscribe_secret(settings: Settings) -> bytes:
    """
    Return what signs the links that unsubscribe.

    Raises:
        UnableToStart: mails are sent, and there is none, or it can be guessed.
    """
    secret = settings.unsubscribe_secret or ""
    if secret and len(secret) < MIN_SECRET_LENGTH:
        raise UnableToStart(f"UNSUBSCRIBE_SECRET has {len(secret)} characters; {MIN_SECRET_LENGTH} are the least")
    if not secret and settings.smtp_url is not None:
        raise UnableToStart("SMTP_URL is set and UNSUBSCRIBE_SECRET is not: mails need a link that unsubscribes")
    # Mails in a folder reach nobody, so their links need no secret.
    return (secret or "nobody gets mails of development").encode()
