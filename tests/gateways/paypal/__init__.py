"""Tests of the PayPal gateway: our adapter, over real HTTP, against a double of PayPal."""
