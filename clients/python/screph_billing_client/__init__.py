"""
A client of Screph's billing.

`Buyer` is for a user's program, `Server` for Screph's servers, `UsageSpool` for times when the service is
away. It tries again what may succeed later, with a key that lets nothing happen twice.
"""

from screph_billing_client.account import Account
from screph_billing_client.answers import Balance, Money, Order, Package, Product
from screph_billing_client.buyer import Buyer
from screph_billing_client.calls import Retries
from screph_billing_client.errors import BillingError, Refused, Unreachable
from screph_billing_client.server import Server
from screph_billing_client.spool import Report, UsageSpool

__all__ = [
    "Account",
    "Balance",
    "BillingError",
    "Buyer",
    "Money",
    "Order",
    "Package",
    "Product",
    "Refused",
    "Report",
    "Retries",
    "Server",
    "Unreachable",
    "UsageSpool",
]
