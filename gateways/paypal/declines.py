"""What may help after a decline, by PayPal's word for it (its "issue")."""

from domain.gateway.decline import Decline, Retry

RETRIES = {
    "CONSENT_NEEDED": Retry.CUSTOMER_ACTION,
    "INSTRUMENT_DECLINED": Retry.CUSTOMER_ACTION,
    "ORDER_NOT_APPROVED": Retry.CUSTOMER_ACTION,
    "PAYER_ACTION_REQUIRED": Retry.CUSTOMER_ACTION,
    "PAYER_CANNOT_PAY": Retry.CUSTOMER_ACTION,
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": Retry.CUSTOMER_ACTION,
    "AGREEMENT_ALREADY_CANCELLED": Retry.NEW_METHOD,
    "BILLING_AGREEMENT_NOT_FOUND": Retry.NEW_METHOD,
    "CARD_EXPIRED": Retry.NEW_METHOD,
    "INVALID_RESOURCE_ID": Retry.NEW_METHOD,  # of a charge: the saved method is gone
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": Retry.NEW_METHOD,
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": Retry.NEW_METHOD,
    "PAYER_ACCOUNT_RESTRICTED": Retry.NEW_METHOD,
    "PAYMENT_SOURCE_CANNOT_BE_USED": Retry.NEW_METHOD,
    "REFERENCED_CARD_EXPIRED": Retry.NEW_METHOD,
    "RESOURCE_NOT_FOUND": Retry.NEW_METHOD,
    "TOKEN_EXPIRED": Retry.NEW_METHOD,
    "TOKEN_ID_NOT_FOUND": Retry.NEW_METHOD,
    "COMPLIANCE_VIOLATION": Retry.NEVER,
    "PAYEE_BLOCKED_TRANSACTION": Retry.NEVER,
    "TRANSACTION_BLOCKED_BY_PAYEE": Retry.NEVER,
    "TRANSACTION_REFUSED": Retry.NEVER,
}
"""Issues about the buyer or the buyer's method; any other one is `LATER`."""

PAYER_MUST_ACT = frozenset({"ORDER_NOT_APPROVED", "PAYER_ACTION_REQUIRED"})
"""The payment is not lost: it waits for the buyer."""

OUR_FAULT = frozenset(
    {
        "ACTION_DOES_NOT_MATCH_INTENT",
        "AMOUNT_MISMATCH",
        "AUTH_CAPTURE_NOT_ENABLED",
        "CANCEL_URL_REQUIRED",
        "CANNOT_BE_NEGATIVE",
        "CANNOT_BE_ZERO_OR_NEGATIVE",
        "CURRENCY_NOT_SUPPORTED",
        "DECIMALS_NOT_SUPPORTED",
        "DECIMAL_PRECISION",
        "DUPLICATE_INVOICE_ID",
        "DUPLICATE_REQUEST_ID",
        "INCOMPATIBLE_PARAMETER_VALUE",
        "INVALID_CURRENCY_CODE",
        "INVALID_PARAMETER_SYNTAX",
        "INVALID_PARAMETER_VALUE",
        "INVALID_STRING_LENGTH",
        "ITEM_TOTAL_MISMATCH",
        "MAX_VALUE_EXCEEDED",
        "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE",
        "MISSING_REQUIRED_PARAMETER",
        "NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE",
        "PAYEE_ACCOUNT_INVALID",
        "PAYEE_ACCOUNT_LOCKED_OR_CLOSED",
        "PAYEE_ACCOUNT_RESTRICTED",
        "PAYPAL_REQUEST_ID_PREVIOUSLY_USED",
        "PAYPAL_REQUEST_ID_REQUIRED",
        "PERMISSION_DENIED",
        "RETURN_URL_REQUIRED",
        "TRANSACTION_RECEIVING_LIMIT_EXCEEDED",
        "UNSUPPORTED_INTENT",
        "VAULT_INSTRUCTION_DUPLICATED",
        "VAULT_INSTRUCTION_REQUIRED",
    }
)
"""Issues about our call or our own account: no buyer can help, so they are no declines."""


def decline_of(code: str) -> Decline:
    """Return what may help after a decline; a charge with an unknown code is tried again later."""
    return Decline(RETRIES.get(code, Retry.LATER), code, is_vague=code not in RETRIES)
