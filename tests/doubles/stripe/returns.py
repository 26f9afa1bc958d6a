"""Money on its way back: refunds and disputes."""

from typing import Any

from tests.doubles.stripe import amounts, objects
from tests.doubles.stripe.account import Account
from tests.doubles.stripe.buyers import UnableToPlay
from tests.doubles.stripe.refusing import Refused, invalid, missing

Thing = dict[str, Any]


def open_refund(account: Account, body: Thing, *, is_held: bool) -> Thing:
    """
    Begin a refund, and end it well unless it is held.

    Raises:
        Refused: the payment has not so much left, or cannot be refunded.
    """
    intent = account.intents.get(body["payment_intent"])
    if intent is None:
        raise missing("payment_intent", body["payment_intent"], param="payment_intent", status=400)
    charge = account.charges.get(intent["latest_charge"] or "")
    if charge is None or not charge["paid"]:
        raise _no(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    if charge["disputed"]:
        raise _no(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise _no(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = body.get("amount", left)
    amounts.check(amount, charge["currency"], "amount")
    if amount > left:
        raise _no(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount")
    refund = objects.refund_of(charge, amount, body.get("metadata", {}), body.get("reason"))
    refund["status"] = "pending" if is_held else "succeeded"
    account.refunds[refund["id"]] = refund
    _count(charge, amount)
    account.events.emit("refund.created", refund)
    account.events.emit("charge.refunded", charge)
    if not is_held:
        # The bank's number of the refund comes a moment later.
        account.events.emit("refund.updated", refund, before={"destination_details": None})
    return refund


def refunds_of(account: Account, query: Thing) -> Thing:
    """Return a page of the refunds of a payment, newest first."""
    if query["payment_intent"] not in account.intents:
        raise missing("payment_intent", query["payment_intent"], param="payment_intent", status=404)
    data = [one for one in reversed(account.refunds.values()) if one["payment_intent"] == query["payment_intent"]]
    after = query.get("starting_after")
    if after is not None:
        data = data[[one["id"] for one in data].index(after) + 1 :]
    limit = query.get("limit", 10)
    return {"object": "list", "url": "/v1/refunds", "has_more": len(data) > limit, "data": data[:limit]}


def settle(account: Account, refund_ref: str, *, succeeded: bool) -> None:
    """Let a refund succeed or fail; one that has succeeded may fail still."""
    refund = account.refunds.get(refund_ref)
    if refund is None or refund["status"] not in ("pending", "succeeded"):
        raise UnableToPlay(f"refund {refund_ref} cannot be settled")
    before = {"status": refund["status"]}
    charge = account.charges[refund["charge"]]
    if succeeded:
        refund["status"] = "succeeded"
    else:
        refund.update(status="failed", failure_reason="lost_or_stolen_card")
        _count(charge, -refund["amount"])
        account.events.emit("refund.failed", refund)
    account.events.emit("refund.updated", refund, before=before)
    account.events.emit("charge.refund.updated", refund, before=before)


def open_dispute(account: Account, payment_ref: str, amount: int | None = None) -> str:
    """Let the payer's bank ask for the money back, or for a part; return the dispute."""
    intent = account.intents.get(payment_ref)
    if intent is None or intent["status"] != "succeeded":
        raise UnableToPlay(f"payment {payment_ref} is not paid")
    charge = account.charges[intent["latest_charge"]]
    dispute = objects.dispute_of(charge) | ({} if amount is None else {"amount": amount})
    account.disputes[dispute["id"]] = dispute
    charge["disputed"] = True
    account.events.emit("charge.dispute.created", dispute)
    account.events.emit("charge.dispute.funds_withdrawn", dispute)
    return str(dispute["id"])


def close_dispute(account: Account, dispute_ref: str, *, won: bool) -> None:
    """Let the banks decide."""
    dispute = account.disputes.get(dispute_ref)
    if dispute is None or dispute["status"] in ("won", "lost"):
        raise UnableToPlay(f"dispute {dispute_ref} cannot be closed")
    before = {"status": dispute["status"]}
    dispute["status"] = "won" if won else "lost"
    account.charges[dispute["charge"]]["disputed"] = not won
    account.events.emit("charge.dispute.closed", dispute, before=before)
    if won:
        account.events.emit("charge.dispute.funds_reinstated", dispute)


def win_after_all(account: Account, dispute_ref: str) -> None:
    """Let a lost dispute be won after all; the bank says so by a second end of it."""
    dispute = account.disputes[dispute_ref]
    dispute["status"] = "won"
    account.charges[dispute["charge"]]["disputed"] = False
    account.events.emit("charge.dispute.closed", dispute, before={"status": "lost"})


def _count(charge: Thing, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _no(message: str, **more: Any) -> Refused:
    refused = invalid(message, **more)
    refused.is_kept = True
    return refused
