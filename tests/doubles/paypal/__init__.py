"""A double of PayPal: orders, captures, refunds, vault, disputes, its feed of events and its signed webhooks."""
