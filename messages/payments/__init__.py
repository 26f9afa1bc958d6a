"""Messages about purchases, refunds, disputes and webhooks."""
