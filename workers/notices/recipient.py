"""Whom a notice goes to: the account, and for a receipt at least the address that its payment was made with."""

from dataclasses import replace

from domain.notices.owed import Notice, Recipient
from store.engine import Session
from store.notices.recipient import find_recipient
from store.payments.buyer import find_gateway_email


def recipient_of(session: Session, notice: Notice) -> Recipient:
    """
    Return whom a notice goes to.

    Where Screph has named no mail address of the account, a receipt goes to the one that the buyer gave the gateway
    for that very order; nothing else does, for the account may be another person's.
    """
    recipient = find_recipient(session, notice.account_id)
    if recipient.email is not None or recipient.is_mail_bad or not notice.kind.is_receipt:
        return recipient
    return replace(recipient, email=find_gateway_email(session, str(notice.content["order_id"])))
